//! Prompt templates and the variables they see → messages; and templates inside checks → text.
//!
//! Templates are minijinja's, strict: a variable that is not there is an error with its place, never an empty text.
//! A template stands alone: it includes no other file, and it runs on a budget of steps.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::LazyLock;

use minijinja::value::{Serde, Value};
use minijinja::{AutoEscape, Environment, ErrorKind, UndefinedBehavior};
use serde::Serialize;
use serde_json::{Map, Value as Json};

use super::reader::remedy;
use super::{MessageTemplate, Role};
use crate::diagnostic::{Diagnostic, Place};

/// Steps one template may take: thousands of times what a prompt needs, and over in a second.
const FUEL: u64 = 5_000_000;

/// What a prompt must not use: a candidate never sees the gold.
pub const GOLD: &[&str] = &["reference", "labels"];

static ENVIRONMENT: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| AutoEscape::None);
    environment.set_fuel(Some(FUEL));
    // Errors carry the place of their expression only so.
    environment.set_debug(true);
    environment
});

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

/// What a prompt sees of a case: `input`, `context`, `messages`, and the keys of an input that is an object.
pub fn prompt_variables(input: &Json, context: &[Json], messages: &impl Serialize) -> Map<String, Json> {
    let mut variables = input.as_object().cloned().unwrap_or_default();
    variables.insert("input".to_string(), input.clone());
    variables.insert("context".to_string(), context.into());
    variables.insert("messages".to_string(), serde_json::to_value(messages).unwrap_or_default());
    variables
}

/// Whether a text holds anything to be filled in.
pub fn is_template(text: &str) -> bool {
    text.contains("{{") || text.contains("{%")
}

/// Compiles a template without running it.
///
/// # Errors
/// What is wrong with it, and where.
pub fn compile(text: &str) -> Result<(), Fault> {
    ENVIRONMENT.template_from_str(text).map_err(|error| fault(&error, text, None))?;
    match foreign_block(text) {
        Some((word, range)) => Err(Fault {
            message: format!("`{word}` reads another template, and a prompt is one file"),
            range,
            hint: Some("put the text here, or into a `system` prompt".to_string()),
        }),
        None => Ok(()),
    }
}

/// The variables that a template uses and does not set itself, without their attributes.
pub fn variables(text: &str) -> BTreeSet<String> {
    undeclared(text, false)
}

/// The same with plain attributes: `input.question` rather than `input`.
pub fn paths(text: &str) -> BTreeSet<String> {
    undeclared(text, true)
}

fn undeclared(text: &str, nested: bool) -> BTreeSet<String> {
    let Ok(template) = ENVIRONMENT.template_from_str(text) else { return BTreeSet::new() };
    let built_in: BTreeSet<&str> = ENVIRONMENT.globals().map(|(name, _)| name).collect();
    let root = |path: &str| path.split('.').next().unwrap_or(path).to_string();
    template.undeclared_variables(nested).into_iter().filter(|path| !built_in.contains(root(path).as_str())).collect()
}

/// Fills in the messages of a prompt.
///
/// # Errors
/// The first variable that is not there, or operation that fails, at its line of the prompt.
pub fn render(messages: &[MessageTemplate], variables: &Map<String, Json>) -> Result<Vec<(Role, String)>, Diagnostic> {
    let context = Value::from(Serde(variables));
    let fill = |message: &MessageTemplate| match run(&message.content, &context, variables) {
        Ok(text) => Ok((message.role, text)),
        Err(fault) => Err(fault.diagnose(&message.file, &message.content, message.line)),
    };
    messages.iter().map(fill).collect()
}

/// Fills in a text that may be a template, such as the `value` of a check; it may see the whole case.
///
/// # Errors
/// As [`render`], with the template in the message, since it stands in no file of its own.
pub fn render_text(text: &str, variables: &Map<String, Json>) -> Result<String, Diagnostic> {
    if !is_template(text) {
        return Ok(text.to_string());
    }
    run(text, &Value::from(Serde(variables)), variables).map_err(|fault| {
        let diagnostic = Diagnostic::new(format!("in the template `{text}`: {}", fault.message));
        Diagnostic { hint: fault.hint, ..diagnostic }
    })
}

fn run(text: &str, context: &Value, variables: &Map<String, Json>) -> Result<String, Fault> {
    let template = ENVIRONMENT.template_from_str(text).map_err(|error| fault(&error, text, None))?;
    template.render(context.clone()).map_err(|error| fault(&error, text, Some(variables)))
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
fn fault(error: &minijinja::Error, text: &str, known: Option<&Map<String, Json>>) -> Fault {
    let detail = error.detail().unwrap_or("");
    let range = error.range().unwrap_or_else(|| line_range(text, error.line().unwrap_or(1)));
    let range = first_line(text, range);
    let (message, hint) = match error.kind() {
        ErrorKind::SyntaxError => (format!("this template does not read: {detail}"), None),
        ErrorKind::OutOfFuel => ("this template takes too many steps".to_string(), None),
        ErrorKind::UndefinedError => {
            let name = detail.split('`').nth(1).or_else(|| text.get(range.clone())).unwrap_or("a variable");
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
            _ => return remedy(part, siblings.keys().map(String::as_str), &format!("`{parent}` is empty")),
        }
        parent = part.to_string();
    }
    String::new()
}

/// The tag of a template that would read another one, with its place.
fn foreign_block(text: &str) -> Option<(&'static str, Range<usize>)> {
    let mut from = 0;
    while let Some(offset) = text[from..].find("{%") {
        let start = from + offset + 2;
        let rest = text[start..].trim_start_matches(['-', '+']).trim_start();
        let word = rest.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or("");
        if let Some(found) = ["include", "import", "from", "extends"].into_iter().find(|tag| *tag == word) {
            let at = text.len() - rest.len();
            return Some((found, at..at + word.len()));
        }
        from = start;
    }
    None
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
