//! The same outputs judged then and now → whether a judge drifted, under its name or with its card.

use super::{ProbeState, Probed, Values};
use crate::analysis::cases::Key;
use crate::analysis::data::Data;
use crate::stats::Infer;
use crate::suite::{CandidateName, MetricName, Probe};

/// One side: the scores, and the keys of their cases.
pub type Side<'a> = (&'a Data, &'a [Key]);

/// The mean change of a judge's scores of the same outputs, in units of the scale: `now` the outputs of an audit as they are,
/// `then` those of the run that they were taken from. It is held against the limit on both sides of zero.
pub fn drift(now: Side<'_>, then: (Side<'_>, &CandidateName), metric: &MetricName, alpha: f64, limit: f64) -> Probed {
    let absent = |why: &str| Probed::absent(Probe::Drift, limit, why.to_string());
    let ((then, then_keys), candidate) = then;
    let original = CandidateName::from("original");
    let (Some(new), Some(old)) = (now.0.metrics.get(metric), then.metrics.get(metric)) else {
        return absent("the run was not judged by this metric");
    };
    if new.is_pairwise() {
        return absent("it is measured for scores, and this judge compares");
    }
    let (Some(after), Some(before), Some((min, max))) =
        (new.levels.get(&original), old.levels.get(candidate), new.possible_levels())
    else {
        return absent("there are no scores of then and now");
    };
    let mut values = Values::default();
    for (place, key) in now.1.iter().enumerate() {
        let Some(was) = then_keys.iter().position(|known| known.is_of_same_id(*key)) else { continue };
        if let (Some(after), Some(before)) = (after.get(place), before.get(was)) {
            values.push((after - before) / (max - min), now.0.cases.clusters.get(place).copied().unwrap_or_default());
            values.cases += 1;
        }
    }
    let mut found = Probed::of(Probe::Drift, &values, (-1.0, 1.0), alpha, limit);
    if let Ok(inference) = values.infer((-1.0, 1.0)) {
        let (low, high) = (inference.lower(alpha), inference.upper(alpha));
        found.bound = Some(if -low > high { low } else { high });
        found.state = if low >= -limit && high <= limit {
            ProbeState::Pass
        } else if low > limit || high < -limit {
            ProbeState::Fail
        } else {
            ProbeState::Inconclusive
        };
    }
    found
}
