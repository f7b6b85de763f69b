//! A rubric and an exhibit → the messages that ask a judge for its verdict.
//!
//! The system message is the suite's own text only. Everything that comes from a dataset or a candidate stands in the
//! user message, fenced.

use std::borrow::Cow;
use std::sync::Arc;

use serde_json::Value;

use super::Exhibit;
use super::fence::{fence, visible};
use super::instructions::{form, instructions};
use super::schema::schema;
use super::way;
use crate::model::{Message, NamedSchema, Opening};
use crate::suite::{Criterion, Mode, ReplyForm, Role, Rubric};

/// Changes whenever the same rubric and exhibit would be asked in other words: runs are compared under one version only.
pub const TEMPLATE_VERSION: u32 = 2;

/// What is sent to a judge.
#[derive(Debug, Clone, PartialEq)]
pub struct Brief {
    /// The system message and the user message.
    pub messages: Vec<Message>,
    /// What was made of the system message once.
    pub opening: Opening,
    /// The schema of the reply, in the `json` form.
    pub schema: Option<Arc<NamedSchema>>,
    /// How many hidden characters (zero-width, bidirectional, control) of the untrusted text were written out.
    pub neutralised: usize,
}

/// What every brief by one rubric has in common, made once for all of them.
#[derive(Debug, Clone, PartialEq)]
pub struct Briefing {
    /// The rubric; where each criterion is judged on its own, with that criterion alone.
    pub rubric: Rubric,
    /// The criterion, where each is judged on its own.
    pub criterion: Option<String>,
    instructions: Message,
    opening: Opening,
    schema: Option<Arc<NamedSchema>>,
}

impl Briefing {
    /// What a rubric says whatever it is about, with all its criteria.
    pub fn new(rubric: Rubric) -> Self {
        let (instructions, schema) = (message(Role::System, instructions(&rubric)), schema(&rubric).map(Arc::new));
        Self { opening: Opening::of(&instructions), instructions, schema, criterion: None, rubric }
    }

    /// One for each call that makes a verdict by a rubric.
    pub fn of(rubric: &Rubric) -> Vec<Self> {
        if !rubric.is_judged_apart() {
            return vec![Self::new(rubric.clone())];
        }
        let about = |criterion: &Criterion| Self {
            criterion: Some(criterion.name.clone()),
            ..Self::new(rubric.of_criterion(criterion))
        };
        rubric.criteria.iter().map(about).collect()
    }
}

/// Asks for the verdict on an exhibit: one output for a pointwise rubric, two in the order shown for a pairwise one.
///
/// Of the gold, only what the rubric shows is shown. `key` marks the fences (see [`fence`]); the same key, rubric and
/// exhibit give the same bytes.
pub fn brief(briefing: &Briefing, exhibit: &Exhibit<'_>, key: &[u8; 32]) -> Brief {
    let rubric = &briefing.rubric;
    let fenced: Vec<_> = pieces(rubric, exhibit).iter().map(|(name, text)| fence(key, name, text)).collect();
    let user: Vec<&str> = fenced.iter().map(|piece| piece.text.as_str()).collect();
    Brief {
        messages: vec![briefing.instructions.clone(), message(Role::User, user.join("\n\n"))],
        opening: briefing.opening.clone(),
        schema: briefing.schema.clone(),
        neutralised: fenced.iter().map(|piece| piece.neutralised).sum(),
    }
}

/// A title, and the text under it.
pub(super) type Piece<'a> = (Cow<'a, str>, Cow<'a, str>);

/// Everything that a judge is shown by a rubric, each with its title. What the rubric shows and the case has not is said
/// to be none: a judge that is told to compare with something must not look for it in vain.
pub(super) fn pieces<'a>(rubric: &Rubric, exhibit: &Exhibit<'a>) -> Vec<Piece<'a>> {
    let none = "(none)";
    let mut pieces = Vec::with_capacity(2 + exhibit.context.len() + exhibit.outputs.len());
    pieces.push(("Input".into(), text(exhibit.input)));
    if rubric.shows.reference {
        pieces.push(("Reference answer".into(), exhibit.reference.map_or(none.into(), text)));
    }
    if rubric.shows.context {
        let documents = exhibit.context.iter().enumerate();
        pieces.extend(documents.map(|(at, document)| (format!("Context {}", at + 1).into(), text(document))));
        if exhibit.context.is_empty() {
            pieces.push(("Context".into(), none.into()));
        }
    }
    for (name, output) in output_names(rubric).iter().zip(exhibit.outputs) {
        pieces.push(((*name).into(), output.text.into()));
        let way = way::pieces(name, output.trace, rubric.shows);
        pieces.extend(way.into_iter().map(|(title, text)| (title.into(), text.into())));
    }
    pieces
}

/// Asks once more for a verdict that could not be read: the earlier messages, the reply, and a request for the form
/// alone. `reason` is that of the [`Reading::Unparsed`](super::Reading::Unparsed).
pub fn repair(rubric: &Rubric, earlier: &[Message], reply: &str, reason: &str) -> Vec<Message> {
    let mut messages = earlier.to_vec();
    // Some providers refuse a message without text.
    let said = if reply.trim().is_empty() { "(no text)".to_string() } else { visible(reply).0.into_owned() };
    messages.push(message(Role::Assistant, said));
    let request = format!(
        "Your verdict could not be read: {reason}.\nKeep to the verdict that you reached and write it again, \
         with nothing else around it.\n\n{}",
        form(rubric)
    );
    messages.push(message(Role::User, request));
    messages
}

/// What the outputs are called in the messages, in the order shown.
pub fn output_names(rubric: &Rubric) -> &'static [&'static str] {
    match (&rubric.mode, &rubric.reply) {
        (Mode::Pointwise, _) => &["Answer"],
        (Mode::Pairwise, ReplyForm::Letter) => &["Output (a)", "Output (b)"],
        (Mode::Pairwise, _) => &["Answer A", "Answer B"],
    }
}

/// A piece of a case as it is shown: a string as it is, anything else as JSON with one field a line.
fn text(value: &Value) -> Cow<'_, str> {
    value.as_str().map_or_else(|| format!("{value:#}").into(), Cow::from)
}

fn message(role: Role, content: String) -> Message {
    Message { role, content }
}

#[cfg(test)]
mod tests;
