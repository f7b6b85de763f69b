//! The differences of one comparison → what other methods make of them, for readers who know those; none of them decides.

use serde::Serialize;

use super::data::Data;
use super::differences::Differences;
use super::findings::Comparison;
use crate::stats::CannotEstimate;
use crate::stats::bca::Bca;
use crate::stats::bootstrap::Resampling;
use crate::stats::clusters::{all_single, totals};
use crate::stats::hodges_lehmann::hodges_lehmann;
use crate::stats::inference::Infer;
use crate::stats::paired::PairedTable;
use crate::stats::permutation::sign_flip;
use crate::stats::wilcoxon::{SignedRanks, Zeros};
use crate::suite::Suite;

/// Of more clusters than this there is nothing beside: resampling them takes long, and the methods agree by then.
const MOST_CLUSTERS: usize = 5000;
/// Resamples of the bootstrap, and patterns of signs where not all are counted.
const RESAMPLES: usize = 2000;

/// What other methods say of a difference. What cannot be estimated is absent, and `problem` says why.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Beside {
    /// The bias-corrected and accelerated bootstrap over clusters, two-sided at 1 − alpha (Efron 1987): low, high.
    pub bootstrap: Option<(f64, f64)>,
    /// Two-sided p of flipping the signs of clusters; all patterns are counted up to twenty clusters.
    pub sign_flip_p: Option<f64>,
    /// Two-sided p of Wilcoxon's signed ranks of the clusters' means, those without a difference left out.
    pub wilcoxon_p: Option<f64>,
    /// The Hodges–Lehmann centre of the clusters' means.
    pub hodges_lehmann: Option<f64>,
    /// Yes or no on independent cases: McNemar's mid-p.
    pub mcnemar_p: Option<f64>,
    /// Why something that would fit is absent, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

impl Data {
    /// Lays beside each comparison over all cases what other methods say. A sequential gate has none: all of these are for a
    /// number of cases that was fixed beforehand. Nor has what a bridge between two judges moved: they know nothing of it; nor what a model made of the verdicts that it is fitted to.
    pub(super) fn lay_methods_beside(&self, comparisons: &mut [Comparison], suite: &Suite, alpha: f64) {
        if self.turns.is_some() {
            return;
        }
        for comparison in
            comparisons.iter_mut().filter(|comparison| comparison.slice.is_none() && comparison.bridge.is_none())
        {
            let Comparison { metric, baseline, candidate, .. } = &*comparison;
            let (metric, baseline, candidate) =
                (metric.as_str().into(), baseline.as_str().into(), candidate.as_str().into());
            if self.metrics.get(&metric).is_none_or(|scores| scores.fitted) {
                continue;
            }
            let found = self.differences(&metric, &Default::default(), &baseline, &candidate);
            let name = format!("{metric}, beside, {baseline}, {candidate}");
            let how = Resampling { resamples: RESAMPLES, seed: suite.seed, name: &name };
            comparison.beside = found.and_then(|differences| Beside::of(&differences, how, alpha));
        }
    }
}

impl Beside {
    /// Nothing where there are no cases, or so many clusters that it would take long.
    fn of(differences: &Differences, how: Resampling<'_>, alpha: f64) -> Option<Self> {
        let (values, clusters) = (differences.values.as_slice(), differences.clusters.as_slice());
        let totals = totals(values, clusters).ok().filter(|totals| totals.len() <= MOST_CLUSTERS)?;
        let means: Vec<f64> = totals.iter().map(|total| total.sum / total.count).collect();
        let mut problem = None;
        let bootstrap = known(Bca::mean(values, clusters, how).map(|bca| bca.interval(alpha)), &mut problem);
        let flipped = known(sign_flip(values, clusters, how.resamples, how.seed, how.name), &mut problem);
        let wilcoxon = known(SignedRanks::new(&means, Zeros::Drop), &mut problem);
        let centre = known(hodges_lehmann(&means), &mut problem);
        let count = |wanted: f64| values.iter().filter(|value| **value == wanted).count();
        let table = || PairedTable { a: 0, b: count(1.0), c: count(-1.0), d: count(0.0) };
        let mcnemar = (differences.neither().is_some() && all_single(clusters)).then(|| table().mcnemar_mid_p());
        Some(Self {
            bootstrap,
            sign_flip_p: flipped.map(|found| found.p_two_sided),
            wilcoxon_p: wilcoxon.map(|ranks| ranks.p_value()),
            hodges_lehmann: centre,
            mcnemar_p: mcnemar,
            problem,
        })
    }
}

/// A number that there is; of those that there are not the first reason is kept.
fn known<T>(found: Result<T, CannotEstimate>, problem: &mut Option<String>) -> Option<T> {
    found.map_err(|why| problem.get_or_insert_with(|| why.to_string()).len()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::Precision;
    use crate::analysis::made::{ONE_TO_FIVE, cases, known};
    use crate::suite::Range;
    use crate::suite::made::Folder;

    const PRECISION: Precision = Precision { alpha: 0.05, min_cases: 30 };

    fn beside(data: &Data) -> Option<Beside> {
        let mut found = data.comparisons(&"v1".into(), &"v2".into(), &[], PRECISION);
        data.lay_methods_beside(&mut found, &Folder::new().suite(), PRECISION.alpha);
        found.remove(0).beside
    }

    /// Scores that differ in most cases, for the better.
    fn scores() -> Data {
        let (old, new) = (known(&[3.0, 2.0, 5.0, 4.0, 1.0].repeat(16)), known(&[3.5, 3.0, 4.5, 5.0, 2.0].repeat(16)));
        cases(80).pair("m", ONE_TO_FIVE, &old, &new)
    }

    #[test]
    fn methods_agree_where_all_of_them_fit() {
        let found = beside(&scores()).unwrap();
        let (low, high) = found.bootstrap.unwrap();
        assert!(low > 0.4 && high < 0.8 && found.hodges_lehmann.is_some_and(|centre| (0.5..=1.0).contains(&centre)));
        assert!(found.sign_flip_p.unwrap() < 0.01 && found.wilcoxon_p.unwrap() < 0.01);
        assert_eq!((found.mcnemar_p, found.problem), (None, None));
        assert_eq!(beside(&scores()), beside(&scores()));
    }

    #[test]
    fn yes_or_no_has_mcnemars_p_where_cases_are_independent() {
        let yes = |period: usize| (0..60).map(|i| Some(f64::from(u8::from(i % period == 0)))).collect::<Vec<_>>();
        let data = || cases(60).pair("m", Range::Binary, &yes(2), &yes(3));
        // Of 60 cases 20 differ: 10 are right in v2 alone, and 20 in v1 alone.
        let table = PairedTable { a: 10, b: 10, c: 20, d: 20 };
        assert_eq!(beside(&data()).unwrap().mcnemar_p, Some(table.mcnemar_mid_p()));
        assert_eq!(beside(&data().clustered(3)).unwrap().mcnemar_p, None);
    }

    #[test]
    fn what_cannot_be_estimated_is_absent_and_said() {
        let equal = known(&[4.0; 40]);
        let found = beside(&cases(40).pair("m", ONE_TO_FIVE, &equal, &equal)).unwrap();
        assert_eq!((found.bootstrap, found.wilcoxon_p, found.hodges_lehmann), (None, None, Some(0.0)));
        assert!(found.problem.is_some_and(|why| why.contains(' ')));
        let one = beside(&scores().clustered(80)).unwrap();
        assert!(one.bootstrap.is_none() && one.problem.is_some() && one.sign_flip_p == Some(1.0));
        assert!(beside(&cases(3).pair("m", ONE_TO_FIVE, &[None; 3], &[None; 3])).is_none());
    }
}
