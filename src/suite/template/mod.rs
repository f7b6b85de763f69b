//! Prompt templates and the variables they see → messages; and templates inside checks → text.
//!
//! Templates are minijinja's, strict: a variable that is not there is an error with its place, never an empty text.
//! A template stands alone: it includes no other file, and it runs on a budget of steps.

use std::cell::LazyCell;
use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::{LazyLock, PoisonError, RwLock};

use minijinja::value::{Serde, Value};
use minijinja::{AutoEscape, Environment, ErrorKind, Template, UndefinedBehavior};
use serde::Serialize;
use serde_json::{Map, Value as Json};

use super::{MessageTemplate, Role};
use crate::diagnostic::Diagnostic;

mod expression;
mod fault;
mod plain;
#[cfg(test)]
mod tests;
mod words;

pub use expression::{fill, holds};
use fault::fault;
pub use fault::{Fault, position};

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

/// So many compiled templates are kept; a suite has a few, and fills each in for every case.
const KEPT: usize = 1000;

/// Templates that were filled in before, each under its own text.
static COMPILED: LazyLock<RwLock<Environment<'static>>> = LazyLock::new(|| RwLock::new(ENVIRONMENT.clone()));

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
    dead_end(text).map_or(Ok(()), Err)
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
    let Ok(template) = ENVIRONMENT.template_from_str(text) else {
        return BTreeSet::new();
    };
    let built_in: BTreeSet<&str> = ENVIRONMENT.globals().map(|(name, _)| name).collect();
    let root = |path: &str| path.split('.').next().unwrap_or(path).to_string();
    template.undeclared_variables(nested).into_iter().filter(|path| !built_in.contains(root(path).as_str())).collect()
}

/// Fills in the messages of a prompt.
///
/// # Errors
/// The first variable that is not there, or operation that fails, at its line of the prompt.
pub fn render(messages: &[MessageTemplate], variables: &Map<String, Json>) -> Result<Vec<(Role, String)>, Diagnostic> {
    let context = LazyCell::new(|| Value::from(Serde(variables)));
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
    run(text, &LazyCell::new(|| Value::from(Serde(variables))), variables).map_err(|fault| {
        let diagnostic = Diagnostic::new(format!("in the template `{text}`: {}", fault.message));
        Diagnostic { hint: fault.hint, ..diagnostic }
    })
}

/// Fills in one template. `context` is made of the variables where the engine has to see them.
fn run(
    text: &str,
    context: &LazyCell<Value, impl FnOnce() -> Value>,
    variables: &Map<String, Json>,
) -> Result<String, Fault> {
    if let Some(filled) = plain::fill(text, variables) {
        return Ok(filled);
    }
    let filled = |template: &Template<'_, '_>| {
        template.render(Value::clone(context)).map_err(|error| fault(&error, text, Some(variables)))
    };
    {
        let compiled = COMPILED.read().unwrap_or_else(PoisonError::into_inner);
        if let Ok(template) = compiled.get_template(text) {
            return filled(&template);
        }
    }
    let template = ENVIRONMENT.template_from_str(text).map_err(|error| fault(&error, text, None))?;
    let mut compiled = COMPILED.write().unwrap_or_else(PoisonError::into_inner);
    if compiled.templates().count() < KEPT {
        // It has just been compiled without a fault; where it is not kept, it is compiled again.
        let _ = compiled.add_template_owned(text.to_string(), text.to_string());
    }
    drop(compiled);
    filled(&template)
}

/// What compiles and would still fail in every run: a tag that reads another template, a filter or test that is none.
fn dead_end(text: &str) -> Option<Fault> {
    let words = words::words(text);
    let mut state = ENVIRONMENT.empty_state();
    for (i, word) in words.iter().enumerate() {
        let before = |n: usize| i.checked_sub(n).and_then(|i| words.get(i));
        let after_is = |n: usize| before(n).is_some_and(|w| w.text == "is");
        let fault = |message: String, hint: &str| {
            Some(Fault { message, range: word.range.clone(), hint: Some(hint.to_string()) })
        };
        if word.opens && ["include", "import", "from", "extends"].contains(&word.text) {
            let message = format!("`{}` reads another template, and a prompt is one file", word.text);
            return fault(message, "put the text here, or into a `system` prompt");
        }
        if word.after == '|' || before(1).is_some_and(|w| w.opens && w.text == "filter") {
            let unknown = |error: minijinja::Error| error.kind() == ErrorKind::UnknownFilter;
            if state.apply_filter(word.text, &[]).is_err_and(unknown) {
                return fault(format!("there is no filter `{}`", word.text), "the filters are those of minijinja");
            }
        }
        let is_test =
            (after_is(1) && word.text != "not") || (after_is(2) && before(1).is_some_and(|w| w.text == "not"));
        if is_test && word.after != '.' {
            let unknown = |error: minijinja::Error| error.kind() == ErrorKind::UnknownTest;
            if state.perform_test(word.text, &[]).is_err_and(unknown) {
                return fault(format!("there is no test `{}`", word.text), "the tests are those of minijinja");
            }
        }
    }
    None
}

/// The first use of a variable in a template, as bytes.
pub fn first_use(text: &str, name: &str) -> Option<Range<usize>> {
    words::words(text).into_iter().find(|word| word.text == name && word.after != '.').map(|word| word.range)
}
