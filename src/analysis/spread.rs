//! Scores by case → how what a rule reads lies, as planning has to know it for the method that decides.

use indexmap::IndexMap;

use super::correction::Correction;
use super::data::{Data, MetricScores};
use super::differences::Differences;
use crate::stats::clusters::all_single;
use crate::stats::planning::{Scores, Shape};
use crate::stats::{CannotEstimate, Infer, Inference, ScoreKind};
use crate::suite::CandidateName;

/// How the numbers of one rule lie in a run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    /// What planning needs.
    pub scores: Scores,
    /// Their mean.
    pub mean: f64,
    /// Cases with a value.
    pub n: usize,
}

impl Differences {
    /// How the differences lie, as the bounds have to know it that hold for scores of any shape, or t, where that decides.
    ///
    /// # Errors
    /// Fewer than two clusters, or differences that are all equal.
    pub fn spread(&self, by_t: bool) -> Result<Spread, CannotEstimate> {
        let Self { values, clusters, range, .. } = self;
        if values.is_empty() {
            return Err(CannotEstimate::TooFew("one case"));
        }
        if let Some(neither) = self.neither().filter(|_| all_single(clusters)) {
            let discordant = values.iter().filter(|value| **value != 0.0).count() as f64 / values.len() as f64;
            if discordant == 0.0 {
                return Err(CannotEstimate::NoSpread("differences"));
            }
            return Ok(Spread {
                scores: Scores::Pairs { discordant, neither: neither * (1.0 - discordant) },
                mean: mean(values),
                n: values.len(),
            });
        }
        of(values, clusters, range.filter(|_| !by_t))
    }
}

impl Correction {
    /// How one labelled case of a corrected number lies, as its bounds have to know it; where these are Rogan and Gladen's, only
    /// their width. `None` where no rule rests on it.
    pub fn spread(&self, least: usize) -> Option<Spread> {
        if self.problem(least).is_some() {
            return None;
        }
        let inference = self.inference.as_ref().ok()?;
        if let Inference::Corrected(bounds) = inference {
            return Some(Spread { scores: bounds.scores()?, mean: inference.estimate(), n: self.labelled });
        }
        let (low, high) = inference.interval(0.05);
        // A method without a standard error has an interval, and that of a normal number is 3.92 of them wide.
        let se = inference.se().unwrap_or((high - low) / 3.92);
        let sd = se * (self.labelled as f64).sqrt();
        let scores = Scores::Unbounded { sd };
        (sd > 0.0).then(|| Spread { scores, mean: inference.estimate(), n: self.labelled })
    }
}

impl Data {
    /// How one candidate's scores over the cases of a slice lie.
    ///
    /// # Errors
    /// No score at all, fewer than two clusters, or scores that are all equal.
    pub fn spread_of_level(
        &self,
        scores: &MetricScores,
        slice: &IndexMap<String, String>,
        candidate: &CandidateName,
    ) -> Result<Spread, CannotEstimate> {
        let of_candidate = scores.of(candidate).ok_or(CannotEstimate::TooFew("one case"))?;
        let value = |case: usize| Some((of_candidate.get(case)?, self.cases.clusters.get(case).copied()?));
        let (values, clusters): (Vec<f64>, Vec<u32>) = self.rows(slice).iter().filter_map(value).unzip();
        let kind = scores.kind_of(values.iter().copied());
        if kind == ScoreKind::Binary && all_single(&clusters) && !values.is_empty() {
            return Ok(Spread { scores: Scores::Rate, mean: mean(&values), n: values.len() });
        }
        of(&values, &clusters, scores.possible_levels())
    }
}

fn of(values: &[f64], clusters: &[u32], range: Option<(f64, f64)>) -> Result<Spread, CannotEstimate> {
    if values.is_empty() {
        return Err(CannotEstimate::TooFew("one case"));
    }
    let Shape { sd, skewness } = Shape::of_run(values, clusters)?;
    let scores = match range {
        Some((min, max)) => Scores::Bounded { sd, skewness, min, max },
        None => Scores::Unbounded { sd },
    };
    Ok(Spread { scores, mean: mean(values), n: values.len() })
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}
