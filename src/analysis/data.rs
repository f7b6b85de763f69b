//! One number a case, for each metric and candidate or pair: what all statistics start from.

use std::collections::BTreeMap;

use indexmap::IndexMap;

use super::asides::Asides;
use super::cases::Cases;
use super::controls::Shift;
use super::humans::Humans;
use super::scores::Scores;
use super::sequence::Turns;
use crate::suite::{CandidateName, Goal, MetricName, Missing, Range};

/// The scores of a run, by case.
#[derive(Debug, Clone)]
pub struct Data {
    /// The cases, in plan order; scores stand at the same places.
    pub cases: Cases,
    /// By metric, in the suite's order.
    pub metrics: IndexMap<MetricName, MetricScores>,
    /// What rules read beside them.
    pub asides: Asides,
    /// Whether the t interval that is shown of a difference of scores decides too, as a suite may ask.
    pub shown_decides: bool,
    /// Which cases count by now, and in which order, where a sequential gate may have ended the run early.
    pub turns: Option<Turns>,
}

/// The scores of one metric.
#[derive(Debug, Clone)]
pub struct MetricScores {
    /// The values that one score may take.
    pub range: Range,
    /// Which way is better.
    pub goal: Goal,
    /// What stands in for a verdict that could not be read.
    pub missing: Missing,
    /// Pointwise metrics and checks: the mean over samples, by candidate.
    pub levels: IndexMap<CandidateName, Scores>,
    /// Pairwise metrics: what each case is worth to the second of the pair, in [0, 1]; turned round where the goal is
    /// down, so that 1 is always a win.
    pub preferences: IndexMap<(CandidateName, CandidateName), Scores>,
    /// Tournaments: the same of the first matches, which were drawn by chance. What decides is who came first, a level.
    pub opening: IndexMap<(CandidateName, CandidateName), Scores>,
    /// The cases of which a verdict could not be read, ascending, by whom it is about: the policy is for these, and for
    /// no case that the provider failed on or that was never judged.
    pub unread: BTreeMap<About, Vec<u32>>,
    /// Whether a judge gave them, who may err.
    pub judged: bool,
    /// Whether a model that is fitted to these very verdicts gave them (Dawid and Skene's): no bounds are known of what is
    /// made of them.
    pub fitted: bool,
    /// What humans said of the same outputs.
    pub humans: Humans,
    /// The earlier candidates whose outputs another judge scored, and how far the judges differ.
    pub bridges: BTreeMap<CandidateName, Shift>,
}

/// Whom a verdict is about: a candidate, or the second of a pair with the first.
pub type About = (CandidateName, Option<CandidateName>);

impl MetricScores {
    /// A metric without scores.
    pub fn new(range: Range, goal: Goal, missing: Missing) -> Self {
        Self {
            range,
            goal,
            missing,
            levels: IndexMap::new(),
            preferences: IndexMap::new(),
            opening: IndexMap::new(),
            unread: BTreeMap::new(),
            judged: false,
            fitted: false,
            humans: Humans::default(),
            bridges: BTreeMap::new(),
        }
    }

    /// Whether a verdict on a case could not be read.
    pub fn is_unread(&self, about: &About, case: usize) -> bool {
        u32::try_from(case).is_ok_and(|case| self.unread.get(about).is_some_and(|all| all.binary_search(&case).is_ok()))
    }
}
