//! `pairs:` of a metric → which candidates it compares; and that a gate's rules find the pair they are about.

use indexmap::IndexMap;

use super::{Written, reference};
use crate::diagnostic::Diagnostic;
use crate::suite::fields::Fields;
use crate::suite::node::{Node, Value};
use crate::suite::{CandidateName, Goal, MetricName, MetricSpec, Missing, Pair, Pairs, Rule};

const EXAMPLE: &str = "`baseline`, `all`, `tournament`, or a list such as `[[v1, v2], [v2, v3]]`";
const PAIR: &str = "a list of pairs, such as `[[v1, v2], [v2, v3]]`";

/// The pairs of a metric. `None` where they are wrong, which has been said.
pub fn read(fields: &Fields<'_>, written: &Written) -> Option<Pairs> {
    let Some(node) = fields.get("pairs") else { return Some(Pairs::Baseline) };
    let Value::List(items) = &node.value else {
        return match node.scalar() {
            Some("all") => Some(Pairs::All),
            Some("baseline") => Some(Pairs::Baseline),
            Some("tournament") => Some(Pairs::Tournament),
            _ => fields.reader.wrong(node, "pairs", EXAMPLE),
        };
    };
    let mut pairs: Vec<Pair> = Vec::new();
    for item in items {
        let pair = pair(fields, item, written)?;
        let same = |(a, b): &Pair| (a, b) == (&pair.0, &pair.1) || (b, a) == (&pair.0, &pair.1);
        if pairs.iter().any(same) {
            fields.reader.say(item.at, Diagnostic::new(format!("`{}` and `{}` are a pair twice", pair.0, pair.1)));
        }
        pairs.push(pair);
    }
    if pairs.is_empty() {
        return fields.reader.wrong(node, "pairs", EXAMPLE);
    }
    Some(Pairs::Listed(pairs))
}

fn pair(fields: &Fields<'_>, item: &Node, written: &Written) -> Option<Pair> {
    let Value::List(names) = &item.value else {
        return fields.reader.wrong(item, "pairs", PAIR);
    };
    let [first, second] = names.as_slice() else {
        return fields.reader.wrong(item, "pairs", PAIR);
    };
    let name = |node| reference::<CandidateName>(fields.reader, node, "pairs", "candidate", &written.candidates);
    let pair = (name(first)?, name(second)?);
    if pair.0 == pair.1 {
        fields.reader.say(item.at, Diagnostic::new(format!("`{}` cannot be compared with itself", pair.0)));
    }
    Some(pair)
}

/// Says what keeps a metric from being a tournament.
pub fn check_tournament(fields: &Fields<'_>, spec: &MetricSpec, written: &Written) {
    if !spec.is_tournament() {
        return;
    }
    if written.candidates.len() < 3 {
        let diagnostic = Diagnostic::new("a tournament is for three candidates or more");
        fields.say("pairs", diagnostic.hint("`pairs: baseline` compares two"));
    }
    if spec.goal == Goal::Down {
        let diagnostic = Diagnostic::new("the winner of a tournament is the better one, so its `goal` is up");
        fields.say("goal", diagnostic.hint("let the rubric say which of two answers is better"));
    }
    if matches!(spec.missing, Missing::Worst | Missing::Tie) {
        let diagnostic = Diagnostic::new("nobody wins a match of a tournament that could not be read");
        fields.say("missing", diagnostic.hint("`drop` (or `wrong`, for `karat calibrate`)"));
    }
}

/// Says which rules are about a metric that does not compare the gate's candidate with its baseline.
pub fn check(
    gate: &Fields<'_>,
    rules: &[Rule],
    metrics: &IndexMap<MetricName, MetricSpec>,
    (baseline, candidate): (&CandidateName, &CandidateName),
) {
    for metric in rules.iter().filter_map(Rule::metric) {
        let Some(Pairs::Listed(pairs)) = metrics.get(metric).and_then(|spec| Some(&spec.rubric()?.pairs)) else {
            continue;
        };
        if !pairs.iter().any(|(a, b)| (a, b) == (baseline, candidate) || (b, a) == (baseline, candidate)) {
            let why =
                format!("a rule is about `{metric}`, whose `pairs` do not compare `{candidate}` with `{baseline}`");
            gate.say("rules", Diagnostic::new(why).hint(format!("add `[{baseline}, {candidate}]` to its `pairs`")));
        }
    }
}
