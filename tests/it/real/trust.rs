//! An estimate of a calibration: its interval is there, and the estimate lies in it.

use serde_json::Value;

/// Fails where an interval is absent, turned round, or beside its estimate.
pub fn interval_holds(what: &str, share: &Value) {
    let [Some(low), Some(estimate), Some(high)] = ["low", "estimate", "high"].map(|key| share[key].as_f64()) else {
        panic!("{what}: no interval in {share}");
    };
    assert!(low <= estimate && estimate <= high, "{what}: {estimate} is not in {low} to {high}");
}
