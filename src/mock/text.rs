//! A request → the text that answers it: an object that meets its schema, a verdict in the form it asks for, or words.

use serde_json::{Map, Value};

use super::draw::Draws;

/// What a text is made from.
pub(super) struct Wanted<'a> {
    /// The body of the request.
    pub body: &'a str,
    /// The schema that the answer has to meet.
    pub schema: Option<&'a Value>,
    /// Scores, where the request names no scale.
    pub scores: (i64, i64),
}

const WORDS: [&str; 12] = ["this", "text", "was", "drawn", "by", "a", "hash", "of", "the", "request", "alone", "here"];

/// The text. `key` names the request in it.
pub(super) fn text(wanted: &Wanted<'_>, key: &str, draws: &mut Draws) -> String {
    let opening = format!("mock reply {key}");
    let scores = scale(wanted.body).unwrap_or(wanted.scores);
    if let Some(schema) = wanted.schema {
        return instance(schema, &format!("{opening}: no model judged this"), scores, draws).to_string();
    }
    if let Some(verdict) = verdict(wanted.body, scores, draws) {
        return format!("{opening}: no model judged this.\n{verdict}");
    }
    let count = 5 + draws.below(30);
    let words: Vec<&str> = (0..count).filter_map(|_| WORDS.get(draws.below(WORDS.len())).copied()).collect();
    format!("{opening}: {}.", words.join(" "))
}

/// An instance of a schema. Of JSON Schema it knows what schemas for structured output use: `enum`, `const`, `type`,
/// `properties`, `items`, `anyOf`, `minimum` and `maximum`.
fn instance(schema: &Value, words: &str, scores: (i64, i64), draws: &mut Draws) -> Value {
    if let Some(constant) = schema.get("const") {
        return constant.clone();
    }
    if let Some(choices) = schema["enum"].as_array() {
        return choices.get(draws.below(choices.len())).cloned().unwrap_or_default();
    }
    if let Some(first) = schema["anyOf"].as_array().and_then(|any| any.first()) {
        return instance(first, words, scores, draws);
    }
    let kind = schema["type"].as_str().or_else(|| schema["type"].as_array()?.first()?.as_str());
    match kind {
        Some("object") => {
            let properties = schema["properties"].as_object().into_iter().flatten();
            let drawn = properties.map(|(name, schema)| (name.clone(), instance(schema, words, scores, draws)));
            Value::Object(drawn.collect::<Map<_, _>>())
        }
        Some("array") => Value::Array(vec![instance(&schema["items"], words, scores, draws)]),
        Some("number" | "integer") => {
            let end = |key: &str, otherwise| schema[key].as_f64().map_or(otherwise, |end| end as i64);
            draws.between(end("minimum", scores.0), end("maximum", scores.1)).into()
        }
        Some("boolean") => (draws.below(2) == 1).into(),
        Some("null") => Value::Null,
        _ => words.into(),
    }
}

/// A verdict in one of karat's other forms, where the request asks for it in karat's own words.
fn verdict(body: &str, scores: (i64, i64), draws: &mut Draws) -> Option<String> {
    let mut one_of = |choices: &[&str]| choices.get(draws.below(choices.len())).map(|choice| (*choice).to_string());
    if body.contains("[[A>>B]] where Answer A is much better") {
        return one_of(&["[[A>>B]]", "[[A>B]]", "[[A=B]]", "[[B>A]]", "[[B>>A]]"]);
    }
    if body.contains("holds [[yes]] or [[no]]") {
        return one_of(&["[[yes]]", "[[no]]"]);
    }
    if body.contains("[[A]] where Answer A is better") {
        return one_of(&["[[A]]", "[[B]]", "[[C]]"]);
    }
    if body.contains("Therefore, Output (a) is better.") {
        return one_of(&["Therefore, Output (a) is better.", "Therefore, Output (b) is better."]);
    }
    if let Some((_, after)) = body.split_once("end with a line that holds one of [[") {
        let choices: Vec<&str> = after.split_once("]].").map_or(after, |(list, _)| list).split("]], [[").collect();
        return one_of(&choices).map(|label| format!("[[{label}]]"));
    }
    if body.contains("your score in double square brackets") {
        return Some(format!("[[{}]]", draws.between(scores.0, scores.1)));
    }
    if body.contains("where <rating> is yes or no") {
        return one_of(&["Rating: yes", "Rating: no"]);
    }
    if let Some((_, after)) = body.split_once("where <rating> is ") {
        let after = after.strip_prefix("one of ").and_then(|list| list.split_once(", from worst to best"));
        let choices: Vec<&str> = after.map(|(list, _)| list.split(", ").collect()).unwrap_or_default();
        let score = if choices.is_empty() { draws.between(scores.0, scores.1).to_string() } else { one_of(&choices)? };
        return Some(format!("Rating: {score}"));
    }
    None
}

/// The ends of the scale that a judge is told: "a number from 1 to 5", "a number from 0 (…) to 1".
fn scale(body: &str) -> Option<(i64, i64)> {
    let (_, after) = body.split_once("a number from ")?;
    let (_, high) = after.split_once(" to ")?;
    Some((whole(after)?, whole(high)?))
}

/// The whole number that a text begins with.
fn whole(text: &str) -> Option<i64> {
    let end = text.find(|c: char| c != '-' && !c.is_ascii_digit()).unwrap_or(text.len());
    text.get(..end)?.parse().ok()
}
