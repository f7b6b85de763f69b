//! Input → output: what a candidate is sent. A candidate sees a case's input and context, never its gold.

mod conversation;
mod service;
mod spent;
mod walk;
mod way;

pub use conversation::tells_itself;
pub use walk::{Aim, Next};
pub use way::Way;

use indexmap::IndexMap;
use serde_json::Map;
use service::Payload;

use crate::dataset::Question;
use crate::diagnostic::Diagnostic;
use crate::model::{Ask, Message, Request};
use crate::suite::{CandidateSource, CandidateSpec, MessageTemplate, ModelName, ModelSpec, Prompt, Service, template};

/// A prompt filled in for one question.
fn messages(prompt: &Prompt, question: Question<'_>) -> Result<Vec<Message>, Diagnostic> {
    filled(&prompt.messages, question)
}

/// Templates of messages, filled in for one question.
///
/// # Errors
/// A variable that the question does not have, or another fault of the template, with its place.
pub fn filled(templates: &[MessageTemplate], question: Question<'_>) -> Result<Vec<Message>, Diagnostic> {
    let variables = template::prompt_variables(question.input, question.context, &question.messages);
    let filled = template::render(templates, &variables)?;
    Ok(filled.into_iter().map(|(role, content)| Message { role, content }).collect())
}

/// Whether the condition of a step is known not to hold before any step was taken: one that looks at the case alone.
pub fn is_left_out(when: &str, question: Question<'_>) -> bool {
    let mut variables = template::prompt_variables(question.input, question.context, &question.messages);
    // What steps will have to say is not there, and is not taken for something that the case has by that name.
    ["steps", "round"].iter().for_each(|name| drop(variables.remove(*name)));
    matches!(template::holds(when, &variables), Ok(false))
}

/// The request for a whole output; `None` where a candidate is asked step by step, or its outputs exist already.
///
/// # Errors
/// A prompt or a template that cannot be filled in.
pub fn request(
    spec: &CandidateSpec,
    models: &IndexMap<ModelName, ModelSpec>,
    question: Question<'_>,
    ask: &Ask,
) -> Result<Option<Request>, Diagnostic> {
    match &spec.source {
        CandidateSource::Prompt(prompt) => Ok(Some(Request::new(ask.clone(), messages(prompt, question)?, None))),
        CandidateSource::Service(model) => {
            let sent = |payload: Payload<'_>| Request::of_payload(ask.clone(), &payload);
            with_payload(model, models, question, ask, sent)
        }
        CandidateSource::Steps(_) | CandidateSource::Talk(_) | CandidateSource::Outputs(_) => Ok(None),
    }
}

/// Whether [`request`] can make one.
///
/// # Errors
/// As there.
pub fn check(
    spec: &CandidateSpec,
    models: &IndexMap<ModelName, ModelSpec>,
    question: Question<'_>,
    ask: &Ask,
) -> Result<(), Diagnostic> {
    match &spec.source {
        CandidateSource::Prompt(prompt) => messages(prompt, question).map(drop),
        CandidateSource::Service(model) => with_payload(model, models, question, ask, |_: Payload<'_>| ()).map(drop),
        CandidateSource::Steps(_) | CandidateSource::Talk(_) | CandidateSource::Outputs(_) => Ok(()),
    }
}

/// What is made of that which a system of the user's own is sent.
fn with_payload<T>(
    model: &ModelName,
    models: &IndexMap<ModelName, ModelSpec>,
    question: Question<'_>,
    ask: &Ask,
    make: impl FnOnce(Payload<'_>) -> T,
) -> Result<Option<T>, Diagnostic> {
    let Some(service) = models.get(model).and_then(|spec| spec.service.as_deref()) else { return Ok(None) };
    let variables = match service {
        // It is sent the case itself.
        Service::Command(_) => Map::new(),
        _ => template::prompt_variables(question.input, question.context, &question.messages),
    };
    Ok(Some(make(service::payload(service, question, ask, &variables)?)))
}
