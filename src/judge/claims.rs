//! A verdict by claims: what the judge is asked to write, and the JSON Schema of it.

use indexmap::IndexMap;
use serde_json::{Value, json};

use crate::model::NamedSchema;
use crate::suite::Rubric;

/// What the judge is asked to write, in full.
pub fn form(rubric: &Rubric, verdicts: &IndexMap<String, f64>) -> String {
    let words: Vec<String> = verdicts.keys().map(|word| format!("\"{word}\"")).collect();
    let failure = if rubric.failure_categories.is_empty() {
        String::new()
    } else {
        let named: Vec<String> = rubric.failure_categories.iter().map(|name| format!("\"{name}\"")).collect();
        format!(",\n  \"failure\": {} | null", named.join(" | "))
    };
    format!(
        "Write one JSON object of this form and nothing else, with as many claims as there are:\n{{\n  \"claims\": [\n    \
         {{\"claim\": \"<the claim in its own words>\", \"reasoning\": \"<why>\", \"verdict\": {}}}\n  ]{failure}\n}}",
        words.join(" | ")
    )
}

/// The JSON Schema of such a reply; all keys are required and none besides, as every strict mode wants it.
pub fn schema(rubric: &Rubric, verdicts: &IndexMap<String, f64>) -> NamedSchema {
    let words: Vec<&String> = verdicts.keys().collect();
    let claim = json!({
        "type": "object",
        "required": ["claim", "reasoning", "verdict"],
        "properties": {
            "claim": {"type": "string"},
            "reasoning": {"type": "string"},
            "verdict": {"type": "string", "enum": words},
        },
        "additionalProperties": false,
    });
    let mut schema = json!({
        "type": "object",
        "required": ["claims"],
        "properties": {"claims": {"type": "array", "items": claim}},
        "additionalProperties": false,
    });
    if !rubric.failure_categories.is_empty() {
        let categories: Vec<Value> =
            rubric.failure_categories.iter().map(|name| json!(name)).chain([Value::Null]).collect();
        schema["properties"]["failure"] = json!({"type": ["string", "null"], "enum": categories});
        schema["required"] = json!(["claims", "failure"]);
    }
    NamedSchema::new("verdict", schema)
}
