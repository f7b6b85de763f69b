//! One row → one case: each column's value as the type of its field.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::columns::{Columns, Field, Target};
use super::place::kind_of;
use super::rows::{Format, Row};
use super::{Case, CaseMessage, Label};
use crate::diagnostic::Diagnostic;
use crate::suite::{CaseId, MetricName, Role};

/// A row read as far as it alone can tell: whether it must have an id is known to the file.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub id: Option<String>,
    pub input: Option<Value>,
    /// The fields that the row gives, rightly or not.
    gives: BTreeSet<Field>,
    reference: Option<Value>,
    context: Vec<Value>,
    tags: BTreeMap<String, String>,
    cluster: Option<String>,
    labels: BTreeMap<MetricName, Label>,
    messages: Vec<CaseMessage>,
}

impl Draft {
    /// The row's columns, each in its field. What is null, and an empty cell of CSV, is not there.
    pub fn read(row: &Row, columns: &mut Columns, mistakes: &mut Vec<Diagnostic>) -> Self {
        let mut draft = Self::default();
        let cells = matches!(row.origin.format, Format::Csv | Format::Tsv);
        for (column, value) in &row.fields {
            let targets = columns.note(column).to_vec();
            if value.is_null() || (cells && value.as_str() == Some("")) {
                continue;
            }
            for target in targets {
                match columns.take(&target, column, row) {
                    Ok(true) => {}
                    Ok(false) => continue,
                    Err(mistake) => {
                        mistakes.push(mistake);
                        continue;
                    }
                }
                draft.gives.insert(target.field);
                let read = if cells { cell(&target, value) } else { Ok(value.clone()) };
                if let Err(Wrong { message, hint }) = read.and_then(|value| draft.set(&target, value)) {
                    let mistake = row.mistake(Some(column), message);
                    mistakes.push(match hint {
                        Some(hint) => mistake.hint(hint),
                        None => mistake,
                    });
                }
            }
        }
        draft
    }

    /// Whether the row gives a field, rightly or not.
    pub fn gives(&self, field: Field) -> bool {
        self.gives.contains(&field)
    }

    /// The case, once it has its id and input.
    pub fn into_case(self, id: String, input: Value) -> Case {
        let Self { id: _, input: _, gives: _, reference, context, tags, cluster, labels, messages } = self;
        Case { id: CaseId(id), input, reference, context, tags, cluster, labels, messages }
    }

    fn set(&mut self, target: &Target, value: Value) -> Result<(), Wrong> {
        match (target.field, &target.part) {
            (Field::Id, _) => self.id = Some(id(&value)?),
            (Field::Input, None) => self.input = Some(input(value)?),
            (Field::Input, Some(part)) => {
                let input = self.input.get_or_insert_with(|| Value::Object(Map::new()));
                if let Value::Object(entries) = input {
                    entries.insert(part.clone(), value);
                }
            }
            (Field::Reference, _) => self.reference = Some(value),
            (Field::Context, _) => self.context = context(value)?,
            (Field::Tags, None) => {
                for (name, value) in tags(value)? {
                    self.tag(name, value)?;
                }
            }
            (Field::Tags, Some(part)) => self.tag(part.clone(), tag_value(part, &value)?)?,
            (Field::Cluster, _) => {
                self.cluster = Some(scalar(&value).ok_or_else(|| wrong("`cluster`", "a string", &value))?)
            }
            (Field::Labels, None) => match value {
                Value::Object(labels) => {
                    for (metric, label) in labels {
                        self.label(metric, label)?;
                    }
                }
                other => {
                    return Err(wrong("`labels`", "an object metric → label", &other)
                        .hint("`{\"quality\": 4}`, or a column `labels.quality`"));
                }
            },
            (Field::Labels, Some(part)) => self.label(part.clone(), value)?,
            (Field::Messages, _) => self.messages = messages(value)?,
        }
        Ok(())
    }

    fn tag(&mut self, name: String, value: String) -> Result<(), Wrong> {
        match self.tags.insert(name.clone(), value) {
            None => Ok(()),
            Some(_) => Err(Wrong::new(format!("the tag `{name}` is given twice"))),
        }
    }

    fn label(&mut self, metric: String, label: Value) -> Result<(), Wrong> {
        if let Err(found) = label_shape(&label, 0) {
            let expected = "a score, a name, a list of these, or an object rater or candidate → these";
            return Err(Wrong::new(format!("the label for `{metric}`: expected {expected}, found {found}"))
                .hint("where nobody labelled the case, leave the label out"));
        }
        match self.labels.insert(MetricName(metric.clone()), Label(label)) {
            None => Ok(()),
            Some(_) => Err(Wrong::new(format!("the label for `{metric}` is given twice"))),
        }
    }
}

/// What is wrong with a value, with no place yet.
#[derive(Debug)]
struct Wrong {
    message: String,
    hint: Option<String>,
}

impl Wrong {
    fn new(message: String) -> Self {
        Self { message, hint: None }
    }

    fn hint(mut self, hint: &str) -> Self {
        self.hint = Some(hint.to_string());
        self
    }
}

fn wrong(what: &str, expected: &str, found: &Value) -> Wrong {
    Wrong::new(format!("{what}: expected {expected}, found {}", kind_of(found)))
}

/// The value that a cell of CSV stands for: text, or the JSON that is written in it where the field is a structure.
fn cell(target: &Target, value: &Value) -> Result<Value, Wrong> {
    let text = value.as_str().unwrap_or("");
    let structure = matches!(target.field, Field::Context | Field::Tags | Field::Labels | Field::Messages);
    let whole_tags = target.field != Field::Tags || target.part.is_none();
    if structure && whole_tags && text.trim_start().starts_with(['[', '{']) {
        return serde_json::from_str(text).map_err(|error| {
            let column = error.column();
            let reason = super::place::json_reason(&error);
            Wrong::new(format!("broken JSON in the cell for `{}`: {reason} at its character {column}", target.name()))
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

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(yes) => Some(yes.to_string()),
        _ => None,
    }
}

fn id(value: &Value) -> Result<String, Wrong> {
    match value {
        Value::String(text) if !text.trim().is_empty() => Ok(text.clone()),
        Value::Number(number) => Ok(number.to_string()),
        other => Err(wrong("`id`", "a string or a number", other)),
    }
}

fn input(value: Value) -> Result<Value, Wrong> {
    match value {
        Value::String(_) | Value::Object(_) => Ok(value),
        Value::Array(_) => Err(wrong("`input`", "a string or an object", &value)
            .hint("a conversation goes into `messages`, documents into `context`")),
        other => Err(wrong("`input`", "a string or an object", &other)),
    }
}

fn context(value: Value) -> Result<Vec<Value>, Wrong> {
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

fn tags(value: Value) -> Result<Vec<(String, String)>, Wrong> {
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

fn tag_value(name: &str, value: &Value) -> Result<String, Wrong> {
    scalar(value).ok_or_else(|| wrong(&format!("the tag `{name}`"), "a string, a number or true or false", value))
}

/// A candidate's raters' scores are the deepest that a label goes: candidate → rater → score.
fn label_shape(label: &Value, depth: usize) -> Result<(), String> {
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

fn messages(value: Value) -> Result<Vec<CaseMessage>, Wrong> {
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
