//! Report → JUnit XML: each rule a test case, so that a CI server that knows nothing of karat is never falsely green.
//!
//! A blocking rule that is not shown to hold is a failure, of type `fail` or `inconclusive`. Rules that only warn
//! or inform are skipped with their message, and so is what is inconclusive where the suite says that this only warns.

use std::time::Duration;

use quick_junit::{NonSuccessKind, TestCase, TestCaseStatus, TestSuite};

use crate::analysis::{Counts, StatusCounts};
use crate::gate::{Decision, RuleState, Ruling, Verdict};
use crate::suite::{DecidedBy, OnInconclusive, Severity};

use super::{RenderError, Report, text, wording};

/// The report as JUnit XML.
///
/// # Errors
/// Where the XML cannot be written; no known report does that.
pub fn render(report: &Report) -> Result<String, RenderError> {
    let mut out = quick_junit::Report::new(text::line(&report.suite.name));
    if let Ok(time) = Duration::try_from_secs_f64(report.meta.seconds) {
        out.set_time(time);
    }
    if let Some(decision) = &report.decision {
        out.add_test_suite(gate(report, decision));
    }
    out.add_test_suite(measurement(report));
    Ok(out.to_string()?)
}

fn gate(report: &Report, decision: &Decision) -> TestSuite {
    let mut suite = TestSuite::new("gate");
    let tolerated = decision.on_inconclusive == OnInconclusive::Warn;
    let whole = match decision.decision {
        Verdict::Pass => TestCaseStatus::success(),
        Verdict::Fail => problem(NonSuccessKind::Failure, "fail", &decision.reason),
        Verdict::Inconclusive if tolerated => skipped(&format!("inconclusive (warns only): {}", decision.reason)),
        Verdict::Inconclusive => problem(NonSuccessKind::Failure, "inconclusive", &decision.reason),
        Verdict::Invalid => problem(NonSuccessKind::Error, "invalid", &decision.reason),
    };
    let mut whole = case("decision", "gate", whole);
    let warnings = decision.warnings.iter().map(|warning| format!("Warning: {warning}"));
    let by_t = wording::decided_by(report).filter(|_| decision.method == DecidedBy::T);
    let notes: Vec<String> = [wording::stopping(report), by_t].into_iter().flatten().chain(warnings).collect();
    if !notes.is_empty() {
        whole.set_system_out(text::line(&notes.join(". ")));
    }
    suite.add_test_case(whole);
    for rule in &decision.rules {
        let name = format!("{}: {}", wording::subject(rule), wording::requirement(rule));
        suite.add_test_case(case(&name, "gate", ruling(rule, tolerated)));
    }
    suite
}

/// `tolerated` says that an inconclusive decision only warns.
fn ruling(rule: &Ruling, tolerated: bool) -> TestCaseStatus {
    match (rule.state, rule.severity) {
        (RuleState::Pass, _) => TestCaseStatus::success(),
        (RuleState::Fail, Severity::Block) => problem(NonSuccessKind::Failure, "fail", &rule.words),
        (RuleState::Inconclusive, Severity::Block) if tolerated => {
            skipped(&format!("{} (warns only): {}", wording::state(rule.state), rule.words))
        }
        (RuleState::Inconclusive, Severity::Block) => problem(NonSuccessKind::Failure, "inconclusive", &rule.words),
        (RuleState::Invalid, Severity::Block) => problem(NonSuccessKind::Error, "invalid", &rule.words),
        (state, severity) => {
            skipped(&format!("{} ({} only): {}", wording::state(state), wording::severity(severity), rule.words))
        }
    }
}

/// Errors are red where nothing says that they may be tolerated: without a gate, or where it calls the measurement invalid.
fn measurement(report: &Report) -> TestSuite {
    let tolerated = report.decision.as_ref().is_some_and(|d| d.decision != Verdict::Invalid);
    let counts = &report.analysis.counts;
    let causes = &counts.causes;
    let mut suite = TestSuite::new("measurement");
    for (name, counts) in [("outputs", &counts.outputs), ("verdicts", &counts.verdicts)] {
        let causes = causes.iter().filter(|c| (c.of == "outputs") == (name == "outputs")).cloned().collect();
        let told = wording::causes(&Counts { causes, ..Counts::default() });
        suite.add_test_case(case(name, "measurement", measured(counts, &told, tolerated)));
    }
    suite
}

fn measured(counts: &StatusCounts, causes: &[String], tolerated: bool) -> TestCaseStatus {
    let told = [&[wording::statuses(counts)], causes].concat().join("; ");
    match (counts.error, counts.ok == counts.total) {
        (0, true) => TestCaseStatus::success(),
        (1.., _) if !tolerated => problem(NonSuccessKind::Error, "error", &told),
        _ => skipped(&told),
    }
}

fn case(name: &str, class: &str, status: TestCaseStatus) -> TestCase {
    let mut case = TestCase::new(name, status);
    case.set_classname(class);
    case
}

fn problem(kind: NonSuccessKind, of: &str, message: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(kind);
    status.set_type(of).set_message(text::line(message));
    status
}

fn skipped(message: &str) -> TestCaseStatus {
    let mut status = TestCaseStatus::skipped();
    status.set_message(text::line(message));
    status
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn a_failed_gate() {
        insta::assert_snapshot!(render(&sample::fixture()).unwrap());
    }

    #[test]
    fn an_invalid_measurement_is_an_error() {
        let out = render(&sample::decided(Verdict::Invalid)).unwrap();
        assert!(
            out.contains(
                "<error message=\"the measurement is not valid: 14 of 528 verdicts are errors (2.7%), and 2% are allowed\" type=\"invalid\""
            )
        );
        assert!(out.contains("type=\"error\""));
    }

    #[test]
    fn what_only_warns_is_no_failure() {
        let mut report = sample::decided(Verdict::Inconclusive);
        assert!(render(&report).unwrap().contains("type=\"inconclusive\""));
        if let Some(decision) = &mut report.decision {
            decision.on_inconclusive = OnInconclusive::Warn;
        }
        let out = render(&report).unwrap();
        assert!(out.contains("failures=\"0\"") && out.contains("inconclusive (warns only): "), "{out}");
    }

    #[test]
    fn no_character_that_xml_forbids() {
        let mut report = sample::fixture();
        if let Some(decision) = &mut report.decision {
            decision.reason = "a\x1b[31m\u{0}\u{ffff}<b>\u{b}".into();
        }
        let out = render(&report).unwrap();
        assert!(out.contains("a\\x1b[31m\\x00\\u{ffff}&lt;b&gt;\\x0b"), "{out}");
    }
}
