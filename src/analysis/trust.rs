//! The measures that a calibration is made of: correlation, κ and consistency, with bootstrap intervals over cases.

use super::findings::Share;
use super::joint::Joint;
use crate::stats::bca::Bca;
use crate::stats::bootstrap::Resampling;
use crate::stats::rank::{kendall_tau_b, pearson, spearman};
use crate::stats::{CannotEstimate, Infer};

/// Below so many cases the methods for few cases are used.
pub const FEW: usize = 30;

/// Resamples of each bootstrap: enough for an interval's ends to be stable to about a tenth of their distance.
const RESAMPLES: usize = 1000;

/// Judge and human on the same outputs.
#[derive(Debug, Default)]
pub struct Paired {
    rows: Vec<(Option<f64>, f64, u32)>,
}

/// The same without gaps.
#[derive(Debug)]
pub struct Complete {
    judge: Vec<f64>,
    human: Vec<f64>,
    clusters: Vec<u32>,
}

impl Paired {
    /// Adds an output: what the judge said (if it could be read), what the human said, and its cluster.
    pub fn push(&mut self, judge: Option<f64>, human: f64, cluster: u32) {
        self.rows.push((judge, human, cluster));
    }

    /// All outputs.
    pub fn rows(&self) -> impl Iterator<Item = (Option<f64>, f64, u32)> + '_ {
        self.rows.iter().copied()
    }

    /// Some of them, by their places.
    pub fn at(&self, rows: &[usize]) -> Self {
        Self { rows: rows.iter().filter_map(|row| self.rows.get(*row).copied()).collect() }
    }

    /// Those that the judge scored, or all with `fill` in place of what could not be read.
    pub fn complete(&self, fill: Option<f64>) -> Complete {
        let mut complete = Complete { judge: Vec::new(), human: Vec::new(), clusters: Vec::new() };
        for (judge, human, cluster) in &self.rows {
            if let Some(judge) = judge.or(fill) {
                complete.judge.push(judge);
                complete.human.push(*human);
                complete.clusters.push(*cluster);
            }
        }
        complete
    }
}

/// The correlations of a calibration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Correlation {
    /// Spearman's ρ.
    Spearman,
    /// Kendall's τ-b.
    Kendall,
    /// Pearson's r.
    Pearson,
}

impl Correlation {
    /// Its name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Spearman => "spearman",
            Self::Kendall => "kendall",
            Self::Pearson => "pearson",
        }
    }

    fn of(self, x: &[f64], y: &[f64]) -> Result<f64, CannotEstimate> {
        match self {
            Self::Spearman => spearman(x, y),
            Self::Kendall => kendall_tau_b(x, y),
            Self::Pearson => pearson(x, y),
        }
    }
}

impl Complete {
    /// A correlation over all outputs, with a BCa bootstrap interval over clusters.
    ///
    /// # Errors
    /// Fewer than two outputs, or a side that does not vary.
    pub fn correlation(&self, kind: Correlation, alpha: f64, seed: u64) -> Result<Share, CannotEstimate> {
        let estimate = kind.of(&self.judge, &self.human)?;
        let joint = Joint::new(&self.judge, &self.human);
        let statistic = |rows: &[usize]| joint.correlation(kind, rows);
        Ok(bootstrapped(estimate, self.judge.len(), &self.clusters, statistic, kind.name(), alpha, seed))
    }
}

/// An estimate with its bootstrap interval, where one can be given.
pub(super) fn bootstrapped(
    estimate: f64,
    n: usize,
    clusters: &[u32],
    statistic: impl Fn(&[usize]) -> Option<f64>,
    name: &str,
    alpha: f64,
    seed: u64,
) -> Share {
    let interval =
        Bca::new(clusters, statistic, Resampling { resamples: RESAMPLES, seed, name }).ok().map(|b| b.interval(alpha));
    Share { estimate, low: interval.map(|i| i.0), high: interval.map(|i| i.1), n: n as u64 }
}

/// A number as short as it can be told.
pub fn short(x: f64) -> String {
    format!("{}", (x * 1e4).round() / 1e4)
}
