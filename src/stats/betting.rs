//! Means of bounded scores by betting: bounds that hold for any number of cases.
//!
//! Waudby-Smith and Ramdas (2024, JRSS B, "Estimating means of bounded random variables by
//! betting"): for each candidate mean m a gambler bets that the scores lie above (or below) it.
//! If m is the true mean, wealth exceeds 1/alpha with probability alpha at most (Ville), so every
//! m against which the gambler grows that rich is excluded. Nothing is assumed but the range.

use super::dist::bisect;
use super::error::{CannotEstimate, check_range};
use super::inference::one_sided;

/// When the bets may be looked at.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Horizon {
    /// After any case: a confidence sequence. Bets shrink as sqrt(1 / (t ln(t+1))).
    Anytime,
    /// Once, after all n cases: an interval. Bets are sized for n and give tighter bounds.
    AtEnd,
}

/// The two-sided error rate that the sizes of the bets are tuned for. Bounds are valid at every
/// rate whatever the tuning; one tuning for all makes them nested and p-values agree with them.
const TUNED_FOR: f64 = 0.05;

/// One bet: the score in 0..=1, its weight in 0..=1, and the untruncated size of the bet.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Bet {
    score: f64,
    weight: f64,
    size: f64,
}

/// The bets of the hedged process on a sequence of scores, in the order given.
///
/// The size of bet t is sqrt(2 ln(2/alpha) / (t ln(t+1) s^2_{t-1})) (confidence sequence) or
/// sqrt(2 ln(2/alpha) / (n s^2_{t-1})) (interval), s^2_t = (1/4 + sum (x_i - m_i)^2) / (t+1),
/// m_t = (1/2 + sum x_i) / (t+1); against the mean m it is truncated to c/m upwards and c/(1-m)
/// downwards, c = 1/2 for sequences as in the authors' code, 3/4 for intervals.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Bets {
    bets: Vec<Bet>,
    truncation: f64,
}

impl Bets {
    /// From `scores` already scaled to 0..=1, each with a `weight` in 0..=1 fixed beforehand.
    pub(crate) fn place(scores: &[(f64, f64)], horizon: Horizon) -> Self {
        let (mut sum, mut squares) = (0.5, 0.25);
        let mut bets = Vec::with_capacity(scores.len());
        for (seen, &(score, weight)) in scores.iter().enumerate() {
            let t = (seen + 1) as f64;
            let variance = squares / t;
            let cases = match horizon {
                Horizon::Anytime => t * (t + 1.0).ln(),
                Horizon::AtEnd => scores.len() as f64,
            };
            let size = (2.0 * (2.0 / TUNED_FOR).ln() / (cases * variance)).sqrt();
            bets.push(Bet { score, weight, size });
            sum += score;
            squares += (score - sum / (t + 1.0)).powi(2);
        }
        let truncation = match horizon {
            Horizon::Anytime => 0.5,
            Horizon::AtEnd => 0.75,
        };
        Self { bets, truncation }
    }

    /// The log wealth after each case of the gambler who bets that the mean exceeds `m`.
    pub(crate) fn upward(&self, m: f64) -> impl Iterator<Item = f64> {
        self.path(m, |score| score)
    }

    /// The log wealth after each case of the gambler who bets that the mean is below `m`.
    pub(crate) fn downward(&self, m: f64) -> impl Iterator<Item = f64> {
        self.path(1.0 - m, |score| 1.0 - score)
    }

    fn path(&self, m: f64, side: impl Fn(f64) -> f64) -> impl Iterator<Item = f64> {
        let largest = self.truncation / m;
        self.bets.iter().scan(0.0, move |wealth, bet| {
            *wealth += (bet.size.min(largest) * bet.weight * (side(bet.score) - m)).ln_1p();
            Some(*wealth)
        })
    }

    #[cfg(test)]
    pub(crate) fn size(&self, t: usize) -> f64 {
        self.bets[t - 1].size
    }

    /// The largest m that upward bets exclude at `alpha`, 0 if they exclude none.
    pub(crate) fn lower(&self, alpha: f64) -> f64 {
        let needed = -alpha.ln();
        let excluded = |m: f64| self.upward(m).any(|wealth| wealth >= needed);
        if excluded(0.0) { bisect(0.0, 1.0, excluded) } else { 0.0 }
    }

    /// The smallest m that downward bets exclude at `alpha`, 1 if they exclude none.
    pub(crate) fn upper(&self, alpha: f64) -> f64 {
        let needed = -alpha.ln();
        let excluded = |m: f64| self.downward(m).any(|wealth| wealth >= needed);
        if excluded(1.0) { bisect(0.0, 1.0, |m| !excluded(m)) } else { 1.0 }
    }
}

/// The confidence sequence for the mean of scores in `min..=max` that arrive in the order given:
/// the interval (low, high) at confidence 1 - `alpha` after all of them. Intervals after every
/// case hold jointly, so one may look after each and stop at will. The order must be random and
/// fixed before looking; see [`super::rng::shuffle`].
///
/// # Errors
/// If there is no score, a score lies outside of the range, or the range is empty.
pub fn confidence_sequence(scores: &[f64], min: f64, max: f64, alpha: f64) -> Result<(f64, f64), CannotEstimate> {
    check_bounds(scores, min, max)?;
    let scaled: Vec<_> = scores.iter().map(|score| ((score - min) / (max - min), 1.0)).collect();
    let bets = Bets::place(&scaled, Horizon::Anytime);
    let alpha = one_sided(0.5 * alpha);
    let unscale = |m: f64| min + (max - min) * m;
    Ok((unscale(bets.lower(alpha)), unscale(bets.upper(alpha))))
}

/// Passes if the range is not empty and holds every score.
pub(crate) fn check_bounds(scores: &[f64], min: f64, max: f64) -> Result<(), CannotEstimate> {
    if !(min < max && (max - min).is_finite()) {
        return Err(CannotEstimate::Undefined("the range of the score is empty or not finite"));
    }
    if scores.is_empty() {
        return Err(CannotEstimate::TooFew("one case"));
    }
    scores.iter().try_for_each(|&score| check_range(score, min, max))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_bet_loses_everything() {
        let bets = Bets::place(&[(0.0, 1.0), (1.0, 1.0), (0.0, 0.5)], Horizon::AtEnd);
        for m in [0.0, 1e-9, 0.5, 1.0] {
            assert!(bets.upward(m).chain(bets.downward(m)).all(f64::is_finite), "{m}");
        }
    }

    #[test]
    fn bounds_mirror_with_the_scores() {
        let scores = [0.9, 0.4, 0.8, 0.7, 1.0, 0.9, 0.6, 0.8, 0.9, 0.7, 0.8, 0.9];
        let mirrored = scores.map(|score| -score);
        let (low, high) = confidence_sequence(&scores, 0.0, 1.0, 0.05).unwrap();
        let (mirrored_low, mirrored_high) = confidence_sequence(&mirrored, -1.0, 0.0, 0.05).unwrap();
        assert!((low + mirrored_high).abs() < 1e-12 && (high + mirrored_low).abs() < 1e-12);
    }

    #[test]
    fn refuses_a_range_that_cannot_be() {
        assert!(confidence_sequence(&[0.5], 1.0, 1.0, 0.05).is_err());
        assert!(confidence_sequence(&[0.5], 0.0, f64::INFINITY, 0.05).is_err());
        assert!(confidence_sequence(&[1.5], 0.0, 1.0, 0.05).is_err());
        assert!(confidence_sequence(&[], 0.0, 1.0, 0.05).is_err());
    }
}
