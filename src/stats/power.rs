//! Planning: how many cases a comparison needs, and what it can detect.
//!
//! Numbers of cases are real numbers; round them up.

use super::dist::{bisect, normal_cdf, normal_quantile, upper_t};
use super::error::{CannotEstimate, check_range, finite};

use statrs::function::gamma::ln_gamma;

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
    fn quantiles(self) -> Result<(f64, f64), CannotEstimate> {
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
pub fn repeated_cases(
    between: f64,
    sides: [(f64, f64); 2],
    delta: f64,
    plan: Plan,
) -> Result<f64, CannotEstimate> {
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

/// The power of the two-sided paired t-test at `alpha` per side with `n` cases, for the
/// standardised difference `dz` = mean / sd: both tails of the noncentral t distribution.
///
/// # Errors
/// If `n` is below 2, `dz` is not finite, or `alpha` lies outside of its range.
pub fn paired_t_power(dz: f64, n: f64, alpha: f64) -> Result<f64, CannotEstimate> {
    check_range(n, 2.0, 1e9)?;
    check_range(alpha, 1e-12, 0.5)?;
    check_range(dz, -1e6, 1e6)?;
    let (df, shift) = (n - 1.0, dz * n.sqrt());
    let critical = upper_t(alpha, df);
    // Integrates over the estimated standard deviation s (in units of the true one), whose
    // density is 2 (df/2)^(df/2) / Gamma(df/2) s^(df-1) exp(-df s^2 / 2), by Simpson's rule over
    // eleven of its own standard deviations.
    let ln_scale = (2.0_f64).ln() + 0.5 * df * (0.5 * df).ln() - ln_gamma(0.5 * df);
    let integrand = |s: f64| {
        let ln_density = ln_scale + (df - 1.0) * s.ln() - 0.5 * df * s * s;
        let beyond = normal_cdf(shift - critical * s) + normal_cdf(-shift - critical * s);
        ln_density.exp() * beyond
    };
    let reach = 11.0 / (2.0 * df).sqrt();
    let (low, high) = ((1.0 - reach).max(1e-12), 1.0 + reach);
    const STEPS: usize = 4000;
    let step = (high - low) / STEPS as f64;
    let weighted = |i: usize| {
        let weight = if i == 0 || i == STEPS {
            1.0
        } else {
            f64::from(2 + 2 * (i as u32 % 2))
        };
        weight * integrand(low + step * i as f64)
    };
    Ok(finite((0..=STEPS).map(weighted).sum::<f64>() * step / 3.0)?.clamp(0.0, 1.0))
}

/// The cases that the two-sided paired t-test needs for the standardised difference `dz`.
///
/// # Errors
/// If a rate lies outside of its range, `dz` is zero, or more than 10^9 cases are needed.
pub fn paired_t_cases(dz: f64, plan: Plan) -> Result<f64, CannotEstimate> {
    plan.quantiles()?;
    positive(dz.abs())?;
    let reached = |n: f64| paired_t_power(dz, n, plan.alpha).is_ok_and(|power| power >= plan.power);
    let mut high = 2.0;
    while !reached(high) {
        high *= 2.0;
        if high > 1e9 {
            return Err(CannotEstimate::Undefined(
                "more than a billion cases are needed",
            ));
        }
    }
    Ok(if high == 2.0 {
        2.0
    } else {
        bisect(0.5 * high, high, |n| !reached(n))
    })
}

fn positive(value: f64) -> Result<f64, CannotEstimate> {
    check_range(value, f64::MIN_POSITIVE, f64::MAX).map(|()| value)
}

fn not_negative(value: f64) -> Result<f64, CannotEstimate> {
    check_range(value, 0.0, f64::MAX).map(|()| value)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAN: Plan = Plan {
        alpha: 0.025,
        power: 0.8,
    };

    #[test]
    fn cases_and_detectable_difference_invert_each_other() {
        let cases = paired_cases(0.4, 0.03, PLAN).unwrap();
        assert!((paired_detectable(0.4, cases, PLAN).unwrap() - 0.03).abs() < 1e-12);
    }

    #[test]
    fn repeats_reduce_the_variance_within_cases_only() {
        let cases =
            |repeats| repeated_cases(0.3, [(0.2, repeats), (0.2, repeats)], 0.02, PLAN).unwrap();
        assert!(cases(1.0) > cases(4.0));
        assert!(cases(1e9) > paired_cases(0.3, 0.02, PLAN).unwrap() * (1.0 - 1e-12));
    }

    #[test]
    fn refuses_what_cannot_be_planned() {
        assert!(paired_cases(0.0, 0.1, PLAN).is_err());
        assert!(paired_cases(0.1, 0.0, PLAN).is_err());
        assert!(paired_cases(0.1, f64::NAN, PLAN).is_err());
        assert!(
            paired_cases(
                0.1,
                0.1,
                Plan {
                    alpha: 0.0,
                    power: 0.8
                }
            )
            .is_err()
        );
        assert!(mcnemar_cases(0.1, 0.1, PLAN).is_err());
        assert!(mcnemar_cases(0.7, 0.6, PLAN).is_err());
        assert!(paired_t_power(0.1, 1.0, 0.025).is_err());
    }

    #[test]
    fn power_of_no_difference_is_alpha() {
        for n in [2.0, 3.0, 30.0, 3000.0] {
            assert!(
                (paired_t_power(0.0, n, 0.025).unwrap() - 0.05).abs() < 1e-6,
                "{n}"
            );
        }
    }
}
