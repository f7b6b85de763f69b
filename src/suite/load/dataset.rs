//! `dataset:` → where the cases are, and which column holds what.

use indexmap::IndexMap;

use crate::diagnostic::Diagnostic;
use crate::suite::DatasetSpec;
use crate::suite::fields::Fields;
use crate::suite::keys;
use crate::suite::node::Value;
use crate::suite::reader::remedy;

pub fn read(suite: &Fields<'_>) -> Option<DatasetSpec> {
    let node = suite.required("dataset", "dataset: datasets/cases.jsonl")?;
    let reader = suite.reader;
    let Value::Map(_) = node.value else {
        let path = reader.text(node, "dataset")?;
        reader.expect_file(node, &path);
        return Some(DatasetSpec { path, fields: IndexMap::new() });
    };
    let fields = Fields::open(reader, node, "a dataset", keys::DATASET)?;
    let path = fields.text("path", "path: datasets/cases.jsonl");
    if let (Some(path), Some(node)) = (&path, fields.get("path")) {
        reader.expect_file(node, path);
    }
    let mut columns = IndexMap::new();
    for (ours, theirs) in fields.names("fields") {
        // `tags.topic: column` reads one tag from a column of its own.
        let (field, part) = ours.name.split_once('.').unwrap_or((&ours.name, "whole"));
        let divisible = keys::DIVISIBLE_FIELDS.contains(&field) || field == ours.name;
        if !keys::DATASET_FIELDS.contains(&field) || !divisible || part.is_empty() {
            let message = format!("`{}` is not a field of a case", ours.name);
            let hint = remedy(&ours.name, keys::DATASET_FIELDS.iter().copied(), "");
            reader.say(ours.at, Diagnostic::new(message).hint(format!("{hint} An entry reads `input: their_column`")));
        } else if let Some(column) = reader.scalar(theirs, &ours.name) {
            columns.insert(ours.name.clone(), column);
        }
    }
    Some(DatasetSpec { path: path?, fields: columns })
}
