//! An audit → what a person reads: each probe with its rate, bound, limit and what became of it.

use indexmap::IndexMap;
use serde::Serialize;

use super::markdown::cell;
use super::terminal::paint::{Ink, paint};
use super::terminal::table::{Table, left, right};
use super::{number, text};
use crate::analysis::{MetricAudit, ProbeState, Probed};
use crate::suite::Probe;

/// All that an audit says, as `--json` prints it.
#[derive(Debug, Clone, Serialize)]
pub struct AuditReport {
    /// The suite's name.
    pub suite: String,
    /// The audit's own run, which can be replayed as any other.
    pub run: String,
    /// The run whose outputs were shown to the judge.
    pub of: String,
    /// The error rate of each bound.
    pub alpha: f64,
    /// By judged metric.
    pub metrics: IndexMap<String, MetricAudit>,
}

/// What a probe asks of a judge, in words.
pub fn question(probe: Probe) -> &'static str {
    match probe {
        Probe::TestRetest => "says something else when asked again",
        Probe::Position => "prefers another when the order is turned round",
        Probe::Length => "gains by padding (less what loses)",
        Probe::Formatting => "gains by headings and bullets",
        Probe::Authority => "gains by an unrelated source",
        Probe::Injection => "gains by instructions to the judge",
        Probe::Canaries => "passes what is no answer",
        Probe::Drift => "scores the same outputs otherwise than then",
        Probe::SelfPreference => "kinder than people to its own family",
    }
}

fn word(state: ProbeState) -> &'static str {
    match state {
        ProbeState::Pass => "pass",
        ProbeState::Fail => "FAIL",
        ProbeState::Inconclusive => "inconclusive",
        ProbeState::Absent => "not measured",
    }
}

fn ink(state: ProbeState) -> Ink {
    match state {
        ProbeState::Pass => Ink::Good,
        ProbeState::Fail => Ink::Bad,
        ProbeState::Inconclusive => Ink::Unsure,
        ProbeState::Absent => Ink::Dim,
    }
}

/// A rate of a probe in its unit: a share of cases, or a share of the scale's width.
fn rate(x: Option<f64>) -> String {
    number::percent(x)
}

/// Name, question, rate with interval, bound, limit, cases and state.
fn cells(probed: &Probed) -> [String; 7] {
    [
        probed.probe.as_str().replace('_', " "),
        question(probed.probe).to_string(),
        number::with_interval(probed.rate, probed.low, probed.high, rate),
        probed.bound.map_or_else(String::new, |bound| rate(Some(bound))),
        rate(Some(probed.limit)),
        number::count(probed.n),
        word(probed.state).to_string(),
    ]
}

/// Remarks on one probe: why it was not measured, and what it is made of.
fn remarks(probed: &Probed) -> Vec<String> {
    let name = probed.probe.as_str().replace('_', " ");
    let mut remarks = Vec::new();
    if probed.state == ProbeState::Absent {
        remarks.push(format!("{name}: {}", probed.method));
    }
    for (part, share) in &probed.parts {
        let show =
            |x: Option<f64>| if probed.probe == Probe::TestRetest { number::plain(x, 2) } else { number::percent(x) };
        remarks.push(format!(
            "{name}, {part}: {}",
            number::with_interval(Some(share.estimate), share.low, share.high, show)
        ));
    }
    remarks
}

/// For the terminal.
pub fn render(found: &AuditReport, columns: usize, colour: bool) -> String {
    let sure = number::percent(Some(1.0 - found.alpha));
    let heading = text::line(&format!("{}: the judges audited on outputs of {}", found.suite, found.of));
    let mut lines: Vec<String> =
        text::wrap(&heading, columns).iter().map(|line| paint(colour, Ink::Bold, line)).collect();
    for (name, metric) in &found.metrics {
        lines.push(String::new());
        lines.push(paint(colour, Ink::Bold, &text::line(&format!("{name}, judged by {}", metric.judge))));
        let mut table = Table::new(vec![
            left("", 9),
            left("the judge …", 5),
            left(format!("rate ({sure} interval)"), 8),
            right("at most", 7),
            right("limit", 7),
            right("cases", 3),
            left("", 9),
        ]);
        for probed in &metric.probes {
            let [name, question, rate, bound, limit, cases, state] = cells(probed);
            table.row(vec![
                (name, Ink::Plain),
                (question, Ink::Dim),
                (rate, Ink::Bold),
                (bound, Ink::Plain),
                (limit, Ink::Plain),
                (cases, Ink::Dim),
                (state, ink(probed.state)),
            ]);
        }
        lines.extend(table.lines(columns, colour));
        for remark in metric.probes.iter().flat_map(remarks).chain(metric.warnings.iter().cloned()) {
            lines.extend(text::wrap(&format!("  {}", text::line(&remark)), columns));
        }
    }
    lines.push(String::new());
    let end = format!(
        "`at most` is the {sure} bound that is held against the limit. The audit is run {}; a gate can demand it: \
         {{audit: injection, metric: NAME, at_most: 0.1}}",
        found.run
    );
    lines.extend(text::wrap(&end, columns));
    lines.push(String::new());
    text::inert(&lines.join("\n"))
}

/// As Markdown.
pub fn markdown(found: &AuditReport) -> String {
    let sure = number::percent(Some(1.0 - found.alpha));
    let mut out = format!("# {}: the judges audited on outputs of {}\n", cell(&found.suite), cell(&found.of));
    for (name, metric) in &found.metrics {
        out.push_str(&format!(
            "\n## {}, judged by {}\n\n| Probe | The judge … | Rate ({sure} interval) | At most | Limit | Cases |  |\n|---|---|---|---:|---:|---:|---|\n",
            cell(name),
            cell(&metric.judge)
        ));
        for probed in &metric.probes {
            out.push_str(&format!("| {} |\n", cells(probed).map(|text| cell(&text)).join(" | ")));
        }
        for remark in metric.probes.iter().flat_map(remarks).chain(metric.warnings.iter().cloned()) {
            out.push_str(&format!("\n- {}\n", cell(&remark)));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use indexmap::indexmap;

    use super::*;
    use crate::analysis::Share;

    fn probed(probe: Probe, state: ProbeState, rate: f64) -> Probed {
        Probed {
            state,
            rate: Some(rate),
            low: Some(rate - 0.05),
            high: Some(rate + 0.06),
            bound: Some(rate + 0.05),
            n: 30,
            method: "Gaffke's bounds for bounded scores".into(),
            ..Probed::absent(probe, 0.1, String::new())
        }
    }

    #[test]
    fn probes_with_their_limits() {
        let mut canaries = probed(Probe::Canaries, ProbeState::Fail, 0.4);
        canaries.parts.insert("constant".into(), Share { estimate: 0.9, low: Some(0.7), high: Some(0.98), n: 30 });
        let found = AuditReport {
            suite: "support \u{202e}".into(),
            run: "20261128-171500-abcdef".into(),
            of: "run 20261128-170000-123456".into(),
            alpha: 0.05,
            metrics: indexmap! {
                "quality <script>".into() => MetricAudit {
                    judge: "grader".into(),
                    probes: vec![
                        probed(Probe::TestRetest, ProbeState::Pass, 0.03),
                        Probed::absent(Probe::Position, 0.2, "the judge sees one output at a time".into()),
                        probed(Probe::Length, ProbeState::Inconclusive, 0.08),
                        canaries,
                    ],
                    warnings: vec!["judge and v2 are both of the OpenAI family".into()],
                },
            },
        };
        let screen = render(&found, 100, false);
        insta::assert_snapshot!("terminal", screen);
        insta::assert_snapshot!("markdown", markdown(&found));
        assert!(!screen.contains('\u{202e}') && !markdown(&found).contains("<script>"));
        let narrow = render(&found, 60, false);
        assert!(narrow.lines().all(|line| text::width(line) <= 60), "{narrow}");
    }
}
