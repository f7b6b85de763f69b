//! A rule and what became of it → words.

use crate::gate::{RuleState, Ruling, limited};
use crate::report::{Report, number, text};
use crate::suite::{DecidedBy, Severity};

use super::{about, bridges, decides, rules_on};

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

/// What a rule is about, as its ruling says it: `quality`, or `quality where topic is safety`.
pub fn subject(rule: &Ruling) -> String {
    let of = rule.metric.as_deref().or(rule.limit.map(limited)).unwrap_or_default();
    match rule.audit {
        Some(probe) => text::line(&format!("{} of the judge of {of}", probe.as_str().replace('_', " "))),
        None if rule.drift => text::line(&format!("drift of the judge of {of}")),
        None => about(of, rule.slice.as_ref()),
    }
}

/// What a rule asks for: `not worse by more than 0.15`, `win rate above 50%`.
pub fn requirement(rule: &Ruling) -> String {
    let threshold = rule.threshold();
    let of = if rule.win_rate { "win rate " } else { "" };
    match rule.kind.as_str() {
        "not_worse_by" if rule.margin == 0.0 => "not worse".to_string(),
        "not_worse_by" => format!("not worse by more than {threshold}"),
        "better_than" if rule.win_rate => format!("win rate above {threshold}"),
        "better_than" if rule.margin == 0.0 => "better".to_string(),
        "better_than" => format!("better by more than {threshold}"),
        "equivalent_within" => format!("differs by less than {threshold}"),
        "every_case" if rule.n < 2 => format!("{threshold} or better on every case"),
        "every_case" => format!("{threshold} or better on all {} cases", number::count(rule.n)),
        "at_least" => format!("{of}at least {threshold}"),
        "at_most" => format!("{of}at most {threshold}"),
        other => format!("{} {threshold}", text::line(other)),
    }
}

/// What was measured, in the rule's own unit.
pub fn measured(rule: &Ruling) -> String {
    rule.estimate.map_or_else(|| number::ABSENT.to_string(), |x| rule.quantity(x))
}

/// What the data say about a rule: `at least +0.16`, the one-sided bound that it was held against.
pub fn bound(rule: &Ruling) -> String {
    if let Some((low, high)) = rule.interval.filter(|(low, high)| low.is_finite() && high.is_finite()) {
        return format!("{} to {}", rule.quantity(low), rule.quantity(high));
    }
    let Some(bound) = rule.bound.filter(|b| b.is_finite()) else { return number::ABSENT.to_string() };
    let upper = (rule.kind == "at_most") != (rule.state == RuleState::Fail);
    format!("{} {}", if upper { "at most" } else { "at least" }, rule.quantity(bound))
}

/// What is to be said of a rule beyond the numbers that stand beside it: what keeps it from its result, and where its
/// number could lie with the cases that have no value. Of a difference over all cases that stands beside the difference.
pub fn notes(rule: &Ruling) -> Vec<String> {
    let told = rule.slice.is_none() && (rule.is_difference() || rule.win_rate) && !decides::is_corrected(rule);
    let gaps = rule.bounds.filter(|_| rule.missing > 0 && rule.kind != "every_case" && !told).map(|bounds| {
        let cases = number::counted(rule.missing, "case", "cases");
        let (worst, best) = (rule.quantity(bounds.worst), rule.quantity(bounds.best));
        format!("{cases} left out for want of a value; at their worst or best it would be {worst} or {best}")
    });
    doubt(rule).into_iter().chain(gaps).collect()
}

/// What is measured of the t, by the table that CONTRIBUTING names: 4,000 samples of 30, 100 and 300 cases each.
const BY_T: &str = "Rules on differences of scores are decided by the usual t interval, since the suite asks for it \
                    (method: t). Its bounds do not hold for scores of any shape: on samples of real judgments with the truth on the \
                    margin, where 5% is promised, a rule passed in up to 6.7% and failed in up to 8.1%, and where one case in \
                    twenty loses all it passed in 9.2%";

/// What decides, where that is not the interval that is shown: another method, or a number that labels correct.
pub fn decided_by(report: &Report) -> Option<String> {
    let corrected = decides::told(report);
    let told =
        usual(report, !corrected.is_empty()).into_iter().chain(corrected).chain(bridges(report)).collect::<Vec<_>>();
    (!told.is_empty()).then(|| told.join(". "))
}

/// That a rule on a difference is not decided by the interval beside it.
fn usual(report: &Report, others: bool) -> Option<String> {
    if report.decision.as_ref().is_some_and(|decision| decision.method == DecidedBy::T) {
        return Some(BY_T.to_string());
    }
    let shown = |rule: &Ruling, decides: &str| {
        let all = report.analysis.comparisons.iter();
        let mut read = all.filter(|c| rules_on(report, c).any(|r| std::ptr::eq(r, rule)) && c.method != decides);
        // What decides on a corrected number is told by itself.
        let raw = !decides::is_corrected(rule);
        read.next().map(|c| (decides.to_string(), c.method.clone())).filter(|_| rule.is_difference() && raw)
    };
    let rules = report.decision.iter().flat_map(|d| &d.rules);
    let mut pairs: Vec<(String, String)> = rules.filter_map(|rule| shown(rule, rule.method.as_deref()?)).collect();
    pairs.sort();
    let (decides, shown) = pairs.into_iter().next()?;
    let rules = if others { "Rules on numbers that no label corrects" } else { "Rules" };
    Some(text::line(&format!(
        "{rules} are decided by {decides}, which hold for scores of any shape. The interval shown beside a difference ({shown}) is the usual one; it is narrower, and decides nothing"
    )))
}

/// What keeps a rule from its result: too few cases, nothing measured.
fn doubt(rule: &Ruling) -> Option<String> {
    let is_inestimable = rule.state == RuleState::Inconclusive && rule.estimate.is_none();
    if is_inestimable || (rule.kind == "every_case" && rule.state != RuleState::Pass) {
        let words = text::line(&rule.words);
        let told = words.strip_prefix(&subject(rule)).map_or(words.as_str(), str::trim_start);
        return Some(told.to_string()).filter(|words| !words.is_empty());
    }
    if rule.state == RuleState::Invalid {
        return Some(text::line(&rule.words)).filter(|words| !words.is_empty());
    }
    let beyond = rule.words.rsplit_once("cases); ").or_else(|| rule.words.rsplit_once("case); "));
    beyond.map(|(_, doubt)| text::line(doubt))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn a_rule_whose_number_cannot_be_estimated_says_why() {
        let report = sample::fixture();
        let rule = report.decision.unwrap().rules.remove(0);
        let words = format!("{} cannot be estimated: all values are equal", subject(&rule));
        let rule = Ruling { state: RuleState::Inconclusive, estimate: None, words, missing: 0, ..rule };
        assert_eq!(notes(&rule), ["cannot be estimated: all values are equal"]);
        let rule = Ruling { state: RuleState::Pass, ..rule };
        assert!(notes(&rule).is_empty());
    }
}
