//! Whether a judge says the same again: the intraclass correlation of repeated scores.

use super::dist::{beta_quantile, normal_quantile};
use super::error::{CannotEstimate, check_finite};
use super::inference::{Infer, one_sided};

/// ICC(1), the share of the variance of single scores that lies between outputs and not between repeats of one (one-way
/// random effects; Shrout and Fleiss 1979), with their interval by the F distribution. 1: a judge that repeats itself.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Icc {
    ratio: f64,
    outputs: usize,
    repeats: f64,
    within: f64,
    degrees: (f64, f64),
}

impl Icc {
    /// From the scores of each output; those with a single score have no part in it.
    ///
    /// With unequal numbers of repeats their adjusted mean stands for all, and the interval is approximate.
    ///
    /// # Errors
    /// Fewer than two outputs with two scores, a score that is not finite, or scores that are all equal.
    pub fn new(outputs: &[Vec<f64>]) -> Result<Self, CannotEstimate> {
        let repeated: Vec<&Vec<f64>> = outputs.iter().filter(|scores| scores.len() > 1).collect();
        repeated.iter().try_for_each(|scores| check_finite(scores))?;
        if repeated.len() < 2 {
            return Err(CannotEstimate::TooFew("two outputs with two scores each"));
        }
        let n = repeated.len() as f64;
        let all: f64 = repeated.iter().map(|scores| scores.len() as f64).sum();
        let mean = |scores: &[f64]| scores.iter().sum::<f64>() / scores.len() as f64;
        let grand = repeated.iter().flat_map(|scores| scores.iter()).sum::<f64>() / all;
        let (mut between, mut within, mut sizes) = (0.0, 0.0, 0.0);
        for scores in &repeated {
            let own = mean(scores);
            between += scores.len() as f64 * (own - grand).powi(2);
            within += scores.iter().map(|score| (score - own).powi(2)).sum::<f64>();
            sizes += (scores.len() as f64).powi(2);
        }
        let degrees = (n - 1.0, all - n);
        let (between, within) = (between / degrees.0, within / degrees.1);
        if between <= 1e-24 {
            return Err(CannotEstimate::Constant("scores"));
        }
        Ok(Self {
            // Without any spread within, the ratio is taken as very large: the correlation is 1.
            ratio: between / within.max(1e-12 * between),
            outputs: repeated.len(),
            repeats: (all - sizes / all) / (n - 1.0),
            within: within.sqrt(),
            degrees,
        })
    }

    /// The standard deviation of one output's score over repeats.
    pub fn within(&self) -> f64 {
        self.within
    }

    fn at(&self, ratio: f64) -> f64 {
        (ratio - 1.0) / (ratio + self.repeats - 1.0)
    }
}

/// The F with P(F' > F) = `tail` for these degrees of freedom.
fn upper_f(tail: f64, (above, below): (f64, f64)) -> f64 {
    // B = below / (below + above F) is Beta(below/2, above/2), and P(F' > F) = P(B' < B).
    let b = beta_quantile(tail, 0.5 * below, 0.5 * above);
    below * (1.0 - b) / (above * b.max(f64::MIN_POSITIVE))
}

impl Infer for Icc {
    fn estimate(&self) -> f64 {
        self.at(self.ratio)
    }
    /// From the width of the interval at 95 %; the distribution is lopsided.
    fn se(&self) -> Option<f64> {
        let (low, high) = self.interval(0.05);
        Some((high - low) / (2.0 * normal_quantile(0.975))).filter(|se| *se > 0.0)
    }
    fn n(&self) -> usize {
        self.outputs
    }
    fn method(&self) -> &'static str {
        "ICC(1), F"
    }
    fn lower(&self, alpha: f64) -> f64 {
        self.at(self.ratio / upper_f(one_sided(alpha), self.degrees)).min(self.estimate())
    }
    fn upper(&self, alpha: f64) -> f64 {
        let (above, below) = self.degrees;
        self.at(self.ratio * upper_f(one_sided(alpha), (below, above))).max(self.estimate())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The six subjects and four raters of Shrout and Fleiss (1979), table 2; ICC(1,1) is .17 in their table 4.
    #[test]
    fn the_example_of_shrout_and_fleiss() {
        let rows = [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]];
        let outputs: Vec<Vec<f64>> = rows.iter().map(|row| row.iter().map(|x| f64::from(*x)).collect()).collect();
        let icc = Icc::new(&outputs).unwrap();
        assert!((icc.estimate() - 0.1657).abs() < 5e-5, "{}", icc.estimate());
        // -0.1329 and 0.7226: psych::ICC of R.
        let (low, high) = icc.interval(0.05);
        assert!((low + 0.1329).abs() < 5e-5 && (high - 0.7226).abs() < 5e-5, "{low} {high}");
    }

    #[test]
    fn a_judge_that_repeats_itself() {
        let same = Icc::new(&[vec![1.0, 1.0], vec![4.0, 4.0], vec![5.0, 5.0], vec![2.0]]).unwrap();
        assert!((same.estimate() - 1.0).abs() < 1e-9 && same.within() == 0.0 && same.n() == 3);
        assert_eq!(Icc::new(&[vec![3.0, 3.0], vec![3.0, 3.0]]), Err(CannotEstimate::Constant("scores")));
        assert!(Icc::new(&[vec![3.0, 4.0], vec![3.0]]).is_err());
    }
}
