//! The gate: all rules together → one decision.

use super::decision::{Decision, RuleState, Verdict};
use super::rule::Held;
use super::words;
use crate::analysis::Data;
use crate::stats::multiplicity::holm;
use crate::suite::{CandidateName, GateSpec, Severity};

/// What a gate decides about.
#[derive(Debug, Clone, Copy)]
pub struct Contest<'a> {
    /// The scores.
    pub data: &'a Data,
    /// What the candidate is held against, where the suite names one.
    pub baseline: Option<&'a CandidateName>,
    /// Why the measurement cannot be trusted, in words; empty where it can.
    pub problems: &'a [String],
}

/// Decides. A gate passes when every blocking rule passes, which needs no correction for their number; that a rule is
/// broken is claimed after Holm's correction over the blocking rules, so that many rules do not make a false alarm
/// likelier than alpha. A gate of which no rule measured anything is invalid, whatever its rules would do.
pub fn decide(gate: &GateSpec, contest: Contest<'_>) -> Decision {
    let mut held: Vec<Held<'_>> =
        gate.rules.iter().enumerate().map(|(at, rule)| Held::new(rule, at, gate, contest)).collect();
    withdraw_uncertain_failures(&mut held, gate.alpha);
    let states = |state: RuleState| held.iter().any(|h| h.rule.severity == Severity::Block && h.ruling.state == state);
    let measured = |h: &Held<'_>| h.ruling.state != RuleState::Invalid || h.ruling.estimate.is_some();
    let decision = if !contest.problems.is_empty() || states(RuleState::Invalid) || !held.iter().any(measured) {
        Verdict::Invalid
    } else if states(RuleState::Fail) {
        Verdict::Fail
    } else if states(RuleState::Inconclusive) {
        Verdict::Inconclusive
    } else {
        Verdict::Pass
    };
    let rules: Vec<_> = held.into_iter().map(|h| h.ruling).collect();
    let reason = match contest.problems {
        [] => words::reason(decision, gate.candidate.as_str(), &rules),
        problems => format!("the measurement is not valid: {}", problems.join("; ")),
    };
    Decision {
        decision,
        reason,
        candidate: gate.candidate.to_string(),
        baseline: contest.baseline.map(ToString::to_string),
        alpha: gate.alpha,
        on_inconclusive: gate.on_inconclusive,
        method: gate.method,
        sequential: None,
        warnings: Vec::new(),
        rules,
    }
}

/// Takes back the failures of blocking rules that do not stand after Holm's correction.
fn withdraw_uncertain_failures(held: &mut [Held<'_>], alpha: f64) {
    // What was counted is no claim about what was not seen, and cannot be a false alarm.
    let (blocking, p): (Vec<usize>, Vec<f64>) = held
        .iter()
        .enumerate()
        .filter(|(_, held)| held.rule.severity == Severity::Block)
        .filter_map(|(i, held)| Some((i, held.p_broken?)))
        .unzip();
    let Ok(adjusted) = holm(&p) else { return };
    for (index, p) in blocking.into_iter().zip(adjusted) {
        let undecided = held[index].undecided;
        let ruling = &mut held[index].ruling;
        if ruling.state == RuleState::Fail && p >= alpha {
            ruling.state = RuleState::Inconclusive;
            (ruling.bound, ruling.p) = undecided;
            ruling.words.push_str("; with so many rules this may be chance (Holm)");
        }
    }
}
