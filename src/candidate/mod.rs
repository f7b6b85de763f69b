//! Input → output: what a candidate is sent. A candidate sees a case's input and context, never its gold.

use serde_json::{Map, Value};

use crate::dataset::Question;
use crate::diagnostic::Diagnostic;
use crate::model::Message;
use crate::suite::{Prompt, template};

/// A prompt filled in for one question.
///
/// # Errors
/// A variable that the question does not have, or another fault of the template, with its place.
pub fn messages(prompt: &Prompt, question: Question<'_>) -> Result<Vec<Message>, Diagnostic> {
    let filled = template::render(&prompt.messages, &variables(question))?;
    Ok(filled.into_iter().map(|(role, content)| Message { role, content }).collect())
}

/// What a prompt may use: `input`, `context`, `messages`, and the fields of an input that is an object.
fn variables(question: Question<'_>) -> Map<String, Value> {
    let mut variables = Map::new();
    if let Value::Object(fields) = question.input {
        variables.extend(fields.clone());
    }
    variables.insert("input".to_string(), question.input.clone());
    variables.insert("context".to_string(), Value::Array(question.context.to_vec()));
    let messages = serde_json::to_value(question.messages).unwrap_or_default();
    variables.insert("messages".to_string(), messages);
    variables
}
