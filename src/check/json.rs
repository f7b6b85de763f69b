//! Checks on JSON: the whole output, or a part of it, that meets a schema.

use jsonschema::{PatternOptions, Validator};
use serde_json::{Deserializer, Value};

use super::{cut, shown};
use crate::diagnostic::Diagnostic;

/// A schema, where there is one.
#[derive(Debug)]
pub(super) struct JsonCheck {
    schema: Option<Validator>,
}

impl JsonCheck {
    pub fn new(schema: Option<&Value>) -> Result<Self, Diagnostic> {
        let compile = |schema: &Value| {
            // Patterns in a schema run in linear time too; a reference to another file or address is refused.
            let options = jsonschema::options().with_pattern_options(PatternOptions::regex());
            options.build(schema).map_err(|error| {
                let at = error.instance_path().to_string();
                let message = format!("the JSON Schema is not valid: {}", cut(&error.to_string(), 160));
                let mistake = Diagnostic::new(message);
                if at.is_empty() { mistake } else { mistake.hint(format!("it is about `{at}` in the schema")) }
            })
        };
        Ok(Self { schema: schema.map(compile).transpose()? })
    }

    /// Whether the whole output is JSON that meets the schema.
    pub fn whole(&self, output: &str) -> (bool, String) {
        match serde_json::from_str::<Value>(output.trim()) {
            Ok(value) => self.meets(&value).map_or_else(|why| (false, why), |()| (true, kind(&value))),
            Err(_) if output.trim().is_empty() => (false, "the output is empty".to_string()),
            Err(error) => (false, format!("not JSON: {error}")),
        }
    }

    /// Whether a part of the output is a JSON object or array that meets the schema.
    pub fn part(&self, output: &str) -> (bool, String) {
        let mut why = "no JSON object or array".to_string();
        let mut at = 0;
        while let Some(open) = output[at..].find(['{', '[']) {
            at += open;
            let mut parts = Deserializer::from_str(&output[at..]).into_iter::<Value>();
            match parts.next() {
                Some(Ok(value)) => match self.meets(&value) {
                    Ok(()) => return (true, format!("found {}", shown(&value.to_string()))),
                    Err(unmet) => {
                        why = unmet;
                        at += parts.byte_offset();
                    }
                },
                _ => at += 1,
            }
        }
        (false, why)
    }

    fn meets(&self, value: &Value) -> Result<(), String> {
        let Some(schema) = &self.schema else { return Ok(()) };
        schema.validate(value).map_err(|error| {
            let at = error.instance_path().to_string();
            let at = if at.is_empty() { "the value".to_string() } else { at };
            format!("does not meet the schema at {at}: {}", error.masked())
        })
    }
}

fn kind(value: &Value) -> String {
    match value {
        Value::Object(_) => "a JSON object".to_string(),
        Value::Array(_) => "a JSON array".to_string(),
        other => format!("the JSON value {}", shown(&other.to_string())),
    }
}
