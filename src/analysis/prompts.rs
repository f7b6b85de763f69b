//! The prompts of a baseline and of those that are held against it → what changed in them.

use super::findings::PromptChange;
use crate::suite::{CandidateName, CandidateSource, CandidateSpec, Pipeline, PromptFile, StepSpec, Suite};

/// The prompt files of each pair side by side, where they differ; what several pairs have in common once.
pub(super) fn changes(suite: &Suite, pairs: &[&(CandidateName, CandidateName)]) -> Vec<PromptChange> {
    let mut changes: Vec<PromptChange> = Vec::new();
    for change in pairs.iter().flat_map(|(a, b)| changes_between(suite, a, b)) {
        let is_same = |known: &&mut PromptChange| {
            (&known.from, &known.to, &known.before, &known.after)
                == (&change.from, &change.to, &change.before, &change.after)
        };
        match changes.iter_mut().find(is_same) {
            Some(known) => known.candidates.extend(change.candidates),
            None => changes.push(change),
        }
    }
    changes
}

/// The prompt files of two candidates side by side, where they differ: of two pipelines step by step.
fn changes_between(suite: &Suite, baseline: &CandidateName, candidate: &CandidateName) -> Vec<PromptChange> {
    let (Some(before), Some(after)) = (suite.candidates.get(baseline), suite.candidates.get(candidate)) else {
        return Vec::new();
    };
    let changes = match (&before.source, &after.source) {
        (CandidateSource::Steps(a), CandidateSource::Steps(b)) => {
            let files = |pipeline: &Pipeline, name: &str| -> Vec<PromptFile> {
                let step = pipeline.steps.iter().find(|step| step.name == name);
                step.and_then(StepSpec::prompt).map_or_else(Vec::new, |prompt| prompt.files.clone())
            };
            let gone = a.steps.iter().filter(|step| b.steps.iter().all(|other| other.name != step.name));
            let names = b.steps.iter().chain(gone).map(|step| step.name.as_str());
            names.flat_map(|name| changed(&files(a, name), &files(b, name))).collect()
        }
        _ => {
            let files = |spec: &CandidateSpec| spec.files().into_iter().cloned().collect::<Vec<_>>();
            changed(&files(before), &files(after))
        }
    };
    let of = |change| PromptChange { candidates: vec![candidate.to_string()], ..change };
    changes.into_iter().map(of).collect()
}

/// The files of two prompts side by side, where they differ. The last file is the prompt proper; system prompts stand before it.
/// They are matched from the end.
fn changed(before: &[PromptFile], after: &[PromptFile]) -> Vec<PromptChange> {
    let longest = before.len().max(after.len());
    fn from_end(files: &[PromptFile], behind: usize) -> Option<&PromptFile> {
        files.len().checked_sub(behind).and_then(|at| files.get(at))
    }
    let text = |file: Option<&PromptFile>| file.map_or_else(String::new, |file| file.text.clone());
    let shown = |file: Option<&PromptFile>| match file {
        None => "(none)".to_string(),
        Some(PromptFile { path, revision: Some(revision), .. }) => format!("{path}@{}", revision.name),
        Some(file) => file.path.clone(),
    };
    let change = |behind: usize| {
        let (from, to) = (from_end(before, behind), from_end(after, behind));
        let (before, after) = (text(from), text(to));
        let differs = before != after;
        differs.then(|| PromptChange { candidates: Vec::new(), from: shown(from), to: shown(to), before, after })
    };
    (1..=longest).rev().filter_map(change).collect()
}
