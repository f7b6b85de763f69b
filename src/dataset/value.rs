//! One value of a row → the type of its field, or what was expected and what stands there.

use serde_json::Value;

use super::CaseMessage;
use super::columns::{Field, Target};
use super::place::{json_reason, kind_of};
use crate::suite::Role;

/// What is wrong with a value, with no place yet.
#[derive(Debug)]
pub(super) struct Wrong {
    pub message: String,
    pub hint: Option<String>,
}

impl Wrong {
    pub fn new(message: String) -> Self {
        Self { message, hint: None }
    }

    pub fn hint(mut self, hint: &str) -> Self {
        self.hint = Some(hint.to_string());
        self
    }
}

pub(super) fn wrong(what: &str, expected: &str, found: &Value) -> Wrong {
    Wrong::new(format!("{what}: expected {expected}, found {}", kind_of(found)))
}

/// The value that a cell of CSV stands for: text, or the JSON that is written in it where the field is a structure.
pub(super) fn cell(target: &Target, value: &Value) -> Result<Value, Wrong> {
    let text = value.as_str().unwrap_or("");
    let structure = matches!(target.field, Field::Context | Field::Tags | Field::Labels | Field::Messages);
    let whole_tags = target.field != Field::Tags || target.part.is_none();
    if structure && whole_tags && text.trim_start().starts_with(['[', '{']) {
        return serde_json::from_str(text).map_err(|error| {
            let (reason, line, column) = (json_reason(&error), error.line(), error.column());
            let spot = if line > 1 { format!("line {line}, ") } else { String::new() };
            Wrong::new(format!(
                "broken JSON in the cell for `{}`: {reason} at its {spot}character {column}",
                target.name()
            ))
        });
    }
    Ok(match target.field {
        Field::Labels if target.part.is_some() => match text.trim().parse::<f64>() {
            Ok(number) if number.is_finite() => serde_json::from_str(text.trim()).unwrap_or_else(|_| number.into()),
            _ => value.clone(),
        },
        Field::Tags if target.part.is_none() => {
            text.split(',').map(str::trim).filter(|tag| !tag.is_empty()).map(Value::from).collect()
        }
        _ => value.clone(),
    })
}

pub(super) fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(yes) => Some(yes.to_string()),
        _ => None,
    }
}

pub(super) fn id(value: &Value) -> Result<String, Wrong> {
    match value {
        Value::String(text) if !text.trim().is_empty() => Ok(text.clone()),
        Value::Number(number) => Ok(number.to_string()),
        other => Err(wrong("`id`", "a string or a number", other)),
    }
}

pub(super) fn input(value: Value) -> Result<Value, Wrong> {
    match value {
        Value::String(_) | Value::Object(_) => Ok(value),
        Value::Array(_) => Err(wrong("`input`", "a string or an object", &value)
            .hint("a conversation goes into `messages`, documents into `context`")),
        other => Err(wrong("`input`", "a string or an object", &other)),
    }
}

pub(super) fn context(value: Value) -> Result<Vec<Value>, Wrong> {
    let documents = match value {
        Value::String(_) | Value::Object(_) => vec![value],
        Value::Array(list) => list,
        other => return Err(wrong("`context`", "a string, or a list of strings or objects", &other)),
    };
    match documents.iter().position(|d| !d.is_string() && !d.is_object()) {
        None => Ok(documents),
        Some(at) => Err(wrong(&format!("document {} of `context`", at + 1), "a string or an object", &documents[at])),
    }
}

pub(super) fn tags(value: Value) -> Result<Vec<(String, String)>, Wrong> {
    match value {
        Value::Object(entries) => entries
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| tag_value(&name, &value).map(|value| (name, value)))
            .collect(),
        Value::Array(list) => list
            .iter()
            .enumerate()
            .map(|(at, tag)| match scalar(tag).filter(|t| !t.is_empty()) {
                Some(tag) => Ok((tag, "true".to_string())),
                None => Err(wrong(&format!("entry {} of `tags`", at + 1), "a tag's name", tag)),
            })
            .collect(),
        other => Err(wrong("`tags`", "an object tag → value, or a list of tags", &other)),
    }
}

pub(super) fn tag_value(name: &str, value: &Value) -> Result<String, Wrong> {
    scalar(value).ok_or_else(|| wrong(&format!("the tag `{name}`"), "a string, a number or true or false", value))
}

/// A candidate's raters' scores are the deepest that a label goes: candidate → rater → score.
pub(super) fn label_shape(label: &Value, depth: usize) -> Result<(), String> {
    match label {
        Value::Number(_) | Value::Bool(_) => Ok(()),
        Value::String(text) if !text.trim().is_empty() => Ok(()),
        Value::Array(list) if !list.is_empty() => list.iter().try_for_each(|one| match one {
            Value::Array(_) | Value::Object(_) => Err(format!("{} within a list", kind_of(one))),
            _ => label_shape(one, depth + 1),
        }),
        Value::Object(entries) if !entries.is_empty() && depth < 2 => {
            entries.values().try_for_each(|one| label_shape(one, depth + 1))
        }
        other => Err(kind_of(other)),
    }
}

pub(super) fn messages(value: Value) -> Result<Vec<CaseMessage>, Wrong> {
    let Value::Array(list) = value else {
        return Err(wrong("`messages`", "a list of {role, content}", &value));
    };
    list.iter().enumerate().map(|(at, message)| turn(at + 1, message)).collect()
}

fn turn(number: usize, message: &Value) -> Result<CaseMessage, Wrong> {
    let what = format!("message {number} of `messages`");
    let Value::Object(keys) = message else {
        return Err(wrong(&what, "an object {role, content}", message));
    };
    let role = keys.get("role").unwrap_or(&Value::Null);
    let role = match role.as_str() {
        Some("system") => Role::System,
        Some("user") => Role::User,
        Some("assistant") => Role::Assistant,
        _ => return Err(wrong(&format!("the role of {what}"), "`system`, `user` or `assistant`", role)),
    };
    match keys.get("content") {
        Some(Value::String(content)) => Ok(CaseMessage { role, content: content.clone() }),
        other => Err(wrong(&format!("the content of {what}"), "a string", other.unwrap_or(&Value::Null))),
    }
}
