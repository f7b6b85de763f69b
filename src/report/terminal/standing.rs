//! Rules, judge, counts and cost → the terminal's lines: how much the findings weigh.

use crate::analysis::{Spending, StatusCounts};
use crate::gate::{RuleState, Ruling};
use crate::report::{Report, number, text, wording};
use crate::suite::Severity;

use super::Screen;
use super::paint::Ink;
use super::table::{Table, left, right, subjects, wrapped};

fn rule_ink(rule: &Ruling) -> Ink {
    match (rule.state, rule.severity) {
        (RuleState::Pass, _) => Ink::Good,
        (RuleState::Fail, Severity::Block) => Ink::Bad,
        (RuleState::Fail | RuleState::Inconclusive | RuleState::Invalid, _) => Ink::Unsure,
    }
}

/// Each rule with its mark.
pub fn rules(report: &Report, screen: &mut Screen<'_>) {
    let Some(decision) = report.decision.as_ref().filter(|d| !d.rules.is_empty()) else { return };
    screen.heading("Rules");
    let bound = format!("{} sure", wording::confidence(report));
    let mut table =
        Table::new(vec![left("", 9), subjects(""), left("asked", 8), left(bound, 7), right("cases", 3), left("", 9)]);
    for rule in &decision.rules {
        let state = match rule.severity {
            Severity::Block => wording::state(rule.state).to_string(),
            other => format!("{} ({} only)", wording::state(rule.state), wording::severity(other)),
        };
        table.row(vec![
            (wording::mark(rule.state).to_string(), rule_ink(rule)),
            (wording::subject(rule), Ink::Plain),
            (wording::requirement(rule), Ink::Plain),
            (wording::bound(rule), Ink::Plain),
            (number::count(rule.n), Ink::Dim),
            (state, rule_ink(rule)),
        ]);
    }
    screen.table(&table);
    for rule in &decision.rules {
        for note in wording::notes(rule) {
            screen.wrapped(&format!("{} {}: {note}", wording::mark(rule.state), wording::subject(rule)), "  ");
        }
    }
    for note in [wording::stopping(report), wording::decided_by(report)].into_iter().flatten() {
        screen.wrapped(&note, "  ");
    }
}

/// How often each rule would be wrong, where that was asked for.
pub fn self_test(report: &Report, screen: &mut Screen<'_>) {
    let Some(test) = &report.self_test else { return };
    screen.heading("Self-test of the gate");
    let lines = wording::self_test::lines(report, test);
    if lines.is_empty() {
        return screen.wrapped("No blocking rule of this gate is about a difference that was measured.", "  ");
    }
    screen.wrapped(&wording::self_test::introduction(test), "  ");
    let mut table = Table::new(vec![
        subjects("rule"),
        wrapped("if the truth is"),
        wrapped("passes"),
        wrapped("fails"),
        wrapped(""),
    ]);
    for line in lines {
        let ink = if line.note.ends_with("TOO OFTEN") { Ink::Bad } else { Ink::Dim };
        table.row(vec![
            (line.rule, Ink::Plain),
            (line.truth, Ink::Plain),
            (line.passes, Ink::Plain),
            (line.fails, Ink::Plain),
            (line.note, ink),
        ]);
    }
    screen.table(&table);
}

/// How far each judge can be trusted.
pub fn judges(report: &Report, screen: &mut Screen<'_>) {
    if report.analysis.judges.is_empty() {
        return;
    }
    screen.heading("Judge");
    for (metric, found) in &report.analysis.judges {
        let told = wording::trust(found);
        screen.wrapped(&format!("{metric}: {told}"), "  ");
        wording::facts(report, metric, found).iter().for_each(|fact| screen.wrapped(fact, "    "));
    }
}

/// What became of everything, where not all of it is ok.
pub fn counts(report: &Report, screen: &mut Screen<'_>) {
    let counts = &report.analysis.counts;
    // An answer that is empty or was cut is an answer, and another model's is one too; they are told of all the same.
    let plain = |of: &StatusCounts| of.ok == of.total && of.fallback == 0;
    if plain(&counts.outputs) && plain(&counts.verdicts) && counts.causes.is_empty() {
        return;
    }
    screen.heading("Counts");
    screen.wrapped(&format!("outputs {}", wording::statuses(&counts.outputs)), "  ");
    screen.wrapped(&format!("verdicts {}", wording::statuses(&counts.verdicts)), "  ");
    for cause in wording::causes(counts) {
        screen.wrapped(&cause, "    ");
    }
}

/// What it cost, in one line.
pub fn cost(report: &Report) -> String {
    let cost = &report.analysis.cost;
    let part = |(name, spent): (&String, &Spending)| format!("{} {}", text::line(name), number::money(spent.usd));
    let parts: Vec<_> = cost.candidates.iter().chain(&cost.judges).map(part).collect();
    let total = wording::total(cost);
    if wording::known_cost(cost).0.is_none() {
        return total;
    }
    let tokens = match (cost.total.input_tokens, cost.total.output_tokens) {
        (Some(read), Some(written)) => {
            format!("; {} tokens read, {} written", number::count(read), number::count(written))
        }
        _ => String::new(),
    };
    let failed = wording::failed_cost(cost).map_or_else(String::new, |told| format!("; {told}"));
    format!("{total}: {}{tokens}{failed}", parts.join(", "))
}
