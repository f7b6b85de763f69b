//! The JSON body of a request, made of borrowed parts: nothing is copied but once, into the bytes that are sent.

use std::borrow::Cow;
use std::io::Write;

use serde_json::Value;

use super::Params;
use crate::json::quote;

/// A part of a body.
#[derive(Debug, Clone)]
pub(super) enum Json<'a> {
    Text(Cow<'a, str>),
    Number(u64),
    Flag(bool),
    /// As it stands in the suite, or in a schema.
    Written(&'a Value),
    /// JSON that was written out before.
    Ready(&'a str),
    List(Vec<Self>),
    Object(Object<'a>),
}

/// An object whose keys stay in the order in which they were first set.
#[derive(Debug, Clone, Default)]
pub(super) struct Object<'a>(Vec<(&'a str, Json<'a>)>);

impl<'a> Object<'a> {
    pub(super) fn of<const N: usize>(entries: [(&'a str, Json<'a>); N]) -> Self {
        Self(entries.into())
    }

    /// Sets a key, in its place where it is there already.
    pub(super) fn set(&mut self, key: &'a str, value: impl Into<Json<'a>>) {
        match self.0.iter_mut().find(|(known, _)| *known == key) {
            Some((_, place)) => *place = value.into(),
            None => self.0.push((key, value.into())),
        }
    }

    /// Sets everything that a suite's parameters say.
    pub(super) fn extend(&mut self, params: &'a Params) {
        params.iter().for_each(|(key, value)| self.set(key, value));
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.0.iter().any(|(known, _)| *known == key)
    }

    /// The object under a key, a new one where there is nothing; `None` where something else stands there.
    pub(super) fn object(&mut self, key: &'a str) -> Option<&mut Self> {
        if !self.has(key) {
            self.set(key, Self::default());
        }
        let (_, place) = self.0.iter_mut().find(|(known, _)| *known == key)?;
        if let Json::Written(Value::Object(written)) = place {
            *place = Self(written.iter().map(|(key, value)| (key.as_str(), value.into())).collect()).into();
        }
        match place {
            Json::Object(object) => Some(object),
            _ => None,
        }
    }
}

impl Object<'_> {
    /// The bytes that are sent.
    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(1 << 12);
        self.write(&mut out);
        out
    }

    /// What is sent, as a value.
    pub(super) fn value(&self) -> Value {
        serde_json::from_slice(&self.bytes()).unwrap_or_default()
    }

    fn write(&self, out: &mut Vec<u8>) {
        out.push(b'{');
        for (at, (key, value)) in self.0.iter().enumerate() {
            if at > 0 {
                out.push(b',');
            }
            quote(out, key);
            out.push(b':');
            value.write(out);
        }
        out.push(b'}');
    }
}

impl Json<'_> {
    fn write(&self, out: &mut Vec<u8>) {
        // Neither writing to memory nor a value of JSON fails.
        match self {
            Self::Text(text) => quote(out, text),
            Self::Number(number) => _ = write!(out, "{number}"),
            Self::Flag(flag) => _ = write!(out, "{flag}"),
            Self::Written(value) => _ = serde_json::to_writer(out, value),
            Self::Ready(written) => out.extend_from_slice(written.as_bytes()),
            Self::List(items) => {
                out.push(b'[');
                for (at, item) in items.iter().enumerate() {
                    if at > 0 {
                        out.push(b',');
                    }
                    item.write(out);
                }
                out.push(b']');
            }
            Self::Object(object) => object.write(out),
        }
    }
}

impl<'a> From<&'a str> for Json<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(text.into())
    }
}

impl From<String> for Json<'_> {
    fn from(text: String) -> Self {
        Self::Text(text.into())
    }
}

impl From<u64> for Json<'_> {
    fn from(number: u64) -> Self {
        Self::Number(number)
    }
}

impl From<bool> for Json<'_> {
    fn from(flag: bool) -> Self {
        Self::Flag(flag)
    }
}

impl<'a> From<&'a Value> for Json<'a> {
    fn from(value: &'a Value) -> Self {
        Self::Written(value)
    }
}

impl<'a> From<Object<'a>> for Json<'a> {
    fn from(object: Object<'a>) -> Self {
        Self::Object(object)
    }
}

impl<'a> FromIterator<Object<'a>> for Json<'a> {
    fn from_iter<I: IntoIterator<Item = Object<'a>>>(objects: I) -> Self {
        Self::List(objects.into_iter().map(Json::Object).collect())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn written(object: &Object<'_>) -> String {
        String::from_utf8(object.bytes()).unwrap()
    }

    #[test]
    fn every_kind_of_part_is_written() {
        let value = json!({"b": [1.5, null], "a": "\u{2028}"});
        let list = Json::List(vec![7.into(), false.into(), (&value).into(), Json::Ready("{\"x\":[]}")]);
        let body = Object::of([("all", list), ("none", Object::default().into()), ("", Json::List(Vec::new()))]);
        let wanted = "{\"all\":[7,false,{\"b\":[1.5,null],\"a\":\"\u{2028}\"},{\"x\":[]}],\"none\":{},\"\":[]}";
        assert_eq!(written(&body), wanted);
    }

    #[test]
    fn a_key_that_is_set_again_keeps_its_place() {
        let params = json!({"model": "other", "temperature": 0, "tools": [{"name": "a"}]});
        let mut body = Object::of([("model", "one".into()), ("n", 1.into())]);
        body.extend(params.as_object().unwrap());
        assert_eq!(written(&body), r#"{"model":"other","n":1,"temperature":0,"tools":[{"name":"a"}]}"#);
    }

    #[test]
    fn an_object_is_opened_where_there_is_one_or_nothing() {
        let params = json!({"text": {"verbosity": "low"}, "stop": "x"});
        let mut body = Object::default();
        body.extend(params.as_object().unwrap());
        body.object("text").unwrap().set("format", true);
        body.object("new").unwrap().set("a", "\"quoted\"");
        assert!(body.object("stop").is_none());
        assert_eq!(written(&body), r#"{"text":{"verbosity":"low","format":true},"stop":"x","new":{"a":"\"quoted\""}}"#);
    }
}
