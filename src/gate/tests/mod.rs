//! Gates held against scores made by hand.

mod correction;
mod decisions;
mod doubts;
mod edges;
mod error_rates;
mod forms;
mod properties;
mod sequential;
mod words;

use super::{Contest, Decision, RuleState, Ruling, decide};
use crate::analysis::Data;
use crate::suite::{CandidateName, GateSpec, OnInconclusive, Rule, RuleKind, Severity, Subject};

/// A gate of these rules for `v2`, at 5 % and with 30 cases wanted.
fn gate(rules: Vec<Rule>) -> GateSpec {
    GateSpec {
        baseline: None,
        candidate: "v2".into(),
        alpha: 0.05,
        min_cases: 30,
        min_overlap: 1.0,
        on_inconclusive: OnInconclusive::Fail,
        method: Default::default(),
        sequential: None,
        corrected: Default::default(),
        rules,
    }
}

/// A blocking rule over all cases.
fn rule(metric: &str, kind: RuleKind) -> Rule {
    Rule {
        of: Subject::Metric(metric.into()),
        slice: indexmap::IndexMap::new(),
        cases: Vec::new(),
        kind,
        severity: Severity::Block,
    }
}

/// The same on the cases with a tag.
fn on(mut rule: Rule, tag: &str, value: &str) -> Rule {
    rule.slice.insert(tag.to_string(), value.to_string());
    rule
}

/// The same with another severity.
fn only(severity: Severity, rule: Rule) -> Rule {
    Rule { severity, ..rule }
}

/// What the gate decides of `v2` against `v1`.
fn decided(data: &Data, rules: Vec<Rule>) -> Decision {
    let v1 = CandidateName::from("v1");
    decide(&gate(rules), Contest { data, baseline: Some(&v1), problems: &[] })
}

/// What becomes of one rule.
fn ruled(data: &Data, rule: Rule) -> Ruling {
    decided(data, vec![rule]).rules.remove(0)
}

/// What state one rule comes to.
fn state(data: &Data, metric: &str, kind: RuleKind) -> RuleState {
    ruled(data, rule(metric, kind)).state
}

/// Scores from 1 to 5 around a level, half of them a half above it and half of them below.
fn around(n: usize, level: f64) -> Vec<Option<f64>> {
    (0..n).map(|i| Some(level + if i % 2 == 0 { 0.5 } else { -0.5 })).collect()
}

/// So many ones first, then zeros.
fn ones(of: usize, n: usize) -> Vec<Option<f64>> {
    (0..n).map(|i| Some(f64::from(u8::from(i < of)))).collect()
}
