//! Outputs as they come → how long each candidate's are, case by case, in characters; never the texts.

use polars::prelude::*;

use super::tables::{Tables, each_text};
use crate::suite::{CandidateName, Suite};

/// Where no judge compares pairs, lengths are a diagnostic only: texts of more outputs than this are not read for it.
const MOST_OUTPUTS: usize = 100_000;

/// The lengths of a run's outputs: four bytes an output, and nothing where no judge compared candidates.
#[derive(Debug, Default)]
pub struct Lengths {
    wanted: bool,
    of: Vec<(CandidateName, Sums)>,
}

/// What is counted in all samples of each case.
#[derive(Debug, Default)]
pub(super) struct Sums {
    of: Vec<u32>,
    /// How many samples each sum has; empty as long as none has more than one.
    samples: Vec<u16>,
}

/// Stands where there is no text.
const NONE: u32 = u32::MAX;

impl Lengths {
    /// None yet, for a suite's candidates.
    pub(super) fn of(suite: &Suite, tables: &Tables) -> Self {
        let judged = suite.metrics.values().any(|metric| metric.rubric().is_some());
        let pairwise = suite.metrics.values().any(|metric| metric.is_pairwise());
        let compared = suite.candidates.len() > 1;
        let wanted = compared && judged && (pairwise || tables.outputs.len() <= MOST_OUTPUTS);
        let of = suite.candidates.keys().map(|name| (name.clone(), Sums::default()));
        Self { wanted, of: if wanted { of.collect() } else { Vec::new() } }
    }

    /// Whether it reads the texts of the outputs.
    pub(super) fn is_wanted(&self) -> bool {
        self.wanted
    }

    /// Adds the next rows of the outputs of so many cases.
    pub(super) fn add(&mut self, frame: &DataFrame, cases: usize) -> PolarsResult<()> {
        if !self.wanted {
            return Ok(());
        }
        each_text(frame, |case, name, text| {
            if let Some((_, sums)) = self.of.iter_mut().find(|(known, _)| known.as_str() == name) {
                sums.add(case, text.chars().count(), cases);
            }
        })
    }

    /// The length of a candidate's output for a case: the mean over its samples.
    pub fn get(&self, candidate: &CandidateName, case: usize) -> Option<f64> {
        let (_, sums) = self.of.iter().find(|(name, _)| name == candidate)?;
        sums.get(case)
    }
}

impl Sums {
    /// Adds what one sample of a case holds, of so many cases.
    pub(super) fn add(&mut self, case: usize, count: usize, cases: usize) {
        if self.of.is_empty() {
            self.of = vec![NONE; cases];
        }
        let Some(sum) = self.of.get_mut(case) else { return };
        let count = u32::try_from(count).unwrap_or(NONE).min(NONE - 1);
        if *sum == NONE {
            *sum = count;
            return;
        }
        *sum = sum.saturating_add(count).min(NONE - 1);
        if self.samples.is_empty() {
            self.samples = vec![1; cases];
        }
        self.samples.get_mut(case).into_iter().for_each(|samples| *samples = samples.saturating_add(1));
    }

    /// The mean over the samples of a case; nothing where there is no sample.
    pub(super) fn get(&self, case: usize) -> Option<f64> {
        let sum = self.of.get(case).filter(|sum| **sum != NONE)?;
        Some(f64::from(*sum) / f64::from(self.samples.get(case).copied().unwrap_or(1)))
    }
}

#[cfg(test)]
impl Lengths {
    /// Lengths made by hand: of each candidate, for so many cases.
    pub fn made(cases: usize, candidates: &[&str], length: impl Fn(usize, &str) -> usize) -> Self {
        let sums = |name: &str| {
            let mut sums = Sums::default();
            (0..cases).for_each(|case| sums.add(case, length(case, name), cases));
            sums
        };
        Self { wanted: true, of: candidates.iter().map(|name| ((*name).into(), sums(name))).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_is_the_mean_over_samples() {
        let mut sums = Sums::default();
        for (case, characters) in [(1, 10), (2, 7), (1, 21)] {
            sums.add(case, characters, 3);
        }
        let lengths = Lengths { wanted: true, of: vec![("v1".into(), sums)] };
        let all: Vec<Option<f64>> = (0..4).map(|case| lengths.get(&"v1".into(), case)).collect();
        assert_eq!(all, [None, Some(15.5), Some(7.0), None]);
        assert_eq!(lengths.get(&"v2".into(), 1), None);
    }
}
