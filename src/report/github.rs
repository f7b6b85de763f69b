//! Report → GitHub annotations: one workflow command for the decision and one for each rule that does not pass.

use crate::gate::{RuleState, Ruling, Verdict};
use crate::suite::{OnInconclusive, Severity};

use super::{Report, text, wording};

/// Lines for standard output under GitHub Actions; empty where the suite has no gate and nothing went wrong.
pub fn render(report: &Report) -> String {
    let Some(decision) = &report.decision else {
        let title = format!("{}: {}", report.suite.name, wording::verdict(Verdict::Invalid));
        return wording::undecided_problem(report).map_or_else(String::new, |why| command("error", &title, &why));
    };
    let tolerated = decision.on_inconclusive == OnInconclusive::Warn;
    let level = match decision.decision {
        Verdict::Pass => "notice",
        Verdict::Inconclusive if tolerated => "warning",
        Verdict::Inconclusive | Verdict::Fail | Verdict::Invalid => "error",
    };
    let title = format!("{}: {}", report.suite.name, wording::verdict(decision.decision));
    let mut out = command(level, &title, &decision.reason);
    for warning in &decision.warnings {
        out.push_str(&command("warning", &title, warning));
    }
    for rule in decision.rules.iter().filter(|r| r.state != RuleState::Pass) {
        let title = format!("{}: {}", wording::subject(rule), wording::state(rule.state));
        out.push_str(&command(weight(rule, tolerated), &title, &rule.words));
    }
    out
}

/// As heavy as what the rule does to the exit code. `tolerated` says that an inconclusive decision only warns.
fn weight(rule: &Ruling, tolerated: bool) -> &'static str {
    match (rule.severity, rule.state) {
        (Severity::Block, RuleState::Inconclusive) if tolerated => "warning",
        (Severity::Block, _) => "error",
        (Severity::Warn, _) => "warning",
        (Severity::Info, _) => "notice",
    }
}

fn command(level: &str, title: &str, message: &str) -> String {
    format!("::{level} title={}::{}\n", property(&text::visible(title)), data(&text::visible(message)))
}

/// What the runner reads as data: it unescapes these three.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// What it reads as a property: also the characters that end one.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn a_failed_gate() {
        insta::assert_snapshot!(render(&sample::fixture()));
    }

    #[test]
    fn a_passed_gate_is_one_notice() {
        let out = render(&sample::decided(Verdict::Pass));
        assert_eq!(out, "::notice title=support-answers (sample)%3A PASS::v2 keeps all 4 rules\n");
        assert_eq!(render(&sample::ungated()), "");
    }

    #[test]
    fn an_inconclusive_gate_is_as_heavy_as_its_exit_code() {
        let mut report = sample::decided(Verdict::Inconclusive);
        assert_eq!(render(&report).matches("::error ").count(), 2);
        if let Some(decision) = &mut report.decision {
            decision.on_inconclusive = OnInconclusive::Warn;
        }
        assert_eq!(render(&report).matches("::error ").count(), 0);
    }

    #[test]
    fn text_cannot_start_a_command_of_its_own() {
        let mut report = sample::fixture();
        report.suite.name = "a,b::c\n::error::x".into();
        if let Some(decision) = &mut report.decision {
            decision.rules.clear();
            decision.reason = "100%\r\n::stop-commands::y\x1b".into();
        }
        assert_eq!(
            render(&report),
            "::error title=a%2Cb%3A%3Ac%0A%3A%3Aerror%3A%3Ax%3A FAIL::100%25%0A::stop-commands::y\\x1b\n"
        );
    }
}
