//! Bounds of a bootstrap distribution, bias-corrected and accelerated.

use super::dist::{normal_cdf, normal_quantile};
use super::error::{CannotEstimate, check_finite};
use super::inference::{Infer, one_sided};

/// A bootstrap distribution with its bias-corrected and accelerated bounds (Efron 1987):
/// the quantile of the replicates at Phi(z0 + (z0+z) / (1 - a (z0+z))), linearly interpolated.
///
/// Below about 30 cases no bootstrap is trustworthy; look at [`Infer::n`].
#[derive(Debug, Clone, PartialEq)]
pub struct Bca {
    estimate: f64,
    replicates: Vec<f64>,
    bias: f64,
    acceleration: f64,
    cases: usize,
}

impl Bca {
    /// From replicates computed elsewhere. `cases` is the number of independent cases.
    ///
    /// The bias is z0 = Phi^-1((#(t* < t) + #(t* <= t)) / 2B), where replicates within rounding of
    /// the estimate `t` count as equal to it.
    ///
    /// # Errors
    /// If there are fewer than two replicates, one is not finite, all are equal, or the estimate
    /// lies outside of them all.
    pub fn from_replicates(
        estimate: f64,
        mut replicates: Vec<f64>,
        acceleration: f64,
        cases: usize,
    ) -> Result<Self, CannotEstimate> {
        check_finite(&replicates)?;
        check_finite(&[estimate, acceleration])?;
        replicates.sort_by(f64::total_cmp);
        let (Some(first), Some(last)) = (replicates.first(), replicates.last()) else {
            return Err(CannotEstimate::TooFew("two resamples"));
        };
        let rounding = 1e-11 * estimate.abs().max(last - first);
        if last - first <= rounding {
            return Err(CannotEstimate::Constant("resampled values"));
        }
        let below = replicates.partition_point(|&t| t < estimate - rounding);
        let up_to = replicates.partition_point(|&t| t <= estimate + rounding);
        if up_to == 0 || below == replicates.len() {
            return Err(CannotEstimate::Undefined("the estimate lies outside of all resamples"));
        }
        let bias = normal_quantile((below + up_to) as f64 / (2 * replicates.len()) as f64);
        Ok(Self { estimate, replicates, bias, acceleration, cases })
    }

    #[cfg(test)]
    pub(crate) fn with_bias(self, bias: f64) -> Self {
        Self { bias, ..self }
    }

    /// The share of the replicates to cut off for the nominal share `p`.
    pub(crate) fn share(&self, p: f64) -> f64 {
        let z = self.bias + normal_quantile(p);
        let scale = 1.0 - self.acceleration * z;
        // Beyond this pole the transformation turns around; the end of the range is all there is.
        let infinity = if z < 0.0 { f64::NEG_INFINITY } else { f64::INFINITY };
        normal_cdf(self.bias + if scale > 0.0 { z / scale } else { infinity })
    }

    fn quantile_of_replicates(&self, share: f64) -> f64 {
        let place = share * (self.replicates.len() - 1) as f64;
        let (low, high) = (self.replicates[place.floor() as usize], self.replicates[place.ceil() as usize]);
        low + (high - low) * place.fract()
    }
}

/// The acceleration sum (m - J_i)^3 / (6 (sum (m - J_i)^2)^1.5) from the values J_i of a jackknife
/// with mean m; zero if they do not vary.
pub fn acceleration(jackknife: &[f64]) -> f64 {
    let mean = jackknife.iter().sum::<f64>() / jackknife.len().max(1) as f64;
    let (mut squares, mut cubes) = (0.0, 0.0);
    for value in jackknife {
        squares += (mean - value).powi(2);
        cubes += (mean - value).powi(3);
    }
    let acceleration = cubes / (6.0 * squares.powf(1.5));
    if acceleration.is_finite() { acceleration } else { 0.0 }
}

impl Infer for Bca {
    fn estimate(&self) -> f64 {
        self.estimate
    }
    /// The standard deviation of the replicates.
    fn se(&self) -> Option<f64> {
        let n = self.replicates.len() as f64;
        let mean = self.replicates.iter().sum::<f64>() / n;
        let squares: f64 = self.replicates.iter().map(|value| (value - mean).powi(2)).sum();
        Some((squares / (n - 1.0)).sqrt()).filter(|se| se.is_finite() && *se > 0.0)
    }
    fn n(&self) -> usize {
        self.cases
    }
    fn method(&self) -> &'static str {
        "BCa bootstrap over cases"
    }
    fn lower(&self, alpha: f64) -> f64 {
        self.quantile_of_replicates(self.share(one_sided(alpha)))
    }
    fn upper(&self, alpha: f64) -> f64 {
        self.quantile_of_replicates(self.share(1.0 - one_sided(alpha)))
    }
}
