//! Cases → digests, so that two runs can tell whether they measured the same thing.

use std::fmt;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Case;

/// A BLAKE3 digest in lowercase hex, 64 characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Digest(String);

impl Digest {
    /// The digest of some bytes.
    pub fn of(bytes: &[u8]) -> Self {
        Self(blake3::hash(bytes).to_hex().to_string())
    }

    /// The digest of the first so many bytes of a file.
    ///
    /// # Errors
    /// The file system's.
    pub fn of_start(path: &Path, bytes: u64) -> io::Result<Self> {
        let mut hasher = blake3::Hasher::new();
        hasher.update_reader(File::open(path)?.take(bytes))?;
        Ok(Self(hasher.finalize().to_hex().to_string()))
    }

    /// The digest as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Digest {
    /// The first 64 bits: enough to tell that a case is not what it was.
    pub fn short(&self) -> u64 {
        self.0.get(..16).and_then(|hex| u64::from_str_radix(hex, 16).ok()).unwrap_or_default()
    }
}

/// Room for a case of usual length.
const USUAL: usize = 1 << 9;

impl Case {
    /// The digest of everything in the case, gold included. The order of keys, the format and the line of the file do not matter.
    pub fn digest(&self) -> Digest {
        Digest::of(self.canonical().as_bytes())
    }

    /// The first 64 bits of the digest: enough to tell that a case is not what it was.
    pub fn fingerprint(&self) -> u64 {
        let [a, b, c, d, e, f, g, h, ..] = *blake3::hash(self.canonical().as_bytes()).as_bytes();
        u64::from_be_bytes([a, b, c, d, e, f, g, h])
    }

    /// The case as canonical JSON. Taken apart by name, so that a new field cannot be left out.
    fn canonical(&self) -> String {
        let Self { id, input, reference, context, tags, cluster, labels, messages } = self;
        let mut out = String::with_capacity(USUAL);
        out.push_str("{\"cluster\":");
        match cluster {
            Some(cluster) => text(&mut out, cluster),
            None => out.push_str("null"),
        }
        out.push_str(",\"context\":");
        list(&mut out, context, value);
        out.push_str(",\"id\":");
        text(&mut out, id.as_str());
        out.push_str(",\"input\":");
        value(&mut out, input);
        out.push_str(",\"labels\":");
        object(&mut out, labels.iter().map(|(metric, label)| (metric.as_str(), &label.0)), value);
        out.push_str(",\"messages\":");
        list(&mut out, messages, |out, turn| {
            let role = format!("{:?}", turn.role).to_lowercase();
            list(out, [role.as_str(), &turn.content], text);
        });
        out.push_str(",\"reference\":");
        value(&mut out, reference.as_ref().unwrap_or(&Value::Null));
        out.push_str(",\"tags\":");
        object(&mut out, tags.iter().map(|(name, tag)| (name.as_str(), tag.as_str())), text);
        out.push('}');
        out
    }
}

/// The digest of cases in their order, made as they go by.
#[derive(Debug, Default)]
pub struct DigestOfAll(blake3::Hasher);

impl DigestOfAll {
    /// Takes the next case in.
    pub fn add(&mut self, case: &Digest) {
        self.0.update(case.as_str().as_bytes());
    }

    /// The digest of all that were taken in.
    pub fn finish(&self) -> Digest {
        Digest(self.0.finalize().to_hex().to_string())
    }
}

/// A value as compact JSON with the keys of every object in order.
fn value(out: &mut String, one: &Value) {
    match one {
        Value::Array(entries) => list(out, entries, value),
        Value::Object(entries) => {
            let mut entries: Vec<(&str, &Value)> = entries.iter().map(|(key, value)| (key.as_str(), value)).collect();
            entries.sort_unstable_by_key(|(key, _)| *key);
            object(out, entries, value);
        }
        Value::String(string) => text(out, string),
        plain => out.push_str(&plain.to_string()),
    }
}

fn list<T>(out: &mut String, entries: impl IntoIterator<Item = T>, each: impl Fn(&mut String, T)) {
    out.push('[');
    for (at, entry) in entries.into_iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        each(out, entry);
    }
    out.push(']');
}

fn object<'a, T>(out: &mut String, entries: impl IntoIterator<Item = (&'a str, T)>, each: impl Fn(&mut String, T)) {
    out.push('{');
    for (at, (key, entry)) in entries.into_iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        text(out, key);
        out.push(':');
        each(out, entry);
    }
    out.push('}');
}

/// A text as a JSON string: what needs no escape as it stands, else as serde_json writes it.
fn text(out: &mut String, one: &str) {
    // No early end, so that many bytes are looked at in one step.
    let escaped = |byte: u8| u8::from(byte < 0x20) | u8::from(byte == b'"') | u8::from(byte == b'\\');
    if one.bytes().fold(0, |found, byte| found | escaped(byte)) != 0 {
        out.push_str(&Value::from(one).to_string());
    } else {
        out.push('"');
        out.push_str(one);
        out.push('"');
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn case(value: Value) -> Case {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn only_what_a_case_says_matters() {
        let one = case(json!({"id": "1", "input": {"a": 1, "b": {"c": 2, "d": 3}}, "tags": {"x": "y"}}));
        let same = case(json!({"tags": {"x": "y"}, "input": {"b": {"d": 3, "c": 2}, "a": 1}, "id": "1"}));
        assert_eq!(one.digest(), same.digest());
        for (field, value) in [
            ("id", json!("2")),
            ("input", json!("a")),
            ("reference", json!("a")),
            ("context", json!(["a"])),
            ("tags", json!({"x": "z"})),
            ("cluster", json!("a")),
            ("labels", json!({"m": 1})),
            ("messages", json!([{"role": "user", "content": "a"}])),
        ] {
            let mut other = serde_json::to_value(&one).unwrap();
            other[field] = value;
            assert_ne!(one.digest(), case(other).digest(), "{field}");
        }
    }

    #[test]
    fn every_value_is_written_as_serde_json_writes_it_with_its_keys_in_order() {
        let value =
            json!({"b": [1, -2.5, 1e300, true, null, {}], "a": {"\u{1}\"\\": "tab\t, \u{7f}, \u{2028}, é", "": []}});
        let mut written = String::new();
        super::value(&mut written, &value);
        assert_eq!(written, value_in_order(&value).to_string());
        let case = case(
            json!({"id": "1", "input": "x", "messages": [{"role": "user", "content": "\"hi\""}, {"role": "assistant", "content": ""}]}),
        );
        let read: Value = serde_json::from_str(&case.canonical()).unwrap();
        assert_eq!(read["messages"], json!([["user", "\"hi\""], ["assistant", ""]]));
    }

    fn value_in_order(value: &Value) -> Value {
        match value {
            Value::Array(list) => list.iter().map(value_in_order).collect(),
            Value::Object(entries) => {
                let ordered: std::collections::BTreeMap<_, _> = entries.iter().collect();
                ordered.into_iter().map(|(key, value)| (key.clone(), value_in_order(value))).collect()
            }
            other => other.clone(),
        }
    }

    #[test]
    fn the_order_of_cases_matters() {
        let (a, b) = (case(json!({"id": "1", "input": ""})), case(json!({"id": "2", "input": ""})));
        let of = |cases: [&Case; 2]| {
            let mut all = DigestOfAll::default();
            cases.into_iter().for_each(|case| all.add(&case.digest()));
            all.finish()
        };
        assert_ne!(of([&a, &b]), of([&b, &a]));
    }

    #[test]
    fn a_digest_stays_what_it_is_from_one_version_to_the_next() {
        let case = case(json!({"id": "1", "input": "a", "labels": {"q": 4.5}}));
        insta::assert_snapshot!(case.canonical(), @r#"{"cluster":null,"context":[],"id":"1","input":"a","labels":{"q":4.5},"messages":[],"reference":null,"tags":{}}"#);
        insta::assert_snapshot!(case.digest(), @r"80fda6653f73f79dd6c728e49ce0ca86560bccb21608d6351525607022b3609e");
    }
}
