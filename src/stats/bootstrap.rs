//! BCa bootstrap over cases for any statistic.

use super::clusters::{members, totals};
use super::dist::{normal_cdf, normal_quantile};
use super::error::{CannotEstimate, check_finite, finite};
use super::inference::{Infer, one_sided};
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
        Self {
            resamples: 2000,
            seed: 0,
            name: "bootstrap",
        }
    }
}

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
        let estimate = evaluate(&all).ok_or(CannotEstimate::Undefined(
            "the statistic is not defined on the sample",
        ))?;
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
            return Err(CannotEstimate::Undefined(
                "the statistic is not defined on more than one resample in twenty",
            ));
        }
        let blocks = members.len().min(500);
        let jackknife: Vec<f64> = (0..blocks)
            .filter_map(|left_out| {
                let kept = members
                    .iter()
                    .enumerate()
                    .filter(|(i, _)| i % blocks != left_out);
                let kept: Vec<usize> = kept.flat_map(|(_, member)| member).copied().collect();
                evaluate(&kept)
            })
            .collect();
        Self::from_replicates(
            estimate,
            replicates,
            acceleration(&jackknife),
            members.len(),
        )
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
        let (sum, count) = totals
            .iter()
            .fold((0.0, 0.0), |(sum, count), t| (sum + t.sum, count + t.count));
        let mut rng = stream(how.seed, how.name);
        let equal_sizes = totals.iter().all(|total| total.count == totals[0].count);
        let replicates = if equal_sizes {
            let sums: Vec<f64> = totals.iter().map(|total| total.sum).collect();
            (0..how.resamples)
                .map(|_| resampled_sum(&sums, &mut rng) / count)
                .collect()
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
        let jackknife: Vec<f64> = totals
            .iter()
            .map(|total| (sum - total.sum) / (count - total.count))
            .collect();
        Self::from_replicates(
            finite(sum / count)?,
            replicates,
            acceleration(&jackknife),
            groups,
        )
    }

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
            return Err(CannotEstimate::Undefined(
                "the estimate lies outside of all resamples",
            ));
        }
        let bias = normal_quantile((below + up_to) as f64 / (2 * replicates.len()) as f64);
        Ok(Self {
            estimate,
            replicates,
            bias,
            acceleration,
            cases,
        })
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
        let infinity = if z < 0.0 {
            f64::NEG_INFINITY
        } else {
            f64::INFINITY
        };
        normal_cdf(self.bias + if scale > 0.0 { z / scale } else { infinity })
    }

    fn quantile_of_replicates(&self, share: f64) -> f64 {
        let place = share * (self.replicates.len() - 1) as f64;
        let (low, high) = (
            self.replicates[place.floor() as usize],
            self.replicates[place.ceil() as usize],
        );
        low + (high - low) * place.fract()
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
    if acceleration.is_finite() {
        acceleration
    } else {
        0.0
    }
}

impl Infer for Bca {
    fn estimate(&self) -> f64 {
        self.estimate
    }
    /// The standard deviation of the replicates.
    fn se(&self) -> Option<f64> {
        let n = self.replicates.len() as f64;
        let mean = self.replicates.iter().sum::<f64>() / n;
        let squares: f64 = self
            .replicates
            .iter()
            .map(|value| (value - mean).powi(2))
            .sum();
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
