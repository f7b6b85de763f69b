//! Levels, differences and slices → the terminal's tables.

use crate::analysis::Comparison;
use crate::report::wording::{self, Direction};
use crate::report::{Report, number, text};

use super::paint::Ink;
use super::table::{Table, left, right};
use super::{Screen, standing};

/// Everything between the headline and the last lines.
pub fn write(report: &Report, screen: &mut Screen<'_>) {
    if report.analysis.comparisons.iter().any(|c| c.slice.is_none()) {
        differences(report, screen)
    } else {
        levels(report, screen)
    }
    standing::rules(report, screen);
    slices(report, screen);
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
        Direction::Unmeasured => Ink::Unsure,
    }
}

fn levels(report: &Report, screen: &mut Screen<'_>) {
    screen.heading("Levels");
    let names = report.analysis.candidates.keys();
    let mut table = Table::new(
        std::iter::once(left("metric", 9))
            .chain(names.map(|n| left(text::line(n), 8)))
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
    let one_pair =
        overall.windows(2).all(|pair| pair[0].candidate == pair[1].candidate && pair[0].baseline == pair[1].baseline);
    let name = |c: Option<&&Comparison>, side: fn(&Comparison) -> &str, word: &str| match c {
        Some(c) if one_pair => text::line(side(c)),
        _ => word.to_string(),
    };
    let before = name(overall.first(), |c| &c.baseline, "baseline");
    let after = name(overall.first(), |c| &c.candidate, "candidate");
    screen.heading(&format!("{after} against {before}"));
    let title = format!("difference ({} interval)", wording::confidence(report));
    let mut table = Table::new(vec![
        left("metric", 9),
        right(before, 6),
        right(after, 6),
        left(title, 9),
        left("", 7),
        right("better/same/worse", 5),
        right("p", 3),
        right("cases", 4),
        left("rule", 8),
    ]);
    for c in &overall {
        let direction = Direction::of(report, c);
        let rules = report.decision.iter().flat_map(|d| &d.rules).filter(|r| r.metric == c.metric && r.slice.is_none());
        let marks: Vec<_> = rules.map(|r| wording::mark(r.state)).collect();
        let sign = if wording::less_is_better(report, &c.metric) { " ↓" } else { "" };
        let metric = if one_pair {
            format!("{}{sign}", text::line(&c.metric))
        } else {
            format!("{}{sign} {}", text::line(&c.metric), text::line(&c.candidate))
        };
        table.row(vec![
            (metric, Ink::Plain),
            (wording::level_of(report, &c.baseline, &c.metric), Ink::Plain),
            (wording::level_of(report, &c.candidate, &c.metric), Ink::Plain),
            (wording::told(report, c), ink(direction)),
            (direction.words().to_string(), ink(direction)),
            (format!("{}/{}/{}", c.wins, c.ties, c.losses), Ink::Plain),
            (number::p(c.p), Ink::Dim),
            (number::count(c.n), Ink::Dim),
            (marks.join(" "), Ink::Bold),
        ]);
    }
    screen.table(&table);
    if overall.iter().any(|c| wording::less_is_better(report, &c.metric)) {
        screen.wrapped("↓ less is better; a difference is turned round, so that above zero is better everywhere", "  ");
    }
    if let Some(note) = wording::found_if(report, overall.iter().copied()) {
        screen.wrapped(&note, "  ");
    }
    for note in
        report.analysis.comparisons.iter().filter(|c| c.slice.is_none()).filter_map(|c| wording::left_out(report, c))
    {
        screen.wrapped(&note, "  ");
    }
}

fn slices(report: &Report, screen: &mut Screen<'_>) {
    let looked = report.analysis.comparisons.iter().filter(|c| c.slice.is_some()).count();
    if looked == 0 {
        return;
    }
    screen.heading("Slices that moved otherwise than the whole");
    let moved = wording::moved_slices(report);
    let mut table = Table::new(vec![left("", 9), left("", 9), left("", 9), left("", 7), right("", 4)]);
    for c in &moved {
        let direction = Direction::of(report, c);
        table.row(vec![
            (wording::slice(c.slice.as_ref()), Ink::Plain),
            (text::line(&c.metric), Ink::Plain),
            (wording::told(report, c), ink(direction)),
            (direction.words().to_string(), ink(direction)),
            (number::counted(c.n, "case", "cases"), Ink::Dim),
        ]);
    }
    screen.table(&table);
    let told = format!("{} of {looked} looked at, beyond chance after the correction for their number", moved.len());
    screen.wrapped(&told, "  ");
}
