//! Preferences by case → the order of more than two candidates: strengths, chances, and how far ranks may move.

use serde::Serialize;

use super::data::Data;
use super::findings::Share;
use super::lengths::Lengths;
use super::styles::Styles;
use crate::stats::Infer;
use crate::suite::Suite;

mod contest;
mod control;
mod words;

/// The order of the candidates of one pairwise metric (Bradley and Terry 1952).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Ranking {
    /// The metric.
    pub metric: String,
    /// The candidate that chances are against.
    pub baseline: String,
    /// The strongest first; empty where they cannot be ranked.
    pub candidates: Vec<Ranked>,
    /// Pairs of outputs that were compared, repeats as one.
    pub n: u64,
    /// Independent clusters of cases among them.
    pub clusters: u64,
    /// How it was got, or why it could not be, in words.
    pub method: String,
    /// Where a tie is an outcome of its own: what was found of ties.
    pub ties: Option<TieShare>,
    /// What the second strengths are freed of; absent where the suite wants none, or nobody can be ranked.
    pub freed: Option<Freed>,
}

/// What a model of ties found.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct TieShare {
    /// Davidson's ν, or Rao and Kupper's η.
    pub parameter: f64,
    /// The chance that two candidates of equal strength tie.
    pub between_equals: f64,
}

/// What of the looks of outputs was taken out of the strengths, or why nothing was.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Freed {
    /// `length`, `style`, or `length and style`.
    pub of: String,
    /// How the log-odds of a win grow with each, beside the others.
    pub effects: Vec<Effect>,
    /// What could not be taken out, and why, in words.
    pub left_out: Vec<String>,
    /// Why there are no such strengths at all, in words; absent where there are.
    pub problem: Option<String>,
}

/// What a judge makes of one thing that is not what an output says.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Effect {
    /// `length`, `headers`, `list items` or `bold passages`.
    pub of: String,
    /// The log-odds of a win for a usual difference (the root of its mean square): above zero the judge likes more.
    pub log_odds: Share,
}

/// One candidate among all.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Ranked {
    /// Its name.
    pub candidate: String,
    /// Its strength as log-odds; the mean of all is 0.
    pub strength: f64,
    /// Its standard error, cluster-robust.
    pub se: Option<f64>,
    /// What a case is worth to it against the baseline, a tie being half; absent for the baseline itself.
    pub chance: Option<Share>,
    /// Its rank, 1 the best; equal ones share the better one.
    pub rank: u64,
    /// The best rank that the data allow at 1 − alpha.
    pub best_rank: Option<u64>,
    /// The worst one.
    pub worst_rank: Option<u64>,
    /// The share of resamples in which it is the strongest.
    pub first: Option<f64>,
    /// The same if all outputs were equal in what [`Freed`] names.
    pub at_equal: Option<AtEqual>,
}

/// A candidate's place with the looks of outputs taken out.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct AtEqual {
    /// See [`Ranked::strength`].
    pub strength: f64,
    /// See [`Ranked::se`].
    pub se: Option<f64>,
    /// See [`Ranked::chance`].
    pub chance: Option<Share>,
    /// See [`Ranked::rank`].
    pub rank: u64,
}

/// What outputs look like, beside what they say.
#[derive(Debug, Clone, Copy)]
pub(super) struct Looks<'a> {
    pub lengths: &'a Lengths,
    pub styles: &'a Styles,
}

/// The rankings of all pairwise metrics that compared more than two candidates.
pub(super) fn rankings(suite: &Suite, data: &Data, looks: Looks<'_>, alpha: f64) -> Vec<Ranking> {
    let several = data.metrics.iter().filter(|(_, scores)| scores.compared().len() > 1);
    several
        .filter_map(|(metric, scores)| contest::Contest::of(suite, data, scores)?.ranking(metric, looks, alpha))
        .collect()
}

/// An estimate with its interval, each turned by `show`.
fn share(inference: &impl Infer, alpha: f64, n: u64, show: impl Fn(f64) -> f64) -> Share {
    let (low, high) = inference.interval(alpha);
    Share { estimate: show(inference.estimate()), low: Some(show(low)), high: Some(show(high)), n }
}
