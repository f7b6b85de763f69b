//! Tail probabilities and quantiles of the normal, t, beta and binomial distributions.
//!
//! Tails are computed directly and never as 1 - cdf, so p-values keep their digits far out.

use statrs::function::erf::{erfc, erfc_inv};
use statrs::function::gamma::ln_gamma;

/// P(Z > z) for a standard normal Z.
pub(crate) fn normal_sf(z: f64) -> f64 {
    0.5 * erfc(z / std::f64::consts::SQRT_2)
}

/// P(Z <= z) for a standard normal Z.
pub(crate) fn normal_cdf(z: f64) -> f64 {
    normal_sf(-z)
}

/// The z with P(Z <= z) = p; `p` must lie strictly between 0 and 1.
pub(crate) fn normal_quantile(p: f64) -> f64 {
    -std::f64::consts::SQRT_2 * erfc_inv(2.0 * p)
}

/// P(T > t) for Student's t with `df` degrees of freedom; takes infinite `t` as well.
pub(crate) fn t_sf(t: f64, df: f64) -> f64 {
    if t.is_infinite() {
        return if t > 0.0 { 0.0 } else { 1.0 };
    }
    let tail = 0.5 * beta_cdf(df / (df + t * t), 0.5 * df, 0.5);
    if t >= 0.0 { tail } else { 1.0 - tail }
}

/// The t with P(T <= t) = p; `p` must lie strictly between 0 and 1.
pub(crate) fn t_quantile(p: f64, df: f64) -> f64 {
    if p < 0.5 {
        return -t_quantile(1.0 - p, df);
    }
    upper_t(1.0 - p, df)
}

/// The t with P(T > t) = `tail`, for tails up to one half.
pub(crate) fn upper_t(tail: f64, df: f64) -> f64 {
    let mut high = 1.0;
    while t_sf(high, df) > tail {
        high *= 2.0;
    }
    root(0.0, high, |t| t_sf(t, df) - tail)
}

/// The regularised incomplete beta function I_x(a, b) = P(B <= x) for B ~ Beta(a, b).
///
/// The continued fraction of Lentz. statrs stops after 140 terms, too few for parameters in the
/// hundred thousands, so the fraction stands here; the terms needed grow as sqrt(max(a, b)).
pub(crate) fn beta_cdf(x: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    let front = (ln_gamma(a + b) - ln_gamma(a) - ln_gamma(b) + a * x.ln() + b * (-x).ln_1p()).exp();
    if x < (a + 1.0) / (a + b + 2.0) {
        front * beta_fraction(x, a, b) / a
    } else {
        1.0 - front * beta_fraction(1.0 - x, b, a) / b
    }
}

fn beta_fraction(x: f64, a: f64, b: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let away_from_zero = |v: f64| if v.abs() < TINY { TINY } else { v };
    let mut c = 1.0;
    let mut d = 1.0 / away_from_zero(1.0 - (a + b) * x / (a + 1.0));
    let mut fraction = d;
    for m in 1..100_000 {
        let m = f64::from(m);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / away_from_zero(1.0 + even * d);
        c = away_from_zero(1.0 + even / c);
        fraction *= d * c;
        d = 1.0 / away_from_zero(1.0 + odd * d);
        c = away_from_zero(1.0 + odd / c);
        fraction *= d * c;
        if (d * c - 1.0).abs() < 1e-16 {
            break;
        }
    }
    fraction
}

/// The x with P(B <= x) = p for B ~ Beta(a, b).
pub(crate) fn beta_quantile(p: f64, a: f64, b: f64) -> f64 {
    bisect(0.0, 1.0, |x| beta_cdf(x, a, b) < p)
}

/// P(X <= k) for X ~ Binomial(n, 1/2).
pub(crate) fn fair_binomial_cdf(k: usize, n: usize) -> f64 {
    if k >= n {
        return 1.0;
    }
    beta_cdf(0.5, (n - k) as f64, (k + 1) as f64)
}

/// P(X = k) for X ~ Binomial(n, 1/2).
pub(crate) fn fair_binomial_pmf(k: usize, n: usize) -> f64 {
    let (k, n) = (k as f64, n as f64);
    let ln_choose = ln_gamma(n + 1.0) - ln_gamma(k + 1.0) - ln_gamma(n - k + 1.0);
    (ln_choose - n * std::f64::consts::LN_2).exp()
}

/// The point of `low..=high` up to which `below` holds, for a predicate that turns once from true
/// to false.
pub(crate) fn bisect(mut low: f64, mut high: f64, below: impl Fn(f64) -> bool) -> f64 {
    // 200 halvings reach neighbouring floats from any bracket used here; the loop ends there.
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            break;
        }
        if below(middle) {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}

/// The root of a continuous function that rises (or falls) through zero once between `low` and `high`, by false position
/// and halving in turn; both ends may be where the function is infinite. As exact as [`bisect`] and with a tenth of its calls
/// where the function is nearly straight.
pub(crate) fn root(mut low: f64, mut high: f64, f: impl Fn(f64) -> f64) -> f64 {
    let (mut at_low, mut at_high) = (f(low), f(high));
    if at_low == 0.0 || low >= high {
        return low;
    }
    if at_high == 0.0 {
        return high;
    }
    let rises = at_high > 0.0;
    let close = 1e-15 * (high - low).max(low.abs()).max(high.abs());
    for turn in 0..200 {
        let straight = low - at_low * (high - low) / (at_high - at_low);
        let inside = straight > low && straight < high && turn % 3 != 2;
        // A step beyond the line's root brings the other end near as well.
        let middle = if inside { straight } else { 0.5 * (low + high) };
        if high - low <= close || middle <= low || middle >= high {
            break;
        }
        let value = f(middle);
        if value == 0.0 {
            return middle;
        }
        if (value > 0.0) == rises {
            // The end that stays counts for less each time, or it would never move (Illinois).
            (high, at_high, at_low) = (middle, value, if inside { 0.5 * at_low } else { at_low });
        } else {
            (low, at_low, at_high) = (middle, value, if inside { 0.5 * at_high } else { at_high });
        }
    }
    0.5 * (low + high)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(left: f64, right: f64) {
        assert!((left - right).abs() <= 1e-10 * right.abs(), "{left} against {right}");
    }

    #[test]
    fn quantiles_of_tables() {
        close(normal_quantile(0.975), 1.959_963_984_540_054);
        close(normal_quantile(1e-9), -5.997_807_015_008_182);
        close(t_quantile(0.975, 1.0), 12.706_204_736_174_7);
        close(t_quantile(0.975, 9.0), 2.262_157_162_740_992);
        close(t_quantile(0.05, 30.0), -1.697_260_886_593_957);
    }

    #[test]
    fn tails_keep_their_digits() {
        close(normal_sf(10.0), 7.619_853_024_160_527e-24);
        // t with one degree of freedom is the Cauchy distribution.
        close(t_sf(1e6, 1.0), (1e-6_f64).atan() / std::f64::consts::PI);
        assert_eq!(t_sf(f64::NEG_INFINITY, 3.0), 1.0);
    }

    #[test]
    fn roots_are_found_from_wide_brackets() {
        for (low, high, at) in [(0.0, 1.0, 1e-12), (-5.0, 1e6, 3.0), (-1.0, 1.0, 1.0), (0.2, 0.2, 0.2)] {
            assert!((root(low, high, |x| (x - at).powi(3)) - at).abs() < 1e-4 * (1e-3 + at.abs()), "{at}");
            assert!((root(low, high, |x| (at - x) * (2.0 + x.sin())) - at).abs() < 1e-12 * high.abs().max(1.0), "{at}");
        }
        // Infinite at both ends.
        close(root(0.0, 1.0, |p| normal_quantile(p) - 1.5), normal_cdf(1.5));
    }

    #[test]
    fn beta_holds_for_large_parameters() {
        // By symmetry the median of Beta(a, a) is one half.
        assert!((beta_cdf(0.5, 400_000.0, 400_000.0) - 0.5).abs() < 1e-8);
        close(beta_quantile(0.5, 250_000.0, 250_000.0), 0.5);
        close(beta_cdf(0.3, 1.0, 1.0), 0.3);
    }

    #[test]
    fn fair_coin() {
        close(fair_binomial_cdf(3, 13), 378.0 / 8192.0);
        close(fair_binomial_pmf(3, 13), 286.0 / 8192.0);
        assert_eq!(fair_binomial_cdf(4, 4), 1.0);
    }
}
