//! Report → Markdown for a pull-request comment and for `$GITHUB_STEP_SUMMARY`: verdict, why, regressed cases, slices, trust, cost.

mod cases;
mod escape;
mod findings;

use crate::gate::Verdict;

use super::{Report, number, text, wording};
use escape::inline;

/// GitHub refuses a comment of more than 65,536 characters; this leaves room for what a bot adds.
pub const LIMIT: usize = 60_000;

/// The report as Markdown, at most [`LIMIT`] characters. `full` is where the full report is, as a person would look for it.
pub fn render(report: &Report, full: Option<&str>) -> String {
    let mut head = headline(report);
    head.push_str(&findings::rules(report));
    head.push_str(&findings::differences(report));
    let mut tail = findings::slices(report);
    tail.push_str(&findings::boards(report));
    tail.push_str(&findings::trust(report));
    tail.push_str(&findings::cost(report));
    tail.push_str(&footer(report, full));
    let room = LIMIT.saturating_sub(head.chars().count() + tail.chars().count());
    let cases = cases::write(report, room);
    let failed = cases::failed(report, room.saturating_sub(cases.chars().count()));
    head + &cases + &failed + &tail
}

/// A line of untrusted text, cut so that a table stays a table.
pub(super) fn cell(untrusted: &str) -> String {
    inline(&text::cut(&text::line(untrusted), 200))
}

/// The mark lets a bot find and replace its own comment; it holds no untrusted text but letters and digits.
fn headline(report: &Report) -> String {
    let key: String =
        report.suite.name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).take(60).collect();
    let suite = cell(&report.suite.name);
    let mut out =
        format!("<!-- karat {} -->\n", key.split('-').filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-"));
    match &report.decision {
        Some(decision) => {
            let sign = match decision.decision {
                Verdict::Pass => "✅",
                Verdict::Fail => "❌",
                Verdict::Inconclusive => "❔",
                Verdict::Invalid => "⚠️",
            };
            let against = decision.baseline.as_ref().map(|b| format!(" against {}", cell(b))).unwrap_or_default();
            out.push_str(&format!(
                "## {sign} {}: {}{against} on {suite}\n\n",
                wording::verdict(decision.decision),
                cell(&decision.candidate)
            ));
            out.push_str(&format!("**{}**\n\n", inline(&text::cut(&text::line(&decision.reason), 1000))));
            out.push_str(&format!("{}\n\n", inline(&wording::advice(decision))));
            for warning in &decision.warnings {
                out.push_str(&format!("⚠️ Warning: {}.\n\n", inline(&text::line(warning))));
            }
            if decision.decision == Verdict::Invalid {
                let errors = wording::errors(&report.analysis.counts);
                out.extend(errors.iter().map(|cause| format!("- {}\n", inline(cause))));
                out.push('\n');
            }
        }
        None => {
            let cases = number::counted(report.analysis.counts.cases, "case", "cases");
            match wording::undecided_problem(report) {
                Some(problem) => {
                    let word = wording::verdict(Verdict::Invalid);
                    out.push_str(&format!("## ⚠️ {word}: {suite}\n\n**{}** {cases}.\n\n", inline(&problem)));
                    let errors = wording::errors(&report.analysis.counts);
                    out.extend(errors.iter().map(|cause| format!("- {}\n", inline(cause))));
                    out.push('\n');
                }
                None => out.push_str(&format!(
                    "## Measured: {suite}\n\nNo gate is decided: the suite has none, or the run left out what its rules need. {cases}.\n\n"
                )),
            }
        }
    }
    if !report.suite.recorded.is_empty() {
        out.push_str(&format!(
            "Recorded replies: {}.\n\n",
            report.suite.recorded.iter().map(|m| cell(m)).collect::<Vec<_>>().join(", ")
        ));
    }
    out
}

fn footer(report: &Report, full: Option<&str>) -> String {
    let meta = &report.meta;
    let commit = meta.commit.as_ref().map(|c| format!(" at commit {}", cell(c))).unwrap_or_default();
    let place = full.map(|path| format!("Full report: {}. ", cell(path))).unwrap_or_default();
    let outputs =
        meta.outputs_of.as_ref().map(|run| format!(" on the outputs of run {}", cell(run))).unwrap_or_default();
    format!("{place}Run {}{outputs}{commit}, karat {}.\n", cell(&meta.run), cell(&meta.karat))
}

#[cfg(test)]
mod tests;
