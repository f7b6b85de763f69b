//! A metric with `check:` → a deterministic scorer with its parameters checked.

use indexmap::IndexMap;

use self::form::Form;
use self::unknown::unknown;
use super::metrics::goal;
use super::services;
use crate::diagnostic::Diagnostic;
use crate::suite::fields::Fields;
use crate::suite::keys;
use crate::suite::node::Node;
use crate::suite::reader::Reader;
use crate::suite::{CheckKind, CheckSpec, Goal, MetricSpec, Missing, ModelName, ModelSpec, Range, Scorer};

pub mod form;
pub(super) mod json;
mod retrieval;
pub(super) mod similar;
pub mod table;
mod text;
mod trajectory;
mod unknown;
mod value;

/// Reads the check of the metric called `metric`. A program that it asks is put among the `models`.
pub fn read(
    reader: Reader<'_>,
    metric: &str,
    node: &Node,
    models: &mut IndexMap<ModelName, ModelSpec>,
) -> Option<MetricSpec> {
    let (_, name_node) = reader.map(node, "a metric")?.iter().find(|(key, _)| key.name == "check")?;
    let written = reader.text(name_node, "check")?;
    let Some((form, not)) = find(&written) else {
        reader.say(name_node.at, unknown(&written));
        return None;
    };
    let known: Vec<&str> = keys::CHECK.iter().copied().chain(form.keys.iter().map(|key| key.name)).collect();
    let fields = Fields::open(reader, node, format!("the check `{}`", form.name), &known)?;
    let kind = (form.read)(&fields);
    let weight = fields.number("weight", "a number above 0", |w| w > 0.0).unwrap_or(1.0);
    let negate = fields.flag("not").unwrap_or(false);
    if negate && not {
        fields.say("not", Diagnostic::new(format!("`{written}` says `not` already")));
    }
    let mut kind = kind?;
    match &mut kind {
        CheckKind::Exec { program, .. } => *program = services::program(&fields, metric, models)?,
        CheckKind::Similar { model, .. } => similar::check(&fields, model, models)?,
        _ => {}
    }
    let threshold = threshold(&fields, form, &kind);
    let spec = CheckSpec { kind, negate: negate || not, weight, threshold };
    if spec.negate && spec.range() != Range::Binary {
        let message = format!("`not` is for checks that say yes or no, and `{}` gives a number", form.name);
        let way = "`goal: down` says that less is better";
        let hint = if has_threshold(form) { format!("a `threshold` makes it one; {way}") } else { way.to_string() };
        let diagnostic = Diagnostic::new(message).hint(hint);
        if not { reader.say(name_node.at, diagnostic) } else { fields.say("not", diagnostic) }
    }
    let falls = spec.kind.less_is_better() && spec.range() != Range::Binary;
    let goal = if falls && !fields.has("goal") { Goal::Down } else { goal(&fields) };
    Some(MetricSpec { scorer: Scorer::Check(spec), goal, missing: Missing::default() })
}

/// The check of a name, and whether the name turns its yes into a no.
fn find(name: &str) -> Option<(&'static Form, bool)> {
    let named = table::form(name).map(|form| (form, false));
    named.or_else(|| Some((table::form(name.strip_prefix("not-")?)?, true)))
}

fn has_threshold(form: &Form) -> bool {
    form.keys.iter().any(|key| key.name == "threshold")
}

/// The number that makes a yes.
fn threshold(fields: &Fields<'_>, form: &Form, kind: &CheckKind) -> Option<f64> {
    if !has_threshold(form) {
        return None;
    }
    match kind.range() {
        Range::Bounded { min, max } => {
            let edits =
                if form.name == "levenshtein" { " (the share that is alike, not a count of edits)" } else { "" };
            let expected = format!("a number from {min} to {max}, as `{}` gives{edits}", form.name);
            fields.number("threshold", &expected, |t| (min..=max).contains(&t))
        }
        Range::Unbounded => {
            let of = match kind {
                CheckKind::Latency => " of milliseconds",
                CheckKind::Cost => " of US dollars",
                _ => "",
            };
            fields.number("threshold", &format!("a number{of}, 0 or more"), |t| t >= 0.0)
        }
        Range::Binary if fields.has("threshold") => {
            let diagnostic =
                Diagnostic::new(format!("`{}` says yes or no here, so there is no `threshold`", form.name));
            fields.say("threshold", diagnostic.hint("with `gives: share` or `gives: number` it is a number"));
            None
        }
        Range::Binary => None,
    }
}
