//! `metrics:` → what gives the scores, and how they are to be read.

use indexmap::IndexMap;

use super::{Written, checks, judges, logprobs, named, pairs, rubric};
use crate::diagnostic::Diagnostic;
use crate::suite::fields::Fields;
use crate::suite::keys;
use crate::suite::node::Node;
use crate::suite::{
    Confidence, Goal, Judges, MetricName, MetricSpec, Missing, ModelName, ModelSpec, PanelRule, RubricMetric, Scorer,
    Scoring, Votes,
};

const EXAMPLE: &str = "quality: {rubric: rubrics/quality.yaml, judge: grader}";
const GOALS: &[(&str, Goal)] = &[("up", Goal::Up), ("down", Goal::Down)];
const VOTES: &[(&str, Votes)] = &[("mean", Votes::Mean), ("majority", Votes::Majority), ("median", Votes::Median)];
const MISSING: &[(&str, Missing)] =
    &[("drop", Missing::Drop), ("worst", Missing::Worst), ("tie", Missing::Tie), ("wrong", Missing::Wrong)];

pub fn read(
    suite: &Fields<'_>,
    written: &Written,
    models: &mut IndexMap<ModelName, ModelSpec>,
) -> IndexMap<MetricName, MetricSpec> {
    let metrics = named(suite, "metrics", |name, node| metric(suite, name, node, written, models));
    if suite.required("metrics", &format!("metrics: {{{EXAMPLE}}}")).is_some() && written.metrics.is_empty() {
        suite.say("metrics", Diagnostic::new("a suite needs a metric").hint(format!("for example `{EXAMPLE}`")));
    }
    metrics
}

fn metric(
    suite: &Fields<'_>,
    name: &str,
    node: &Node,
    written: &Written,
    models: &mut IndexMap<ModelName, ModelSpec>,
) -> Option<MetricSpec> {
    let entries = suite.reader.map(node, "a metric")?;
    let has = |name: &str| entries.iter().any(|(key, _)| key.name == name);
    match (has("rubric"), has("check")) {
        (true, false) => judged(suite, node, written, models),
        (false, true) => checks::read(suite.reader, name, node, models),
        (true, true) => {
            suite
                .reader
                .say(node.owner, Diagnostic::new("a metric is a `rubric` with its `judge`, or a `check`, not both"));
            None
        }
        (false, false) => {
            let diagnostic = Diagnostic::new("a metric needs a `rubric` with its `judge`, or a `check`");
            suite.reader.say(node.owner, diagnostic.hint(format!("for example `{EXAMPLE}`")));
            None
        }
    }
}

fn judged(
    suite: &Fields<'_>,
    node: &Node,
    written: &Written,
    models: &IndexMap<ModelName, ModelSpec>,
) -> Option<MetricSpec> {
    let fields = Fields::open(suite.reader, node, "a metric", keys::RUBRIC_METRIC)?;
    let judge = judges::read(&fields, written);
    let goal = goal(&fields);
    let missing = fields.one_of("missing", MISSING).unwrap_or_default();
    let repeat = fields.whole("repeat", 1, 100).and_then(|n| u32::try_from(n).ok()).unwrap_or(1);
    let votes = fields.one_of("votes", VOTES).unwrap_or_default();
    let pairs = pairs::read(&fields, written);
    let file = fields.text("rubric", "rubric: rubrics/quality.yaml")?;
    let rubric = rubric::read(&fields, &file)?;
    let judged = RubricMetric { rubric: Box::new(rubric), file, judge: judge?, repeat, votes, pairs: pairs? };
    fits(&fields, &judged, models);
    let spec = MetricSpec { scorer: Scorer::Rubric(judged), goal, missing };
    if missing == Missing::Tie && !spec.is_pairwise() {
        let diagnostic = Diagnostic::new("`missing: tie` is for pairwise rubrics: a score has no tie");
        fields.say("missing", diagnostic.hint("`drop`, `worst` or `wrong`"));
    }
    if fields.has("pairs") && !spec.is_pairwise() {
        fields.say("pairs", Diagnostic::new("`pairs` is for pairwise rubrics: a score has no rival"));
    }
    pairs::check_tournament(&fields, &spec, written);
    Some(spec)
}

/// Says what a metric cannot be because of the verdicts that it has.
fn fits(fields: &Fields<'_>, judged: &RubricMetric, models: &IndexMap<ModelName, ModelSpec>) {
    let RubricMetric { rubric, judge, repeat, votes, .. } = judged;
    let by_logprobs = rubric.scoring == Scoring::Logprobs;
    if by_logprobs {
        for (name, spec) in judge.all().iter().filter_map(|name| models.get_key_value(name)) {
            if let Some(hint) = logprobs::lacking(spec) {
                let words = format!("the rubric scores by `logprobs`, and the model `{name}` does not give them");
                fields.say("judge", Diagnostic::new(words).hint(hint));
            }
        }
    }
    // A mean over criteria or an expectation is a number that hardly two judges hit alike.
    let are_words = !by_logprobs && rubric.criteria.len() < 2;
    let counted = match judge {
        Judges::Panel { by: PanelRule::Majority | PanelRule::DawidSkene | PanelRule::Weighted, .. } => Some("panel"),
        _ if *votes == Votes::Majority => Some("votes"),
        _ => None,
    };
    if let Some(key) = counted.filter(|_| !are_words) {
        let what = if by_logprobs { "expectations" } else { "means over several criteria" };
        let words =
            format!("verdicts by this rubric are {what}, of which hardly two are the same, so none is the commonest");
        fields.say(key, Diagnostic::new(words).hint("`mean` or, for `votes`, `median`"));
    }
    if *votes != Votes::Mean && *repeat == 1 && judge.cascade().is_none_or(|cascade| cascade.samples == 1) {
        let words = "`votes` says how several verdicts of a judge become one, and each judge gives one";
        fields.say("votes", Diagnostic::new(words).hint("for example `repeat: 5`"));
    }
    if judge.cascade().is_some_and(|cascade| cascade.confidence == Confidence::Logprobs) && !by_logprobs {
        let words = "`confidence: logprobs` needs a rubric with `scoring: logprobs`";
        fields.say("judge", Diagnostic::new(words).hint("or `confidence: votes`"));
    }
}

pub fn goal(fields: &Fields<'_>) -> Goal {
    fields.one_of("goal", GOALS).unwrap_or_default()
}
