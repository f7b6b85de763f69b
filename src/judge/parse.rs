//! A judge's reply → what was read from it: only the form that the rubric agreed on, and nothing guessed.
//!
//! A reader of one form never weighs probabilities. It finds every verdict that the form allows; where there is
//! none, or where two differ, the reply is unparsed and says why.

mod bracketed;
mod claims;
mod json;
mod letter;
mod objects;
mod pattern;
mod rating;
mod refusal;
mod thinking;
mod worth;

#[cfg(test)]
mod real;
#[cfg(test)]
mod tests;

pub(super) use json::{combined, verdict_keys};
use regex::Regex;
pub(super) use worth::worth;

use super::{Finding, Reading};
use crate::suite::{ReplyForm, Rubric};

/// Changes whenever a reply could be read otherwise than before: runs are compared under one version only.
pub const PARSER_VERSION: u32 = 2;

/// Reads a judge's reply by the form that its rubric agreed on.
///
/// The value of a [`Reading::Read`] lies on the rubric's scale (a preference in [0, 1]). Hidden reasoning
/// (`<think>…</think>`) is dropped first. A reply with no verdict that opens with a refusal is [`Reading::Refused`];
/// any other that holds no verdict, or two that differ, is [`Reading::Unparsed`] with the reason.
pub fn read(rubric: &Rubric, reply: &str) -> Reading {
    let spoken = match thinking::drop_hidden(reply) {
        Ok(spoken) => spoken,
        Err(reason) => return Reading::Unparsed(reason),
    };
    if spoken.trim().is_empty() {
        return Reading::Unparsed("the reply is empty".to_string());
    }
    match found(rubric, &spoken) {
        Ok(finding) => Reading::Read(finding),
        Err(Unread::Absent(_)) if refusal::opens(&spoken) => Reading::Refused,
        Err(Unread::Absent(reason) | Unread::Unclear(reason) | Unread::Several(reason)) => Reading::Unparsed(reason),
    }
}

/// Whether a text that is not the judge's would pass for a verdict of it, or for several.
///
/// A lone number is none: many answers are one. A rating has to be called so.
pub(super) fn holds_verdict(rubric: &Rubric, text: &str) -> bool {
    let has = |word: &str| text.contains(word);
    let worth_a_look = match &rubric.reply {
        ReplyForm::Json => json::verdict_keys(rubric).iter().any(|key| has(key)),
        ReplyForm::Claims { .. } => has("claims"),
        ReplyForm::Bracketed => has("[["),
        ReplyForm::Letter | ReplyForm::Pattern { .. } => true,
        ReplyForm::Rating => {
            let lower = text.to_lowercase();
            ["rating", "score", "rate it", "rate the"].iter().any(|cue| lower.contains(cue))
        }
    };
    worth_a_look && matches!(found(rubric, text), Ok(_) | Err(Unread::Several(_)))
}

fn found(rubric: &Rubric, text: &str) -> Result<Finding, Unread> {
    match &rubric.reply {
        ReplyForm::Json => json::read(rubric, text),
        ReplyForm::Claims { verdicts } => claims::read(rubric, verdicts, text),
        ReplyForm::Bracketed => bracketed::read(rubric, text).map(Finding::of),
        ReplyForm::Letter => letter::read(text).map(Finding::of),
        ReplyForm::Rating => rating::read(rubric, text).map(Finding::of),
        ReplyForm::Pattern { pattern, values } => pattern::read(rubric, pattern, values, text).map(Finding::of),
    }
}

/// Why no verdict was read.
#[derive(Debug, Clone, PartialEq)]
enum Unread {
    /// There is none; the judge may have declined to give one.
    Absent(String),
    /// There is something, but it is off the scale or incomplete.
    Unclear(String),
    /// There are several, and they contradict each other.
    Several(String),
}

impl Finding {
    /// A verdict that is a single value.
    fn of(value: f64) -> Self {
        Self { value, criteria: Default::default(), reasoning: None, failure: None }
    }
}

/// An expression that is part of this program.
fn fixed(expression: &str) -> Regex {
    Regex::new(expression).expect("the tests run every fixed expression")
}

/// The one verdict among those found, each with its words; `what` names them in the reason.
fn agreed(what: &str, found: Vec<(String, f64)>) -> Result<Option<f64>, Unread> {
    let Some((words, value)) = found.first() else {
        return Ok(None);
    };
    match found.iter().find(|(_, other)| other != value) {
        Some((others, _)) => Err(Unread::Several(format!("two different {what}: {words} and {others}"))),
        None => Ok(Some(*value)),
    }
}
