//! Verdicts as they come → those of a metric with repeats one by one, so that its spread can be split.

use super::data::About;
use super::thinning::Thinning;
use crate::stats::variance::Nested;
use crate::suite::{CandidateName, Judges, MetricSpec, Suite};

/// Of more cases than this, so many are kept: parts of a variance need no more.
const MOST_CASES: usize = 10_000;

/// The verdicts of one metric that has several outputs a case, or several verdicts an output.
#[derive(Debug)]
pub struct Repeats {
    of: Vec<(About, Samples)>,
    thinning: Thinning,
}

/// The verdicts on one candidate or pair: value, case and output of each.
#[derive(Debug, Default)]
pub struct Samples {
    values: Vec<f64>,
    cases: Vec<u32>,
    outputs: Vec<u32>,
}

impl Repeats {
    /// None yet; nothing where a metric has no repeats.
    pub(super) fn of(spec: &MetricSpec, suite: &Suite, cases: usize) -> Option<Self> {
        let votes = spec.rubric().map_or(1, |judged| judged.repeat);
        // Verdicts of several judges are no repeats of each other.
        let one_judge = spec.rubric().is_none_or(|judged| matches!(judged.judge, Judges::One(_)));
        (one_judge && (suite.repeat > 1 || votes > 1))
            .then(|| Self { of: Vec::new(), thinning: Thinning::new(cases, MOST_CASES) })
    }

    /// Adds what one verdict is worth: of a candidate, or of the second of a pair with its first.
    pub(super) fn add(&mut self, (of, against): (&str, Option<&str>), case: usize, output: u32, value: f64) {
        if !self.thinning.takes(case) {
            return;
        }
        let same = |((name, first), _): &(About, Samples)| {
            name.as_str() == of && first.as_ref().map(CandidateName::as_str) == against
        };
        let place = self.of.iter().position(same).unwrap_or_else(|| {
            self.of.push(((of.into(), against.map(CandidateName::from)), Samples::default()));
            self.of.len() - 1
        });
        if let Some((_, samples)) = self.of.get_mut(place) {
            samples.values.push(value);
            samples.cases.push(u32::try_from(case).unwrap_or(u32::MAX));
            samples.outputs.push(output);
        }
    }

    /// The verdicts on a candidate, or on a pair's second with its first.
    pub(super) fn on(&self, of: &str, against: Option<&str>) -> Option<Nested<'_>> {
        let same = |((name, first), _): &&(About, Samples)| {
            name.as_str() == of && first.as_ref().map(CandidateName::as_str) == against
        };
        let (_, Samples { values, cases, outputs }) = self.of.iter().find(same)?;
        Some(Nested { values, cases, outputs })
    }
}
