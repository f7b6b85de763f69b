//! A metric with `check:` → a deterministic scorer with its parameters checked.

use self::unknown::unknown;
use super::metrics::goal;
use super::pattern;
use super::prompts::place_of;
use crate::diagnostic::Diagnostic;
use crate::suite::fields::Fields;
use crate::suite::keys;
use crate::suite::node::{At, Node};
use crate::suite::reader::Reader;
use crate::suite::{CheckKind, CheckSpec, LengthUnit, MetricSpec, Missing, Range, Scorer, template};

mod unknown;

const UNITS: &[(&str, LengthUnit)] =
    &[("chars", LengthUnit::Chars), ("words", LengthUnit::Words), ("tokens", LengthUnit::Tokens)];
const REFERENCE: &str = "{{ reference }}";

pub fn read(reader: Reader<'_>, node: &Node) -> Option<MetricSpec> {
    let (_, name_node) = reader.map(node, "a metric")?.iter().find(|(key, _)| key.name == "check")?;
    let name = reader.text(name_node, "check")?;
    let Some((_, own)) = keys::CHECKS.iter().find(|(known, _)| *known == name) else {
        reader.say(name_node.at, unknown(&name));
        return None;
    };
    let known: Vec<&str> = keys::CHECK.iter().chain(own.iter()).copied().collect();
    let what = what(&name);
    let fields = Fields::open(reader, node, what, &known)?;
    let kind = kind(&fields, &name);
    let weight = fields.number("weight", "a number above 0", |w| w > 0.0).unwrap_or(1.0);
    let negate = fields.flag("not").unwrap_or(false);
    let goal = goal(&fields);
    let kind = kind?;
    if negate && kind.range() != Range::Binary {
        let diagnostic =
            Diagnostic::new(format!("`not` is for checks that say yes or no, and `{name}` gives a number"));
        fields.say("not", diagnostic.hint("`goal: down` says that less is better"));
    }
    Some(MetricSpec { scorer: Scorer::Check(CheckSpec { kind, negate, weight }), goal, missing: Missing::default() })
}

/// How messages name a check of this kind.
fn what(name: &str) -> &'static str {
    match name {
        "equals" => "the check `equals`",
        "contains" => "the check `contains`",
        "starts-with" => "the check `starts-with`",
        "regex" => "the check `regex`",
        "is-json" => "the check `is-json`",
        "contains-json" => "the check `contains-json`",
        "number" => "the check `number`",
        "length" => "the check `length`",
        "levenshtein" => "the check `levenshtein`",
        "rouge-l" => "the check `rouge-l`",
        _ => "a check",
    }
}

fn kind(fields: &Fields<'_>, name: &str) -> Option<CheckKind> {
    let ignore_case = fields.flag("ignore_case").unwrap_or(false);
    Some(match name {
        "equals" => CheckKind::Equals { value: value(fields)?, ignore_case },
        "contains" => contains(fields, ignore_case)?,
        "starts-with" => CheckKind::StartsWith { value: value(fields)?, ignore_case },
        "regex" => CheckKind::Regex { pattern: pattern_or_template(fields)? },
        "is-json" => CheckKind::IsJson { schema: schema(fields)? },
        "contains-json" => CheckKind::ContainsJson { schema: schema(fields)? },
        "number" => number(fields)?,
        "length" => length(fields)?,
        "levenshtein" => CheckKind::Levenshtein { value: value_or_reference(fields)? },
        _ => CheckKind::RougeL { value: value_or_reference(fields)? },
    })
}

/// A pattern; one that is filled in for each case can be compiled only then.
fn pattern_or_template(fields: &Fields<'_>) -> Option<String> {
    match fields.get("pattern") {
        Some(node) if node.scalar().is_some_and(template::is_template) => template_of(fields.reader, node, "pattern"),
        _ => pattern::read(fields, "pattern"),
    }
}

/// The `value` that must be there.
fn value(fields: &Fields<'_>) -> Option<String> {
    let node = fields.required("value", "value: \"{{ reference }}\"")?;
    template_of(fields.reader, node, "value")
}

/// The `value`, by default the case's reference.
fn value_or_reference(fields: &Fields<'_>) -> Option<String> {
    match fields.get("value") {
        Some(node) => template_of(fields.reader, node, "value"),
        None => Some(REFERENCE.to_string()),
    }
}

/// A scalar that may be a template over the whole case.
fn template_of(reader: Reader<'_>, node: &Node, key: &str) -> Option<String> {
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

fn contains(fields: &Fields<'_>, ignore_case: bool) -> Option<CheckKind> {
    let list = |key: &str| -> Vec<String> {
        let items = fields.items(key).unwrap_or(&[]);
        items.iter().filter_map(|node| template_of(fields.reader, node, key)).collect()
    };
    let (any, mut all) = (list("any"), list("all"));
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
    if any.iter().chain(&all).any(String::is_empty) {
        fields.reader.say(fields.at, Diagnostic::new("every output contains the empty text"));
    }
    Some(CheckKind::Contains { any, all, ignore_case })
}

/// The JSON Schema in the file that `schema` names. The outer `None` is a mistake, the inner one no schema.
fn schema(fields: &Fields<'_>) -> Option<Option<serde_json::Value>> {
    let Some(node) = fields.get("schema") else {
        return Some(None);
    };
    let path = fields.reader.text(node, "schema")?;
    let source = fields.reader.file(node, &path)?;
    let schema: serde_json::Value = match serde_json::from_str(&source.text) {
        Ok(schema) => schema,
        Err(error) => {
            let at = At { line: error.line().max(1), column: error.column().max(1), width: 1 };
            let said = error.to_string();
            let said = said.split(" at line ").next().unwrap_or(&said).to_string();
            fields.reader.folder.say(Diagnostic::new(format!("not valid JSON: {said}")).at(source.place(at)));
            return None;
        }
    };
    match jsonschema::validator_for(&schema) {
        Ok(_) => Some(Some(schema)),
        Err(error) => {
            fields.say("schema", Diagnostic::new(format!("`{path}` is not a JSON Schema: {error}")));
            None
        }
    }
}

fn number(fields: &Fields<'_>) -> Option<CheckKind> {
    let tolerance = fields.number("tolerance", "a number, 0 or more", |t| t >= 0.0).unwrap_or(0.0);
    let value = value_or_reference(fields)?;
    if !template::is_template(&value) && value.trim().parse::<f64>().is_err() {
        let diagnostic = Diagnostic::new(format!("`value` must be a number or a template, and here stands `{value}`"));
        fields.say("value", diagnostic.hint("without `value` the number comes from the case's reference"));
        return None;
    }
    Some(CheckKind::Number { value, tolerance })
}

fn length(fields: &Fields<'_>) -> Option<CheckKind> {
    let bound = |key| fields.number(key, "a number, 0 or more", |n| n >= 0.0);
    let (min, max) = (bound("min"), bound("max"));
    if let (Some(min), Some(max)) = (min, max)
        && min > max
    {
        fields.say("min", Diagnostic::new(format!("`min` {min} is above `max` {max}: no length is between them")));
    }
    Some(CheckKind::Length { unit: fields.one_of("unit", UNITS).unwrap_or_default(), min, max })
}
