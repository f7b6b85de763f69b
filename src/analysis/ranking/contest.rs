//! The candidates of a metric and the cases that compared them → their fitted strengths.

use super::super::cases::Cases;
use super::super::data::{Data, MetricScores};
use super::super::findings::Share;
use super::super::measure::FITTED;
use super::control::Columns;
use super::words::words;
use super::{AtEqual, Effect, Freed, Looks, Ranked, Ranking, TieShare, share};
use crate::run::baseline;
use crate::stats::bootstrap::Resampling;
use crate::stats::bradley_terry::{CannotRank, Comparison, Model, Placement, Ranking as Fitted, Ties};
use crate::stats::logistic::sigmoid;
use crate::suite::{CandidateName, MetricName, RankingSpec, Suite, TieModel};

/// Clusters beyond so many are added to each other in turns: groups of independent clusters are as independent.
const MOST_GROUPS: usize = 10_000;
/// Resamples of the groups, for ranks.
const RESAMPLES: usize = 1000;

/// The candidates of a metric and the pairs that were compared.
pub struct Contest<'a> {
    pub(super) cases: &'a Cases,
    scores: &'a MetricScores,
    baseline: usize,
    pub(super) items: Vec<&'a CandidateName>,
    /// Both by their number among the items: the first, and the second, whom the cases are worth something to.
    pub(super) pairs: Vec<(usize, usize)>,
    pub(super) spec: &'a RankingSpec,
    seed: u64,
}

/// Fitted strengths, and those at equal looks where there are.
struct Strengths<'a> {
    plain: &'a Fitted,
    freed: Option<&'a Fitted>,
}

impl<'a> Contest<'a> {
    pub fn of(suite: &'a Suite, data: &'a Data, scores: &'a MetricScores) -> Option<Self> {
        let compared = |name: &CandidateName| scores.compared().keys().any(|(a, b)| a == name || b == name);
        let items: Vec<&CandidateName> = suite.candidates.keys().filter(|name| compared(name)).collect();
        let number = |name: &CandidateName| items.iter().position(|item| *item == name);
        let pairs =
            scores.compared().keys().map(|(a, b)| Some((number(a)?, number(b)?))).collect::<Option<Vec<_>>>()?;
        let baseline = baseline(suite).and_then(|name| number(&name)).or(pairs.first().map(|pair| pair.0))?;
        Some(Self { cases: &data.cases, scores, baseline, items, pairs, spec: &suite.ranking, seed: suite.seed })
    }

    pub fn ranking(&self, metric: &MetricName, looks: Looks<'_>, alpha: f64) -> Option<Ranking> {
        let (comparisons, counts) = self.summed();
        let mut found = Ranking {
            metric: metric.to_string(),
            baseline: self.items.get(self.baseline)?.to_string(),
            candidates: Vec::new(),
            n: counts.iter().sum(),
            clusters: 0,
            method: String::new(),
            ties: None,
            freed: None,
        };
        if self.scores.fitted {
            found.method = format!("cannot be ranked: {FITTED}");
            return Some(found);
        }
        let fitted = match Fitted::fit(self.items.len(), &comparisons, &[], self.model()) {
            Ok(fitted) => fitted,
            Err(why) => {
                found.method = format!("cannot be ranked: {}", words(&why, &self.items));
                return Some(found);
            }
        };
        found.clusters = fitted.clusters() as u64;
        let of_ties = fitted.tie_parameter().zip(fitted.tie_between_equals());
        found.ties = of_ties.map(|(parameter, between_equals)| TieShare { parameter, between_equals });
        let name = format!("{metric}, ranking");
        let resampled = fitted.resample(Resampling { resamples: RESAMPLES, seed: self.seed, name: &name });
        let placements = resampled.map(|resampled| resampled.placements(alpha));
        let ranks = match &placements {
            Ok(_) => "ranks by bootstrap over cases".to_string(),
            Err(why) => format!("no range of ranks: {why}"),
        };
        found.method = format!("{}; t, cluster-robust; {ranks}", self.told());
        let freed = Columns::of(self, looks).map(|columns| (self.freed(&columns), columns));
        found.freed = freed.as_ref().map(|(fitted, columns)| columns.told(self, fitted.as_ref(), alpha));
        let freed = freed.as_ref().and_then(|(fitted, _)| fitted.as_ref().ok());
        let strengths = Strengths { plain: &fitted, freed };
        let ranked = |item: usize| {
            let placement = placements.as_ref().ok().and_then(|all| all.get(item));
            self.ranked(item, &strengths, placement, &counts, alpha)
        };
        found.candidates = fitted.order().into_iter().filter_map(ranked).collect();
        Some(found)
    }

    fn model(&self) -> Model {
        let ties = match self.spec.ties {
            TieModel::Half => Ties::Half,
            TieModel::Davidson => Ties::Davidson,
            TieModel::RaoKupper => Ties::RaoKupper,
        };
        Model { ties, ..Model::default() }
    }

    fn told(&self) -> String {
        let of = if self.scores.opening.is_empty() { "" } else { " of first matches" };
        let ties = match self.spec.ties {
            TieModel::Half => "ties as half",
            TieModel::Davidson => "ties by Davidson, a case with several verdicts by its mean",
            TieModel::RaoKupper => "ties by Rao and Kupper, a case with several verdicts by its mean",
        };
        format!("Bradley-Terry{of}, {ties}")
    }

    fn freed(&self, columns: &Columns) -> Result<Fitted, CannotRank> {
        let used = columns.used()?;
        Fitted::fit(self.items.len(), &columns.comparisons, &used, self.model())
    }

    fn ranked(
        &self,
        item: usize,
        strengths: &Strengths<'_>,
        placement: Option<&Placement>,
        counts: &[u64],
        alpha: f64,
    ) -> Option<Ranked> {
        let n = self.pairs.iter().zip(counts).filter(|((a, b), _)| *a == item || *b == item).map(|(_, n)| n).sum();
        let chance = |fitted: &Fitted| {
            let chances = (item != self.baseline).then(|| fitted.chances(item, self.baseline).ok())??;
            let estimate = chances.win + 0.5 * chances.tie;
            Some(match fitted.win_rate_log_odds(item, self.baseline) {
                Ok(inference) => Share { estimate, ..share(&inference, alpha, n, sigmoid) },
                Err(_) => Share { estimate, low: None, high: None, n },
            })
        };
        let fitted = strengths.plain;
        Some(Ranked {
            candidate: self.items.get(item)?.to_string(),
            strength: *fitted.strengths().get(item)?,
            se: fitted.clustered_se(item).ok(),
            chance: chance(fitted),
            rank: rank(fitted, item)?,
            best_rank: placement.map(|placement| placement.best as u64),
            worst_rank: placement.map(|placement| placement.worst as u64),
            first: placement.map(|placement| placement.first),
            at_equal: strengths.freed.and_then(|fitted| {
                let (strength, rank) = (*fitted.strengths().get(item)?, rank(fitted, item)?);
                Some(AtEqual { strength, se: fitted.clustered_se(item).ok(), chance: chance(fitted), rank })
            }),
        })
    }

    /// The comparisons of each pair, summed by cluster or group of clusters, and how many there are of each pair.
    fn summed(&self) -> (Vec<Comparison>, Vec<u64>) {
        let groups = self.cases.clusters.iter().max().map_or(0, |last| *last as usize + 1).min(MOST_GROUPS);
        let (mut comparisons, mut counts) = (Vec::new(), Vec::new());
        for (pair, (left, right)) in self.pairs.iter().enumerate() {
            let mut sums = vec![[0.0; 3]; groups];
            let mut count = 0;
            for (cluster, worth, _) in self.worths(pair) {
                if let Some([lost, tied, won]) = sums.get_mut(cluster as usize % groups) {
                    if worth == 0.5 {
                        *tied += 1.0;
                    } else {
                        *won += worth;
                        *lost += 1.0 - worth;
                    }
                    count += 1;
                }
            }
            let (left, right) = (*right, *left);
            for (sums, cluster) in sums.into_iter().zip(0..) {
                let outcomes = sums.into_iter().zip([0.0, 0.5, 1.0]).filter(|(weight, _)| *weight > 0.0);
                comparisons.extend(outcomes.map(|(weight, score)| Comparison { left, right, score, weight, cluster }));
            }
            counts.push(count);
        }
        (comparisons, counts)
    }

    /// The cluster of each case of a pair, what it is worth to the pair's second, and the case. To a model of ties a case is
    /// won, tied or lost, by the side of one half on which its verdicts lie.
    pub(super) fn worths(&self, pair: usize) -> impl Iterator<Item = (u32, f64, usize)> + '_ {
        let worths = self.scores.compared_on(pair);
        let clusters = self.cases.clusters.iter().enumerate();
        let whole = self.spec.ties != TieModel::Half;
        clusters.filter_map(move |(case, cluster)| {
            let worth = worths.as_ref()?.get(case)?;
            let outcome = if worth == 0.5 { 0.5 } else { f64::from(u8::from(worth > 0.5)) };
            Some((*cluster, if whole { outcome } else { worth }, case))
        })
    }
}

impl Columns {
    /// What was taken out, and what the judge makes of it.
    fn told(&self, contest: &Contest<'_>, fitted: Result<&Fitted, &CannotRank>, alpha: f64) -> Freed {
        let n = self.comparisons.len() as u64;
        let effect = |(place, of): (usize, &&'static str)| {
            let inference = fitted.ok()?.coefficient(place).ok()?;
            Some(Effect { of: (*of).to_string(), log_odds: share(&inference, alpha, n, |x| x) })
        };
        let problem = match fitted {
            Ok(_) => None,
            Err(_) if self.names().is_empty() && !self.left_out.is_empty() => Some("nothing could be taken out".into()),
            Err(why) => Some(words(why, &contest.items)),
        };
        Freed {
            of: self.of.clone(),
            effects: self.names().iter().enumerate().filter_map(effect).collect(),
            left_out: self.left_out.clone(),
            problem,
        }
    }
}

fn rank(fitted: &Fitted, item: usize) -> Option<u64> {
    let own = fitted.strengths().get(item)?;
    Some(1 + fitted.strengths().iter().filter(|strength| **strength > own + 1e-9).count() as u64)
}
