//! Scores and the lengths of outputs → what length has to do with a difference: win rates at equal length, correlations.

use serde::Serialize;

use super::data::{Data, MetricScores};
use super::findings::Share;
use super::lengths::Lengths;
use super::thinning::Thinning;
use super::trust::{Correlation, Paired};
use crate::stats::bootstrap::Resampling;
use crate::stats::length_control::Design;
use crate::stats::{CannotEstimate, Infer};
use crate::suite::{CandidateName, MetricName, Suite};

/// Every resample is a regression over all cases: of more than this, so many are taken.
const MOST_CASES: usize = 5000;
/// And there are as many resamples as make up so many cases, but no fewer and no more than these.
const CASES_RESAMPLED: usize = 2_000_000;
const FEWEST_RESAMPLES: usize = 400;
const MOST_RESAMPLES: usize = 1000;

/// Where one side is longer, or shorter, in a smaller share of cases than this, no win rate at equal length is told: it
/// would be one of the curve, and none of the judge.
pub(super) const LEAST_SEEN: f64 = 0.05;

/// What the length of the outputs has to do with one judged comparison over all cases.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LengthEffect {
    /// The metric.
    pub metric: String,
    /// What the candidate is held against.
    pub baseline: String,
    /// The candidate.
    pub candidate: String,
    /// The mean number of characters by which the candidate's outputs are longer.
    pub longer_by: Option<f64>,
    /// Pairwise: the win rate of the cases that are used here, as it is.
    pub win_rate: Option<f64>,
    /// Pairwise: the win rate if both outputs of each case were as long as each other (Dubois et al. 2024, without the
    /// difficulty of instructions).
    pub controlled_win_rate: Option<Share>,
    /// Pairwise: how the log-odds of a win grow with the length; above zero the judge likes what is longer.
    pub coefficient: Option<f64>,
    /// Pairwise: the share of cases in which the candidate's output is at least as long, and at most as long.
    pub longer: Option<f64>,
    /// See `longer`.
    pub shorter: Option<f64>,
    /// Pairwise: whether equal lengths lie beyond what was seen, so that the controlled win rate is read off a curve.
    pub extrapolates: Option<bool>,
    /// Pointwise: Spearman's ρ of the difference of scores (positive is better) with the difference of lengths.
    pub correlation: Option<Share>,
    /// Cases used.
    pub n: u64,
    /// Why there is no number, or no interval, in words.
    pub problem: Option<String>,
}

/// The effect of length on each judged metric and pair.
pub(super) fn effects(
    suite: &Suite,
    data: &Data,
    lengths: &Lengths,
    pairs: &[(CandidateName, CandidateName)],
    alpha: f64,
) -> Vec<LengthEffect> {
    let judged = |name: &MetricName| suite.metrics.get(name).is_some_and(|metric| metric.rubric().is_some());
    let judged = data.metrics.iter().filter(|(name, scores)| judged(name) && !scores.fitted);
    let effect =
        |metric: &MetricName, scores: &MetricScores, (baseline, candidate): &(CandidateName, CandidateName)| {
            let columns = Columns::of(data, scores, lengths, baseline, candidate)?;
            let mut found = LengthEffect {
                metric: metric.to_string(),
                baseline: baseline.to_string(),
                candidate: candidate.to_string(),
                longer_by: columns.mean(&columns.lengths),
                win_rate: None,
                controlled_win_rate: None,
                coefficient: None,
                longer: None,
                shorter: None,
                extrapolates: None,
                correlation: None,
                n: columns.lengths.len() as u64,
                problem: None,
            };
            if scores.is_pairwise() {
                found.control(&columns, alpha, suite.seed, metric);
            } else {
                found.correlate(&columns, alpha, suite.seed);
            }
            Some(found)
        };
    judged.flat_map(|(name, scores)| pairs.iter().filter_map(move |pair| effect(name, scores, pair))).collect()
}

impl LengthEffect {
    fn control(&mut self, columns: &Columns, alpha: f64, seed: u64, metric: &MetricName) {
        self.win_rate = columns.mean(&columns.values);
        let design = Design::pair(&columns.values, &columns.lengths, &columns.clusters);
        let controlled = match design.fit() {
            Ok(controlled) => controlled,
            Err(why) => return self.problem = Some(words(&why)),
        };
        (self.longer, self.shorter) = (Some(controlled.longer), Some(controlled.shorter));
        self.extrapolates = Some(controlled.extrapolates());
        if controlled.longer.min(controlled.shorter) < LEAST_SEEN {
            let (word, share) = if controlled.longer < controlled.shorter {
                ("shorter", controlled.shorter)
            } else {
                ("longer", controlled.longer)
            };
            let share = if share == 1.0 { "every case".to_string() } else { format!("{:.0}% of cases", 100.0 * share) };
            let words =
                format!("its output is the {word} one in {share}, so what it would win at equal length was not seen");
            self.problem = Some(words);
            return;
        }
        self.coefficient = Some(controlled.length);
        let resamples = (CASES_RESAMPLED / columns.values.len().max(1)).clamp(FEWEST_RESAMPLES, MOST_RESAMPLES);
        let name = format!("{metric}, length, {}, {}", self.baseline, self.candidate);
        let interval = match design.inference(Resampling { resamples, seed, name: &name }) {
            Ok(inference) => Some(inference.interval(alpha)),
            Err(why) => {
                self.problem = Some(format!("no interval: {}", words(&why)));
                None
            }
        };
        let (low, high) = (interval.map(|ends| ends.0), interval.map(|ends| ends.1));
        self.controlled_win_rate = Some(Share { estimate: controlled.win_rate, low, high, n: self.n });
    }

    fn correlate(&mut self, columns: &Columns, alpha: f64, seed: u64) {
        let mut paired = Paired::default();
        for ((value, length), cluster) in columns.values.iter().zip(&columns.lengths).zip(&columns.clusters) {
            paired.push(Some(*value), *length, *cluster);
        }
        match paired.complete(None).correlation(Correlation::Spearman, alpha, seed) {
            Ok(share) => self.correlation = Some(share),
            Err(why) => self.problem = Some(words(&why)),
        }
    }
}

/// What is known of the cases of one comparison.
struct Columns {
    /// What a case is worth to the candidate, or how much better its score is.
    values: Vec<f64>,
    /// The candidate's length less the baseline's.
    lengths: Vec<f64>,
    clusters: Vec<u32>,
}

impl Columns {
    /// Nothing where no case has both a value and two lengths.
    fn of(
        data: &Data,
        scores: &MetricScores,
        lengths: &Lengths,
        baseline: &CandidateName,
        candidate: &CandidateName,
    ) -> Option<Self> {
        let worths = scores.worths(baseline, candidate);
        let levels = scores.of(candidate).zip(scores.of(baseline));
        let value = |case: usize| match (&worths, &levels) {
            (Some(worths), _) => worths.get(case),
            (None, Some((new, old))) => Some(scores.sign() * (new.get(case)? - old.get(case)?)),
            (None, None) => None,
        };
        let thinning = Thinning::new(data.cases.len(), MOST_CASES);
        let mut columns = Self { values: Vec::new(), lengths: Vec::new(), clusters: Vec::new() };
        for (case, cluster) in data.cases.clusters.iter().enumerate().filter(|(case, _)| thinning.takes(*case)) {
            let length = lengths.get(candidate, case).zip(lengths.get(baseline, case));
            if let (Some(value), Some((new, old))) = (value(case), length) {
                columns.values.push(value);
                columns.lengths.push(new - old);
                columns.clusters.push(*cluster);
            }
        }
        (!columns.values.is_empty()).then_some(columns)
    }

    fn mean(&self, values: &[f64]) -> Option<f64> {
        Some(values.iter().sum::<f64>() / values.len() as f64).filter(|mean| mean.is_finite())
    }
}

/// Why a number cannot be given, said of lengths and wins.
fn words(why: &CannotEstimate) -> String {
    match why {
        CannotEstimate::Constant("differences of lengths") => {
            "the outputs differ in length by the same in every case, so length cannot be told from quality".to_string()
        }
        CannotEstimate::Constant(_) => "the scores or the lengths do not vary".to_string(),
        CannotEstimate::TooFew("five wins and five losses") => {
            "it needs at least five wins and five losses; the plain win rate has an interval that does not".to_string()
        }
        CannotEstimate::Undefined(_) => {
            "length cannot be told from quality: one side wins every case, or every case in \
                                         which its output is longer, or is longer by about the same in every case"
                .to_string()
        }
        other => other.to_string(),
    }
}
