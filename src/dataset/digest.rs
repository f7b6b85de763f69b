//! Cases → digests, so that two runs can tell whether they measured the same thing.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

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

impl Case {
    /// The digest of everything in the case, gold included. The order of keys, the format and the line of the file do not matter.
    pub fn digest(&self) -> Digest {
        Digest::of(canonical(&self.whole()).as_bytes())
    }

    /// The case as one value. Taken apart by name, so that a new field cannot be left out.
    fn whole(&self) -> Value {
        let Self { id, input, reference, context, tags, cluster, labels, messages } = self;
        let turn =
            |m: &super::CaseMessage| Value::from(vec![format!("{:?}", m.role).to_lowercase(), m.content.clone()]);
        let fields = [
            ("id", Value::from(id.as_str())),
            ("input", input.clone()),
            ("reference", reference.clone().unwrap_or_default()),
            ("context", Value::from(context.clone())),
            ("tags", tags.iter().map(|(name, value)| (name.clone(), Value::from(value.as_str()))).collect()),
            ("cluster", cluster.as_deref().map(Value::from).unwrap_or_default()),
            ("labels", labels.iter().map(|(metric, label)| (metric.to_string(), label.0.clone())).collect()),
            ("messages", messages.iter().map(turn).collect()),
        ];
        fields.into_iter().map(|(name, value)| (name.to_string(), value)).collect()
    }
}

/// The digest of cases in their order.
pub fn digest_of(cases: &[Case]) -> Digest {
    let mut hasher = blake3::Hasher::new();
    for case in cases {
        hasher.update(case.digest().as_str().as_bytes());
    }
    Digest(hasher.finalize().to_hex().to_string())
}

/// A value as compact JSON with the keys of every object in order.
pub fn canonical(value: &Value) -> String {
    fn sorted(value: &Value) -> Value {
        match value {
            Value::Array(list) => list.iter().map(sorted).collect(),
            Value::Object(entries) => {
                let mut keys: Vec<&String> = entries.keys().collect();
                keys.sort_unstable();
                let pairs = keys.into_iter().map(|key| (key.clone(), sorted(&entries[key])));
                Value::Object(pairs.collect::<Map<_, _>>())
            }
            other => other.clone(),
        }
    }
    sorted(value).to_string()
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
    fn the_order_of_cases_matters() {
        let (a, b) = (case(json!({"id": "1", "input": ""})), case(json!({"id": "2", "input": ""})));
        assert_ne!(digest_of(&[a.clone(), b.clone()]), digest_of(&[b, a]));
    }

    #[test]
    fn a_digest_stays_what_it_is_from_one_version_to_the_next() {
        let case = case(json!({"id": "1", "input": "a", "labels": {"q": 4.5}}));
        insta::assert_snapshot!(canonical(&case.whole()), @r#"{"cluster":null,"context":[],"id":"1","input":"a","labels":{"q":4.5},"messages":[],"reference":null,"tags":{}}"#);
        insta::assert_snapshot!(case.digest(), @r"80fda6653f73f79dd6c728e49ce0ca86560bccb21608d6351525607022b3609e");
    }
}
