//! The events of a run, as they stand in `events.jsonl`, one JSON object a line.

use serde::{Deserialize, Serialize};

use super::event_line::EventLine;
use crate::dataset::Case;
use crate::model::{Ask, Failure, Money, Reply, Usage};
use crate::suite::ModelName;

/// The version of the journal's form. A reader refuses any other.
pub const EVENTS_FORMAT: u32 = 4;

/// One thing that happened. Times are milliseconds since the Unix epoch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "event", try_from = "EventLine")]
pub enum Event {
    /// The run began; always the first line.
    Started {
        /// [`EVENTS_FORMAT`].
        format: u32,
        /// The run.
        run: String,
        /// The digest of all that decides what will be asked.
        plan: String,
        /// When.
        at: i64,
    },
    /// A case of the run, in plan order, before anything is asked about it.
    Case {
        /// Its place in the plan, from 0.
        index: u64,
        /// The case, whole.
        case: Box<Case>,
    },
    /// A model answered. This is what was paid for: it is never asked again in this run.
    Reply {
        /// The case's place in the plan.
        index: u64,
        /// What was asked.
        ask: Ask,
        /// The digest of the request.
        request: String,
        /// The answer.
        reply: Box<Reply>,
    },
    /// No answer could be had. Asked again when the run is resumed.
    Failed {
        /// The case's place in the plan.
        index: u64,
        /// What was asked.
        ask: Ask,
        /// The digest of the request.
        request: String,
        /// Every attempt; the last is the one that decided.
        failures: Vec<Failure>,
    },
    /// Something was paid that belongs to no output: the vectors of a corpus. It stands with the case that was the first to
    /// want them.
    Paid {
        /// The case's place in the plan.
        index: u64,
        /// Who was paid.
        model: ModelName,
        /// Tokens, where the provider said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        usage: Option<Usage>,
        /// What it cost, where that is known.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        usd: Option<Money>,
    },
    /// The run goes on after an interruption.
    Resumed {
        /// When.
        at: i64,
    },
    /// Everything that was planned has been asked.
    Finished {
        /// When.
        at: i64,
    },
}

impl Event {
    /// The place of the case that it belongs to, where it belongs to one.
    pub fn case(&self) -> Option<u64> {
        match self {
            Self::Case { index, .. }
            | Self::Reply { index, .. }
            | Self::Failed { index, .. }
            | Self::Paid { index, .. } => Some(*index),
            Self::Started { .. } | Self::Resumed { .. } | Self::Finished { .. } => None,
        }
    }

    /// What was asked, where it tells what became of that.
    pub fn ask(&self) -> Option<&Ask> {
        match self {
            Self::Reply { ask, .. } | Self::Failed { ask, .. } => Some(ask),
            Self::Started { .. }
            | Self::Case { .. }
            | Self::Paid { .. }
            | Self::Resumed { .. }
            | Self::Finished { .. } => None,
        }
    }
}
