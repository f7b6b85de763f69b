//! JSON → the values at some places in it. Everything is read, so that it is known to be JSON, and nothing else is kept.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

/// Places that are looked for in one text after another: JSON Pointers (RFC 6901), taken apart once.
#[derive(Debug)]
pub struct Pointers {
    root: Node,
    /// How many there are.
    count: usize,
}

/// A place on the way to some of the values.
#[derive(Debug, Default)]
struct Node {
    /// The numbers of the pointers that end here.
    ends: Vec<usize>,
    below: Vec<Step>,
}

/// A way further down.
#[derive(Debug)]
struct Step {
    key: String,
    /// The key as the place in a list, where it is one.
    index: Option<usize>,
    node: Node,
}

impl Pointers {
    /// Pointers by their numbers. One that is none points to nothing.
    pub fn new<'p>(pointers: impl IntoIterator<Item = Option<&'p str>>) -> Self {
        let (mut root, mut count) = (Node::default(), 0);
        for (at, pointer) in pointers.into_iter().enumerate() {
            count += 1;
            let Some(pointer) = pointer.filter(|pointer| pointer.is_empty() || pointer.starts_with('/')) else {
                continue;
            };
            // Before the first slash there is nothing.
            pointer.split('/').skip(1).fold(&mut root, Node::step).ends.push(at);
        }
        Self { root, count }
    }

    /// The values that they point to, each in its pointer's place; `None` where there is none.
    ///
    /// # Errors
    /// A text that is not JSON.
    pub fn pick(&self, json: &str) -> Result<Vec<Option<Value>>, serde_json::Error> {
        let mut found = vec![None; self.count];
        let mut json = serde_json::Deserializer::from_str(json);
        Search { node: &self.root, found: &mut found }.deserialize(&mut json)?;
        json.end()?;
        Ok(found)
    }
}

impl Node {
    /// The place below this one that a token of a pointer leads to.
    fn step(&mut self, token: &str) -> &mut Self {
        let key = token.replace("~1", "/").replace("~0", "~");
        let at = self.below.iter().position(|step| step.key == key).unwrap_or_else(|| {
            // An index is a number without anything before it.
            let is_index = key == "0" || !key.starts_with(['0', '+']);
            let index = key.parse().ok().filter(|_| is_index);
            self.below.push(Step { key, index, node: Self::default() });
            self.below.len() - 1
        });
        &mut self.below[at].node
    }

    /// What was found here and below before, under the same key, is not what counts.
    fn forget(&self, found: &mut [Option<Value>]) {
        for at in &self.ends {
            found[*at] = None;
        }
        self.below.iter().for_each(|step| step.node.forget(found));
    }

    /// Puts what stands here, and below, where it is wanted.
    fn put(&self, value: &Value, found: &mut [Option<Value>]) {
        for at in &self.ends {
            found[*at] = Some(value.clone());
        }
        for step in &self.below {
            let below = match value {
                Value::Object(fields) => fields.get(&step.key),
                Value::Array(items) => step.index.and_then(|index| items.get(index)),
                _ => None,
            };
            if let Some(below) = below {
                step.node.put(below, found);
            }
        }
    }
}

/// A place that was come to, and what was found so far.
struct Search<'s> {
    node: &'s Node,
    found: &'s mut [Option<Value>],
}

impl Search<'_> {
    /// Goes on below, where something is wanted there.
    fn below(&mut self, is_it: impl Fn(&Step) -> bool) -> Option<Search<'_>> {
        let node = &self.node.below.iter().find(|step| is_it(step))?.node;
        node.forget(self.found);
        Some(Search { node, found: self.found })
    }
}

impl<'de> DeserializeSeed<'de> for Search<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        match (self.node.ends.as_slice(), self.node.below.as_slice()) {
            ([], []) => _ = IgnoredAny::deserialize(json)?,
            ([], _) => json.deserialize_any(self)?,
            ([only], []) => self.found[*only] = Some(Value::deserialize(json)?),
            _ => self.node.put(&Value::deserialize(json)?, self.found),
        }
        Ok(())
    }
}

impl<'de> Visitor<'de> for Search<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        while let Some(Key(key)) = map.next_key()? {
            match self.below(|step| step.key == key) {
                Some(below) => map.next_value_seed(below)?,
                None => _ = map.next_value::<IgnoredAny>()?,
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<(), A::Error> {
        for at in 0_usize.. {
            let more = match self.below(|step| step.index == Some(at)) {
                Some(below) => list.next_element_seed(below)?.is_some(),
                None => list.next_element::<IgnoredAny>()?.is_some(),
            };
            if !more {
                break;
            }
        }
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}

/// A key, copied only where it was escaped.
struct Key<'de>(Cow<'de, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        struct Text;

        impl<'de> Visitor<'de> for Text {
            type Value = Key<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a key")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Key<'de>, E> {
                Ok(Key(text.into()))
            }

            fn visit_str<E>(self, text: &str) -> Result<Key<'de>, E> {
                Ok(Key(text.to_string().into()))
            }
        }

        json.deserialize_str(Text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    const JSON: &str = r#"{"a": {"b": [1, {"c": "x"}, [true, null]]}, "a/b~": 2.5, "é": -3, "\u0061b": "y", "0": {"0": 7}, "t": "é\n"}"#;

    fn pick(json: &str, pointer: &str) -> Result<Option<Value>, serde_json::Error> {
        Ok(Pointers::new([Some(pointer)]).pick(json)?.remove(0))
    }

    #[test]
    fn what_is_pointed_to_is_found_as_in_the_whole() {
        let pointers = [
            "", "/a", "/a/b/1/c", "/a/b/2/1", "/a/b/-", "/a/b/01", "/a/b/+1", "/a/b/3", "/a~1b~0", "/é", "/ab", "/0/0",
            "/t/x", "none", "/", "/none", "/a/b",
        ];
        let whole: Value = serde_json::from_str(JSON).unwrap();
        let pick = |pointers: &[Option<&str>]| Pointers::new(pointers.iter().copied()).pick(JSON).unwrap();
        for pointer in pointers {
            let alone = pick(&[Some(pointer)]).remove(0);
            assert_eq!(alone, whole.pointer(pointer).cloned(), "{pointer}");
            let several = pick(&[Some(pointer), Some("/a/b/1/c"), None, Some(pointer)]);
            assert_eq!(several, [alone.clone(), Some(json!("x")), None, alone], "{pointer}");
        }
        let all = pick(&pointers.map(Some));
        assert_eq!(all, pointers.map(|pointer| whole.pointer(pointer).cloned()));
    }

    #[test]
    fn of_a_key_that_stands_twice_the_last_counts() {
        let of = |json, pointer| pick(json, pointer).unwrap();
        assert_eq!(of(r#"{"a": 1, "a": 2}"#, "/a"), Some(json!(2)));
        assert_eq!(of(r#"{"a": {"b": 1}, "a": {"c": 1}}"#, "/a/b"), None);
        assert_eq!(of(r#"{"a": {"b": 1}, "a": 2}"#, "/a/b"), None);
        let both = Pointers::new([Some("/a"), Some("/a/b")]).pick(r#"{"a": {"b": 1}, "a": 2}"#).unwrap();
        assert_eq!(both, [Some(json!(2)), None]);
    }

    #[test]
    fn all_of_it_has_to_be_json() {
        for broken in ["", "{", r#"{"a": 1"#, r#"{"a": 1} x"#, r#"{"b": tru, "a": 1}"#, r#"{"a": 1, "b": "\x"}"#] {
            assert!(pick(broken, "/a").is_err(), "{broken}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused_as_the_whole_is(
            parts in prop::collection::vec(prop::sample::select(vec![
                "{", "}", "[", "]", ",", ":", "\"a\"", "\"b\"", "\"\\u0061\"", "1", "-2.5e3", "true", "null", " ", "\"",
            ]), 0..14),
            pointers in prop::collection::vec(
                prop::sample::select(vec!["", "/a", "/a/b", "/0", "/1/a", "/a/0"]).prop_map(Some), 1..4,
            ),
        ) {
            let text = parts.concat();
            let of = |whole: Value| pointers.iter().map(|pointer| whole.pointer((*pointer)?).cloned()).collect();
            let whole = serde_json::from_str::<Value>(&text).map(of).ok();
            prop_assert_eq!(Pointers::new(pointers).pick(&text).ok(), whole);
        }
    }
}
