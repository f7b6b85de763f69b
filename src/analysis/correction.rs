//! A judge's number and the labels there are → the number that humans would have given, with the labels' uncertainty in it.

use std::collections::BTreeSet;

use indexmap::IndexMap;
use serde::Serialize;

use super::cases::Rows;
use super::compare::{Precision, within};
use super::data::{Data, MetricScores};
use super::findings::Slice;
use super::measure::Measured;
use super::policy::turned;
use crate::stats::corrected_mean::CorrectedMean;
use crate::stats::prediction_powered::{Case, PredictionPowered};
use crate::stats::rogan_gladen::{Confusion, Hits, RoganGladen};
use crate::stats::{CannotEstimate, Infer, Inference, Sample, ScoreKind, clusters, default_for, t_is_fit_to_show};
use crate::suite::{CandidateName, MetricName};

/// A corrected level or difference.
#[derive(Debug, Clone)]
pub struct Correction {
    /// The estimate with the bounds that decide, or why there is none.
    pub inference: Result<Inference, CannotEstimate>,
    /// What reports show in its place, where that is another method.
    pub beside: Option<Inference>,
    /// The same with every verdict that is missing at its worst and at its best for the candidate.
    pub extremes: Option<(Result<Inference, CannotEstimate>, Result<Inference, CannotEstimate>)>,
    /// Independent clusters with a label (for a difference: on both sides).
    pub labelled: usize,
    /// How much of the judge's word is used, 0 to 1; absent where the method has no such number.
    pub weight: Option<f64>,
    /// The p-value of "the judge scores labelled and other cases alike".
    pub representative: Option<f64>,
}

/// Below this p the labelled cases are not like the others, and a correction by them is not used.
const PICKED: f64 = 0.01;

impl Correction {
    /// What reports show.
    pub fn shown(&self) -> Option<&Inference> {
        self.beside.as_ref().or(self.inference.as_ref().ok())
    }

    /// Why it must not decide anything, where it must not: too few labels, or such as were picked.
    pub fn problem(&self, least: usize) -> Option<String> {
        if self.labelled < least {
            let cases = if self.labelled == 1 { "case is" } else { "cases are" };
            return Some(format!("{} labelled {cases} too few to correct by, {least} are wanted", self.labelled));
        }
        if self.representative.is_some_and(|p| p < PICKED) {
            return Some(
                "the judge scores the labelled cases unlike the others, so they were not drawn by chance".to_string(),
            );
        }
        self.inference.as_ref().err().map(ToString::to_string)
    }
}

/// The judge's number and the corrected one, side by side, as `summary.json` holds them.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Corrected {
    /// The metric.
    pub metric: String,
    /// The cases it is about; absent for all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slice: Option<Slice>,
    /// What the candidate is held against; absent for a level.
    pub baseline: Option<String>,
    /// Whose number it is.
    pub candidate: String,
    /// By the judge alone: a level, a difference, or win rate − ½.
    pub judge: Option<f64>,
    /// Corrected.
    pub estimate: Option<f64>,
    /// Lower end of the two-sided interval at 1 − alpha; it carries the uncertainty of the labels.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
    /// Independent cases with a label.
    pub labelled: u64,
    /// How much of the judge's word is used (the λ of PPI++), 0 to 1.
    pub weight: Option<f64>,
    /// How it was got, or why there is none.
    pub method: String,
    /// Why no rule rests on it, where none does.
    pub problem: Option<String>,
}

impl Data {
    /// What humans would have given a candidate, over the cases of a slice. `None` where the metric has no label.
    pub fn corrected_level(
        &self,
        metric: &MetricName,
        slice: &IndexMap<String, String>,
        candidate: &CandidateName,
        min_cases: usize,
    ) -> Option<Correction> {
        let scores = self.metrics.get(metric).filter(|scores| !scores.humans.is_empty())?;
        let values = scores.of(candidate)?;
        let found = Judged {
            rows: self.cases.within(slice),
            clusters: &self.cases.clusters,
            judge: Box::new(move |case, fill| values.get(case).or(fill.map(|fill| fill.0))),
            human: Box::new(move |case| scores.humans.score(candidate, case)),
            kind: Box::new(move |judge| scores.kind_of(judge.iter().copied())),
            ends: scores.ends().map(|(worst, best)| ((worst, worst), (best, best))),
            min_cases,
        };
        Some(found.correct())
    }

    /// The same for the difference to a baseline; positive is better for the candidate.
    pub fn corrected_difference(
        &self,
        metric: &MetricName,
        slice: &IndexMap<String, String>,
        baseline: &CandidateName,
        candidate: &CandidateName,
        min_cases: usize,
    ) -> Option<Correction> {
        Some(self.judged_difference(metric, slice, baseline, candidate, min_cases)?.correct())
    }

    /// The labelled cases of such a difference, to make up runs of; `None` where no rule rests on them.
    pub fn labelled_differences(
        &self,
        metric: &MetricName,
        slice: &IndexMap<String, String>,
        baseline: &CandidateName,
        candidate: &CandidateName,
        min_cases: usize,
    ) -> Option<LabelledCases> {
        let judged = self.judged_difference(metric, slice, baseline, candidate, min_cases)?;
        let correction = judged.correct();
        if correction.problem(min_cases).is_some() {
            return None;
        }
        let all = judged.cases(None);
        let clusters: BTreeSet<u32> = all.iter().map(|case| case.cluster).collect();
        let kind = (judged.kind)(&[]);
        let mut found = LabelledCases {
            judge: Vec::new(),
            human: Vec::new(),
            clusters: Vec::new(),
            labelled: correction.labelled,
            all: clusters.len(),
            kind,
            min_cases,
        };
        for case in all {
            let Some(human) = case.human else { continue };
            found.judge.push(case.judge);
            found.human.push(human);
            found.clusters.push(case.cluster);
        }
        Some(found)
    }

    fn judged_difference<'a>(
        &'a self,
        metric: &MetricName,
        slice: &IndexMap<String, String>,
        baseline: &'a CandidateName,
        candidate: &'a CandidateName,
        min_cases: usize,
    ) -> Option<Judged<'a>> {
        let scores = self.metrics.get(metric).filter(|scores| !scores.humans.is_empty())?;
        let (rows, clusters, humans) = (self.cases.within(slice), &self.cases.clusters[..], &scores.humans);
        if let Some(worths) = scores.worths(baseline, candidate) {
            return Some(Judged {
                rows,
                clusters,
                judge: Box::new(move |case, fill| Some(worths.get(case).or(fill.map(|fill| fill.0))? - 0.5)),
                human: Box::new(move |case| Some(humans.worth(baseline, candidate, case)? - 0.5)),
                kind: Box::new(|_| ScoreKind::Bounded { min: -0.5, max: 0.5 }),
                ends: Some(((0.0, 0.0), (1.0, 1.0))),
                min_cases,
            });
        }
        let (of, base, sign) = (scores.of(candidate)?, scores.of(baseline)?, scores.sign());
        Some(Judged {
            rows,
            clusters,
            judge: Box::new(move |case, fill| {
                Some(sign * (of.get(case).or(fill.map(|f| f.0))? - base.get(case).or(fill.map(|f| f.1))?))
            }),
            human: Box::new(move |case| Some(sign * (humans.score(candidate, case)? - humans.score(baseline, case)?))),
            kind: Box::new(move |_| difference_kind(scores, sign)),
            ends: scores.ends().map(|(worst, best)| ((worst, best), (best, worst))),
            min_cases,
        })
    }

    /// The judges' numbers beside the corrected ones: levels, then differences, over all cases and over the slices of rules.
    pub fn corrections(
        &self,
        candidates: &[CandidateName],
        pairs: &[(CandidateName, CandidateName)],
        named: &[(MetricName, Slice)],
        precision: Precision,
    ) -> Vec<Corrected> {
        let Precision { alpha, min_cases } = precision;
        let mut found = Vec::new();
        for (metric, scores) in self.metrics.iter().filter(|(_, scores)| !scores.humans.is_empty()) {
            let mut slices = vec![Slice::new()];
            for slice in named.iter().filter(|(of, _)| of == metric).map(|(_, slice)| slice) {
                if !slices.contains(slice) {
                    slices.push(slice.clone());
                }
            }
            for slice in &slices {
                for candidate in candidates {
                    let correction = self.corrected_level(metric, slice, candidate, min_cases);
                    let measured = self.level(metric, slice, candidate, min_cases);
                    let of = About { metric, slice, baseline: None, candidate, possible: scores.possible_levels() };
                    found.extend(correction.zip(measured).map(|both| of.told(&both.0, &both.1, alpha, min_cases)));
                }
                for (baseline, candidate) in pairs {
                    let correction = self.corrected_difference(metric, slice, baseline, candidate, min_cases);
                    let measured = self.difference(metric, slice, baseline, candidate, min_cases);
                    let possible = scores.possible_differences();
                    let of = About { metric, slice, baseline: Some(baseline), candidate, possible };
                    found.extend(correction.zip(measured).map(|both| of.told(&both.0, &both.1, alpha, min_cases)));
                }
            }
        }
        found.retain(|one| one.labelled > 0);
        found
    }
}

fn difference_kind(scores: &MetricScores, sign: f64) -> ScoreKind {
    match turned(scores.kind_of(std::iter::once(f64::NAN)), sign) {
        ScoreKind::Bounded { min, max } => ScoreKind::Bounded { min: min - max, max: max - min },
        other => other,
    }
}

/// What a corrected number is about.
#[derive(Clone, Copy)]
struct About<'a> {
    metric: &'a MetricName,
    slice: &'a Slice,
    baseline: Option<&'a CandidateName>,
    candidate: &'a CandidateName,
    possible: Option<(f64, f64)>,
}

impl About<'_> {
    fn told(self, correction: &Correction, judge: &Measured, alpha: f64, least: usize) -> Corrected {
        let inference = correction.shown();
        let interval = inference.map(|inference| within(inference.interval(alpha), self.possible));
        let method = match (inference, &correction.inference) {
            (Some(inference), _) => inference.method().to_string(),
            (None, Err(why)) => format!("cannot be corrected: {why}"),
            (None, Ok(_)) => String::new(),
        };
        Corrected {
            metric: self.metric.to_string(),
            slice: if self.slice.is_empty() { None } else { Some(self.slice.clone()) },
            baseline: self.baseline.map(ToString::to_string),
            candidate: self.candidate.to_string(),
            judge: judge.estimate(),
            estimate: inference.map(|inference| within((inference.estimate(), 0.0), self.possible).0),
            low: interval.map(|(low, _)| low),
            high: interval.map(|(_, high)| high),
            labelled: correction.labelled as u64,
            weight: correction.weight,
            method,
            problem: correction.problem(least),
        }
    }
}

/// What stands in for a missing value: of the candidate, and of what it is held against.
type Fill = (f64, f64);

/// What kind of scores a judge's are.
type Kind<'a> = Box<dyn Fn(&[f64]) -> ScoreKind + 'a>;

/// Judged cases, of which some have a label.
struct Judged<'a> {
    rows: Rows<'a>,
    clusters: &'a [u32],
    /// What the judge's verdict on a case is worth, with something in place of one that is missing.
    judge: Box<dyn Fn(usize, Option<Fill>) -> Option<f64> + 'a>,
    human: Box<dyn Fn(usize) -> Option<f64> + 'a>,
    kind: Kind<'a>,
    /// What a missing value is at its worst and at its best for the candidate.
    ends: Option<(Fill, Fill)>,
    min_cases: usize,
}

impl Judged<'_> {
    fn correct(&self) -> Correction {
        let cases = self.cases(None);
        let labelled: BTreeSet<u32> = cases.iter().filter(|c| c.human.is_some()).map(|c| c.cluster).collect();
        let missing = self.rows.count() > cases.len();
        let Found { inference, beside, weight, representative } = self.infer(&cases);
        let at = |fill: Fill| self.infer(&self.cases(Some(fill))).inference;
        let extremes = self.ends.filter(|_| missing).map(|(worst, best)| (at(worst), at(best)));
        Correction { inference, beside, extremes, labelled: labelled.len(), weight, representative }
    }

    fn cases(&self, fill: Option<Fill>) -> Vec<Case> {
        let case = |case: usize| {
            let (judge, cluster) = ((self.judge)(case, fill)?, *self.clusters.get(case)?);
            Some(Case { judge, human: (self.human)(case), cluster })
        };
        self.rows.iter().filter_map(case).collect()
    }

    fn infer(&self, cases: &[Case]) -> Found {
        let judge: Vec<f64> = cases.iter().map(|case| case.judge).collect();
        inferred(cases, (self.kind)(&judge), self.min_cases)
    }
}

/// Every case has a label: humans alone. Independent passes and failures: Rogan and Gladen. Else, or where the judge cannot
/// be told from guessing: PPI++. Its own t is shown; where labels are few or lopsided it is too sure of itself, so bounds that
/// hold for scores of any shape decide, as they do without labels.
fn inferred(cases: &[Case], kind: ScoreKind, min_cases: usize) -> Found {
    let human: Vec<f64> = cases.iter().filter_map(|case| case.human).collect();
    let ids: Vec<u32> = cases.iter().map(|case| case.cluster).collect();
    let powered = PredictionPowered::new(cases);
    let representative = powered.as_ref().ok().and_then(PredictionPowered::representative);
    if !human.is_empty() && human.len() == cases.len() {
        // Raters' means of yes and no are shares.
        let whole = human.iter().all(|value| *value == 0.0 || *value == 1.0);
        let kind = if kind == ScoreKind::Binary && !whole { ScoreKind::Bounded { min: 0.0, max: 1.0 } } else { kind };
        let inference = default_for(kind, Sample::Level(&human), &ids, min_cases);
        return Found { inference, beside: None, weight: Some(0.0), representative: None };
    }
    if kind == ScoreKind::Binary
        && clusters::all_single(&ids)
        && let Some(found) = rogan_gladen(cases)
    {
        return Found { inference: Ok(Inference::RoganGladen(found)), beside: None, weight: None, representative };
    }
    let powered = match powered {
        Ok(powered) => powered,
        Err(why) => return Found { inference: Err(why), beside: None, weight: None, representative },
    };
    let range = match kind {
        ScoreKind::Bounded { min, max } => Some((min, max)),
        ScoreKind::Binary => Some((0.0, 1.0)),
        ScoreKind::Unbounded => None,
    };
    let own: Vec<u32> = cases.iter().filter(|case| case.human.is_some()).map(|case| case.cluster).collect();
    let bounds = range.map(|(min, max)| CorrectedMean::new(cases, &powered, min, max).map(Inference::Corrected));
    let (inference, beside) = match bounds {
        Some(bounds) => (bounds, t_is_fit_to_show(&human, &own, min_cases).then(|| powered.inference())),
        None => (Ok(powered.inference()), None),
    };
    Found { inference, beside, weight: Some(powered.lambda()), representative }
}

struct Found {
    inference: Result<Inference, CannotEstimate>,
    beside: Option<Inference>,
    weight: Option<f64>,
    representative: Option<f64>,
}

/// `None` where humans gave something between yes and no, or where the judge cannot be told from guessing.
fn rogan_gladen(cases: &[Case]) -> Option<RoganGladen> {
    let mut table = Confusion::default();
    for case in cases {
        match case.human {
            Some(human) if human == 0.0 || human == 1.0 => table.add(case.judge == 1.0, human == 1.0),
            Some(_) => return None,
            None => {}
        }
    }
    let passes = cases.iter().filter(|case| case.judge == 1.0).count();
    let judged = Hits { rate: passes as f64 / cases.len() as f64, n: cases.len() as f64 };
    RoganGladen::new(judged, table.sensitivity()?, table.specificity()?).ok()
}

/// The labelled cases of a difference, and how many cases there are beside them.
#[derive(Debug, Clone)]
pub struct LabelledCases {
    judge: Vec<f64>,
    /// What humans say of each.
    pub human: Vec<f64>,
    /// The cluster of each.
    pub clusters: Vec<u32>,
    /// Independent clusters among them.
    pub labelled: usize,
    /// Independent clusters that were judged, these included.
    pub all: usize,
    kind: ScoreKind,
    min_cases: usize,
}

impl LabelledCases {
    /// Whether a mean difference can be this.
    pub fn allows(&self, difference: f64) -> bool {
        match self.kind {
            ScoreKind::Bounded { min, max } => min < difference && difference < max,
            ScoreKind::Binary | ScoreKind::Unbounded => true,
        }
    }

    /// What the judge says of some of these cases.
    pub fn judged(&self, places: &[usize]) -> Vec<f64> {
        places.iter().filter_map(|place| self.judge.get(*place).copied()).collect()
    }

    /// What a gate would conclude of a run that is made of these cases: the labels of its first clusters are known, of as many
    /// as in the run itself. `None` where it would not rest on them.
    pub fn infer(&self, places: &[usize], clusters: &[u32]) -> Option<Inference> {
        let case = |(place, cluster): (&usize, &u32)| {
            let human = self.human.get(*place).copied().filter(|_| (*cluster as usize) < self.labelled);
            Some(Case { judge: *self.judge.get(*place)?, human, cluster: *cluster })
        };
        let cases: Vec<Case> = places.iter().zip(clusters).filter_map(case).collect();
        let Found { inference, beside, weight, representative } = inferred(&cases, self.kind, self.min_cases);
        let found = Correction { inference, beside, extremes: None, labelled: self.labelled, weight, representative };
        match found.problem(self.min_cases) {
            Some(_) => None,
            None => found.inference.ok(),
        }
    }
}

#[cfg(test)]
mod study;
