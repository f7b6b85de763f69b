//! The keys of checks on the tools that were called and the steps that were taken → their kinds.

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
fn full(fields: &Fields<'_>, value: &serde_json::Value) -> Option<()> {
    let is_empty = value.as_array().is_some_and(Vec::is_empty);
    if is_empty {
        fields.say("value", Diagnostic::new("`value` is an empty list"));
    }
    (!is_empty).then_some(())
}

fn tools(fields: &Fields<'_>) -> Option<serde_json::Value> {
    let node = fields.required("value", "value: [search, book]")?;
    value::read(fields.reader, node, "value")
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
