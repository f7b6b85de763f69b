//! The JSON Schema that a check names or holds → its text, checked.

use serde_json::Value as Json;

use crate::diagnostic::Diagnostic;
use crate::suite::fields::Fields;
use crate::suite::node::{At, Node, Value};

/// The JSON Schema that `schema` holds, or that is in the file that it names. The outer `None` is a mistake, the inner one no schema.
pub fn schema(fields: &Fields<'_>) -> Option<Option<Json>> {
    schema_at(fields, "schema")
}

/// The JSON Schema of another key, likewise.
pub fn schema_at(fields: &Fields<'_>, key: &str) -> Option<Option<Json>> {
    let Some(node) = fields.get(key) else {
        return Some(None);
    };
    let (schema, called) = if matches!(node.value, Value::Map(_)) {
        let schema = node.to_json().or_else(|| fields.reader.wrong(node, key, "a JSON Schema"))?;
        (schema, format!("`{key}`"))
    } else {
        let path = fields.reader.text(node, key)?;
        (in_file(fields, node, &path)?, format!("`{path}`"))
    };
    match jsonschema::validator_for(&schema) {
        Ok(_) => Some(Some(schema)),
        Err(error) => {
            fields.say(key, Diagnostic::new(format!("{called} is not a JSON Schema: {error}")));
            None
        }
    }
}

fn in_file(fields: &Fields<'_>, node: &Node, path: &str) -> Option<Json> {
    let source = fields.reader.file(node, path)?;
    serde_json::from_str(&source.text)
        .map_err(|error| {
            let at = At { line: error.line().max(1), column: error.column().max(1), width: 1 };
            let said = error.to_string();
            let said = said.split(" at line ").next().unwrap_or(&said).to_string();
            fields.reader.folder.say(Diagnostic::new(format!("not valid JSON: {said}")).at(source.place(at)));
        })
        .ok()
}
