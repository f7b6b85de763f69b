//! A value of a check that may be more than a text → JSON, every template in it checked.

use serde_json::{Map, Value as Json};

use super::text::template_of;
use crate::suite::node::{Node, Value};
use crate::suite::reader::Reader;

/// Reads a value; a template in it that does not compile is said at its place.
pub fn read(reader: Reader<'_>, node: &Node, key: &str) -> Option<Json> {
    match &node.value {
        Value::Text(_) => template_of(reader, node, key).map(Json::String),
        Value::List(items) => items.iter().map(|item| read(reader, item, key)).collect(),
        Value::Map(entries) => {
            let entry = |(name, node): &(_, Node)| -> Option<_> {
                let name: &crate::suite::node::Key = name;
                Some((name.name.clone(), read(reader, node, key)?))
            };
            entries.iter().map(entry).collect::<Option<Map<_, _>>>().map(Json::Object)
        }
        _ => node.to_json().or_else(|| reader.wrong(node, key, "a value that JSON can say")),
    }
}
