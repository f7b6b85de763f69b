//! Corrections by labels → a board: what the judge says, and what humans would have said.

use crate::analysis::Corrected;
use crate::report::{Report, number, text};

use super::board::Board;
use super::measure::Unit;

/// Nothing where the dataset has no labels.
pub fn board(report: &Report) -> Option<Board> {
    let found = &report.analysis.corrected;
    if found.is_empty() {
        return None;
    }
    let interval = format!("Corrected ({} interval)", super::confidence(report));
    let head =
        [("Metric", 9), ("Of", 9), ("By the judge", 7), (interval.as_str(), 9), ("Labels", 5), ("Judge's weight", 3)];
    let rows = found.iter().map(|one| row(report, one)).collect();
    let mut problems: Vec<String> = found.iter().filter_map(|one| one.problem.clone()).collect();
    problems.sort();
    problems.dedup();
    let mut notes: Vec<String> =
        problems.iter().map(|why| text::line(&format!("Where no rule rests on it: {why}"))).collect();
    notes.push(
        "Corrected is what people would have said over all cases, as far as the labels tell; its interval holds their \
         uncertainty too. It is right if the labelled cases were drawn by chance"
            .to_string(),
    );
    Some(Board::new("Corrected by human labels".to_string(), &head, rows, notes))
}

fn row(report: &Report, one: &Corrected) -> Vec<String> {
    let unit = Unit::of(report, &one.metric);
    let show = |x: Option<f64>| match (&one.baseline, x) {
        (None, x) => unit.level(x),
        (Some(_), x) => unit.difference(x),
    };
    let slice = one.slice.iter().flatten().map(|(tag, value)| format!("{tag} is {value}")).collect::<Vec<_>>();
    let metric =
        if slice.is_empty() { one.metric.clone() } else { format!("{} where {}", one.metric, slice.join(" and ")) };
    let of = match &one.baseline {
        None => one.candidate.clone(),
        Some(baseline) => format!("{} against {baseline}", one.candidate),
    };
    vec![
        text::line(&metric),
        text::line(&of),
        show(one.judge),
        number::with_interval(one.estimate, one.low, one.high, show),
        number::count(one.labelled),
        one.weight.map_or_else(String::new, |weight| number::plain(Some(weight), 2)),
    ]
}
