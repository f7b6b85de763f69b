//! One map of a suite → checked values: every key is known, every type is right, and what is not is said with its place.

use std::borrow::Cow;
use std::time::Duration;

use super::keys;
use super::node::{At, Key, Node, Value};
use super::reader::{Reader, remedy};
use super::values::{SIZE, TIME, duration, size};
use crate::diagnostic::{Diagnostic, nearest};

/// A map being read. A value that is wrong is said and then counts as absent, so that reading goes on.
pub struct Fields<'a> {
    pub reader: Reader<'a>,
    /// Where the map stands, for what is missing in it.
    pub at: At,
    what: Cow<'static, str>,
    known: Vec<&'static str>,
    entries: &'a [(Key, Node)],
}

impl<'a> Fields<'a> {
    /// Opens a map in which only `known` keys may stand. `what` names it in messages: `a model`.
    pub fn open(
        reader: Reader<'a>,
        node: &'a Node,
        what: impl Into<Cow<'static, str>>,
        known: &[&'static str],
    ) -> Option<Self> {
        let what = what.into();
        let entries = reader.map(node, &what)?;
        for (key, value) in entries {
            if !known.contains(&key.name.as_str()) {
                reader.say(key.at, unknown(&what, key, known));
                if keys::names_a_secret(&key.name) {
                    value.each_text(&mut |_, text| reader.folder.hide(text));
                }
            }
        }
        Some(Self { reader, at: node.owner, what, known: known.to_vec(), entries })
    }

    /// The value of a key; one that says nothing (`gate:`) is not there.
    pub fn get(&self, key: &str) -> Option<&'a Node> {
        self.entries.iter().find(|(known, _)| known.name == key).map(|(_, node)| node).filter(|node| !node.is_null())
    }

    pub fn has(&self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// Says what is wrong, at a key's value, or at the map where the key is not there.
    pub fn say(&self, key: &str, diagnostic: Diagnostic) {
        self.reader.say(self.get(key).map_or(self.at, |node| node.at), diagnostic);
    }

    /// The value of a key that must be there; `example` shows how it is written.
    pub fn required(&self, key: &str, example: &str) -> Option<&'a Node> {
        let node = self.get(key);
        if node.is_none() && !self.misspelt(key) {
            let at = self.entries.iter().find(|(known, _)| known.name == key).map_or(self.at, |(key, _)| key.at);
            let message = format!("{} needs `{key}`", self.what);
            self.reader.say(at, Diagnostic::new(message).hint(format!("for example `{example}`")));
        }
        node
    }

    /// Whether an unknown key stands there; it has been said then, and likely is what is missing.
    pub fn has_unknown(&self) -> bool {
        self.entries.iter().any(|(written, _)| !self.known.contains(&written.name.as_str()))
    }

    /// Whether an unknown key stands there that likely was meant to be this one; it has been said then.
    fn misspelt(&self, key: &str) -> bool {
        let unknown = self.entries.iter().filter(|(written, _)| !self.known.contains(&written.name.as_str()));
        unknown.into_iter().any(|(written, _)| nearest(&written.name, self.known.iter().copied()) == Some(key))
    }

    pub fn text(&self, key: &str, example: &str) -> Option<String> {
        self.reader.text(self.required(key, example)?, key)
    }

    pub fn optional_text(&self, key: &str) -> Option<String> {
        self.reader.text(self.get(key)?, key)
    }

    /// Any scalar, as text: `value: 42` is `42`.
    pub fn scalar(&self, key: &str) -> Option<String> {
        self.reader.scalar(self.get(key)?, key)
    }

    pub fn flag(&self, key: &str) -> Option<bool> {
        let node = self.get(key)?;
        match node.value {
            Value::Bool(value) => Some(value),
            _ => self.reader.wrong(node, key, "`true` or `false`"),
        }
    }

    /// A finite number that is `right`; `expected` says which are.
    pub fn number(&self, key: &str, expected: &str, right: impl Fn(f64) -> bool) -> Option<f64> {
        let node = self.get(key)?;
        let number = node.number().filter(|number| right(*number));
        number.or_else(|| self.reader.wrong(node, key, expected))
    }

    /// A whole number from `least` to `most`.
    pub fn whole(&self, key: &str, least: u64, most: u64) -> Option<u64> {
        let node = self.get(key)?;
        let number = match node.value {
            Value::Int(number) => u64::try_from(number).ok().filter(|n| (least..=most).contains(n)),
            _ => None,
        };
        let wanted = match node.value {
            Value::Int(number) if u64::try_from(number).is_ok_and(|number| number > most) => {
                format!("{least} to {most}")
            }
            _ => format!("{least} or more"),
        };
        number.or_else(|| self.reader.wrong(node, key, &format!("a whole number, {wanted}")))
    }

    /// A number of bytes with its unit: `500MB`, `1GB`.
    pub fn size(&self, key: &str) -> Option<u64> {
        let node = self.get(key)?;
        let size = match &node.value {
            Value::Text(text) => size(text),
            _ => None,
        };
        size.or_else(|| self.reader.wrong(node, key, SIZE))
    }

    /// A time with its unit: `500ms`, `60s`, `2m`.
    pub fn duration(&self, key: &str) -> Option<Duration> {
        let node = self.get(key)?;
        let duration = match &node.value {
            Value::Text(text) => duration(text),
            _ => None,
        };
        duration.or_else(|| self.reader.wrong(node, key, TIME))
    }

    /// One of a few words.
    pub fn one_of<T: Copy>(&self, key: &str, words: &[(&'static str, T)]) -> Option<T> {
        let node = self.get(key)?;
        let written = self.reader.scalar(node, key)?;
        let found = words.iter().find(|(word, _)| *word == written).map(|(_, value)| *value);
        if found.is_none() {
            let hint = remedy(&written, words.iter().map(|(word, _)| *word), "");
            self.reader.say(node.at, Diagnostic::new(format!("`{written}` is not a value of `{key}`")).hint(hint));
        }
        found
    }

    pub fn items(&self, key: &str) -> Option<&'a [Node]> {
        let node = self.get(key)?;
        match &node.value {
            Value::List(items) => Some(items),
            _ => self.reader.wrong(node, key, "a list"),
        }
    }

    /// A list of texts, or of scalars as texts.
    pub fn texts(&self, key: &str) -> Option<Vec<(At, String)>> {
        let items = self.items(key)?;
        Some(items.iter().filter_map(|item| Some((item.at, self.reader.scalar(item, key)?))).collect())
    }

    /// A map whose keys are the user's own names; none where the key is not there.
    pub fn names(&self, key: &str) -> &'a [(Key, Node)] {
        self.get(key).and_then(|node| self.reader.map(node, &format!("`{key}`"))).unwrap_or(&[])
    }
}

fn unknown(what: &str, key: &Key, known: &[&'static str]) -> Diagnostic {
    let name = key.name.as_str();
    if let Some((message, hint)) = keys::known_elsewhere(what, name) {
        return Diagnostic::new(message).hint(hint);
    }
    let diagnostic = Diagnostic::new(format!("unknown key `{name}` in {what}"));
    diagnostic.hint(remedy(name, known.iter().copied(), "nothing may stand here"))
}
