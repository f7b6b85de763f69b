//! The tables of a run → one number a case, for each metric and candidate or pair: what all statistics start from.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use polars::prelude::*;

use super::AnalysisError;
use crate::dataset::Case;
use crate::store::{CaseRow, OutputRow, VerdictRow, read_table};
use crate::suite::{CandidateName, Goal, MetricName, Missing, Range, Suite};

/// The scores of a run, by case.
#[derive(Debug, Clone)]
pub struct Data {
    /// The cases, in plan order; scores stand at the same position.
    pub cases: Vec<CaseInfo>,
    /// By metric, in the suite's order.
    pub metrics: IndexMap<MetricName, MetricScores>,
}

/// What the statistics need to know of a case.
#[derive(Debug, Clone)]
pub struct CaseInfo {
    /// The case, whole.
    pub case: Case,
    /// The digest of its content.
    pub digest: String,
    /// The number of its cluster: cases of one cluster share it.
    pub cluster: u32,
}

/// The scores of one metric. A case without a value holds `None`.
#[derive(Debug, Clone)]
pub struct MetricScores {
    /// The values that one score may take.
    pub range: Range,
    /// Which way is better.
    pub goal: Goal,
    /// What stands in for a missing value.
    pub missing: Missing,
    /// Pointwise metrics and checks: the mean over samples, by candidate.
    pub levels: IndexMap<CandidateName, Vec<Option<f64>>>,
    /// Pairwise metrics: what each case is worth to the second of the pair, in [0, 1].
    pub preferences: IndexMap<(CandidateName, CandidateName), Vec<Option<f64>>>,
}

/// The tables of a run, as frames.
#[derive(Debug, Clone)]
pub struct Tables {
    /// `cases.parquet`.
    pub cases: DataFrame,
    /// `outputs.parquet`.
    pub outputs: DataFrame,
    /// `verdicts.parquet`.
    pub verdicts: DataFrame,
}

impl Tables {
    /// Reads the tables of a run's folder.
    ///
    /// # Errors
    /// A table that is missing or damaged.
    pub fn read(folder: &std::path::Path) -> Result<Self, AnalysisError> {
        Ok(Self {
            cases: read_table::<CaseRow>(folder)?,
            outputs: read_table::<OutputRow>(folder)?,
            verdicts: read_table::<VerdictRow>(folder)?,
        })
    }
}

impl Data {
    /// Gathers the scores of a run. `pairs` are the pairs that pairwise metrics compared.
    ///
    /// # Errors
    /// Tables that lack a column or hold a case that cannot be read.
    pub fn gather(
        suite: &Suite,
        pairs: &[(CandidateName, CandidateName)],
        tables: &Tables,
    ) -> Result<Self, AnalysisError> {
        let cases = cases(&tables.cases)?;
        let levels = mean_scores(&tables.verdicts)?;
        let preferences = preferences(&tables.verdicts, pairs)?;
        let spread = |values: Option<&Vec<(usize, f64)>>| {
            let mut all = vec![None; cases.len()];
            for (index, value) in values.into_iter().flatten() {
                if let Some(slot) = all.get_mut(*index) {
                    *slot = Some(*value);
                }
            }
            all
        };
        let mut metrics = IndexMap::new();
        for (name, spec) in &suite.metrics {
            let mut scores = MetricScores {
                range: spec.range(),
                goal: spec.goal,
                missing: spec.missing,
                levels: IndexMap::new(),
                preferences: IndexMap::new(),
            };
            if spec.is_pairwise() {
                for pair in pairs {
                    let key = (name.to_string(), pair.0.to_string(), pair.1.to_string());
                    scores.preferences.insert(pair.clone(), spread(preferences.get(&key)));
                }
            } else {
                for candidate in suite.candidates.keys() {
                    let key = (name.to_string(), candidate.to_string());
                    scores.levels.insert(candidate.clone(), spread(levels.get(&key)));
                }
            }
            metrics.insert(name.clone(), scores);
        }
        Ok(Self { cases, metrics })
    }

    /// The positions of the cases that have all of these tags; an empty slice has all cases.
    pub fn within(&self, slice: &IndexMap<String, String>) -> Vec<usize> {
        let inside = |info: &CaseInfo| slice.iter().all(|(tag, value)| info.case.tags.get(tag) == Some(value));
        (0..self.cases.len()).filter(|i| inside(&self.cases[*i])).collect()
    }
}

/// The cases of a run, and a number for each cluster.
fn cases(frame: &DataFrame) -> Result<Vec<CaseInfo>, AnalysisError> {
    let bodies = frame.column("body")?.str()?;
    let digests = frame.column("digest")?.str()?;
    let mut clusters: BTreeMap<String, u32> = BTreeMap::new();
    let mut cases = Vec::with_capacity(frame.height());
    for (body, digest) in bodies.iter().zip(digests.iter()) {
        let case: Case =
            serde_json::from_str(body.unwrap_or_default()).map_err(|e| AnalysisError::Case(e.to_string()))?;
        // A case without a cluster is one of its own; the two kinds of name cannot meet.
        let name = match &case.cluster {
            Some(cluster) => format!("cluster {cluster}"),
            None => format!("case {}", case.id),
        };
        let next = u32::try_from(clusters.len()).unwrap_or(u32::MAX);
        let cluster = *clusters.entry(name).or_insert(next);
        cases.push(CaseInfo { case, digest: digest.unwrap_or_default().to_string(), cluster });
    }
    Ok(cases)
}

/// (metric, candidate) → (position of the case, mean over samples and verdicts that have a value).
type MeanScores = BTreeMap<(String, String), Vec<(usize, f64)>>;

/// The mean scores of pointwise metrics and checks.
fn mean_scores(verdicts: &DataFrame) -> Result<MeanScores, AnalysisError> {
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
    let mut found = MeanScores::new();
    for (((metric, candidate), index), value) in metric.iter().zip(candidate.iter()).zip(index.iter()).zip(value.iter())
    {
        if let (Some(metric), Some(candidate), Some(index), Some(value)) = (metric, candidate, index, value) {
            found.entry((metric.to_string(), candidate.to_string())).or_default().push((position(index), value));
        }
    }
    Ok(found)
}

/// (metric, first of the pair, second) → (position of the case, its worth to the second).
type Preferences = BTreeMap<(String, String, String), Vec<(usize, f64)>>;

/// What each case is worth to the second of each pair: both orders agree → 1, ½ or 0; they disagree → ½.
/// Graded preferences are averaged. A case of which one order could not be read has no value.
fn preferences(verdicts: &DataFrame, pairs: &[(CandidateName, CandidateName)]) -> Result<Preferences, AnalysisError> {
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
            ])
            .sort(["metric", "index", "sample", "verdict_sample"], SortMultipleOptions::default())
            .collect()?;
        let (metric, index) = (frame.column("metric")?.str()?, frame.column("index")?.u64()?);
        let (least, most) = (frame.column("least")?.f64()?, frame.column("most")?.f64()?);
        let (mean, incomplete) = (frame.column("mean")?.f64()?, frame.column("incomplete")?.bool()?);
        let mut sums: BTreeMap<(String, usize), (f64, f64)> = BTreeMap::new();
        for row in 0..frame.height() {
            let (Some(metric), Some(index)) = (metric.get(row), index.get(row)) else { continue };
            let (Some(least), Some(most), Some(mean)) = (least.get(row), most.get(row), mean.get(row)) else {
                continue;
            };
            if incomplete.get(row) != Some(false) {
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
