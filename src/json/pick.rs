//! JSON → the values at some places in it. Everything is read, so that it is known to be JSON, and nothing else is kept.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

/// The values that JSON Pointers (RFC 6901) point to, each in its pointer's place; `None` where there is none. A pointer that
/// is none points to nothing.
///
/// # Errors
/// A text that is not JSON.
pub fn pick(json: &str, pointers: &[Option<&str>]) -> Result<Vec<Option<Value>>, serde_json::Error> {
    let mut found = vec![None; pointers.len()];
    let wanted = pointers.iter().enumerate().filter_map(|(at, pointer)| Some((at, (*pointer)?)));
    let wanted: Vec<Wanted<'_>> = wanted.filter(|(_, rest)| rest.is_empty() || rest.starts_with('/')).collect();
    let mut json = serde_json::Deserializer::from_str(json);
    Place { wanted: &wanted, found: &mut found }.deserialize(&mut json)?;
    json.end()?;
    Ok(found)
}

/// A pointer by its number, and what is left of it below the place that was come to.
type Wanted<'p> = (usize, &'p str);

/// A place on the way to some of the values.
struct Place<'p, 'f> {
    wanted: &'p [Wanted<'p>],
    found: &'f mut [Option<Value>],
}

impl<'p> Place<'p, '_> {
    /// Those that lie below a key, seen from there.
    fn below(&self, key: impl Fn(&str) -> bool) -> Vec<Wanted<'p>> {
        let step = |(at, rest): &Wanted<'p>| {
            let rest = rest.strip_prefix('/')?;
            let (token, rest) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            key(&unescaped(token)).then_some((*at, rest))
        };
        self.wanted.iter().filter_map(step).collect()
    }

    /// What was found there before, under the same key, is not what counts.
    fn go<E: Error>(
        &mut self,
        wanted: &[Wanted<'_>],
        next: impl FnOnce(Place<'_, '_>) -> Result<(), E>,
    ) -> Result<(), E> {
        for (at, _) in wanted {
            if let Some(found) = self.found.get_mut(*at) {
                *found = None;
            }
        }
        next(Place { wanted, found: self.found })
    }
}

/// A token of a pointer as the key that it stands for.
fn unescaped(token: &str) -> Cow<'_, str> {
    if token.contains('~') { token.replace("~1", "/").replace("~0", "~").into() } else { token.into() }
}

impl<'de> DeserializeSeed<'de> for Place<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        if self.wanted.is_empty() {
            return IgnoredAny::deserialize(json).map(drop);
        }
        if !self.wanted.iter().any(|(_, rest)| rest.is_empty()) {
            return json.deserialize_any(self);
        }
        let value = Value::deserialize(json)?;
        for (at, rest) in self.wanted {
            if let Some(found) = self.found.get_mut(*at) {
                *found = value.pointer(rest).cloned();
            }
        }
        Ok(())
    }
}

impl<'de> Visitor<'de> for Place<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<(), A::Error> {
        while let Some(Key(key)) = map.next_key()? {
            let wanted = self.below(|token| token == key);
            self.go(&wanted, |place| map.next_value_seed(place))?;
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<(), A::Error> {
        for at in 0_usize.. {
            let wanted = self.below(|token| is_index(token, at));
            let mut ended = false;
            self.go(&wanted, |place| {
                ended = list.next_element_seed(place)?.is_none();
                Ok(())
            })?;
            if ended {
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

/// An index is a number without anything before it.
fn is_index(token: &str, at: usize) -> bool {
    (token == "0" || !token.starts_with(['0', '+'])) && token.parse() == Ok(at)
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

    #[test]
    fn what_is_pointed_to_is_found_as_in_the_whole() {
        let pointers = [
            "", "/a", "/a/b/1/c", "/a/b/2/1", "/a/b/-", "/a/b/01", "/a/b/+1", "/a/b/3", "/a~1b~0", "/é", "/ab", "/0/0",
            "/t/x", "none", "/", "/none", "/a/b",
        ];
        let whole: Value = serde_json::from_str(JSON).unwrap();
        for pointer in pointers {
            let alone = pick(JSON, &[Some(pointer)]).unwrap().remove(0);
            assert_eq!(alone, whole.pointer(pointer).cloned(), "{pointer}");
            let several = pick(JSON, &[Some(pointer), Some("/a/b/1/c"), None]).unwrap();
            assert_eq!(several, [alone, Some(json!("x")), None], "{pointer}");
        }
    }

    #[test]
    fn of_a_key_that_stands_twice_the_last_counts() {
        let of = |json, pointer| pick(json, &[Some(pointer)]).unwrap().remove(0);
        assert_eq!(of(r#"{"a": 1, "a": 2}"#, "/a"), Some(json!(2)));
        assert_eq!(of(r#"{"a": {"b": 1}, "a": {"c": 1}}"#, "/a/b"), None);
    }

    #[test]
    fn all_of_it_has_to_be_json() {
        for broken in ["", "{", r#"{"a": 1"#, r#"{"a": 1} x"#, r#"{"b": tru, "a": 1}"#, r#"{"a": 1, "b": "\x"}"#] {
            assert!(pick(broken, &[Some("/a")]).is_err(), "{broken}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused_as_the_whole_is(
            parts in prop::collection::vec(prop::sample::select(vec![
                "{", "}", "[", "]", ",", ":", "\"a\"", "\"b\"", "\"\\u0061\"", "1", "-2.5e3", "true", "null", " ", "\"",
            ]), 0..14),
            pointer in prop::sample::select(vec!["", "/a", "/a/b", "/0", "/1/a", "/a/0"]),
        ) {
            let text = parts.concat();
            let whole = serde_json::from_str::<Value>(&text).map(|whole| whole.pointer(pointer).cloned()).ok();
            prop_assert_eq!(pick(&text, &[Some(pointer)]).map(|mut found| found.remove(0)).ok(), whole);
        }
    }
}
