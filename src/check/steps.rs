//! How many steps a candidate took, and how often it did the same thing again.

use std::collections::BTreeMap;

use super::score::{Score, Scored, Subject};
use super::text::within;
use super::{counted, shown};

/// The number of steps, or whether it is within bounds.
pub(super) struct StepCount {
    /// Only steps of this kind or name; `tool` counts the tools that were called.
    pub of: Option<String>,
    pub min: Option<f64>,
    pub max: Option<f64>,
}

/// How many calls were made that had been made before, with the same arguments; or whether no more than so many were.
pub(super) struct RepeatedCalls {
    pub max: Option<f64>,
}

impl Score for StepCount {
    fn score(&self, subject: &Subject<'_>) -> Scored {
        let trace = subject.whole(if self.of.as_deref() == Some("tool") { "tool_calls" } else { "steps" })?;
        let (count, unit, of) = match self.of.as_deref() {
            Some("tool") => (trace.tool_calls.len(), "tool call", String::new()),
            Some(kind) => {
                let is_one = |step: &&crate::trace::TracedStep| step.name == kind || step.kind.as_deref() == Some(kind);
                (trace.steps.iter().filter(is_one).count(), "step", format!(" {}", shown(kind)))
            }
            None => (trace.steps.len(), "step", String::new()),
        };
        Ok(within(count as f64, &format!("{}{of}", counted(count, unit)), self.min, self.max))
    }

    fn reads_text(&self) -> bool {
        false
    }
}

impl Score for RepeatedCalls {
    fn score(&self, subject: &Subject<'_>) -> Scored {
        let mut made: BTreeMap<(&str, String), usize> = BTreeMap::new();
        for call in subject.calls_with_arguments()? {
            *made.entry((&call.name, in_order(&call.arguments).to_string())).or_default() += 1;
        }
        let repeated: usize = made.values().map(|times| times - 1).sum();
        let most = made.iter().max_by_key(|(_, times)| **times).filter(|(_, times)| **times > 1);
        let detail = match most {
            Some(((name, arguments), times)) => {
                format!("{repeated} repeated; {} {times} times", shown(&format!("{name} {arguments}")))
            }
            None => "0 repeated".to_string(),
        };
        Ok(within(repeated as f64, &detail, None, self.max))
    }

    fn reads_text(&self) -> bool {
        false
    }
}

/// The value with its keys in order, so that the same arguments read the same.
fn in_order(value: &serde_json::Value) -> serde_json::Value {
    use serde_json::Value;
    match value {
        Value::Object(entries) => {
            let sorted: BTreeMap<&String, Value> = entries.iter().map(|(key, value)| (key, in_order(value))).collect();
            Value::Object(sorted.into_iter().map(|(key, value)| (key.clone(), value)).collect())
        }
        Value::Array(items) => items.iter().map(in_order).collect(),
        other => other.clone(),
    }
}
