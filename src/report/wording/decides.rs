//! A comparison → the number that its rules rest on: the judge's, or the one that labels correct.

use crate::analysis::{Comparison, Corrected};
use crate::gate::Ruling;
use crate::report::{Report, number, text};

use super::{Unit, about, rules_on};

/// What a number is called that labels correct.
pub const NAME: &str = "corrected by labels";

/// A difference (or win rate − ½) as it is to be shown.
#[derive(Debug, Clone, Copy)]
pub struct Decides<'a> {
    /// The estimate.
    pub estimate: Option<f64>,
    /// Lower end of its two-sided interval.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
    /// How it was got.
    pub method: &'a str,
    /// Whether it is the one that labels correct.
    pub corrected: bool,
}

/// The corrected difference where a rule on it rests on that, else the judge's.
pub fn number<'a>(report: &'a Report, c: &'a Comparison) -> Decides<'a> {
    let has_baseline = report.decision.as_ref().is_some_and(|d| d.baseline.is_some());
    let mut rules = rules_on(report, c).filter(|rule| rule.is_difference() || rule.win_rate);
    let rests = has_baseline && rules.any(is_corrected);
    let all = report.analysis.corrected.iter();
    let mut found = all.filter(|one| {
        one.metric == c.metric
            && one.candidate == c.candidate
            && one.slice == c.slice
            && one.baseline.as_ref() == Some(&c.baseline)
            && one.problem.is_none()
    });
    match found.next().filter(|_| rests) {
        Some(Corrected { estimate, low, high, method, .. }) => {
            Decides { estimate: *estimate, low: *low, high: *high, method, corrected: true }
        }
        None => Decides { estimate: c.difference, low: c.low, high: c.high, method: &c.method, corrected: false },
    }
}

/// The corrected level of a candidate over all cases, where there is one that could decide.
pub fn level<'a>(report: &'a Report, metric: &str, candidate: &str) -> Option<&'a Corrected> {
    report.analysis.corrected.iter().find(|one| {
        one.metric == metric
            && one.candidate == candidate
            && one.slice.is_none()
            && one.baseline.is_none()
            && one.problem.is_none()
    })
}

/// Whether a rule rests on the corrected number.
pub fn is_corrected(rule: &Ruling) -> bool {
    rule.correcting.as_ref().is_some_and(|correcting| correcting.used)
}

/// What the rules on a metric's level rest on beside the judge's own, over all cases: `corrected by labels 60.8% (…)`.
pub fn of_level(report: &Report, metric: &str, candidate: &str) -> Option<String> {
    let decision = report.decision.as_ref().filter(|decision| decision.candidate == candidate)?;
    let rests = |rule: &Ruling| {
        rule.metric.as_deref() == Some(metric)
            && rule.slice.is_none()
            && !rule.is_difference()
            && !rule.win_rate
            && is_corrected(rule)
    };
    decision.rules.iter().find(|rule| rests(rule))?;
    let found = level(report, metric, candidate)?;
    let unit = Unit::of(report, metric);
    let shown = number::with_interval(found.estimate, found.low, found.high, |v| unit.level(v));
    Some(format!("{NAME} {shown}"))
}

/// Which rules rest on corrected numbers, by which method, beside what the judge alone says; nothing where none does.
pub fn told(report: &Report) -> Vec<String> {
    let rules = report.decision.iter().flat_map(|d| &d.rules).filter(|rule| is_corrected(rule));
    let line = |rule: &Ruling| {
        let subject = about(rule.metric.as_deref().unwrap_or_default(), rule.slice.as_ref());
        let kind = super::requirement(rule);
        let judge = rule.correcting.as_ref().and_then(|correcting| correcting.judge);
        let judge = judge.map_or_else(String::new, |judge| format!("; the judge alone says {}", rule.quantity(judge)));
        let method = rule.method.as_deref().map_or_else(String::new, |method| format!(" by {method}"));
        text::line(&format!("{subject}, {kind}: decided{method} on {}, {NAME}{judge}", super::measured(rule)))
    };
    rules.map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::Correcting;
    use crate::report::sample;
    use crate::report::wording::{self, Direction};

    /// A rule on the difference of a metric rests on labels, which turn it round.
    fn turned() -> Report {
        let mut report = sample::fixture();
        let decision = report.decision.as_mut().unwrap();
        let rule = decision.rules.iter_mut().find(|r| r.is_difference() && r.slice.is_none() && r.metric.is_some());
        let rule = rule.unwrap();
        let judge = Some(0.1);
        rule.correcting = Some(Correcting { used: true, labelled: 40, weight: None, judge, why_not: None });
        rule.method = Some("PPI++".into());
        let metric = rule.metric.clone().unwrap();
        let c = report.analysis.comparisons.iter().find(|c| c.metric == metric && c.slice.is_none()).unwrap();
        let turned = Corrected {
            metric,
            slice: None,
            baseline: Some(c.baseline.clone()),
            candidate: c.candidate.clone(),
            judge,
            estimate: Some(-0.75),
            low: Some(-0.9),
            high: Some(-0.6),
            labelled: 40,
            weight: None,
            method: "PPI++".into(),
            problem: None,
        };
        report.analysis.corrected.push(turned);
        report
    }

    #[test]
    fn what_is_shown_is_what_decides() {
        let report = turned();
        let metric = &report.analysis.corrected.last().unwrap().metric;
        let c = report.analysis.comparisons.iter().find(|c| &c.metric == metric && c.slice.is_none()).unwrap();
        assert_eq!(Direction::of(&report, c), Direction::Worse);
        assert!(wording::told(&report, c).ends_with("corrected by labels"), "{}", wording::told(&report, c));
        assert_eq!((wording::p(&report, c), wording::smallest(&report, c)), (None, None));
        let said = wording::decided_by(&report).unwrap();
        assert!(said.contains("decided by PPI++") && said.contains("the judge alone says +0.1"), "{said}");
        let shown = crate::report::comparison::render(&report, 80, false);
        assert!(shown.contains("−0.60) †") && shown.contains("† corrected by labels"), "{shown}");
        assert!(shown.contains("−0.75") && shown.lines().all(|line| text::width(line) <= 80), "{shown}");
    }

    #[test]
    fn a_correction_that_no_rule_rests_on_changes_nothing() {
        let mut report = turned();
        for rule in report.decision.iter_mut().flat_map(|d| &mut d.rules) {
            rule.correcting = None;
        }
        let c = report.analysis.comparisons.first().unwrap();
        assert!(!number(&report, c).corrected && told(&report).is_empty());
    }
}
