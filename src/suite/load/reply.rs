//! `reply:` of a rubric → the form in which a verdict is asked for and read.

use indexmap::IndexMap;

use super::scale;
use crate::diagnostic::Diagnostic;
use crate::suite::fields::Fields;
use crate::suite::keys;
use crate::suite::node::{Node, Value};
use crate::suite::reader::{Reader, remedy};
use crate::suite::{Mode, ReplyForm, Scale};

const WORDS: &[&str] = &["json", "bracketed", "letter", "rating"];

pub fn read(rubric: &Fields<'_>, mode: Option<Mode>, scale: Option<&Scale>) -> ReplyForm {
    let Some(node) = rubric.get("reply") else {
        return ReplyForm::default();
    };
    let form = match &node.value {
        Value::Text(word) => word_form(rubric.reader, node, word),
        Value::Map(_) if is_claims(rubric) => claims(rubric.reader, node),
        Value::Map(_) => pattern(rubric.reader, node, mode, scale),
        _ => rubric.reader.wrong(node, "reply", "`json`, `bracketed`, `letter`, `rating` or `{pattern, values}`"),
    };
    let refused = match (&form, mode) {
        (Some(ReplyForm::Letter), Some(Mode::Pointwise)) => {
            Some("`reply: letter` names one of two outputs, and this rubric scores one")
        }
        (Some(ReplyForm::Claims { .. }), Some(Mode::Pairwise)) => {
            Some("`reply: {claims: …}` is a score, and this rubric compares two outputs")
        }
        (Some(ReplyForm::Rating), Some(Mode::Pairwise)) => {
            Some("`reply: rating` is a score, and this rubric compares two outputs")
        }
        _ => None,
    };
    if let Some(message) = refused {
        rubric.say("reply", Diagnostic::new(message));
    }
    form.unwrap_or_default()
}

fn word_form(reader: Reader<'_>, node: &Node, word: &str) -> Option<ReplyForm> {
    Some(match word {
        "json" => ReplyForm::Json,
        "bracketed" => ReplyForm::Bracketed,
        "letter" => ReplyForm::Letter,
        "rating" => ReplyForm::Rating,
        _ => {
            let hint = format!("{} Or a `{{pattern: …, values: {{…}}}}`", remedy(word, WORDS.iter().copied(), ""));
            reader.say(node.at, Diagnostic::new(format!("`{word}` is not a value of `reply`")).hint(hint));
            return None;
        }
    })
}

/// Whether the verdict is made of claims, each with a verdict of its own.
pub fn is_claims(rubric: &Fields<'_>) -> bool {
    let entries = match rubric.get("reply").map(|node| &node.value) {
        Some(Value::Map(entries)) => entries.as_slice(),
        _ => &[],
    };
    entries.iter().any(|(key, _)| key.name == "claims")
}

/// The verdicts that a claim may have: two or more, and not all worth the same.
fn claims(reader: Reader<'_>, node: &Node) -> Option<ReplyForm> {
    let fields = Fields::open(reader, node, "a reply", keys::CLAIMS)?;
    let mut verdicts = IndexMap::new();
    for (word, node) in fields.names("claims") {
        match node.number() {
            Some(worth) => drop(verdicts.insert(word.name.clone(), worth)),
            None => reader.wrong(node, &word.name, "a number, what the verdict is worth").unwrap_or_default(),
        }
    }
    let first = verdicts.values().next().copied();
    if verdicts.len() != fields.names("claims").len() {
        return None;
    }
    if verdicts.values().all(|worth| Some(*worth) == first) {
        let diagnostic = Diagnostic::new("a claim needs two verdicts that are not worth the same");
        fields.say("claims", diagnostic.hint("for example `claims: {supported: 1, not_found: 0}`"));
        return None;
    }
    Some(ReplyForm::Claims { verdicts })
}

fn pattern(reader: Reader<'_>, node: &Node, mode: Option<Mode>, scale: Option<&Scale>) -> Option<ReplyForm> {
    let fields = Fields::open(reader, node, "a reply", keys::PATTERN)?;
    let pattern = super::pattern::read(&fields, "pattern");
    let mut values = IndexMap::new();
    for (capture, node) in fields.names("values") {
        let Some(worth) = reader.scalar(node, &capture.name) else {
            continue;
        };
        if let Some(hint) = not_a_verdict(&worth, mode, scale) {
            let message = format!("`{}` cannot be worth `{worth}`", capture.name);
            reader.say(node.at, Diagnostic::new(message).hint(hint));
        }
        values.insert(capture.name.clone(), worth);
    }
    Some(ReplyForm::Pattern { pattern: pattern?, values })
}

/// Why a text is no verdict of this rubric; `None` where it is one.
fn not_a_verdict(worth: &str, mode: Option<Mode>, scale: Option<&Scale>) -> Option<String> {
    match (mode, scale) {
        (Some(Mode::Pairwise), _) => {
            let number = worth.parse().is_ok_and(|share: f64| (0.0..=1.0).contains(&share));
            let right = number || matches!(worth, "A" | "B" | "tie");
            (!right).then(|| "`A`, `B`, `tie`, or how far A is preferred, from 0 to 1".to_string())
        }
        (_, Some(scale)) => scale::value_of(scale, worth).is_none().then(|| scale::describe(scale)),
        _ => None,
    }
}
