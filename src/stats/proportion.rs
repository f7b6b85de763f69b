//! Pass rates of independent cases: Wilson, Clopper-Pearson, and Newcombe for two groups.

use super::dist::{beta_cdf, beta_quantile, normal_quantile, normal_sf};
use super::error::{CannotEstimate, pass};
use super::inference::{Infer, one_sided};

/// `passes` out of `n` independent cases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Proportion {
    passes: usize,
    n: usize,
}

impl Proportion {
    /// # Errors
    /// If `n` is zero or smaller than `passes`.
    pub fn new(passes: usize, n: usize) -> Result<Self, CannotEstimate> {
        match n {
            0 => Err(CannotEstimate::TooFew("one case")),
            n if passes > n => Err(CannotEstimate::Undefined("more passes than cases")),
            n => Ok(Self { passes, n }),
        }
    }

    /// Counts the ones among 0/1 values.
    ///
    /// # Errors
    /// If there is no value, or one that is neither 0 nor 1.
    pub fn from_values(values: &[f64]) -> Result<Self, CannotEstimate> {
        let mut passes = 0;
        for &value in values {
            passes += usize::from(pass(value)?);
        }
        Self::new(passes, values.len())
    }

    fn rate(self) -> f64 {
        self.passes as f64 / self.n as f64
    }

    fn se(self) -> Option<f64> {
        let rate = self.rate();
        Some((rate * (1.0 - rate) / self.n as f64).sqrt()).filter(|se| *se > 0.0)
    }

    /// Wilson's limits (low, high) for the normal quantile `z`, within 0 and 1:
    /// (p + z^2/2n -+ z sqrt(p q/n + z^2/4n^2)) / (1 + z^2/n).
    pub(crate) fn wilson(self, z: f64) -> (f64, f64) {
        let (p, n, z2) = (self.rate(), self.n as f64, z * z);
        let centre = p + z2 / (2.0 * n);
        let half = z * (p * (1.0 - p) / n + z2 / (4.0 * n * n)).sqrt();
        let scale = 1.0 + z2 / n;
        // At 0 and n passes one limit is exactly 0 or 1; rounding must not move it.
        let low = if self.passes == 0 {
            0.0
        } else {
            (centre - half) / scale
        };
        let high = if self.passes == self.n {
            1.0
        } else {
            (centre + half) / scale
        };
        (low.clamp(0.0, p), high.clamp(p, 1.0))
    }
}

/// Wilson's score interval for a proportion (Wilson 1927): all rates that the score test does not
/// reject. Its average coverage is close to nominal at any n, also at 0 and n passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wilson(pub Proportion);

impl Wilson {
    /// See [`Proportion::from_values`], also for the errors.
    pub fn from_values(values: &[f64]) -> Result<Self, CannotEstimate> {
        Proportion::from_values(values).map(Self)
    }

    /// The score statistic (p - x) / sqrt(x (1-x) / n); infinite where x allows no variation.
    fn z(self, x: f64) -> f64 {
        let distance = self.0.rate() - x;
        let variance = (x * (1.0 - x)).max(0.0) / self.0.n as f64;
        if distance == 0.0 {
            0.0
        } else {
            distance / variance.sqrt()
        }
    }
}

impl Infer for Wilson {
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
        "Wilson"
    }
    fn lower(&self, alpha: f64) -> f64 {
        self.0.wilson(-normal_quantile(one_sided(alpha))).0
    }
    fn upper(&self, alpha: f64) -> f64 {
        self.0.wilson(-normal_quantile(one_sided(alpha))).1
    }
    fn p_greater(&self, x: f64) -> f64 {
        normal_sf(self.z(x))
    }
    fn p_less(&self, x: f64) -> f64 {
        normal_sf(-self.z(x))
    }
}

/// The exact interval for a proportion (Clopper and Pearson 1934) from beta quantiles: its
/// one-sided bounds are wrong with probability alpha at most, at any n. Wider than [`Wilson`].
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
        let low = if passes == 0.0 {
            0.0
        } else {
            beta_quantile(one_sided(alpha), passes, failures + 1.0)
        };
        low.min(self.0.rate())
    }
    fn upper(&self, alpha: f64) -> f64 {
        let (passes, failures) = self.counts();
        // The mirror image, since 1 - alpha has no digits left for a small alpha.
        let low = if failures == 0.0 {
            0.0
        } else {
            beta_quantile(one_sided(alpha), failures, passes + 1.0)
        };
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

/// The difference p1 - p2 of two independent groups with Newcombe's hybrid score interval
/// (Newcombe 1998, method 10): (estimate, low, high) at confidence 1 - `alpha`.
pub fn newcombe_independent(first: Proportion, second: Proportion, alpha: f64) -> (f64, f64, f64) {
    let z = -normal_quantile(one_sided(0.5 * alpha));
    let (p1, p2) = (first.rate(), second.rate());
    let ((l1, u1), (l2, u2)) = (first.wilson(z), second.wilson(z));
    let difference = p1 - p2;
    (
        difference,
        difference - (p1 - l1).hypot(u2 - p2),
        difference + (u1 - p1).hypot(p2 - l2),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_passed_still_has_a_width() {
        let proportion = Proportion::new(0, 10).unwrap();
        for inference in [
            &Wilson(proportion) as &dyn Infer,
            &ClopperPearson(proportion),
        ] {
            let (low, high) = inference.interval(0.05);
            assert!(low == 0.0 && high > 0.2, "{}", inference.method());
            assert_eq!(inference.se(), None);
        }
    }

    #[test]
    fn p_values_invert_the_bounds() {
        let proportion = Proportion::new(37, 50).unwrap();
        for inference in [
            &Wilson(proportion) as &dyn Infer,
            &ClopperPearson(proportion),
        ] {
            for alpha in [0.01, 0.05, 0.3] {
                assert!((inference.p_greater(inference.lower(alpha)) - alpha).abs() < 1e-9);
                assert!((inference.p_less(inference.upper(alpha)) - alpha).abs() < 1e-9);
            }
        }
    }

    #[test]
    fn rates_outside_of_zero_and_one() {
        let all = Wilson(Proportion::new(5, 5).unwrap());
        assert_eq!((all.p_greater(-0.5), all.p_greater(1.5)), (0.0, 1.0));
        assert_eq!((all.p_greater(1.0), all.p_less(1.0)), (0.5, 0.5));
        let none = ClopperPearson(Proportion::new(0, 5).unwrap());
        assert_eq!((none.p_greater(0.3), none.p_less(2.0)), (1.0, 0.0));
    }

    #[test]
    fn refuses_what_is_no_proportion() {
        assert_eq!(
            Proportion::new(0, 0),
            Err(CannotEstimate::TooFew("one case"))
        );
        assert!(Proportion::new(3, 2).is_err());
        assert_eq!(
            Proportion::from_values(&[1.0, 0.5]),
            Err(CannotEstimate::NotBinary(0.5))
        );
    }
}
