//! Scores by case → one number with its inference: a level, or a difference between two candidates.

use indexmap::IndexMap;

use super::data::{Data, MetricScores};
use super::findings::MissingBounds;
use super::policy::turned;
use crate::stats::{CannotEstimate, Infer, Inference, Sample, ScoreKind, default_for};
use crate::suite::{CandidateName, MetricName};

/// A level or a difference, before it is put into words.
#[derive(Debug, Clone)]
pub struct Measured {
    /// The plain mean, which needs no bounds to be told; absent where nothing was measured.
    pub mean: Option<f64>,
    /// The estimate with its bounds, or why there is none.
    pub inference: Result<Inference, CannotEstimate>,
    /// The same with every missing value at its worst and at its best for the candidate; absent where nothing is
    /// missing, or nothing at all was measured of a metric without a range.
    pub extremes: Option<(Result<Inference, CannotEstimate>, Result<Inference, CannotEstimate>)>,
    /// Cases with a value, or with one that the policy put in the place of a verdict that could not be read.
    pub n: usize,
    /// Independent clusters among them.
    pub clusters: usize,
    /// Cases without one: they are left out.
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
    /// The estimate, with bounds or without.
    pub fn estimate(&self) -> Option<f64> {
        self.inference.as_ref().ok().map(Infer::estimate).or(self.mean)
    }

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
        let rows = self.within(slice);
        let values = pick(&scores.of(candidate)?, &rows);
        let clusters = self.clusters(&rows);
        let infer = |fill: Option<f64>| {
            let (values, clusters) = filled(&values, &clusters, fill);
            default_for(scores.kind(&values), Sample::Level(&values), &clusters, min_cases)
        };
        let (known, kept) = filled(&values, &clusters, None);
        Some(Measured {
            mean: mean(&known),
            inference: infer(None),
            extremes: extremes(kept.len() < rows.len(), scores.ends(), |end| infer(Some(end))),
            n: kept.len(),
            clusters: distinct(&kept),
            missing: rows.len() - kept.len(),
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
        let clusters = self.clusters(&rows);
        if let Some(worths) = scores.worths(baseline, candidate) {
            return Some(win_rate(&pick(&worths, &rows), &clusters, min_cases));
        }
        let (of, base) = (pick(&scores.of(candidate)?, &rows), pick(&scores.of(baseline)?, &rows));
        let pairs: Vec<(Option<f64>, Option<f64>)> = of.into_iter().zip(base).collect();
        Some(paired(&pairs, &clusters, scores, min_cases))
    }

    fn clusters(&self, rows: &[usize]) -> Vec<u32> {
        rows.iter().map(|i| self.cases[*i].cluster).collect()
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
    let (mut record, mut differences, mut kept) = (Record::default(), Vec::new(), Vec::new());
    for ((c, b), cluster) in pairs.iter().zip(clusters) {
        if let (Some(c), Some(b)) = (c, b) {
            record.add(sign * (c - b));
            differences.push(sign * (c - b));
            kept.push(*cluster);
        }
    }
    // The worst that can be for the candidate is the best for the baseline.
    let ends = scores.ends().map(|(worst, best)| ((worst, best), (best, worst)));
    Measured {
        mean: mean(&differences),
        inference: infer(None),
        extremes: extremes(kept.len() < pairs.len(), ends, |end| infer(Some(end))),
        n: kept.len(),
        clusters: distinct(&kept),
        missing: pairs.len() - kept.len(),
        record,
    }
}

/// Win rate − ½ from what each case is worth to the candidate.
fn win_rate(worths: &[Option<f64>], clusters: &[u32], min_cases: usize) -> Measured {
    let infer = |fill: Option<f64>| {
        let (values, clusters) = filled(worths, clusters, fill);
        let margins: Vec<f64> = values.iter().map(|worth| worth - 0.5).collect();
        default_for(ScoreKind::Bounded { min: -0.5, max: 0.5 }, Sample::Level(&margins), &clusters, min_cases)
    };
    let (known, kept) = filled(worths, clusters, None);
    let mut record = Record::default();
    known.iter().for_each(|worth| record.add(worth - 0.5));
    Measured {
        mean: mean(&known).map(|rate| rate - 0.5),
        inference: infer(None),
        extremes: extremes(kept.len() < worths.len(), Some((0.0, 1.0)), |end| infer(Some(end))),
        n: kept.len(),
        clusters: distinct(&kept),
        missing: worths.len() - kept.len(),
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

/// The values that there are, or that `fill` puts in their place, with their clusters.
fn filled(values: &[Option<f64>], clusters: &[u32], fill: Option<f64>) -> (Vec<f64>, Vec<u32>) {
    values.iter().zip(clusters).filter_map(|(value, cluster)| Some((value.or(fill)?, *cluster))).unzip()
}

/// What follows from the worst and from the best that the gaps could hold.
fn extremes<E, T>(gaps: bool, ends: Option<(E, E)>, infer: impl Fn(E) -> T) -> Option<(T, T)> {
    let (worst, best) = ends.filter(|_| gaps)?;
    Some((infer(worst), infer(best)))
}

fn mean(values: &[f64]) -> Option<f64> {
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    Some(mean).filter(|mean| mean.is_finite())
}

/// The values of some cases.
fn pick(values: &[Option<f64>], rows: &[usize]) -> Vec<Option<f64>> {
    rows.iter().map(|i| values[*i]).collect()
}

fn distinct(clusters: &[u32]) -> usize {
    let mut sorted = clusters.to_vec();
    sorted.sort_unstable();
    sorted.dedup();
    sorted.len()
}
