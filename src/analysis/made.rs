//! Scores made by hand: what the tests of the analysis and of the gate stand on.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use serde_json::Value;

use super::asides::Asides;
use super::cases::Cases;
use super::data::{Data, MetricScores};
use super::scores::Scores;
use crate::dataset::Case;
use crate::suite::{CandidateName, Goal, MetricName, Missing, Range};

/// From one to five, as most rubrics have it.
pub const ONE_TO_FIVE: Range = Range::Bounded { min: 1.0, max: 5.0 };

/// A case of which nothing matters but its id.
pub fn case(id: &str) -> Case {
    Case {
        id: id.into(),
        input: Value::String(format!("question {id}")),
        reference: None,
        context: Vec::new(),
        tags: BTreeMap::new(),
        cluster: None,
        labels: BTreeMap::new(),
        messages: Vec::new(),
    }
}

/// So many cases `c0`, `c1` …, each of its own cluster, and no scores yet.
pub fn cases(n: usize) -> Data {
    let mut cases = Cases::default();
    for i in 0..n {
        cases.add(i as u32);
    }
    Data { cases, metrics: IndexMap::new(), asides: Asides::default(), shown_decides: false, turns: None }
}

/// Values that are all there.
pub fn known(values: &[f64]) -> Vec<Option<f64>> {
    values.iter().copied().map(Some).collect()
}

impl Data {
    fn metric(&mut self, metric: &str, range: Range) -> &mut MetricScores {
        self.metrics
            .entry(MetricName::from(metric))
            .or_insert_with(|| MetricScores::new(range, Goal::Up, Missing::Drop))
    }

    /// The scores of one candidate.
    pub fn scored(mut self, metric: &str, range: Range, candidate: &str, scores: &[Option<f64>]) -> Self {
        assert_eq!(scores.len(), self.cases.len(), "a score for each case");
        self.metric(metric, range).levels.insert(candidate.into(), scores.iter().copied().collect());
        self
    }

    /// The scores of `v1` and of `v2`.
    pub fn pair(self, metric: &str, range: Range, v1: &[Option<f64>], v2: &[Option<f64>]) -> Self {
        self.scored(metric, range, "v1", v1).scored(metric, range, "v2", v2)
    }

    /// What each case is worth to `v2` against `v1`.
    pub fn preferred(mut self, metric: &str, worths: &[Option<f64>]) -> Self {
        assert_eq!(worths.len(), self.cases.len(), "a worth for each case");
        let pair = (CandidateName::from("v1"), CandidateName::from("v2"));
        self.metric(metric, Range::Bounded { min: 0.0, max: 1.0 })
            .preferences
            .insert(pair, worths.iter().copied().collect());
        self
    }

    /// What humans gave a candidate's outputs, of which a judge gave the scores.
    pub fn labelled(mut self, metric: &str, candidate: &str, labels: &[Option<f64>]) -> Self {
        let scores = &mut self.metrics[metric];
        scores.judged = true;
        scores.humans.labelled(candidate, labels);
        self
    }

    /// Turns a metric's goal down.
    pub fn down(mut self, metric: &str) -> Self {
        self.metrics[metric].goal = Goal::Down;
        self
    }

    /// Says what stands in for a metric's verdicts that could not be read: those of all cases without a value.
    pub fn policy(mut self, metric: &str, missing: Missing) -> Self {
        let scores = &mut self.metrics[metric];
        scores.missing = missing;
        let gaps =
            |values: &Scores| (0..).zip(values.iter()).filter(|(_, value)| value.is_none()).map(|(i, _)| i).collect();
        let levels = scores.levels.iter().map(|(name, values)| ((name.clone(), None), gaps(values)));
        let pairs = scores.preferences.iter().map(|((a, b), worths)| ((b.clone(), Some(a.clone())), gaps(worths)));
        scores.unread = levels.chain(pairs).collect();
        self
    }

    /// Tags each case by its position.
    pub fn tagged(mut self, tag: &str, value: impl Fn(usize) -> Option<String>) -> Self {
        for i in 0..self.cases.len() {
            value(i).into_iter().for_each(|value| self.cases.tag(i as u32, tag.to_string(), value, |_, _| true));
        }
        self
    }

    /// Puts the cases into clusters of this size.
    pub fn clustered(mut self, size: usize) -> Self {
        for (i, cluster) in self.cases.clusters.iter_mut().enumerate() {
            *cluster = (i / size) as u32;
        }
        self
    }
}
