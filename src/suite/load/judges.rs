//! `judge:` of a metric → who judges: one model, several that are heard together, or a cheap one before a dear one.

use std::collections::BTreeSet;

use indexmap::IndexMap;

use super::{Written, reference};
use crate::diagnostic::Diagnostic;
use crate::suite::fields::Fields;
use crate::suite::keys;
use crate::suite::node::{Node, Value};
use crate::suite::{Cascade, Confidence, Judges, MetricName, MetricSpec, ModelName, PanelRule, Rule, Subject};

const RULES: &[(&str, PanelRule)] = &[
    ("mean", PanelRule::Mean),
    ("majority", PanelRule::Majority),
    ("dawid_skene", PanelRule::DawidSkene),
    ("weighted", PanelRule::Weighted),
];
const CONFIDENCES: &[(&str, Confidence)] = &[("votes", Confidence::Votes), ("logprobs", Confidence::Logprobs)];

/// How many verdicts tell how sure a judge is, where the suite does not say.
const SAMPLES: u32 = 5;

/// How likely the promise of a cascade may be broken, where the suite does not say.
const RISK: f64 = 0.1;

pub fn read(fields: &Fields<'_>, written: &Written) -> Option<Judges> {
    let Some(node) = fields.get("judge") else {
        let models: Vec<String> = written.models.iter().map(|name| format!("`{name}`")).collect();
        let hint = match models.as_slice() {
            [] => "write it under `models`, and name it here".to_string(),
            _ => format!("models: {}", models.join(", ")),
        };
        fields
            .reader
            .say(fields.at, Diagnostic::new("a rubric needs a `judge`, the model that scores by it").hint(hint));
        return None;
    };
    let is_list = matches!(node.value, Value::List(_));
    if fields.has("panel") && !is_list {
        let words = "`panel` says how the verdicts of several judges become one, and here is no panel";
        fields.say("panel", Diagnostic::new(words).hint("for example `judge: [a, b, c]`"));
    }
    match &node.value {
        Value::List(items) => {
            let by = fields.one_of("panel", RULES).unwrap_or_default();
            Some(Judges::Panel { panel: several(fields, node, items, written)?, by })
        }
        Value::Map(_) => cascade(fields, node, written),
        _ => reference(fields.reader, node, "judge", "model", &written.models).map(Judges::One),
    }
}

/// Says which rules are about what Dawid and Skene's model makes of a panel: it is fitted to the very verdicts that it
/// decides, which no bound of a gate knows. Of judges that guess it makes a difference, and of two that always
/// contradict each other a victory of the one or the other.
pub fn check(gate: &Fields<'_>, rules: &[Rule], metrics: &IndexMap<MetricName, MetricSpec>) {
    let ruled = rules.iter().filter_map(|rule| match &rule.of {
        Subject::Metric(metric) => Some(metric),
        Subject::Limit(_) | Subject::Audit { .. } | Subject::Drift(_) => None,
    });
    let mut said = BTreeSet::new();
    for metric in ruled {
        let is_fitted = metrics.get(metric).and_then(MetricSpec::rubric).is_some_and(|spec| spec.judge.is_fitted());
        if is_fitted && said.insert(metric) {
            let words = format!(
                "a rule is about `{metric}`, whose `panel: dawid_skene` is fitted to the verdicts that it decides, and has no \
                 bounds that hold"
            );
            let hint = "`panel: majority`, `mean`, or `weighted` by labels; without a rule the metric may stay";
            gate.say("rules", Diagnostic::new(words).hint(hint));
        }
    }
}

/// Two judges or more, each named once.
fn several(fields: &Fields<'_>, node: &Node, items: &[Node], written: &Written) -> Option<Vec<ModelName>> {
    let mut names: Vec<ModelName> = Vec::new();
    for item in items {
        let name: ModelName = reference(fields.reader, item, "judge", "model", &written.models)?;
        if names.contains(&name) {
            let words = format!("`{name}` judges twice");
            fields.reader.say(item.at, Diagnostic::new(words).hint("`repeat` draws several verdicts of one judge"));
        }
        names.push(name);
    }
    if names.len() < 2 {
        let hint = "one judge alone is named without a list: `judge: grader`";
        fields.reader.say(node.at, Diagnostic::new("a list of judges needs two or more").hint(hint));
        return None;
    }
    Some(names)
}

fn cascade(metric: &Fields<'_>, node: &Node, written: &Written) -> Option<Judges> {
    const SHARE: &str = "a number between 0 and 1";
    let fields = Fields::open(metric.reader, node, "a cascade", keys::CASCADE)?;
    let judges = fields.required("cascade", "cascade: [cheap, dear]")?;
    let Value::List(items) = &judges.value else {
        return fields.reader.wrong(judges, "cascade", "a list of models, the cheapest first");
    };
    let cascade = several(&fields, judges, items, written)?;
    fields.required("max_disagreement", "max_disagreement: 0.1");
    let share = |key| fields.number(key, SHARE, |share| share > 0.0 && share < 1.0);
    let (max_disagreement, risk) = (share("max_disagreement"), share("risk"));
    let confidence = fields.one_of("confidence", CONFIDENCES).unwrap_or_default();
    let samples = fields.whole("samples", 1, 100).and_then(|n| u32::try_from(n).ok());
    if confidence == Confidence::Votes && samples == Some(1) {
        let words = "one verdict does not tell how sure a judge is";
        fields.say("samples", Diagnostic::new(words).hint("`samples: 5`, or `confidence: logprobs`"));
    }
    let within = fields.number("within", "a number, 0 or more", |width| width >= 0.0).unwrap_or(0.0);
    let thresholds = thresholds(&fields, cascade.len() - 1)?;
    Some(Judges::Cascade(Cascade {
        cascade,
        max_disagreement: max_disagreement?,
        risk: risk.unwrap_or(RISK),
        confidence,
        samples: samples.unwrap_or(if confidence == Confidence::Votes { SAMPLES } else { 1 }),
        within,
        thresholds,
    }))
}

/// How sure each judge but the last has to be: a number for one, a list for several, and none before they were calibrated.
fn thresholds(fields: &Fields<'_>, wanted: usize) -> Option<Vec<f64>> {
    const EXPECTED: &str = "a number from 0 to 1 for each judge but the last";
    let Some(node) = fields.get("thresholds") else { return Some(Vec::new()) };
    let items = match &node.value {
        Value::List(items) => items.as_slice(),
        _ => std::slice::from_ref(node),
    };
    let right = |item: &Node| {
        let number = item.number().filter(|number| (0.0..=1.0).contains(number));
        number.or_else(|| fields.reader.wrong(item, "thresholds", EXPECTED))
    };
    let thresholds: Vec<f64> = items.iter().filter_map(right).collect();
    if items.len() != wanted {
        let words = format!("`thresholds` must hold {EXPECTED}: {wanted}, and here stand {}", items.len());
        fields.say("thresholds", Diagnostic::new(words));
    }
    (thresholds.len() == wanted).then_some(thresholds)
}
