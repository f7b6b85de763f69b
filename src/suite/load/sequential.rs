//! `gate.sequential:` → how a gate looks at scores while they come in, with every rule refused that cannot be decided so.

use indexmap::IndexMap;

use crate::diagnostic::Diagnostic;
use crate::suite::fields::Fields;
use crate::suite::keys;
use crate::suite::node::Value;
use crate::suite::{About, Fact, MetricName, MetricSpec, Range, Rule, RuleKind, Sequential, Severity, Subject};

/// Fewer cases than this between two looks save little, and keep the models waiting.
const BATCH: usize = 20;

const ABOUT: &[(&str, About)] = &[("all_cases", About::AllCases), ("gold_set", About::GoldSet)];

/// `true`, `false`, or `{batch: …, about: …}`.
pub fn read(gate: &Fields<'_>, rules: &[Rule], metrics: &IndexMap<MetricName, MetricSpec>) -> Option<Sequential> {
    let node = gate.get("sequential")?;
    let spec = if matches!(node.value, Value::Map(_)) {
        let fields = Fields::open(gate.reader, node, "`sequential`", keys::SEQUENTIAL)?;
        let batch = fields.whole("batch", 1, 1_000_000).and_then(|n| usize::try_from(n).ok()).unwrap_or(BATCH);
        Sequential { batch, about: fields.one_of("about", ABOUT).unwrap_or_default() }
    } else if gate.flag("sequential")? {
        Sequential { batch: BATCH, about: About::AllCases }
    } else {
        return None;
    };
    if !rules.is_empty() && rules.iter().all(|rule| rule.severity != Severity::Block) {
        let words = "a sequential gate stops when its blocking rules are decided, and here is none";
        let hint = "let a rule block (leave its `severity` away), or judge all cases: `sequential: false`";
        gate.say("sequential", Diagnostic::new(words).hint(hint));
    }
    for rule in rules {
        if let Some(diagnostic) = refused(rule, metrics) {
            gate.say("sequential", diagnostic);
        }
    }
    Some(spec)
}

/// Why a rule cannot be decided while its scores come in; `None` where it can. What is without a range has no bounds
/// that hold whenever one looks.
fn refused(rule: &Rule, metrics: &IndexMap<MetricName, MetricSpec>) -> Option<Diagnostic> {
    match (&rule.of, rule.kind) {
        (_, RuleKind::EveryCase { .. }) => None,
        (Subject::Limit(fact @ (Fact::Cost | Fact::LatencyMean)), _) => {
            let words =
                format!("a sequential gate cannot decide about `{}`, which has no greatest value", fact.as_str());
            Some(Diagnostic::new(words).hint(match fact {
                Fact::Cost => "hold the cost in a gate that judges all cases, or cap it with `budget`",
                _ => "`latency_p95` can be decided so: whether an answer takes longer is a yes or a no",
            }))
        }
        (Subject::Limit(_) | Subject::Audit { .. }, _) => None,
        (Subject::Drift(_), _) if rule.severity != Severity::Block => None,
        (Subject::Drift(_), _) => {
            let words = "a sequential gate cannot wait for `drift`: anchors are judged when its cases are";
            Some(Diagnostic::new(words).hint("let it warn: `severity: warn`"))
        }
        (Subject::Metric(name), _) => {
            let metric = metrics.get(name)?;
            (metric.range() == Range::Unbounded).then(|| {
                let words = format!("a sequential gate cannot decide about `{name}`, whose scores have no known range");
                Diagnostic::new(words).hint(
                    "give it one (a check of length with `min` or `max` says yes or no), or judge all cases: \
                     `sequential: false`",
                )
            })
        }
    }
}
