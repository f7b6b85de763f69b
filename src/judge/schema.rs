//! A rubric → the JSON Schema of the reply it asks for.

use serde_json::{Map, Value, json};

use super::claims;
use super::instructions::preferences;
use super::parse::verdict_keys;
use crate::model::NamedSchema;
use crate::suite::{Mode, ReplyForm, Rubric, Scale};

/// The schema of a verdict in the `json` form, or of one by claims; the other forms have none.
///
/// It keeps to what every strict mode takes: all keys required, none besides, no `minimum` or `maximum` (the parser
/// holds a number to its scale).
pub fn schema(rubric: &Rubric) -> Option<NamedSchema> {
    match &rubric.reply {
        ReplyForm::Json => {}
        ReplyForm::Claims { verdicts } => return Some(claims::schema(rubric, verdicts)),
        _ => return None,
    }
    let key = verdict_key(rubric);
    let verdict = if rubric.criteria.len() < 2 {
        verdict(rubric)
    } else {
        let parts = rubric.criteria.iter().map(|criterion| {
            let part = object([("reasoning".to_string(), words()), (key.to_string(), verdict(rubric))]);
            (criterion.name.clone(), part)
        });
        object(parts)
    };
    let mut entries = vec![("reasoning".to_string(), words()), (key.to_string(), verdict)];
    if !rubric.failure_categories.is_empty() {
        let categories = rubric.failure_categories.iter().map(|name| json!(name)).chain([Value::Null]);
        entries
            .push(("failure".to_string(), json!({"type": ["string", "null"], "enum": categories.collect::<Vec<_>>()})));
    }
    Some(NamedSchema::new("verdict", object(entries)))
}

/// The key that the judge is asked to write its verdict under: the first that the parser takes.
pub fn verdict_key(rubric: &Rubric) -> &'static str {
    verdict_keys(rubric)[0]
}

fn verdict(rubric: &Rubric) -> Value {
    match (&rubric.mode, &rubric.scale) {
        (Mode::Pairwise, _) => json!({"type": "string", "enum": preferences(rubric).collect::<Vec<_>>()}),
        (_, Some(Scale::Labels { labels, .. })) => json!({"type": "string", "enum": labels}),
        (_, Some(Scale::YesNo)) => json!({"type": "string", "enum": ["yes", "no"]}),
        _ => json!({"type": "number"}),
    }
}

fn words() -> Value {
    json!({"type": "string"})
}

fn object(entries: impl IntoIterator<Item = (String, Value)>) -> Value {
    let properties: Map<String, Value> = entries.into_iter().collect();
    let required: Vec<&String> = properties.keys().collect();
    json!({"type": "object", "required": required, "properties": properties, "additionalProperties": false})
}
