//! A reply → the JSON objects in it, each whole; nothing is taken from inside one that is broken.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::Number;

/// An object of so many keys is no verdict.
const MOST_KEYS: usize = 1000;

/// An object, its keys as they stand, each once. A verdict has a few, which are looked through faster than one of them is
/// hashed.
#[derive(Debug, Clone, Default)]
pub struct Object<'a>(Vec<(Cow<'a, str>, Item<'a>)>);

/// A value of JSON, in which no key of an object is given two different values. Its texts are those of the reply, where
/// they stand there without an escape.
#[derive(Debug, Clone, PartialEq)]
pub enum Item<'a> {
    Null,
    Flag(bool),
    Number(Number),
    Text(Cow<'a, str>),
    List(Vec<Self>),
    Object(Object<'a>),
}

impl<'a> Object<'a> {
    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&Item<'a>> {
        self.iter().find(|(known, _)| *known == key).map(|(_, item)| item)
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Item<'a>)> {
        self.0.iter().map(|(key, item)| (key.as_ref(), item))
    }

    /// The same with texts of its own.
    fn into_owned(self) -> Object<'static> {
        Object(self.0.into_iter().map(|(key, item)| (key.into_owned().into(), item.into_owned())).collect())
    }
}

/// Whatever the order of the keys.
impl PartialEq for Object<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.0.len() == other.0.len() && self.iter().all(|(key, item)| other.get(key) == Some(item))
    }
}

impl<'a> Item<'a> {
    /// The text that it is.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The list that it is.
    pub fn list(&self) -> Option<&[Self]> {
        match self {
            Self::List(items) => Some(items),
            _ => None,
        }
    }

    /// The object that it is.
    pub fn object(&self) -> Option<&Object<'a>> {
        match self {
            Self::Object(object) => Some(object),
            _ => None,
        }
    }

    /// The value of a key of the object that it is.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.object()?.get(key)
    }

    fn into_owned(self) -> Item<'static> {
        match self {
            Self::Null => Item::Null,
            Self::Flag(flag) => Item::Flag(flag),
            Self::Number(number) => Item::Number(number),
            Self::Text(text) => Item::Text(text.into_owned().into()),
            Self::List(items) => Item::List(items.into_iter().map(Item::into_owned).collect()),
            Self::Object(object) => Item::Object(object.into_owned()),
        }
    }
}

/// The objects that stand in a text, in order; objects within objects are part of those.
///
/// # Errors
/// Says so where something that opens like an object cannot be read to its end: a verdict found inside it, or
/// behind it, could be one that the judge only quotes.
pub fn objects(text: &str) -> Result<Vec<Object<'_>>, String> {
    scan(text).or_else(|reason| {
        // Many judges break lines inside a string, which JSON forbids and which is still clear.
        let flat: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        let found = scan(&flat).map_err(|_| reason)?;
        Ok(found.into_iter().map(Object::into_owned).collect())
    })
}

fn scan(text: &str) -> Result<Vec<Object<'_>>, String> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(open) = text[at..].find('{').map(|offset| at + offset) {
        let mut reader = serde_json::Deserializer::from_str(&text[open..]).into_iter::<Item<'_>>();
        match reader.next() {
            Some(Ok(Item::Object(object))) => {
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

impl<'de> Deserialize<'de> for Item<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Strict)
    }
}

/// A key, which serde would copy.
struct Key<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match deserializer.deserialize_str(Strict)? {
            Item::Text(text) => Ok(Self(text)),
            _ => Err(D::Error::custom("a key that is no text")),
        }
    }
}

struct Strict;

impl<'de> Visitor<'de> for Strict {
    type Value = Item<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Item<'de>, E> {
        Ok(Item::Null)
    }

    fn visit_bool<E: Error>(self, flag: bool) -> Result<Item<'de>, E> {
        Ok(Item::Flag(flag))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Item<'de>, E> {
        Ok(Item::Number(number.into()))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Item<'de>, E> {
        Ok(Item::Number(number.into()))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Item<'de>, E> {
        Ok(Number::from_f64(number).map_or(Item::Null, Item::Number))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Item<'de>, E> {
        Ok(Item::Text(text.to_string().into()))
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Item<'de>, E> {
        Ok(Item::Text(text.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Item<'de>, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Item::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Item<'de>, A::Error> {
        let mut object = Object::default();
        while let Some((Key(key), item)) = entries.next_entry::<Key<'de>, Item<'de>>()? {
            match object.get(&key) {
                None if object.0.len() < MOST_KEYS => object.0.push((key, item)),
                None => return Err(A::Error::custom(format!("an object has more than {MOST_KEYS} keys"))),
                Some(earlier) if *earlier == item => {}
                Some(_) => {
                    let key = super::worth::short(&key);
                    return Err(A::Error::custom(format!("`{key}` is given two different values")));
                }
            }
        }
        Ok(Item::Object(object))
    }
}
