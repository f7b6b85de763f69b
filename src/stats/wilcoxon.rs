//! Wilcoxon's signed-rank test for paired differences, and the Hodges-Lehmann estimate.

use super::dist::normal_sf;
use super::error::{CannotEstimate, check_finite};
use super::rank::{average_ranks, rounded};

/// What to do with differences of zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Zeros {
    /// Leave them out before ranking (Wilcoxon 1945).
    Drop,
    /// Rank them with the others, then leave their ranks out (Pratt 1959).
    Pratt,
}

/// The rank sums of the positive and the negative differences.
#[derive(Debug, Clone, PartialEq)]
pub struct SignedRanks {
    /// The sum of the ranks of positive differences.
    pub positive: f64,
    /// The sum of the ranks of negative differences.
    pub negative: f64,
    /// The number of differences that are not zero.
    pub nonzero: usize,
    mean: f64,
    variance: f64,
    /// Whether the ranks are 1 to n, each once, so that the exact distribution applies.
    plain: bool,
}

impl SignedRanks {
    /// Ranks the absolute differences, rounded to nine decimals so that ties are ties.
    ///
    /// # Errors
    /// If a difference is not finite or all are zero.
    pub fn new(differences: &[f64], zeros: Zeros) -> Result<Self, CannotEstimate> {
        check_finite(differences)?;
        let kept: Vec<f64> = differences
            .iter()
            .map(|&difference| rounded(difference))
            .filter(|&difference| difference != 0.0 || zeros == Zeros::Pratt)
            .collect();
        let ranks = average_ranks(
            &kept
                .iter()
                .map(|difference| difference.abs())
                .collect::<Vec<_>>(),
        );
        let sum_where = |chosen: fn(f64) -> bool| -> f64 {
            kept.iter()
                .zip(&ranks)
                .filter(|(d, _)| chosen(**d))
                .map(|(_, rank)| rank)
                .sum()
        };
        let nonzero = kept.iter().filter(|difference| **difference != 0.0).count();
        if nonzero == 0 {
            return Err(CannotEstimate::TooFew("one difference that is not zero"));
        }
        let mut used: Vec<f64> = kept
            .iter()
            .zip(&ranks)
            .filter(|(d, _)| **d != 0.0)
            .map(|(_, &rank)| rank)
            .collect();
        used.sort_by(f64::total_cmp);
        let plain = used
            .iter()
            .enumerate()
            .all(|(i, &rank)| rank == (i + 1) as f64);
        // Under the null hypothesis each rank r is positive with chance 1/2: mean r/2, variance
        // r^2/4. Summing the ranks as they are corrects for ties and for Pratt's zeros alike.
        let mean = used.iter().sum::<f64>() / 2.0;
        let variance = used.iter().map(|rank| rank * rank).sum::<f64>() / 4.0;
        Ok(Self {
            positive: sum_where(|d| d > 0.0),
            negative: sum_where(|d| d < 0.0),
            nonzero,
            mean,
            variance,
            plain,
        })
    }

    /// The smaller of the two rank sums.
    pub fn statistic(&self) -> f64 {
        self.positive.min(self.negative)
    }

    /// The two-sided p-value: exact up to 50 differences without ties, else normal.
    pub fn p_value(&self) -> f64 {
        self.p_exact().unwrap_or_else(|| self.p_normal(false))
    }

    /// The two-sided p-value of the exact distribution; `None` with ties, with Pratt's zeros, or
    /// beyond 50 differences.
    pub fn p_exact(&self) -> Option<f64> {
        if !self.plain || self.nonzero > 50 {
            return None;
        }
        // How many of the 2^n sign patterns give each rank sum.
        let largest = self.nonzero * (self.nonzero + 1) / 2;
        let mut patterns = vec![0.0; largest + 1];
        patterns[0] = 1.0;
        for rank in 1..=self.nonzero {
            for sum in (rank..=largest).rev() {
                patterns[sum] += patterns[sum - rank];
            }
        }
        let tail: f64 = patterns[..=self.statistic() as usize].iter().sum();
        Some((2.0 * tail / 2.0_f64.powi(self.nonzero as i32)).min(1.0))
    }

    /// The two-sided p-value by the normal approximation, corrected for ties; with `continuity`
    /// also for continuity (half a rank towards the mean).
    pub fn p_normal(&self, continuity: bool) -> f64 {
        let correction = if continuity { 0.5 } else { 0.0 };
        let distance = ((self.mean - self.statistic()).abs() - correction).max(0.0);
        (2.0 * normal_sf(distance / self.variance.sqrt())).min(1.0)
    }
}

/// The Hodges-Lehmann estimate that belongs to the test: the median of all n(n+1)/2 means of two
/// differences, each with itself included. O(n log n) by counting, without listing the means.
///
/// # Errors
/// If there is no difference or one is not finite.
pub fn hodges_lehmann(differences: &[f64]) -> Result<f64, CannotEstimate> {
    check_finite(differences)?;
    // Halving first keeps every sum of two finite.
    let mut halves: Vec<f64> = differences
        .iter()
        .map(|difference| difference / 2.0)
        .collect();
    halves.sort_by(f64::total_cmp);
    let n = halves.len() as u64;
    if n == 0 {
        return Err(CannotEstimate::TooFew("one case"));
    }
    let pairs = n * (n + 1) / 2;
    let (low, high) = (
        nth_mean(&halves, pairs.div_ceil(2)),
        nth_mean(&halves, pairs / 2 + 1),
    );
    Ok(low / 2.0 + high / 2.0)
}

/// The `k`-th smallest sum of two of the sorted `halves`.
fn nth_mean(halves: &[f64], k: u64) -> f64 {
    // A bisection over the floats in their order, so that the result is one of the sums exactly.
    let key = |x: f64| {
        let bits = x.to_bits() as i64;
        i128::from(if bits < 0 {
            i64::MIN.wrapping_sub(bits)
        } else {
            bits
        })
    };
    let float = |key: i128| {
        let bits = key as i64;
        f64::from_bits(if bits < 0 {
            i64::MIN.wrapping_sub(bits)
        } else {
            bits
        } as u64)
    };
    let last = halves[halves.len() - 1];
    let (mut low, mut high) = (key(halves[0] + halves[0]), key(last + last));
    while low < high {
        let middle = (low + high).div_euclid(2);
        if means_up_to(halves, float(middle)) >= k {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    float(low)
}

/// How many sums of two (each with itself and each later one) are `x` or less.
fn means_up_to(halves: &[f64], x: f64) -> u64 {
    let (mut count, mut partners) = (0, halves.len());
    for (i, &half) in halves.iter().enumerate() {
        while partners > i && half + halves[partners - 1] > x {
            partners -= 1;
        }
        if partners <= i {
            break;
        }
        count += (partners - i) as u64;
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hodges_lehmann_is_the_median_of_all_means() {
        for differences in [
            vec![0.5],
            vec![3.0, -1.0],
            vec![0.1, 0.7, -0.4, 0.7, 2.0, 0.0, -9.0],
        ] {
            let mut means = Vec::new();
            for (i, left) in differences.iter().enumerate() {
                means.extend(
                    differences[i..]
                        .iter()
                        .map(|right| left / 2.0 + right / 2.0),
                );
            }
            means.sort_by(f64::total_cmp);
            let m = means.len();
            let median = means[(m - 1) / 2] / 2.0 + means[m / 2] / 2.0;
            assert_eq!(hodges_lehmann(&differences), Ok(median));
        }
    }

    #[test]
    fn zeros_alone_have_no_ranks() {
        let error = Err(CannotEstimate::TooFew("one difference that is not zero"));
        assert_eq!(SignedRanks::new(&[0.0, 1e-12], Zeros::Drop), error);
        assert_eq!(SignedRanks::new(&[], Zeros::Pratt), error);
    }

    #[test]
    fn the_smallest_sample_proves_nothing() {
        let ranks = SignedRanks::new(&[2.0], Zeros::Drop).unwrap();
        assert_eq!((ranks.p_exact(), ranks.statistic()), (Some(1.0), 0.0));
        assert!(ranks.p_normal(true) > 0.9);
    }
}
