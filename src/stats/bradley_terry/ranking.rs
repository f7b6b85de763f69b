//! The fitted strengths, and what is said of them: differences, chances, coefficients, errors.

use super::connection::Connection;
use super::error::CannotRank;
use super::likelihood::Likelihood;
use super::table::Table;
use super::ties::{Chances, Counts, Ties};
use super::{Comparison, Model};
use crate::stats::error::{CannotEstimate, check_range, finite};
use crate::stats::inference::Inference;
use crate::stats::mean::ClusterT;
use crate::stats::newton::Maximum;

/// The strengths of items, fitted to comparisons. Every number is finite.
#[derive(Debug, Clone)]
pub struct Ranking {
    pub(super) table: Table,
    pub(super) model: Model,
    pub(super) counts: Vec<Counts>,
    pub(super) maximum: Maximum,
    strengths: Vec<f64>,
}

/// A linear combination of the estimates: its value and its direction among the parameters.
struct Contrast {
    estimate: f64,
    along: Vec<f64>,
}

impl Ranking {
    /// Fits the strengths of `items` items. `covariates` are columns with a number for each
    /// comparison, a difference left less right on a scale near 1 (see [`super::standardised`]).
    ///
    /// # Errors
    /// See [`CannotRank`]. With a prior above 0, connection and separation are no errors.
    pub fn fit(
        items: usize,
        comparisons: &[Comparison],
        covariates: &[&[f64]],
        model: Model,
    ) -> Result<Self, CannotRank> {
        check_range(model.prior, 0.0, f64::MAX)?;
        if items < 2 {
            return Err(CannotEstimate::TooFew("two items").into());
        }
        let table = Table::new(items, comparisons, covariates, model.ties)?;
        let counts = table.sum(&vec![1; table.clusters()]);
        if model.prior == 0.0 {
            match table.connection(&counts) {
                Connection::Strong => {}
                Connection::Disconnected(groups) => return Err(CannotRank::Disconnected(groups)),
                Connection::Separated(tiers) => return Err(CannotRank::Separated(tiers)),
            }
        }
        if model.ties.has_parameter() && counts.iter().all(|[win, _, loss]| win + loss == 0.0) {
            return Err(CannotRank::OnlyTies);
        }
        let likelihood = Likelihood::new(&table, &counts, model.ties, model.prior);
        let maximum = likelihood.maximum(None).ok_or(CannotRank::Undetermined)?;
        let strengths = likelihood.strengths(&maximum.at);
        Ok(Self { table, model, counts, maximum, strengths })
    }

    pub(super) fn likelihood(&self) -> Likelihood<'_> {
        Likelihood::new(&self.table, &self.counts, self.model.ties, self.model.prior)
    }

    /// The strength of each item, as log-odds with a mean of 0.
    pub fn strengths(&self) -> &[f64] {
        &self.strengths
    }

    /// The items from the strongest to the weakest; equal ones in ascending order.
    pub fn order(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.strengths.len()).collect();
        order.sort_by(|&a, &b| self.strengths[b].total_cmp(&self.strengths[a]).then(a.cmp(&b)));
        order
    }

    /// The number of independent cases.
    pub fn clusters(&self) -> usize {
        self.table.clusters()
    }

    /// The coefficients of the covariates: how much one unit of each moves the log-odds.
    pub fn coefficients(&self) -> &[f64] {
        let from = self.maximum.at.len() - self.table.covariates - usize::from(self.has_tie_parameter());
        &self.maximum.at[from..from + self.table.covariates]
    }

    /// Davidson's nu or Rao and Kupper's eta; 0 if there are no ties, `None` where ties are halves.
    pub fn tie_parameter(&self) -> Option<f64> {
        let likelihood = self.likelihood();
        let fitted = likelihood.ties().published(likelihood.tie_parameter(&self.maximum.at));
        self.model.ties.has_parameter().then_some(if self.has_tie_parameter() { fitted } else { 0.0 })
    }

    /// The chance of a tie between items of equal strength; `None` where ties are halves.
    pub fn tie_between_equals(&self) -> Option<f64> {
        let likelihood = self.likelihood();
        let tie = likelihood.ties().chances(0.0, likelihood.tie_parameter(&self.maximum.at)).tie;
        self.model.ties.has_parameter().then_some(tie)
    }

    fn has_tie_parameter(&self) -> bool {
        self.likelihood().ties() != Ties::Half
    }

    /// The log-likelihood of the comparisons, without the prior.
    pub fn log_likelihood(&self) -> f64 {
        self.likelihood().of_data(&self.maximum.at)
    }

    /// The chances of item `a` against item `b`, covariates being equal.
    ///
    /// # Errors
    /// If an item does not exist.
    pub fn chances(&self, a: usize, b: usize) -> Result<Chances, CannotRank> {
        let likelihood = self.likelihood();
        Ok(likelihood.ties().chances(self.between(a, b)?.estimate, likelihood.tie_parameter(&self.maximum.at)))
    }

    /// The strength of `a` less that of `b`, with Student's t on clusters - 1 degrees of freedom and
    /// the cluster-robust standard error of [`Ranking::clustered_se`]. The sigmoid of a bound is the
    /// bound of the chance to win, where ties are halves.
    ///
    /// # Errors
    /// If an item does not exist, there are fewer than two clusters, or they do not differ.
    pub fn difference(&self, a: usize, b: usize) -> Result<Inference, CannotRank> {
        Ok(self.inference(&self.between(a, b)?)?)
    }

    /// The log-odds of what a comparison with `b` is worth to `a`, a tie being worth half, as
    /// [`Ranking::difference`]: the sigmoid of the estimate and of its bounds is a win rate, whatever
    /// the model of ties. The error is that of strengths and ties together (delta method). Where ties
    /// are halves it is the difference itself.
    ///
    /// # Errors
    /// As there, and where the win rate is 0 or 1 to the last digit.
    pub fn win_rate_log_odds(&self, a: usize, b: usize) -> Result<Inference, CannotRank> {
        let between = self.between(a, b)?;
        let likelihood = self.likelihood();
        if likelihood.ties() == Ties::Half {
            return Ok(self.inference(&between)?);
        }
        let tie = likelihood.tie_parameter(&self.maximum.at);
        let worth = likelihood.ties().worth(between.estimate, tie);
        let variance = worth.value * worth.rest;
        let estimate = finite((worth.value / worth.rest).ln())?;
        let mut of_tie = vec![0.0; self.maximum.at.len()];
        of_tie.last_mut().into_iter().for_each(|last| *last = 1.0);
        let of_tie = self.maximum.information.solve(&of_tie);
        let parts = between.along.iter().zip(&of_tie);
        let along = parts.map(|(d, t)| (worth.by_difference * d + worth.by_tie * t) / variance).collect();
        Ok(self.inference(&Contrast { estimate, along })?)
    }

    /// The strength of an item less the mean of all, as [`Ranking::difference`].
    ///
    /// # Errors
    /// As there.
    pub fn strength(&self, item: usize) -> Result<Inference, CannotRank> {
        Ok(self.inference(&self.centred(item)?)?)
    }

    /// The coefficient of a covariate, as [`Ranking::difference`].
    ///
    /// # Errors
    /// As there.
    pub fn coefficient(&self, covariate: usize) -> Result<Inference, CannotRank> {
        let estimate = self.coefficients().get(covariate);
        let estimate = *estimate.ok_or(CannotEstimate::Undefined("there is no such covariate"))?;
        let mut direction = vec![0.0; self.maximum.at.len()];
        let from = self.maximum.at.len() - self.table.covariates - usize::from(self.has_tie_parameter());
        direction[from + covariate] = 1.0;
        let along = self.maximum.information.solve(&direction);
        Ok(self.inference(&Contrast { estimate, along })?)
    }

    /// The standard error of an item's strength if the model were true and every comparison
    /// independent: the inverse of the information. Too small where cases were judged repeatedly.
    ///
    /// # Errors
    /// If the item does not exist.
    pub fn model_se(&self, item: usize) -> Result<f64, CannotRank> {
        let direction = self.direction_of(item)?;
        let solved = self.maximum.information.solve(&direction);
        let variance: f64 = solved.iter().zip(&direction).map(|(x, c)| x * c).sum();
        Ok(finite(variance.max(0.0).sqrt())?)
    }

    /// The cluster-robust standard error of an item's strength: H^-1 M H^-1 with H the information
    /// and M the sum of squares of each cluster's slope, times G/(G-1) for G clusters. Where every
    /// comparison is a cluster of its own it is the plain sandwich.
    ///
    /// # Errors
    /// If the item does not exist, or there are fewer than two clusters.
    pub fn clustered_se(&self, item: usize) -> Result<f64, CannotRank> {
        Ok(self.spread(&self.influences(&self.centred(item)?.along))?)
    }

    /// How far each cluster moves the strength of `a` less that of `b`, to first order.
    pub(super) fn influences_between(&self, a: usize, b: usize) -> Result<Vec<f64>, CannotRank> {
        Ok(self.influences(&self.between(a, b)?.along))
    }

    pub(super) fn influences_of(&self, item: usize) -> Result<Vec<f64>, CannotRank> {
        Ok(self.influences(&self.centred(item)?.along))
    }

    fn influences(&self, along: &[f64]) -> Vec<f64> {
        let likelihood = self.likelihood();
        let clusters = self.table.by_cluster();
        clusters.map(|cluster| likelihood.influence(&self.maximum.at, cluster, along)).collect()
    }

    fn spread(&self, influences: &[f64]) -> Result<f64, CannotEstimate> {
        let groups = influences.len() as f64;
        if influences.len() < 2 {
            return Err(CannotEstimate::TooFew("two clusters"));
        }
        let squares: f64 = influences.iter().map(|influence| influence * influence).sum();
        finite((squares * groups / (groups - 1.0)).sqrt())
    }

    fn inference(&self, contrast: &Contrast) -> Result<Inference, CannotEstimate> {
        let se = self.spread(&self.influences(&contrast.along))?;
        // Clusters that agree to the last digit leave an error of rounding only.
        if se <= 1e-12 * contrast.estimate.abs().max(1.0) {
            return Err(CannotEstimate::NoSpread("comparisons"));
        }
        let method = "Bradley-Terry, t, cluster-robust";
        Ok(Inference::Mean(ClusterT::of(contrast.estimate, se, self.table.clusters(), method)))
    }

    fn between(&self, a: usize, b: usize) -> Result<Contrast, CannotRank> {
        self.check(a)?;
        self.check(b)?;
        let likelihood = self.likelihood();
        let mut direction = vec![0.0; self.maximum.at.len()];
        for (item, sign) in [(a, 1.0), (b, -1.0)] {
            if let Some(place) = likelihood.place(item) {
                direction[place] += sign;
            }
        }
        let along = self.maximum.information.solve(&direction);
        Ok(Contrast { estimate: self.strengths[a] - self.strengths[b], along })
    }

    fn centred(&self, item: usize) -> Result<Contrast, CannotRank> {
        let along = self.maximum.information.solve(&self.direction_of(item)?);
        Ok(Contrast { estimate: self.strengths[item], along })
    }

    /// One item less the mean of all.
    fn direction_of(&self, item: usize) -> Result<Vec<f64>, CannotRank> {
        self.check(item)?;
        let likelihood = self.likelihood();
        let items = self.strengths.len();
        let mut direction = vec![0.0; self.maximum.at.len()];
        for other in 0..items {
            if let Some(place) = likelihood.place(other) {
                direction[place] = f64::from(u8::from(other == item)) - 1.0 / items as f64;
            }
        }
        Ok(direction)
    }

    fn check(&self, item: usize) -> Result<(), CannotEstimate> {
        match item < self.strengths.len() {
            true => Ok(()),
            false => Err(CannotEstimate::Undefined("there is no such item")),
        }
    }
}
