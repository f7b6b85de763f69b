//! Levels and differences → words, each with its interval.

use crate::analysis::{Comparison, Level};
use crate::report::{Report, number, text};

use super::{Direction, alpha, is_pairwise};

/// A comparison's difference with its interval; pairwise: the win rate with its own.
pub fn difference(report: &Report, comparison: &Comparison) -> String {
    if is_pairwise(report, &comparison.metric) {
        let rate = comparison.win_rate.or(comparison.difference.map(|d| d + 0.5));
        return number::with_interval(
            rate,
            comparison.low.map(|l| l + 0.5),
            comparison.high.map(|h| h + 0.5),
            number::percent,
        );
    }
    let decimals = number::decimals(comparison.low, comparison.high);
    number::with_interval(comparison.difference, comparison.low, comparison.high, |v| number::signed(v, decimals))
}

/// Why a comparison has no interval, or else what it leaves out and where its difference could lie with it.
pub fn left_out(report: &Report, c: &Comparison) -> Option<String> {
    if Direction::of(report, c) == Direction::Unmeasured {
        return Some(text::line(&format!("{}: not measured: {}", c.metric, c.method)));
    }
    if c.missing == 0 {
        return None;
    }
    let cases = number::counted(c.missing, "case", "cases");
    let shown = |value: f64| {
        if is_pairwise(report, &c.metric) {
            number::percent(Some(value + 0.5))
        } else {
            number::signed(Some(value), number::decimals(c.low, c.high))
        }
    };
    let bounds = c
        .bounds
        .map(|b| format!("; at their worst or best it would be {} or {}", shown(b.worst), shown(b.best)))
        .unwrap_or_default();
    Some(format!("{}: {cases} left out for want of a value{bounds}", text::line(&c.metric)))
}

/// A level with its interval.
pub fn level(level: &Level) -> String {
    let decimals = number::decimals(level.low, level.high);
    number::with_interval(level.estimate, level.low, level.high, |v| number::plain(v, decimals))
}

/// The slices whose difference is beyond chance, after the correction for many slices where there is one, and that
/// moved otherwise than the metric as a whole: what goes the same way everywhere is told once, not slice by slice.
pub fn moved_slices(report: &Report) -> Vec<&Comparison> {
    let alpha = alpha(report);
    let all = &report.analysis.comparisons;
    let as_a_whole = |c: &Comparison| {
        let whole = all.iter().find(|w| {
            w.slice.is_none() && (&w.metric, &w.baseline, &w.candidate) == (&c.metric, &c.baseline, &c.candidate)
        });
        whole.is_some_and(|w| Direction::of(report, w) == Direction::of(report, c))
    };
    let slices = all.iter().filter(|c| c.slice.is_some());
    slices.filter(|c| c.p_adjusted.or(c.p).is_some_and(|p| p < alpha) && !as_a_whole(c)).collect()
}
