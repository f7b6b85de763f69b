//! The table of checks → their part of the JSON Schema.

use serde_json::{Map, Value, json};

use crate::suite::load::checks::form::Form;
use crate::suite::load::checks::table::FORMS;

/// Puts each check among the definitions of the suite's schema, and among what a metric may be.
pub(super) fn add(schema: &mut Value) {
    for form in FORMS {
        let name = definition(form);
        if let Some(definitions) = schema["$defs"].as_object_mut() {
            definitions.insert(name.clone(), described(form));
        }
        if let Some(metrics) = schema["$defs"]["metric"]["anyOf"].as_array_mut() {
            metrics.push(json!({"$ref": format!("#/$defs/{name}")}));
        }
    }
}

/// The name of a check's definition.
pub(super) fn definition(form: &Form) -> String {
    format!("check_{}", form.name.replace(['-', ':'], "_"))
}

fn described(form: &Form) -> Value {
    let mut properties = Map::new();
    let names = [form.name.to_string(), format!("not-{}", form.name)];
    properties.insert("check".to_string(), json!({"description": "The name of the check.", "enum": names}));
    for key in form.keys {
        let mut schema = json!({"description": key.about});
        if let (Some(schema), Value::Object(takes)) = (schema.as_object_mut(), key.takes.schema()) {
            schema.extend(takes);
        }
        properties.insert(key.name.to_string(), schema);
    }
    let shared = [
        ("goal", json!({"description": "Which way is better.", "enum": ["up", "down"]})),
        (
            "weight",
            json!({"description": "Its weight among checks.", "type": "number", "exclusiveMinimum": 0, "default": 1}),
        ),
        ("not", json!({"description": "Turn a yes into a no.", "type": "boolean", "default": false})),
    ];
    properties.extend(shared.map(|(name, schema)| (name.to_string(), schema)));
    let required = ["check"].into_iter().chain(form.keys.iter().filter(|key| key.required).map(|key| key.name));
    let required: Vec<&str> = required.collect();
    let mut schema = json!({
        "description": form.about,
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    });
    if !form.one_of.is_empty() {
        let any: Vec<Value> = form.one_of.iter().map(|key| json!({"required": [key]})).collect();
        schema["anyOf"] = any.into();
    }
    schema
}
