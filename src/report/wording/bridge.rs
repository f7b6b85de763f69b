//! What stands between two judges whose scores are compared → words.

use super::Unit;
use crate::report::{Report, number, text};

/// A sentence for each metric whose two sides other judges scored: `quality: … bridged by 40 anchors: shift +0.12 (0.05 to 0.19)`.
pub fn bridges(report: &Report) -> Vec<String> {
    let whole = report.analysis.comparisons.iter().filter(|comparison| comparison.slice.is_none());
    let told = whole.filter_map(|comparison| {
        let bridge = comparison.bridge.as_ref()?;
        let unit = Unit::of(report, &comparison.metric);
        Some(format!(
            "{}: another judge scored {}, so the difference is bridged by {}: shift {}{} ({} to {}). It is taken from the \
             difference, and its uncertainty is in the interval; that holds as far as the judges differ on the cases as they do on \
             the anchors, in the mean",
            text::line(&comparison.metric),
            text::line(&comparison.baseline),
            number::counted(bridge.anchors, "anchor", "anchors"),
            unit.difference(Some(bridge.shift)),
            unit.name(),
            unit.difference(Some(bridge.low)),
            unit.difference(Some(bridge.high))
        ))
    });
    told.collect()
}
