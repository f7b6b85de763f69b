//! Comparisons → a forest plot: one group a metric, one row for all cases and one a slice, on a common scale.
//!
//! Each row is an SVG of its own whose x coordinates are percentages, so that it stretches from a phone to a desk
//! without distortion, and whose numbers stand beside it as text.

use minijinja::Value;
use serde::Serialize;

use crate::analysis::Comparison;
use crate::gate::Ruling;
use crate::report::wording::{self, Decides, Direction, Unit};
use crate::report::{Report, number, text};

use super::safe;
use super::scale::{Scale, axis};

/// More slices than this are folded away, but for those that stand out.
const SLICES: usize = 12;

/// One metric's differences.
#[derive(Serialize)]
pub struct Forest {
    metric: String,
    unit: &'static str,
    rows: Vec<Row>,
    /// Slices without a finding of their own, where there are many.
    rest: Vec<Row>,
    axis: Value,
    rest_axis: Value,
}

/// One difference.
#[derive(Serialize)]
struct Row {
    label: String,
    overall: bool,
    plot: Value,
    shown: String,
    counts: String,
    p: String,
    n: String,
    findable: Option<String>,
    direction: &'static str,
    class: &'static str,
    rules: Vec<String>,
    method: String,
}

/// The CSS class of a direction.
pub fn class(direction: Direction) -> &'static str {
    match direction {
        Direction::Better => "good",
        Direction::Worse => "bad",
        Direction::Unclear | Direction::PerhapsBetter | Direction::PerhapsWorse => "plain",
        Direction::Unbounded | Direction::Unmeasured => "unsure",
    }
}

/// The plots, in the suite's order of metrics.
pub fn forests(report: &Report) -> Vec<Forest> {
    let several = wording::several_pairs(report);
    let metrics = report.analysis.metrics.keys();
    metrics
        .filter_map(|metric| {
            let found: Vec<&Comparison> = report.analysis.comparisons.iter().filter(|c| &c.metric == metric).collect();
            (!found.is_empty()).then(|| forest(report, metric, &found, several))
        })
        .collect()
}

fn forest(report: &Report, metric: &str, found: &[&Comparison], several: bool) -> Forest {
    let unit = Unit::of(report, metric);
    let pairwise = unit == Unit::WinRate;
    let slices = found.iter().filter(|c| c.slice.is_some()).count();
    let moved = wording::moved_slices(report);
    // Among many slices, those with a finding of their own stay in sight.
    let stays = |c: &Comparison| {
        let perhaps = matches!(Direction::of(report, c), Direction::PerhapsBetter | Direction::PerhapsWorse);
        (!several && slices <= SLICES) || perhaps || wording::is_named(report, c) || moved.contains(&c)
    };
    let (overall, sliced): (Vec<&Comparison>, Vec<&Comparison>) = found.iter().partition(|c| c.slice.is_none());
    let (kept, rest): (Vec<&Comparison>, Vec<&Comparison>) = sliced.into_iter().partition(|c| stays(c));
    let scale = |of: &[&Comparison]| {
        let margins = of.iter().flat_map(|c| wording::rules_on(report, c)).flat_map(|r| margins(r, pairwise));
        let ends = of.iter().map(|c| wording::decides(report, c)).flat_map(|d| [d.low, d.high, d.estimate]);
        Scale::over(ends.flatten().chain(margins))
    };
    let draw = |of: &[&Comparison], scale: &Scale| {
        of.iter().map(|c| row(report, c, scale, pairwise, several)).collect::<Vec<_>>()
    };
    let kept = [overall, kept].concat();
    let (near, far) = (scale(&kept), scale(&rest));
    Forest {
        metric: text::line(metric),
        unit: match (unit, wording::less_is_better(report, metric)) {
            (Unit::WinRate, _) => "share of cases won, ties as half",
            (Unit::Share, false) => "difference in percentage points",
            (Unit::Share, true) => "difference in percentage points; less is better, so it is turned round",
            (Unit::Number(_), false) => "difference",
            (Unit::Number(_), true) => "difference; less is better, so it is turned round",
        },
        rows: draw(&kept, &near),
        rest: draw(&rest, &far),
        axis: axis(&near, unit),
        rest_axis: axis(&far, unit),
    }
}

/// Where a rule's margins stand on the scale of differences; levels stand on no such scale.
fn margins(rule: &Ruling, pairwise: bool) -> Vec<f64> {
    match rule.kind.as_str() {
        "not_worse_by" => vec![-rule.margin],
        "better_than" if pairwise => vec![rule.margin - 0.5],
        "better_than" => vec![rule.margin],
        "equivalent_within" => vec![-rule.margin, rule.margin],
        _ => Vec::new(),
    }
}

fn row(report: &Report, c: &Comparison, scale: &Scale, pairwise: bool, several: bool) -> Row {
    let direction = Direction::of(report, c);
    let label = match (&c.slice, several) {
        (None, false) => "All cases".to_string(),
        (Some(slice), false) => wording::tags(slice),
        (None, true) => wording::pair(report, c),
        (Some(slice), true) => format!("{}, {}", wording::pair(report, c), wording::tags(slice)),
    };
    let margins: Vec<f64> = wording::rules_on(report, c).flat_map(|r| margins(r, pairwise)).collect();
    Row {
        label: text::middle(&label, 60),
        overall: c.slice.is_none(),
        plot: safe(plot(wording::decides(report, c), c.slice.is_none(), direction, scale, &margins)),
        shown: wording::difference(report, c),
        counts: format!("{} / {} / {}", number::count(c.wins), number::count(c.ties), number::count(c.losses)),
        p: number::p(wording::p(report, c)),
        n: number::count(c.n),
        findable: wording::findable(report, c),
        direction: direction.words(),
        class: class(direction),
        rules: wording::rules_on(report, c)
            .map(|r| format!("{} {}", wording::mark(r.state), wording::requirement(r)))
            .collect(),
        method: text::line(wording::decides(report, c).method),
    }
}

/// The drawing is as tall as its row, so that the lines run through from row to row.
fn plot(c: Decides<'_>, overall: bool, direction: Direction, scale: &Scale, margins: &[f64]) -> String {
    let zero = scale.at(0.0);
    let mut out = format!(
        "<svg class=\"plot\" aria-hidden=\"true\"><line class=\"zero\" x1=\"{zero}\" x2=\"{zero}\" y1=\"0\" y2=\"100%\"/>"
    );
    for margin in margins.iter().filter(|m| m.is_finite()) {
        let at = scale.at(*margin);
        out.push_str(&format!("<line class=\"margin\" x1=\"{at}\" x2=\"{at}\" y1=\"0\" y2=\"100%\"/>"));
    }
    if let (Some(low), Some(high)) = (c.low.filter(|v| v.is_finite()), c.high.filter(|v| v.is_finite())) {
        let (from, to) = (scale.at(low), scale.at(high));
        out.push_str(&format!("<line class=\"reach\" x1=\"{from}\" x2=\"{to}\" y1=\"50%\" y2=\"50%\"/>"));
        for end in [from, to] {
            out.push_str(&format!(
                "<svg class=\"reach\" x=\"{end}\" y=\"50%\" overflow=\"visible\"><path d=\"M0 -5V5\"/></svg>"
            ));
        }
    }
    if let Some(estimate) = c.estimate.filter(|v| v.is_finite()) {
        let sure = matches!(direction, Direction::Better | Direction::Worse);
        let shape = if overall { "M-8 0L0 -8L8 0L0 8Z" } else { "M-5 0A5 5 0 1 1 5 0A5 5 0 1 1 -5 0Z" };
        let fill = if sure { "point" } else { "point open" };
        out.push_str(&format!(
            "<svg class=\"{fill}\" x=\"{}\" y=\"50%\" overflow=\"visible\"><path d=\"{shape}\"/></svg>",
            scale.at(estimate)
        ));
    }
    out + "</svg>"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn a_row_is_drawn_with_its_interval_mark_and_margin() {
        let report = sample::fixture();
        let scale = Scale::over([-1.0, 1.0].into_iter());
        insta::assert_snapshot!(
            plot(wording::decides(&report, &report.analysis.comparisons[0]), true, Direction::Better, &scale, &[-0.15])
                .replace("><", ">\n<")
        );
    }
}
