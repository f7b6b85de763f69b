//! A rule and what became of it → words.

use crate::gate::{RuleState, Ruling};
use crate::report::{Report, number, text};
use crate::suite::Severity;

use super::{is_pairwise, tags};

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

/// What a rule is about: `quality`, or `quality, topic: safety`.
pub fn subject(rule: &Ruling) -> String {
    let metric = text::line(&rule.metric);
    rule.slice.as_ref().map_or_else(|| metric.clone(), |s| format!("{metric}, {}", tags(s)))
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
        "better_than" if reads_win_rate(report, rule) => {
            format!("win rate above {}", number::percent(Some(rule.margin)))
        }
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
    let decimals = number::decimals(
        rule.bound.map(|b| b.min(rule.estimate.unwrap_or(b))),
        rule.bound.map(|b| b.max(rule.estimate.unwrap_or(b))),
    );
    match rule.kind.as_str() {
        "better_than" if reads_win_rate(report, rule) => number::percent(value),
        "not_worse_by" | "better_than" => number::signed(value, decimals.max(2)),
        _ => number::plain(value, decimals.max(2)),
    }
}
