//! `canaries:` and `anchors:`: what is shown to the judges of a run to see whether they can be trusted, and counts as no case.

use serde::{Deserialize, Serialize};

use super::MetricName;

/// What is no answer, shown to the judges among the answers of each run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Canaries {
    /// Canaries of each kind, each on another case.
    pub each: usize,
    /// The share that a judge may let pass; where it lies beyond that for sure, the run is not valid.
    pub at_most: f64,
    /// Which kinds.
    pub kinds: Vec<Canary>,
    /// The judged metrics that they are for; empty for all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub metrics: Vec<MetricName>,
}

/// Outputs that exist already and are judged in each run: they show a judge that changed, and bridge two judges.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnchorsSpec {
    /// The file as it was written: relative to the suite, `${NAME}` unexpanded.
    pub path: String,
    /// The judged metrics that they are for; empty for all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub metrics: Vec<MetricName>,
}

/// A kind of canary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Canary {
    /// Nothing.
    Empty,
    /// One sentence for every case.
    Constant,
    /// The answer to another case.
    Shuffled,
    /// An opening that judges have been seen to accept.
    MasterKey,
    /// In pairs: an answer against itself.
    Itself,
}

impl Canary {
    /// All of them, as a suite writes them.
    pub const ALL: [(&'static str, Self); 5] = [
        ("empty", Self::Empty),
        ("constant", Self::Constant),
        ("shuffled", Self::Shuffled),
        ("master_key", Self::MasterKey),
        ("itself", Self::Itself),
    ];
}

impl Default for Canaries {
    fn default() -> Self {
        Self { each: 5, at_most: 0.1, kinds: Canary::ALL.map(|(_, kind)| kind).to_vec(), metrics: Vec::new() }
    }
}

impl Canaries {
    /// Whether the judge of a metric is shown them.
    pub fn are_for(&self, metric: &MetricName) -> bool {
        self.metrics.is_empty() || self.metrics.contains(metric)
    }
}

impl AnchorsSpec {
    /// Whether the judge of a metric judges them.
    pub fn are_for(&self, metric: &MetricName) -> bool {
        self.metrics.is_empty() || self.metrics.contains(metric)
    }
}
