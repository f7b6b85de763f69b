//! `gate.rules` → conditions on metrics, each with exactly one demand that the metric can meet.

use indexmap::IndexMap;

use super::{Written, reference};
use crate::diagnostic::Diagnostic;
use crate::suite::fields::Fields;
use crate::suite::keys;
use crate::suite::node::{Node, Value};
use crate::suite::{MetricName, MetricSpec, Range, Rule, RuleKind, Severity};

const EXAMPLE: &str = "rules: [{metric: quality, not_worse_by: 0.15}]";
const SEVERITIES: &[(&str, Severity)] =
    &[("block", Severity::Block), ("warn", Severity::Warn), ("info", Severity::Info)];

pub fn read(
    gate: &Fields<'_>,
    written: &Written,
    metrics: &IndexMap<MetricName, MetricSpec>,
    has_baseline: bool,
) -> Vec<Rule> {
    let Some(node) = gate.required("rules", EXAMPLE) else {
        return Vec::new();
    };
    let Value::List(items) = &node.value else {
        return gate.reader.wrong(node, "rules", "a list").unwrap_or_default();
    };
    if items.is_empty() {
        gate.say(
            "rules",
            Diagnostic::new("a gate needs a rule: without one it would let anything pass")
                .hint(format!("for example `{EXAMPLE}`")),
        );
    }
    items.iter().filter_map(|item| rule(gate, item, written, metrics, has_baseline)).collect()
}

fn rule(
    gate: &Fields<'_>,
    item: &Node,
    written: &Written,
    metrics: &IndexMap<MetricName, MetricSpec>,
    has_baseline: bool,
) -> Option<Rule> {
    let fields = Fields::open(gate.reader, item, "a rule", keys::RULE)?;
    let metric: Option<MetricName> = fields
        .required("metric", "metric: quality")
        .and_then(|node| reference(fields.reader, node, "metric", "metric", &written.metrics));
    let slice = slice(&fields);
    let severity = fields.one_of("severity", SEVERITIES).unwrap_or_default();
    let spec = metric.as_ref().and_then(|name| metrics.get(name));
    let kind = demand(&fields, spec);
    if let (Some((key, kind)), false) = (&kind, has_baseline) {
        let pairwise = spec.is_some_and(MetricSpec::is_pairwise);
        if pairwise || matches!(kind, RuleKind::NotWorseBy(_) | RuleKind::BetterThan(_)) {
            let why = if pairwise { "a pairwise metric".to_string() } else { format!("`{key}`") };
            let diagnostic = Diagnostic::new(format!("{why} compares with a baseline, and the gate has none"));
            fields.say(key, diagnostic.hint("name one: `baseline: v1`, or `baseline: {run: accepted}`"));
        }
    }
    Some(Rule { metric: metric?, slice: slice?, kind: kind?.1, severity })
}

/// The cases that a rule is about: `{tag: value}`.
fn slice(fields: &Fields<'_>) -> Option<IndexMap<String, String>> {
    let Some(node) = fields.get("slice") else {
        return Some(IndexMap::new());
    };
    let Value::Map(entries) = &node.value else {
        return fields.reader.wrong(node, "slice", "a map of tags, such as `{topic: safety}`");
    };
    if entries.is_empty() {
        fields
            .say("slice", Diagnostic::new("an empty `slice` names no cases").hint("leave it out to mean all of them"));
    }
    entries.iter().map(|(tag, value)| Some((tag.name.clone(), fields.reader.scalar(value, &tag.name)?))).collect()
}

/// The one thing that a rule demands.
fn demand(fields: &Fields<'_>, metric: Option<&MetricSpec>) -> Option<(&'static str, RuleKind)> {
    let demands: Vec<&'static str> = keys::DEMANDS.iter().copied().filter(|key| fields.has(key)).collect();
    let [key] = demands.as_slice() else {
        if demands.is_empty() && fields.has_unknown() {
            return None;
        }
        let all: Vec<String> = keys::DEMANDS.iter().map(|key| format!("`{key}`")).collect();
        let message = if demands.is_empty() { "a rule needs one of " } else { "a rule has only one of " };
        let diagnostic = Diagnostic::new(format!("{message}{}", all.join(", ")));
        fields.reader.say(fields.at, diagnostic.hint("two demands on one metric are two rules"));
        return None;
    };
    let (key, relative) = (*key, matches!(*key, "not_worse_by" | "better_than"));
    let number = if relative {
        fields.number(key, "a number, 0 or more, in the units of the metric", |n| n >= 0.0)?
    } else {
        fields.number(key, "a number", |_| true)?
    };
    if let Some(metric) = metric {
        within_reach(fields, key, number, metric);
    }
    let kind = match key {
        "not_worse_by" => RuleKind::NotWorseBy(number),
        "better_than" => RuleKind::BetterThan(number),
        "at_least" => RuleKind::AtLeast(number),
        _ => RuleKind::AtMost(number),
    };
    Some((key, kind))
}

/// A demand that every value of the metric meets, or none, is a slip of the pen: a percentage as a rule.
fn within_reach(fields: &Fields<'_>, key: &str, number: f64, metric: &MetricSpec) {
    let name = fields.scalar("metric").unwrap_or_default();
    let (min, max) = match metric.range() {
        Range::Binary => (0.0, 1.0),
        Range::Bounded { min, max } => (min, max),
        Range::Unbounded => return,
    };
    let pairwise = metric.is_pairwise();
    let diagnostic = match key {
        // The difference of a pairwise metric is the win rate less a half.
        "not_worse_by" if number >= if pairwise { 0.5 } else { max - min } => {
            Diagnostic::new(format!("a margin of {number} lets any difference of `{name}` pass"))
        }
        "better_than" if number >= if pairwise { 1.0 } else { max - min } => {
            Diagnostic::new(format!("no candidate can be better than that in `{name}`"))
        }
        "at_least" | "at_most" if !(min..=max).contains(&number) => {
            Diagnostic::new(format!("`{key}: {number}` is outside of what `{name}` can be"))
        }
        _ => return,
    };
    let goes =
        if pairwise { "its win rate goes from 0 to 1".to_string() } else { format!("it goes from {min} to {max}") };
    fields.say(key, diagnostic.hint(goes));
}
