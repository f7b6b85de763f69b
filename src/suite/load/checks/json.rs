//! The JSON Schema that a check names → its text, checked.

use crate::diagnostic::Diagnostic;
use crate::suite::fields::Fields;
use crate::suite::node::At;

/// The JSON Schema in the file that `schema` names. The outer `None` is a mistake, the inner one no schema.
pub fn schema(fields: &Fields<'_>) -> Option<Option<serde_json::Value>> {
    schema_at(fields, "schema")
}

/// The JSON Schema in the file that a key names, likewise.
pub fn schema_at(fields: &Fields<'_>, key: &str) -> Option<Option<serde_json::Value>> {
    let Some(node) = fields.get(key) else {
        return Some(None);
    };
    let path = fields.reader.text(node, key)?;
    let source = fields.reader.file(node, &path)?;
    let schema: serde_json::Value = match serde_json::from_str(&source.text) {
        Ok(schema) => schema,
        Err(error) => {
            let at = At { line: error.line().max(1), column: error.column().max(1), width: 1 };
            let said = error.to_string();
            let said = said.split(" at line ").next().unwrap_or(&said).to_string();
            fields.reader.folder.say(Diagnostic::new(format!("not valid JSON: {said}")).at(source.place(at)));
            return None;
        }
    };
    match jsonschema::validator_for(&schema) {
        Ok(_) => Some(Some(schema)),
        Err(error) => {
            fields.say(key, Diagnostic::new(format!("`{path}` is not a JSON Schema: {error}")));
            None
        }
    }
}
