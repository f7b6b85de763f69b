//! An object of JSON → its keys and values, each key once.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde_json::map::Entry;
use serde_json::{Map, Value};

/// The keys and values of an object. A key that stands there twice is an error, since one of the two would be lost.
#[derive(Debug)]
pub struct Fields(pub Map<String, Value>);

impl<'de> Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Keys;

        impl<'de> Visitor<'de> for Keys {
            type Value = Fields;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object with the columns of one row")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
                let mut fields = Map::new();
                while let Some(key) = map.next_key::<String>()? {
                    match fields.entry(key) {
                        Entry::Vacant(entry) => _ = entry.insert(map.next_value()?),
                        Entry::Occupied(entry) => {
                            return Err(A::Error::custom(format!("the key `{}` stands here twice", entry.key())));
                        }
                    }
                }
                Ok(Fields(fields))
            }
        }

        deserializer.deserialize_map(Keys)
    }
}
