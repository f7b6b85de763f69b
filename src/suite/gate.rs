//! The gate: what must hold, at which error rate, before a change may ship.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::{CandidateName, MetricName};

/// The `gate:` of a suite.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GateSpec {
    /// What the candidate is held against; rules on levels alone need none.
    pub baseline: Option<Baseline>,
    /// The version that wants to ship.
    pub candidate: CandidateName,
    /// The error rate of each claim, 0.05 by default.
    pub alpha: f64,
    /// Below so many cases a rule is inconclusive at best, 30 by default.
    pub min_cases: usize,
    /// The share of cases that two runs must have in common, 1.0 by default.
    pub min_overlap: f64,
    /// What `karat gate` makes of an inconclusive decision.
    pub on_inconclusive: OnInconclusive,
    /// The rules; a gate passes when every blocking one passes.
    pub rules: Vec<Rule>,
}

/// What a candidate is held against.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Baseline {
    /// Another candidate of the same run.
    Candidate(CandidateName),
    /// A stored run: `accepted`, `latest` or an id; its candidate of the same name, or the one named.
    Run { run: String, candidate: Option<CandidateName> },
}

/// What an inconclusive decision does to the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OnInconclusive {
    /// Exit 3.
    #[default]
    Fail,
    /// Exit 0, and say so.
    Warn,
}

/// One condition on one metric.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rule {
    /// The metric.
    pub metric: MetricName,
    /// The cases it is about, by tag; empty means all.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub slice: IndexMap<String, String>,
    /// What must hold.
    pub kind: RuleKind,
    /// What a failure does.
    pub severity: Severity,
}

/// What must hold, with its margin in the metric's own units, never negative.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleKind {
    /// Non-inferiority: the difference is above −margin.
    NotWorseBy(f64),
    /// Superiority: the difference (pairwise: the win rate) is above this.
    BetterThan(f64),
    /// The candidate's level is at least this.
    AtLeast(f64),
    /// The candidate's level is at most this.
    AtMost(f64),
}

/// What a rule that fails does to the decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The gate fails.
    #[default]
    Block,
    /// The report warns.
    Warn,
    /// The report tells.
    Info,
}
