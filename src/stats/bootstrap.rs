//! Resampling of cases for the BCa bootstrap, for any statistic and fast for the mean.

use super::bca::{Bca, acceleration};
use super::clusters::{members, totals};
use super::error::{CannotEstimate, finite};
use super::rng::{below, stream};

use rand::Rng;

/// How to resample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Resampling<'a> {
    /// The number of resamples; 2000 by default, more for small alphas.
    pub resamples: usize,
    /// The seed of the random numbers.
    pub seed: u64,
    /// The name of their stream, for instance the metric's, so that metrics do not share draws.
    pub name: &'a str,
}

impl Default for Resampling<'_> {
    fn default() -> Self {
        Self { resamples: 2000, seed: 0, name: "bootstrap" }
    }
}

impl Bca {
    /// Resamples whole clusters and evaluates `statistic` on the positions of the observations
    /// drawn (with repetitions, in no order). `statistic` gives `None` where it is not defined;
    /// such resamples are left out, up to one in twenty. The acceleration comes from a jackknife
    /// over clusters, in blocks where there are more than 500.
    ///
    /// # Errors
    /// If there are fewer than two clusters, or the statistic is undefined on the sample or on
    /// too many resamples, does not vary, or lies outside of all its replicates.
    pub fn new(
        clusters: &[u32],
        statistic: impl Fn(&[usize]) -> Option<f64>,
        how: Resampling,
    ) -> Result<Self, CannotEstimate> {
        let members = members(clusters);
        if members.len() < 2 {
            return Err(CannotEstimate::TooFew("two cases"));
        }
        let evaluate = |positions: &[usize]| statistic(positions).filter(|value| value.is_finite());
        let all: Vec<usize> = (0..clusters.len()).collect();
        let estimate = evaluate(&all).ok_or(CannotEstimate::Undefined("the statistic is not defined on the sample"))?;
        let mut rng = stream(how.seed, how.name);
        let mut positions = Vec::with_capacity(clusters.len());
        let mut replicates = Vec::with_capacity(how.resamples);
        for _ in 0..how.resamples {
            positions.clear();
            for _ in 0..members.len() {
                positions.extend_from_slice(&members[below(&mut rng, members.len())]);
            }
            replicates.extend(evaluate(&positions));
        }
        if replicates.len() * 20 < how.resamples * 19 {
            return Err(CannotEstimate::Undefined("the statistic is not defined on more than one resample in twenty"));
        }
        let blocks = members.len().min(500);
        let jackknife: Vec<f64> = (0..blocks)
            .filter_map(|left_out| {
                let kept = members.iter().enumerate().filter(|(i, _)| i % blocks != left_out);
                let kept: Vec<usize> = kept.flat_map(|(_, member)| member).copied().collect();
                evaluate(&kept)
            })
            .collect();
        Self::from_replicates(estimate, replicates, acceleration(&jackknife), members.len())
    }

    /// As [`Bca::new`] for the mean of `values`, by sums over clusters and therefore fast.
    ///
    /// # Errors
    /// If there are fewer than two clusters, the columns differ in length, a value is not finite,
    /// or the mean does not vary.
    pub fn mean(values: &[f64], clusters: &[u32], how: Resampling) -> Result<Self, CannotEstimate> {
        let totals = totals(values, clusters)?;
        let groups = totals.len();
        if groups < 2 {
            return Err(CannotEstimate::TooFew("two cases"));
        }
        let (sum, count) = totals.iter().fold((0.0, 0.0), |(sum, count), t| (sum + t.sum, count + t.count));
        let mut rng = stream(how.seed, how.name);
        let equal_sizes = totals.iter().all(|total| total.count == totals[0].count);
        let replicates = if equal_sizes {
            let sums: Vec<f64> = totals.iter().map(|total| total.sum).collect();
            (0..how.resamples).map(|_| resampled_sum(&sums, &mut rng) / count).collect()
        } else {
            let resample = |_| {
                let (mut sum, mut count) = (0.0, 0.0);
                for _ in 0..groups {
                    let total = totals[below(&mut rng, groups)];
                    sum += total.sum;
                    count += total.count;
                }
                sum / count
            };
            (0..how.resamples).map(resample).collect()
        };
        let jackknife: Vec<f64> = totals.iter().map(|total| (sum - total.sum) / (count - total.count)).collect();
        Self::from_replicates(finite(sum / count)?, replicates, acceleration(&jackknife), groups)
    }
}

/// Two draws from each 64-bit number: for fewer than 2^20 sums the bias stays below 2^-12 of one
/// draw's chance, and this loop is where a bootstrap spends its time.
fn resampled_sum(sums: &[f64], rng: &mut rand_pcg::Pcg64) -> f64 {
    let groups = sums.len() as u64;
    if groups >= 1 << 20 {
        return (0..groups).map(|_| sums[below(rng, sums.len())]).sum();
    }
    let mut total = 0.0;
    for _ in 0..groups / 2 {
        let bits = rng.next_u64();
        let first = ((bits & 0xffff_ffff) * groups) >> 32;
        let second = ((bits >> 32) * groups) >> 32;
        total += sums[first as usize] + sums[second as usize];
    }
    if groups % 2 == 1 {
        total += sums[below(rng, sums.len())];
    }
    total
}

#[cfg(test)]
mod tests {
    use super::super::clusters::singletons;
    use super::super::inference::Infer;
    use super::*;

    fn scores() -> Vec<f64> {
        (0..60).map(|i| f64::from(i * 13 % 17) / 16.0).collect()
    }

    fn mean_at(values: &[f64]) -> impl Fn(&[usize]) -> Option<f64> {
        |positions| {
            let sum: f64 = positions.iter().map(|&position| values[position]).sum();
            Some(sum / positions.len() as f64)
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_bounds() {
        let (values, clusters) = (scores(), singletons(60));
        let with_seed = |seed| {
            let how = Resampling { seed, ..Resampling::default() };
            Bca::mean(&values, &clusters, how).unwrap().interval(0.05)
        };
        assert_eq!(with_seed(1), with_seed(1));
        assert_ne!(with_seed(1), with_seed(2));
    }

    #[test]
    fn the_fast_path_agrees_with_the_general_one() {
        let values = scores();
        // Clusters of equal and of unequal sizes.
        for clusters in [singletons(60), (0..60).map(|i| i / 2).collect(), (0..60).map(|i| i * i / 100).collect()] {
            let how = Resampling { resamples: 4000, ..Resampling::default() };
            let fast = Bca::mean(&values, &clusters, how).unwrap();
            let general = Bca::new(&clusters, mean_at(&values), how).unwrap();
            assert!((fast.estimate() - general.estimate()).abs() < 1e-12);
            let (fast, general) = (fast.interval(0.05), general.interval(0.05));
            assert!((fast.0 - general.0).abs() < 0.01, "{fast:?} {general:?}");
            assert!((fast.1 - general.1).abs() < 0.01, "{fast:?} {general:?}");
        }
    }

    #[test]
    fn a_statistic_that_is_seldom_undefined_is_left_out() {
        let values = scores();
        let clusters = singletons(60);
        let how = Resampling { resamples: 500, ..Resampling::default() };
        let often = |positions: &[usize]| Some(0.5).filter(|_| positions[0].is_multiple_of(2));
        assert!(Bca::new(&clusters, often, how).is_err());
        let mean = mean_at(&values);
        let seldom = |positions: &[usize]| mean(positions).filter(|_| positions[0] != 59);
        assert!(Bca::new(&clusters, seldom, how).is_ok());
        assert!(Bca::new(&clusters, |_: &[usize]| Some(f64::NAN), how).is_err());
    }

    #[test]
    fn constants_and_single_cases_are_refused() {
        let how = Resampling::default();
        assert_eq!(Bca::mean(&[0.1; 9], &singletons(9), how), Err(CannotEstimate::Constant("resampled values")));
        assert_eq!(Bca::mean(&[0.1, 0.2], &[3, 3], how), Err(CannotEstimate::TooFew("two cases")));
        assert!(Bca::new(&[], |_: &[usize]| Some(1.0), how).is_err());
        assert!(Bca::mean(&[0.1, 0.2], &[0, 1], Resampling { resamples: 0, ..how }).is_err());
    }
}
