//! Tests against reference numbers of scipy, statsmodels, scikit-learn and confseq.
//!
//! Those of `own` are part of this repository. The others read the folder named by the environment variable REAL_JUDGMENTS and skip without it.

mod corrections;
mod correlation;
mod escalation;
mod length_control;
mod means;
mod own;
mod panels;
mod proportions;
mod rankings;
mod raters;
mod sequences;
mod tests_of_ranks;

use serde_json::Value;

use crate::published;
pub(crate) use crate::published::rows as records;

/// One block of the reference vectors.
pub(crate) fn block(name: &str) -> Option<Value> {
    let text = published::text("stat_vectors/vectors.json")?;
    // The file holds bare NaN where a reference implementation gave none.
    let all: Value = serde_json::from_str(&text.replace("NaN", "null")).unwrap();
    Some(all[name].clone())
}

/// The differences candidate - base of the judge's scores in cje_arena, in file order.
pub(crate) fn cje_differences(candidate: &str) -> Option<Vec<f64>> {
    let rows = records("cje_arena/scores.jsonl")?;
    Some(rows.iter().map(|row| number(&row[candidate]) - number(&row["base"])).collect())
}

#[track_caller]
pub(crate) fn number(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

#[track_caller]
pub(crate) fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(number).collect()
}

#[track_caller]
pub(crate) fn count(value: &Value) -> usize {
    value.as_u64().unwrap() as usize
}

/// Asserts equality up to a relative error of 1e-9 (absolute below 1e-15, rounding of a zero).
#[track_caller]
pub(crate) fn close(ours: f64, reference: &Value) {
    within(ours, number(reference), 1e-9);
}

#[track_caller]
pub(crate) fn within(ours: f64, reference: f64, relative: f64) {
    let allowed = (relative * reference.abs()).max(1e-15);
    assert!((ours - reference).abs() <= allowed, "{ours} against {reference}");
}
