//! From which confidence on a judge may answer alone, so that it seldom disagrees with humans.

use super::dist::beta_quantile;
use super::error::{CannotEstimate, check_finite, check_lengths};

/// What is promised of the answers that a judge gives alone.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Promise {
    /// No larger share of them disagrees with humans, in truth.
    pub risk: f64,
    /// The chance that the promise is broken, over calibration sets.
    pub delta: f64,
    /// A threshold needs at least so many answers; 30 in the authors' code.
    pub least: usize,
}

/// What a search for a threshold found.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Search {
    /// The lowest threshold that keeps the promise. Where there is none, the judge must not answer alone.
    pub kept: Option<Threshold>,
    /// The highest threshold with enough answers, whether it keeps the promise or not: why there is none, where there is none.
    /// (The authors' code lets a judge answer by this one where none keeps the promise. karat does not.)
    pub strictest: Option<Threshold>,
}

/// A threshold of confidence: the judge answers from here on, and below it the case goes to the next.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Threshold {
    /// The least confidence that answers.
    pub confidence: f64,
    /// Calibration cases that reach it.
    pub answered: usize,
    /// Those of them that disagree with the human.
    pub wrong: usize,
    /// The upper bound of the risk at 1 - delta.
    pub bound: f64,
}

/// Steps of the grid of thresholds from 0 to 1, as in the authors' code. It is fixed before the data are seen.
const STEPS: usize = 5000;

/// Finds the lowest threshold that keeps a promise, by fixed-sequence testing from the highest down (Jung, Brahman and Choi
/// 2024, arXiv:2407.18370, section 2.2): it ends at the first threshold whose risk cannot be shown to be below the limit, so
/// nothing needs to be corrected for the many thresholds. The bound on the risk is Clopper and Pearson's.
///
/// `confidences` are 0 to 1, `agrees` says whether the judge and the human agree on that case. In a cascade each judge is
/// calibrated on the cases that reach it.
///
/// # Errors
/// Columns of different length, a confidence that is not finite, or a promise that is none.
pub fn threshold(confidences: &[f64], agrees: &[bool], promise: Promise) -> Result<Search, CannotEstimate> {
    check_lengths(confidences.len(), agrees.len())?;
    check_finite(confidences)?;
    let open = |share: f64| share > 0.0 && share < 1.0;
    if !open(promise.risk) || !open(promise.delta) {
        return Err(CannotEstimate::Undefined("risk and delta must lie between 0 and 1"));
    }
    let mut sorted: Vec<(f64, bool)> = confidences.iter().copied().zip(agrees.iter().copied()).collect();
    sorted.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut found = Search::default();
    let (mut answered, mut wrong) = (0, 0);
    let mut known: Option<(usize, usize, f64)> = None;
    for step in (0..STEPS).rev() {
        let confidence = step as f64 / (STEPS - 1) as f64;
        while let Some((_, agrees)) = sorted.get(answered).filter(|(own, _)| *own >= confidence) {
            wrong += usize::from(!agrees);
            answered += 1;
        }
        if answered < promise.least {
            continue;
        }
        let bound = match known {
            Some((n, k, bound)) if (n, k) == (answered, wrong) => bound,
            _ => highest_risk(wrong, answered, promise.delta),
        };
        known = Some((answered, wrong, bound));
        let threshold = Threshold { confidence, answered, wrong, bound };
        found.strictest.get_or_insert(threshold);
        if bound > promise.risk {
            break;
        }
        found.kept = Some(threshold);
    }
    Ok(found)
}

/// The largest risk at which so few errors still have the chance `delta`.
fn highest_risk(wrong: usize, answered: usize, delta: f64) -> f64 {
    if wrong >= answered {
        return 1.0;
    }
    1.0 - beta_quantile(delta, (answered - wrong) as f64, (wrong + 1) as f64)
}

/// How far a judge's confidence is from its accuracy: the expected calibration error over `bins` equal bins of `low..=1`,
/// weighted by their cases (Naeini, Cooper and Hauskrecht 2015). 0 for a judge that knows how often it is right.
///
/// # Errors
/// No case, columns of different length, or a confidence outside of `low..=1`.
pub fn calibration_error(confidences: &[f64], agrees: &[bool], low: f64, bins: usize) -> Result<f64, CannotEstimate> {
    check_lengths(confidences.len(), agrees.len())?;
    if confidences.is_empty() || bins == 0 {
        return Err(CannotEstimate::TooFew("one case"));
    }
    let mut sums = vec![(0.0, 0.0); bins];
    for (confidence, agrees) in confidences.iter().zip(agrees) {
        super::error::check_range(*confidence, low, 1.0)?;
        let share = (confidence - low) / (1.0 - low);
        // A confidence on the border of two bins belongs to the lower one.
        let bin = ((share * bins as f64).ceil() as usize).clamp(1, bins) - 1;
        sums[bin].0 += confidence;
        sums[bin].1 += f64::from(u8::from(*agrees));
    }
    Ok(sums.iter().map(|(confidence, right)| (confidence - right).abs()).sum::<f64>() / confidences.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROMISE: Promise = Promise { risk: 0.2, delta: 0.1, least: 30 };

    #[test]
    fn the_bound_is_that_of_clopper_and_pearson() {
        // No error among n: (1 - r)^n = delta.
        assert!((highest_risk(0, 50, 0.1) - (1.0 - 0.1_f64.powf(0.02))).abs() < 1e-12);
        assert_eq!(highest_risk(7, 7, 0.1), 1.0);
    }

    #[test]
    fn a_judge_may_answer_where_it_is_sure_only_if_it_is_right_there() {
        let confidences: Vec<f64> = (0..200).map(|i| f64::from(i) / 200.0).collect();
        let sure: Vec<bool> = (0..200).map(|i| i >= 100 || i % 2 == 0).collect();
        let found = threshold(&confidences, &sure, PROMISE).unwrap().kept.unwrap();
        assert!((0.2..0.4).contains(&found.confidence) && found.bound <= 0.2, "{found:?}");
        // The other way round, it is wrong where it is sure.
        let blind: Vec<bool> = sure.iter().rev().copied().collect();
        let found = threshold(&confidences, &blind, PROMISE).unwrap();
        assert!(found.kept.is_none() && found.strictest.is_some_and(|strictest| strictest.bound > 0.2));
        assert_eq!(threshold(&confidences[..20], &sure[..20], PROMISE), Ok(Search::default()));
    }

    #[test]
    fn refuses_what_is_no_promise() {
        assert!(threshold(&[0.5], &[true], Promise { risk: 0.0, ..PROMISE }).is_err());
        assert!(threshold(&[0.5], &[], PROMISE).is_err());
        assert!(calibration_error(&[0.2], &[true], 0.5, 10).is_err());
        let error = calibration_error(&[0.9, 0.9], &[true, false], 0.5, 10).unwrap();
        assert!((error - 0.4).abs() < 1e-12);
    }
}
