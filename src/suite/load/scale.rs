//! `scale:` → what a score may be.

use crate::diagnostic::Diagnostic;
use crate::suite::Scale;
use crate::suite::fields::Fields;
use crate::suite::keys;
use crate::suite::node::{Node, Value};
use crate::suite::reader::Reader;

pub const EXAMPLES: &str = "`scale: {min: 1, max: 5}`, `scale: {labels: [poor, fair, good]}` or `scale: yes_no`";

pub fn read(reader: Reader<'_>, node: &Node) -> Option<Scale> {
    match &node.value {
        Value::Text(word) if word == "yes_no" => Some(Scale::YesNo),
        Value::Map(_) => {
            let fields = Fields::open(reader, node, "a scale", keys::SCALE)?;
            match (fields.has("min") || fields.has("max"), fields.has("labels") || fields.has("values")) {
                (true, false) => numbers(&fields),
                (false, true) => labels(&fields),
                (true, true) => {
                    reader.say(node.at, Diagnostic::new("a scale has numbers (`min`, `max`) or `labels`, not both"));
                    None
                }
                (false, false) => {
                    reader.say(node.at, Diagnostic::new("a scale needs `min` and `max`, or `labels`").hint(EXAMPLES));
                    None
                }
            }
        }
        _ => {
            let message = format!("`scale` must be a map or `yes_no`, and here stands {}", node.describe());
            reader.say(node.at, Diagnostic::new(message).hint(EXAMPLES));
            None
        }
    }
}

fn numbers(fields: &Fields<'_>) -> Option<Scale> {
    fields.required("min", "scale: {min: 1, max: 5}");
    fields.required("max", "scale: {min: 1, max: 5}");
    let bound = |key| fields.number(key, "a number", |_| true);
    let (min, max) = (bound("min"), bound("max"));
    let (min, max) = (min?, max?);
    if min >= max {
        fields.say("max", Diagnostic::new(format!("`max` {max} must be above `min` {min}")));
        return None;
    }
    Some(Scale::Numbers { min, max })
}

fn labels(fields: &Fields<'_>) -> Option<Scale> {
    fields.required("labels", "labels: [poor, fair, good]")?;
    let mut labels: Vec<String> = Vec::new();
    let mut right = true;
    for (at, label) in fields.texts("labels")? {
        // A judge's reply is read without regard to case.
        if labels.iter().any(|known| known.to_lowercase() == label.to_lowercase()) {
            fields.reader.say(at, Diagnostic::new(format!("the label `{label}` stands there twice")));
            right = false;
        }
        labels.push(label);
    }
    if labels.len() < 2 {
        fields.say("labels", Diagnostic::new("a scale needs two labels or more, from worst to best"));
        return None;
    }
    let values = match fields.get("values") {
        None => (1_u32..).take(labels.len()).map(f64::from).collect(),
        Some(node) => {
            let Value::List(items) = &node.value else {
                return fields.reader.wrong(node, "values", "a list of numbers");
            };
            let values: Vec<f64> = items
                .iter()
                .filter_map(|item| item.number().or_else(|| fields.reader.wrong(item, "values", "a list of numbers")))
                .collect();
            if items.len() != labels.len() {
                let message =
                    format!("{} labels want {} values, and here are {}", labels.len(), labels.len(), items.len());
                fields.say("values", Diagnostic::new(message));
                right = false;
            } else if values.len() == items.len() && values.windows(2).all(|pair| pair[0] == pair[1]) {
                fields
                    .say("values", Diagnostic::new("all labels are worth the same, so the scale tells nothing apart"));
                right = false;
            }
            values
        }
    };
    (right && values.len() == labels.len()).then_some(Scale::Labels { labels, values })
}

/// What a score, a label or a yes is worth on a scale, as it is written; `None` where it is not on it.
pub fn value_of(scale: &Scale, written: &str) -> Option<f64> {
    match scale {
        Scale::Numbers { min, max } => written.trim().parse().ok().filter(|value| (*min..=*max).contains(value)),
        Scale::Labels { labels, values } => {
            let index = labels.iter().position(|label| label.to_lowercase() == written.trim().to_lowercase())?;
            values.get(index).copied()
        }
        Scale::YesNo => match written.trim().to_lowercase().as_str() {
            "yes" => Some(1.0),
            "no" => Some(0.0),
            _ => None,
        },
    }
}

/// A scale in words.
pub fn describe(scale: &Scale) -> String {
    match scale {
        Scale::Numbers { min, max } => format!("the scale goes from {min} to {max}"),
        Scale::Labels { labels, .. } => {
            let labels: Vec<String> = labels.iter().map(|label| format!("`{label}`")).collect();
            format!("the scale has {}", labels.join(", "))
        }
        Scale::YesNo => "the scale has `yes` and `no`".to_string(),
    }
}
