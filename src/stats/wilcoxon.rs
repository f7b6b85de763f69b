//! Wilcoxon's signed-rank test for paired differences.

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
        let ranks = average_ranks(&kept.iter().map(|difference| difference.abs()).collect::<Vec<_>>());
        let sum_where = |chosen: fn(f64) -> bool| -> f64 {
            kept.iter().zip(&ranks).filter(|(d, _)| chosen(**d)).map(|(_, rank)| rank).sum()
        };
        let nonzero = kept.iter().filter(|difference| **difference != 0.0).count();
        if nonzero == 0 {
            return Err(CannotEstimate::TooFew("one difference that is not zero"));
        }
        let mut used: Vec<f64> = kept.iter().zip(&ranks).filter(|(d, _)| **d != 0.0).map(|(_, &rank)| rank).collect();
        used.sort_by(f64::total_cmp);
        let plain = used.iter().enumerate().all(|(i, &rank)| rank == (i + 1) as f64);
        // Under the null hypothesis each rank r is positive with chance 1/2: mean r/2, variance
        // r^2/4. Summing the ranks as they are corrects for ties and for Pratt's zeros alike.
        let mean = used.iter().sum::<f64>() / 2.0;
        let variance = used.iter().map(|rank| rank * rank).sum::<f64>() / 4.0;
        Ok(Self { positive: sum_where(|d| d > 0.0), negative: sum_where(|d| d < 0.0), nonzero, mean, variance, plain })
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

#[cfg(test)]
mod tests {
    use super::*;

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
