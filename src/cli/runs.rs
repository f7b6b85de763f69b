//! `karat runs`: lists and shows stored runs, and accepts one as the baseline.

use std::path::Path;

use super::context::Context;
use super::exit::Exit;
use super::failure::Failure;
use super::session::{EVENTS, Effort, mistake};
use super::{Outcome, earlier, sequential, stored};
use crate::analysis::Gathered;
use crate::diagnostic::nearest;
use crate::report::dossier::{self, State};
use crate::report::number::counted;
use crate::run::{Derived, Deriver, Exchange, requests_of};
use crate::store::{Baseline, CaseRow, Event, EventIndex, Events, Manifest, RunId, Runs, StoredTable};
use crate::suite::{CandidateName, Judges};

/// `karat runs list`.
///
/// # Errors
/// A folder that cannot be read.
pub fn list(context: &Context, file: &Path) -> Outcome {
    let runs = Runs::of(&stored::root_of(file));
    let mut text = String::new();
    for id in runs.list()?.iter().rev() {
        let folder = runs.folder_of(id);
        let line = match Manifest::read(&folder) {
            Ok(manifest) => {
                let state = state(&manifest, &folder);
                let of = manifest.source.as_ref().map(|source| format!(", the outputs of {} judged anew", source.run));
                format!(
                    "{id}  {:<11}  {:>6} cases  {}  {}{}",
                    state.name(),
                    state.cases(&manifest),
                    manifest.planned_at,
                    manifest.suite.name,
                    of.unwrap_or_default()
                )
            }
            Err(why) => format!("{id}  cannot be read: {why}"),
        };
        text.push_str(&crate::report::visible(&line));
        text.push('\n');
    }
    if text.is_empty() {
        context.note("no run yet; `karat run` makes one");
    }
    context.print(&text)?;
    Ok(Exit::Done)
}

/// How far a run came. Of one whose tables cannot be read its summary says no more than that it was written.
fn state(manifest: &Manifest, folder: &Path) -> State {
    if !folder.join("summary.json").exists() {
        return State::Interrupted;
    }
    let judged = StoredTable::open::<CaseRow>(folder).map(|cases| cases.len() as u64);
    match judged.ok().and_then(|judged| sequential::stopped_early(manifest, judged)) {
        Some(early) => State::Stopped(early),
        None => State::Finished,
    }
}

/// `karat runs show`.
///
/// # Errors
/// No such run or case, or a run that cannot be read.
pub fn show(context: &Context, file: &Path, word: &str, case: Option<&str>) -> Outcome {
    let root = stored::root_of(file);
    let runs = Runs::of(&root);
    let id = stored::find(&runs, file, word)?;
    let folder = runs.folder_of(&id);
    let Some(case) = case else {
        let manifest = Manifest::read(&folder)?;
        context.print(&dossier::run(&manifest, state(&manifest, &folder)))?;
        return Ok(Exit::Done);
    };
    let manifest = Manifest::read(&folder)?;
    let journal = folder.join(EVENTS);
    let index = EventIndex::read(&journal)?;
    let mut stored = Events::open(&journal, &index)?;
    let mut known = Vec::new();
    let mut found = None;
    for place in 0..index.cases() {
        let events = stored.of(place)?;
        let id = events.iter().find_map(|event| match event {
            Event::Case { case, .. } => Some(case.id.to_string()),
            _ => None,
        });
        if id.as_deref() == Some(case) {
            found = Deriver::new(&manifest.suite).derive(events.clone()).map(|derived| (derived, events));
            break;
        }
        known.extend(id);
    }
    let Some((Derived { outputs, verdicts, .. }, events)) = found else {
        let hint = match nearest(case, known.iter().map(String::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!(
                "it has {}, `{}` first",
                counted(known.len() as u64, "case", "cases"),
                known.first().map_or("", String::as_str)
            ),
        };
        return Err(mistake(format!("run {id} has no case `{case}`"), hint));
    };
    let exchanges: Vec<Exchange> = requests_of(&manifest.suite, &events);
    context.print(&dossier::case(case, &exchanges, &outputs, &verdicts, &panels(&runs, &id, case)?))?;
    Ok(Exit::Done)
}

/// What each panel that scores says of a case: of a metric, about a candidate. A panel may weigh its judges by all cases,
/// so a run that was interrupted has none yet.
fn panels(runs: &Runs, id: &RunId, case: &str) -> Result<Vec<dossier::Heard>, Failure> {
    let folder = runs.folder_of(id);
    let suite = Manifest::read(&folder)?.suite;
    let is_panel = |judges: &Judges| matches!(judges, Judges::Panel { .. });
    let of: Vec<_> = suite
        .metrics
        .iter()
        .filter(|(_, spec)| !spec.is_pairwise() && spec.rubric().is_some_and(|judged| is_panel(&judged.judge)))
        .map(|(name, _)| name)
        .collect();
    if of.is_empty() || !folder.join("verdicts.parquet").exists() {
        return Ok(Vec::new());
    }
    let stored::Stored { manifest, pairs, tables, .. } = stored::read(runs, id)?;
    let Gathered { data, .. } = Gathered::read(&manifest.suite, &pairs, &tables)?;
    let mut heard = Vec::new();
    for candidate in suite.candidates.keys() {
        let cases = data.accepted(&tables, candidate)?;
        let scores = cases.get(case).map(|found| &found.scores);
        heard.extend(of.iter().map(|metric| dossier::Heard {
            metric: metric.to_string(),
            candidate: candidate.to_string(),
            value: scores.and_then(|scores| scores.get(*metric).copied()),
        }));
    }
    Ok(heard)
}

/// `karat runs baseline accept`.
///
/// # Errors
/// No such run or candidate; a file that cannot be written.
pub fn accept(context: &Context, file: &Path, word: &str, candidate: Option<&str>) -> Outcome {
    let root = stored::root_of(file);
    let runs = Runs::of(&root);
    let id = stored::find(&runs, file, word)?;
    let manifest = Manifest::read(&runs.folder_of(&id))?;
    if !manifest.selection.is_empty() {
        context.note(&format!("run {id} holds only a part of the dataset: {}", manifest.selection));
    }
    let name = candidate.map(CandidateName::from);
    let path = Baseline::path(&root, &manifest.suite.file);
    let report = stored::report_of(&runs, &id, root.clone(), Effort::default())?;
    for problem in &report.problems {
        context.warn(&format!("the measurement of run {id} is not valid: {}", crate::report::visible(problem)));
    }
    let (scores, cases) = earlier::accept(&runs, &id, name.as_ref(), &path)?;
    context.note(&format!(
        "{} holds the scores of {} in run {} on {cases} cases; review and commit it, and name it with `baseline: {{run: accepted}}`",
        path.display(),
        scores.candidate,
        scores.run
    ));
    Ok(Exit::Done)
}
