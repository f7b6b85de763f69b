//! The exact interval and test for a pass rate.

use super::dist::{beta_cdf, beta_quantile};
use super::error::CannotEstimate;
use super::inference::{Infer, one_sided};
use super::proportion::Proportion;

/// The exact interval for a proportion (Clopper and Pearson 1934) from beta quantiles: its
/// one-sided bounds are wrong with probability alpha at most, at any n. Wider than [`super::proportion::Wilson`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClopperPearson(pub Proportion);

impl ClopperPearson {
    /// See [`Proportion::from_values`], also for the errors.
    pub fn from_values(values: &[f64]) -> Result<Self, CannotEstimate> {
        Proportion::from_values(values).map(Self)
    }

    fn counts(self) -> (f64, f64) {
        (self.0.passes as f64, (self.0.n - self.0.passes) as f64)
    }
}

impl Infer for ClopperPearson {
    fn estimate(&self) -> f64 {
        self.0.rate()
    }
    fn se(&self) -> Option<f64> {
        self.0.se()
    }
    fn n(&self) -> usize {
        self.0.n
    }
    fn method(&self) -> &'static str {
        "Clopper-Pearson, exact"
    }
    fn lower(&self, alpha: f64) -> f64 {
        let (passes, failures) = self.counts();
        let low = if passes == 0.0 { 0.0 } else { beta_quantile(one_sided(alpha), passes, failures + 1.0) };
        low.min(self.0.rate())
    }
    fn upper(&self, alpha: f64) -> f64 {
        let (passes, failures) = self.counts();
        // The mirror image, since 1 - alpha has no digits left for a small alpha.
        let low = if failures == 0.0 { 0.0 } else { beta_quantile(one_sided(alpha), failures, passes + 1.0) };
        (1.0 - low).max(self.0.rate())
    }
    /// P(at least as many passes | rate x), 1 at the most: the exact binomial test.
    fn p_greater(&self, x: f64) -> f64 {
        let (passes, failures) = self.counts();
        match passes {
            // No rate lies below 0, as no bound does.
            _ if x < 0.0 => 0.0,
            0.0 => 1.0,
            _ => beta_cdf(x, passes, failures + 1.0),
        }
    }
    fn p_less(&self, x: f64) -> f64 {
        let (passes, failures) = self.counts();
        match failures {
            _ if x > 1.0 => 0.0,
            0.0 => 1.0,
            _ => beta_cdf(1.0 - x, failures, passes + 1.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn p_values_invert_the_bounds() {
        let inference = ClopperPearson(Proportion::new(37, 50).unwrap());
        for alpha in [0.01, 0.05, 0.3] {
            assert!((inference.p_greater(inference.lower(alpha)) - alpha).abs() < 1e-9);
            assert!((inference.p_less(inference.upper(alpha)) - alpha).abs() < 1e-9);
        }
    }

    #[test]
    fn nothing_passed_proves_little() {
        let none = ClopperPearson(Proportion::new(0, 10).unwrap());
        let (low, high) = none.interval(0.05);
        assert!(low == 0.0 && high > 0.3 && none.se().is_none());
        assert_eq!((none.p_greater(0.3), none.p_less(2.0), none.p_greater(-0.1)), (1.0, 0.0, 0.0));
    }
}
