//! What outputs look like → columns that strengths are freed of: how much longer, how much more marked up.

use super::super::length::LEAST_SEEN;
use super::super::styles::MARKS;
use super::super::thinning::Thinning;
use super::Looks;
use super::contest::Contest;
use crate::stats::CannotEstimate;
use crate::stats::bradley_terry::{CannotRank, Comparison, relative_count, relative_length, standardised};
use crate::suite::{CandidateName, Control};

/// With their looks no two comparisons are alike, so they cannot be added up: of more cases than this, so many are taken.
const MOST_CASES: usize = 5000;

/// Comparisons with a column for each thing that is taken out.
pub struct Columns {
    /// What is to be taken out, in words.
    pub of: String,
    pub comparisons: Vec<Comparison>,
    used: Vec<(&'static str, Vec<f64>)>,
    /// What cannot be, and why.
    pub left_out: Vec<String>,
}

/// One thing that is taken out.
#[derive(Clone, Copy)]
enum Feature {
    Length,
    Mark(usize),
}

impl Feature {
    fn name(self) -> &'static str {
        match self {
            Self::Length => "length",
            Self::Mark(mark) => MARKS.get(mark).copied().unwrap_or_default(),
        }
    }

    /// How much more of it the left output holds than the right one, as a share of both.
    fn between(self, looks: Looks<'_>, left: &CandidateName, right: &CandidateName, case: usize) -> Option<f64> {
        let pair = |of: &dyn Fn(&CandidateName) -> Option<f64>| of(left).zip(of(right));
        match self {
            Self::Length => pair(&|name| looks.lengths.get(name, case))
                .map(|(left, right)| relative_length(left.round() as usize, right.round() as usize)),
            Self::Mark(mark) => {
                pair(&|name| looks.styles.get(mark, name, case)).map(|(left, right)| relative_count(left, right))
            }
        }
    }
}

impl Columns {
    /// Nothing where the suite wants nothing taken out.
    pub fn of(contest: &Contest<'_>, looks: Looks<'_>) -> Option<Self> {
        let (mut features, mut of) = (Vec::new(), Vec::new());
        if contest.spec.controls(Control::Length) {
            features.push(Feature::Length);
            of.push("length");
        }
        if contest.spec.controls(Control::Style) {
            features.extend((0..MARKS.len()).map(Feature::Mark));
            of.push("style");
        }
        if features.is_empty() {
            return None;
        }
        let thinning = Thinning::new(contest.cases.len(), MOST_CASES);
        let (mut comparisons, mut columns) = (Vec::new(), vec![Vec::new(); features.len()]);
        for (pair, (first, second)) in contest.pairs.iter().enumerate() {
            let (Some(left), Some(right)) = (contest.items.get(*second), contest.items.get(*first)) else { continue };
            for (cluster, score, case) in contest.worths(pair).filter(|(.., case)| thinning.takes(*case)) {
                let row: Option<Vec<f64>> =
                    features.iter().map(|feature| feature.between(looks, left, right, case)).collect();
                if let Some(row) = row {
                    comparisons.push(Comparison { left: *second, right: *first, score, weight: 1.0, cluster });
                    columns.iter_mut().zip(row).for_each(|(column, value)| column.push(value));
                }
            }
        }
        let mut found = Self { of: of.join(" and "), comparisons, used: Vec::new(), left_out: Vec::new() };
        if !found.comparisons.is_empty() {
            features.into_iter().zip(columns).for_each(|(feature, column)| found.use_or_leave(feature, &column));
        }
        Some(found)
    }

    fn use_or_leave(&mut self, feature: Feature, column: &[f64]) {
        let share = |seen: fn(f64) -> bool| column.iter().filter(|d| seen(**d)).count() as f64 / column.len() as f64;
        let name = feature.name();
        if share(|d| d >= 0.0).min(share(|d| d <= 0.0)) < LEAST_SEEN {
            self.left_out.push(match feature {
                Feature::Length => "length: one side of nearly all pairs is the longer one".to_string(),
                Feature::Mark(_) => format!("{name}: one side of nearly all pairs has more of them"),
            });
            return;
        }
        match (standardised(column), feature) {
            (Ok(column), _) => self.used.push((name, column)),
            (Err(_), Feature::Length) => {
                self.left_out.push("length: all outputs compared are as long as each other".to_string());
            }
            (Err(_), Feature::Mark(_)) => {
                self.left_out.push(format!("{name}: both outputs of every pair hold as many"));
            }
        }
    }

    /// The names of the columns that are used.
    pub fn names(&self) -> Vec<&'static str> {
        self.used.iter().map(|(name, _)| *name).collect()
    }

    /// The columns that are used.
    pub fn used(&self) -> Result<Vec<&[f64]>, CannotRank> {
        match (self.comparisons.is_empty(), self.used.is_empty()) {
            (true, _) => Err(CannotEstimate::TooFew("one comparison of two outputs whose texts are known").into()),
            (_, true) => Err(CannotEstimate::Constant("looks of the outputs").into()),
            _ => Ok(self.used.iter().map(|(_, column)| column.as_slice()).collect()),
        }
    }
}
