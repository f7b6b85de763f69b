//! What can be known to fail before the first call: prompts that cannot be filled in, rules that no case is under.

use std::collections::BTreeSet;

use crate::candidate;
use crate::dataset::Case;
use crate::diagnostic::{Diagnostic, nearest};
use crate::suite::{CandidateName, CaseId, Prompt, Suite};

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
