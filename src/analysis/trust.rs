//! The measures that a calibration is made of: correlation, κ and consistency, with bootstrap intervals over cases.

use std::collections::BTreeMap;

use polars::prelude::*;

use super::data::Tables;
use super::error::AnalysisError;
use super::findings::Share;
use super::joint::Joint;
use crate::stats::agreement::{LabelTable, Weights};
use crate::stats::bca::Bca;
use crate::stats::bootstrap::Resampling;
use crate::stats::rank::{kendall_tau_b, pearson, spearman};
use crate::stats::{CannotEstimate, Infer};
use crate::suite::{CandidateName, MetricName, Missing};

/// Below so many cases the methods for few cases are used.
pub const FEW: usize = 30;

/// Resamples of each bootstrap: enough for an interval's ends to be stable to about a tenth of their distance.
const RESAMPLES: usize = 1000;

/// The verdicts of one metric, by case.
#[derive(Debug, Default)]
pub struct Verdicts {
    by_case: BTreeMap<usize, Vec<Verdict>>,
}

/// One verdict as a calibration sees it.
#[derive(Debug, Clone)]
pub struct Verdict {
    /// Whose output, or whose was shown first.
    pub first: CandidateName,
    /// Whose was shown second; empty for scores.
    pub second: CandidateName,
    /// What was read; for preferences, how far the first is preferred.
    pub value: Option<f64>,
    /// Whether the judge answered and nothing could be read.
    pub unread: bool,
    /// The judge's words.
    pub reasoning: Option<String>,
}

/// The two candidates of a pair, in alphabetical order.
pub type Pair = (CandidateName, CandidateName);

impl Verdict {
    /// What a preference decided, in a word.
    pub fn decided(&self) -> String {
        match self.value {
            Some(v) if v > 0.5 => self.first.to_string(),
            Some(v) if v < 0.5 => self.second.to_string(),
            Some(_) => "tie".to_string(),
            None => "unparsed".to_string(),
        }
    }
}

impl Verdicts {
    /// The verdicts of a metric. Those that the provider failed on, or that were not asked, say nothing of the judge.
    ///
    /// # Errors
    /// A table that lacks a column.
    pub fn of(tables: &Tables, metric: &MetricName) -> Result<Self, AnalysisError> {
        let frame = tables.verdicts.clone().lazy().filter(col("metric").eq(lit(metric.as_str()))).collect()?;
        let index = frame.column("index")?.u64()?;
        let (first, second) = (frame.column("candidate")?.str()?, frame.column("second")?.str()?);
        let (status, value) = (frame.column("status")?.str()?, frame.column("value")?.f64()?);
        let reasoning = frame.column("reasoning")?.str()?;
        let mut found = Self::default();
        for row in 0..frame.height() {
            let unread = matches!(status.get(row), Some("unparsed" | "refused"));
            let (Some(index), Some(first)) = (index.get(row), first.get(row)) else { continue };
            if !unread && value.get(row).is_none() {
                continue;
            }
            let verdict = Verdict {
                first: first.into(),
                second: second.get(row).unwrap_or_default().into(),
                value: value.get(row),
                unread,
                reasoning: reasoning.get(row).map(str::to_string),
            };
            found.by_case.entry(usize::try_from(index).unwrap_or(usize::MAX)).or_default().push(verdict);
        }
        Ok(found)
    }

    /// Whether a case's verdict on a candidate was answered and could not be read.
    pub fn unread(&self, index: usize, candidate: &CandidateName) -> bool {
        self.by_case.get(&index).into_iter().flatten().any(|v| v.first == *candidate && v.unread)
    }

    /// The judge's words on a candidate, or on a pair in an order.
    pub fn words(&self, index: usize, first: &CandidateName, second: Option<&CandidateName>) -> Option<String> {
        let shown = |v: &&Verdict| v.first == *first && second.is_none_or(|s| v.second == *s);
        self.by_case.get(&index)?.iter().find(shown)?.reasoning.clone()
    }

    /// The verdicts on each pair of a case.
    pub fn pairs(&self, index: usize) -> BTreeMap<Pair, Vec<Verdict>> {
        let mut pairs: BTreeMap<Pair, Vec<Verdict>> = BTreeMap::new();
        for verdict in self.by_case.get(&index).into_iter().flatten() {
            let (a, b) = (verdict.first.clone(), verdict.second.clone());
            let pair = if a < b { (a, b) } else { (b, a) };
            pairs.entry(pair).or_default().push(verdict.clone());
        }
        pairs
    }
}

/// Whether the same output wins in both orders: 1 or 0; `None` where only one order can be told.
///
/// Under [`Missing::Wrong`] a verdict that could not be read is an answer of its own: two of them agree, one and a
/// readable one do not. That is the rule of the LLMBar authors.
pub fn consistency(orders: &[Verdict], missing: Missing) -> Option<f64> {
    let (forward, back): (Vec<&Verdict>, Vec<&Verdict>) = orders.iter().partition(|v| v.first < v.second);
    let (Some(forward), Some(back)) = (forward.first(), back.first()) else { return None };
    let winner = |v: &Verdict| v.value.map(|_| v.decided());
    match (winner(forward), winner(back)) {
        (Some(a), Some(b)) => Some(f64::from(u8::from(a == b))),
        (None, None) if missing == Missing::Wrong => Some(1.0),
        (_, _) if missing == Missing::Wrong => Some(0.0),
        _ => None,
    }
}

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

/// Cohen's κ of (judge, human, cluster) codes, with a BCa bootstrap interval over clusters. `None` where it is not defined.
pub fn kappa(coded: Vec<(usize, usize, u32)>, labels: usize, alpha: f64, seed: u64) -> Option<Share> {
    let statistic = |rows: &[usize]| {
        let mut counts = vec![vec![0.0; labels]; labels];
        for row in rows {
            let (judge, human, _) = coded[*row];
            counts[judge][human] += 1.0;
        }
        LabelTable::from_counts(counts).ok()?.cohen_kappa(Weights::Unweighted).ok().map(|k| k.kappa)
    };
    let all: Vec<usize> = (0..coded.len()).collect();
    let estimate = statistic(&all)?;
    let clusters: Vec<u32> = coded.iter().map(|(_, _, c)| *c).collect();
    Some(bootstrapped(estimate, coded.len(), &clusters, statistic, "kappa", alpha, seed))
}

/// An estimate with its bootstrap interval, where one can be given.
fn bootstrapped(
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
