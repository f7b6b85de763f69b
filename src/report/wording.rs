//! Findings → the words that every format uses for them, so that a page, a comment and a terminal say the same.

use crate::analysis::{Comparison, Cost, JudgeFindings, Level, Opinion, Slice, StatusCounts, Story};
use crate::gate::{RuleState, Ruling, Verdict};
use crate::suite::Severity;

use super::{Report, number, text};

/// Which way a difference points, as far as the evidence goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// The whole interval is above zero.
    Better,
    /// The whole interval is below zero.
    Worse,
    /// The interval holds zero.
    Unclear,
    /// There is no interval.
    Unmeasured,
}

impl Direction {
    /// Of a comparison's interval.
    pub fn of(comparison: &Comparison) -> Self {
        let finite = |end: Option<f64>| end.filter(|v| v.is_finite());
        match (finite(comparison.low), finite(comparison.high)) {
            (Some(low), _) if low > 0.0 => Self::Better,
            (_, Some(high)) if high < 0.0 => Self::Worse,
            (Some(_), Some(_)) => Self::Unclear,
            _ => Self::Unmeasured,
        }
    }

    /// `better`, `worse`, `no clear difference`, `not measured`.
    pub fn words(self) -> &'static str {
        match self {
            Self::Better => "better",
            Self::Worse => "worse",
            Self::Unclear => "no clear difference",
            Self::Unmeasured => "not measured",
        }
    }
}

/// `PASS`, `FAIL`, `INCONCLUSIVE`, `INVALID`.
pub fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "PASS",
        Verdict::Fail => "FAIL",
        Verdict::Inconclusive => "INCONCLUSIVE",
        Verdict::Invalid => "INVALID",
    }
}

/// What the decision asks of the people who read it.
pub fn advice(verdict: Verdict, candidate: &str) -> String {
    match verdict {
        Verdict::Pass => format!("{candidate} may ship."),
        Verdict::Fail => format!("Hold {candidate}: it is shown to be worse than the rules allow."),
        Verdict::Inconclusive => format!("Not enough evidence to ship {candidate} or to reject it."),
        Verdict::Invalid => "The measurement cannot be trusted, so nothing is decided. Mend it and run again.".to_string(),
    }
}

/// A rule's state: `pass`, `FAIL`, `not enough evidence`, `not measured`.
pub fn state(state: RuleState) -> &'static str {
    match state {
        RuleState::Pass => "pass",
        RuleState::Fail => "FAIL",
        RuleState::Inconclusive => "not enough evidence",
        RuleState::Invalid => "not measured",
    }
}

/// A rule's state as one mark.
pub fn mark(state: RuleState) -> &'static str {
    match state {
        RuleState::Pass => "✓",
        RuleState::Fail => "✗",
        RuleState::Inconclusive => "?",
        RuleState::Invalid => "!",
    }
}

/// `blocks`, `warns`, `informs`.
pub fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Block => "blocks",
        Severity::Warn => "warns",
        Severity::Info => "informs",
    }
}

/// `topic: safety`, made safe for one line; `all cases` where there is no slice.
pub fn slice(slice: Option<&Slice>) -> String {
    slice.map_or_else(|| "all cases".to_string(), tags)
}

/// `topic: safety, tier: gold`, made safe for one line.
pub fn tags(tags: &Slice) -> String {
    tags.iter().map(|(key, value)| text::line(&format!("{key}: {value}"))).collect::<Vec<_>>().join(", ")
}

/// What a rule is about: `quality`, or `quality, topic: safety`.
pub fn subject(rule: &Ruling) -> String {
    let metric = text::line(&rule.metric);
    rule.slice.as_ref().map_or_else(|| metric.clone(), |s| format!("{metric}, {}", tags(s)))
}

/// Whether a metric is judged in pairs.
pub fn is_pairwise(report: &Report, metric: &str) -> bool {
    report.analysis.metrics.get(metric).is_some_and(|m| m.kind == "pairwise")
}

/// Whether a rule reads the win rate rather than a difference or a level.
fn reads_win_rate(report: &Report, rule: &Ruling) -> bool {
    rule.kind == "better_than" && is_pairwise(report, &rule.metric)
}

/// What a rule asks for: `not worse by more than 0.15`, `win rate above 50%`.
pub fn requirement(report: &Report, rule: &Ruling) -> String {
    let margin = number::written(rule.margin);
    match rule.kind.as_str() {
        "not_worse_by" => format!("not worse by more than {margin}"),
        "better_than" if reads_win_rate(report, rule) => format!("win rate above {}", number::percent(Some(rule.margin))),
        "better_than" if rule.margin == 0.0 => "better".to_string(),
        "better_than" => format!("better by more than {margin}"),
        "at_least" => format!("at least {margin}"),
        "at_most" => format!("at most {margin}"),
        other => format!("{} {margin}", text::line(other)),
    }
}

/// What the data say about a rule: `at least +0.16`, the one-sided bound that it was held against.
pub fn bound(report: &Report, rule: &Ruling) -> String {
    if rule.bound.is_none_or(|b| !b.is_finite()) {
        return number::ABSENT.to_string();
    }
    let upper = (rule.kind == "at_most") != (rule.state == RuleState::Fail);
    format!("{} {}", if upper { "at most" } else { "at least" }, quantity(report, rule, rule.bound))
}

/// A number in a rule's own unit: a signed difference, a win rate in percent, or a level.
pub fn quantity(report: &Report, rule: &Ruling, value: Option<f64>) -> String {
    let decimals = number::decimals(rule.bound.map(|b| b.min(rule.estimate.unwrap_or(b))), rule.bound.map(|b| b.max(rule.estimate.unwrap_or(b))));
    match rule.kind.as_str() {
        "better_than" if reads_win_rate(report, rule) => number::percent(value),
        "not_worse_by" | "better_than" => number::signed(value, decimals.max(2)),
        _ => number::plain(value, decimals.max(2)),
    }
}

/// A comparison's difference with its interval; pairwise: the win rate with its own.
pub fn difference(report: &Report, comparison: &Comparison) -> String {
    if is_pairwise(report, &comparison.metric) {
        let rate = comparison.win_rate.or(comparison.difference.map(|d| d + 0.5));
        return number::with_interval(rate, comparison.low.map(|l| l + 0.5), comparison.high.map(|h| h + 0.5), number::percent);
    }
    let decimals = number::decimals(comparison.low, comparison.high);
    number::with_interval(comparison.difference, comparison.low, comparison.high, |v| number::signed(v, decimals))
}

/// What a comparison leaves out, and where its difference could lie with it.
pub fn left_out(report: &Report, c: &Comparison) -> Option<String> {
    if c.missing == 0 {
        return None;
    }
    let cases = number::counted(c.missing, "case", "cases");
    let shown = |value: f64| {
        if is_pairwise(report, &c.metric) { number::percent(Some(value + 0.5)) } else { number::signed(Some(value), number::decimals(c.low, c.high)) }
    };
    let bounds = c.bounds.map(|b| format!("; at their worst or best it would be {} or {}", shown(b.worst), shown(b.best))).unwrap_or_default();
    Some(format!("{}: {cases} left out for want of a value{bounds}", text::line(&c.metric)))
}

/// A level with its interval.
pub fn level(level: &Level) -> String {
    let decimals = number::decimals(level.low, level.high);
    number::with_interval(level.estimate, level.low, level.high, |v| number::plain(v, decimals))
}

/// `95%`; without a gate nothing says the level.
pub fn confidence(report: &Report) -> Option<String> {
    report.decision.as_ref().map(|d| number::percent(Some(1.0 - d.alpha)))
}

/// The slices whose difference is beyond chance, after the correction for many slices where there is one.
pub fn moved_slices(report: &Report) -> Vec<&Comparison> {
    let alpha = report.decision.as_ref().map_or(0.05, |d| d.alpha);
    let slices = report.analysis.comparisons.iter().filter(|c| c.slice.is_some());
    slices.filter(|c| c.p_adjusted.or(c.p).is_some_and(|p| p < alpha)).collect()
}

/// Stories of cases that got worse, the worst first.
pub fn regressions(report: &Report) -> impl Iterator<Item = &Story> {
    report.analysis.stories.iter().filter(|s| s.change < 0.0)
}

/// Stories of cases that got better.
pub fn improvements(report: &Report) -> impl Iterator<Item = &Story> {
    report.analysis.stories.iter().filter(|s| s.change > 0.0)
}

/// The opinion that tells most about why a case moved: on the metric that moved most in the story's own direction,
/// and there the one about the candidate or for the side that won.
pub fn telling(story: &Story) -> Option<&Opinion> {
    let toward = if story.change < 0.0 { -1.0 } else { 1.0 };
    let winner = if story.change < 0.0 { &story.baseline.name } else { &story.candidate.name };
    let mut metrics: Vec<_> = story.metrics.iter().collect();
    metrics.sort_by(|a, b| (b.difference.unwrap_or(0.0) * toward).total_cmp(&(a.difference.unwrap_or(0.0) * toward)));
    let spoken = || metrics.iter().flat_map(|m| m.opinions.iter()).filter(|o| o.words.as_ref().is_some_and(|w| !w.trim().is_empty()));
    let first = metrics.iter().find(|m| m.opinions.iter().any(|o| o.words.is_some()))?;
    first.opinions.iter().find(|o| o.words.is_some() && (o.about == story.candidate.name || &o.decided == winner)).or_else(|| spoken().next())
}

/// What changed on a case, metric by metric: `quality 4.5 → 1.5, preference prefers v1`.
pub fn change(story: &Story) -> String {
    let parts: Vec<String> = story.metrics.iter().filter_map(|m| {
        let name = text::line(&m.metric);
        match (m.kind.as_str(), m.baseline, m.candidate) {
            ("pairwise", _, Some(worth)) if worth > 0.5 => Some(format!("{name}: {} preferred", text::line(&story.candidate.name))),
            ("pairwise", _, Some(worth)) if worth < 0.5 => Some(format!("{name}: {} preferred", text::line(&story.baseline.name))),
            ("pairwise", _, Some(_)) => None,
            (_, Some(before), Some(after)) if before == after => None,
            (_, before, after) => Some(format!("{name} {} → {}", score(before), score(after))),
        }
    }).collect();
    if parts.is_empty() { "no metric changed".to_string() } else { parts.join(", ") }
}

/// One case's score: as many digits as it needs, at most two.
pub fn score(value: Option<f64>) -> String {
    let shown = number::plain(value, 2);
    if shown.contains('.') { shown.trim_end_matches('0').trim_end_matches('.').to_string() } else { shown }
}

/// `440: 436 ok, 4 unparsed`, naming what there is any of.
pub fn statuses(counts: &StatusCounts) -> String {
    let kinds = [(counts.ok, "ok"), (counts.error, "error"), (counts.unparsed, "unparsed"), (counts.refused, "refused"), (counts.skipped, "skipped")];
    let parts: Vec<_> = kinds.iter().filter(|(n, _)| *n > 0).map(|(n, word)| format!("{} {word}", number::count(*n))).collect();
    if parts.is_empty() { "none".to_string() } else { format!("{}: {}", number::count(counts.total), parts.join(", ")) }
}

/// How far a judge can be trusted, in one line.
pub fn trust(found: &JudgeFindings) -> String {
    let agreement = match found.agreement {
        None => "no human labels to hold it against".to_string(),
        Some(share) => format!("{} on {}", agreement(found), number::counted(share.n, "label", "labels")),
    };
    let position = found.position_consistency.map(|s| format!("same winner in both orders {}", number::share(Some(s))));
    let unparsed = found.unparsed_rate.map(|s| format!("unparsed {}", number::percent(Some(s.estimate))));
    [Some(agreement), position, unparsed].into_iter().flatten().collect::<Vec<_>>().join("; ")
}

/// A judge's agreement with people, named by what it is.
pub fn agreement(found: &JudgeFindings) -> String {
    match found.agreement {
        None => number::ABSENT.to_string(),
        Some(s) if found.agreement_kind == "accuracy" => format!("agrees with people {}", number::share(Some(s))),
        Some(s) => {
            let shown = number::with_interval(Some(s.estimate), s.low, s.high, |v| number::plain(v, 2));
            format!("rank agreement with people {shown}")
        }
    }
}

/// What everything cost together; unknown is not zero.
pub fn total(cost: &Cost) -> String {
    match known_cost(cost) {
        (Some(usd), true) => number::money(Some(usd)),
        (Some(usd), false) => format!("at least {} (a model has no price)", number::money(Some(usd))),
        (None, _) => "not known (no model has a price)".to_string(),
    }
}

/// The part of the cost that is known, and whether that is all of it.
pub fn known_cost(cost: &Cost) -> (Option<f64>, bool) {
    if let Some(usd) = cost.total.usd.filter(|v| v.is_finite()) {
        return (Some(usd), true);
    }
    let parts: Vec<f64> = cost.candidates.values().chain(cost.judges.values()).filter_map(|s| s.usd).filter(|v| v.is_finite()).collect();
    ((!parts.is_empty()).then(|| parts.iter().sum()), false)
}

/// The baseline and the candidate that the report is about; empty where there is none.
pub fn sides(report: &Report) -> (String, String) {
    let first = report.analysis.comparisons.first();
    let decision = report.decision.as_ref();
    let baseline = decision.and_then(|d| d.baseline.as_deref()).or(first.map(|c| c.baseline.as_str())).unwrap_or_default();
    let lone = report.analysis.candidates.keys().map(|name| text::line(name)).collect::<Vec<_>>().join(", ");
    let candidate = decision.map(|d| d.candidate.as_str()).or(first.map(|c| c.candidate.as_str())).unwrap_or(&lone);
    (text::line(baseline), text::line(candidate))
}
