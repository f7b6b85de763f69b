//! Verdict rows → one number a case: the mean score of a candidate, or what a case is worth to one of a pair.

use std::collections::{BTreeMap, BTreeSet};

use polars::prelude::*;

use super::AnalysisError;
use super::data::About;
use crate::suite::{CandidateName, Orders, Range, Suite};

/// (metric, candidate) → (position of the case, its value).
pub(super) type Levels = BTreeMap<(String, String), Vec<(usize, f64)>>;

/// Metric → whom a verdict is about → positions of cases.
pub(super) type Positions = BTreeMap<String, BTreeMap<About, BTreeSet<usize>>>;

/// The mean over the samples and verdicts of a case that have a value.
pub(super) fn mean_scores(verdicts: &DataFrame) -> Result<Levels, AnalysisError> {
    let frame = verdicts
        .clone()
        .lazy()
        .filter(col("kind").neq(lit("pairwise")).and(col("value").is_not_null()))
        .group_by([col("metric"), col("candidate"), col("index")])
        .agg([col("value").mean()])
        .sort(["index"], SortMultipleOptions::default())
        .collect()?;
    let (metric, candidate) = (frame.column("metric")?.str()?, frame.column("candidate")?.str()?);
    let (index, value) = (frame.column("index")?.u64()?, frame.column("value")?.f64()?);
    let mut found = Levels::new();
    for (((metric, candidate), index), value) in metric.iter().zip(candidate.iter()).zip(index.iter()).zip(value.iter())
    {
        if let (Some(metric), Some(candidate), Some(index), Some(value)) = (metric, candidate, index, value) {
            found.entry((metric.to_string(), candidate.to_string())).or_default().push((position(index), value));
        }
    }
    Ok(found)
}

/// A mean of values within a range lies within it, but for its last bits.
pub(super) fn without_rounding(value: f64, range: Range) -> f64 {
    let (min, max) = match range {
        Range::Binary => (0.0, 1.0),
        Range::Bounded { min, max } => (min, max),
        Range::Unbounded => return value,
    };
    let inside = value.clamp(min, max);
    if (value - inside).abs() <= 1e-9 * (max - min) { inside } else { value }
}

/// The cases of which a verdict could not be read.
pub(super) fn unread(
    verdicts: &DataFrame,
    pairs: &[(CandidateName, CandidateName)],
) -> Result<Positions, AnalysisError> {
    let (metric, status) = (verdicts.column("metric")?.str()?, verdicts.column("status")?.str()?);
    let (first, second) = (verdicts.column("candidate")?.str()?, verdicts.column("second")?.str()?);
    let index = verdicts.column("index")?.u64()?;
    let mut found = Positions::new();
    for row in 0..verdicts.height() {
        let (Some("unparsed" | "refused"), Some(metric)) = (status.get(row), metric.get(row)) else { continue };
        let (Some(index), Some(first)) = (index.get(row), first.get(row)) else { continue };
        let about = match second.get(row) {
            None => (first.into(), None),
            Some(second) => {
                let of = |(a, b): &&(CandidateName, CandidateName)| {
                    (a.as_str(), b.as_str()) == (first, second) || (b.as_str(), a.as_str()) == (first, second)
                };
                let Some((a, b)) = pairs.iter().find(of) else { continue };
                (b.clone(), Some(a.clone()))
            }
        };
        found.entry(metric.to_string()).or_default().entry(about).or_default().insert(position(index));
    }
    Ok(found)
}

/// (metric, first of the pair, second) → (position of the case, its worth to the second).
pub(super) type Preferences = BTreeMap<(String, String, String), Vec<(usize, f64)>>;

/// What each case is worth to the second of each pair: both orders agree → 1, ½ or 0; they disagree → ½.
/// Graded preferences are averaged. A case of which one order could not be read, or is not there where both are wanted,
/// has no value.
pub(super) fn preferences(
    suite: &Suite,
    verdicts: &DataFrame,
    pairs: &[(CandidateName, CandidateName)],
) -> Result<Preferences, AnalysisError> {
    let orders_of = |metric: &str| match suite.metrics.get(metric).and_then(|spec| spec.rubric()) {
        Some(judged) if judged.rubric.orders == Orders::Both => 2,
        _ => 1,
    };
    let mut found = Preferences::new();
    for (a, b) in pairs {
        let shown = |first: &CandidateName, second: &CandidateName| {
            col("candidate").eq(lit(first.as_str())).and(col("second").eq(lit(second.as_str())))
        };
        let frame = verdicts
            .clone()
            .lazy()
            .filter(col("kind").eq(lit("pairwise")).and(shown(a, b).or(shown(b, a))))
            .with_column(
                when(col("candidate").eq(lit(b.as_str())))
                    .then(col("value"))
                    .otherwise(lit(1.0) - col("value"))
                    .alias("worth"),
            )
            .group_by([col("metric"), col("index"), col("sample"), col("verdict_sample")])
            .agg([
                col("worth").min().alias("least"),
                col("worth").max().alias("most"),
                col("worth").mean().alias("mean"),
                col("worth").is_null().any(true).alias("incomplete"),
                col("candidate").n_unique().alias("orders"),
            ])
            .sort(["metric", "index", "sample", "verdict_sample"], SortMultipleOptions::default())
            .collect()?;
        let (metric, index) = (frame.column("metric")?.str()?, frame.column("index")?.u64()?);
        let (least, most) = (frame.column("least")?.f64()?, frame.column("most")?.f64()?);
        let (mean, incomplete) = (frame.column("mean")?.f64()?, frame.column("incomplete")?.bool()?);
        let orders = frame.column("orders")?.cast(&DataType::UInt32)?;
        let orders = orders.u32()?;
        let mut sums: BTreeMap<(String, usize), (f64, f64)> = BTreeMap::new();
        for row in 0..frame.height() {
            let (Some(metric), Some(index)) = (metric.get(row), index.get(row)) else { continue };
            let (Some(least), Some(most), Some(mean)) = (least.get(row), most.get(row), mean.get(row)) else {
                continue;
            };
            if incomplete.get(row) != Some(false) || orders.get(row) < Some(orders_of(metric)) {
                continue;
            }
            let sum = sums.entry((metric.to_string(), position(index))).or_default();
            *sum = (sum.0 + worth(least, most, mean), sum.1 + 1.0);
        }
        for ((metric, index), (sum, count)) in sums {
            found.entry((metric, a.to_string(), b.to_string())).or_default().push((index, sum / count));
        }
    }
    Ok(found)
}

/// What a case is worth, from its verdicts in both orders (or the only one).
fn worth(least: f64, most: f64, mean: f64) -> f64 {
    let plain = |x: f64| x == 0.0 || x == 0.5 || x == 1.0;
    if plain(least) && plain(most) && least != most { 0.5 } else { mean }
}

fn position(index: u64) -> usize {
    usize::try_from(index).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_that_disagree_are_worth_half_and_graded_ones_their_mean() {
        assert_eq!(worth(0.0, 1.0, 0.5), 0.5);
        assert_eq!(worth(0.5, 1.0, 0.75), 0.5);
        assert_eq!(worth(1.0, 1.0, 1.0), 1.0);
        assert_eq!(worth(0.2, 0.6, 0.4), 0.4);
    }
}
