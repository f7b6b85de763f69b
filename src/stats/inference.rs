//! The one mechanism the gate stands on: an estimate with bounds and p-values that agree.

use super::bca::Bca;
use super::bounded::BettingMean;
use super::bridge::Bridged;
use super::corrected_mean::CorrectedMean;
use super::dist::{bisect, normal_quantile};
use super::error::CannotEstimate;
use super::exact::ClopperPearson;
use super::gaffke::GaffkeMean;
use super::mean::ClusterT;
use super::paired::{NewcombePaired, PairedTable};
use super::proportion::Wilson;
use super::rogan_gladen::RoganGladen;
use super::sequential::SequentialMean;

/// The smallest one-sided error rate that bounds are computed for; smaller ones are taken as this.
pub const SMALLEST_ALPHA: f64 = 1e-12;

/// Keeps a one-sided error rate where every method has a finite bound.
#[expect(clippy::manual_clamp, reason = "max drops a NaN, which so gives the widest bound and never a narrow one")]
pub(crate) fn one_sided(alpha: f64) -> f64 {
    alpha.max(SMALLEST_ALPHA).min(0.5)
}

/// What every method of inference about one number can answer.
///
/// All answers are finite. `alpha` is an error rate: [`SMALLEST_ALPHA`] to 0.5 one-sided, twice
/// that two-sided; rates outside are moved to the nearer end.
pub trait Infer {
    /// The point estimate.
    fn estimate(&self) -> f64;
    /// The standard error of the estimate, where the data give one above zero.
    fn se(&self) -> Option<f64>;
    /// The number of independent cases (clusters, where observations are clustered).
    fn n(&self) -> usize;
    /// The method, as a phrase fit for a report.
    fn method(&self) -> &'static str;
    /// The one-sided lower bound: it lies above the true value with probability `alpha` at most.
    fn lower(&self, alpha: f64) -> f64;
    /// The one-sided upper bound: it lies below the true value with probability `alpha` at most.
    fn upper(&self, alpha: f64) -> f64;

    /// The two-sided interval (low, high) at confidence 1 - `alpha`.
    fn interval(&self, alpha: f64) -> (f64, f64) {
        (self.lower(0.5 * alpha), self.upper(0.5 * alpha))
    }

    /// Whether the lower bound at `alpha` lies above `x`.
    fn is_above(&self, x: f64, alpha: f64) -> bool {
        self.lower(alpha) > x
    }

    /// Whether the upper bound at `alpha` lies below `x`.
    fn is_below(&self, x: f64, alpha: f64) -> bool {
        self.upper(alpha) < x
    }

    /// The p-value of H0: true value <= `x`, the smallest alpha whose lower bound exceeds `x`.
    ///
    /// Where a method has no closed form, the bound is inverted by bisection, and beyond one half
    /// (`x` above the estimate) the p-value continues as 1 - [`Infer::p_less`].
    fn p_greater(&self, x: f64) -> f64 {
        if self.lower(0.5) > x {
            bisect(SMALLEST_ALPHA, 0.5, |alpha| self.lower(alpha) <= x)
        } else {
            1.0 - bisect(SMALLEST_ALPHA, 0.5, |alpha| self.upper(alpha) >= x)
        }
    }

    /// The p-value of H0: true value >= `x`, the smallest alpha whose upper bound is below `x`.
    fn p_less(&self, x: f64) -> f64 {
        if self.upper(0.5) < x {
            bisect(SMALLEST_ALPHA, 0.5, |alpha| self.upper(alpha) >= x)
        } else {
            1.0 - bisect(SMALLEST_ALPHA, 0.5, |alpha| self.lower(alpha) <= x)
        }
    }

    /// The p-value of H0: true value = `x`: twice the smaller one-sided p-value, 1 at most.
    fn p_two_sided(&self, x: f64) -> f64 {
        (2.0 * self.p_greater(x).min(self.p_less(x))).min(1.0)
    }

    /// The quantile of the standardised estimate: normal, unless the method knows better.
    fn quantile(&self, p: f64) -> f64 {
        normal_quantile(p)
    }

    /// The smallest true difference that a one-sided test at `alpha` finds with probability
    /// `power` (0.5 to below 1), given cases like these: the wider distance from the estimate to
    /// its bound, plus the quantile of `power` times the standard error. For the t method this is
    /// (t_{1-alpha} + t_power) SE.
    ///
    /// `None` if the data give no positive distance.
    fn smallest_detectable(&self, alpha: f64, power: f64) -> Option<f64> {
        let estimate = self.estimate();
        let distance = (estimate - self.lower(alpha)).max(self.upper(alpha) - estimate);
        let reserve = self.quantile(1.0 - one_sided(1.0 - power)) * self.se().unwrap_or(0.0);
        Some(distance + reserve).filter(|difference| *difference > 0.0)
    }
}

/// An inference by one of the methods that karat knows. It answers through [`Infer`].
#[derive(Debug, Clone)]
pub enum Inference {
    /// Mean with a cluster-robust t.
    Mean(ClusterT),
    /// Proportion, Wilson's score interval.
    Wilson(Wilson),
    /// Proportion, exact.
    ClopperPearson(ClopperPearson),
    /// Difference of paired proportions, Newcombe's method 10.
    NewcombePaired(NewcombePaired),
    /// Mean of bounded scores by Gaffke's bounds; for any number of cases and any shape.
    Gaffke(GaffkeMean),
    /// Mean of bounded scores by betting; proved for any number of cases, and wider.
    Bounded(BettingMean),
    /// Mean of bounded scores that still come in; valid whenever it is looked at.
    Sequential(SequentialMean),
    /// A pass rate, corrected for a judge whose error rates are known from labels.
    RoganGladen(RoganGladen),
    /// A mean of human scores from few labels and many judged cases, for scores of any shape.
    Corrected(CorrectedMean),
    /// A difference between scores of two judges, bridged by what both judged.
    Bridged(Bridged),
    /// Any statistic by the bias-corrected and accelerated bootstrap.
    Bca(Bca),
}

impl Inference {
    /// The mean of `values` with the cluster-robust t; see [`ClusterT::new`].
    pub fn mean(values: &[f64], clusters: &[u32]) -> Result<Self, CannotEstimate> {
        ClusterT::new(values, clusters).map(Self::Mean)
    }

    /// The mean of paired differences with the cluster-robust t.
    pub fn mean_difference(differences: &[f64], clusters: &[u32]) -> Result<Self, CannotEstimate> {
        ClusterT::paired(differences, clusters).map(Self::Mean)
    }

    /// The proportion of ones among independent 0/1 `values`; see [`Wilson`].
    pub fn proportion(values: &[f64]) -> Result<Self, CannotEstimate> {
        Wilson::from_values(values).map(Self::Wilson)
    }

    /// The difference of two pass rates on the same cases; see [`NewcombePaired`]. Cases that
    /// pass on both sides (`a`), only with the candidate (`b`), only with the baseline (`c`), and
    /// on neither (`d`).
    pub fn newcombe_paired(a: usize, b: usize, c: usize, d: usize) -> Result<Self, CannotEstimate> {
        NewcombePaired::new(PairedTable { a, b, c, d }).map(Self::NewcombePaired)
    }

    /// The mean of independent scores known to lie in `min..=max`; see [`GaffkeMean::new`].
    pub fn bounded_mean(values: &[f64], min: f64, max: f64) -> Result<Self, CannotEstimate> {
        let clusters = super::clusters::singletons(values.len());
        GaffkeMean::new(values, &clusters, min, max).map(Self::Gaffke)
    }

    fn inner(&self) -> &dyn Infer {
        match self {
            Self::Mean(inner) => inner,
            Self::Wilson(inner) => inner,
            Self::ClopperPearson(inner) => inner,
            Self::NewcombePaired(inner) => inner,
            Self::Gaffke(inner) => inner,
            Self::Bounded(inner) => inner,
            Self::Sequential(inner) => inner,
            Self::RoganGladen(inner) => inner,
            Self::Corrected(inner) => inner,
            Self::Bridged(inner) => inner,
            Self::Bca(inner) => inner,
        }
    }
}

impl Infer for Inference {
    fn estimate(&self) -> f64 {
        self.inner().estimate()
    }
    fn se(&self) -> Option<f64> {
        self.inner().se()
    }
    fn n(&self) -> usize {
        self.inner().n()
    }
    fn method(&self) -> &'static str {
        self.inner().method()
    }
    fn lower(&self, alpha: f64) -> f64 {
        self.inner().lower(one_sided(alpha))
    }
    fn upper(&self, alpha: f64) -> f64 {
        self.inner().upper(one_sided(alpha))
    }
    fn is_above(&self, x: f64, alpha: f64) -> bool {
        self.inner().is_above(x, one_sided(alpha))
    }
    fn is_below(&self, x: f64, alpha: f64) -> bool {
        self.inner().is_below(x, one_sided(alpha))
    }
    /// A NaN is no hypothesis; it yields 1, which never counts as evidence.
    fn p_greater(&self, x: f64) -> f64 {
        if x.is_nan() { 1.0 } else { self.inner().p_greater(x) }
    }
    fn p_less(&self, x: f64) -> f64 {
        if x.is_nan() { 1.0 } else { self.inner().p_less(x) }
    }
    fn quantile(&self, p: f64) -> f64 {
        self.inner().quantile(p)
    }
}
