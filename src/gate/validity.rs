//! Whether a run measured at all: a measurement that did not happen is never green.

use super::words::percent;
use crate::analysis::{Counts, StatusCounts};

/// Why a run's numbers cannot be trusted, each in a sentence's worth of words; empty where they can.
pub fn problems(counts: &Counts, max_error_rate: f64) -> Vec<String> {
    let mut found = Vec::new();
    if counts.cases == 0 {
        found.push("there is no case".to_string());
    }
    if counts.outputs.total > 0 && counts.outputs.ok + counts.outputs.refused == 0 {
        found.push("there is no output".to_string());
    }
    for (what, counts) in [("outputs", &counts.outputs), ("verdicts", &counts.verdicts)] {
        let rate = error_rate(counts);
        if rate > max_error_rate {
            let (percent, allowed) = (percent(rate), percent(max_error_rate));
            let (errors, total) = (counts.error, counts.total);
            found.push(format!("{errors} of {total} {what} ended in an error ({percent}, and {allowed} are allowed)"));
        }
    }
    found
}

/// The share of outputs or verdicts that ended in an error.
fn error_rate(counts: &StatusCounts) -> f64 {
    if counts.total == 0 { 0.0 } else { counts.error as f64 / counts.total as f64 }
}
