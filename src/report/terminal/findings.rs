//! Levels, differences and slices → the terminal's tables.

use indexmap::IndexMap;

use crate::analysis::Comparison;
use crate::report::wording::{self, Direction};
use crate::report::{Report, number, text};

use super::paint::Ink;
use super::table::{Table, left, names, right};
use super::{Screen, standing};

/// Everything between the headline and the last lines.
pub fn write(report: &Report, screen: &mut Screen<'_>) {
    if report.analysis.comparisons.iter().any(|c| c.slice.is_none()) {
        differences(report, screen)
    } else {
        levels(report, screen)
    }
    standing::rules(report, screen);
    standing::self_test(report, screen);
    slices(report, screen);
    boards(report, screen);
    standing::judges(report, screen);
    standing::counts(report, screen);
    screen.heading("Cost");
    screen.wrapped(&standing::cost(report), "  ");
}

fn ink(direction: Direction) -> Ink {
    match direction {
        Direction::Better => Ink::Good,
        Direction::Worse => Ink::Bad,
        Direction::Unclear | Direction::PerhapsBetter | Direction::PerhapsWorse => Ink::Plain,
        Direction::Unbounded | Direction::Unmeasured => Ink::Unsure,
    }
}

fn levels(report: &Report, screen: &mut Screen<'_>) {
    screen.heading("Levels");
    let candidates = report.analysis.candidates.keys();
    let mut table = Table::new(
        std::iter::once(names("metric"))
            .chain(candidates.map(|n| left(text::line(n), 8)))
            .chain([right("cases", 2)])
            .collect(),
    );
    for metric in report.analysis.metrics.keys() {
        let found: Vec<_> = report.analysis.candidates.values().map(|c| c.metrics.get(metric)).collect();
        if found.iter().all(Option::is_none) {
            continue;
        }
        let mut row = vec![(text::line(metric), Ink::Plain)];
        row.extend(found.iter().map(|l| {
            (l.map_or_else(|| number::ABSENT.to_string(), |l| wording::level(report, metric, l)), Ink::Plain)
        }));
        row.push((found.iter().flatten().map(|l| l.n).max().map(number::count).unwrap_or_default(), Ink::Dim));
        table.row(row);
    }
    screen.table(&table);
}

fn differences(report: &Report, screen: &mut Screen<'_>) {
    let overall: Vec<&Comparison> = report.analysis.comparisons.iter().filter(|c| c.slice.is_none()).collect();
    if overall.iter().all(|c| c.candidate == overall[0].candidate) {
        // A table for each baseline: a stored run's name beside each row would leave no room for what is said of it.
        let mut by_baseline: IndexMap<&String, Vec<&Comparison>> = IndexMap::new();
        overall.iter().for_each(|c| by_baseline.entry(&c.baseline).or_default().push(*c));
        by_baseline.into_values().for_each(|of| together(report, of, screen));
    } else {
        together(report, overall.clone(), screen);
    }
    if let Some(note) = wording::corrected_mark(report, overall.iter().copied()) {
        screen.wrapped(&note, "  ");
    }
    if overall.iter().any(|c| wording::less_is_better(report, &c.metric)) {
        screen.wrapped("↓ less is better; a difference is turned round, so that above zero is better everywhere", "  ");
    }
    if let Some(note) = wording::found_if(report, overall.iter().copied()) {
        screen.wrapped(&note, "  ");
    }
    for note in overall.iter().filter_map(|c| wording::left_out(report, c)) {
        screen.wrapped(&note, "  ");
    }
}

/// Differences in one table.
fn together(report: &Report, mut overall: Vec<&Comparison>, screen: &mut Screen<'_>) {
    let Some(first) = overall.first().copied() else { return };
    let one = |side: fn(&Comparison) -> &String| overall.iter().all(|c| side(c) == side(first));
    let (one_baseline, one_candidate) = (one(|c| &c.baseline), one(|c| &c.candidate));
    let (baseline, candidate) = (text::line(&first.baseline), text::line(&first.candidate));
    let (before, after) = match (one_baseline, one_candidate) {
        (true, true) => (baseline.as_str(), candidate.as_str()),
        (true, false) => (baseline.as_str(), "mean"),
        (false, _) => ("from", "to"),
    };
    screen.heading(&match (one_baseline, one_candidate) {
        (true, true) => format!("{candidate} against {baseline}"),
        (true, false) => format!("Against {baseline}"),
        (false, _) => "Each candidate against its baseline".to_string(),
    });
    // Several candidates are compared metric by metric.
    overall.sort_by_key(|c| report.analysis.metrics.get_index_of(&c.metric));
    let title = format!("difference ({} interval)", wording::confidence(report));
    let mut table = Table::new(vec![
        names("metric"),
        names(if one_candidate { "" } else { "candidate" }),
        names(if one_baseline { "" } else { "against" }),
        right(text::middle(before, 24), 6),
        right(text::middle(after, 24), 6),
        left(title, 9),
        left("", 7),
        right("better/same/worse", 5),
        right("p", 3),
        right("cases", 4),
        left("rule", 8),
    ]);
    let mut above = None;
    for c in &overall {
        let direction = Direction::of(report, c);
        let rules = wording::rules_on(report, c);
        let marks: Vec<_> = rules.map(|r| wording::mark(r.state)).collect();
        let sign = if wording::less_is_better(report, &c.metric) { " ↓" } else { "" };
        let metric = if above == Some(&c.metric) { String::new() } else { format!("{}{sign}", text::line(&c.metric)) };
        above = Some(&c.metric);
        let candidate = if one_candidate { String::new() } else { text::line(&c.candidate) };
        let baseline = if one_baseline { String::new() } else { text::line(&c.baseline) };
        table.row(vec![
            (metric, Ink::Plain),
            (candidate, Ink::Plain),
            (baseline, Ink::Plain),
            (wording::level_of(report, c, &c.baseline), Ink::Plain),
            (wording::level_of(report, c, &c.candidate), Ink::Plain),
            (wording::told_briefly(report, c), ink(direction)),
            (direction.words().to_string(), ink(direction)),
            (format!("{}/{}/{}", c.wins, c.ties, c.losses), Ink::Plain),
            (number::p(wording::p(report, c)), Ink::Dim),
            (number::count(c.n), Ink::Dim),
            (marks.join(" "), Ink::Bold),
        ]);
    }
    screen.table(&table);
}

fn slices(report: &Report, screen: &mut Screen<'_>) {
    let looked = report.analysis.comparisons.iter().filter(|c| c.slice.is_some()).count();
    if looked == 0 {
        if let Some(note) = wording::unsliced(report) {
            screen.heading("Slices");
            screen.wrapped(&note, "  ");
        }
        return;
    }
    screen.heading("Slices that moved otherwise than the whole");
    let moved = wording::moved_slices(report);
    let several = wording::several_pairs(report);
    let mut table = Table::new(vec![names(""), names(""), names(""), left("", 9), left("", 7), right("", 4)]);
    for c in &moved {
        let direction = Direction::of(report, c);
        table.row(vec![
            (wording::slice(c.slice.as_ref()), Ink::Plain),
            (if several { wording::pair(report, c) } else { String::new() }, Ink::Plain),
            (text::line(&c.metric), Ink::Plain),
            (wording::told_briefly(report, c), ink(direction)),
            (direction.words().to_string(), ink(direction)),
            (number::counted(c.n, "case", "cases"), Ink::Dim),
        ]);
    }
    screen.table(&table);
    if let Some(note) = wording::corrected_mark(report, moved.iter().copied()) {
        screen.wrapped(&note, "  ");
    }
    let found = if moved.is_empty() { "None".to_string() } else { moved.len().to_string() };
    let but =
        if moved.iter().any(|c| wording::is_named(report, c)) { "; one that a rule names needs none" } else { "" };
    let told = format!(
        "{found} of {looked} looked at, beyond chance after the correction for their number{but}; this is exploring and never fails a build"
    );
    screen.wrapped(&told, "  ");
    if let Some(note) = wording::found_in_slices(report).filter(|_| moved.is_empty()) {
        screen.wrapped(&note, "  ");
    }
    wording::unsliced(report).iter().for_each(|note| screen.wrapped(note, "  "));
}

/// Rankings, lengths and repeats.
fn boards(report: &Report, screen: &mut Screen<'_>) {
    for board in wording::boards(report) {
        screen.heading(&board.title);
        let columns = board.head.iter().zip(&board.needs);
        let column = |(title, need): (&String, &u8)| if *need == 9 { names(title) } else { left(title, *need) };
        let mut table = Table::new(columns.map(column).collect());
        for row in board.rows {
            table.row(row.into_iter().map(|cell| (cell, Ink::Plain)).collect());
        }
        screen.table(&table);
        for note in &board.notes {
            screen.wrapped(note, "  ");
        }
    }
}
