//! A metric: a rubric with its judge, or a check, and how its numbers are to be read.

use serde::{Deserialize, Serialize};

use super::{CheckSpec, Judges, Mode, ModelName, Pairs, Rubric};

/// One entry under `metrics:`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MetricSpec {
    /// What gives the score.
    pub scorer: Scorer,
    /// Which way is better.
    pub goal: Goal,
    /// What stands in for a verdict that could not be read.
    pub missing: Missing,
}

/// What gives a metric its scores.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scorer {
    /// A judge model with a rubric.
    Rubric(RubricMetric),
    /// A deterministic check.
    Check(CheckSpec),
}

/// A rubric and who judges by it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RubricMetric {
    /// The rubric, read from its file.
    pub rubric: Box<Rubric>,
    /// The rubric's file, as written.
    pub file: String,
    /// The judge, or judges.
    pub judge: Judges,
    /// How many verdicts a judge gives on each output, or on each order of a pair: a repeat is no new case.
    #[serde(default = "once", skip_serializing_if = "is_once")]
    pub repeat: u32,
    /// How several verdicts of one judge become one.
    #[serde(default, skip_serializing_if = "Votes::is_default")]
    pub votes: Votes,
    /// Pairwise: which candidates are compared.
    #[serde(default, skip_serializing_if = "Pairs::is_default")]
    pub pairs: Pairs,
}

impl RubricMetric {
    /// Whether the candidates meet in a knock-out.
    pub fn is_tournament(&self) -> bool {
        self.rubric.mode == Mode::Pairwise && self.pairs == Pairs::Tournament
    }
}

/// How several verdicts of one judge on the same become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Votes {
    /// Their mean.
    #[default]
    Mean,
    /// The commonest; the mean of those that are equally common.
    Majority,
    /// The middle one; the mean of the two in the middle.
    Median,
}

impl Votes {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde wants it so")]
    fn is_default(&self) -> bool {
        *self == Self::Mean
    }
}

fn once() -> u32 {
    1
}

/// A suite that repeats nothing is digested as it was before there were repeats.
fn is_once(repeat: &u32) -> bool {
    *repeat == 1
}

/// Which way is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Goal {
    /// More is better.
    #[default]
    Up,
    /// Less is better.
    Down,
}

/// What stands in for a verdict that could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Missing {
    /// The case leaves the number, and is counted.
    #[default]
    Drop,
    /// The worst score the scale has; pairwise: a loss for the candidate.
    Worst,
    /// Pairwise: half a win. Not for scores.
    Tie,
    /// Calibration: the judge was wrong, and unreadable in both orders is one consistent answer. Elsewhere as `drop`.
    Wrong,
}

/// The values that a score of a metric may take, which decides its statistics.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Range {
    /// 0 or 1.
    Binary,
    /// From a least to a greatest value.
    Bounded { min: f64, max: f64 },
    /// Anything.
    Unbounded,
}

impl MetricSpec {
    /// Whether the metric compares two outputs rather than scoring one.
    pub fn is_pairwise(&self) -> bool {
        matches!(&self.scorer, Scorer::Rubric(r) if r.rubric.mode == Mode::Pairwise)
    }

    /// Whether a case is worth something to one of a pair. In a tournament each candidate has a score of its own: whether
    /// it came first.
    pub fn is_win_rate(&self) -> bool {
        self.is_pairwise() && !self.is_tournament()
    }

    /// Whether the candidates meet in a knock-out.
    pub fn is_tournament(&self) -> bool {
        self.rubric().is_some_and(RubricMetric::is_tournament)
    }

    /// The rubric and judge of a judged metric.
    pub fn rubric(&self) -> Option<&RubricMetric> {
        match &self.scorer {
            Scorer::Rubric(r) => Some(r),
            Scorer::Check(_) => None,
        }
    }

    /// The check of a checked metric.
    pub fn check(&self) -> Option<&CheckSpec> {
        match &self.scorer {
            Scorer::Check(c) => Some(c),
            Scorer::Rubric(_) => None,
        }
    }

    /// Whether a model judges by it, or is the program of a check.
    pub fn asks(&self, model: &ModelName) -> bool {
        self.rubric().is_some_and(|judged| judged.judge.has(model)) || self.program() == Some(model)
    }

    /// The program that a check asks, where it asks one.
    pub fn program(&self) -> Option<&ModelName> {
        self.check().and_then(|check| check.kind.asks())
    }

    /// The values that one score may take.
    pub fn range(&self) -> Range {
        match &self.scorer {
            Scorer::Rubric(r) if r.is_tournament() => Range::Binary,
            Scorer::Rubric(r) => r.rubric.range(),
            Scorer::Check(c) => c.range(),
        }
    }
}
