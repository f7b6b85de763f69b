//! A reply → the JSON objects in it, each whole; nothing is taken from inside one that is broken.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::map::Entry;
use serde_json::{Map, Value};

/// The objects that stand in a text, in order; objects within objects are part of those.
///
/// # Errors
/// Says so where something that opens like an object cannot be read to its end: a verdict found inside it, or
/// behind it, could be one that the judge only quotes.
pub fn objects(text: &str) -> Result<Vec<Map<String, Value>>, String> {
    scan(text).or_else(|reason| {
        // Many judges break lines inside a string, which JSON forbids and which is still clear.
        let flat: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        scan(&flat).map_err(|_| reason)
    })
}

fn scan(text: &str) -> Result<Vec<Map<String, Value>>, String> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(open) = text[at..].find('{').map(|offset| at + offset) {
        let mut reader = serde_json::Deserializer::from_str(&text[open..]).into_iter::<Strict>();
        match reader.next() {
            Some(Ok(Strict(Value::Object(object)))) => {
                found.push(object);
                at = open + reader.byte_offset();
            }
            Some(Err(error)) if opens_like_object(&text[open..]) => {
                return Err(if error.is_eof() {
                    "the object in the reply is cut off".to_string()
                } else if error.is_data() {
                    let message = error.to_string();
                    message.split(" at line").next().unwrap_or_default().to_string()
                } else {
                    "the object in the reply is not valid JSON".to_string()
                });
            }
            _ => at = open + 1,
        }
    }
    Ok(found)
}

/// Whether a brace is followed by a quoted key, or by nothing at all, as no brace in prose is.
fn opens_like_object(text: &str) -> bool {
    let inside = text[1..].trim_start();
    inside.is_empty() || inside.starts_with(['"', '\'', '\u{201c}'])
}

/// A value in which no key of an object is given two different values.
struct Strict(Value);

impl<'de> serde::Deserialize<'de> for Strict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        StrictValue.deserialize(deserializer).map(Strict)
    }
}

struct StrictValue;

impl<'de> DeserializeSeed<'de> for StrictValue {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for StrictValue {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(StrictValue)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            let value = entries.next_value_seed(StrictValue)?;
            match map.entry(key) {
                Entry::Vacant(place) => _ = place.insert(value),
                Entry::Occupied(earlier) if *earlier.get() == value => {}
                Entry::Occupied(earlier) => {
                    let key = super::worth::short(earlier.key());
                    return Err(A::Error::custom(format!("`{key}` is given two different values")));
                }
            }
        }
        Ok(Value::Object(map))
    }
}
