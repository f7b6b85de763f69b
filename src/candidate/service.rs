//! A question → what a command or an endpoint of the user's own is sent. It sees the input and the context, never the gold.

use serde_json::{Map, Value, json};

use crate::dataset::Question;
use crate::diagnostic::Diagnostic;
use crate::suite::{CaseId, Service, template};

/// What a service is sent about a case. `variables` are what templates see; those that a question does not have (`steps`,
/// `round`) go to a command too.
///
/// # Errors
/// A template that cannot be filled in.
pub fn payload(
    service: &Service,
    question: Question<'_>,
    (case, sample): (&CaseId, u32),
    variables: &Map<String, Value>,
) -> Result<Value, Diagnostic> {
    match service {
        Service::Command(_) => {
            let mut line = json!({
                "id": case,
                "input": question.input,
                "context": question.context,
                "messages": question.messages,
                "sample": sample,
            });
            if let (Some(line), Some(steps)) = (line.as_object_mut(), variables.get("steps")) {
                line.insert("steps".to_string(), steps.clone());
            }
            Ok(line)
        }
        Service::Retrieve(spec) => Ok(json!({"query": template::render_text(&spec.query, variables)?, "k": spec.k})),
        Service::Http(spec) => {
            let mut payload = Map::new();
            if let Some(body) = &spec.body {
                payload.insert("body".to_string(), template::fill(body, variables)?);
            }
            let query = spec
                .query
                .iter()
                .map(|(key, text)| Ok((key.clone(), Value::String(template::render_text(text, variables)?))));
            let query = query.collect::<Result<Map<_, _>, Diagnostic>>()?;
            if !query.is_empty() {
                payload.insert("query".to_string(), Value::Object(query));
            }
            Ok(Value::Object(payload))
        }
    }
}
