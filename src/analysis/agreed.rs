//! Whether judges say what people said → shares with intervals, and what one judge agrees with more than another.

use super::findings::Share;
use crate::stats::{Infer, Sample, ScoreKind, default_for, shown_for};

/// Below so many cases the methods for few cases are used.
const FEW: usize = 30;

/// Whether a value says what a human said: 1 or 0, and ½ for a tie. A human who sees no difference in a pair is left out.
/// A score agrees within some units of the scale.
pub(super) fn agrees(value: f64, label: f64, within: f64, pairwise: bool) -> Option<f64> {
    if !pairwise {
        return Some(f64::from(u8::from((value - label).abs() <= within + 1e-9)));
    }
    let side = |x: f64| (x - 0.5).abs().gt(&1e-9).then_some(x > 0.5);
    let human = side(label)?;
    Some(side(value).map_or(0.5, |judge| f64::from(u8::from(judge == human))))
}

/// The mean of values in [0, 1], each with its cluster.
pub(super) fn share_of(values: &[(f64, u32)], alpha: f64) -> Option<Share> {
    let (of, clusters): (Vec<f64>, Vec<u32>) = values.iter().copied().unzip();
    let inference = default_for(kind(&of), Sample::Level(&of), &clusters, FEW).ok()?;
    let (low, high) = inference.interval(alpha);
    Some(Share { estimate: inference.estimate(), low: Some(low), high: Some(high), n: of.len() as u64 })
}

/// How much more the first of each two values in [0, 1] is than the second, over the same cases.
pub(super) fn difference_of(values: &[((f64, f64), u32)], alpha: f64) -> Option<Share> {
    let (both, clusters): (Vec<(f64, f64)>, Vec<u32>) = values.iter().copied().unzip();
    let (candidate, baseline): (Vec<f64>, Vec<f64>) = both.into_iter().unzip();
    let sample = Sample::Paired { candidate: &candidate, baseline: &baseline };
    let inference = shown_for(ScoreKind::Bounded { min: 0.0, max: 1.0 }, sample, &clusters, FEW).ok()?;
    let (low, high) = inference.interval(alpha);
    Some(Share { estimate: inference.estimate(), low: Some(low), high: Some(high), n: candidate.len() as u64 })
}

fn kind(values: &[f64]) -> ScoreKind {
    match values.iter().all(|value| *value == 0.0 || *value == 1.0) {
        true => ScoreKind::Binary,
        false => ScoreKind::Bounded { min: 0.0, max: 1.0 },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tie_is_half_right_and_a_humans_tie_says_nothing() {
        let of = |value, label| agrees(value, label, 0.0, true);
        assert_eq!([of(0.75, 1.0), of(0.5, 1.0), of(0.0, 1.0), of(1.0, 0.5)], [Some(1.0), Some(0.5), Some(0.0), None]);
        let near = |within| agrees(3.5, 4.0, within, false);
        assert_eq!([near(0.0), near(0.5)], [Some(0.0), Some(1.0)]);
    }
}
