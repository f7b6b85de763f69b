//! Input → output: what a candidate is sent. A candidate sees a case's input and context, never its gold.

use crate::dataset::Question;
use crate::diagnostic::Diagnostic;
use crate::model::Message;
use crate::suite::{Prompt, template};

/// A prompt filled in for one question.
///
/// # Errors
/// A variable that the question does not have, or another fault of the template, with its place.
pub fn messages(prompt: &Prompt, question: Question<'_>) -> Result<Vec<Message>, Diagnostic> {
    let variables = template::prompt_variables(question.input, question.context, &question.messages);
    let filled = template::render(&prompt.messages, &variables)?;
    Ok(filled.into_iter().map(|(role, content)| Message { role, content }).collect())
}
