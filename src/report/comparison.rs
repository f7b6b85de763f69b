//! Every comparison of a run → a table for the terminal.

use super::terminal::paint::{Ink, paint};
use super::terminal::table::{Table, left, right};
use super::{Report, number, text};
use crate::analysis::Comparison;

/// All differences, metric by metric, the slices below their metric.
pub fn render(report: &Report, columns: usize, colour: bool) -> String {
    let comparisons = &report.analysis.comparisons;
    if comparisons.is_empty() {
        return "There is one candidate, and nothing to compare it with.\n".to_string();
    }
    let mut table = Table::new(vec![
        left("metric", 9),
        left("slice", 8),
        left("", 3),
        right("difference", 9),
        left("interval", 8),
        right("p", 5),
        right("better", 4),
        right("same", 2),
        right("worse", 4),
        right("cases", 6),
        left("method", 1),
    ]);
    for comparison in comparisons {
        table.row(row(comparison));
    }
    let mut lines =
        vec![paint(colour, Ink::Bold, &text::line(&format!("{}, run {}", report.suite.name, report.meta.run)))];
    lines.extend(table.lines(columns, colour));
    lines.push(String::new());
    lines.push("A difference above zero is better, whichever way the metric's goal points.".to_string());
    lines.push("p of slices is corrected for their number (Benjamini and Hochberg).".to_string());
    lines.push(String::new());
    text::inert(&lines.join("\n"))
}

fn row(c: &Comparison) -> Vec<(String, Ink)> {
    let slice = c.slice.iter().flatten().map(|(tag, value)| format!("{tag}={value}")).collect::<Vec<_>>().join(" ");
    let decimals = number::decimals(c.low, c.high);
    let signed = |x| number::signed(x, decimals);
    let ink = match (c.low, c.high) {
        (Some(low), _) if low > 0.0 => Ink::Good,
        (_, Some(high)) if high < 0.0 => Ink::Bad,
        (None, _) | (_, None) => Ink::Unsure,
        _ => Ink::Plain,
    };
    let plain = |text: String| (text, Ink::Plain);
    vec![
        plain(text::line(&c.metric)),
        plain(text::line(&slice)),
        (text::line(&format!("{} against {}", c.candidate, c.baseline)), Ink::Dim),
        (signed(c.difference), ink),
        plain(number::interval(c.low, c.high, signed)),
        plain(number::p(c.p_adjusted.or(c.p))),
        plain(number::count(c.wins)),
        plain(number::count(c.ties)),
        plain(number::count(c.losses)),
        plain(number::count(c.n)),
        (text::line(&c.method), Ink::Dim),
    ]
}
