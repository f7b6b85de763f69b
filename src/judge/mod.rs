//! Output(s) and gold → verdict.
//!
//! The judge is shown outputs, never the names of the candidates that wrote them: these types carry no names.

mod card;
pub mod cascade;
mod claims;
mod fence;
mod grades;
mod instructions;
mod logprobs;
mod messages;
mod parse;
mod quotation;
mod schema;
pub mod tournament;
mod verdict;
mod way;

pub use card::card;
pub use fence::{Fenced, fence, visible};
pub use messages::{Brief, Briefing, TEMPLATE_VERSION, brief, output_names, repair};
pub use parse::{PARSER_VERSION, read};
pub use quotation::{HOLDS_VERDICT, ONLY_QUOTED};
pub use verdict::{Method, Verdict, together, verdict};

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::model::Reply;
use crate::trace::Trace;

/// What a judge is shown of one case.
#[derive(Debug, Clone, Copy)]
pub struct Exhibit<'a> {
    /// The input, as the candidates got it.
    pub input: &'a Value,
    /// The gold answer, where the rubric shows it.
    pub reference: Option<&'a Value>,
    /// The documents, where the rubric shows them.
    pub context: &'a [Value],
    /// One output, or two in the order they are shown.
    pub outputs: &'a [Shown<'a>],
}

/// An output as a judge is shown it.
#[derive(Debug, Clone, Copy)]
pub struct Shown<'a> {
    /// Its text.
    pub text: &'a str,
    /// The way to it, of which the rubric says what is shown.
    pub trace: Option<&'a Trace>,
}

impl<'a> From<&'a Reply> for Shown<'a> {
    fn from(reply: &'a Reply) -> Self {
        Self { text: &reply.text, trace: reply.trace.as_deref() }
    }
}

impl<'a> From<&'a str> for Shown<'a> {
    fn from(text: &'a str) -> Self {
        Self { text, trace: None }
    }
}

/// What was read from one judge reply.
#[derive(Debug, Clone, PartialEq)]
pub enum Reading {
    /// A score or a preference.
    Read(Finding),
    /// Nothing that the agreed form allows; why, in words: `no [[…]] in the reply`.
    Unparsed(String),
    /// The judge declined to judge.
    Refused,
}

/// A judge's decision, as it was read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    /// Pointwise: the score on the rubric's scale (criteria weighted).
    /// Pairwise: how far the output shown first is preferred, 1, ½ (tie) or 0, or between.
    pub value: f64,
    /// The value of each criterion, where there are several.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub criteria: IndexMap<String, f64>,
    /// The judge's own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reasoning: Option<String>,
    /// The failure category that the judge named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<String>,
}
