//! One kind of check: its name, its keys, and how they are read. The loader and the JSON Schema both follow it.

use serde_json::{Value, json};

use crate::suite::CheckKind;
use crate::suite::fields::Fields;

/// A row of the table of checks.
pub struct Form {
    /// What is written after `check:`.
    pub name: &'static str,
    /// What it looks at, in a sentence.
    pub about: &'static str,
    /// Its keys, beside those that every check may have.
    pub keys: &'static [Key],
    /// Of these, one at least has to be there; empty for none.
    pub one_of: &'static [&'static str],
    /// Reads the keys; a mistake is said and gives nothing.
    pub read: fn(&Fields<'_>) -> Option<CheckKind>,
}

/// A key of a check.
pub struct Key {
    pub name: &'static str,
    /// What it means, in a sentence.
    pub about: &'static str,
    pub takes: Takes,
    /// Whether the check cannot do without it.
    pub required: bool,
}

/// What may stand behind a key.
#[derive(Clone, Copy)]
pub enum Takes {
    /// A text, or a scalar that is read as one.
    Text,
    /// A list of texts.
    Texts,
    /// A path.
    File,
    /// A JSON Schema, or the path of a file that holds one.
    Schema,
    /// `true` or `false`.
    Flag,
    /// A number that is not negative.
    Number,
    /// A whole number, this or more.
    Whole(u64),
    /// A text, a list or a map, parts of which may be templates.
    Value,
    /// A time with its unit.
    Time,
    /// One of these words.
    Word(&'static [&'static str]),
}

impl Takes {
    /// The JSON Schema of such a value.
    pub fn schema(self) -> Value {
        match self {
            Self::Text => json!({"type": ["string", "number", "boolean"]}),
            Self::Texts => json!({"type": "array", "items": {"type": ["string", "number", "boolean"]}, "minItems": 1}),
            Self::File => json!({"type": "string", "minLength": 1}),
            Self::Schema => json!({"type": ["string", "object"], "minLength": 1}),
            Self::Flag => json!({"type": "boolean"}),
            Self::Number => json!({"type": "number", "minimum": 0}),
            Self::Whole(least) => json!({"type": "integer", "minimum": least}),
            Self::Value => json!({"type": ["string", "array", "object"]}),
            Self::Time => json!({"type": "string", "pattern": "^[0-9]+(\\.[0-9]+)?\\s*(ms|s|m|h|d)$"}),
            Self::Word(words) => json!({"enum": words}),
        }
    }
}

impl Key {
    /// A key that may be left out.
    pub const fn optional(name: &'static str, takes: Takes, about: &'static str) -> Self {
        Self { name, about, takes, required: false }
    }

    /// A key that must be there.
    pub const fn required(name: &'static str, takes: Takes, about: &'static str) -> Self {
        Self { name, about, takes, required: true }
    }
}
