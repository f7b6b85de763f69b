//! The decision, as it stands in `summary.json`.

use serde::Serialize;

use super::words;
use crate::analysis::{MissingBounds, Slice};
use crate::suite::{About, DecidedBy, Fact, OnInconclusive, Probe, Severity};

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
    /// What decides the rules on differences of scores, where the suite asks for another method than bounds that hold for
    /// scores of any shape.
    #[serde(skip_serializing_if = "DecidedBy::is_default")]
    pub method: DecidedBy,
    /// How a sequential gate came to its end; absent where all cases are judged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sequential: Option<Stopping>,
    /// What speaks against relying on it though it stands, in sentences without a full stop.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    /// Each rule, in the suite's order.
    pub rules: Vec<Ruling>,
}

/// How a sequential gate came to its end.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Stopping {
    /// Whether the run stopped before its last case, since every blocking rule was decided.
    pub stopped: bool,
    /// Cases that were judged.
    pub cases: u64,
    /// Cases that were planned.
    pub of: u64,
    /// Cases that count in means: those whose turn has come. A case that must pass is judged before its turn.
    pub counted: u64,
    /// What the rules claim something about.
    pub about: About,
    /// Calls that the cases left would have taken, tries and repairs aside.
    pub calls_saved: u64,
    /// US dollars that they would have cost, at the mean of those that were judged; null where that is not known.
    pub usd_saved: Option<f64>,
}

impl Decision {
    /// Whether nothing that is yet to come could be waited for: every blocking rule has passed or failed.
    pub fn is_settled(&self) -> bool {
        let decided = |rule: &Ruling| matches!(rule.state, RuleState::Pass | RuleState::Fail);
        self.decision != Verdict::Invalid
            && self.rules.iter().filter(|rule| rule.severity == Severity::Block).all(decided)
    }

    /// The decision of a sequential gate, with how it came to its end.
    #[must_use]
    pub fn ended(mut self, stopping: Stopping) -> Self {
        if stopping.stopped {
            let words = words::stopped(stopping.cases, stopping.of);
            self.reason = format!("{}; {words}", self.reason);
        }
        Self { sequential: Some(stopping), ..self }
    }
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
    /// The metric; absent for a limit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metric: Option<String>,
    /// What a limit is on: `cost`, `latency_mean`, `latency_p95`, `error_rate`, `refusal_rate` or `unparsed_rate`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<Fact>,
    /// What the audit of the metric's judge was about, for a rule on an audit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audit: Option<Probe>,
    /// Whether it is about how far the metric's judge scores the anchors otherwise than before.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub drift: bool,
    /// The cases it is about; absent for all.
    pub slice: Option<Slice>,
    /// `not_worse_by`, `better_than`, `equivalent_within`, `at_least`, `at_most` or `every_case`.
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
    /// For equivalence the end of `interval` that is nearer to its margin; for `every_case`, which is counted, none.
    pub bound: Option<f64>,
    /// Equivalence: both one-sided bounds at alpha, to be held against the margins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interval: Option<(f64, f64)>,
    /// The point estimate that it belongs to: a difference, a win rate or a level; for `every_case` the share of cases
    /// that keep it, for `latency_p95` the share of answers that took longer.
    pub estimate: Option<f64>,
    /// How the bound was got; absent where there is none. What a report shows of the same difference may be another
    /// interval, which is narrower and does not hold for scores of any shape.
    pub method: Option<String>,
    /// 1 − alpha.
    pub level: f64,
    /// p of the claim that was made (for a fail, before Holm's correction); for an inconclusive rule, of passing.
    pub p: Option<f64>,
    /// Cases.
    pub n: u64,
    /// Whether it rests on the judge's number or on the one that labels correct; absent without labels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub correcting: Option<Correcting>,
    /// Cases without a value: they are left out of the estimate.
    pub missing: u64,
    /// Where the estimate would lie with every missing value at its worst and at its best.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bounds: Option<MissingBounds>,
    /// `every_case`: the first cases that break it, or that a missing value keeps open.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cases: Vec<String>,
    /// What happened in words, with the numbers.
    pub words: String,
}

/// What a rule made of the human labels.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Correcting {
    /// Whether the rule rests on the corrected number.
    pub used: bool,
    /// Independent cases with a label (for a difference: on both sides).
    pub labelled: u64,
    /// How much of the judge's word is used (the λ of PPI++).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight: Option<f64>,
    /// The judge's own number.
    pub judge: Option<f64>,
    /// Why the correction is not used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why_not: Option<String>,
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
