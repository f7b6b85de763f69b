//! A mean of human scores from many judged cases and few labelled ones: prediction-powered inference (PPI++).

use std::collections::{BTreeMap, BTreeSet};

use super::clusters::totals;
use super::error::{CannotEstimate, check_finite, check_lengths};
use super::inference::{Infer, Inference};
use super::mean::ClusterT;

/// The judged cases of a sample; some of them have a human's value too.
///
/// The human mean is estimated as theta = lambda mean(judge, unlabelled) + mean(human - lambda judge, labelled), with the
/// lambda in 0..=1 that makes it least uncertain (Angelopoulos, Duchi and Zrnic 2023, arXiv:2311.01453, example 6.1). It is
/// right for any judge, a bad one too: then lambda is near 0 and the labels alone speak. The values may be scores, or the
/// differences of two candidates on the same case. The labelled cases have to be drawn from the others by chance.
#[derive(Debug, Clone, PartialEq)]
pub struct PredictionPowered {
    estimate: f64,
    lambda: f64,
    se: f64,
    labelled: usize,
    representative: Option<f64>,
    judged: f64,
}

/// One judged case.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Case {
    /// What the judge's verdict is worth.
    pub judge: f64,
    /// What the human's is worth.
    pub human: Option<f64>,
    /// Cases of one cluster are not independent.
    pub cluster: u32,
}

impl PredictionPowered {
    /// From all judged cases.
    ///
    /// The standard error is made of the clusters' parts in both means, so a cluster may hold labelled and unlabelled cases.
    /// The parts of each mean are scaled by G/(G-1) for its G clusters; those of labelled cases by G/(G-2), since lambda is
    /// fitted to them as well, with Student's t on G-2 degrees of freedom.
    ///
    /// # Errors
    /// Fewer than three labelled clusters, no unlabelled case, a value that is not finite, or no spread.
    pub fn new(cases: &[Case]) -> Result<Self, CannotEstimate> {
        let (labelled, unlabelled): (Vec<&Case>, Vec<&Case>) = cases.iter().partition(|case| case.human.is_some());
        let human: Vec<f64> = labelled.iter().filter_map(|case| case.human).collect();
        let judge: Vec<f64> = labelled.iter().map(|case| case.judge).collect();
        let others: Vec<f64> = unlabelled.iter().map(|case| case.judge).collect();
        let clusters = |side: &[&Case]| side.iter().map(|case| case.cluster).collect::<Vec<u32>>();
        let (own, theirs) = (clusters(&labelled), clusters(&unlabelled));
        check_finite(&human)?;
        check_finite(&judge)?;
        check_finite(&others)?;
        if others.is_empty() {
            return Err(CannotEstimate::TooFew("one case without a label"));
        }
        let groups: BTreeSet<u32> = own.iter().copied().collect();
        if groups.len() < 3 {
            return Err(CannotEstimate::TooFew("three labelled cases (clusters, where there are any)"));
        }
        let lambda = weight(&human, &judge, &others);
        let corrected: Vec<f64> = human.iter().zip(&judge).map(|(human, judge)| human - lambda * judge).collect();
        let estimate = mean(&corrected) + lambda * mean(&others);
        let (mut rectifier, labelled) = parts(&corrected, &own, 1.0)?;
        let fitted = ((labelled - 1) as f64 / (labelled - 2) as f64).sqrt();
        rectifier.values_mut().for_each(|part| *part *= fitted);
        let imputed = parts(&others, &theirs, lambda)?.0;
        let se = joint_se([&rectifier, &imputed]);
        let largest = human.iter().fold(1.0, |largest: f64, value| largest.max(value.abs()));
        if !(se.is_finite() && se > 1e-12 * largest) {
            return Err(CannotEstimate::NoSpread("human values"));
        }
        let representative = alike((&judge, &own), (&others, &theirs));
        let judged = cases.iter().map(|case| case.judge).sum::<f64>() / cases.len() as f64;
        Ok(Self { estimate, lambda, se, labelled, representative, judged })
    }

    /// How much of the judge's word was used, 0 to 1.
    pub fn lambda(&self) -> f64 {
        self.lambda
    }

    /// The judge's mean over all cases, uncorrected.
    pub fn judged(&self) -> f64 {
        self.judged
    }

    /// The independent clusters with a label.
    pub fn labelled(&self) -> usize {
        self.labelled
    }

    /// The p-value of "the judge scores labelled and unlabelled cases alike". Where it is very small, labels were not drawn
    /// by chance and the correction is not to be trusted. `None` where the judge's scores do not vary.
    pub fn representative(&self) -> Option<f64> {
        self.representative
    }

    /// Bounds and p-values, by Student's t on the labelled clusters.
    pub fn inference(&self) -> Inference {
        // One degree of freedom fewer than its number of clusters has, for lambda.
        Inference::Mean(ClusterT::of(self.estimate, self.se, self.labelled - 1, "PPI++"))
    }
}

/// Cov(human, judge) / ((1 + n/N) Var(judge)), within 0 and 1, for n labelled cases and N others. As in the authors' package,
/// the covariance is over n, the variance is that of all cases over n + N - 1.
fn weight(human: &[f64], judge: &[f64], others: &[f64]) -> f64 {
    let (n, more) = (judge.len() as f64, others.len() as f64);
    let (human_mean, judge_mean) = (mean(human), mean(judge));
    let together = human.iter().zip(judge).map(|(h, j)| (h - human_mean) * (j - judge_mean)).sum::<f64>() / n;
    let all_mean = (judge.iter().sum::<f64>() + others.iter().sum::<f64>()) / (n + more);
    let squares: f64 = judge.iter().chain(others).map(|j| (j - all_mean).powi(2)).sum();
    let spread = squares / (n + more - 1.0);
    if spread <= 0.0 { 0.0 } else { (together / ((1.0 + n / more) * spread)).clamp(0.0, 1.0) }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// What each cluster adds to the error of `scale` times the mean, and the number of clusters.
fn parts(values: &[f64], clusters: &[u32], scale: f64) -> Result<(BTreeMap<u32, f64>, usize), CannotEstimate> {
    check_lengths(values.len(), clusters.len())?;
    totals(values, clusters)?;
    let (centre, n) = (mean(values), values.len() as f64);
    let mut parts: BTreeMap<u32, f64> = BTreeMap::new();
    for (value, cluster) in values.iter().zip(clusters) {
        *parts.entry(*cluster).or_default() += scale * (value - centre) / n;
    }
    let groups = parts.len();
    let correction = if groups > 1 { (groups as f64 / (groups - 1) as f64).sqrt() } else { 1.0 };
    parts.values_mut().for_each(|part| *part *= correction);
    Ok((parts, groups))
}

/// The standard error of a sum of means, from what each cluster adds to each.
fn joint_se(sides: [&BTreeMap<u32, f64>; 2]) -> f64 {
    let [one, other] = sides;
    let both: f64 = one.iter().map(|(id, part)| (part + other.get(id).copied().unwrap_or_default()).powi(2)).sum();
    let rest: f64 = other.iter().filter(|(id, _)| !one.contains_key(id)).map(|(_, part)| part * part).sum();
    (both + rest).sqrt()
}

/// The p-value of a difference between two groups' means.
fn alike(one: (&[f64], &[u32]), other: (&[f64], &[u32])) -> Option<f64> {
    let (left, groups) = parts(one.0, one.1, 1.0).ok()?;
    let (right, others) = parts(other.0, other.1, -1.0).ok()?;
    let se = joint_se([&left, &right]);
    let difference = mean(one.0) - mean(other.0);
    let smaller = groups.min(others);
    (se > 1e-12 && smaller > 1).then(|| ClusterT::of(difference, se, smaller, "t").p_two_sided(0.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(judge: f64, human: Option<f64>, cluster: u32) -> Case {
        Case { judge, human, cluster }
    }

    #[test]
    fn a_judge_that_is_always_so_much_too_kind_costs_nothing() {
        let score = |i: u32| f64::from(i % 7) / 10.0;
        let cases: Vec<Case> = (0..200).map(|i| case(score(i) + 0.2, (i % 5 == 0).then(|| score(i)), i)).collect();
        let found = PredictionPowered::new(&cases).unwrap();
        let truth = (0..200).map(score).sum::<f64>() / 200.0;
        let alone = ClusterT::new(
            &(0..200).filter(|i| i % 5 == 0).map(score).collect::<Vec<_>>(),
            &(0..40).collect::<Vec<_>>(),
        );
        let inference = found.inference();
        assert!((inference.estimate() - truth).abs() < 0.02, "{} {truth}", inference.estimate());
        assert!(inference.se().unwrap() < 0.6 * alone.unwrap().se().unwrap());
        assert!((found.judged() - truth - 0.2).abs() < 1e-12 && found.lambda() > 0.7);
    }

    #[test]
    fn a_judge_without_a_clue_is_not_listened_to() {
        let cases: Vec<Case> =
            (0..300_u32).map(|i| case(f64::from(i % 2), (i % 3 == 0).then(|| f64::from(i / 6 % 2)), i)).collect();
        assert!(PredictionPowered::new(&cases).unwrap().lambda() < 0.1);
    }

    #[test]
    fn a_cluster_counts_once_whatever_of_it_is_labelled() {
        let score = |i: u32| f64::from(i * 7 % 11) / 10.0;
        let twice = |i: u32| [case(score(i), Some(score(i / 2)), i), case(score(i), None, i)];
        let clustered: Vec<Case> = (0..60).flat_map(twice).collect();
        let apart: Vec<Case> = clustered.iter().enumerate().map(|(at, c)| Case { cluster: at as u32, ..*c }).collect();
        let [clustered, apart] = [clustered, apart].map(|cases| PredictionPowered::new(&cases).unwrap());
        assert_eq!((clustered.labelled(), apart.labelled()), (60, 60));
        assert!((clustered.estimate - apart.estimate).abs() < 1e-12 && clustered.se != apart.se);
    }

    #[test]
    fn labels_that_were_picked_show() {
        let cases: Vec<Case> =
            (0..100_u32).map(|i| case(f64::from(i) / 100.0, (i < 30).then(|| f64::from(i % 4) / 4.0), i)).collect();
        assert!(PredictionPowered::new(&cases).unwrap().representative().unwrap() < 1e-6);
    }

    #[test]
    fn refuses_what_cannot_be_corrected() {
        let of = |cases: &[Case]| PredictionPowered::new(cases).unwrap_err();
        assert_eq!(
            of(&[case(1.0, None, 0), case(1.0, Some(1.0), 1)]),
            CannotEstimate::TooFew("three labelled cases (clusters, where there are any)")
        );
        assert_eq!(
            of(&[case(1.0, Some(1.0), 0), case(0.0, Some(0.0), 1)]),
            CannotEstimate::TooFew("one case without a label")
        );
        let same = [case(1.0, Some(1.0), 0), case(1.0, Some(1.0), 1), case(1.0, Some(1.0), 3), case(1.0, None, 2)];
        assert_eq!(of(&same), CannotEstimate::NoSpread("human values"));
        assert_eq!(of(&[case(f64::NAN, None, 0)]), CannotEstimate::NotFinite);
    }
}
