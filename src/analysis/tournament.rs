//! Matches of knock-outs as they come → who came first in each case, and how often each candidate met others and won.
//!
//! Who meets in a later round hangs on who won before, and on the same case: who gets there is stronger on it than usual. So
//! what a candidate wins there says little of how it does against the others in general. Whether it came first in a case is
//! a number of that case alone, and its mean over cases is as good as any; first matches were drawn by chance, and they alone
//! rank the candidates.
//!
//! A draw separates nobody: who goes on by lot stands for both, and first place is shared equally by all whom the last one
//! stands for. So no lot decides what is counted; where all matches are draws, all candidates come to the same.

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;
use serde::Serialize;

use super::compare::Precision;
use super::data::{Data, MetricScores};
use super::findings::{Share, Slice};
use super::scores::Means;
use crate::judge::tournament::rounds;
use crate::stats::Infer;
use crate::suite::{CandidateName, MetricName, MetricSpec, Suite};

/// The knock-outs of one metric.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TournamentFindings {
    /// By candidate, in the suite's order.
    pub candidates: IndexMap<String, Contender>,
    /// Knock-outs: one for each case and output.
    pub tournaments: u64,
    /// Of these, those without a first: a match of theirs could not be read.
    pub unfinished: u64,
    /// Matches that were judged.
    pub matches: u64,
    /// Of these, those that the verdicts left open, so that the seed decided who went on.
    pub by_lot: u64,
    /// Of the matches, those that could not be read.
    pub unread: u64,
    /// Matches that it would have taken to let all meet each other.
    pub matches_of_all_pairs: u64,
}

/// One candidate in the knock-outs of a metric.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Contender {
    /// The share of cases in which it came first, with its interval over cases. Of a first place that draws left between
    /// several, each has an equal part.
    pub first: Option<Share>,
    /// Matches that it was in.
    pub matches: u64,
    /// Of these, those that it won, by lot too.
    pub won: u64,
}

/// A match, as its row in the table tells of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Met<'a> {
    pub round: u32,
    pub winner: Option<&'a str>,
    pub by_lot: bool,
}

/// The knock-outs of one metric, while its rows are read.
#[derive(Debug)]
pub(super) struct Tournament<'a> {
    contenders: Vec<(&'a CandidateName, Contender, Means)>,
    rounds: u32,
    found: TournamentFindings,
    /// The output, and the match, that the row before was about: rows of the same match follow each other.
    output: Option<(usize, u32)>,
    last: Option<(String, String)>,
    /// Of that output: who went on by lot, and the places of those whom it stands for.
    stands_for: BTreeMap<String, BTreeSet<usize>>,
    finished: u64,
}

impl<'a> Tournament<'a> {
    /// Of a metric whose candidates meet in a knock-out; of any other there is none.
    pub fn of(spec: &MetricSpec, suite: &'a Suite, cases: usize) -> Option<Self> {
        let contender = |name| (name, Contender::default(), Means::none(cases));
        spec.is_tournament().then(|| Self {
            contenders: suite.candidates.keys().map(contender).collect(),
            rounds: rounds(suite.candidates.len()),
            found: TournamentFindings {
                candidates: IndexMap::new(),
                tournaments: 0,
                unfinished: 0,
                matches: 0,
                by_lot: 0,
                unread: 0,
                matches_of_all_pairs: 0,
            },
            output: None,
            last: None,
            stands_for: BTreeMap::new(),
            finished: 0,
        })
    }

    /// Takes a row: of which case and output, who met, and how it ended.
    pub fn hear(&mut self, output: (usize, u32), (first, second): (&str, &str), met: Met<'_>) {
        let pair = if first < second { (first, second) } else { (second, first) };
        let is_same = |(a, b): &(String, String)| (a.as_str(), b.as_str()) == pair;
        if self.output == Some(output) && self.last.as_ref().is_some_and(is_same) {
            return;
        }
        if self.output != Some(output) {
            let n = self.contenders.len() as u64;
            self.stands_for.clear();
            self.found.tournaments += 1;
            self.found.matches_of_all_pairs += n * n.saturating_sub(1) / 2;
        }
        (self.output, self.last) = (Some(output), Some((pair.0.to_string(), pair.1.to_string())));
        self.found.matches += 1;
        self.found.by_lot += u64::from(met.by_lot);
        self.found.unread += u64::from(met.winner.is_none());
        let is_final = met.round == self.rounds;
        self.finished += u64::from(is_final && met.winner.is_some());
        let stand = met.winner.map(|winner| self.stand(pair, winner, met.by_lot)).unwrap_or_default();
        for (at, (name, contender, firsts)) in self.contenders.iter_mut().enumerate() {
            contender.matches += u64::from(name.as_str() == pair.0 || name.as_str() == pair.1);
            contender.won += u64::from(met.winner == Some(name.as_str()));
            if is_final && met.winner.is_some() {
                let is_first = stand.contains(&at);
                firsts.add(output.0, if is_first { 1.0 / stand.len() as f64 } else { 0.0 });
            }
        }
    }

    /// Whom the winner of a match stands for from then on: after a draw, for those whom either of the two stood for.
    fn stand(&mut self, (a, b): (&str, &str), winner: &str, by_lot: bool) -> BTreeSet<usize> {
        let own = |name: &str| self.contenders.iter().position(|(known, ..)| known.as_str() == name);
        let before = |name: &str| {
            let alone = || own(name).into_iter().collect::<BTreeSet<usize>>();
            self.stands_for.get(name).cloned().unwrap_or_else(alone)
        };
        let stand = if by_lot { &before(a) | &before(b) } else { before(winner) };
        self.stands_for.insert(winner.to_string(), stand.clone());
        stand
    }

    /// Puts into the scores of the metric in which cases each candidate came first; the pairs that are there already are
    /// those of first matches, and no longer what cases are worth.
    pub fn finish(self, into: &mut MetricScores) -> TournamentFindings {
        into.opening = std::mem::take(&mut into.preferences);
        let mut found = self.found;
        found.unfinished = found.tournaments - self.finished;
        for (name, contender, firsts) in self.contenders {
            into.levels.insert(name.clone(), firsts.finish());
            found.candidates.insert(name.to_string(), contender);
        }
        found
    }
}

impl TournamentFindings {
    /// The same with the share of cases in which each candidate came first.
    pub(super) fn measured(mut self, data: &Data, metric: &MetricName, precision: Precision) -> Self {
        for (name, contender) in &mut self.candidates {
            let level = data.level(metric, &Slice::new(), &CandidateName::from(name.as_str()), precision.min_cases);
            contender.first = level.and_then(|level| {
                let (low, high) = level.shown().map(|shown| shown.interval(precision.alpha)).unzip();
                Some(Share { estimate: level.estimate()?, low, high, n: level.n as u64 })
            });
        }
        self
    }
}

#[cfg(test)]
mod tests;
