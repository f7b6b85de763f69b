//! Findings → Markdown tables: rules with their bounds, differences, slices, the judge's trust, cost.

use crate::analysis::Comparison;
use crate::report::wording::{self, Direction};
use crate::report::{Report, number, text};
use crate::suite::Severity;

use super::cell;
use super::escape::inline;

/// So many rows of a table are shown; the rest is counted.
const ROWS: usize = 30;

/// Why: every rule with what it asks, the bound and its state.
pub fn rules(report: &Report) -> String {
    let Some(decision) = report.decision.as_ref().filter(|d| !d.rules.is_empty()) else { return String::new() };
    let sure = wording::confidence(report);
    let mut out = format!(
        "### Why\n\n|  | Rule | Asked | Measured | {sure} sure | Cases | State |\n|---|---|---|---:|---:|---:|---|\n"
    );
    for rule in decision.rules.iter().take(ROWS) {
        let state = match rule.severity {
            Severity::Block => wording::state(rule.state).to_string(),
            other => format!("{} ({} only)", wording::state(rule.state), wording::severity(other)),
        };
        let (subject, asked) = (cell(&wording::subject(rule)), cell(&wording::requirement(rule)));
        let (measured, bound) = (wording::measured(rule), wording::bound(rule));
        out.push_str(&format!(
            "| {} | {subject} | {asked} | {measured} | {bound} | {} | {state} |\n",
            wording::mark(rule.state),
            number::count(rule.n)
        ));
    }
    out.push_str(&more(decision.rules.len()));
    let notes = decision.rules.iter().flat_map(|rule| wording::notes(rule).into_iter().map(move |note| (rule, note)));
    for (rule, note) in notes.take(ROWS) {
        let subject = cell(&wording::subject(rule));
        out.push_str(&format!("\n{} {subject}: {}\n", wording::mark(rule.state), cell(&note)));
    }
    for note in [wording::stopping(report), wording::decided_by(report)].into_iter().flatten() {
        out.push_str(&format!("\n{}.\n", inline(&note)));
    }
    out + "\n" + &self_test(report)
}

/// How often each rule would be wrong, where that was asked for.
fn self_test(report: &Report) -> String {
    let Some(test) = &report.self_test else { return String::new() };
    let mut out = format!(
        "### Self-test of the gate\n\n{}\n\n| Rule | If the truth is | Passes | Fails |  |\n|---|---|---:|---:|---|\n",
        inline(&wording::self_test::introduction(test))
    );
    for line in wording::self_test::lines(report, test).iter().take(ROWS) {
        let cells = [&line.rule, &line.truth, &line.passes, &line.fails, &line.note].map(|text| cell(text));
        out.push_str(&format!("| {} |\n", cells.join(" | ")));
    }
    out + "\n"
}

/// The differences over all cases.
pub fn differences(report: &Report) -> String {
    let overall: Vec<&Comparison> = report.analysis.comparisons.iter().filter(|c| c.slice.is_none()).collect();
    if overall.is_empty() {
        return levels(report);
    }
    let level = wording::confidence(report);
    let mut out = format!(
        "### Differences over all cases\n\n| Metric | From | To | Difference, {level} interval | Seen as | Better / same / worse | p | Cases |\n|---|---:|---:|---:|---|---:|---:|---:|\n"
    );
    for c in overall.iter().take(ROWS) {
        let shown = |name: &str| {
            let value = wording::level_of(report, c, name);
            format!("{} {value}", cell(name)).trim_end().to_string()
        };
        let direction = Direction::of(report, c);
        let clear = matches!(direction, Direction::Better | Direction::Worse);
        let seen = if clear { format!("**{}**", direction.words()) } else { direction.words().to_string() };
        let less = if wording::less_is_better(report, &c.metric) { " ↓" } else { "" };
        out.push_str(&format!(
            "| {}{less} | {} | {} | {} | {seen} | {} / {} / {} | {} | {} |\n",
            cell(&c.metric),
            shown(&c.baseline),
            shown(&c.candidate),
            wording::told(report, c),
            c.wins,
            c.ties,
            c.losses,
            cell(&number::p(wording::p(report, c))),
            number::count(c.n)
        ));
    }
    out.push_str(&more(overall.len()));
    if overall.iter().any(|c| wording::less_is_better(report, &c.metric)) {
        out.push_str("\n↓ less is better; a difference is turned round, so that above zero is better everywhere.\n");
    }
    if let Some(note) = wording::found_if(report, overall.iter().take(ROWS).copied()) {
        out.push_str(&format!("\n{}.\n", inline(&note)));
    }
    for note in overall.iter().take(ROWS).filter_map(|c| wording::left_out(report, c)) {
        out.push_str(&format!("\n{}\n", cell(&note)));
    }
    out + "\n"
}

fn levels(report: &Report) -> String {
    let mut out = "### Levels\n\n| Candidate | Metric | Level | Cases |\n|---|---|---:|---:|\n".to_string();
    let found = report
        .analysis
        .candidates
        .iter()
        .flat_map(|(name, found)| found.metrics.iter().map(move |(metric, level)| (name, metric, level)));
    let mut rows = 0;
    for (name, metric, level) in found {
        rows += 1;
        if rows <= ROWS {
            out.push_str(&format!(
                "| {} | {} | {} | {} |\n",
                cell(name),
                cell(metric),
                wording::level(report, metric, level),
                number::count(level.n)
            ));
        }
    }
    out.push_str(&more(rows));
    out + "\n"
}

/// Every slice, those that moved in bold.
pub fn slices(report: &Report) -> String {
    let slices: Vec<&Comparison> = report.analysis.comparisons.iter().filter(|c| c.slice.is_some()).collect();
    let unsliced = wording::unsliced(report).map_or_else(String::new, |note| format!("\n{}.\n", inline(&note)));
    if slices.is_empty() {
        return if unsliced.is_empty() { unsliced } else { format!("### Slices\n{unsliced}\n") };
    }
    let moved = wording::moved_slices(report);
    let several = wording::several_pairs(report);
    let (of, rule) = if several { (" Compared |", "---|") } else { ("", "") };
    let mut out =
        format!("### Slices\n\n| Slice |{of} Metric | Difference | Seen as | Cases |\n|---|{rule}---|---:|---|---:|\n");
    let (first, rest): (Vec<&Comparison>, Vec<&Comparison>) = slices.iter().partition(|c| moved.contains(c));
    for c in first.iter().chain(&rest).take(ROWS) {
        let direction = Direction::of(report, c).words();
        let seen = if moved.contains(c) { format!("**{direction}**") } else { direction.to_string() };
        out.push_str(&format!(
            "| {} |{} {} | {} | {seen} | {} |\n",
            cell(&wording::slice(c.slice.as_ref())),
            if several { format!(" {} |", cell(&wording::pair(report, c))) } else { String::new() },
            cell(&c.metric),
            wording::told(report, c),
            number::count(c.n)
        ));
    }
    out.push_str(&more(slices.len()));
    out.push_str(&unsliced);
    out + "\n"
}

/// Rankings, lengths and repeats.
pub fn boards(report: &Report) -> String {
    let mut out = String::new();
    for board in wording::boards(report) {
        out.push_str(&format!("### {}\n\n", cell(&board.title)));
        let line =
            |cells: &[String]| format!("| {} |\n", cells.iter().map(|c| cell(c)).collect::<Vec<_>>().join(" | "));
        if !board.rows.is_empty() {
            out.push_str(&line(&board.head));
            out.push_str(&format!("|{}\n", "---|".repeat(board.head.len())));
            board.rows.iter().take(ROWS).for_each(|row| out.push_str(&line(row)));
            out.push_str(&more(board.rows.len()));
            out.push('\n');
        }
        for note in board.notes.iter().take(ROWS) {
            out.push_str(&format!("{}.\n\n", inline(&text::cut(note, 600))));
        }
    }
    out
}

/// How far the judge can be trusted, and what was not measured.
pub fn trust(report: &Report) -> String {
    let mut out = "### Judge and measurement\n\n".to_string();
    for (metric, found) in report.analysis.judges.iter().take(ROWS) {
        out.push_str(&format!("- {}: {}\n", cell(metric), wording::trust(found)));
        for fact in wording::facts(report, metric, found) {
            out.push_str(&format!("  - {}\n", cell(&fact)));
        }
    }
    let counts = &report.analysis.counts;
    out.push_str(&format!(
        "- outputs {}\n- verdicts {}\n",
        wording::statuses(&counts.outputs),
        wording::statuses(&counts.verdicts)
    ));
    for cause in wording::causes(counts) {
        out.push_str(&format!("  - {}\n", inline(&cause)));
    }
    out.push('\n');
    out
}

/// What it cost, by candidate and by judge.
pub fn cost(report: &Report) -> String {
    let cost = &report.analysis.cost;
    let parts = cost
        .candidates
        .iter()
        .chain(&cost.judges)
        .take(ROWS)
        .map(|(name, spent)| format!("{} {}", cell(name), number::money(spent.usd)));
    let parts: Vec<_> = parts.collect();
    let failed = wording::failed_cost(cost).map_or_else(String::new, |told| format!("; {}", inline(&told)));
    format!("Cost: {}; {}{failed}.\n\n", wording::total(cost), parts.join(", "))
}

fn more(rows: usize) -> String {
    if rows > ROWS { format!("\n{} more are in the full report.\n", rows - ROWS) } else { String::new() }
}
