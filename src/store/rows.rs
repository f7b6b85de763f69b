//! The rows of the three tables; their columns are these fields, in this order.

use serde::{Deserialize, Serialize};

use crate::suite::{CandidateName, CaseId, MetricName, ModelName};

/// What is said of an answer without a text: it is the candidate's own, and odd all the same.
pub const EMPTY_ANSWER: &str = "the answer is empty";

/// What is said of an answer that ran into the limit of its tokens.
pub const CUT_ANSWER: &str = "cut at the token limit";

/// What became of an output or a verdict. Every planned one has exactly one status, so counts add up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// There is a text, or a score.
    Ok,
    /// The provider, or a check, could not do its work. Not the candidate's failure.
    Error,
    /// A judge's reply from which no verdict could be read.
    Unparsed,
    /// The model declined.
    Refused,
    /// Not asked, since what it depends on is missing.
    Skipped,
}

impl Status {
    /// The word in the tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Error => "error",
            Self::Unparsed => "unparsed",
            Self::Refused => "refused",
            Self::Skipped => "skipped",
        }
    }

    /// The status that a word in a table stands for.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Ok, Self::Error, Self::Unparsed, Self::Refused, Self::Skipped].into_iter().find(|s| s.as_str() == word)
    }
}

/// What kind of verdict a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum VerdictKind {
    /// A judge's score of one output.
    Pointwise,
    /// A judge's preference between two outputs.
    Pairwise,
    /// A deterministic check.
    Check,
}

impl VerdictKind {
    /// The word in the tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pointwise => "pointwise",
            Self::Pairwise => "pairwise",
            Self::Check => "check",
        }
    }

    /// The kind that a word in a table stands for.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Pointwise, Self::Pairwise, Self::Check].into_iter().find(|k| k.as_str() == word)
    }
}

/// `cases.parquet`: one row a case, in plan order.
#[derive(Debug, Clone, PartialEq)]
pub struct CaseRow {
    /// Its place in the plan, from 0.
    pub index: u64,
    /// The case's id.
    pub case: CaseId,
    /// The digest of its content.
    pub digest: String,
    /// The case's cluster, if it has one.
    pub cluster: Option<String>,
    /// The whole case as JSON: input, reference, context, tags, labels.
    pub body: String,
}

/// `outputs.parquet`: one row an output, in plan order.
#[derive(Debug, Clone, PartialEq)]
pub struct OutputRow {
    /// The case's place in the plan.
    pub index: u64,
    /// The case's id.
    pub case: CaseId,
    /// The candidate.
    pub candidate: CandidateName,
    /// Which of several outputs, from 0.
    pub sample: u32,
    /// What became of it.
    pub status: Status,
    /// The text, where there is one.
    pub text: Option<String>,
    /// Why there is none, or what is odd about it, in words.
    pub error: Option<String>,
    /// The way to it as JSON, where it was told.
    pub trace: Option<String>,
    /// What it took.
    pub call: CallRow,
}

/// What a call took; null where no call was made or the provider did not say.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CallRow {
    /// The model that answered, as the provider named it.
    pub model: Option<String>,
    /// Tokens read.
    pub input_tokens: Option<u64>,
    /// Tokens written.
    pub output_tokens: Option<u64>,
    /// US dollars.
    pub usd: Option<f64>,
    /// Milliseconds.
    pub latency_ms: Option<u64>,
    /// Attempts that failed before.
    pub retried: u32,
    /// The model of the suite that answered, where it is not the one that was asked.
    pub fallback: Option<ModelName>,
    /// What the provider calls the fingerprint of the system that answered.
    pub fingerprint: Option<String>,
}

/// `verdicts.parquet`: one row a judge's verdict or a check, in plan order.
#[derive(Debug, Clone, PartialEq)]
pub struct VerdictRow {
    /// The case's place in the plan.
    pub index: u64,
    /// The case's id.
    pub case: CaseId,
    /// The metric.
    pub metric: MetricName,
    /// What kind of verdict.
    pub kind: VerdictKind,
    /// Whose output was judged; pairwise: whose was shown first.
    pub candidate: CandidateName,
    /// Pairwise: whose output was shown second.
    pub second: Option<CandidateName>,
    /// Which of the outputs, from 0.
    pub sample: u32,
    /// Which of several verdicts, from 0.
    pub verdict_sample: u32,
    /// The model that judged, as the suite calls it.
    pub judge: Option<ModelName>,
    /// Whether it has a part in what the case is worth: not where a cascade went on to the next judge.
    pub decides: bool,
    /// The match of a tournament that it is about.
    pub met: Option<MatchRow>,
    /// What became of it.
    pub status: Status,
    /// The score in the metric's units; pairwise: how far the one shown first is preferred, in [0, 1].
    pub value: Option<f64>,
    /// How the value was got from the reply: `text`, or `logprobs` where it is the expectation over the scale.
    pub method: Option<String>,
    /// Of the probability at the place of the verdict, the share that the server told of and that lies on the scale.
    pub mass: Option<f64>,
    /// How sure the judge was of it, in [0, 1], where that was asked.
    pub confidence: Option<f64>,
    /// The value of each criterion, as a JSON object.
    pub criteria: Option<String>,
    /// The judge's words, or what the check found.
    pub reasoning: Option<String>,
    /// The failure category that the judge named.
    pub failure: Option<String>,
    /// Why there is no value, or that another judge gave it, in words.
    pub error: Option<String>,
    /// What points to an attack on the judge, in words.
    pub alarm: Option<String>,
    /// Whether the verdict was read only after a repair try.
    pub repaired: bool,
    /// What it took.
    pub call: CallRow,
}

/// A match of a tournament, in the columns `round`, `winner` and `by_lot`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MatchRow {
    /// The round, from 1.
    pub round: u32,
    /// Who went on; null where no verdict on the pair could be read.
    pub winner: Option<CandidateName>,
    /// Whether the verdicts left it open, and the seed decided.
    pub by_lot: bool,
}

impl CallRow {
    /// Adds what one more call took. Tokens or a price that one of them lacks are lacking in the sum.
    pub fn add(&mut self, other: &Self) {
        let sum = |a: Option<u64>, b: Option<u64>| Some(a?.saturating_add(b?));
        self.input_tokens = sum(self.input_tokens, other.input_tokens);
        self.output_tokens = sum(self.output_tokens, other.output_tokens);
        self.usd = self.usd.zip(other.usd).map(|(a, b)| a + b);
        self.latency_ms = sum(self.latency_ms, other.latency_ms);
        self.retried += other.retried;
        self.fallback = self.fallback.take().or_else(|| other.fallback.clone());
    }
}
