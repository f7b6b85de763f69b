//! A question → what a command or an endpoint of the user's own is sent. It sees the input and the context, never the gold.

use std::borrow::Cow;

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::dataset::{CaseMessage, Question};
use crate::diagnostic::Diagnostic;
use crate::model::Ask;
use crate::suite::{Service, template};

/// What a service is sent, as JSON.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Payload<'a> {
    /// A command: all that it may see of the case.
    Line {
        id: Cow<'a, str>,
        input: &'a Value,
        context: &'a [Value],
        messages: &'a [CaseMessage],
        sample: u32,
        #[serde(skip_serializing_if = "Option::is_none")]
        steps: Option<&'a Value>,
    },
    /// What its templates make of the case.
    Filled(Value),
}

/// What a service is sent about a case. `variables` are what templates see; those that a question does not have (`steps`,
/// `round`) go to a command too.
///
/// # Errors
/// A template that cannot be filled in.
pub fn payload<'a>(
    service: &Service,
    question: Question<'a>,
    ask: &'a Ask,
    variables: &'a Map<String, Value>,
) -> Result<Payload<'a>, Diagnostic> {
    match service {
        Service::Command(_) => {
            let Question { input, context, messages } = question;
            let (id, sample, steps) = (ask.line_id(), ask.sample(), variables.get("steps"));
            Ok(Payload::Line { id, input, context, messages, sample, steps })
        }
        Service::Retrieve(spec) => {
            let query = template::render_text(&spec.query, variables)?;
            Ok(Payload::Filled(json!({"query": query, "k": spec.k})))
        }
        Service::Http(spec) => {
            let mut payload = Map::new();
            let query = spec
                .query
                .iter()
                .map(|(key, text)| Ok((key.clone(), Value::String(template::render_text(text, variables)?))));
            let query = query.collect::<Result<Map<_, _>, Diagnostic>>()?;
            if !query.is_empty() {
                payload.insert("query".to_string(), Value::Object(query));
            }
            // Behind the query: where there is none, the body can be sent as it stands here.
            if let Some(body) = &spec.body {
                payload.insert("body".to_string(), template::fill(body, variables)?);
            }
            Ok(Payload::Filled(Value::Object(payload)))
        }
    }
}
