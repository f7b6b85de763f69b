//! Talking to models: a request goes in, a reply or a typed failure comes out.
//!
//! [`Models::open`] sets up what the suite names, [`Model::call`] asks. One file a wire format (`openai`,
//! `responses`, `anthropic`, `gemini`), all behind `wire`; `remote` puts it together with the address and the headers
//! (`endpoint`), the bytes (`transport`), whose turn it is (`turns`) and the retries (`retry`), which all wire formats
//! share. `recorded` answers from a file instead, and `cache` from what was answered before.

mod allowance;
mod anthropic;
mod ask;
mod ask_line;
mod body;
mod breaker;
mod budget;
mod cache;
mod command;
mod cost;
mod embeddings;
mod endpoint;
mod environment;
mod excerpt;
mod failure;
mod fallback;
mod gemini;
mod http;
mod key_check;
mod models;
mod no_reply;
mod openai;
mod pace;
mod prices;
mod rate_headers;
mod recorded;
mod remote;
mod request;
mod responses;
mod retrieval;
mod retry;
mod retry_after;
mod schedule;
mod secret;
mod stop;
#[cfg(test)]
mod tests;
mod tokens;
mod transport;
mod turns;
mod vectors;
mod window;
mod wire;

pub use allowance::Allowance;
pub use budget::{Budget, MOST_WITHOUT_LIMIT};
pub use cache::{Cache, CacheError, CacheUse, Removed, Stats};
pub use command::{MOST_BEHIND, end_all_programs, named_files};
pub use cost::{Money, usd};
pub use failure::Failed;
pub use models::{Flags, Model, Models};
pub use prices::fill_in as fill_in_list_prices;
pub use recorded::{Recorded, RecordedOrders};
pub use request::{NamedSchema, Opening, Request};
pub use retrieval::Paid;
pub use stop::{Stop, Why};
pub use tokens::{EXPECTED_OUTPUT, Tokens};
pub use turns::Slot;
pub use vectors::batches;
pub use window::MOST_AT_ONCE;
pub use wire::most_output;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::suite::{CandidateName, CaseId, MetricName, ModelName, Role, StopReason};
use crate::trace::Trace;
pub use crate::trace::Usage;
use ask_line::AskLine;

/// What a request asks for. It is the key of a recorded reply and of a journal entry.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "asks", try_from = "AskLine")]
pub enum Ask {
    /// A candidate's output.
    Output {
        /// The candidate.
        candidate: CandidateName,
        /// The case.
        case: CaseId,
        /// Which of several outputs, from 0.
        sample: u32,
    },
    /// What comes of one step on the way to an output.
    Step {
        /// The candidate.
        candidate: CandidateName,
        /// The case.
        case: CaseId,
        /// Which of several outputs, from 0.
        sample: u32,
        /// The step.
        step: String,
        /// Which of several rounds of it, from 0.
        #[serde(default, skip_serializing_if = "is_zero")]
        round: u32,
    },
    /// A judge's score of one output.
    Score {
        /// The metric.
        metric: MetricName,
        /// The case.
        case: CaseId,
        /// Whose output is judged.
        candidate: CandidateName,
        /// Which of its outputs.
        sample: u32,
        /// Which of several verdicts on it, from 0.
        verdict_sample: u32,
        /// 0, or 1 for the repair of a reply that could not be read.
        attempt: u32,
        /// Who judges, where several do.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        judge: Option<ModelName>,
        /// What is looked at, where each criterion is asked about in a call of its own.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        criterion: Option<String>,
    },
    /// A judge's preference between two outputs, in the order shown.
    Preference {
        /// The metric.
        metric: MetricName,
        /// The case.
        case: CaseId,
        /// Whose output is shown first.
        first: CandidateName,
        /// Whose output is shown second.
        second: CandidateName,
        /// Which of their outputs.
        sample: u32,
        /// Which of several verdicts on them, from 0.
        verdict_sample: u32,
        /// 0, or 1 for the repair of a reply that could not be read.
        attempt: u32,
        /// Who judges, where several do.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        judge: Option<ModelName>,
        /// What is looked at, where each criterion is asked about in a call of its own.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        criterion: Option<String>,
    },
}

/// One message of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Who speaks.
    pub role: Role,
    /// What is said.
    pub content: String,
}

/// What a model answered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reply {
    /// The text; where there is none, what the model wrote into a tool that it called.
    pub text: String,
    /// Why the model stopped.
    #[serde(default)]
    pub finish: Finish,
    /// Tokens, where the provider said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<Usage>,
    /// The model that answered, as the provider named it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// What the provider calls the fingerprint of the system that answered, where it told one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fingerprint: Option<String>,
    /// How likely each token was, as the provider wrote it, where `params` ask for that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub logprobs: Option<Box<Value>>,
    /// What it cost, where whoever answered said that himself; else it follows from the tokens.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usd: Option<Money>,
    /// The way to the text, where it was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trace: Option<Box<Trace>>,
    /// Milliseconds from the last attempt's start to its whole reply.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency_ms: Option<u64>,
    /// The attempts that failed before this one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub retried: Vec<Failure>,
    /// The model of the suite that answered, where it is not the one that was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fallback: Option<ModelName>,
    /// What a command wrote to standard error meanwhile: the last of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stderr: Option<String>,
    /// Whether it comes from the cache: nothing was sent, and the rest is as it was when it was asked for.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cached: bool,
}

impl Reply {
    /// A reply of which only the text is known.
    pub fn of_text(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            finish: Finish::Stop,
            usage: None,
            model: None,
            fingerprint: None,
            logprobs: None,
            usd: None,
            trace: None,
            latency_ms: None,
            retried: Vec::new(),
            fallback: None,
            stderr: None,
            cached: false,
        }
    }
}

/// Why a model stopped writing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finish {
    /// It was done.
    #[default]
    Stop,
    /// It ran into the token limit; the text is cut.
    Length,
    /// It declined to answer.
    Refusal,
    /// The provider's filter held the answer back.
    ContentFilter,
}

impl From<StopReason> for Finish {
    fn from(reason: StopReason) -> Self {
        match reason {
            StopReason::Stop => Self::Stop,
            StopReason::Length => Self::Length,
            StopReason::Refusal => Self::Refusal,
            StopReason::ContentFilter => Self::ContentFilter,
        }
    }
}

/// An attempt that failed, as it is shown and stored: never with a key in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// What kind of failure.
    pub kind: FailureKind,
    /// In words: `503 from https://…: overloaded`.
    pub message: String,
    /// Whether it counts as no attempt: what found out that a provider is still down, or that a server does not take the
    /// form that was asked for, belongs to the way and not to the request.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub beside: bool,
    /// What a command wrote to standard error meanwhile: the last of it. The message ends in the last words of that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stderr: Option<String>,
    /// What it took all the same, where whoever failed says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken: Option<Box<Taken>>,
}

/// What a call took that gave nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taken {
    /// Its tokens, where they were told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usage: Option<Usage>,
    /// What it cost, where that was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usd: Option<Money>,
}

/// Kinds of failure of a provider. None of them is a failure of the candidate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// No connection, or it broke.
    Connection,
    /// No whole reply within the time.
    Timeout,
    /// 429.
    RateLimited,
    /// 408, 409 and 5xx, of which 529 is a server with too much to do.
    Server,
    /// 401 and 403, and whatever else says that the key is not one.
    Authentication,
    /// Any other 4xx, and a quota that is used up: the same request would be refused again.
    Rejected,
    /// A reply that is not what the format says.
    Unreadable,
    /// No recorded or cached reply for what was asked.
    NotRecorded,
    /// A command ended, or could not be started, before it answered.
    Crashed,
    /// A case hit a limit of its candidate's steps.
    Limit,
    /// What came of a step is not what the steps after it need: no JSON, or not such as its schema wants.
    Step,
    /// The run was asked to stop before the call began.
    Stopped,
    /// The provider has not answered for long, or does not take the key: this request was not sent any more.
    ProviderOut,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands it over so")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// Parameters that go into a request body as they are.
pub type Params = Map<String, Value>;
