//! Scores by case → one number with its inference: a level, or a difference between two candidates.

use indexmap::IndexMap;

use super::data::{Data, MetricScores};
use super::findings::MissingBounds;
use crate::stats::{CannotEstimate, Infer, Inference, Sample, ScoreKind, default_for};
use crate::suite::{CandidateName, Goal, MetricName, Missing, Range};

/// A level or a difference, before it is put into words.
#[derive(Debug, Clone)]
pub struct Measured {
    /// The estimate with its bounds, or why there is none.
    pub inference: Result<Inference, CannotEstimate>,
    /// The same with every missing value at its worst and at its best for the candidate; absent where nothing is
    /// missing, where the policy fills the gaps itself, or where the metric has no worst.
    pub extremes: Option<(Result<Inference, CannotEstimate>, Result<Inference, CannotEstimate>)>,
    /// Cases with a value.
    pub n: usize,
    /// Independent clusters among them.
    pub clusters: usize,
    /// Cases without one.
    pub missing: usize,
    /// Cases won, drawn and lost by the candidate; for a level all zero.
    pub record: Record,
}

/// Cases won, drawn and lost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Record {
    /// The candidate did better.
    pub wins: usize,
    /// No difference.
    pub ties: usize,
    /// The candidate did worse.
    pub losses: usize,
}

/// Differences smaller than this are rounding of floats, not differences.
const NO_DIFFERENCE: f64 = 1e-9;

impl Measured {
    /// Where the estimate would lie with every missing value at its worst and at its best.
    pub fn bounds(&self) -> Option<MissingBounds> {
        let (worst, best) = self.extremes.as_ref()?;
        Some(MissingBounds { worst: worst.as_ref().ok()?.estimate(), best: best.as_ref().ok()?.estimate() })
    }

    /// How the number was got, or why it could not be, in words.
    pub fn method(&self) -> String {
        match &self.inference {
            Ok(inference) => inference.method().to_string(),
            Err(why) => format!("cannot be estimated: {why}"),
        }
    }
}

impl Data {
    /// One candidate's mean over the cases of a slice, in the metric's own units.
    pub fn level(
        &self,
        metric: &MetricName,
        slice: &IndexMap<String, String>,
        candidate: &CandidateName,
        min_cases: usize,
    ) -> Option<Measured> {
        let scores = self.metrics.get(metric)?;
        let all = scores.levels.get(candidate)?;
        let rows = self.within(slice);
        let values: Vec<Option<f64>> = rows.iter().map(|i| all[*i]).collect();
        let clusters: Vec<u32> = rows.iter().map(|i| self.cases[*i].cluster).collect();
        let (worst, best) = scores.ends();
        let infer = |fill: Option<f64>| {
            let (values, clusters) = filled(&values, &clusters, fill);
            default_for(scores.kind(&values), Sample::Level(&values), &clusters, min_cases)
        };
        let fill = scores.fill();
        Some(Measured {
            inference: infer(fill),
            extremes: extremes(&values, fill, worst, best, infer),
            n: count(&values, fill),
            clusters: distinct(&filled(&values, &clusters, fill).1),
            missing: values.iter().filter(|v| v.is_none()).count(),
            record: Record::default(),
        })
    }

    /// The candidate against the baseline over the cases of a slice that both have a value for; positive is better.
    /// Scores: the mean of the paired differences. Pairwise metrics: win rate − ½.
    pub fn difference(
        &self,
        metric: &MetricName,
        slice: &IndexMap<String, String>,
        baseline: &CandidateName,
        candidate: &CandidateName,
        min_cases: usize,
    ) -> Option<Measured> {
        let scores = self.metrics.get(metric)?;
        let rows = self.within(slice);
        let clusters: Vec<u32> = rows.iter().map(|i| self.cases[*i].cluster).collect();
        if let Some(all) = scores.preferences.get(&(baseline.clone(), candidate.clone())) {
            let worths: Vec<Option<f64>> = rows.iter().map(|i| all[*i]).collect();
            return Some(win_rate(&worths, &clusters, scores, min_cases));
        }
        let (of, base) = (scores.levels.get(candidate)?, scores.levels.get(baseline)?);
        let pairs: Vec<(Option<f64>, Option<f64>)> = rows.iter().map(|i| (of[*i], base[*i])).collect();
        Some(paired(&pairs, &clusters, scores, min_cases))
    }
}

/// The mean of paired differences, turned round for a metric whose goal is down.
fn paired(pairs: &[(Option<f64>, Option<f64>)], clusters: &[u32], scores: &MetricScores, min_cases: usize) -> Measured {
    let sign = scores.sign();
    let infer = |fill: Option<(f64, f64)>| {
        let (mut of, mut base, mut kept) = (Vec::new(), Vec::new(), Vec::new());
        for ((c, b), cluster) in pairs.iter().zip(clusters) {
            let filled = (c.or(fill.map(|f| f.0)), b.or(fill.map(|f| f.1)));
            if let (Some(c), Some(b)) = filled {
                of.push(sign * c);
                base.push(sign * b);
                kept.push(*cluster);
            }
        }
        let kind = turned(scores.kind_of(of.iter().chain(&base).map(|v| v * sign)), sign);
        // Newcombe's interval is for zeros and ones; turned round they are no longer, so the sides change places.
        let sample = if kind == ScoreKind::Binary && sign < 0.0 {
            of.iter_mut().chain(&mut base).for_each(|v| *v = -*v);
            Sample::Paired { candidate: &base, baseline: &of }
        } else {
            Sample::Paired { candidate: &of, baseline: &base }
        };
        default_for(kind, sample, &kept, min_cases)
    };
    let policy = scores.fill().map(|value| (value, value));
    let complete = |(c, b): &&(Option<f64>, Option<f64>)| policy.is_some() || (c.is_some() && b.is_some());
    let (worst, best) = scores.ends();
    let gaps = pairs.iter().any(|(c, b)| c.is_none() || b.is_none());
    let extremes = match (worst, best) {
        (Some(worst), Some(best)) if gaps && policy.is_none() => {
            Some((infer(Some((worst, best))), infer(Some((best, worst)))))
        }
        _ => None,
    };
    let mut record = Record::default();
    for (c, b) in pairs.iter().filter(complete) {
        let fill = policy.map(|(value, _)| value);
        if let (Some(c), Some(b)) = (c.or(fill), b.or(fill)) {
            record.add(sign * (c - b));
        }
    }
    let kept: Vec<u32> = pairs.iter().zip(clusters).filter(|(p, _)| complete(p)).map(|(_, c)| *c).collect();
    Measured {
        inference: infer(policy),
        extremes,
        n: kept.len(),
        clusters: distinct(&kept),
        missing: pairs.iter().filter(|(c, b)| c.is_none() || b.is_none()).count(),
        record,
    }
}

/// Win rate − ½ from what each case is worth to the candidate.
fn win_rate(worths: &[Option<f64>], clusters: &[u32], scores: &MetricScores, min_cases: usize) -> Measured {
    let infer = |fill: Option<f64>| {
        let (values, clusters) = filled(worths, clusters, fill);
        let margins: Vec<f64> = values.iter().map(|worth| worth - 0.5).collect();
        default_for(ScoreKind::Bounded { min: -0.5, max: 0.5 }, Sample::Level(&margins), &clusters, min_cases)
    };
    let fill = scores.fill();
    let mut record = Record::default();
    for worth in worths.iter().filter_map(|w| w.or(fill)) {
        record.add(worth - 0.5);
    }
    Measured {
        inference: infer(fill),
        extremes: extremes(worths, fill, Some(0.0), Some(1.0), infer),
        n: count(worths, fill),
        clusters: distinct(&filled(worths, clusters, fill).1),
        missing: worths.iter().filter(|w| w.is_none()).count(),
        record,
    }
}

impl Record {
    fn add(&mut self, difference: f64) {
        if difference.abs() < NO_DIFFERENCE {
            self.ties += 1;
        } else if difference > 0.0 {
            self.wins += 1;
        } else {
            self.losses += 1;
        }
    }
}

impl MetricScores {
    /// 1 where more is better, −1 where less is.
    pub fn sign(&self) -> f64 {
        match self.goal {
            Goal::Up => 1.0,
            Goal::Down => -1.0,
        }
    }

    /// The worst and the best value, where the metric has such.
    fn ends(&self) -> (Option<f64>, Option<f64>) {
        let (min, max) = match self.range {
            Range::Binary => (0.0, 1.0),
            Range::Bounded { min, max } => (min, max),
            Range::Unbounded => return (None, None),
        };
        if self.goal == Goal::Up { (Some(min), Some(max)) } else { (Some(max), Some(min)) }
    }

    /// What the policy puts in place of a missing value; `None` leaves the case out.
    fn fill(&self) -> Option<f64> {
        match self.missing {
            Missing::Drop | Missing::Wrong => None,
            Missing::Worst => self.ends().0,
            Missing::Tie => Some(0.5),
        }
    }

    fn kind(&self, values: &[f64]) -> ScoreKind {
        self.kind_of(values.iter().copied())
    }

    /// Yes-or-no scores that were averaged over samples are shares, no longer yes or no.
    fn kind_of(&self, mut values: impl Iterator<Item = f64>) -> ScoreKind {
        match self.range {
            Range::Binary if values.all(|v| v == 0.0 || v == 1.0) => ScoreKind::Binary,
            Range::Binary => ScoreKind::Bounded { min: 0.0, max: 1.0 },
            Range::Bounded { min, max } => ScoreKind::Bounded { min, max },
            Range::Unbounded => ScoreKind::Unbounded,
        }
    }
}

/// The kind of scores that were multiplied by `sign`.
fn turned(kind: ScoreKind, sign: f64) -> ScoreKind {
    match kind {
        ScoreKind::Bounded { min, max } if sign < 0.0 => ScoreKind::Bounded { min: -max, max: -min },
        other => other,
    }
}

/// The values that there are, or that `fill` puts in their place, with their clusters.
fn filled(values: &[Option<f64>], clusters: &[u32], fill: Option<f64>) -> (Vec<f64>, Vec<u32>) {
    values.iter().zip(clusters).filter_map(|(value, cluster)| Some((value.or(fill)?, *cluster))).unzip()
}

fn extremes<T>(
    values: &[Option<f64>],
    fill: Option<f64>,
    worst: Option<f64>,
    best: Option<f64>,
    infer: impl Fn(Option<f64>) -> T,
) -> Option<(T, T)> {
    let gaps = values.iter().any(Option::is_none);
    if !gaps || fill.is_some() {
        return None;
    }
    Some((infer(Some(worst?)), infer(Some(best?))))
}

fn count(values: &[Option<f64>], fill: Option<f64>) -> usize {
    values.iter().filter(|v| v.or(fill).is_some()).count()
}

fn distinct(clusters: &[u32]) -> usize {
    let mut sorted = clusters.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    sorted.len()
}
