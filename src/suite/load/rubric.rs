//! A file under `rubrics/` → what the judge is told and shown, and what its verdict may be.

use indexmap::IndexMap;

use super::{checklist, reply, scale};
use crate::diagnostic::Diagnostic;
use crate::suite::fields::Fields;
use crate::suite::keys;
use crate::suite::node::{Node, Value};
use crate::suite::reader::{Reader, Source, remedy};
use crate::suite::{Calls, Criterion, Mode, Orders, ReplyForm, Rubric, Scale, Scoring, Shows, builtin};

const MODES: &[(&str, Mode)] = &[("pointwise", Mode::Pointwise), ("pairwise", Mode::Pairwise)];
const CALLS: &[(&str, Calls)] = &[("one", Calls::One), ("each", Calls::Each)];
const SCORINGS: &[(&str, Scoring)] = &[("text", Scoring::Text), ("logprobs", Scoring::Logprobs)];
const ORDERS: &[(&str, Orders)] = &[("both", Orders::Both), ("one", Orders::One)];

/// Reads the rubric that a metric names.
pub fn read(metric: &Fields<'_>, path: &str) -> Option<Rubric> {
    let node = metric.get("rubric")?;
    let source = match path.strip_prefix(builtin::PREFIX) {
        Some(name) => built_in(metric, path, name)?,
        None => metric.reader.file(node, path)?,
    };
    let reader = Reader { source: &source, ..metric.reader };
    rubric(reader, &reader.yaml()?)
}

/// The text of a rubric that ships.
fn built_in(metric: &Fields<'_>, path: &str, name: &str) -> Option<Source> {
    let found = builtin::find(name).map(|rubric| Source { file: path.to_string(), text: rubric.text.to_string() });
    if found.is_none() {
        let known = builtin::ALL.iter().map(|rubric| rubric.name);
        let message = format!("there is no built-in rubric `{name}`");
        metric.say("rubric", Diagnostic::new(message).hint(remedy(name, known, "")));
    }
    found
}

fn rubric(reader: Reader<'_>, node: &Node) -> Option<Rubric> {
    let fields = Fields::open(reader, node, "a rubric", keys::RUBRIC)?;
    let name = fields.text("name", "name: quality");
    fields.required("mode", "mode: pointwise");
    let mode = fields.one_of("mode", MODES);
    let instructions = fields.text("instructions", "instructions: You grade one answer …");
    let items = checklist::read(&fields, mode);
    let scale = if items.is_some() { Some(Scale::YesNo) } else { scale(&fields, mode) };
    let criteria = items.unwrap_or_else(|| criteria(&fields, mode, scale.as_ref()));
    let shows = shows(&fields);
    let failure_categories = distinct(&fields, "failure_categories");
    let reply = reply::read(&fields, mode, scale.as_ref());
    let orders = fields.one_of("orders", ORDERS);
    if mode == Some(Mode::Pointwise) && fields.has("orders") {
        fields.say("orders", Diagnostic::new("`orders` is for pairwise rubrics: one output has no order"));
    }
    let calls = fields.one_of("calls", CALLS).unwrap_or_default();
    let scoring = fields.one_of("scoring", SCORINGS).unwrap_or_default();
    let graded = fields.flag("graded").unwrap_or(false);
    let several = criteria.len() > 1;
    if several && calls == Calls::One && reply != ReplyForm::Json {
        let message = format!("this form of reply holds one verdict, and the rubric has {} criteria", criteria.len());
        let hint = "use `reply: json`, or `calls: each`, or describe them in the instructions";
        fields.say("reply", Diagnostic::new(message).hint(hint));
    }
    if !several && calls == Calls::Each {
        let words = "`calls: each` is a call for each criterion, and this rubric has not several";
        fields.say("calls", Diagnostic::new(words));
    }
    if several && calls == Calls::One && scoring == Scoring::Logprobs {
        let words =
            format!("`scoring: logprobs` needs one verdict a call, and the rubric has {} criteria", criteria.len());
        fields.say("scoring", Diagnostic::new(words).hint("add `calls: each`"));
    }
    if reply::is_claims(&fields) {
        for key in ["criteria", "checklist"].into_iter().filter(|key| fields.has(key)) {
            fields.say(key, Diagnostic::new(format!("claims are what is judged, so there is no `{key}`")));
        }
        if scoring == Scoring::Logprobs {
            fields.say(
                "scoring",
                Diagnostic::new("`scoring: logprobs` needs one verdict a call, and claims are several"),
            );
        }
    }
    if graded && mode == Some(Mode::Pointwise) {
        fields.say("graded", Diagnostic::new("`graded` is for pairwise rubrics: a score has its scale"));
    } else if graded && !matches!(reply, ReplyForm::Json | ReplyForm::Bracketed) {
        let words = "this form of reply does not say how far an output is better";
        fields.say("graded", Diagnostic::new(words).hint("use `reply: json` or `reply: bracketed`"));
    }
    Some(Rubric {
        name: name?,
        mode: mode?,
        instructions: instructions?,
        scale,
        criteria,
        shows,
        failure_categories,
        reply,
        orders: orders.unwrap_or_default(),
        calls,
        scoring,
        graded,
    })
}

/// The scale: needed to score, and refused where two outputs are compared.
fn scale(fields: &Fields<'_>, mode: Option<Mode>) -> Option<Scale> {
    match (mode, fields.get("scale")) {
        (Some(Mode::Pairwise), Some(_)) => {
            fields.say("scale", Diagnostic::new("a pairwise rubric has no `scale`: a preference is A, B or a tie"));
            None
        }
        (Some(Mode::Pointwise), Some(_)) if reply::is_claims(fields) => {
            fields.say("scale", Diagnostic::new("claims have no `scale`: the score is what their verdicts are worth"));
            None
        }
        (Some(Mode::Pointwise), None) if reply::is_claims(fields) => None,
        (Some(Mode::Pointwise), None) => {
            let diagnostic = Diagnostic::new("a pointwise rubric needs a `scale`");
            fields.reader.say(fields.at, diagnostic.hint(format!("for example {}", scale::EXAMPLES)));
            None
        }
        (_, Some(node)) => scale::read(fields.reader, node),
        _ => None,
    }
}

fn criteria(fields: &Fields<'_>, mode: Option<Mode>, scale: Option<&Scale>) -> Vec<Criterion> {
    let Some(node) = fields.get("criteria") else {
        return Vec::new();
    };
    let Value::List(items) = &node.value else {
        return fields.reader.wrong(node, "criteria", "a list of `{name, description}`").unwrap_or_default();
    };
    let mut criteria: Vec<Criterion> = Vec::new();
    for item in items {
        let Some(own) = Fields::open(fields.reader, item, "a criterion", keys::CRITERION) else {
            continue;
        };
        let name = own.text("name", "name: correct");
        let weight = own.number("weight", "a number above 0", |w| w > 0.0).unwrap_or(1.0);
        let description = own.optional_text("description").unwrap_or_default();
        let levels = levels(&own, mode, scale);
        let Some(name) = name else { continue };
        if criteria.iter().any(|known| known.name == name) {
            own.say("name", Diagnostic::new(format!("two criteria are called `{name}`")));
        }
        criteria.push(Criterion { name, weight, description, levels, critical: false });
    }
    criteria
}

/// What some scores mean; each must be a score of the scale.
fn levels(criterion: &Fields<'_>, mode: Option<Mode>, scale: Option<&Scale>) -> IndexMap<String, String> {
    let mut levels = IndexMap::new();
    if mode == Some(Mode::Pairwise) && criterion.has("levels") {
        criterion
            .say("levels", Diagnostic::new("a pairwise rubric has no `levels`: two outputs are compared, not scored"));
        return levels;
    }
    for (level, node) in criterion.names("levels") {
        if let Some(scale) = scale
            && scale::value_of(scale, &level.name).is_none()
        {
            let message = format!("`{}` is not on the scale", level.name);
            criterion.reader.say(level.at, Diagnostic::new(message).hint(scale::describe(scale)));
        }
        if let Some(text) = criterion.reader.scalar(node, &level.name) {
            levels.insert(level.name.clone(), text);
        }
    }
    levels
}

fn shows(fields: &Fields<'_>) -> Shows {
    let mut shows = Shows::default();
    for (at, word) in fields.texts("shows").unwrap_or_default() {
        let mut words = shows.words();
        if let Some((_, shown)) = words.iter_mut().find(|(known, _)| *known == word) {
            **shown = true;
        } else {
            let diagnostic = Diagnostic::new(format!("a judge cannot be shown `{word}`"));
            fields.reader.say(at, diagnostic.hint(remedy(&word, words.map(|(known, _)| known), "")));
        }
    }
    shows
}

/// A list of texts, no two of them the same.
fn distinct(fields: &Fields<'_>, key: &str) -> Vec<String> {
    let mut texts: Vec<String> = Vec::new();
    for (at, text) in fields.texts(key).unwrap_or_default() {
        if texts.contains(&text) {
            fields.reader.say(at, Diagnostic::new(format!("`{text}` stands twice in `{key}`")));
        } else {
            texts.push(text);
        }
    }
    texts
}
