//! What each judge of a panel says → what the panel says, how far its judges agree, and how it compares with each of them.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use serde::Serialize;

use super::agreed::{agrees, difference_of, share_of};
use super::ballots::{Ballots, commonest};
use super::findings::Share;
use crate::stats::Infer;
use crate::stats::bootstrap::Resampling;
use crate::stats::dawid_skene::{DawidSkene, Vote};
use crate::stats::krippendorff::{Distance, Ratings};
use crate::stats::weighted_vote::{Record, VoteWeights};
use crate::suite::{ModelName, PanelRule};

/// Parts that the labelled cases are cut into, so that none is decided by weights that it helped to find.
const FOLDS: u32 = 10;

/// With more distinct values than this, verdicts are no labels of which one is the commonest.
const MOST_LABELS: usize = 25;

/// Of more outputs than this, the interval of the agreement is taken from so many.
const MOST_RESAMPLED: usize = 2000;

/// Dawid and Skene's model is fitted in so many steps at most.
const ROUNDS: usize = 200;

/// What is to be known of numbers that rest on Dawid and Skene's model.
const FITTED: &str = "Dawid and Skene's model is fitted to these very verdicts: where judges guess, it finds a difference far \
                      too often. So there is no interval, and no rule may rest on it";

/// A panel of judges, and how far it can be trusted.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PanelFindings {
    /// How the verdicts become one: `mean`, `majority`, `dawid_skene` or `weighted`.
    pub rule: PanelRule,
    /// Krippendorff's α between the judges; absent where they never differ or never judge the same.
    pub alpha: Option<Share>,
    /// The share of outputs or pairs on which not all judges say the same.
    pub differ: Option<Share>,
    /// Each judge alone.
    pub judges: IndexMap<String, MemberFindings>,
    /// The share of human labels that the panel agrees with, a tie of its own as half.
    pub accuracy: Option<Share>,
    /// The judge that agrees with the most labels.
    pub best_judge: Option<String>,
    /// By how much the panel agrees with fewer labels than that judge, over the same labels; below 0 it agrees with more.
    pub below_best: Option<Share>,
    /// What is odd about the way the verdicts became one, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// One judge of a panel.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MemberFindings {
    /// The share of human labels that it agrees with, a tie of its own as half.
    pub accuracy: Option<Share>,
    /// Pairwise in both orders: how often both say the same.
    pub position_consistency: Option<Share>,
    /// Its share of the weight, where the panel is weighted: by all labels.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight: Option<f64>,
    /// Replies that it gave.
    pub replies: u64,
    /// What they cost in US dollars; absent where a price is lacking.
    pub usd: Option<f64>,
}

/// What one judge took.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Spent {
    pub replies: u64,
    pub usd: Option<f64>,
}

impl Spent {
    /// Adds a reply. One without a price leaves the sum unknown.
    pub fn add(&mut self, usd: Option<f64>) {
        self.usd = if self.replies == 0 { usd } else { self.usd.zip(usd).map(|(sum, usd)| sum + usd) };
        self.replies += 1;
    }
}

/// What humans said of a case, by the place of the case; absent without a label.
pub(super) type Labels = Vec<Option<f64>>;

/// A panel of one metric. Its ballots are by candidate or pair, each with the labels of the same.
pub(super) struct Panel<'a> {
    pub rule: PanelRule,
    pub ballots: Vec<(&'a Ballots, Labels)>,
    /// By case.
    pub clusters: &'a [u32],
    /// By judge.
    pub spent: &'a BTreeMap<String, Spent>,
    pub pairwise: bool,
    pub alpha: f64,
    pub seed: u64,
}

/// What a panel says together.
pub(super) struct Verdict {
    /// By ballots and by case.
    pub values: Vec<Vec<Option<f64>>>,
    /// By ballots: the cases on which its judges differ, and how far they lie apart; ascending.
    pub apart: Vec<Vec<(u32, f64)>>,
    pub found: PanelFindings,
}

/// One output or pair that was judged: by which ballots, of which case, and what a human said.
struct Unit {
    case: usize,
    votes: Vec<(usize, f64)>,
    label: Option<f64>,
}

impl Panel<'_> {
    /// What the panel says, by ballots and by case: the mean over its outputs. And what was found about it.
    pub fn hear(&self) -> Verdict {
        let names: Vec<&ModelName> = self.ballots.first().map(|(all, _)| all.judges().collect()).unwrap_or_default();
        let (mut units, mut places) = (Vec::new(), Vec::new());
        for (at, (ballots, labels)) in self.ballots.iter().enumerate() {
            for unit in 0..ballots.units() {
                let (votes, case): (Vec<_>, usize) = (ballots.of(unit).collect(), unit / ballots.samples().max(1));
                if !votes.is_empty() {
                    units.push(Unit { case, votes, label: labels.get(case).copied().flatten() });
                    places.push((at, case));
                }
            }
        }
        let (said, note) = self.decide(&units, names.len());
        let cases = self.clusters.len();
        let mut sums = vec![vec![(0.0, 0_u32); cases]; self.ballots.len()];
        for ((at, case), value) in places.iter().zip(&said) {
            if let (Some(sum), Some(value)) = (sums.get_mut(*at).and_then(|all| all.get_mut(*case)), value) {
                *sum = (sum.0 + value, sum.1 + 1);
            }
        }
        let mean = |(sum, count): (f64, u32)| (count > 0).then(|| sum / f64::from(count));
        let values = sums.into_iter().map(|cases| cases.into_iter().map(mean).collect()).collect();
        let mut apart = vec![Vec::new(); self.ballots.len()];
        for ((at, case), unit) in places.iter().zip(&units) {
            let values = || unit.votes.iter().map(|(_, value)| *value);
            let spread = values().fold(f64::NEG_INFINITY, f64::max) - values().fold(f64::INFINITY, f64::min);
            if let (Some(apart), true) = (apart.get_mut(*at), spread > 1e-9) {
                apart.push((u32::try_from(*case).unwrap_or(u32::MAX), spread));
            }
        }
        Verdict { values, apart, found: self.findings(&names, &units, &said, note) }
    }

    /// What the panel says of each unit; nothing where too few of its judges said anything.
    fn decide(&self, units: &[Unit], judges: usize) -> (Vec<Option<f64>>, Option<String>) {
        let mean = |votes: &[(usize, f64)]| votes.iter().map(|(_, value)| value).sum::<f64>() / votes.len() as f64;
        // A mean without one of its judges is another mean.
        let by_mean = || units.iter().map(|unit| (unit.votes.len() == judges).then(|| mean(&unit.votes))).collect();
        if self.rule == PanelRule::Mean {
            return (by_mean(), None);
        }
        let labels = distinct(units.iter().flat_map(|unit| unit.votes.iter().map(|(_, value)| *value)));
        if labels.len() > MOST_LABELS {
            let words = format!(
                "the verdicts have {} values, of which none is the commonest: their mean is taken",
                labels.len()
            );
            return (by_mean(), Some(words));
        }
        let is_heard = |unit: &&Unit| unit.votes.len() * 2 > judges;
        let majority = |unit: &Unit| {
            let mut values: Vec<f64> = unit.votes.iter().map(|(_, value)| *value).collect();
            values.sort_by(f64::total_cmp);
            commonest(&values)
        };
        let by_majority = || units.iter().map(|unit| Some(unit).filter(is_heard).map(majority)).collect();
        match self.rule {
            PanelRule::DawidSkene => {
                let place = |value: f64| labels.partition_point(|label| *label < value - 1e-9);
                let votes: Vec<Vote> = (0..units.len())
                    .zip(units)
                    .flat_map(|(item, unit)| unit.votes.iter().map(move |(rater, value)| (item, *rater, *value)))
                    .map(|(item, rater, value)| Vote { item, rater, label: place(value) })
                    .collect();
                match DawidSkene::fit(&votes, (units.len(), judges, labels.len()), ROUNDS, 1e-9) {
                    Ok(model) => {
                        let said =
                            |(item, unit)| Some(unit).filter(is_heard).and(labels.get(model.label(item)?).copied());
                        (units.iter().enumerate().map(said).collect(), Some(FITTED.to_string()))
                    }
                    Err(why) => (by_majority(), Some(format!("decided by the majority: {why}"))),
                }
            }
            PanelRule::Weighted if units.iter().all(|unit| unit.label.is_none()) => {
                (by_majority(), Some("no case has a label to weigh judges by: decided by the majority".to_string()))
            }
            PanelRule::Weighted => {
                let weights: Vec<Option<VoteWeights>> =
                    (0..=FOLDS).map(|without| self.weights(units, judges, labels.len(), without)).collect();
                let said = |unit: &Unit| {
                    // A case without a label helped to find no weights.
                    let without = unit.label.map_or(FOLDS, |_| self.fold(unit.case));
                    let weights = weights.get(without as usize)?.as_ref()?;
                    let place = |value: f64| labels.partition_point(|label| *label < value - 1e-9);
                    let shares = weights.shares(unit.votes.iter().map(|(judge, value)| (*judge, place(*value))));
                    let most = shares.iter().copied().fold(0.0, f64::max);
                    let best: Vec<f64> = labels
                        .iter()
                        .zip(&shares)
                        .filter(|(_, share)| most > 0.0 && most - **share < 1e-12)
                        .map(|(label, _)| *label)
                        .collect();
                    // Judges who are all no better than chance weigh nothing.
                    if best.is_empty() {
                        Some(majority(unit))
                    } else {
                        Some(best.iter().sum::<f64>() / best.len() as f64)
                    }
                };
                (units.iter().map(|unit| Some(unit).filter(is_heard).and_then(said)).collect(), None)
            }
            PanelRule::Majority | PanelRule::Mean => (by_majority(), None),
        }
    }

    /// The part that a case is in. Cases of one cluster are in one part.
    fn fold(&self, case: usize) -> u32 {
        self.clusters.get(case).copied().unwrap_or_default() % FOLDS
    }

    /// The weights by the labels of all parts but one.
    fn weights(&self, units: &[Unit], judges: usize, labels: usize, without: u32) -> Option<VoteWeights> {
        let mut records = vec![Record::default(); judges];
        for unit in units.iter().filter(|unit| self.fold(unit.case) != without) {
            let Some(label) = unit.label else { continue };
            for (judge, value) in &unit.votes {
                if let (Some(record), Some(agrees)) = (records.get_mut(*judge), self.agrees(*value, label)) {
                    record.cases += 1;
                    record.right += usize::from(agrees == 1.0);
                }
            }
        }
        VoteWeights::new(&records, labels.max(2)).ok()
    }

    /// Whether a value says what a human said: 1 or 0, and ½ for a tie. A human who sees no difference is left out.
    fn agrees(&self, value: f64, label: f64) -> Option<f64> {
        agrees(value, label, 0.0, self.pairwise)
    }

    fn findings(
        &self,
        names: &[&ModelName],
        units: &[Unit],
        said: &[Option<f64>],
        note: Option<String>,
    ) -> PanelFindings {
        let cluster = |unit: &Unit| self.clusters.get(unit.case).copied().unwrap_or_default();
        let share = |of: Vec<(f64, u32)>| share_of(&of, self.alpha);
        let right = |judge: usize, unit: &Unit| {
            let (_, value) = unit.votes.iter().find(|(of, _)| *of == judge)?;
            self.agrees(*value, unit.label?)
        };
        let accuracy =
            |judge: usize| share(units.iter().filter_map(|u| Some((right(judge, u)?, cluster(u)))).collect());
        let weights = self.weights(units, names.len(), 2, FOLDS).filter(|_| self.rule == PanelRule::Weighted);
        let all: f64 = (0..names.len()).filter_map(|judge| weights.as_ref()?.weight(judge)).sum();
        let member = |(judge, name): (usize, &&ModelName)| {
            let orders = self.ballots.iter().flat_map(|(ballots, _)| ballots.consistent(judge));
            let cluster = |case: u32| self.clusters.get(case as usize).copied().unwrap_or_default();
            let same = orders.map(|(case, same)| (f64::from(u8::from(same)), cluster(case)));
            let position_consistency = share(same.collect());
            let weight =
                weights.as_ref().and_then(|weights| weights.weight(judge)).filter(|_| all > 0.0).map(|w| w / all);
            let Spent { replies, usd } = self.spent.get(name.as_str()).copied().unwrap_or_default();
            let accuracy = accuracy(judge);
            (name.to_string(), MemberFindings { accuracy, position_consistency, weight, replies, usd })
        };
        let judges: IndexMap<String, MemberFindings> = names.iter().enumerate().map(member).collect();
        let whole = |(unit, said): (&Unit, &Option<f64>)| Some((self.agrees((*said)?, unit.label?)?, cluster(unit)));
        let best = (0..names.len())
            .filter_map(|judge| Some((judge, judges.get_index(judge)?.1.accuracy?.estimate)))
            .reduce(|best, other| if other.1 > best.1 { other } else { best });
        let below = |judge: usize| {
            let both = |(unit, said): (&Unit, &Option<f64>)| {
                Some(((right(judge, unit)?, whole((unit, said))?.0), cluster(unit)))
            };
            difference_of(&units.iter().zip(said).filter_map(both).collect::<Vec<_>>(), self.alpha)
        };
        let several = || units.iter().filter(|unit| unit.votes.len() > 1);
        let differ = |unit: &Unit| {
            let first = unit.votes.first().map_or(f64::NAN, |(_, value)| *value);
            f64::from(u8::from(unit.votes.iter().any(|(_, value)| (value - first).abs() > 1e-9)))
        };
        PanelFindings {
            rule: self.rule,
            alpha: self.alpha_of(several().map(|unit| unit.votes.iter().map(|(_, value)| *value).collect()).collect()),
            differ: share(several().map(|unit| (differ(unit), cluster(unit))).collect()),
            accuracy: share(units.iter().zip(said).filter_map(whole).collect()),
            best_judge: best.and_then(|(judge, _)| names.get(judge)).map(ToString::to_string),
            below_best: best.and_then(|(judge, _)| below(judge)),
            judges,
            note,
        }
    }

    fn alpha_of(&self, units: Vec<Vec<f64>>) -> Option<Share> {
        let distance = if self.pairwise { Distance::Nominal } else { Distance::Interval };
        let ratings = Ratings::new(&units).ok()?;
        let estimate = ratings.alpha(distance).ok()?;
        let every = units.len().div_ceil(MOST_RESAMPLED).max(1);
        let some: Vec<Vec<f64>> = units.into_iter().step_by(every).collect();
        let how = Resampling { resamples: 500, seed: self.seed, name: "panel" };
        let interval = Ratings::new(&some).ok().and_then(|some| some.bootstrap(distance, how).ok());
        let ends = interval.map(|found| found.interval(self.alpha));
        Some(Share { estimate, low: ends.map(|e| e.0), high: ends.map(|e| e.1), n: ratings.units() as u64 })
    }
}

/// The distinct values, ascending.
fn distinct(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.dedup_by(|a, b| (*a - *b).abs() < 1e-9);
    values
}

#[cfg(test)]
mod tests;
