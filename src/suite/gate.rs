//! The gate: what must hold, at which error rate, before a change may ship.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::{CandidateName, CaseId, MetricName, Probe};

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
    /// What decides the rules on differences of scores.
    #[serde(default, skip_serializing_if = "DecidedBy::is_default")]
    pub method: DecidedBy,
    /// That the cases are judged in a random order until every blocking rule is decided; absent where all are judged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sequential: Option<Sequential>,
    /// Whether rules rest on what labels make of the judge's numbers.
    #[serde(default, skip_serializing_if = "Corrected::is_default")]
    pub corrected: Corrected,
    /// The rules; a gate passes when every blocking one passes.
    pub rules: Vec<Rule>,
}

/// Whether rules on judged metrics rest on the judge's number, or on that number corrected by human labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Corrected {
    /// Corrected where the labels bear it: `min_cases` of them, drawn by chance as far as one sees.
    #[default]
    Auto,
    /// The judge's number, whatever the labels say.
    Off,
    /// Corrected; a rule that cannot be is invalid.
    Require,
}

impl Corrected {
    /// Whether it is what a suite does that says nothing of it.
    pub fn is_default(&self) -> bool {
        *self == Self::Auto
    }
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

/// What decides the rules on differences of scores in a known range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DecidedBy {
    /// Bounds that hold for scores of any shape.
    #[default]
    Bounds,
    /// The usual t, where it is what reports show: narrower, and too sure of itself where few cases lose much.
    T,
}

impl DecidedBy {
    /// Whether nobody asked for another.
    pub fn is_default(&self) -> bool {
        *self == Self::Bounds
    }
}

/// How a gate looks at the scores while they come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sequential {
    /// The fewest cases between two looks, 20 by default.
    pub batch: usize,
    /// What its rules claim something about.
    pub about: About,
}

/// What the rules of a sequential gate claim something about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum About {
    /// The mean over all cases like these, as the rules of any other gate do.
    #[default]
    AllCases,
    /// The mean over the cases of the dataset, which a run over all of them would show.
    GoldSet,
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

/// One condition on one metric, or on what the candidate's run took.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rule {
    /// What it reads.
    #[serde(flatten)]
    pub of: Subject,
    /// The cases it is about, by tag; empty means all.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub slice: IndexMap<String, String>,
    /// The cases it is about, by id; empty means those of the slice.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cases: Vec<CaseId>,
    /// What must hold.
    pub kind: RuleKind,
    /// What a failure does.
    pub severity: Severity,
}

/// What a rule reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Subject {
    /// The scores of a metric.
    Metric(MetricName),
    /// What the candidate's answers took, or came to.
    Limit(Fact),
    /// What the newest audit of a metric's judge found.
    Audit {
        /// The probe.
        probe: Probe,
        /// The metric.
        metric: MetricName,
    },
    /// How far a metric's judge scores the anchors otherwise than before.
    Drift(MetricName),
}

/// What a limit is on, of the candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fact {
    /// US dollars of its answers to a case, in the mean.
    Cost,
    /// Milliseconds of an answer, in the mean.
    LatencyMean,
    /// The milliseconds that 95 % of its answers keep within.
    LatencyP95,
    /// The share of its answers that ended in an error.
    ErrorRate,
    /// The share of its answers that were refusals, among those that came.
    RefusalRate,
    /// The share of the verdicts on its answers that could not be read, among those that came.
    UnparsedRate,
}

impl Fact {
    /// All of them, as a suite writes them.
    pub const ALL: [(&'static str, Self); 6] = [
        ("cost", Self::Cost),
        ("latency_mean", Self::LatencyMean),
        ("latency_p95", Self::LatencyP95),
        ("error_rate", Self::ErrorRate),
        ("refusal_rate", Self::RefusalRate),
        ("unparsed_rate", Self::UnparsedRate),
    ];

    /// As a suite writes it.
    pub fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|(_, fact)| *fact == self).map_or("", |(word, _)| *word)
    }

    /// Whether its limit is a share, from 0 to 1.
    pub fn is_rate(self) -> bool {
        matches!(self, Self::ErrorRate | Self::RefusalRate | Self::UnparsedRate)
    }
}

impl Rule {
    /// What it reads, as the suite writes it.
    pub fn name(&self) -> &str {
        match &self.of {
            Subject::Metric(metric) => metric.as_str(),
            Subject::Limit(fact) => fact.as_str(),
            Subject::Audit { probe, .. } => probe.as_str(),
            Subject::Drift(_) => "drift",
        }
    }

    /// Whether it blocks where any of some cases fails: a sequential gate judges these first.
    pub fn is_must_pass(&self) -> bool {
        let some = !(self.slice.is_empty() && self.cases.is_empty());
        some && self.severity == Severity::Block && matches!(self.kind, RuleKind::EveryCase { .. })
    }

    /// The metric that it reads; none for a limit.
    pub fn metric(&self) -> Option<&MetricName> {
        match &self.of {
            Subject::Metric(metric) | Subject::Audit { metric, .. } | Subject::Drift(metric) => Some(metric),
            Subject::Limit(_) => None,
        }
    }
}

/// What must hold, with its margin in the metric's own units, never negative.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RuleKind {
    /// Non-inferiority: the difference is above −margin.
    NotWorseBy(f64),
    /// Superiority: the difference (pairwise: the win rate) is above this.
    BetterThan(f64),
    /// Equivalence: the difference lies within −margin and margin.
    EquivalentWithin(f64),
    /// The candidate's level is at least this.
    AtLeast(f64),
    /// The candidate's level is at most this.
    AtMost(f64),
    /// The candidate's score is this or better on every case, in so many of the case's samples.
    EveryCase {
        /// The worst score that will do.
        reaches: f64,
        /// In so many samples; in all of them where absent.
        repeats: Option<u32>,
    },
}

impl RuleKind {
    /// Whether it is about the difference to a baseline, whatever the metric.
    pub fn compares(self) -> bool {
        matches!(self, Self::NotWorseBy(_) | Self::BetterThan(_) | Self::EquivalentWithin(_))
    }
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
