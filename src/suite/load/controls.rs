//! `canaries:`, `anchors:` → what is shown to the judges of each run beside its cases.

use indexmap::IndexMap;

use crate::diagnostic::Diagnostic;
use crate::suite::fields::Fields;
use crate::suite::keys;
use crate::suite::node::Value;
use crate::suite::reader::remedy;
use crate::suite::{AnchorsSpec, Canaries, Canary, GateSpec, MetricName, MetricSpec, Subject};

/// `true`, `false`, or `{each: …, at_most: …, kinds: […], metrics: […]}`.
pub fn canaries(suite: &Fields<'_>, metrics: &IndexMap<MetricName, MetricSpec>) -> Option<Canaries> {
    let node = suite.get("canaries")?;
    let default = Canaries::default();
    let canaries = if matches!(node.value, Value::Map(_)) {
        let fields = Fields::open(suite.reader, node, "`canaries`", keys::CANARIES)?;
        let each = fields.whole("each", 2, 1000).and_then(|n| usize::try_from(n).ok()).unwrap_or(default.each);
        let share = "a share from 0 to below 1";
        let at_most = fields.number("at_most", share, |s| (0.0..1.0).contains(&s)).unwrap_or(default.at_most);
        let kinds = kinds(&fields).unwrap_or(default.kinds);
        Canaries { each, at_most, kinds, metrics: judged(&fields, metrics) }
    } else if suite.flag("canaries")? {
        default
    } else {
        return None;
    };
    let shown = |(name, spec): (&MetricName, &MetricSpec)| spec.rubric().is_some() && canaries.are_for(name);
    if !metrics.is_empty() && !metrics.iter().any(shown) && canaries.metrics.is_empty() {
        let diagnostic = Diagnostic::new("there is no judge to show canaries to");
        suite.say("canaries", diagnostic.hint("they are for metrics with a `rubric`; leave `canaries` away"));
        return None;
    }
    let compares = |(name, spec): (&MetricName, &MetricSpec)| spec.is_pairwise() && canaries.are_for(name);
    if canaries.kinds == [Canary::Itself] && metrics.iter().any(shown) && !metrics.iter().any(compares) {
        let words = "no judge can be shown `itself`: an answer against itself is for judges that compare";
        suite.say(
            "canaries",
            Diagnostic::new(words).hint("name a kind for judges that score one answer: `kinds: [empty]`"),
        );
    }
    Some(canaries)
}

/// A path, or `{path: …, metrics: […]}`.
pub fn anchors(suite: &Fields<'_>, metrics: &IndexMap<MetricName, MetricSpec>) -> Option<AnchorsSpec> {
    let node = suite.get("anchors")?;
    let reader = suite.reader;
    let Value::Map(_) = node.value else {
        let path = reader.text(node, "anchors")?;
        reader.expect_file(node, &path);
        return Some(AnchorsSpec { path, metrics: Vec::new() });
    };
    let fields = Fields::open(reader, node, "`anchors`", keys::ANCHORS)?;
    let path = fields.text("path", "path: datasets/anchors.jsonl");
    if let (Some(path), Some(node)) = (&path, fields.get("path")) {
        reader.expect_file(node, path);
    }
    Some(AnchorsSpec { path: path?, metrics: judged(&fields, metrics) })
}

/// Says where a rule rests on anchors that there are not.
pub fn needed(suite: &Fields<'_>, gate: Option<&GateSpec>, anchors: Option<&AnchorsSpec>) {
    for rule in gate.into_iter().flat_map(|gate| &gate.rules) {
        let Subject::Drift(metric) = &rule.of else { continue };
        if !suite.has("anchors") || anchors.is_some_and(|anchors| !anchors.are_for(metric)) {
            let words = format!("a rule is on the drift of the judge of `{metric}`, which is shown no anchors");
            let hint = "name a file of outputs that it judges in each run: `anchors: datasets/anchors.jsonl`";
            suite.say("gate", Diagnostic::new(words).hint(hint));
        }
    }
}

fn kinds(fields: &Fields<'_>) -> Option<Vec<Canary>> {
    let mut kinds = Vec::new();
    let written = fields.texts("kinds")?;
    if written.is_empty() {
        fields.say("kinds", Diagnostic::new("`kinds` names no kind").hint("leave it away for all of them"));
    }
    for (at, word) in written {
        match Canary::ALL.iter().find(|(known, _)| *known == word) {
            Some((_, kind)) if !kinds.contains(kind) => kinds.push(*kind),
            Some(_) => {}
            None => {
                let hint = remedy(&word, Canary::ALL.iter().map(|(known, _)| *known), "");
                fields.reader.say(at, Diagnostic::new(format!("`{word}` is no kind of canary")).hint(hint));
            }
        }
    }
    (!kinds.is_empty()).then_some(kinds)
}

/// The judged metrics that are named.
pub(super) fn judged(fields: &Fields<'_>, metrics: &IndexMap<MetricName, MetricSpec>) -> Vec<MetricName> {
    let is_judged = |(name, spec): (&MetricName, &MetricSpec)| spec.rubric().is_some().then(|| name.to_string());
    let known: Vec<String> = metrics.iter().filter_map(is_judged).collect();
    let mut named = Vec::new();
    for (at, name) in fields.texts("metrics").unwrap_or_default() {
        if known.contains(&name) {
            named.push(MetricName::from(name));
        } else {
            let hint = remedy(&name, known.iter().map(String::as_str), "the suite has none");
            fields.reader.say(at, Diagnostic::new(format!("there is no judged metric `{name}`")).hint(hint));
        }
    }
    named
}
