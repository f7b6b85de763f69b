//! A value → JSON, as serde_json writes it and in less time: its texts are copied a stretch at a time.
//!
//! serde_json looks at each byte of a text by itself. What karat writes is mostly texts, and most of them need no escape.

mod fields;
mod pick;

use std::fmt::Display;
use std::io::Write;

use serde::Serialize;
use serde::ser::{self, SerializeMap};
use serde_json::Error;

pub use fields::Fields;
pub use pick::pick;

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

/// Writes a text as a JSON string.
pub fn quote(out: &mut Vec<u8>, text: &str) {
    let bytes = text.as_bytes();
    out.reserve(bytes.len() + 2);
    out.push(b'"');
    // What is written already, and what was looked at.
    let (mut written, mut at) = (0, 0);
    while let Some(block) = bytes[at..].first_chunk::<BLOCK>() {
        // No early end, so that all bytes of a block are looked at in one step.
        if block.iter().fold(false, |found, byte| found | is_special(*byte)) {
            for (start, half) in (at..).step_by(WORD).zip(block.as_chunks().0) {
                let mut found = specials(u64::from_le_bytes(*half));
                while found != 0 {
                    let place = start + found.trailing_zeros() as usize / WORD;
                    out.extend_from_slice(&bytes[written..place]);
                    escape(out, bytes[place]);
                    written = place + 1;
                    found &= found - 1;
                }
            }
        }
        at += BLOCK;
    }
    if has_special(&bytes[at..]) {
        for (place, byte) in bytes.iter().enumerate().skip(at) {
            if is_special(*byte) {
                out.extend_from_slice(&bytes[written..place]);
                escape(out, *byte);
                written = place + 1;
            }
        }
    }
    out.extend_from_slice(&bytes[written..]);
    out.push(b'"');
}

/// Bytes that are looked at together.
const BLOCK: usize = 16;

/// Bytes of a number, and bits of a byte.
const WORD: usize = 8;

/// Whether a byte cannot stand in a JSON string.
const fn is_special(byte: u8) -> bool {
    (byte < 0x20) | (byte == b'"') | (byte == b'\\')
}

/// Whether a byte of less than a block cannot stand in a JSON string. Most texts are so short: names of fields.
fn has_special(tail: &[u8]) -> bool {
    match (tail.first_chunk::<WORD>(), tail.last_chunk::<WORD>()) {
        // The two overlap in what they share.
        (Some(first), Some(last)) => specials(u64::from_le_bytes(*first)) | specials(u64::from_le_bytes(*last)) != 0,
        _ => {
            let mut word = [b' '; WORD];
            word.iter_mut().zip(tail).for_each(|(to, from)| *to = *from);
            specials(u64::from_le_bytes(word)) != 0
        }
    }
}

/// The highest bit of each byte that cannot stand in a JSON string, of eight at a time and without a branch.
const fn specials(word: u64) -> u64 {
    const ONES: u64 = u64::MAX / 0xff;
    const LOW: u64 = ONES * 0x7f;
    // The highest bit of a byte is set where a byte below 0x80 is zero. No sum carries into the next byte.
    const fn zeros(word: u64) -> u64 {
        !(((word & LOW) + LOW) | word)
    }
    let controls = !((word & LOW) + ONES * 0x60) & !word;
    let found = controls | zeros(word ^ (ONES * b'"' as u64)) | zeros(word ^ (ONES * b'\\' as u64));
    found & (ONES * 0x80)
}

fn escape(out: &mut Vec<u8>, byte: u8) {
    match byte {
        b'"' | b'\\' => out.extend_from_slice(&[b'\\', byte]),
        b'\n' => out.extend_from_slice(b"\\n"),
        b'\r' => out.extend_from_slice(b"\\r"),
        b'\t' => out.extend_from_slice(b"\\t"),
        0x08 => out.extend_from_slice(b"\\b"),
        0x0c => out.extend_from_slice(b"\\f"),
        // Writing to memory does not fail.
        control => _ = write!(out, "\\u{control:04x}"),
    }
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
    fn every_byte_is_told_in_every_place() {
        for byte in 0..=u8::MAX {
            for (place, other) in
                (0..WORD).flat_map(|place| [0, b'a', b'"', 0x7f, 0x80, 0xff].map(|other| (place, other)))
            {
                let mut bytes = [other; WORD];
                bytes[place] = byte;
                let expected = bytes.map(|byte| if is_special(byte) { 0x80 } else { 0 });
                assert_eq!(specials(u64::from_le_bytes(bytes)).to_le_bytes(), expected, "{bytes:?}");
            }
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
