//! One row → one case: each column in its field.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::columns::{Columns, Field, Target};
use super::rows::{Format, Row};
use super::value::{Wrong, cell, context, id, input, label_shape, messages, scalar, tag_value, tags, wrong};
use super::{Case, CaseMessage, Label};
use crate::diagnostic::Diagnostic;
use crate::suite::MetricName;

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
        for (column, dtype) in row.origin.unreadable.iter() {
            let Some(target) = columns.note(column).first() else { continue };
            draft.gives.insert(target.field);
            // A column has one type, so the first row says it for all.
            if row.number == 1 {
                let message =
                    format!("the column `{column}`, which gives `{}`, is {dtype}, which is not read", target.name());
                mistakes.push(row.mistake(None, message).hint("write it as text, a number, a list or a struct"));
            }
        }
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
        Case { id: id.into(), input, reference, context, tags, cluster, labels, messages }
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
        match self.labels.insert(metric.as_str().into(), Label(label)) {
            None => Ok(()),
            Some(_) => Err(Wrong::new(format!("the label for `{metric}` is given twice"))),
        }
    }
}
