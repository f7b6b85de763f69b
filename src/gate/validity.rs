//! Whether a run measured at all: a measurement that did not happen is never green.

use super::words::percent;
use crate::analysis::{Counts, StatusCounts};

/// Why a run's numbers cannot be trusted, each in a sentence's worth of words; empty where they can.
pub fn problems(counts: &Counts, max_error_rate: f64) -> Vec<String> {
    let mut found = Vec::new();
    if counts.cases == 0 {
        found.push("there is no case".to_string());
    }
    if counts.outputs.total > 0 && counts.outputs.ok == 0 {
        found.push("there is no output".to_string());
    }
    let outputs = [("outputs".to_string(), &counts.outputs)];
    let verdicts = counts.by_metric.iter().map(|(metric, counts)| (format!("verdicts of {metric}"), counts));
    for (what, counts) in outputs.into_iter().chain(verdicts) {
        let rate = error_rate(counts);
        if rate > max_error_rate {
            let (percent, allowed) = (percent(rate), percent(max_error_rate));
            let (errors, total) = (counts.error, asked(counts));
            found.push(format!("{errors} of {total} {what} ended in an error ({percent}, and {allowed} are allowed)"));
        }
    }
    found
}

/// The share of what was asked that ended in an error.
fn error_rate(counts: &StatusCounts) -> f64 {
    if asked(counts) == 0 { 0.0 } else { counts.error as f64 / asked(counts) as f64 }
}

/// All but what was skipped for want of an output.
fn asked(counts: &StatusCounts) -> u64 {
    counts.total - counts.skipped
}
