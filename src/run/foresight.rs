//! What can be known to fail before the first call: prompts that cannot be filled in, rules that no case is under.
//!
//! Each of these sees the cases as they go by and keeps only what it will say.

use std::collections::{BTreeMap, BTreeSet};

use crate::candidate::{self, Aim, Next, Way};
use crate::dataset::{Case, Cases, Seen};
use crate::diagnostic::{Diagnostic, Diagnostics, nearest};
use crate::model::Ask;
use crate::suite::{CandidateName, CandidateSpec, CaseId, MetricName, Suite};

/// What rules are about that is nowhere in the whole dataset: slices that no case is in, and cases that there are not.
pub(super) struct Reach<'a> {
    slices: Vec<Slice<'a>>,
    cases: Vec<Named<'a>>,
}

struct Slice<'a> {
    rule: &'a str,
    tag: &'a str,
    value: &'a str,
    seen: bool,
}

struct Named<'a> {
    rule: &'a str,
    case: &'a CaseId,
    seen: bool,
}

impl<'a> Reach<'a> {
    pub fn new(suite: &'a Suite) -> Self {
        let rules = || suite.gate.iter().flat_map(|gate| &gate.rules);
        let slices = rules().flat_map(|rule| {
            let slice = |(tag, value): (&'a String, &'a String)| Slice { rule: rule.name(), tag, value, seen: false };
            rule.slice.iter().map(slice)
        });
        let cases =
            rules().flat_map(|rule| rule.cases.iter().map(|case| Named { rule: rule.name(), case, seen: false }));
        Self { slices: slices.collect(), cases: cases.collect() }
    }

    pub fn see(&mut self, case: &Case) {
        for slice in self.slices.iter_mut().filter(|slice| !slice.seen) {
            slice.seen = case.tags.get(slice.tag).is_some_and(|value| value == slice.value);
        }
        for named in self.cases.iter_mut().filter(|named| !named.seen) {
            named.seen = *named.case == case.id;
        }
    }

    /// What is nowhere, told with what there is, for which the cases are read `again`.
    pub fn nothing(mut self, again: impl Fn() -> Result<Cases, Diagnostics>) -> Result<Vec<Diagnostic>, Diagnostics> {
        self.slices.retain(|slice| !slice.seen);
        self.cases.retain(|named| !named.seen);
        let mut found = Vec::new();
        if !self.slices.is_empty() {
            let tags: Vec<&str> = self.slices.iter().map(|slice| slice.tag).collect();
            let seen = Seen::look(again()?, &tags, |case, tag| case.tags.get(tag).map(String::as_str))?;
            found.extend(self.slices.into_iter().map(|slice| slice.told(&seen)));
        }
        if !self.cases.is_empty() {
            let ids: Vec<CaseId> = again()?.map(|case| Ok(case?.id)).collect::<Result<_, Diagnostic>>()?;
            found.extend(self.cases.into_iter().map(|named| named.told(&ids)));
        }
        Ok(found)
    }
}

impl Slice<'_> {
    fn told(&self, seen: &Seen) -> Diagnostic {
        let Self { rule, tag, value, .. } = self;
        let values = seen.values(tag);
        let (what, written, known) = match values.is_empty() {
            true => ("tag", tag, &seen.tags),
            false => ("value of that tag", value, values),
        };
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        let hint = match nearest(written, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None if known.is_empty() => "no case has a tag".to_string(),
            None => format!("the cases have {}", known.into_iter().take(12).collect::<Vec<_>>().join(", ")),
        };
        let message = format!("the gate's rule on `{rule}` is about `{tag}: {value}`, and no case has that {what}");
        Diagnostic::new(message).hint(hint)
    }
}

impl Named<'_> {
    fn told(&self, ids: &[CaseId]) -> Diagnostic {
        let Self { rule, case, .. } = self;
        let hint = match nearest(case.as_str(), ids.iter().map(CaseId::as_str)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => {
                let first: Vec<&str> = ids.iter().take(3).map(CaseId::as_str).collect();
                format!("the {} cases begin with {}", ids.len(), first.join(", "))
            }
        };
        let message = format!("the gate's rule on `{rule}` names the case `{case}`, and there is none of that id");
        Diagnostic::new(message).hint(hint)
    }
}

/// Prompts, filled in for every case that is selected: one diagnostic for each kind of fault.
#[derive(Default)]
pub(super) struct Prompts<'a> {
    suite: Option<&'a Suite>,
    faults: Vec<Fault<'a>>,
    cases: usize,
}

struct Fault<'a> {
    candidate: &'a CandidateName,
    diagnostic: Diagnostic,
    first: CaseId,
    count: usize,
}

impl<'a> Prompts<'a> {
    pub fn new(suite: &'a Suite) -> Self {
        Self { suite: Some(suite), faults: Vec::new(), cases: 0 }
    }

    pub fn see(&mut self, case: &Case) {
        self.cases += 1;
        let Some(suite) = self.suite else { return };
        for (candidate, spec) in &suite.candidates {
            if let Err(diagnostic) = first_request(suite, spec, candidate, case) {
                let known = self.faults.iter_mut().find(|f| f.candidate == candidate && f.diagnostic == diagnostic);
                match known {
                    Some(fault) => fault.count += 1,
                    None => self.faults.push(Fault { candidate, diagnostic, first: case.id.clone(), count: 1 }),
                }
            }
        }
    }

    /// The faults of a candidate's prompt, each with the cases that have it.
    pub fn faults(&self, of: &CandidateName) -> impl Iterator<Item = Diagnostic> {
        self.faults.iter().filter(move |fault| fault.candidate == of).map(|fault| {
            let Fault { candidate, diagnostic, first, count } = fault;
            let who = if *count == self.cases {
                "every case".to_string()
            } else {
                format!("{count} of {} cases, `{first}` first", self.cases)
            };
            let message = format!("candidate `{candidate}`, {who}: {}", diagnostic.message);
            Diagnostic { message, ..diagnostic.clone() }
        })
    }
}

/// What a candidate is asked first about a case: of steps, only the first is known before the others are answered.
fn first_request(
    suite: &Suite,
    spec: &CandidateSpec,
    candidate: &CandidateName,
    case: &Case,
) -> Result<(), Diagnostic> {
    let aim = Aim { candidate, case: &case.id, sample: 0 };
    if let Some(mut way) = Way::of(suite, case.question(), aim) {
        return match way.advance() {
            Next::Failed(failure) => Err(Diagnostic::new(failure.message)),
            Next::Ask(..) | Next::Output(_) => Ok(()),
        };
    }
    let ask = Ask::Output { candidate: candidate.clone(), case: case.id.clone(), sample: 0 };
    candidate::check(spec, &suite.models, case.question(), &ask)
}

/// What the human labels of the dataset will not be used for: labels that say nothing for their metric, and keys that
/// are taken for raters because no candidate has such a name.
pub(super) struct Labels<'a> {
    suite: &'a Suite,
    candidates: Vec<CandidateName>,
    unusable: BTreeMap<String, (usize, CaseId)>,
    raters: BTreeMap<&'a MetricName, BTreeSet<String>>,
    /// Labelled cases by metric whose label says of none of several candidates that it is meant.
    nameless: BTreeMap<&'a MetricName, usize>,
}

impl<'a> Labels<'a> {
    pub fn new(suite: &'a Suite) -> Self {
        let candidates = suite.candidates.keys().cloned().collect();
        Self { suite, candidates, unusable: BTreeMap::new(), raters: BTreeMap::new(), nameless: BTreeMap::new() }
    }

    pub fn see(&mut self, case: &Case) {
        for (metric, label) in &case.labels {
            let Some((metric, spec)) = self.suite.metrics.get_key_value(metric) else {
                self.note(format!("`{metric}` is no metric of the suite"), case);
                continue;
            };
            let scale = spec.rubric().and_then(|r| r.rubric.scale.as_ref());
            let read = match (spec.is_pairwise(), self.candidates.first()) {
                (true, _) => label.preference(&self.candidates).map(drop),
                (false, Some(first)) => label.score_for(first, &self.candidates, scale).map(drop),
                (false, None) => Ok(()),
            };
            if let Err(why) = read {
                self.note(format!("`{metric}`: {why}"), case);
                continue;
            }
            let judged = spec.rubric().is_some() && !spec.is_pairwise();
            if judged && label.is_nobodys(&self.candidates) {
                *self.nameless.entry(metric).or_default() += 1;
            }
            if let serde_json::Value::Object(entries) = &label.0 {
                let raters = self.raters.entry(metric).or_default();
                for name in entries.keys().filter(|name| !self.suite.candidates.contains_key(name.as_str())) {
                    if !raters.contains(name) {
                        raters.insert(name.clone());
                    }
                }
            }
        }
    }

    fn note(&mut self, why: String, case: &Case) {
        self.unusable.entry(why).or_insert_with(|| (0, case.id.clone())).0 += 1;
    }

    /// All of it in words.
    pub fn notes(self) -> Vec<String> {
        let mut notes: Vec<String> = self
            .unusable
            .into_iter()
            .map(|(why, (count, first))| format!("labels that are not used, {count} (case `{first}` first): {why}"))
            .collect();
        for (metric, names) in self.raters.into_iter().filter(|(_, names)| !names.is_empty()) {
            let names: Vec<String> = names.into_iter().take(8).collect();
            notes.push(format!(
                "labels of `{metric}` are read as by the raters {}, about every candidate, since no candidate is called so",
                names.join(", ")
            ));
        }
        let scores: Vec<String> = self.candidates.iter().take(2).map(|name| format!("\"{name}\": …")).collect();
        for (metric, count) in self.nameless {
            notes.push(format!(
                "labels of `{metric}` that name no candidate, {count}: one score cannot be about the output of each \
                 candidate, so no rule is corrected by them; write {{{}}}",
                scores.join(", ")
            ));
        }
        notes
    }
}
