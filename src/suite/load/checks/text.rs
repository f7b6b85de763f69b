//! The keys of checks on the text of an output → their kinds.

use super::super::pattern;
use super::super::prompts::place_of;
use crate::diagnostic::Diagnostic;
use crate::suite::fields::Fields;
use crate::suite::node::{Node, Value};
use crate::suite::reader::Reader;
use crate::suite::{CheckKind, LengthUnit, template};

const UNITS: &[(&str, LengthUnit)] =
    &[("chars", LengthUnit::Chars), ("words", LengthUnit::Words), ("tokens", LengthUnit::Tokens)];
const REFERENCE: &str = "{{ reference }}";

pub fn equals(fields: &Fields<'_>) -> Option<CheckKind> {
    Some(CheckKind::Equals { value: value(fields)?, ignore_case: fields.flag("ignore_case").unwrap_or(false) })
}

pub fn starts_with(fields: &Fields<'_>) -> Option<CheckKind> {
    Some(CheckKind::StartsWith { value: value(fields)?, ignore_case: fields.flag("ignore_case").unwrap_or(false) })
}

/// A pattern; one that is filled in for each case can be compiled only then.
pub fn regex(fields: &Fields<'_>) -> Option<CheckKind> {
    let pattern = match fields.get("pattern") {
        Some(node) if node.scalar().is_some_and(template::is_template) => template_of(fields.reader, node, "pattern"),
        _ => pattern::read(fields, "pattern"),
    };
    let pattern = pattern?;
    if pattern.is_empty() {
        fields.say("pattern", Diagnostic::new("every output matches the empty pattern"));
    }
    Some(CheckKind::Regex { pattern })
}

pub fn contains(fields: &Fields<'_>, ignore_case: bool) -> Option<CheckKind> {
    let (any, mut all) = (list(fields, "any"), list(fields, "all"));
    if fields.has("value") {
        if fields.has("any") || fields.has("all") {
            fields.say("value", Diagnostic::new("`contains` has a `value`, or the lists `any` and `all`, not both"));
        }
        all = vec![value(fields)?];
    } else if any.is_empty() && all.is_empty() {
        let diagnostic = Diagnostic::new("the check `contains` needs `value`, or a list `any` or `all`");
        fields.reader.say(fields.at, diagnostic.hint("for example `any: [sorry, apologies]`"));
        return None;
    }
    full(fields, CheckKind::Contains { any, all, ignore_case })
}

pub fn contains_any(fields: &Fields<'_>, ignore_case: bool) -> Option<CheckKind> {
    full(fields, CheckKind::Contains { any: values(fields)?, all: Vec::new(), ignore_case })
}

pub fn contains_all(fields: &Fields<'_>, ignore_case: bool) -> Option<CheckKind> {
    full(fields, CheckKind::Contains { any: Vec::new(), all: values(fields)?, ignore_case })
}

pub fn number(fields: &Fields<'_>) -> Option<CheckKind> {
    let tolerance = fields.number("tolerance", "a number, 0 or more", |t| t >= 0.0).unwrap_or(0.0);
    let value = value_or_reference(fields)?;
    if !template::is_template(&value) && value.trim().parse::<f64>().is_err() {
        let diagnostic = Diagnostic::new(format!("`value` must be a number or a template, and here stands `{value}`"));
        fields.say("value", diagnostic.hint("without `value` the number comes from the case's reference"));
        return None;
    }
    Some(CheckKind::Number { value, tolerance })
}

pub fn length(fields: &Fields<'_>) -> Option<CheckKind> {
    let (min, max) = bounds(fields, "length");
    Some(CheckKind::Length { unit: fields.one_of("unit", UNITS).unwrap_or_default(), min, max })
}

/// `min` and `max`, of which the first must not be the greater.
pub fn bounds(fields: &Fields<'_>, of: &str) -> (Option<f64>, Option<f64>) {
    let bound = |key| fields.number(key, "a number, 0 or more", |n| n >= 0.0);
    let (min, max) = (bound("min"), bound("max"));
    if let (Some(min), Some(max)) = (min, max)
        && min > max
    {
        fields.say("min", Diagnostic::new(format!("`min` {min} is above `max` {max}: no {of} is between them")));
    }
    (min, max)
}

/// The `value`, by default the case's reference.
pub fn value_or_reference(fields: &Fields<'_>) -> Option<String> {
    match fields.get("value") {
        Some(node) => template_of(fields.reader, node, "value"),
        None => Some(REFERENCE.to_string()),
    }
}

/// The `value` that must be there.
fn value(fields: &Fields<'_>) -> Option<String> {
    let node = fields.required("value", "value: \"{{ reference }}\"")?;
    template_of(fields.reader, node, "value")
}

/// The list of values that must be there and hold something.
fn values(fields: &Fields<'_>) -> Option<Vec<String>> {
    let node = fields.required("value", "value: [sorry, apologies]")?;
    if let Value::Text(text) = &node.value {
        let items: Vec<&str> = text.split(',').map(str::trim).filter(|item| !item.is_empty()).collect();
        let wrong = Diagnostic::new(format!("`value` must be a list, and here stands the text `{text}`"));
        fields.say("value", wrong.hint(format!("write `value: [{}]`", items.join(", "))));
        return None;
    }
    if fields.items("value")?.is_empty() {
        fields.say("value", Diagnostic::new("`value` is an empty list"));
    }
    let values = list(fields, "value");
    (!values.is_empty()).then_some(values)
}

fn list(fields: &Fields<'_>, key: &str) -> Vec<String> {
    let items = fields.items(key).unwrap_or(&[]);
    items.iter().filter_map(|node| template_of(fields.reader, node, key)).collect()
}

/// A check that looks for texts, none of which may be empty.
fn full(fields: &Fields<'_>, kind: CheckKind) -> Option<CheckKind> {
    if let CheckKind::Contains { any, all, .. } = &kind
        && any.iter().chain(all).any(String::is_empty)
    {
        fields.reader.say(fields.at, Diagnostic::new("every output contains the empty text"));
    }
    Some(kind)
}

/// A scalar that may be a template over the whole case.
pub fn template_of(reader: Reader<'_>, node: &Node, key: &str) -> Option<String> {
    let text = reader.scalar(node, key)?;
    if template::is_template(&text)
        && let Err(fault) = template::compile(&text)
    {
        let place = reader.source.place(place_of(node, &text, &fault));
        let diagnostic = Diagnostic::new(fault.message).at(place);
        reader.folder.say(Diagnostic { hint: fault.hint, ..diagnostic });
        return None;
    }
    Some(text)
}
