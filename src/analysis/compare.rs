//! Scores → levels by candidate, and differences between the baseline and the others, overall and by slice.

use std::convert::Infallible;

use indexmap::IndexMap;

use super::controls::Shift;
use super::data::{Data, MetricScores};
use super::findings::{BridgeFindings, Comparison, Level, Slice};
use super::measure::Measured;
use super::side_by_side::side_by_side;
use crate::stats::multiplicity::benjamini_hochberg;
use crate::stats::{Infer, planning};
use crate::suite::{CandidateName, MetricName, Range};

/// The power at which the smallest detectable difference is stated.
pub const POWER: f64 = 0.8;

/// How numbers are computed: the error rate and the least number of cases.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Precision {
    /// Intervals are two-sided at 1 − alpha, bounds one-sided at 1 − alpha.
    pub alpha: f64,
    /// Below so many cases the methods for few cases are used.
    pub min_cases: usize,
}

impl Data {
    /// Each metric's mean for one candidate; pairwise metrics have none.
    pub fn levels(&self, candidate: &CandidateName, precision: Precision) -> IndexMap<String, Level> {
        let everything = Slice::new();
        let level = |metric: &MetricName| {
            let measured = self.level(metric, &everything, candidate, precision.min_cases)?;
            let possible = self.metrics.get(metric)?.possible_levels();
            Some((metric.to_string(), Level::of(&measured, possible, precision.alpha)))
        };
        let mut found = IndexMap::new();
        let Ok(()) = side_by_side(self.metrics.keys(), 1, level, |level| {
            found.extend(level);
            Ok::<_, Infallible>(())
        });
        found
    }

    /// All comparisons of one pair: for each metric over all cases, then over each slice, then over the slices that
    /// `named` rules ask for beyond those.
    pub fn comparisons(
        &self,
        baseline: &CandidateName,
        candidate: &CandidateName,
        named: &[(MetricName, Slice)],
        precision: Precision,
    ) -> Vec<Comparison> {
        let slices = self.cases.slices();
        // A slice that a rule names was chosen beforehand, and is not one of many that were looked through.
        let is_named =
            |c: &Comparison| named.iter().any(|(of, slice)| of.as_str() == c.metric && c.slice.as_ref() == Some(slice));
        let mut wanted: Vec<(&MetricName, Slice)> = Vec::new();
        for metric in self.metrics.keys() {
            let first = wanted.len();
            wanted.extend([Slice::new()].into_iter().chain(slices.iter().cloned()).map(|slice| (metric, slice)));
            for slice in named.iter().filter(|(of, _)| of == metric).map(|(_, slice)| slice) {
                if !wanted.iter().skip(first).any(|(_, known)| known == slice) {
                    wanted.push((metric, slice.clone()));
                }
            }
        }
        let compare = |(metric, slice): (&MetricName, Slice)| {
            let measured = self.difference(metric, &slice, baseline, candidate, precision.min_cases)?;
            let scores = self.metrics.get(metric)?;
            Some(Comparison::of(metric, &slice, (baseline, candidate), scores, &measured, precision.alpha))
        };
        let mut found: Vec<Comparison> = Vec::new();
        // All cases take much longer than a slice, so the others are let go on.
        let ahead = wanted.len();
        let Ok(()) = side_by_side(wanted, ahead, compare, |comparison| {
            found.extend(comparison);
            Ok::<_, Infallible>(())
        });
        // All slices of all metrics are looked through together.
        adjust(found.iter_mut().filter(|c| c.slice.is_some() && !is_named(c)).collect());
        found
    }
}

impl Level {
    /// A level in the words of `summary.json`.
    /// `possible` are the ends beyond which no mean can lie.
    pub fn of(measured: &Measured, possible: Option<(f64, f64)>, alpha: f64) -> Self {
        let inference = measured.inference.as_ref().ok();
        let interval = inference.map(|i| within(i.interval(alpha), possible));
        Self {
            estimate: measured.estimate(),
            se: inference.and_then(Infer::se),
            low: interval.map(|(low, _)| low),
            high: interval.map(|(_, high)| high),
            n: measured.n as u64,
            missing: measured.missing as u64,
            bounds: measured.bounds(),
            method: measured.method(),
        }
    }
}

impl Comparison {
    /// A difference in the words of `summary.json`.
    fn of(
        metric: &MetricName,
        slice: &Slice,
        (baseline, candidate): (&CandidateName, &CandidateName),
        scores: &MetricScores,
        measured: &Measured,
        alpha: f64,
    ) -> Self {
        let inference = measured.shown();
        let interval = inference.map(|i| within(i.interval(alpha), scores.possible_differences()));
        let difference = measured.estimate();
        let found = Self {
            metric: metric.to_string(),
            slice: if slice.is_empty() { None } else { Some(slice.clone()) },
            baseline: baseline.to_string(),
            candidate: candidate.to_string(),
            difference,
            se: inference.and_then(Infer::se),
            low: interval.map(|(low, _)| low),
            high: interval.map(|(_, high)| high),
            p: inference.map(|i| i.p_two_sided(0.0)),
            p_adjusted: None,
            method: measured.method(),
            n: measured.n as u64,
            clusters: measured.clusters as u64,
            wins: measured.record.wins as u64,
            ties: measured.record.ties as u64,
            losses: measured.record.losses as u64,
            win_rate: difference.filter(|_| scores.is_pairwise()).map(|d| d + 0.5),
            smallest_detectable: None,
            bridge: scores.bridges.get(baseline).map(|shift| BridgeFindings::of(shift, alpha)),
            beside: None,
            missing: measured.missing as u64,
            bounds: measured.bounds(),
        };
        let detectable = measured.detectable(alpha).filter(|_| found.varies());
        Self { smallest_detectable: detectable, ..found }
    }

    /// Whether the differences vary between independent cases, so far as can be seen. Equal ones do not tell how far those of
    /// another run would.
    pub fn varies(&self) -> bool {
        let all_one_way = [self.wins, self.ties, self.losses].contains(&self.n);
        !(all_one_way && self.clusters > 1 && self.se.is_none_or(|se| se == 0.0))
    }
}

impl BridgeFindings {
    fn of(shift: &Shift, alpha: f64) -> Self {
        let (low, high) = shift.shown().interval(alpha);
        Self { anchors: shift.n as u64, shift: shift.shown().estimate(), low, high }
    }
}

/// Up to so many discordant pairs are planned for exactly; with more, the formula for many cases is as good and takes no time.
const COUNTED: f64 = 60.0;

impl Measured {
    /// The smallest true loss whose interval at 1 − alpha lies below zero with a probability of [`POWER`]: with it the
    /// report says "worse". `None` where no loss that is possible would be found, or where nothing can be said.
    fn detectable(&self, alpha: f64) -> Option<f64> {
        let shown = self.shown()?;
        let cases = self.clusters as f64;
        let counted = |scores: &planning::Scores| match scores {
            planning::Scores::Pairs { discordant, .. } => discordant * cases <= COUNTED,
            _ => true,
        };
        let Some(scores) = self.spread.filter(counted) else { return shown.smallest_detectable(0.5 * alpha, POWER) };
        let rule = planning::Rule { scores, claim: planning::Claim::Below(0.0), alpha: 0.5 * alpha };
        rule.detectable(cases, POWER).ok().flatten()
    }
}

impl MetricScores {
    /// Whether the metric compares two outputs.
    pub fn is_pairwise(&self) -> bool {
        !self.preferences.is_empty()
    }

    /// The ends beyond which no mean score can lie.
    pub fn possible_levels(&self) -> Option<(f64, f64)> {
        match self.range {
            Range::Binary => Some((0.0, 1.0)),
            Range::Bounded { min, max } => Some((min, max)),
            Range::Unbounded => None,
        }
    }

    /// The ends beyond which no mean difference (pairwise: win rate − ½) can lie.
    pub fn possible_differences(&self) -> Option<(f64, f64)> {
        if self.is_pairwise() {
            return Some((-0.5, 0.5));
        }
        self.possible_levels().map(|(min, max)| (min - max, max - min))
    }
}

/// An interval cut at the ends of what is possible: a t interval of few scores may reach beyond them.
pub fn within(interval: (f64, f64), possible: Option<(f64, f64)>) -> (f64, f64) {
    match possible {
        Some((min, max)) => (interval.0.clamp(min, max), interval.1.clamp(min, max)),
        None => interval,
    }
}

/// Corrects the p-values of slices that nobody named beforehand, by Benjamini and Hochberg.
fn adjust(mut comparisons: Vec<&mut Comparison>) {
    let (with_p, p): (Vec<usize>, Vec<f64>) =
        comparisons.iter().enumerate().filter_map(|(i, c)| Some((i, c.p?))).unzip();
    if let Ok(adjusted) = benjamini_hochberg(&p) {
        for (index, p) in with_p.into_iter().zip(adjusted) {
            comparisons[index].p_adjusted = Some(p);
        }
    }
}
