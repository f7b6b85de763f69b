//! What can be known to fail before the first call: prompts that cannot be filled in, rules that no case is under.

use std::collections::{BTreeMap, BTreeSet};

use crate::candidate;
use crate::dataset::Case;
use crate::diagnostic::{Diagnostic, nearest};
use crate::suite::{CandidateName, CaseId, MetricName, Prompt, Suite};

/// Rules about slices that no case of the whole dataset is in: they could never be held against anything.
pub(super) fn slices_without_cases(suite: &Suite, cases: &[Case]) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for rule in suite.gate.iter().flat_map(|gate| &gate.rules) {
        for (tag, value) in &rule.slice {
            let values: BTreeSet<&str> = cases.iter().filter_map(|c| c.tags.get(tag).map(String::as_str)).collect();
            if values.contains(value.as_str()) {
                continue;
            }
            let tags: BTreeSet<&str> = cases.iter().flat_map(|c| c.tags.keys().map(String::as_str)).collect();
            let (what, written, known) = match values.is_empty() {
                true => ("tag", tag, tags),
                false => ("value of that tag", value, values),
            };
            let hint = match nearest(written, known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None if known.is_empty() => "no case has a tag".to_string(),
                None => format!("the cases have {}", known.into_iter().take(12).collect::<Vec<_>>().join(", ")),
            };
            let message =
                format!("the gate's rule on `{}` is about `{tag}: {value}`, and no case has that {what}", rule.metric);
            found.push(Diagnostic::new(message).hint(hint));
        }
    }
    found
}

/// Fills a prompt in for every case, and says for which cases it cannot be done: one diagnostic for each kind of fault.
pub(super) fn unfillable(name: &CandidateName, prompt: &Prompt, cases: &[Case]) -> Vec<Diagnostic> {
    let mut faults: Vec<(Diagnostic, &CaseId, usize)> = Vec::new();
    for case in cases {
        if let Err(fault) = candidate::messages(prompt, case.question()) {
            match faults.iter_mut().find(|(known, ..)| *known == fault) {
                Some((_, _, count)) => *count += 1,
                None => faults.push((fault, &case.id, 1)),
            }
        }
    }
    let all = cases.len();
    let told = |(mut fault, first, count): (Diagnostic, &CaseId, usize)| {
        let who =
            if count == all { "every case".to_string() } else { format!("{count} of {all} cases, `{first}` first") };
        fault.message = format!("candidate `{name}`, {who}: {}", fault.message);
        fault
    };
    faults.into_iter().map(told).collect()
}

/// What the human labels of the dataset will not be used for, in words: labels that say nothing for their metric, and
/// keys that are taken for raters because no candidate has such a name.
pub(super) fn label_notes(suite: &Suite, cases: &[Case]) -> Vec<String> {
    let candidates: Vec<CandidateName> = suite.candidates.keys().cloned().collect();
    let mut unusable: BTreeMap<String, (usize, &CaseId)> = BTreeMap::new();
    let mut raters: BTreeMap<&MetricName, BTreeSet<&str>> = BTreeMap::new();
    for case in cases {
        for (metric, label) in &case.labels {
            let Some(spec) = suite.metrics.get(metric) else {
                unusable.entry(format!("`{metric}` is no metric of the suite")).or_insert((0, &case.id)).0 += 1;
                continue;
            };
            let scale = spec.rubric().and_then(|r| r.rubric.scale.as_ref());
            let read = match (spec.is_pairwise(), candidates.first()) {
                (true, _) => label.preference(&candidates).map(drop),
                (false, Some(first)) => label.score_for(first, &candidates, scale).map(drop),
                (false, None) => Ok(()),
            };
            if let Err(why) = read {
                unusable.entry(format!("`{metric}`: {why}")).or_insert((0, &case.id)).0 += 1;
            } else if let serde_json::Value::Object(entries) = &label.0 {
                let names = entries.keys().map(String::as_str);
                raters.entry(metric).or_default().extend(names.filter(|n| !suite.candidates.contains_key(*n)));
            }
        }
    }
    let mut notes: Vec<String> = unusable
        .into_iter()
        .map(|(why, (count, first))| format!("labels that are not used, {count} (case `{first}` first): {why}"))
        .collect();
    for (metric, names) in raters.into_iter().filter(|(_, names)| !names.is_empty()) {
        let names: Vec<&str> = names.into_iter().take(8).collect();
        notes.push(format!(
            "labels of `{metric}` are read as by the raters {}, about every candidate, since no candidate is called so",
            names.join(", ")
        ));
    }
    notes
}
