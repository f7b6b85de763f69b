//! Planning of the paired t-test, exact for few cases.

use super::dist::{bisect, normal_cdf, upper_t};
use super::error::{CannotEstimate, check_range, finite};
use super::power::{Plan, positive};

use statrs::function::gamma::ln_gamma;

/// The number of steps of the integration; an even one, as Simpson's rule needs. From so many degrees of freedom on, the
/// density has the shape of a bell and is nothing at both ends, where a tenth of the steps gives the same digits.
const STEPS: usize = 4000;
const STEPS_OF_A_BELL: usize = 400;
const BELL: f64 = 100.0;

/// The power of the two-sided paired t-test at `alpha` per side with `n` cases, for the
/// standardised difference `dz` = mean / sd: both tails of the noncentral t distribution.
///
/// # Errors
/// If `n` is below 2, `dz` is not finite, or `alpha` lies outside of its range.
pub fn paired_t_power(dz: f64, n: f64, alpha: f64) -> Result<f64, CannotEstimate> {
    tails(dz, n, alpha, true)
}

/// The power of the one-sided paired t-test, as [`paired_t_power`] without the lower tail.
///
/// # Errors
/// As [`paired_t_power`].
pub fn paired_t_power_one_sided(dz: f64, n: f64, alpha: f64) -> Result<f64, CannotEstimate> {
    tails(dz, n, alpha, false)
}

fn tails(dz: f64, n: f64, alpha: f64, both: bool) -> Result<f64, CannotEstimate> {
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
        let below = if both { normal_cdf(-shift - critical * s) } else { 0.0 };
        let beyond = normal_cdf(shift - critical * s) + below;
        ln_density.exp() * beyond
    };
    let steps = if df < BELL { STEPS } else { STEPS_OF_A_BELL };
    let reach = 11.0 / (2.0 * df).sqrt();
    let (low, high) = ((1.0 - reach).max(1e-12), 1.0 + reach);
    let step = (high - low) / steps as f64;
    let weighted = |i: usize| {
        let weight = if i == 0 || i == steps { 1.0 } else { f64::from(2 + 2 * (i as u32 % 2)) };
        weight * integrand(low + step * i as f64)
    };
    Ok(finite((0..=steps).map(weighted).sum::<f64>() * step / 3.0)?.clamp(0.0, 1.0))
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
            return Err(CannotEstimate::Undefined("more than a billion cases are needed"));
        }
    }
    Ok(if high == 2.0 { 2.0 } else { bisect(0.5 * high, high, |n| !reached(n)) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn power_of_no_difference_is_alpha() {
        for n in [2.0, 3.0, 30.0, 3000.0] {
            assert!((paired_t_power(0.0, n, 0.025).unwrap() - 0.05).abs() < 1e-6, "{n}");
        }
    }

    #[test]
    fn fewer_steps_give_the_same_digits() {
        // The power just below and just above the change of steps, with cases between which it hardly changes.
        let power = |n: f64| paired_t_power_one_sided(0.25, n, 0.025).unwrap();
        let before = power(1.0 + BELL - 1e-9);
        assert!((before - power(1.0 + BELL + 1e-9)).abs() < 1e-10, "{before}");
    }

    #[test]
    fn refuses_what_cannot_be_planned() {
        assert!(paired_t_power(0.1, 1.0, 0.025).is_err());
        assert!(paired_t_power(f64::NAN, 10.0, 0.025).is_err());
        assert!(paired_t_cases(0.0, Plan { alpha: 0.025, power: 0.8 }).is_err());
        assert!(paired_t_cases(1e-9, Plan { alpha: 0.025, power: 0.8 }).is_err());
    }
}
