//! The findings themselves: plain serialisable data, in the words of `summary.json`.
//!
//! Floats are finite or absent. Every estimate carries its interval, its n and the method that gave it.

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;
use serde::Serialize;

use super::alarms::Alarm;
use super::audit::Probed;
use super::beside::Beside;
use super::cascade::CascadeFindings;
use super::correction::Corrected;
use super::length::LengthEffect;
use super::panel::PanelFindings;
use super::ranking::Ranking;
use super::tournament::TournamentFindings;
use super::variance::VarianceSplit;
use crate::store::Status;
use crate::trace::{Difference, Trace};

/// All that was found in one run.
#[derive(Debug, Clone, Serialize)]
pub struct Analysis {
    /// The error rate of each claim: intervals are two-sided at 1 − alpha, with a gate and without one.
    pub alpha: f64,
    /// How many of what there were; they add up.
    pub counts: Counts,
    /// What each metric is, in the suite's order.
    pub metrics: IndexMap<String, MetricInfo>,
    /// Each candidate's levels.
    pub candidates: IndexMap<String, CandidateFindings>,
    /// Differences between the baseline and each other candidate, overall first, then by slice.
    pub comparisons: Vec<Comparison>,
    /// The judges' numbers beside what they come to when labels correct them; empty without labels.
    pub corrected: Vec<Corrected>,
    /// How far each judge can be trusted, by metric.
    pub judges: IndexMap<String, JudgeFindings>,
    /// The order of the candidates, for each pairwise metric that compared more than two.
    pub ranking: Vec<Ranking>,
    /// How the candidates fared in knock-outs, by metric.
    pub tournaments: IndexMap<String, TournamentFindings>,
    /// What the length of the outputs has to do with each judged comparison.
    pub length: Vec<LengthEffect>,
    /// Where the spread of a metric with repeats comes from.
    pub variance: Vec<VarianceSplit>,
    /// How several judges go together, by metric.
    pub panels: IndexMap<String, PanelFindings>,
    /// How judges went one after another, by metric.
    pub cascades: IndexMap<String, CascadeFindings>,
    /// What points to an attack on a judge.
    pub alarms: Vec<Alarm>,
    /// Tags that have too many values for their slices to be looked at.
    pub unsliced: Vec<String>,
    /// What it cost.
    pub cost: Cost,
    /// How the scores lie, for pointwise metrics and checks.
    pub distributions: Vec<Distribution>,
    /// The cases that moved most: pair by pair, that of the gate first, the worst regressions and then the best improvements.
    pub stories: Vec<Story>,
    /// Outputs that failed for the most frequent reasons, one for each that told how far it came. Their ways hold times.
    #[serde(skip)]
    pub failed: Vec<FailedOutput>,
    /// What changed in the prompts between the baseline and the candidates.
    pub prompt_changes: Vec<PromptChange>,
}

/// How many of what there were.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Cases that were judged: all that were selected, but for those that are `spared`.
    pub cases: u64,
    /// Cases of which nothing was asked, since the gate was decided before their turn came.
    #[serde(skip_serializing_if = "none")]
    pub spared: u64,
    /// Outputs by status.
    pub outputs: StatusCounts,
    /// Verdicts and checks by status.
    pub verdicts: StatusCounts,
    /// Verdicts by metric, which the error rate is held against: a metric is not excused by its neighbours.
    pub by_metric: IndexMap<String, StatusCounts>,
    /// Candidates that answered, and nothing but emptiness.
    #[serde(skip)]
    pub silent: Vec<String>,
    /// The most frequent reasons for want of a text or a value, the commonest first, at most five.
    pub causes: Vec<Cause>,
    /// How many more reasons there are.
    #[serde(skip)]
    pub more_causes: u64,
}

/// Why outputs or verdicts came to nothing, and how many of them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Cause {
    /// `outputs`, or the metric whose verdicts they are.
    pub of: String,
    /// `error`, `unparsed` or `refused`.
    pub status: Status,
    /// The reason, as it was told, with `…` for the case's own id and for what is quoted in it and not always the same.
    pub reason: String,
    /// How many.
    pub count: u64,
    /// Of outputs, how many of each candidate.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub by: BTreeMap<String, u64>,
}

/// An output that failed on its way.
#[derive(Debug, Clone, PartialEq)]
pub struct FailedOutput {
    /// Its case.
    pub case: String,
    /// Whose it is.
    pub candidate: String,
    /// Why it failed.
    pub reason: String,
    /// What ran before.
    pub trace: Trace,
}

/// Counts by status; `total` is their sum.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct StatusCounts {
    /// All of them.
    pub total: u64,
    /// With a text or a value.
    pub ok: u64,
    /// The provider or the check failed.
    pub error: u64,
    /// No verdict could be read.
    pub unparsed: u64,
    /// The model declined.
    pub refused: u64,
    /// Not asked.
    pub skipped: u64,
    /// Of all these, those of another model than the one that was to answer.
    #[serde(skip_serializing_if = "none")]
    pub fallback: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde wants it so")]
fn none(count: &u64) -> bool {
    *count == 0
}

/// What a metric is, for readers of a report.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MetricInfo {
    /// `pointwise`, `pairwise`, `tournament` or `check`.
    pub kind: String,
    /// Whether each value is a yes or a no, so that its mean is a share.
    pub yes_no: bool,
    /// `up` or `down`: which way is better.
    pub goal: String,
    /// Least and greatest value, where there are such.
    pub range: Option<(f64, f64)>,
    /// The judge's model key, for judged metrics.
    pub judge: Option<String>,
}

/// One candidate's levels.
#[derive(Debug, Clone, Default, Serialize)]
pub struct CandidateFindings {
    /// By metric: pointwise metrics and checks.
    pub metrics: IndexMap<String, Level>,
    /// Outputs by status.
    pub outputs: StatusCounts,
}

/// The mean of one metric over the cases.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Level {
    /// The mean; absent where nothing was measured.
    pub estimate: Option<f64>,
    /// Its standard error, where the method has one.
    pub se: Option<f64>,
    /// Lower end of the two-sided interval at 1 − alpha.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
    /// Cases with a value.
    pub n: u64,
    /// Cases without one.
    pub missing: u64,
    /// Where the mean would lie if every missing value were the worst, or the best.
    pub bounds: Option<MissingBounds>,
    /// How the interval was got, or why there is none, in words.
    pub method: String,
}

/// The value with every missing verdict counted as the worst, and as the best.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct MissingBounds {
    /// All missing at their worst.
    pub worst: f64,
    /// All missing at their best.
    pub best: f64,
}

/// Cases that share tags, `topic: safety`.
pub type Slice = IndexMap<String, String>;

/// The difference between two candidates on one metric, over the cases that both have a value for.
/// Positive is better for the candidate, whichever way the metric's goal points.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// The metric.
    pub metric: String,
    /// The cases it is about; absent for all.
    pub slice: Option<Slice>,
    /// What the candidate is held against.
    pub baseline: String,
    /// The candidate.
    pub candidate: String,
    /// Candidate − baseline; pairwise: win rate − ½.
    pub difference: Option<f64>,
    /// Its standard error, where the method has one.
    pub se: Option<f64>,
    /// Lower end of the two-sided interval at 1 − alpha.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
    /// Two-sided p of no difference.
    pub p: Option<f64>,
    /// The same, corrected over all slices and metrics of these two candidates (Benjamini–Hochberg); only on slices
    /// that no rule names. It is for exploring, and never fails a build.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p_adjusted: Option<f64>,
    /// How it was got, or why it could not be, in words.
    pub method: String,
    /// Cases compared.
    pub n: u64,
    /// Independent clusters among them.
    pub clusters: u64,
    /// Cases the candidate did better on.
    pub wins: u64,
    /// Cases without a difference; pairwise: also those where the two orders disagree.
    pub ties: u64,
    /// Cases the candidate did worse on.
    pub losses: u64,
    /// Pairwise: the share of cases won, ties as half.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub win_rate: Option<f64>,
    /// The smallest true loss that would be found with 80 % power: whose interval would lie below zero so often. Absent
    /// where no possible loss would, where there is no interval, and where all differences are equal.
    pub smallest_detectable: Option<f64>,
    /// What bridges the two judges that scored the sides; absent where it was one. Cases won and lost are not counted then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bridge: Option<BridgeFindings>,
    /// What other methods say, over all cases; see [`Beside`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub beside: Option<Beside>,
    /// Cases left out for want of a value on either side.
    pub missing: u64,
    /// Where the difference would lie if every missing value were the worst, or the best, for the candidate.
    pub bounds: Option<MissingBounds>,
}

/// How far a judge can be trusted on one metric.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct JudgeFindings {
    /// Agreement with the human labels: accuracy for preferences and labels, Spearman's ρ for scores; absent without labels.
    pub agreement: Option<Share>,
    /// What `agreement` is: `accuracy` or `spearman`.
    pub agreement_kind: String,
    /// Why there is no `agreement` although there are labels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub no_agreement: Option<String>,
    /// Pairwise in both orders: the share of cases where the same output wins in both.
    pub position_consistency: Option<Share>,
    /// Verdicts from which nothing could be read, refusals included, among those that were asked and answered.
    pub unparsed_rate: Option<Share>,
    /// The judge card: a digest of model, rubric, message template, parser and scale.
    pub card: String,
    /// Who answered, by judge: each model as its provider named it, and how many verdicts it gave.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub served: IndexMap<String, Versions>,
    /// The same of what the provider calls the fingerprint of its system. Several in a run are usual.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub fingerprints: IndexMap<String, Versions>,
    /// What it let pass of what is no answer; absent where the run showed it none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub canaries: Option<Probed>,
    /// How far it scores the anchors otherwise than before; absent where the run has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub anchors: Option<AnchorFindings>,
}

/// What became of a judge's scores of the anchors.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AnchorFindings {
    /// Anchors that it judged in this run.
    pub n: u64,
    /// The run that they are held against; absent where there is none with this judge.
    pub since: Option<String>,
    /// Anchors that both runs have a score of.
    pub compared: u64,
    /// Now − then in the mean, in the units of the metric; pairwise: of the share by which the second is preferred.
    pub shift: Option<f64>,
    /// Lower end of its two-sided interval at 1 − alpha.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
    /// Whether the interval leaves out that nothing moved.
    pub moved: bool,
    /// Whether the judge answered as another version of its model than then.
    pub reversioned: bool,
    /// How it was got, or why it could not be.
    pub method: String,
}

/// The anchors between two judges whose scores are compared.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BridgeFindings {
    /// Anchors that both judged.
    pub anchors: u64,
    /// How much higher the judge of the candidate scores them in the mean, turned round for a metric with `goal: down`. It is
    /// taken from the difference, and its uncertainty is in the interval.
    pub shift: f64,
    /// Lower end of its two-sided interval at 1 − alpha.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// Verdicts by what gave them, in the order of their names.
pub type Versions = BTreeMap<String, u64>;

/// An estimate with its interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Share {
    /// The estimate.
    pub estimate: f64,
    /// Lower end at 1 − alpha; absent where it cannot be given.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
    /// What it is a share of.
    pub n: u64,
}

/// What a run cost. A model without a price has no `usd`: unknown is not zero.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Cost {
    /// By candidate.
    pub candidates: IndexMap<String, Spending>,
    /// By judged metric.
    pub judges: IndexMap<String, Spending>,
    /// What the judges were shown beside the cases: canaries.
    #[serde(skip_serializing_if = "Spending::is_nothing")]
    pub controls: Spending,
    /// All together; `usd` is absent where any part of it is unknown.
    pub total: Spending,
    /// What is known of it, in US dollars: the sum over the replies that have a price; absent where none has.
    #[serde(skip)]
    pub known: Option<f64>,
    /// The days of the providers' lists that prices were taken from; none where the suite says them all.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub list_prices: BTreeSet<String>,
}

/// Calls, tokens and money.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Spending {
    /// Replies that were received, recorded ones included.
    pub replies: u64,
    /// Tokens read, where known.
    pub input_tokens: Option<u64>,
    /// Tokens written, where known.
    pub output_tokens: Option<u64>,
    /// US dollars, where known.
    pub usd: Option<f64>,
    /// Of `usd`, what was paid on the way to outputs or verdicts that never came; absent where nothing was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failed_usd: Option<f64>,
}

impl Spending {
    /// Whether nobody was asked, or nobody answered.
    pub fn is_nothing(&self) -> bool {
        *self == Self::default()
    }

    /// Adds what more was spent. What is not known of either is not known of both.
    pub(super) fn add(&mut self, more: Self) {
        if more.is_nothing() {
            return;
        }
        if self.is_nothing() {
            *self = more;
            return;
        }
        let sum = |a: Option<u64>, b: Option<u64>| Some(a?.saturating_add(b?));
        self.replies += more.replies;
        self.input_tokens = sum(self.input_tokens, more.input_tokens);
        self.output_tokens = sum(self.output_tokens, more.output_tokens);
        self.usd = self.usd.zip(more.usd).map(|(a, b)| a + b);
        self.failed_usd = self.failed_usd.into_iter().chain(more.failed_usd).reduce(|a, b| a + b);
    }
}

/// How the scores of one metric lie, for one candidate.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Distribution {
    /// The metric.
    pub metric: String,
    /// The candidate.
    pub candidate: String,
    /// Bins from low to high: lower edge, upper edge, cases.
    pub bins: Vec<(f64, f64, u64)>,
}

/// One case that moved, told in full.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Story {
    /// The case.
    pub case: String,
    /// Its tags.
    pub tags: Slice,
    /// The mean over judged metrics (checks, where there are none) of the difference in units of the metric's range: −1 … 1.
    pub change: f64,
    /// What was asked.
    pub input: String,
    /// The gold answer.
    pub reference: Option<String>,
    /// The baseline's and the candidate's outputs (first sample).
    pub baseline: SideOfStory,
    /// See `baseline`.
    pub candidate: SideOfStory,
    /// What each metric said.
    pub metrics: Vec<StoryMetric>,
}

/// One output of a story.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SideOfStory {
    /// The candidate's name.
    pub name: String,
    /// What became of the output.
    pub status: Status,
    /// Its text.
    pub text: Option<String>,
    /// The way to it, where it was told. It holds times, so that it is no part of what must be the same in every run.
    #[serde(skip)]
    pub trace: Option<Trace>,
}

impl Story {
    /// Where the ways of the two sides part first; `None` where one of them was not told.
    pub fn parting(&self) -> Option<Difference> {
        Difference::first(self.baseline.trace.as_ref()?, self.candidate.trace.as_ref()?)
    }
}

/// One metric's part in a story.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StoryMetric {
    /// The metric.
    pub metric: String,
    /// `pointwise`, `pairwise`, `tournament` or `check`.
    pub kind: String,
    /// The baseline's score; pairwise: absent.
    pub baseline: Option<f64>,
    /// The candidate's score; pairwise: what the case is worth to it: 1, ½ or 0.
    pub candidate: Option<f64>,
    /// The difference, positive where the candidate is better.
    pub difference: Option<f64>,
    /// The judges' or checks' own words.
    pub opinions: Vec<Opinion>,
}

/// One verdict's own words.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Opinion {
    /// What it is about: `v1`, `v2`, or pairwise `v1 shown first`.
    pub about: String,
    /// What it decided: `3.5`, `v2`, `tie`, `unparsed`.
    pub decided: String,
    /// The judge's words; absent where it gave none.
    pub words: Option<String>,
    /// The failure category it named.
    pub failure: Option<String>,
}

/// How one prompt file differs between baseline and candidate.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PromptChange {
    /// The candidates whose prompt it is.
    pub candidates: Vec<String>,
    /// The baseline's file, with its revision where it has one.
    pub from: String,
    /// The candidate's file.
    pub to: String,
    /// The baseline's text.
    pub before: String,
    /// The candidate's text.
    pub after: String,
}
