//! The decision, as it stands in `summary.json`.

use serde::Serialize;

use crate::analysis::Slice;
use crate::suite::{OnInconclusive, Severity};

/// What the gate decided.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Decision {
    /// The decision.
    pub decision: Verdict,
    /// Why, in one plain sentence with the numbers.
    pub reason: String,
    /// The version that wants to ship.
    pub candidate: String,
    /// What it was held against.
    pub baseline: Option<String>,
    /// The error rate of each claim.
    pub alpha: f64,
    /// Whether an inconclusive decision fails the job (`fail`) or only warns (`warn`).
    pub on_inconclusive: OnInconclusive,
    /// Each rule, in the suite's order.
    pub rules: Vec<Ruling>,
}

/// The four decisions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// Every blocking rule passes.
    Pass,
    /// At least one blocking rule is shown to be broken.
    Fail,
    /// The evidence allows neither.
    Inconclusive,
    /// The measurement itself cannot be trusted.
    Invalid,
}

/// What became of one rule.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Ruling {
    /// The metric.
    pub metric: String,
    /// The cases it is about; absent for all.
    pub slice: Option<Slice>,
    /// `not_worse_by`, `better_than`, `at_least` or `at_most`.
    pub kind: String,
    /// The margin or level, as the suite says it.
    pub margin: f64,
    /// Whether `estimate` and `bound` are a win rate rather than a difference or a level.
    pub win_rate: bool,
    /// Whether its numbers are shares of cases (a yes-or-no metric, a preference), which people read in percent.
    pub shares: bool,
    /// What a failure does.
    pub severity: Severity,
    /// What became of it.
    pub state: RuleState,
    /// The one-sided bound at alpha that the rule was held against: for a pass the near one, for a fail the far one.
    pub bound: Option<f64>,
    /// The point estimate that it belongs to: a difference, a win rate or a level.
    pub estimate: Option<f64>,
    /// 1 − alpha.
    pub level: f64,
    /// p of the claim that was made (for a fail, before Holm's correction); for an inconclusive rule, of passing.
    pub p: Option<f64>,
    /// Cases.
    pub n: u64,
    /// What happened in words, with the numbers.
    pub words: String,
}

/// The states of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum RuleState {
    /// Shown to hold.
    Pass,
    /// Shown to be broken.
    Fail,
    /// Neither.
    Inconclusive,
    /// Nothing was measured that it could be held against.
    Invalid,
}
