//! One judged metric and its labels → the measures of how far its judge agrees with people.

mod preferences;
mod scores;
mod steps;

use std::collections::BTreeSet;

use super::calibrate::{MetricCalibration, SliceAgreement};
use super::data::Data;
use super::findings::{MissingBounds, Share, Slice};
use super::raters::{self, Kind, Rated};
use super::trust;
use super::verdicts::Verdicts;
use crate::stats::{Infer, Sample, ScoreKind, default_for};
use crate::suite::{CandidateName, MetricName, MetricSpec, Suite};

/// One judged metric, to be held against its labels.
pub(super) struct Judge<'a> {
    pub suite: &'a Suite,
    pub data: &'a Data,
    pub name: &'a MetricName,
    pub spec: &'a MetricSpec,
    pub verdicts: &'a Verdicts,
    pub alpha: f64,
    /// Whether slices are wanted too.
    pub slices: bool,
}

/// Whether judge and human say the same; `None` where the judge's could not be read.
fn agrees(judge: Option<f64>, human: f64) -> Option<f64> {
    judge.map(|judge| f64::from(u8::from((judge - human).abs() < 1e-9)))
}

impl Judge<'_> {
    fn blank(&self) -> MetricCalibration {
        let judge = self.spec.rubric().map(|r| r.judge.told()).unwrap_or_default();
        MetricCalibration { judge, missing: self.spec.missing, ..MetricCalibration::default() }
    }

    fn cluster(&self, case: usize) -> u32 {
        self.data.cases.clusters.get(case).copied().unwrap_or_default()
    }

    fn candidates(&self) -> Vec<CandidateName> {
        self.suite.candidates.keys().cloned().collect()
    }

    /// Krippendorff's alpha with the judge as one more rater, and what humans agree on among themselves.
    fn agreement_of_raters(&self, found: &mut MetricCalibration, rated: &[Rated], kind: Kind) {
        match raters::alpha_with_judge(rated, kind, self.alpha, self.suite.seed) {
            Ok(share) => found.alpha = Some(share),
            Err(why) => found.absent.push(format!("alpha: {why}")),
        }
        found.ceiling = raters::ceiling(rated, kind, self.alpha, self.suite.seed);
        if found.ceiling.as_ref().is_some_and(|ceiling| ceiling.measure == "spearman" && ceiling.humans.is_none()) {
            found.absent.push("people with people: no rater's scores vary, so it is not defined".to_string());
        }
    }

    /// A measure on each slice that has labels; `places` are the cases of its rows.
    fn by_slice(&self, places: &[usize], of: impl Fn(&[usize]) -> Option<Share>) -> Vec<SliceAgreement> {
        if !self.slices {
            return Vec::new();
        }
        let slice = |slice: Slice| {
            let within: BTreeSet<usize> = self.data.cases.within(&slice).iter().collect();
            let rows: Vec<usize> = (0..places.len()).filter(|row| within.contains(&places[*row])).collect();
            let agreement = if rows.is_empty() { None } else { of(&rows) };
            SliceAgreement { slice, labels: rows.len() as u64, agreement }
        };
        self.data.cases.slices().into_iter().map(slice).collect()
    }

    /// The mean of rights and wrongs with its interval, clustered by case; and its bounds, where some could not be read.
    fn accuracy(&self, values: Vec<(Option<f64>, u32)>, fill: Option<f64>) -> (Option<Share>, Option<MissingBounds>) {
        let mean = |fill: Option<f64>| {
            let (kept, clusters): (Vec<f64>, Vec<u32>) =
                values.iter().filter_map(|(v, c)| Some((v.or(fill)?, *c))).unzip();
            let binary = kept.iter().all(|v| *v == 0.0 || *v == 1.0);
            let kind = if binary { ScoreKind::Binary } else { ScoreKind::Bounded { min: 0.0, max: 1.0 } };
            share(default_for(kind, Sample::Level(&kept), &clusters, trust::FEW).ok().as_ref(), kept.len(), self.alpha)
        };
        let gaps = values.iter().any(|(v, _)| v.is_none());
        let bounds = || Some(MissingBounds { worst: mean(Some(0.0))?.estimate, best: mean(Some(1.0))?.estimate });
        (mean(fill), if gaps { bounds() } else { None })
    }
}

/// An inference in the words of a report.
pub(super) fn share(inference: Option<&crate::stats::Inference>, n: usize, alpha: f64) -> Option<Share> {
    let inference = inference?;
    let (low, high) = inference.interval(alpha);
    Some(Share { estimate: inference.estimate(), low: Some(low), high: Some(high), n: n as u64 })
}
