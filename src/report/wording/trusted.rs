//! What a judge was, and what it made of what it was shown beside the cases → short lines, for a reader who has to rely on it.

use super::Unit;
use crate::analysis::{AnchorFindings, JudgeFindings, ProbeState, Probed};
use crate::gate::RuleState;
use crate::report::{Report, number, text};

/// So much of a judge card is shown: enough to tell two apart by eye.
const CARD: usize = 12;

/// The judge of a metric: its card and who answered, its audits as far as rules read them, its canaries.
pub fn facts(report: &Report, metric: &str, found: &JudgeFindings) -> Vec<String> {
    let card = text::line(&found.card).chars().take(CARD).collect::<String>();
    let mut identity = if card.is_empty() { Vec::new() } else { vec![format!("judge card {card}")] };
    identity.extend(served(found));
    let mut facts = vec![identity.join(", ")];
    facts.retain(|words| !words.is_empty());
    facts.extend(changed(found));
    facts.extend(found.canaries.as_ref().map(canaries));
    facts.extend(found.anchors.as_ref().map(|found| anchors(report, metric, found)));
    facts.extend(audits(report, metric));
    facts
}

/// What became of the judge's scores of the anchors.
fn anchors(report: &Report, metric: &str, found: &AnchorFindings) -> String {
    let (Some(shift), Some(since)) = (found.shift, &found.since) else {
        return format!("anchors: {} judged; {}", number::count(found.n), text::line(&found.method));
    };
    let unit = Unit::of(report, metric);
    let (low, high) = (unit.difference(found.low), unit.difference(found.high));
    let moved = match (found.moved, found.reversioned) {
        (true, true) => "THE JUDGE MOVED, and answers as another version",
        (true, false) => "THE JUDGE MOVED under its name",
        (false, true) => "no clear change, though it answers as another version",
        (false, false) => "no clear change",
    };
    format!(
        "anchors: {} judged; since run {} their scores moved by {}{} ({low} to {high}): {moved}",
        number::count(found.compared),
        text::line(since),
        unit.difference(Some(shift)),
        unit.name()
    )
}

/// That the scores of a judge moved: `the judge of quality scores its anchors otherwise than in run …`.
pub fn drifted(metric: &str, found: &JudgeFindings) -> Option<String> {
    let anchors = found.anchors.as_ref().filter(|anchors| anchors.moved)?;
    let (since, shift) = (anchors.since.as_ref()?, anchors.shift?);
    Some(format!(
        "the judge of `{metric}` scores the same {} anchors otherwise than in run {since}, by {} in the mean: look at it before \
         you compare with earlier runs",
        anchors.compared,
        number::plain(Some(shift), 2)
    ))
}

/// Who answered: `answered as gpt-4o-2024-08-06`.
fn served(found: &JudgeFindings) -> Option<String> {
    let versions: Vec<String> =
        found.served.values().flat_map(|versions| versions.keys()).map(|version| text::line(version)).collect();
    let mut seen = std::collections::BTreeSet::new();
    let versions: Vec<String> = versions.into_iter().filter(|version| seen.insert(version.clone())).collect();
    (!versions.is_empty()).then(|| format!("answered as {}", versions.join(", ")))
}

/// That a judge answered as more than one version of its model.
pub fn changed(found: &JudgeFindings) -> Option<String> {
    let several = found.served.iter().filter(|(_, versions)| versions.len() > 1).map(|(judge, versions)| {
        let told = versions.iter().map(|(version, n)| format!("{} ({})", text::line(version), number::count(*n)));
        format!("{} answered as {}", text::line(judge), told.collect::<Vec<_>>().join(" and "))
    });
    let several: Vec<String> = several.collect();
    (!several.is_empty()).then(|| format!("the judge changed during the run: {}", several.join("; ")))
}

fn canaries(probed: &Probed) -> String {
    if probed.state == ProbeState::Absent {
        return format!("canaries: none was judged ({})", text::line(&probed.method));
    }
    let passed = probed.parts.iter().filter(|(_, share)| share.estimate > 0.0);
    let kinds: Vec<String> =
        passed.map(|(kind, share)| format!("{kind} {}", number::percent(Some(share.estimate)))).collect();
    let kinds = if kinds.is_empty() { String::new() } else { format!(" ({})", kinds.join(", ")) };
    let rate = number::with_interval(probed.rate, probed.low, probed.high, number::percent);
    let state = match probed.state {
        ProbeState::Pass => "within what is allowed",
        ProbeState::Fail => "TOO MANY",
        ProbeState::Inconclusive | ProbeState::Absent => "too few to say that they are within what is allowed",
    };
    format!(
        "canaries: {rate} of what is no answer passed{kinds}, {} are allowed: {state}",
        number::percent(Some(probed.limit))
    )
}

/// What audits found that rules of the gate read.
fn audits(report: &Report, metric: &str) -> Option<String> {
    let rules = report.decision.iter().flat_map(|decision| &decision.rules);
    let told = rules.filter(|rule| rule.metric.as_deref() == Some(metric)).filter_map(|rule| {
        let probe = rule.audit?.as_str().replace('_', " ");
        let state = match rule.state {
            RuleState::Pass => "pass",
            RuleState::Inconclusive => "inconclusive",
            RuleState::Fail | RuleState::Invalid => "NOT PASSED",
        };
        Some(format!("{probe} {} ({state})", number::percent(rule.estimate)))
    });
    let told: Vec<String> = told.collect();
    (!told.is_empty()).then(|| format!("audited: {}", told.join(", ")))
}
