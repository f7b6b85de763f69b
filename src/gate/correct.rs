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
    let unnamed = scores.humans.unnamed();
    let problem = match &correction {
        None if unnamed > 0 => Some(nameless(unnamed)),
        None => Some("the dataset has no labels for it".to_string()),
        Some(correction) => correction.problem(gate.min_cases).map(|why| match unnamed {
            0 => why,
            some => format!("{why}; {}", nameless(some)),
        }),
    };
    match (correction, problem) {
        (Some(correction), None) => corrected(raw, correction, scores),
        (_, Some(why)) if gate.corrected == Corrected::Require => Reading::Nothing(why),
        (correction, Some(why)) if unnamed > 0 || correction.as_ref().is_some_and(|c| c.labelled > 0) => {
            let labelled = correction.map_or(0, |correction| correction.labelled as u64);
            let judge = own(&raw, scores);
            let note = Correcting { used: false, labelled, weight: None, judge, why_not: Some(why) };
            Reading::Of(Box::new(raw), Some(note))
        }
        _ => Reading::Of(Box::new(raw), None),
    }
}

/// Why labels that are about every output, or about candidates that are gone, correct nothing.
fn nameless(labels: usize) -> String {
    let (labels, name) =
        if labels == 1 { ("1 label".to_string(), "names") } else { (format!("{labels} labels"), "name") };
    format!("{labels} {name} none of the candidates, and one score cannot be about the output of each")
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
        beside: correction.beside,
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
