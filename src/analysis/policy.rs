//! A metric's range, goal and policy → which values its statistics are made of, and of which kind they are.

use indexmap::IndexMap;

use super::data::{About, MetricScores};
use super::scores::Scores;
use crate::stats::ScoreKind;
use crate::suite::{CandidateName, Goal, Missing, Pair, Range};

/// Scores, with what stands in for those that could not be read.
#[derive(Debug, Clone, Copy)]
pub(super) struct StoodIn<'a> {
    scores: &'a Scores,
    unread: &'a [u32],
    stand_in: Option<f64>,
}

impl StoodIn<'_> {
    /// What counts for a case, where anything does.
    pub fn get(&self, case: usize) -> Option<f64> {
        let is_unread = |_: &f64| u32::try_from(case).is_ok_and(|case| self.unread.binary_search(&case).is_ok());
        self.scores.get(case).or_else(|| self.stand_in.filter(is_unread))
    }
}

impl MetricScores {
    /// 1 where more is better, −1 where less is.
    pub fn sign(&self) -> f64 {
        match self.goal {
            Goal::Up => 1.0,
            Goal::Down => -1.0,
        }
    }

    /// The worst and the best that a missing value could have been: of the metric's range or, where it has none, of
    /// all values that were measured.
    pub(super) fn ends(&self) -> Option<(f64, f64)> {
        let measured = || self.levels.values().flat_map(Scores::iter).flatten();
        let (min, max) = match self.range {
            Range::Binary => (0.0, 1.0),
            Range::Bounded { min, max } => (min, max),
            Range::Unbounded => (measured().reduce(f64::min)?, measured().reduce(f64::max)?),
        };
        Some(if self.goal == Goal::Up { (min, max) } else { (max, min) })
    }

    /// A candidate's values; the policy stands in for those that could not be read.
    pub(super) fn of(&self, candidate: &CandidateName) -> Option<StoodIn<'_>> {
        let worst = if self.range == Range::Unbounded { None } else { self.ends().map(|(worst, _)| worst) };
        let stand_in = worst.filter(|_| self.missing == Missing::Worst);
        Some(self.stood_in(self.levels.get(candidate)?, &(candidate.clone(), None), stand_in))
    }

    /// What each case of a pair is worth to the candidate; the policy stands in for those that could not be read.
    pub(super) fn worths(&self, baseline: &CandidateName, candidate: &CandidateName) -> Option<StoodIn<'_>> {
        let worths = self.preferences.get(&(baseline.clone(), candidate.clone()))?;
        let stand_in = match self.missing {
            Missing::Drop | Missing::Wrong => None,
            Missing::Worst => Some(0.0),
            Missing::Tie => Some(0.5),
        };
        Some(self.stood_in(worths, &(candidate.clone(), Some(baseline.clone())), stand_in))
    }

    /// The pairs that were compared; of a tournament, those of first matches.
    pub(super) fn compared(&self) -> &IndexMap<Pair, Scores> {
        if self.opening.is_empty() { &self.preferences } else { &self.opening }
    }

    /// What each case of such a pair is worth to its second.
    pub(super) fn compared_on(&self, pair: usize) -> Option<StoodIn<'_>> {
        let ((first, second), drawn) = self.compared().get_index(pair)?;
        self.worths(first, second).or(Some(StoodIn { scores: drawn, unread: &[], stand_in: None }))
    }

    fn stood_in<'a>(&'a self, scores: &'a Scores, about: &About, stand_in: Option<f64>) -> StoodIn<'a> {
        StoodIn { scores, unread: self.unread.get(about).map_or(&[], Vec::as_slice), stand_in }
    }

    /// Yes-or-no scores that were averaged over samples are shares, no longer yes or no.
    pub(super) fn kind_of(&self, mut values: impl Iterator<Item = f64>) -> ScoreKind {
        match self.range {
            Range::Binary if values.all(|v| v == 0.0 || v == 1.0) => ScoreKind::Binary,
            Range::Binary => ScoreKind::Bounded { min: 0.0, max: 1.0 },
            Range::Bounded { min, max } => ScoreKind::Bounded { min, max },
            Range::Unbounded => ScoreKind::Unbounded,
        }
    }
}

/// The kind of scores that were multiplied by `sign`.
pub(super) fn turned(kind: ScoreKind, sign: f64) -> ScoreKind {
    match kind {
        ScoreKind::Bounded { min, max } if sign < 0.0 => ScoreKind::Bounded { min: -max, max: -min },
        other => other,
    }
}
