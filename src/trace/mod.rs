//! What a candidate did on its way to an output: documents found, tools called, steps taken, words exchanged.
//!
//! A trace is data of a stranger: it is read strictly ([`Trace::read`]), kept within limits ([`Trace::within_limits`])
//! and shown as untrusted text. What was left out for its size is marked where it was, and listed in [`Trace::cut`].

mod difference;
mod limits;
mod read;
#[cfg(test)]
mod tests;
mod usage;

pub use difference::Difference;
pub use limits::{MOST_ITEMS, MOST_TEXT, MOST_WHOLE};
pub use read::KEYS;
pub use usage::{Usage, WrittenUsage};

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The way to one output, as far as it was told.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Trace {
    /// Documents that were found for the case, best first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub contexts: Vec<Passage>,
    /// Tools that were called, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tool_calls: Vec<ToolCall>,
    /// Steps that were taken, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<TracedStep>,
    /// The conversation.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub messages: Vec<Turn>,
    /// That a conversation was ended by its bound and not by the person, in words. Only karat's own conversations say so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended: Option<String>,
    /// That nobody told of documents or tools, and karat knows of the steps alone: that no tool is listed does not mean that
    /// none was called. Only karat's own steps and conversations say so.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub only_steps: bool,
    /// What was left out for its size, in words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cut: Vec<String>,
}

/// A document, or a part of one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Passage {
    /// Its name where it comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Its text.
    pub text: String,
    /// How well it fits, in the units of whoever found it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<f64>,
}

/// A tool that was called.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ToolCall {
    /// The tool.
    pub name: String,
    /// What it was given; an object as a rule, null where nobody said.
    #[serde(default)]
    pub arguments: Value,
    /// What it gave back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub result: Option<Value>,
}

impl ToolCall {
    /// Whether its arguments were too long to be kept.
    pub fn is_cut(&self) -> bool {
        self.arguments.as_str().is_some_and(|text| text.ends_with(limits::CUT))
    }
}

/// A step that was taken.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct TracedStep {
    /// What it is called.
    pub name: String,
    /// What kind of step: `prompt`, `command`, `http`, `template`, `retrieve`, or a word of the candidate's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Which of several rounds of it, from 0.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub round: u32,
    /// What came of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<String>,
    /// The model that answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency_ms: Option<u64>,
    /// Tokens read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input_tokens: Option<u64>,
    /// Tokens written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_tokens: Option<u64>,
    /// US dollars.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usd: Option<f64>,
    /// Why it came to nothing, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// One turn of a conversation. The role is a word of the candidate's own: `tool` and others are among them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Turn {
    /// Who speaks.
    pub role: String,
    /// What is said.
    pub content: String,
}

impl Trace {
    /// Whether it tells of nothing.
    pub fn is_empty(&self) -> bool {
        *self == Self { only_steps: self.only_steps, ..Self::default() }
    }

    /// The round of a step among its steps, from 1, where there was more than one.
    pub fn round_of(&self, step: &TracedStep) -> Option<u32> {
        let several = step.round > 0 || self.steps.iter().any(|other| other.round > 0 && other.name == step.name);
        several.then(|| step.round.saturating_add(1))
    }

    /// In words, that a list of it was cut: what is beyond is not known.
    pub fn lacks(&self, list: &str) -> Option<&str> {
        let cut = |words: &&String| words.strip_prefix(list).is_some_and(|rest| rest.starts_with(": "));
        self.cut.iter().find(cut).map(String::as_str)
    }

    /// Its four lists under their names, for templates: a list that is empty is there too.
    pub fn variables(&self) -> Map<String, Value> {
        let list = |value: serde_json::Result<Value>| value.unwrap_or_default();
        let lists = [
            ("contexts", list(serde_json::to_value(&self.contexts))),
            ("tool_calls", list(serde_json::to_value(&self.tool_calls))),
            ("steps", list(serde_json::to_value(&self.steps))),
            ("messages", list(serde_json::to_value(&self.messages))),
        ];
        lists.into_iter().map(|(name, value)| (name.to_string(), value)).collect()
    }
}

impl TracedStep {
    /// What came of it: its output, or why that is nothing, and then what it was all the same.
    pub fn came(&self) -> Option<Cow<'_, str>> {
        match (&self.error, &self.output) {
            (Some(why), Some(text)) => Some(format!("{why}; what it gave: {text}").into()),
            (told, text) => told.as_ref().or(text.as_ref()).map(|told| told.as_str().into()),
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands it over so")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}
