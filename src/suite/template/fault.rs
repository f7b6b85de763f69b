//! What minijinja says is wrong with a template → a message with its place and the nearest name.

use std::ops::Range;

use minijinja::ErrorKind;
use serde_json::{Map, Value as Json};

use crate::diagnostic::{Diagnostic, Place};
use crate::suite::reader::remedy;

/// What is wrong with a template, and where in its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What is wrong: `` `input.qestion` is not defined``.
    pub message: String,
    /// The bytes of the template that are meant, within one line.
    pub range: Range<usize>,
    /// What would mend it.
    pub hint: Option<String>,
}

impl Fault {
    /// The fault as a diagnostic: `text` starts in line `first` of `file`.
    pub fn diagnose(self, file: &str, text: &str, first: usize) -> Diagnostic {
        let (line, column) = position(text, self.range.start);
        let width = text.get(self.range).map_or(1, |part| part.chars().count());
        let place = Place::new(file, text, line, column, width);
        let diagnostic = Diagnostic::new(self.message).at(Place { line: place.line + first - 1, ..place });
        Diagnostic { hint: self.hint, ..diagnostic }
    }
}

/// Line and column, both from 1, of a byte of a text.
pub fn position(text: &str, byte: usize) -> (usize, usize) {
    let before = text.get(..byte).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
    (line, column)
}

/// What minijinja says → what is said here.
pub fn fault(error: &minijinja::Error, text: &str, known: Option<&Map<String, Json>>) -> Fault {
    let detail = error.detail().unwrap_or("");
    let range = error.range().unwrap_or_else(|| line_range(text, error.line().unwrap_or(1)));
    let mut range = first_line(text, range);
    let (message, hint) = match error.kind() {
        ErrorKind::SyntaxError => (format!("this template does not read: {detail}"), None),
        ErrorKind::OutOfFuel => ("this template takes too many steps".to_string(), None),
        ErrorKind::UndefinedError => {
            let name = detail.split('`').nth(1).or_else(|| text.get(range.clone())).unwrap_or("a variable");
            // The engine points at the operation that failed, a filter for one; the name stands at or before it.
            if let Some(start) = text.get(..range.end).and_then(|before| before.rfind(name)) {
                range = start..start + name.len();
            }
            (format!("`{name}` is not defined"), known.map(|known| nearby(name, known)))
        }
        kind if detail.is_empty() => (format!("this template fails: {kind}"), None),
        kind => (format!("this template fails: {kind}: {detail}"), None),
    };
    Fault { message, range, hint }
}

/// The nearest name to a variable that is not there: among its siblings, if its parent is an object.
fn nearby(path: &str, variables: &Map<String, Json>) -> String {
    let mut siblings = variables;
    let mut parent = String::new();
    let mut parts = path.split('.').peekable();
    while let Some(part) = parts.next() {
        let deeper = siblings.get(part).and_then(Json::as_object);
        match deeper {
            Some(object) if parts.peek().is_some() => siblings = object,
            _ => {
                return remedy(part, siblings.keys().map(String::as_str), &format!("`{parent}` is empty"));
            }
        }
        parent = part.to_string();
    }
    String::new()
}

fn line_range(text: &str, line: usize) -> Range<usize> {
    let start: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let len = text[start.min(text.len())..].lines().next().unwrap_or("").len();
    start..start + len
}

/// Cuts a range at the end of the line it starts in.
fn first_line(text: &str, range: Range<usize>) -> Range<usize> {
    let start = range.start.min(text.len());
    let end = range.end.clamp(start, text.len());
    let part = text.get(start..end).unwrap_or("");
    start..start + part.lines().next().unwrap_or("").len()
}
