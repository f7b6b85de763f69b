//! Report → what a person reads first: the decision, why, what moved, and where the rest is.

mod findings;
pub(super) mod paint;
mod standing;
pub(super) mod table;

use crate::gate::{Decision, Verdict};

use super::{Report, number, text, wording};
use paint::{Ink, paint};
use table::Table;

/// How and to whom the report is shown.
#[derive(Debug, Clone)]
pub struct View<'a> {
    /// The terminal's width.
    pub columns: usize,
    /// Whether colour is wanted.
    pub colour: bool,
    /// Whether the decision sets the exit code (`karat gate`) or is only told (`karat run`).
    pub deciding: bool,
    /// Where the full report is, the page first.
    pub paths: &'a [String],
}

/// The lines being written.
struct Screen<'a> {
    view: &'a View<'a>,
    lines: Vec<String>,
}

/// The whole report for a terminal. The last lines are the decision, why, the three worst cases and where the report is.
pub fn render(report: &Report, view: &View<'_>) -> String {
    let mut screen = Screen { view, lines: Vec::new() };
    headline(report, &mut screen);
    findings::write(report, &mut screen);
    closing(report, &mut screen);
    screen.lines.push(String::new());
    // Not one line of it may be taken for a command by the CI runner that shows it.
    text::inert(&screen.lines.join("\n"))
}

fn ink(verdict: Verdict) -> Ink {
    match verdict {
        Verdict::Pass => Ink::Good,
        Verdict::Fail | Verdict::Invalid => Ink::Bad,
        Verdict::Inconclusive => Ink::Unsure,
    }
}

fn headline(report: &Report, screen: &mut Screen<'_>) {
    let suite = text::line(&report.suite.name);
    if let Some(decision) = &report.decision {
        let against = decision.baseline.as_ref().map(|b| format!(" against {}", text::line(b))).unwrap_or_default();
        let word = screen.paint(ink(decision.decision), wording::verdict(decision.decision));
        let title = screen.paint(Ink::Bold, &format!("{suite}: {}{against}", text::line(&decision.candidate)));
        screen.lines.push(format!("{word}  {title}"));
        screen.wrapped(&decision.reason, "");
        warnings(decision, screen);
    } else {
        let title = screen.paint(Ink::Bold, &suite);
        let (word, why) = without_gate(report, screen);
        screen.lines.push(format!("{word}  {title}"));
        screen.wrapped(&why, "");
    }
    if !report.suite.recorded.is_empty() {
        let models: Vec<_> = report.suite.recorded.iter().map(|m| text::line(m)).collect();
        screen.wrapped(&format!("Recorded replies: {}.", models.join(", ")), "");
    }
}

/// A run without a gate in a word and a sentence: that it measured, or why it did not.
fn without_gate(report: &Report, screen: &Screen<'_>) -> (String, String) {
    match wording::undecided_problem(report) {
        Some(problem) => (screen.paint(Ink::Bad, wording::verdict(Verdict::Invalid)), problem),
        None => (screen.paint(Ink::Bold, "MEASURED"), measured(report)),
    }
}

/// What a run without a gate has to say for itself.
fn measured(report: &Report) -> String {
    let analysis = &report.analysis;
    let candidates: Vec<_> = analysis.candidates.keys().map(|c| text::line(c)).collect();
    let metrics: Vec<_> = analysis.metrics.keys().map(|m| text::line(m)).collect();
    format!(
        "{} of {} measured on {}; no gate was decided.",
        metrics.join(", "),
        candidates.join(", "),
        number::counted(analysis.counts.cases, "case", "cases")
    )
}

fn warnings(decision: &Decision, screen: &mut Screen<'_>) {
    for warning in &decision.warnings {
        screen.wrapped(&format!("Warning: {}.", text::line(warning)), "");
    }
}

fn closing(report: &Report, screen: &mut Screen<'_>) {
    screen.lines.push(String::new());
    match &report.decision {
        Some(decision) => {
            let word = if screen.view.deciding {
                wording::verdict(decision.decision).to_string()
            } else {
                format!("The gate would say: {}", wording::verdict(decision.decision))
            };
            let word = if wording::only_warns(decision) { format!("{word} (only warns)") } else { word };
            screen.lines.push(screen.paint(ink(decision.decision), &word));
            screen.wrapped(&decision.reason, "");
            warnings(decision, screen);
            if decision.decision == Verdict::Invalid {
                for cause in wording::errors(&report.analysis.counts) {
                    screen.wrapped(&cause, "  ");
                }
            }
        }
        None => {
            let (word, why) = without_gate(report, screen);
            screen.lines.push(word);
            screen.wrapped(&why, "");
            if !report.problems.is_empty() {
                for cause in wording::errors(&report.analysis.counts) {
                    screen.wrapped(&cause, "  ");
                }
            }
        }
    }
    let worst = wording::worst(report, 3);
    if worst.is_empty() {
        wording::none_worse(report).iter().for_each(|told| screen.wrapped(told, ""));
    } else {
        screen.lines.push("Worst cases:".to_string());
    }
    for (at, story) in worst.into_iter().enumerate() {
        let whose = wording::whose(report, story).map_or_else(String::new, |name| format!(" ({name})"));
        let told = format!("  {}. {}{whose}: {}", at + 1, text::line(&story.case), wording::change(report, story));
        screen.lines.push(text::cut(&told, screen.view.columns));
        if let Some(words) = wording::telling(report, story).and_then(|o| o.words.as_deref()) {
            screen.dim(&text::cut(
                &format!("     “{}”", text::cut(&text::line(words), screen.view.columns.saturating_sub(7))),
                screen.view.columns,
            ));
        }
        if let Some(parting) = story.parting() {
            let words = wording::parting(&parting, &story.baseline.name, &story.candidate.name);
            screen.dim(&text::cut(&format!("     {}", text::line(&words)), screen.view.columns));
        }
    }
    for (at, path) in screen.view.paths.iter().enumerate() {
        screen.lines.push(format!("{}{}", if at == 0 { "Report: " } else { "        " }, text::line(path)));
    }
}

impl Screen<'_> {
    fn paint(&self, ink: Ink, words: &str) -> String {
        paint(self.view.colour, ink, words)
    }

    fn heading(&mut self, words: &str) {
        self.lines.push(String::new());
        self.lines.push(self.paint(Ink::Bold, words));
    }

    fn table(&mut self, table: &Table) {
        self.lines.extend(table.lines(self.view.columns, self.view.colour));
    }

    fn dim(&mut self, words: &str) {
        self.lines.push(self.paint(Ink::Dim, words));
    }

    /// Untrusted or long text over as many lines as it needs.
    fn wrapped(&mut self, words: &str, indent: &str) {
        let room = self.view.columns.saturating_sub(text::width(indent)).max(20);
        self.lines.extend(text::wrap(&text::line(words), room).into_iter().map(|line| format!("{indent}{line}")));
    }
}

#[cfg(test)]
mod tests;
