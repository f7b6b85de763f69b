//! Scores by case → the differences that a rule reads, one a case, and the inference that decides about any such ones.

use indexmap::IndexMap;

use super::data::Data;
use super::policy::turned;
use super::sequence::Terms;
use crate::stats::clusters::all_single;
use crate::stats::{CannotEstimate, Inference, Sample, ScoreKind, default_for, shown_beside};
use crate::suite::{CandidateName, MetricName, Range};

/// The differences of one rule; positive is better. Pairwise metrics: what a case is worth less ½.
#[derive(Debug, Clone, PartialEq)]
pub struct Differences {
    /// One a case that both sides have a value for.
    pub values: Vec<f64>,
    /// The cluster of each.
    pub clusters: Vec<u32>,
    /// What a difference can be, where that is known.
    pub range: Option<(f64, f64)>,
    /// Of yes-or-no scores: the share of cases that neither side passes, among those on which they agree.
    neither: Option<f64>,
    /// Whether the t interval that is shown of them decides, where there is one.
    shown_decides: bool,
    /// How they are added up, where they come in while a sequential gate looks.
    terms: Option<Terms>,
}

impl Data {
    /// The differences of a metric over the cases of a slice.
    pub fn differences(
        &self,
        metric: &MetricName,
        slice: &IndexMap<String, String>,
        baseline: &CandidateName,
        candidate: &CandidateName,
    ) -> Option<Differences> {
        let scores = self.metrics.get(metric)?;
        let (rows, terms) = (self.rows(slice), self.turns.as_ref().map(|turns| turns.terms));
        let clusters = |case: usize| self.cases.clusters.get(case).copied();
        if let Some(worths) = scores.worths(baseline, candidate) {
            let (values, clusters) =
                rows.iter().filter_map(|case| Some((worths.get(case)? - 0.5, clusters(case)?))).unzip();
            return Some(Differences {
                values,
                clusters,
                range: Some((-0.5, 0.5)),
                neither: None,
                shown_decides: false,
                terms,
            });
        }
        let (of, base, sign) = (scores.of(candidate)?, scores.of(baseline)?, scores.sign());
        let pairs: Vec<(f64, f64, u32)> =
            rows.iter().filter_map(|case| Some((of.get(case)?, base.get(case)?, clusters(case)?))).collect();
        let kind = scores.kind_of(pairs.iter().flat_map(|(new, old, _)| [*new, *old]));
        let range = match (turned(kind, sign), scores.range) {
            (ScoreKind::Bounded { min, max }, _) => Some((min - max, max - min)),
            (ScoreKind::Binary, _) | (_, Range::Binary) => Some((-1.0, 1.0)),
            (ScoreKind::Unbounded, _) => None,
        };
        let alike = pairs.iter().filter(|(new, old, _)| new == old);
        let (neither, alike) = alike.fold((0.0, 0.0), |(n, all), (new, _, _)| (n + (1.0 - new), all + 1.0));
        let neither = (kind == ScoreKind::Binary).then(|| if alike > 0.0 { neither / alike } else { 0.5 });
        let (values, clusters) = pairs.into_iter().map(|(new, old, cluster)| (sign * (new - old), cluster)).unzip();
        Some(Differences { values, clusters, range, neither, shown_decides: self.shown_decides, terms })
    }
}

impl Differences {
    /// Whether a mean difference can be this.
    pub fn allows(&self, difference: f64) -> bool {
        self.range.is_none_or(|(min, max)| min < difference && difference < max)
    }

    /// Of yes-or-no scores: the share that neither side passes, among the cases on which they agree.
    pub(super) fn neither(&self) -> Option<f64> {
        self.neither
    }

    /// Whether what is concluded is about a gold set alone, of which no other can be drawn.
    pub fn is_of_gold_set(&self) -> bool {
        self.terms.is_some_and(|terms| terms.population.is_some())
    }

    /// What a gate would conclude from such differences, by the same method as from the scores themselves. Of cases on which
    /// yes-or-no scores agree, as many are taken to be passed by neither side as in the run, since the differences do
    /// not say.
    ///
    /// # Errors
    /// As [`default_for`].
    pub fn infer(&self, values: &[f64], clusters: &[u32], min_cases: usize) -> Result<Inference, CannotEstimate> {
        if let Some(terms) = self.terms {
            let at: Vec<usize> = (0..values.len()).collect();
            let cluster = |at: &usize| clusters.get(*at);
            let units = at.chunk_by(|a, b| cluster(a) == cluster(b));
            return terms.mean(self.range, units.map(|unit| unit.iter().filter_map(|at| values.get(*at).copied())));
        }
        if let Some(neither) = self.neither.filter(|_| values.len() >= min_cases && all_single(clusters)) {
            let count = |wanted: f64| values.iter().filter(|value| **value == wanted).count();
            let (now, before) = (count(1.0), count(-1.0));
            let alike = values.len() - now - before;
            let neither = (neither * alike as f64).round() as usize;
            return Inference::newcombe_paired(alike - neither.min(alike), now, before, neither.min(alike));
        }
        match self.range {
            Some((min, max)) => {
                let decides = default_for(ScoreKind::Bounded { min, max }, Sample::Level(values), clusters, min_cases)?;
                let zeros = vec![0.0; values.len()];
                let sample = Sample::Paired { candidate: values, baseline: &zeros };
                let shown = if self.shown_decides { shown_beside(&decides, sample, clusters, min_cases) } else { None };
                Ok(shown.unwrap_or(decides))
            }
            None => Inference::mean_difference(values, clusters),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::made::{ONE_TO_FIVE, cases, known};
    use crate::stats::Infer;

    /// The run's own differences give what the rule reads.
    #[test]
    fn they_are_concluded_from_as_the_scores_are() {
        let (one, two) = (known(&[3.0, 2.0, 5.0, 4.0].repeat(15)), known(&[3.0, 3.5, 4.0, 4.0].repeat(15)));
        let yes = |period: usize| (0..60).map(|i| Some(f64::from(u8::from(i % period == 0)))).collect::<Vec<_>>();
        for data in [
            cases(60).pair("m", ONE_TO_FIVE, &one, &two),
            cases(60).pair("m", ONE_TO_FIVE, &one, &two).down("m").clustered(2),
            cases(60).pair("m", Range::Unbounded, &one, &two).down("m"),
            cases(60).pair("m", Range::Binary, &yes(2), &yes(3)),
            cases(60).pair("m", Range::Binary, &yes(2), &yes(3)).down("m"),
            cases(60).pair("m", Range::Binary, &yes(2), &yes(3)).clustered(3),
            cases(60).preferred("m", &known(&[1.0, 0.5, 0.0].repeat(20))),
        ] {
            let everything = Default::default();
            let (metric, v1, v2) = ("m".into(), "v1".into(), "v2".into());
            let read = data.difference(&metric, &everything, &v1, &v2, 30).unwrap().inference.unwrap();
            let found = data.differences(&metric, &everything, &v1, &v2).unwrap();
            let again = found.infer(&found.values, &found.clusters, 30).unwrap();
            assert_eq!(read.method(), again.method());
            for alpha in [0.01, 0.05] {
                assert!((read.lower(alpha) - again.lower(alpha)).abs() < 1e-9, "{} {alpha}", read.method());
                assert!((read.upper(alpha) - again.upper(alpha)).abs() < 1e-9, "{} {alpha}", read.method());
            }
        }
    }
}
