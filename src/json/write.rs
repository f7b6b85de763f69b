//! A value → JSON, as serde_json writes it and in less time.

use std::fmt::Display;
use std::io::Write;

use serde::Serialize;
use serde::ser::{self, SerializeMap};
use serde_json::Error;

use super::quote;

/// Writes a value behind what is there, without spaces.
///
/// # Errors
/// A value that is none of JSON's: a map with keys that are no texts.
pub fn write(out: &mut Vec<u8>, value: &(impl Serialize + ?Sized)) -> Result<(), Error> {
    value.serialize(Writer(out))
}

/// A value as JSON.
///
/// # Errors
/// As [`write`].
pub fn to_string(value: &(impl Serialize + ?Sized)) -> Result<String, Error> {
    let mut out = Vec::with_capacity(256);
    write(&mut out, value)?;
    // Made of texts and ASCII alone.
    String::from_utf8(out).map_err(ser::Error::custom)
}

struct Writer<'a>(&'a mut Vec<u8>);

/// What holds others, being written: its closing bytes, and whether a comma goes before the next one.
struct Within<'a> {
    out: &'a mut Vec<u8>,
    end: &'static [u8],
    first: bool,
}

impl<'a> Writer<'a> {
    /// Opens what holds others; a variant of an enum is an object of its name around it.
    fn open(self, variant: Option<&str>, [begin, end]: [u8; 2]) -> Within<'a> {
        if let Some(variant) = variant {
            self.0.push(b'{');
            quote(self.0, variant);
            self.0.push(b':');
        }
        self.0.push(begin);
        let end: &'static [u8] = match (end, variant) {
            (b']', None) => b"]",
            (b']', Some(_)) => b"]}",
            (_, None) => b"}",
            (_, Some(_)) => b"}}",
        };
        Within { out: self.0, end, first: true }
    }

    fn plainly(self, value: impl Display) {
        // Writing to memory does not fail.
        let _ = write!(self.0, "{value}");
    }
}

const LIST: [u8; 2] = *b"[]";
const OBJECT: [u8; 2] = *b"{}";

macro_rules! plainly {
    ($($name:ident: $type:ty),*) => {
        $(fn $name(self, value: $type) -> Result<(), Error> {
            self.plainly(value);
            Ok(())
        })*
    };
}

impl<'a> ser::Serializer for Writer<'a> {
    type Ok = ();
    type Error = Error;
    type SerializeSeq = Within<'a>;
    type SerializeTuple = Within<'a>;
    type SerializeTupleStruct = Within<'a>;
    type SerializeTupleVariant = Within<'a>;
    type SerializeMap = Within<'a>;
    type SerializeStruct = Within<'a>;
    type SerializeStructVariant = Within<'a>;

    plainly! {
        serialize_bool: bool, serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64,
        serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64
    }

    fn serialize_f32(self, value: f32) -> Result<(), Error> {
        serde_json::to_writer(self.0, &value)
    }

    fn serialize_f64(self, value: f64) -> Result<(), Error> {
        serde_json::to_writer(self.0, &value)
    }

    fn serialize_char(self, value: char) -> Result<(), Error> {
        quote(self.0, value.encode_utf8(&mut [0; 4]));
        Ok(())
    }

    fn serialize_str(self, value: &str) -> Result<(), Error> {
        quote(self.0, value);
        Ok(())
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<(), Error> {
        serde_json::to_writer(self.0, value)
    }

    fn serialize_none(self) -> Result<(), Error> {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Error> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), Error> {
        self.0.extend_from_slice(b"null");
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Error> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Result<(), Error> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<(), Error> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        let mut object = self.open(None, OBJECT);
        object.field(variant, value)?;
        object.close()
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Within<'a>, Error> {
        Ok(self.open(None, LIST))
    }

    fn serialize_tuple(self, _: usize) -> Result<Within<'a>, Error> {
        Ok(self.open(None, LIST))
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Within<'a>, Error> {
        Ok(self.open(None, LIST))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Within<'a>, Error> {
        Ok(self.open(Some(variant), LIST))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Within<'a>, Error> {
        Ok(self.open(None, OBJECT))
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Within<'a>, Error> {
        Ok(self.open(None, OBJECT))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Within<'a>, Error> {
        Ok(self.open(Some(variant), OBJECT))
    }
}

impl Within<'_> {
    fn comma(&mut self) {
        if !std::mem::take(&mut self.first) {
            self.out.push(b',');
        }
    }

    fn item<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<(), Error> {
        self.comma();
        item.serialize(Writer(self.out))
    }

    fn field<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Result<(), Error> {
        self.comma();
        quote(self.out, name);
        self.out.push(b':');
        value.serialize(Writer(self.out))
    }

    fn close(self) -> Result<(), Error> {
        self.out.extend_from_slice(self.end);
        Ok(())
    }
}

impl SerializeMap for Within<'_> {
    type Ok = ();
    type Error = Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Error> {
        self.comma();
        let at = self.out.len();
        key.serialize(Writer(self.out))?;
        match self.out.get(at) {
            Some(b'"') => {}
            // A number is a key in quotes.
            Some(b'0'..=b'9' | b'-' | b't' | b'f') => {
                self.out.insert(at, b'"');
                self.out.push(b'"');
            }
            _ => return Err(ser::Error::custom("key must be a string")),
        }
        self.out.push(b':');
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        value.serialize(Writer(self.out))
    }

    fn end(self) -> Result<(), Error> {
        self.close()
    }
}

macro_rules! lists {
    ($($list:ident: $item:ident),*) => {
        $(impl ser::$list for Within<'_> {
            type Ok = ();
            type Error = Error;

            fn $item<T: Serialize + ?Sized>(&mut self, item: &T) -> Result<(), Error> {
                self.item(item)
            }

            fn end(self) -> Result<(), Error> {
                self.close()
            }
        })*
    };
}

lists! {
    SerializeSeq: serialize_element, SerializeTuple: serialize_element,
    SerializeTupleStruct: serialize_field, SerializeTupleVariant: serialize_field
}

macro_rules! structs {
    ($($of:ident),*) => {
        $(impl ser::$of for Within<'_> {
            type Ok = ();
            type Error = Error;

            fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Result<(), Error> {
                self.field(name, value)
            }

            fn end(self) -> Result<(), Error> {
                self.close()
            }
        })*
    };
}

structs! { SerializeStruct, SerializeStructVariant }

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn values() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 40, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::vec((any::<String>(), inner), 0..6)
                    .prop_map(|entries| Value::Object(entries.into_iter().collect())),
            ]
        })
    }

    #[derive(Serialize)]
    enum Kind {
        Unit,
        Newtype(f32),
        Tuple(u8, char),
        Struct { a: Option<i16>, b: &'static str },
    }

    #[derive(Serialize)]
    #[serde(tag = "kind", rename_all = "snake_case")]
    enum Tagged {
        Text { text: String },
        Empty {},
    }

    proptest! {
        #[test]
        fn values_are_written_as_serde_json_writes_them(value in values()) {
            prop_assert_eq!(to_string(&value).unwrap(), value.to_string());
        }

        #[test]
        fn texts_are_written_as_serde_json_writes_them(text in any::<String>(), filler in 0_usize..200) {
            let text = format!("{}{text}\u{1}\u{8}\u{c}\u{1f}\u{7f}\r\n\t\"\\é{text}", "x".repeat(filler));
            prop_assert_eq!(to_string(&text).unwrap(), json!(text).to_string());
        }
    }

    #[test]
    fn every_form_is_written_as_serde_json_writes_it() {
        let same =
            |value: &dyn Fn(bool) -> Result<String, Error>| assert_eq!(value(true).unwrap(), value(false).unwrap());
        fn both<T: Serialize>(value: &T, ours: bool) -> Result<String, Error> {
            if ours { to_string(value) } else { serde_json::to_string(value) }
        }
        let kinds = [Kind::Unit, Kind::Newtype(0.1), Kind::Tuple(7, '"'), Kind::Struct { a: None, b: "\t" }];
        same(&|ours| both(&kinds, ours));
        same(&|ours| both(&[Tagged::Text { text: "é\n".to_string() }, Tagged::Empty {}], ours));
        same(&|ours| both(&BTreeMap::from([(1_u8, Some(f64::NAN)), (2, None)]), ours));
        same(&|ours| both(&(("a", ()), [1.5_f64, -0.0, 1e300], vec![Some(1_i8)]), ours));
        assert!(to_string(&BTreeMap::from([(Some([1]), 1)])).is_err());
    }
}
