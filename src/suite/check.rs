//! A check: what a deterministic scorer looks at, and the values it may give.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{ModelName, Range};

/// A deterministic scorer over one output.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CheckSpec {
    /// What is checked.
    pub kind: CheckKind,
    /// Turn a yes into a no. Only for checks that say yes or no.
    pub negate: bool,
    /// Its weight among checks, where they alone say which cases moved most.
    pub weight: f64,
    /// The number that makes a yes: at least this, or at most this where less is better.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub threshold: Option<f64>,
}

/// What a check looks at. Texts that hold `{{` are templates over the whole case, gold included; where a [`Value`] stands,
/// those in it too.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CheckKind {
    /// The output is exactly this, white space at both ends aside.
    Equals { value: String, ignore_case: bool },
    /// The output contains any of, and all of, these.
    Contains { any: Vec<String>, all: Vec<String>, ignore_case: bool },
    /// The output starts with this, white space before it aside.
    StartsWith { value: String, ignore_case: bool },
    /// A regular expression matches somewhere in the output.
    Regex { pattern: String },
    /// The whole output is JSON and, where a schema is given, meets it.
    IsJson { schema: Option<Value> },
    /// Some part of the output is a JSON object or array and, where a schema is given, meets it.
    ContainsJson { schema: Option<Value> },
    /// The last number in the output is within `tolerance` of the value.
    Number { value: String, tolerance: f64 },
    /// How long the output is; within bounds where `min` or `max` is given (yes or no), else the length itself.
    Length { unit: LengthUnit, min: Option<f64>, max: Option<f64> },
    /// 1 − edit distance / the longer length, in characters: 1 is equal.
    Levenshtein { value: String },
    /// The ROUGE F-measure of runs of `n` words against the value.
    RougeN { n: usize, value: String },
    /// The ROUGE-L F-measure against the value.
    RougeL { value: String },
    /// Sentence BLEU against the value.
    Bleu { value: String },
    /// What the output cost, in US dollars.
    Cost,
    /// How long the output took, in milliseconds.
    Latency,
    /// Why the model stopped writing.
    FinishReason { value: StopReason },
    /// The output declines to answer.
    IsRefusal,
    /// The share of the relevant documents that is among the first `k` found.
    RecallAtK { k: usize, relevant: Value },
    /// The share of the first `k` places that holds relevant documents.
    PrecisionAtK { k: usize, relevant: Value },
    /// One over the rank of the first relevant document among all found, or the first `k`.
    Mrr { k: Option<usize>, relevant: Value },
    /// The discounted gain of all documents found, or the first `k`, over that of the best order.
    Ndcg { k: Option<usize>, relevant: Value },
    /// Tools were called.
    ToolUsed { value: Value, mode: ToolMode },
    /// Calls were made with these arguments.
    ToolArguments { value: Value, mode: ArgumentsMode },
    /// A tool was called, always with arguments that meet a JSON Schema.
    ToolSchema { tool: String, schema: Value },
    /// Tools were called in this order.
    ToolSequence { value: Value, mode: SequenceMode },
    /// How many steps were taken; within bounds where `min` or `max` is given (yes or no).
    StepCount { of: Option<String>, min: Option<f64>, max: Option<f64> },
    /// How many calls were the same as one before; no more than `max` where it is given (yes or no).
    RepeatedCalls { max: Option<f64> },
    /// A program of the user's own says, under this name among the suite's models.
    Exec { program: ModelName, gives: Gives },
    /// How alike the output and the value are, by the cosine of their embeddings.
    Similar { model: ModelName, value: String },
}

/// What a program says of an output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gives {
    /// Yes or no.
    #[default]
    YesNo,
    /// A number from 0 to 1.
    Share,
    /// Any number.
    Number,
}

/// Which of several tools have to be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ToolMode {
    /// Each of them; others may be called too.
    #[default]
    All,
    /// One of them at least.
    Any,
    /// Each of them, and no other.
    Only,
}

/// When the arguments of a call are the right ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ArgumentsMode {
    /// All that are wanted are there; others may be there too.
    #[default]
    Partial,
    /// They are the wanted ones and no others.
    Exact,
}

/// When tools were called in the right order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SequenceMode {
    /// One after the other; others may be called between them.
    #[default]
    InOrder,
    /// Exactly these, in this order.
    Exact,
    /// Exactly these, in any order.
    Any,
}

/// Why a model stopped writing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StopReason {
    /// It was done.
    Stop,
    /// It ran into the token limit.
    Length,
    /// It declined to answer.
    Refusal,
    /// The provider's filter held the answer back.
    ContentFilter,
}

/// What a length is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LengthUnit {
    /// Unicode characters.
    #[default]
    Chars,
    /// Runs of characters between white space.
    Words,
    /// Tokens as the model counted them; characters / 4 where it did not say.
    Tokens,
}

impl CheckSpec {
    /// The values that the check may give.
    pub fn range(&self) -> Range {
        if self.threshold.is_some() { Range::Binary } else { self.kind.range() }
    }
}

impl CheckKind {
    /// The values that a check of this kind gives where there is no threshold.
    pub fn range(&self) -> Range {
        match self {
            Self::Length { min: None, max: None, .. }
            | Self::StepCount { min: None, max: None, .. }
            | Self::RepeatedCalls { max: None }
            | Self::Exec { gives: Gives::Number, .. }
            | Self::Cost
            | Self::Latency => Range::Unbounded,
            Self::Similar { .. } => Range::Bounded { min: -1.0, max: 1.0 },
            Self::Levenshtein { .. }
            | Self::RougeN { .. }
            | Self::RougeL { .. }
            | Self::Bleu { .. }
            | Self::RecallAtK { .. }
            | Self::PrecisionAtK { .. }
            | Self::Mrr { .. }
            | Self::Ndcg { .. }
            | Self::Exec { gives: Gives::Share, .. } => Range::Bounded { min: 0.0, max: 1.0 },
            Self::Equals { .. }
            | Self::Contains { .. }
            | Self::StartsWith { .. }
            | Self::Regex { .. }
            | Self::IsJson { .. }
            | Self::ContainsJson { .. }
            | Self::Number { .. }
            | Self::Length { .. }
            | Self::FinishReason { .. }
            | Self::IsRefusal
            | Self::ToolUsed { .. }
            | Self::ToolArguments { .. }
            | Self::ToolSchema { .. }
            | Self::ToolSequence { .. }
            | Self::StepCount { .. }
            | Self::RepeatedCalls { .. }
            | Self::Exec { gives: Gives::YesNo, .. } => Range::Binary,
        }
    }

    /// Whether it looks at the way to an output.
    pub fn reads_trace(&self) -> bool {
        matches!(
            self,
            Self::RecallAtK { .. }
                | Self::PrecisionAtK { .. }
                | Self::Mrr { .. }
                | Self::Ndcg { .. }
                | Self::ToolUsed { .. }
                | Self::ToolArguments { .. }
                | Self::ToolSchema { .. }
                | Self::ToolSequence { .. }
                | Self::StepCount { .. }
                | Self::RepeatedCalls { .. }
        )
    }

    /// Who has to be asked before the check can be made, where somebody has.
    pub fn asks(&self) -> Option<&ModelName> {
        match self {
            Self::Exec { program, .. } => Some(program),
            Self::Similar { model, .. } => Some(model),
            _ => None,
        }
    }

    /// Whether a smaller number is the better one: a threshold is then the most that is good.
    pub fn less_is_better(&self) -> bool {
        matches!(self, Self::Cost | Self::Latency | Self::StepCount { .. } | Self::RepeatedCalls { .. })
    }
}
