//! Scores from an earlier run beside those of this one, over the cases that both have.

use super::data::Data;
use crate::store::{BASELINE_FORMAT, Baseline, BaselineCase};
use crate::suite::{CandidateName, MetricName};
use std::collections::BTreeMap;

/// What was found when an earlier run was laid beside this one.
#[derive(Debug, Clone, PartialEq)]
pub struct Overlap {
    /// The name under which the earlier scores stand in the data.
    pub name: CandidateName,
    /// The share of this run's cases that the earlier one has with the same content.
    pub share: f64,
    /// Why the two cannot be compared, in words; empty where they can.
    pub problems: Vec<String>,
}

impl Data {
    /// One candidate's scores as a baseline for later runs.
    pub fn baseline(
        &self,
        suite: &str,
        run: &str,
        candidate: &CandidateName,
        cards: &BTreeMap<MetricName, String>,
    ) -> Baseline {
        let scores = |index: usize| {
            let score = |(metric, scores): (&MetricName, &super::MetricScores)| {
                Some((metric.clone(), scores.levels.get(candidate)?[index]?))
            };
            self.metrics.iter().filter_map(score).collect()
        };
        let case = |(index, info): (usize, &super::CaseInfo)| {
            (info.case.id.clone(), BaselineCase { digest: info.digest.clone(), scores: scores(index) })
        };
        Baseline {
            format: BASELINE_FORMAT,
            suite: suite.to_string(),
            run: run.to_string(),
            candidate: candidate.to_string(),
            cards: cards.clone(),
            cases: self.cases.iter().enumerate().map(case).collect(),
        }
    }

    /// Lays an earlier run's scores beside this run's, as one more candidate. Metrics whose card differs are left out,
    /// which is a problem where they are `needed`, and so are cases that were edited or are not in both.
    pub fn lay_beside(
        &mut self,
        earlier: &Baseline,
        cards: &BTreeMap<MetricName, String>,
        min_overlap: f64,
        needed: impl Fn(&MetricName) -> bool,
    ) -> Overlap {
        let name = CandidateName(format!("{} of run {}", earlier.candidate, earlier.run));
        let same = |info: &super::CaseInfo| earlier.cases.get(&info.case.id).filter(|case| case.digest == info.digest);
        let matching: Vec<Option<&BaselineCase>> = self.cases.iter().map(same).collect();
        let shared = matching.iter().flatten().count();
        let share = if matching.is_empty() { 0.0 } else { shared as f64 / matching.len() as f64 };
        let mut problems = Vec::new();
        if share < min_overlap {
            let edited = self
                .cases
                .iter()
                .filter(|i| earlier.cases.get(&i.case.id).is_some_and(|c| c.digest != i.digest))
                .count();
            problems.push(format!(
                "run {} has {shared} of the {} cases ({edited} were edited since, {} are new), and a share of {min_overlap} is wanted",
                earlier.run,
                matching.len(),
                matching.len() - shared - edited
            ));
        }
        for (metric, scores) in &mut self.metrics {
            if scores.levels.is_empty() {
                continue;
            }
            let problem = match (earlier.cards.get(metric), cards.get(metric)) {
                (Some(then), Some(now)) if then == now => {
                    let column = matching.iter().map(|case| case.and_then(|c| c.scores.get(metric).copied())).collect();
                    scores.levels.insert(name.clone(), column);
                    continue;
                }
                (None, _) => format!("`{metric}` was not measured in run {}", earlier.run),
                _ => format!(
                    "`{metric}` was measured another way in run {}: its judge, rubric or check differs",
                    earlier.run
                ),
            };
            if needed(metric) {
                problems.push(problem);
            }
        }
        Overlap { name, share, problems }
    }
}
