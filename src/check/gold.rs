//! What a check holds an output against where that is more than a text: a list or a map, parts of which may be templates.

use serde_json::{Map, Value};

use super::CheckError;
use super::template::Template;
use crate::dataset::Case;
use crate::diagnostic::Diagnostic;

/// A value of the suite, filled in for each case. A text that is one `{{ … }}` stands for the value itself, a list say.
pub(super) enum Gold {
    Fixed(Value),
    Template(Template),
    List(Vec<Gold>),
    Map(Vec<(String, Gold)>),
}

impl Gold {
    pub fn new(value: &Value) -> Result<Self, Diagnostic> {
        Ok(match value {
            Value::String(text) => {
                let template = Template::new(text)?;
                if template.is_fixed() { Self::Fixed(value.clone()) } else { Self::Template(template) }
            }
            Value::Array(items) => Self::List(items.iter().map(Self::new).collect::<Result<_, _>>()?),
            Value::Object(entries) => {
                let entry = |(key, value): (&String, &Value)| Ok((key.clone(), Self::new(value)?));
                Self::Map(entries.iter().map(entry).collect::<Result<_, Diagnostic>>()?)
            }
            other => Self::Fixed(other.clone()),
        })
    }

    /// The value for a case.
    pub fn of(&self, case: &Case) -> Result<Value, CheckError> {
        Ok(match self {
            Self::Fixed(value) => value.clone(),
            Self::Template(template) => template.value(case)?,
            Self::List(items) => Value::Array(items.iter().map(|item| item.of(case)).collect::<Result<_, _>>()?),
            Self::Map(entries) => {
                let entry = |(key, gold): &(String, Self)| Ok((key.clone(), gold.of(case)?));
                Value::Object(entries.iter().map(entry).collect::<Result<Map<_, _>, CheckError>>()?)
            }
        })
    }

    /// The templates in it.
    pub fn templates(&self) -> Vec<&Template> {
        match self {
            Self::Fixed(_) => Vec::new(),
            Self::Template(template) => vec![template],
            Self::List(items) => items.iter().flat_map(Self::templates).collect(),
            Self::Map(entries) => entries.iter().flat_map(|(_, gold)| gold.templates()).collect(),
        }
    }
}
