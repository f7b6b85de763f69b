//! `gate.rules` → conditions on metrics, each with exactly one demand that the metric can meet, and limits.

use indexmap::IndexMap;

use super::{Written, reference};
use crate::diagnostic::Diagnostic;
use crate::suite::fields::Fields;
use crate::suite::keys;
use crate::suite::node::{Node, Value};
use crate::suite::{Baseline, CaseId, Fact, MetricName, MetricSpec, Probe, Range, Rule, RuleKind, Severity, Subject};

const EXAMPLE: &str = "rules: [{metric: quality, not_worse_by: 0.15}]";
/// A share of 1 would let anything pass.
const SHARE: &str = "a share from 0 to below 1";
const SEVERITIES: &[(&str, Severity)] =
    &[("block", Severity::Block), ("warn", Severity::Warn), ("info", Severity::Info)];

/// What rules are held against while they are read.
#[derive(Clone, Copy)]
pub struct Given<'a> {
    pub written: &'a Written,
    pub metrics: &'a IndexMap<MetricName, MetricSpec>,
    pub baseline: Option<&'a Baseline>,
    /// Whether a baseline is written, be it a right one.
    pub has_baseline: bool,
    /// Samples of a case.
    pub repeat: u32,
}

pub fn read(gate: &Fields<'_>, given: Given<'_>) -> Vec<Rule> {
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
    items.iter().filter_map(|item| rule(gate, item, given)).collect()
}

fn rule(gate: &Fields<'_>, item: &Node, given: Given<'_>) -> Option<Rule> {
    let fields = Fields::open(gate.reader, item, "a rule", keys::RULE)?;
    if fields.has("limit") {
        return limit(&fields);
    }
    if fields.has("audit") {
        return audit(&fields, given);
    }
    if fields.has("drift") {
        return drift(&fields, given);
    }
    let metric: Option<MetricName> = fields
        .required("metric", "metric: quality")
        .and_then(|node| reference(fields.reader, node, "metric", "metric", &given.written.metrics));
    let (slice, cases) = (slice(&fields), cases(&fields));
    let severity = fields.one_of("severity", SEVERITIES).unwrap_or_default();
    let spec = metric.as_ref().and_then(|name| given.metrics.get(name));
    let kind = demand(&fields, spec, given.repeat);
    if let (Some((key, kind)), false) = (&kind, given.has_baseline) {
        let pairwise = spec.is_some_and(MetricSpec::is_win_rate);
        if pairwise || kind.compares() {
            let why = if pairwise { "a pairwise metric".to_string() } else { format!("`{key}`") };
            let diagnostic = Diagnostic::new(format!("{why} compares with a baseline, and the gate has none"));
            fields.say(key, diagnostic.hint("name one: `baseline: v1`, or `baseline: {run: accepted}`"));
        }
    }
    if let (Some(name), Some(Baseline::Run { .. })) = (&metric, given.baseline)
        && spec.is_some_and(MetricSpec::is_win_rate)
    {
        let words = format!("`{name}` compares two answers of one run, and the baseline is a stored run");
        let hint = "let the candidate meet another one of this suite (`baseline: v1`), or leave the rule out";
        fields.say("metric", Diagnostic::new(words).hint(hint));
    }
    Some(Rule { of: Subject::Metric(metric?), slice: slice?, cases: cases?, kind: kind?.1, severity })
}

/// A limit on what the candidate's answers take, or come to.
fn limit(fields: &Fields<'_>) -> Option<Rule> {
    let fact = fields.one_of("limit", &Fact::ALL);
    for key in ["metric", "cases", "repeats"].into_iter().chain(keys::DEMANDS.iter().copied()) {
        if key != "at_most" && fields.has(key) {
            let diagnostic = Diagnostic::new(format!("a limit has no `{key}`"));
            fields
                .say(key, diagnostic.hint("it is written `{limit: cost, at_most: 0.01}`, with a `slice` if you like"));
        }
    }
    let (slice, severity) = (slice(fields), fields.one_of("severity", SEVERITIES).unwrap_or_default());
    fields.required("at_most", "at_most: 0.01")?;
    let most = match fact {
        Some(fact) if fact.is_rate() => fields.number("at_most", SHARE, |n| (0.0..1.0).contains(&n)),
        Some(Fact::Cost) => fields.number("at_most", "US dollars a case, 0 or more", |n| n >= 0.0),
        _ => fields.number("at_most", "milliseconds, 0 or more", |n| n >= 0.0),
    };
    Some(Rule { of: Subject::Limit(fact?), slice: slice?, cases: Vec::new(), kind: RuleKind::AtMost(most?), severity })
}

/// A limit on what an audit of a metric's judge found.
fn audit(fields: &Fields<'_>, given: Given<'_>) -> Option<Rule> {
    let probe = fields.one_of("audit", &Probe::ALL);
    for key in ["cases", "repeats", "slice"].into_iter().chain(keys::DEMANDS.iter().copied()) {
        if key != "at_most" && fields.has(key) {
            let diagnostic = Diagnostic::new(format!("a rule on an audit has no `{key}`"));
            fields.say(key, diagnostic.hint("it is written `{audit: injection, metric: quality, at_most: 0.1}`"));
        }
    }
    let metric: Option<MetricName> = fields
        .required("metric", "metric: quality")
        .and_then(|node| reference(fields.reader, node, "metric", "metric", &given.written.metrics));
    if let Some(name) = &metric
        && given.metrics.get(name).is_some_and(|spec| spec.rubric().is_none())
    {
        let diagnostic = Diagnostic::new(format!("`{name}` is a check: there is no judge to audit"));
        fields.say("metric", diagnostic.hint("name a metric with a rubric"));
    }
    let severity = fields.one_of("severity", SEVERITIES).unwrap_or_default();
    fields.required("at_most", "at_most: 0.1")?;
    let most = fields.number("at_most", SHARE, |n| (0.0..1.0).contains(&n))?;
    if let Some(probe) = probe.filter(|probe| probe.is_of_both_runs()) {
        let diagnostic = Diagnostic::new(format!("no rule can rest on `{}`", probe.as_str()));
        fields.say("audit", diagnostic.hint("`karat audit` tells it: it takes the audited run as well"));
    }
    let of = Subject::Audit { probe: probe?, metric: metric? };
    Some(Rule { of, slice: IndexMap::new(), cases: Vec::new(), kind: RuleKind::AtMost(most), severity })
}

/// A limit on how far a metric's judge scores the anchors otherwise than before, in the units of the metric.
fn drift(fields: &Fields<'_>, given: Given<'_>) -> Option<Rule> {
    let others = ["metric", "cases", "repeats", "slice"];
    for key in others.into_iter().chain(keys::DEMANDS.iter().copied().filter(|key| *key != "at_most")) {
        if fields.has(key) {
            let diagnostic = Diagnostic::new(format!("a rule on drift has no `{key}`"));
            fields.say(key, diagnostic.hint("it is written `{drift: quality, at_most: 0.2}`"));
        }
    }
    let metric: MetricName = reference(fields.reader, fields.get("drift")?, "drift", "metric", &given.written.metrics)?;
    if given.metrics.get(&metric).is_some_and(|spec| spec.rubric().is_none()) {
        let diagnostic = Diagnostic::new(format!("`{metric}` is a check: there is no judge that could drift"));
        fields.say("drift", diagnostic.hint("name a metric with a rubric"));
    }
    let severity = fields.one_of("severity", SEVERITIES).unwrap_or_default();
    fields.required("at_most", "at_most: 0.2")?;
    let most = fields.number("at_most", "a number above 0, in the units of the metric", |n| n > 0.0)?;
    if let Some(Range::Bounded { min, max }) = given.metrics.get(&metric).map(MetricSpec::range)
        && most >= max - min
    {
        let words = format!("`at_most: {}` lets any drift of `{metric}` pass", brief(most));
        fields.say("at_most", Diagnostic::new(words).hint(format!("it goes from {min} to {max}")));
    }
    let kind = RuleKind::AtMost(most);
    Some(Rule { of: Subject::Drift(metric), slice: IndexMap::new(), cases: Vec::new(), kind, severity })
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

/// The cases that a rule is about, by their ids.
fn cases(fields: &Fields<'_>) -> Option<Vec<CaseId>> {
    if !fields.has("cases") {
        return Some(Vec::new());
    }
    if !fields.has("every_case") {
        let diagnostic = Diagnostic::new("single `cases` are for `every_case`");
        fields.say("cases", diagnostic.hint("other rules are about many cases: all of them, or those of a `slice`"));
    }
    if fields.has("slice") {
        fields.say("cases", Diagnostic::new("a rule is about `cases` or about a `slice`").hint("write two rules"));
    }
    let written = fields.texts("cases")?;
    if written.is_empty() {
        let diagnostic = Diagnostic::new("an empty list of `cases` names none");
        fields.say("cases", diagnostic.hint("leave it out to mean all of them"));
    }
    let mut found: Vec<CaseId> = Vec::new();
    for (at, id) in written {
        if found.iter().any(|known| known.as_str() == id) {
            fields.reader.say(at, Diagnostic::new(format!("the case `{id}` stands here twice")));
        } else {
            found.push(CaseId::from(id));
        }
    }
    Some(found)
}

/// The one thing that a rule demands.
fn demand(fields: &Fields<'_>, metric: Option<&MetricSpec>, repeat: u32) -> Option<(&'static str, RuleKind)> {
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
    let number = match *key {
        "not_worse_by" | "better_than" => {
            fields.number(key, "a number, 0 or more, in the units of the metric", |n| n >= 0.0)?
        }
        "equivalent_within" => fields.number(key, "a number above 0, in the units of the metric", |n| n > 0.0)?,
        key => fields.number(key, "a number", |_| true)?,
    };
    if let Some(metric) = metric {
        within_reach(fields, key, number, metric);
    }
    let repeats = repeats(fields, key, repeat);
    let kind = match *key {
        "not_worse_by" => RuleKind::NotWorseBy(number),
        "better_than" => RuleKind::BetterThan(number),
        "equivalent_within" => RuleKind::EquivalentWithin(number),
        "at_least" => RuleKind::AtLeast(number),
        "at_most" => RuleKind::AtMost(number),
        _ => RuleKind::EveryCase { reaches: number, repeats },
    };
    Some((key, kind))
}

/// In how many samples of a case its score must be reached.
fn repeats(fields: &Fields<'_>, key: &str, repeat: u32) -> Option<u32> {
    let wanted = u32::try_from(fields.whole("repeats", 1, 1000)?).ok()?;
    if key != "every_case" {
        let diagnostic = Diagnostic::new("`repeats` is for `every_case`");
        fields.say("repeats", diagnostic.hint("other rules read the mean over the samples of a case"));
    } else if wanted > repeat {
        let samples = if repeat == 1 { "one sample".to_string() } else { format!("{repeat} samples") };
        let diagnostic = Diagnostic::new(format!("`repeats: {wanted}` is more than the {samples} of a case"));
        fields.say("repeats", diagnostic.hint("the `repeat` of the suite says how many are drawn"));
    }
    Some(wanted)
}

/// A demand that every value of the metric meets, or none, is a slip of the pen: a percentage as a rule.
fn within_reach(fields: &Fields<'_>, key: &str, number: f64, metric: &MetricSpec) {
    let name = fields.scalar("metric").unwrap_or_default();
    let pairwise = metric.is_win_rate();
    if key == "every_case" && metric.is_pairwise() {
        let diagnostic = Diagnostic::new(format!("`{name}` compares two answers, and `every_case` is about one"));
        return fields.say(key, diagnostic.hint("use a check, or a rubric that scores one answer"));
    }
    let (min, max) = match metric.range() {
        Range::Binary => (0.0, 1.0),
        Range::Bounded { min, max } => (min, max),
        Range::Unbounded => return,
    };
    let diagnostic = match key {
        // The difference of a pairwise metric is the win rate less a half.
        "not_worse_by" | "equivalent_within" if number >= if pairwise { 0.5 } else { max - min } => {
            Diagnostic::new(format!("a margin of {} lets any difference of `{name}` pass", brief(number)))
        }
        "better_than" if number >= if pairwise { 1.0 } else { max - min } => {
            Diagnostic::new(format!("no candidate can be better than that in `{name}`"))
        }
        "at_least" | "at_most" | "every_case" if !(min..=max).contains(&number) => {
            Diagnostic::new(format!("`{key}: {}` is outside of what `{name}` can be", brief(number)))
        }
        "at_least" | "every_case" if number <= min => {
            Diagnostic::new(format!("`{key}: {number}` lets any value of `{name}` pass"))
        }
        "at_most" if number >= max => Diagnostic::new(format!("`{key}: {number}` lets any value of `{name}` pass")),
        _ => return,
    };
    let goes =
        if pairwise { "its win rate goes from 0 to 1".to_string() } else { format!("it goes from {min} to {max}") };
    fields.say(key, diagnostic.hint(goes));
}

/// A number as one would write it: `4`, `0.15`, `1e308`.
fn brief(number: f64) -> String {
    if number.abs() < 1e15 { number.to_string() } else { format!("{number:e}") }
}
