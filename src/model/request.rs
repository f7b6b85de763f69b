//! One request, before it takes a provider's form.

use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;

use super::{Allowance, Ask, Message};
use crate::json;
use crate::suite::Role;

/// What is said to a model, and what for.
#[derive(Debug, Clone, PartialEq)]
pub struct Request {
    /// What it asks for; never sent.
    pub ask: Ask,
    messages: Vec<Message>,
    schema: Option<Arc<NamedSchema>>,
    /// What is said to a system of the user's own, as JSON, in place of messages.
    payload: Option<String>,
    /// Whether the vectors of the messages are wanted, and nothing is to be written.
    vectors: bool,
    content: blake3::Hash,
    /// The content of the first message as JSON, where it is one of many requests.
    opening: Option<Arc<str>>,
    /// What its case leaves it of time: no part of what is said.
    allowance: Option<Allowance>,
}

/// A JSON Schema with the name that providers want for it.
#[derive(Debug, Clone, PartialEq)]
pub struct NamedSchema {
    name: String,
    schema: Value,
    written: String,
    /// Of name and schema, for all the requests that ask for it.
    digest: blake3::Hash,
}

/// What is made once of a message for all the requests that begin with it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    digest: blake3::Hash,
    /// Its content as JSON.
    written: Arc<str>,
}

impl Opening {
    /// That of a message.
    pub fn of(message: &Message) -> Self {
        // A text can be written.
        let written = json::to_string(&message.content).unwrap_or_default();
        Self { digest: digest(message), written: written.into() }
    }
}

fn digest(message: &Message) -> blake3::Hash {
    let (role, content) = (message.role.as_str(), &message.content);
    let mut hasher = blake3::Hasher::new();
    // The role is preceded by its length, so that the two do not run together.
    hasher.update(&(role.len() as u64).to_le_bytes()).update(role.as_bytes()).update(content.as_bytes());
    hasher.finalize()
}

impl Request {
    /// A request with these messages, and with the schema that the reply should meet where a form is wanted.
    pub fn new(ask: Ask, messages: Vec<Message>, schema: Option<Arc<NamedSchema>>) -> Self {
        Self::digested(ask, None, messages, schema)
    }

    /// The same, where the first message is one of many requests, and `opening` made of it.
    pub fn opened(ask: Ask, opening: &Opening, messages: Vec<Message>, schema: Option<Arc<NamedSchema>>) -> Self {
        Self::digested(ask, Some(opening), messages, schema)
    }

    fn digested(ask: Ask, opening: Option<&Opening>, messages: Vec<Message>, schema: Option<Arc<NamedSchema>>) -> Self {
        let mut hasher = blake3::Hasher::new();
        let known = usize::from(opening.is_some());
        let opened = opening.map(|opening| opening.digest);
        for digest in opened.into_iter().chain(messages.iter().skip(known).map(digest)) {
            hasher.update(digest.as_bytes());
        }
        if let Some(schema) = &schema {
            hasher.update(schema.digest.as_bytes());
        }
        hasher.update(&[u8::from(schema.is_some())]);
        let opening = opening.map(|opening| Arc::clone(&opening.written));
        Self {
            ask,
            messages,
            schema,
            payload: None,
            vectors: false,
            content: hasher.finalize(),
            opening,
            allowance: None,
        }
    }

    /// A request to a system of the user's own.
    pub fn of_payload(ask: Ask, payload: &impl Serialize) -> Self {
        // A value of JSON, and what is made of such values, can be written.
        let payload = json::to_string(payload).unwrap_or_default();
        let content = blake3::hash(payload.as_bytes());
        let payload = Some(payload);
        Self {
            ask,
            messages: Vec::new(),
            schema: None,
            payload,
            vectors: false,
            content,
            opening: None,
            allowance: None,
        }
    }

    /// A request for the vectors of texts. It belongs to no case: who asks for the same text gets the same vector.
    pub fn of_texts<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let said = |text: &str| Message { role: Role::User, content: text.to_string() };
        let ask = Ask::Output { candidate: "".into(), case: "".into(), sample: 0 };
        let request = Self::new(ask, texts.into_iter().map(said).collect(), None);
        let content = blake3::derive_key("karat 2026 request for the vectors of texts", request.content.as_bytes());
        Self { vectors: true, content: content.into(), ..request }
    }

    /// The same request, which may take so long and no longer.
    #[must_use]
    pub fn allowed(self, allowance: Option<Allowance>) -> Self {
        Self { allowance, ..self }
    }

    /// What its case leaves it of time; `None` without a limit.
    pub fn allowance(&self) -> Option<Allowance> {
        self.allowance
    }

    /// Whether the vectors of the messages are wanted.
    pub fn wants_vectors(&self) -> bool {
        self.vectors
    }

    /// What is said to a system of the user's own, as JSON.
    pub fn payload(&self) -> Option<&str> {
        self.payload.as_deref()
    }

    /// The messages.
    pub fn messages(&self) -> &[Message] {
        &self.messages
    }

    /// The messages, each with its content as JSON where that was written before.
    pub fn written(&self) -> impl Iterator<Item = (&Message, Option<&str>)> {
        let opening = std::iter::once(self.opening.as_deref());
        self.messages.iter().zip(opening.chain(std::iter::repeat(None)))
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
        let (name, written) = (name.into(), schema.to_string());
        let mut hasher = blake3::Hasher::new();
        hasher.update(&(name.len() as u64).to_le_bytes()).update(name.as_bytes()).update(written.as_bytes());
        Self { name, schema, written, digest: hasher.finalize() }
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

    #[test]
    fn the_digest_follows_from_every_word_and_from_nothing_else() {
        let ask = |case: &str| Ask::Output { candidate: "v1".into(), case: case.into(), sample: 0 };
        let said = |role, text: &str| Message { role, content: text.to_string() };
        let schema = |name: &str, of: Value| Some(Arc::new(NamedSchema::new(name, of)));
        let of = |messages: &[Message], schema| *Request::new(ask("a"), messages.to_vec(), schema).content();
        let one = [said(Role::User, "ab"), said(Role::User, "c")];
        assert_eq!(of(&one, None), *Request::new(ask("b"), one.to_vec(), None).content());
        let opened = Request::opened(ask("a"), &Opening::of(&one[0]), one.to_vec(), None);
        assert_eq!(*opened.content(), of(&one, None));
        let written: Vec<_> = opened.written().map(|(_, written)| written).collect();
        assert_eq!(written, [Some("\"ab\""), None]);
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
