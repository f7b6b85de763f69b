//! Checks on the call that gave an output: what it cost, how long it took, why it ended.

use super::CheckError;
use super::score::{Score, Scored, Subject, yes_no};
use crate::model::Finish;
use crate::suite::StopReason;

/// What the output cost, in US dollars.
pub(super) struct Cost;

/// How long the output took, in milliseconds.
pub(super) struct Latency;

/// Whether the model stopped for this reason.
pub(super) struct FinishReason(pub StopReason);

impl Score for Cost {
    fn score(&self, subject: &Subject<'_>) -> Scored {
        let usd = subject.usd.ok_or(CheckError::Unknown("cost", "the model has no price, or did not count tokens"))?;
        Ok((usd, format!("${usd}")))
    }

    fn reads_text(&self) -> bool {
        false
    }
}

impl Score for Latency {
    fn score(&self, subject: &Subject<'_>) -> Scored {
        let ms = subject.reply.latency_ms.ok_or(CheckError::Unknown("latency", "it was not measured"))?;
        Ok((ms as f64, format!("{ms} ms")))
    }

    fn reads_text(&self) -> bool {
        false
    }
}

impl Score for FinishReason {
    fn score(&self, subject: &Subject<'_>) -> Scored {
        let (found, words) = match subject.reply.finish {
            Finish::Stop => (StopReason::Stop, "it was done"),
            Finish::Length => (StopReason::Length, "it ran into the token limit"),
            Finish::Refusal => (StopReason::Refusal, "it declined to answer"),
            Finish::ContentFilter => (StopReason::ContentFilter, "the provider's content filter held it back"),
        };
        Ok(yes_no((found == self.0, words.to_string())))
    }

    fn reads_text(&self) -> bool {
        false
    }
}
