//! A YAML value that knows where it stands: the tree that every reader of the suite works on.

use serde_json::{Map, Value as Json};

/// A stretch of one line: line and column from 1, width in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct At {
    pub line: usize,
    pub column: usize,
    pub width: usize,
}

/// One value of a YAML file.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Where it stands. A block of many lines stands where it begins.
    pub at: At,
    /// Where the key stands that it belongs to; itself where it has none. Here is shown what is missing *in* it.
    pub owner: At,
    pub value: Value,
    /// A scalar as it was written, quotes and escapes resolved; empty for lists and maps.
    pub raw: String,
}

/// What a YAML value is, by the core schema of YAML 1.2: `yes` and `no` are text.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Null,
    Bool(bool),
    Int(i128),
    Float(f64),
    Text(String),
    List(Vec<Node>),
    Map(Vec<(Key, Node)>),
}

/// A key of a map. Whatever scalar it was written as, it is its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    pub at: At,
    pub name: String,
}

impl Node {
    /// What stands here, in words for a message: ``the number 3``, `a list`.
    pub fn describe(&self) -> String {
        match &self.value {
            Value::Null => "nothing".to_string(),
            Value::Bool(b) => format!("`{b}`"),
            Value::Int(_) | Value::Float(_) => format!("the number {}", self.raw),
            Value::Text(text) => describe_text(text),
            Value::List(_) => "a list".to_string(),
            Value::Map(_) => "a map".to_string(),
        }
    }

    pub fn is_null(&self) -> bool {
        self.value == Value::Null
    }

    /// The text of a scalar as written; `None` for nothing, a list or a map.
    pub fn scalar(&self) -> Option<&str> {
        match self.value {
            Value::Null | Value::List(_) | Value::Map(_) => None,
            _ => Some(&self.raw),
        }
    }

    /// The same value as JSON; `None` where it holds a number that JSON cannot say (`.nan`, `.inf`, beyond 64 bits).
    pub fn to_json(&self) -> Option<Json> {
        Some(match &self.value {
            Value::Null => Json::Null,
            Value::Bool(b) => Json::Bool(*b),
            Value::Int(i) => match (i64::try_from(*i), u64::try_from(*i)) {
                (Ok(i), _) => i.into(),
                (_, Ok(u)) => u.into(),
                _ => return None,
            },
            Value::Float(f) => serde_json::Number::from_f64(*f)?.into(),
            Value::Text(text) => Json::String(text.clone()),
            Value::List(items) => Json::Array(items.iter().map(Self::to_json).collect::<Option<_>>()?),
            Value::Map(entries) => {
                let pairs = entries.iter().map(|(key, node)| Some((key.name.clone(), node.to_json()?)));
                Json::Object(pairs.collect::<Option<Map<_, _>>>()?)
            }
        })
    }

    /// How many values it is made of, itself included.
    pub fn size(&self) -> usize {
        1 + match &self.value {
            Value::List(items) => items.iter().map(Self::size).sum(),
            Value::Map(entries) => entries.iter().map(|(_, node)| node.size()).sum(),
            _ => 0,
        }
    }

    /// Calls `visit` for every text in it, in order.
    pub fn each_text<'a>(&'a self, visit: &mut dyn FnMut(&'a Self, &'a str)) {
        match &self.value {
            Value::Text(text) => visit(self, text),
            Value::List(items) => items.iter().for_each(|node| node.each_text(visit)),
            Value::Map(entries) => entries.iter().for_each(|(_, node)| node.each_text(visit)),
            _ => {}
        }
    }
}

/// `the text `…``, cut where it is long.
fn describe_text(text: &str) -> String {
    const SHOWN: usize = 40;
    let line = text.lines().next().unwrap_or("");
    if line.chars().count() > SHOWN || line.len() < text.trim_end().len() {
        format!("the text `{}…`", line.chars().take(SHOWN).collect::<String>())
    } else {
        format!("the text `{line}`")
    }
}
