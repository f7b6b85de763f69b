//! Checks on JSON: the whole output, or a part of it, that meets a schema.

use jsonschema::{PatternOptions, Validator};
use serde_json::{Deserializer, Value};

use super::score::{Score, Scored, Subject, yes_no};
use super::{cut, shown};
use crate::diagnostic::Diagnostic;

/// JSON in an output.
pub(super) struct JsonCheck {
    part: bool,
    schema: Option<Schema>,
}

/// A JSON Schema, compiled.
pub(super) struct Schema(Validator);

impl Schema {
    pub fn new(schema: &Value) -> Result<Self, Diagnostic> {
        // Patterns in a schema run in linear time too; a reference to another file or address is refused.
        let options = jsonschema::options().with_pattern_options(PatternOptions::regex());
        let validator = options.build(schema).map_err(|error| {
            let at = error.instance_path().to_string();
            let message = format!("the JSON Schema is not valid: {}", cut(&error.to_string(), 160));
            let mistake = Diagnostic::new(message);
            if at.is_empty() { mistake } else { mistake.hint(format!("it is about `{at}` in the schema")) }
        });
        Ok(Self(validator?))
    }

    /// Why a value does not meet it.
    pub fn meets(&self, value: &Value) -> Result<(), String> {
        self.0.validate(value).map_err(|error| {
            let at = error.instance_path().to_string();
            let at = if at.is_empty() { "the value".to_string() } else { at };
            format!("does not meet the schema at {at}: {}", error.masked())
        })
    }
}

impl Score for JsonCheck {
    fn score(&self, subject: &Subject<'_>) -> Scored {
        Ok(yes_no(if self.part { self.find(subject.output()) } else { self.read(subject.output()) }))
    }
}

impl JsonCheck {
    /// The whole output has to be JSON.
    pub fn whole(schema: Option<&Value>) -> Result<Self, Diagnostic> {
        Ok(Self { part: false, schema: schema.map(Schema::new).transpose()? })
    }

    /// A part of the output has to be a JSON object or array.
    pub fn part(schema: Option<&Value>) -> Result<Self, Diagnostic> {
        Ok(Self { part: true, ..Self::whole(schema)? })
    }

    /// Whether the whole output is JSON that meets the schema.
    fn read(&self, output: &str) -> (bool, String) {
        match serde_json::from_str::<Value>(output.trim()) {
            Ok(value) => self.meets(&value).map_or_else(|why| (false, why), |()| (true, kind(&value))),
            Err(_) if output.trim().is_empty() => (false, "the output is empty".to_string()),
            Err(error) => (false, format!("not JSON: {error}")),
        }
    }

    /// Whether a part of the output is a JSON object or array that meets the schema.
    fn find(&self, output: &str) -> (bool, String) {
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
        self.schema.as_ref().map_or(Ok(()), |schema| schema.meets(value))
    }
}

fn kind(value: &Value) -> String {
    match value {
        Value::Object(_) => "a JSON object".to_string(),
        Value::Array(_) => "a JSON array".to_string(),
        other => format!("the JSON value {}", shown(&other.to_string())),
    }
}
