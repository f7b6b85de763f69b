//! The parts of a variance → a board: shares by case, output and verdict, and what would bring more certainty.

use crate::analysis::{NextDesign, VarianceSplit};
use crate::report::{Report, number, text};

use super::Unit;
use super::board::Board;

/// Nothing where nothing is repeated.
pub fn board(report: &Report) -> Option<Board> {
    let found = &report.analysis.variance;
    if found.is_empty() {
        return None;
    }
    let head = [
        ("Metric", 9),
        ("Candidate", 9),
        ("Between cases", 8),
        ("Outputs of a case", 7),
        ("Verdicts on an output", 6),
        ("From", 3),
    ];
    let rows = found.iter().map(row).collect();
    let notes = found.iter().flat_map(|split| notes(report, split)).collect();
    Some(Board::new("Where the spread comes from".to_string(), &head, rows, notes))
}

fn row(found: &VarianceSplit) -> Vec<String> {
    let parts = [found.case, found.output, found.verdict];
    let all: f64 = parts.iter().flatten().sum();
    let share = |part: Option<f64>| match part {
        Some(part) if all > 0.0 => number::percent(Some(part / all)),
        Some(_) => number::percent(Some(0.0)),
        None if found.case.is_none() => number::ABSENT.to_string(),
        None => "not repeated".to_string(),
    };
    let (cases, outputs, verdicts) = found.n;
    vec![
        text::line(&found.metric),
        text::line(&found.candidate),
        share(found.case),
        share(found.output),
        share(found.verdict),
        format!(
            "{}, {}, {}",
            number::counted(cases, "case", "cases"),
            number::counted(outputs, "output", "outputs"),
            number::counted(verdicts, "verdict", "verdicts")
        ),
    ]
}

fn notes(report: &Report, found: &VarianceSplit) -> Vec<String> {
    let of = format!("{} of {}", text::line(&found.metric), text::line(&found.candidate));
    let mut notes = Vec::new();
    if let Some(next) = &found.next {
        notes.push(format!("{of}: {}", sentence(report, found, next)));
    }
    for part in &found.below_zero {
        let (part, rest) = match *part {
            "case" => ("cases", "the repeats explain all that was seen"),
            _ => ("outputs of a case", "the verdicts explain all that was seen"),
        };
        notes.push(format!("{of}: the part of the {part} came out below zero and counts as none: {rest}"));
    }
    if let Some(why) = &found.problem {
        notes.push(text::line(&format!("{of}: {why}")));
    }
    notes
}

/// The cheapest next design in one sentence, and what repeats alone could do.
fn sentence(report: &Report, found: &VarianceSplit, next: &NextDesign) -> String {
    let unit = Unit::of(report, &found.metric);
    let width = |half: f64| format!("±{}", unit.distance(Some(half)));
    let why = if next.wanted_by == "margin" { "half of the gate's margin" } else { "half of the present one" };
    let mut design = number::counted(next.cases, "case", "cases");
    if found.output.is_some() {
        design.push_str(&format!(", {} a case", number::counted(next.samples, "output", "outputs")));
    }
    if found.verdict.is_some() {
        design.push_str(&format!(", {} an output", number::counted(next.votes, "verdict", "verdicts")));
    }
    let price = next.usd.map_or_else(String::new, |usd| format!(", {}", number::money(Some(usd))));
    let calls = number::counted(next.calls, "output or verdict", "outputs and verdicts");
    let repeats = match (found.output.is_some(), found.verdict.is_some()) {
        (true, true) => "more outputs and verdicts",
        (true, false) => "more outputs",
        _ => "more verdicts",
    };
    let alone = if next.least_by_repeats > next.wanted {
        format!("{repeats} alone do not: on the present cases they cannot go below {}", width(next.least_by_repeats))
    } else {
        format!("{repeats} on the present cases would do as well, at more cost or as much")
    };
    format!(
        "the cheapest way to an interval of {} ({why}; now {}) is {design} ({calls}{price}); {alone}",
        width(next.wanted),
        width(next.half_width)
    )
}
