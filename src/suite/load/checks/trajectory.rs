//! The keys of checks on the tools that were called and the steps that were taken → their kinds.

use serde_json::Value;

use super::{json, text, value};
use crate::diagnostic::Diagnostic;
use crate::suite::fields::Fields;
use crate::suite::{ArgumentsMode, CheckKind, SequenceMode, ToolMode};

const TOOL_MODES: &[(&str, ToolMode)] = &[("all", ToolMode::All), ("any", ToolMode::Any), ("only", ToolMode::Only)];
const ARGUMENTS_MODES: &[(&str, ArgumentsMode)] =
    &[("partial", ArgumentsMode::Partial), ("exact", ArgumentsMode::Exact)];
const SEQUENCE_MODES: &[(&str, SequenceMode)] =
    &[("in_order", SequenceMode::InOrder), ("exact", SequenceMode::Exact), ("any", SequenceMode::Any)];

pub fn tool_used(fields: &Fields<'_>) -> Option<CheckKind> {
    let mode = fields.one_of("mode", TOOL_MODES).unwrap_or_default();
    let value = tools(fields)?;
    // Of `only`, an empty list says that no tool may be used.
    if mode != ToolMode::Only {
        full(fields, &value)?;
    }
    Some(CheckKind::ToolUsed { value, mode })
}

pub fn sequence(fields: &Fields<'_>) -> Option<CheckKind> {
    let mode = fields.one_of("mode", SEQUENCE_MODES).unwrap_or_default();
    let value = tools(fields)?;
    // Of the others, an empty list says that no tool may be called.
    if mode == SequenceMode::InOrder {
        full(fields, &value)?;
    }
    Some(CheckKind::ToolSequence { value, mode })
}

/// A constant list that says nothing of any output is refused.
fn full(fields: &Fields<'_>, value: &Value) -> Option<()> {
    let is_empty = value.as_array().is_some_and(Vec::is_empty);
    if is_empty {
        fields.say("value", Diagnostic::new("`value` is an empty list"));
    }
    (!is_empty).then_some(())
}

fn tools(fields: &Fields<'_>) -> Option<Value> {
    let node = fields.required("value", "value: [search, book]")?;
    let value = value::read(fields.reader, node, "value")?;
    named(fields, &value, |_| true, "the name of a tool, or a list of them: `[search, book]`")?;
    Some(value)
}

/// Refuses what names no tool in any case: an object without `name`, or a text that cannot be one. What a template gives is seen
/// only when it is filled in.
fn named(fields: &Fields<'_>, value: &Value, may_be: impl Fn(&str) -> bool, expected: &'static str) -> Option<()> {
    let names_one = |one: &Value| match one {
        Value::String(text) => may_be(text),
        Value::Object(call) => call.get("name").is_some_and(Value::is_string),
        _ => false,
    };
    let wrong = match value {
        Value::Array(items) => items.iter().find(|item| !names_one(item)),
        one => Some(one).filter(|one| !names_one(one)),
    };
    let Some(wrong) = wrong else { return Some(()) };
    fields.say("value", Diagnostic::new(format!("`value`: expected {expected}; found {wrong}")));
    None
}

/// Either calls with their arguments, or a tool with the schema of its arguments.
pub fn arguments(fields: &Fields<'_>) -> Option<CheckKind> {
    if fields.has("schema") || fields.has("tool") {
        for key in ["value", "mode"] {
            if fields.has(key) {
                fields.say(key, Diagnostic::new(format!("arguments are held against `{key}` or `schema`, not both")));
            }
        }
        fields.required("schema", "schema: schemas/book.json");
        let tool = fields.text("tool", "tool: book");
        let schema = json::schema(fields)??;
        return Some(CheckKind::ToolSchema { tool: tool?, schema });
    }
    let mode = fields.one_of("mode", ARGUMENTS_MODES).unwrap_or_default();
    let node = fields.required("value", "value: {name: book, arguments: {city: \"{{ input.city }}\"}}")?;
    let value = value::read(fields.reader, node, "value")?;
    full(fields, &value)?;
    let is_template = |text: &str| text.contains("{{");
    named(fields, &value, is_template, "a call, or a list of calls: `{name: book, arguments: {city: Rome}}`")?;
    Some(CheckKind::ToolArguments { value, mode })
}

pub fn step_count(fields: &Fields<'_>) -> Option<CheckKind> {
    let (min, max) = text::bounds(fields, "number");
    Some(CheckKind::StepCount { of: fields.optional_text("of"), min, max })
}

pub fn repeated(fields: &Fields<'_>) -> Option<CheckKind> {
    let (_, max) = text::bounds(fields, "number");
    Some(CheckKind::RepeatedCalls { max })
}
