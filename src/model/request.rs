//! One request, before it takes a provider's form.

use std::sync::Arc;

use serde_json::Value;

use super::{Ask, Message};

/// What is said to a model, and what for.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// What it asks for; never sent.
    pub ask: Ask,
    messages: Vec<Message>,
    schema: Option<Arc<NamedSchema>>,
    /// What is said to a system of the user's own, as JSON, in place of messages.
    payload: Option<String>,
    content: blake3::Hash,
}

/// A JSON Schema with the name that providers want for it.
#[derive(Debug, Clone, PartialEq)]
pub struct NamedSchema {
    name: String,
    schema: Value,
    written: String,
}

impl Request {
    /// A request with these messages, and with the schema that the reply should meet where a form is wanted.
    pub fn new(ask: Ask, messages: Vec<Message>, schema: Option<Arc<NamedSchema>>) -> Self {
        let mut hasher = blake3::Hasher::new();
        // Each text is preceded by its length, so that no two of them run together.
        let mut text = |part: &str| {
            hasher.update(&(part.len() as u64).to_le_bytes()).update(part.as_bytes());
        };
        for message in &messages {
            text(message.role.as_str());
            text(&message.content);
        }
        if let Some(schema) = &schema {
            text(&schema.name);
            text(&schema.written);
        }
        hasher.update(&[u8::from(schema.is_some())]);
        Self { ask, messages, schema, payload: None, content: hasher.finalize() }
    }

    /// A request to a system of the user's own.
    pub fn of_payload(ask: Ask, payload: &Value) -> Self {
        let payload = payload.to_string();
        let content = blake3::hash(payload.as_bytes());
        Self { ask, messages: Vec::new(), schema: None, payload: Some(payload), content }
    }

    /// What is said to a system of the user's own, as JSON.
    pub fn payload(&self) -> Option<&str> {
        self.payload.as_deref()
    }

    /// The messages.
    pub fn messages(&self) -> &[Message] {
        &self.messages
    }

    /// The schema that the reply should meet, where a form is wanted.
    pub fn schema(&self) -> Option<&Arc<NamedSchema>> {
        self.schema.as_ref()
    }

    /// The digest of what is said, schema included: computed once, since the journal and the cache both want it.
    pub fn content(&self) -> &[u8; 32] {
        self.content.as_bytes()
    }
}

impl NamedSchema {
    /// A schema under a name of letters, digits, `_` and `-`.
    pub fn new(name: impl Into<String>, schema: Value) -> Self {
        let written = schema.to_string();
        Self { name: name.into(), schema, written }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The schema.
    pub fn schema(&self) -> &Value {
        &self.schema
    }

    /// The schema as it is sent.
    pub fn written(&self) -> &str {
        &self.written
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::suite::Role;

    #[test]
    fn the_digest_follows_from_every_word_and_from_nothing_else() {
        let ask = |case: &str| Ask::Output { candidate: "v1".into(), case: case.into(), sample: 0 };
        let said = |role, text: &str| Message { role, content: text.to_string() };
        let schema = |name: &str, of: Value| Some(Arc::new(NamedSchema::new(name, of)));
        let of = |messages: &[Message], schema| *Request::new(ask("a"), messages.to_vec(), schema).content();
        let one = [said(Role::User, "ab"), said(Role::User, "c")];
        assert_eq!(of(&one, None), *Request::new(ask("b"), one.to_vec(), None).content());
        let others = [
            of(&[said(Role::User, "a"), said(Role::User, "bc")], None),
            of(&[said(Role::System, "ab"), said(Role::User, "c")], None),
            of(&one[..1], None),
            of(&one, schema("v", json!({"type": "object"}))),
            of(&one, schema("w", json!({"type": "object"}))),
            of(&one, schema("v", json!({"type": "string"}))),
        ];
        let mut all = vec![of(&one, None)];
        for other in others {
            assert!(!all.contains(&other));
            all.push(other);
        }
    }
}
