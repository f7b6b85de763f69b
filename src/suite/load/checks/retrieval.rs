//! The keys of checks on the documents that were found → what they measure.

use serde_json::Value;

use super::value;
use crate::suite::fields::Fields;

/// The ids of the case's own documents.
const GOLD: &str = "{{ context | map(attribute='id') | list }}";
/// Nobody looks at more.
const MOST: u64 = 100_000;

/// How many documents count; it must be said.
pub fn k(fields: &Fields<'_>) -> Option<usize> {
    fields.required("k", "k: 5")?;
    optional_k(fields)
}

/// How many documents count, where it is said.
pub fn optional_k(fields: &Fields<'_>) -> Option<usize> {
    fields.whole("k", 1, MOST).and_then(|k| usize::try_from(k).ok())
}

/// The relevant documents, by default those that the case brings along.
pub fn relevant(fields: &Fields<'_>) -> Option<Value> {
    match fields.get("relevant") {
        Some(node) => value::read(fields.reader, node, "relevant"),
        None => Some(Value::from(GOLD)),
    }
}
