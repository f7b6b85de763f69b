//! Planning by the normal distribution: how many cases a comparison needs, what it can detect.
//!
//! Numbers of cases are real numbers; round them up.

use super::dist::normal_quantile;
use super::error::{CannotEstimate, check_range, finite};

/// The error rates of a test that is planned.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Plan {
    /// The one-sided error rate; half of a two-sided one. Above 0, at most 0.5.
    pub alpha: f64,
    /// The probability to find the difference if it is there: from 0.5 to below 1.
    pub power: f64,
}

impl Plan {
    /// z_{1-alpha} and z_power.
    pub(crate) fn quantiles(self) -> Result<(f64, f64), CannotEstimate> {
        check_range(self.alpha, 1e-12, 0.5)?;
        check_range(self.power, 0.5, 1.0 - 1e-12)?;
        Ok((-normal_quantile(self.alpha), normal_quantile(self.power)))
    }
}

/// The cases that show a mean difference `delta` of paired scores whose differences have the
/// standard deviation `sd`: ((z_{1-alpha} + z_power) sd / delta)^2. For non-inferiority `delta`
/// is the margin plus the true difference.
///
/// # Errors
/// If a rate lies outside of its range, or `sd` or `delta` is not above zero.
pub fn paired_cases(sd: f64, delta: f64, plan: Plan) -> Result<f64, CannotEstimate> {
    let (z_alpha, z_power) = plan.quantiles()?;
    finite(((z_alpha + z_power) * positive(sd)? / positive(delta.abs())?).powi(2))
}

/// The smallest difference that `n` paired cases show: (z_{1-alpha} + z_power) sd / sqrt(n).
///
/// # Errors
/// As [`paired_cases`].
pub fn paired_detectable(sd: f64, n: f64, plan: Plan) -> Result<f64, CannotEstimate> {
    let (z_alpha, z_power) = plan.quantiles()?;
    finite((z_alpha + z_power) * positive(sd)? / positive(n)?.sqrt())
}

/// The cases needed with repeats (Miller 2024): (z_{1-alpha} + z_power)^2 (omega^2 + s_A^2/K_A +
/// s_B^2/K_B) / delta^2, for the standard deviation `between` cases of the true difference
/// (omega), and for each side the standard deviation within a case and the number of repeats.
///
/// # Errors
/// If a rate lies outside of its range, a standard deviation is negative, or a number of repeats
/// or `delta` is not above zero.
pub fn repeated_cases(between: f64, sides: [(f64, f64); 2], delta: f64, plan: Plan) -> Result<f64, CannotEstimate> {
    let mut variance = not_negative(between)?.powi(2);
    for (within, repeats) in sides {
        variance += not_negative(within)?.powi(2) / positive(repeats)?;
    }
    paired_cases(variance.sqrt(), delta, plan)
}

/// The cases for McNemar's test (Connor 1987), given the shares of cases that only the candidate
/// (`p10`) and only the baseline (`p01`) passes:
/// (z_{1-alpha} sqrt(p10+p01) + z_power sqrt(p10+p01 - (p10-p01)^2))^2 / (p10-p01)^2.
///
/// # Errors
/// If a rate or share lies outside of its range, or the shares are equal.
pub fn mcnemar_cases(p10: f64, p01: f64, plan: Plan) -> Result<f64, CannotEstimate> {
    let (z_alpha, z_power) = plan.quantiles()?;
    check_range(p10, 0.0, 1.0)?;
    check_range(p01, 0.0, 1.0)?;
    let discordant = p10 + p01;
    check_range(discordant, 0.0, 1.0)?;
    let difference = positive((p10 - p01).abs())?;
    let spread = (discordant - difference * difference).max(0.0).sqrt();
    finite(((z_alpha * discordant.sqrt() + z_power * spread) / difference).powi(2))
}

pub(crate) fn positive(value: f64) -> Result<f64, CannotEstimate> {
    check_range(value, f64::MIN_POSITIVE, f64::MAX).map(|()| value)
}

fn not_negative(value: f64) -> Result<f64, CannotEstimate> {
    check_range(value, 0.0, f64::MAX).map(|()| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAN: Plan = Plan { alpha: 0.025, power: 0.8 };

    #[test]
    fn cases_and_detectable_difference_invert_each_other() {
        let cases = paired_cases(0.4, 0.03, PLAN).unwrap();
        assert!((paired_detectable(0.4, cases, PLAN).unwrap() - 0.03).abs() < 1e-12);
    }

    #[test]
    fn repeats_reduce_the_variance_within_cases_only() {
        let cases = |repeats| repeated_cases(0.3, [(0.2, repeats), (0.2, repeats)], 0.02, PLAN).unwrap();
        assert!(cases(1.0) > cases(4.0));
        assert!(cases(1e9) > paired_cases(0.3, 0.02, PLAN).unwrap() * (1.0 - 1e-12));
    }

    #[test]
    fn refuses_what_cannot_be_planned() {
        assert!(paired_cases(0.0, 0.1, PLAN).is_err());
        assert!(paired_cases(0.1, 0.0, PLAN).is_err());
        assert!(paired_cases(0.1, f64::NAN, PLAN).is_err());
        assert!(paired_cases(0.1, 0.1, Plan { alpha: 0.0, power: 0.8 }).is_err());
        assert!(mcnemar_cases(0.1, 0.1, PLAN).is_err());
        assert!(mcnemar_cases(0.7, 0.6, PLAN).is_err());
    }
}
