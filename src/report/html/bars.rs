//! Wins, ties and losses → bars with their numbers as text.

use minijinja::Value;
use serde::Serialize;

use crate::report::wording::{pair, several_pairs};
use crate::report::{Report, number, text};

use super::safe;

/// One metric's wins, ties and losses over all cases.
#[derive(Serialize)]
pub struct Bar {
    label: String,
    bar: Value,
    better: String,
    same: String,
    worse: String,
}

/// The bars, in the order of the comparisons.
pub fn bars(report: &Report) -> Vec<Bar> {
    let overall: Vec<_> =
        report.analysis.comparisons.iter().filter(|c| c.slice.is_none() && c.wins + c.ties + c.losses > 0).collect();
    let several = several_pairs(report);
    overall
        .iter()
        .map(|c| {
            let metric = text::line(&c.metric);
            Bar {
                label: if several { format!("{}: {metric}", pair(report, c)) } else { metric },
                bar: safe(bar([c.wins, c.ties, c.losses])),
                better: number::count(c.wins),
                same: number::count(c.ties),
                worse: number::count(c.losses),
            }
        })
        .collect()
}

fn bar(counts: [u64; 3]) -> String {
    let total = counts.iter().sum::<u64>().max(1) as f64;
    let mut out = "<svg class=\"bar\" width=\"100%\" height=\"18\" aria-hidden=\"true\">".to_string();
    let mut from = 0.0;
    for (count, class) in counts.iter().zip(["good", "same", "bad"]) {
        let share = *count as f64 / total * 100.0;
        if share > 0.0 {
            out.push_str(&format!(
                "<rect class=\"{class}\" x=\"{from:.2}%\" width=\"{share:.2}%\" y=\"0\" height=\"18\"/>"
            ));
        }
        from += share;
    }
    out + "</svg>"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_filled_from_end_to_end() {
        assert_eq!(bar([1, 0, 3]).matches("<rect").count(), 2);
        assert!(bar([1, 0, 3]).contains("x=\"25.00%\" width=\"75.00%\""));
        assert_eq!(bar([0, 0, 0]).matches("<rect").count(), 0);
    }
}
