//! The tables of a run → one number a case, for each metric and candidate or pair: what all statistics start from.

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;
use polars::prelude::*;

use super::AnalysisError;
use super::scores::{mean_scores, preferences, unread, without_rounding};
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
    /// What stands in for a verdict that could not be read.
    pub missing: Missing,
    /// Pointwise metrics and checks: the mean over samples, by candidate.
    pub levels: IndexMap<CandidateName, Vec<Option<f64>>>,
    /// Pairwise metrics: what each case is worth to the second of the pair, in [0, 1]; turned round where the goal is
    /// down, so that 1 is always a win.
    pub preferences: IndexMap<(CandidateName, CandidateName), Vec<Option<f64>>>,
    /// The cases of which a verdict could not be read, by whom it is about: the policy is for these, and for no case
    /// that the provider failed on or that was never judged.
    pub unread: BTreeMap<About, BTreeSet<usize>>,
}

/// Whom a verdict is about: a candidate, or the second of a pair with the first.
pub type About = (CandidateName, Option<CandidateName>);

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
        let preferences = preferences(suite, &tables.verdicts, pairs)?;
        let mut unread = unread(&tables.verdicts, pairs)?;
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
                unread: unread.remove(name.as_str()).unwrap_or_default(),
            };
            if spec.is_pairwise() {
                for pair in pairs {
                    let key = (name.to_string(), pair.0.to_string(), pair.1.to_string());
                    let mut worths = spread(preferences.get(&key));
                    if spec.goal == Goal::Down {
                        worths.iter_mut().flatten().for_each(|worth| *worth = 1.0 - *worth);
                    }
                    scores.preferences.insert(pair.clone(), worths);
                }
            } else {
                for candidate in suite.candidates.keys() {
                    let key = (name.to_string(), candidate.to_string());
                    let mut values = spread(levels.get(&key));
                    values.iter_mut().flatten().for_each(|value| *value = without_rounding(*value, scores.range));
                    scores.levels.insert(candidate.clone(), values);
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
