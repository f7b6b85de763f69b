//! Every comparison of a run → a table for the terminal.

use super::terminal::paint::{Ink, paint};
use super::terminal::table::{Table, left, names, right};
use super::wording::{self, Direction};
use super::{Report, number, text};
use crate::analysis::{Beside, Comparison};

/// All differences, metric by metric, the slices below their metric.
pub fn render(report: &Report, columns: usize, colour: bool) -> String {
    let mut comparisons: Vec<&Comparison> = report.analysis.comparisons.iter().collect();
    let Some(first) = comparisons.first().copied() else {
        return "There is one candidate, and nothing to compare it with.\n".to_string();
    };
    // A slice stands below its metric, candidate by candidate.
    comparisons.sort_by_key(|c| report.analysis.metrics.get_index_of(&c.metric));
    let several = comparisons.iter().any(|c| (&c.candidate, &c.baseline) != (&first.candidate, &first.baseline));
    let mut table = Table::new(vec![
        names("metric"),
        names("candidate"),
        names("slice"),
        left(format!("difference ({} interval)", wording::confidence(report)), 9),
        left("", 8),
        right("p", 5),
        right("cases", 7),
        right("would find", 6),
        right("better/same/worse", 4),
        left("method", 1),
    ]);
    let mut above = None;
    for comparison in &comparisons {
        table.row(row(report, comparison, several, above == Some(&comparison.metric)));
        above = Some(&comparison.metric);
    }
    let against = match several {
        true => "each candidate against its baseline".to_string(),
        false => format!("{} against {}", first.candidate, first.baseline),
    };
    let title = text::line(&format!("{}: {against}, run {}", report.suite.name, report.meta.run));
    let mut lines: Vec<String> =
        text::wrap(&title, columns).iter().map(|line| paint(colour, Ink::Bold, line)).collect();
    lines.extend(table.lines(columns, colour));
    lines.push(String::new());
    for note in notes(report, &comparisons) {
        lines.extend(text::wrap(&note, columns));
    }
    lines.extend(beside(report, &comparisons, several, (columns, colour)));
    lines.push(String::new());
    text::inert(&lines.join("\n"))
}

/// What other methods say of the differences over all cases; nothing where there are none.
fn beside(
    report: &Report,
    comparisons: &[&Comparison],
    several: bool,
    (columns, colour): (usize, bool),
) -> Vec<String> {
    let known: Vec<(&Comparison, &Beside)> =
        comparisons.iter().filter_map(|c| Some((*c, c.beside.as_ref()?))).collect();
    if known.is_empty() {
        return Vec::new();
    }
    let mut table = Table::new(vec![
        names("metric"),
        names("candidate"),
        left(format!("BCa bootstrap ({} interval)", wording::confidence(report)), 9),
        right("p of sign flips", 8),
        right("p of Wilcoxon", 6),
        right("Hodges-Lehmann", 5),
        right("p of McNemar", 7),
    ]);
    let plain = |text: String| (text, Ink::Plain);
    for (c, found) in &known {
        let decimals = match c.low.zip(c.high) {
            Some((low, high)) => number::decimals(Some(low), Some(high)),
            None => number::decimals(Some(0.0), found.hodges_lehmann.map(f64::abs)).max(2),
        };
        let interval = found.bootstrap.map_or_else(
            || number::ABSENT.to_string(),
            |(low, high)| number::interval(Some(low), Some(high), |v| number::signed(v, decimals)),
        );
        table.row(vec![
            (text::line(&c.metric), Ink::Bold),
            plain(if several { text::line(&c.candidate) } else { String::new() }),
            plain(interval),
            plain(number::p(found.sign_flip_p)),
            plain(number::p(found.wilcoxon_p)),
            plain(number::signed(found.hodges_lehmann, decimals)),
            plain(number::p(found.mcnemar_p)),
        ]);
    }
    let mut lines =
        vec![String::new(), paint(colour, Ink::Bold, "Other methods, over all cases; none of them decides")];
    lines.extend(table.lines(columns, colour));
    let problems = known.iter().filter_map(|(c, found)| {
        let (metric, why) = (text::line(&c.metric), text::line(found.problem.as_ref()?));
        Some(if several {
            format!("{metric} of {}: {why}", text::line(&c.candidate))
        } else {
            format!("{metric}: {why}")
        })
    });
    lines.extend(problems.flat_map(|words| text::wrap(&words, columns)));
    lines
}

fn row(report: &Report, c: &Comparison, several: bool, again: bool) -> Vec<(String, Ink)> {
    let direction = Direction::of(report, c);
    let ink = match direction {
        Direction::Better => Ink::Good,
        Direction::Worse => Ink::Bad,
        Direction::Unclear | Direction::PerhapsBetter | Direction::PerhapsWorse => Ink::Plain,
        Direction::Unbounded | Direction::Unmeasured => Ink::Unsure,
    };
    let sign = if wording::less_is_better(report, &c.metric) { " ↓" } else { "" };
    let metric = if again { String::new() } else { format!("{}{sign}", text::line(&c.metric)) };
    vec![
        (metric, Ink::Bold),
        (if several { text::line(&c.candidate) } else { String::new() }, Ink::Plain),
        (c.slice.as_ref().map_or_else(String::new, wording::tags), Ink::Plain),
        (wording::told_briefly(report, c), ink),
        (direction.words().to_string(), ink),
        (number::p(wording::p(report, c)), Ink::Plain),
        (number::count(c.n), Ink::Plain),
        (wording::smallest(report, c).unwrap_or_default(), Ink::Dim),
        (format!("{}/{}/{}", c.wins, c.ties, c.losses), Ink::Plain),
        (text::line(wording::decides(report, c).method), Ink::Dim),
    ]
}

/// How the table is to be read.
fn notes(report: &Report, comparisons: &[&Comparison]) -> Vec<String> {
    let mut notes = vec!["A difference above zero is better for the candidate.".to_string()];
    notes.extend(wording::corrected_mark(report, comparisons.iter().copied()));
    if comparisons.iter().any(|c| wording::less_is_better(report, &c.metric)) {
        notes.push("↓ less is better, so its difference is turned round.".to_string());
    }
    if comparisons.iter().any(|c| c.p_adjusted.is_some()) {
        notes.push(
            "p of slices that no rule names is corrected for their number (Benjamini and Hochberg); “perhaps” says that without it the difference would count."
                .to_string(),
        );
    }
    notes.extend(wording::bridges(report).into_iter().map(|words| format!("{words}.")));
    notes.extend(wording::found_if(report, comparisons.iter().filter(|c| c.slice.is_none()).copied()));
    notes.extend(wording::found_in_slices(report));
    notes.extend(comparisons.iter().filter(|c| c.slice.is_none()).filter_map(|c| wording::left_out(report, c)));
    notes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn every_slice_below_its_metric() {
        insta::assert_snapshot!("wide", render(&sample::fixture(), 120, false));
        insta::assert_snapshot!("narrow", render(&sample::fixture(), 80, false));
    }

    #[test]
    fn other_methods_stand_below_and_say_what_they_cannot() {
        let mut report = sample::fixture();
        let whole = Beside {
            bootstrap: Some((0.14, 0.4)),
            sign_flip_p: Some(0.0005),
            wilcoxon_p: Some(0.00012),
            hodges_lehmann: Some(0.25),
            mcnemar_p: None,
            problem: None,
        };
        let none = Beside { problem: Some("all differences are equal".into()), ..Beside::default() };
        let beside = [whole, none];
        let all = report.analysis.comparisons.iter_mut().filter(|c| c.slice.is_none());
        all.zip(beside).for_each(|(c, beside)| c.beside = Some(beside));
        let shown = render(&report, 100, false);
        insta::assert_snapshot!("other_methods", shown[shown.find("Other methods").unwrap()..].to_string());
    }

    #[test]
    fn a_small_shift_without_an_interval_is_not_shown_as_none() {
        let mut report = sample::fixture();
        let c = &mut report.analysis.comparisons[0];
        (c.low, c.high) = (None, None);
        c.beside = Some(Beside { hodges_lehmann: Some(-0.0002), ..Beside::default() });
        let shown = render(&report, 160, false);
        assert!(shown.contains("−0.00020"), "{shown}");
    }

    #[test]
    fn nothing_hostile_and_no_nan() {
        let mut report = sample::unmeasured();
        for c in &mut report.analysis.comparisons {
            c.metric = "\x1b[31mred\n::error::x".into();
        }
        let out = render(&report, 80, false);
        assert!(!out.contains('\x1b') && !out.contains("NaN"), "{out}");
        assert!(!out.lines().any(|line| line.trim_start().starts_with("::")));
        assert!(out.lines().all(|line| text::width(line) <= 80), "{out}");
    }

    #[test]
    fn one_candidate_has_nothing_to_compare() {
        let mut report = sample::ungated();
        report.analysis.comparisons.clear();
        assert!(render(&report, 80, false).starts_with("There is one candidate"));
    }
}
