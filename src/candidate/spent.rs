//! The replies on one case's way → the steps of its trace, and what they took together.

use std::time::Duration;

use crate::model::{Money, Reply, Usage};
use crate::suite::ModelName;
use crate::trace::TracedStep;

/// What a case took so far.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Spent {
    pub calls: u32,
    /// `None` once a reply did not say; so are the others.
    pub usage: Option<Usage>,
    pub usd: Option<Money>,
    pub latency_ms: Option<u64>,
    /// The same of the replies that did say: what limits are held against.
    known: Known,
}

/// What is known of what a case took.
#[derive(Debug, Clone, Copy, Default)]
struct Known {
    tokens: u64,
    usd: Money,
    ms: u64,
}

impl Spent {
    /// Before the first reply.
    pub fn nothing() -> Self {
        Self {
            calls: 0,
            usage: Some(Usage::default()),
            usd: Some(Money::default()),
            latency_ms: Some(0),
            known: Known::default(),
        }
    }

    /// One more reply.
    pub fn add(&mut self, reply: &Reply) {
        self.calls += 1;
        self.usage = self.usage.zip(reply.usage).map(|(sum, more)| sum.plus(more));
        self.usd = self.usd.zip(reply.usd).map(|(sum, more)| sum + more);
        self.latency_ms = self.latency_ms.zip(reply.latency_ms).map(|(sum, more)| sum.saturating_add(more));
        let tokens = reply.usage.map_or(0, |usage| usage.input_tokens.saturating_add(usage.output_tokens));
        self.known.tokens = self.known.tokens.saturating_add(tokens);
        self.known.usd += reply.usd.unwrap_or_default();
        self.known.ms = self.known.ms.saturating_add(reply.latency_ms.unwrap_or_default());
    }

    /// Tokens read and written, at least.
    pub fn tokens(&self) -> u64 {
        self.known.tokens
    }

    /// What it cost, at least.
    pub fn money(&self) -> Money {
        self.known.usd
    }

    /// The time that the calls took, each from when somebody was busy with it to its whole reply, at least: a reply that
    /// was recorded may not say. It follows from what is journaled, so that a limit is the same in a replay.
    pub fn time(&self) -> Duration {
        Duration::from_millis(self.known.ms)
    }
}

/// A reply as a step that was taken; `model` is who was asked, where somebody was.
pub(super) fn traced(name: &str, kind: &str, round: u32, reply: &Reply, model: Option<&ModelName>) -> TracedStep {
    TracedStep {
        name: name.to_string(),
        kind: Some(kind.to_string()),
        round,
        output: Some(reply.text.clone()),
        model: model.map(|model| reply.model.clone().unwrap_or_else(|| model.to_string())),
        latency_ms: reply.latency_ms,
        input_tokens: reply.usage.map(|usage| usage.input_tokens),
        output_tokens: reply.usage.map(|usage| usage.output_tokens),
        usd: reply.usd.map(Money::usd),
        error: None,
    }
}
