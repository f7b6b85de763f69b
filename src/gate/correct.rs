//! A rule and the labels there are → whether it reads the judge's number or the corrected one, and what it says of that.

use super::Contest;
use super::decision::Correcting;
use crate::analysis::{Correction, Measured, MetricScores};
use crate::stats::Infer;
use crate::suite::{Corrected, GateSpec, Rule, RuleKind, Subject};

/// What a rule reads.
pub(super) enum Reading {
    /// This, as the judge gave it or as labels correct it. What is to be said of that, where there are labels.
    Of(Box<Measured>, Option<Correcting>),
    /// Nothing: a correction is required and cannot be had.
    Nothing(String),
}

/// Puts the corrected number in the place of the judge's where the gate wants that and the labels bear it.
pub(super) fn read(
    rule: &Rule,
    gate: &GateSpec,
    Contest { data, baseline, .. }: Contest<'_>,
    raw: Measured,
) -> Reading {
    let Subject::Metric(metric) = &rule.of else { return Reading::Of(Box::new(raw), None) };
    // The bounds of a sequential gate hold whenever one looks, and corrected ones do not.
    if gate.corrected == Corrected::Off || gate.sequential.is_some() || matches!(rule.kind, RuleKind::EveryCase { .. })
    {
        return Reading::Of(Box::new(raw), None);
    }
    let Some(scores) = data.metrics.get(metric).filter(|scores| scores.judged) else {
        // A check does not err as a judge does.
        return Reading::Of(Box::new(raw), None);
    };
    let correction = if scores.is_pairwise() || rule.kind.compares() {
        baseline.and_then(|base| data.corrected_difference(metric, &rule.slice, base, &gate.candidate, gate.min_cases))
    } else {
        data.corrected_level(metric, &rule.slice, &gate.candidate, gate.min_cases)
    };
    let problem = match &correction {
        None => Some("the dataset has no labels for it".to_string()),
        Some(correction) => correction.problem(gate.min_cases),
    };
    match (correction, problem) {
        (Some(correction), None) => corrected(raw, correction, scores),
        (_, Some(why)) if gate.corrected == Corrected::Require => Reading::Nothing(why),
        (Some(correction), Some(why)) if correction.labelled > 0 => {
            let labelled = correction.labelled as u64;
            let judge = own(&raw, scores);
            let note = Correcting { used: false, labelled, weight: None, judge, why_not: Some(why) };
            Reading::Of(Box::new(raw), Some(note))
        }
        _ => Reading::Of(Box::new(raw), None),
    }
}

fn corrected(raw: Measured, correction: Correction, scores: &MetricScores) -> Reading {
    let note = Correcting {
        used: true,
        labelled: correction.labelled as u64,
        weight: correction.weight,
        judge: own(&raw, scores),
        why_not: None,
    };
    let measured = Measured {
        mean: correction.inference.as_ref().ok().map(Infer::estimate),
        inference: correction.inference,
        beside: None,
        spread: None,
        extremes: correction.extremes,
        // What it rests on: so many have to be labelled for it to pass.
        clusters: correction.labelled,
        ..raw
    };
    Reading::Of(Box::new(measured), Some(note))
}

/// The judge's own number as people read it: of pairs a win rate.
fn own(raw: &Measured, scores: &MetricScores) -> Option<f64> {
    let shift = if scores.is_pairwise() { 0.5 } else { 0.0 };
    raw.estimate().map(|estimate| estimate + shift)
}
