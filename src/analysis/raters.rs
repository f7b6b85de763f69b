//! Several human raters of the same outputs → how far they agree with each other, and the judge with them: the ceiling.

use serde::Serialize;

use super::findings::Share;
use super::trust::{Correlation, FEW, Paired};
use crate::stats::bootstrap::Resampling;
use crate::stats::krippendorff::{Distance, Ratings};
use crate::stats::{CannotEstimate, Infer, Sample, ScoreKind, default_for};

/// Resamples of the intervals of alpha.
const RESAMPLES: usize = 1000;

/// How far humans agree with each other on the outputs that several of them rated, and the judge with the same humans.
/// No judge can be expected to agree with people better than people do.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Ceiling {
    /// Outputs (pairs of them) with two raters or more.
    pub outputs: u64,
    /// The most raters of one output.
    pub raters: u64,
    /// What `humans` and `judge` are: `accuracy` (agreement with the majority of the others) or `spearman` (with their mean).
    pub measure: String,
    /// Each rater against the others, one left out at a time.
    pub humans: Option<Share>,
    /// The judge against the same others.
    pub judge: Option<Share>,
    /// Krippendorff's α among the humans alone.
    pub alpha: Option<Share>,
}

/// What several raters said of one output, and what the judge said of it.
#[derive(Debug, Clone)]
pub struct Rated {
    /// Each rater's score or, of labels, its code.
    pub humans: Vec<f64>,
    /// The judge's, where it could be read.
    pub judge: Option<f64>,
    /// The case's cluster.
    pub cluster: u32,
}

/// How ratings are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Labels without an order.
    Labels,
    /// Scores, or labels in an order.
    Scores,
}

impl Kind {
    fn distance(self) -> Distance {
        match self {
            Self::Labels => Distance::Nominal,
            Self::Scores => Distance::Ordinal,
        }
    }
}

/// Krippendorff's α of judge and humans together, each output a unit and the judge one more rater.
///
/// # Errors
/// No output with two ratings, or ratings that are all equal.
pub fn alpha_with_judge(rated: &[Rated], kind: Kind, alpha: f64, seed: u64) -> Result<Share, CannotEstimate> {
    let with = |rated: &Rated| rated.humans.iter().copied().chain(rated.judge).collect::<Vec<f64>>();
    // An output that the judge did not answer tells nothing of the judge.
    let units: Vec<Vec<f64>> = rated.iter().filter(|rated| rated.judge.is_some()).map(with).collect();
    krippendorff(&units, kind, alpha, seed)
}

/// How far humans agree; `None` where no output has two raters.
pub fn ceiling(rated: &[Rated], kind: Kind, alpha: f64, seed: u64) -> Option<Ceiling> {
    let several: Vec<&Rated> = rated.iter().filter(|rated| rated.humans.len() > 1).collect();
    let raters = several.iter().map(|rated| rated.humans.len()).max()? as u64;
    let units: Vec<Vec<f64>> = several.iter().map(|rated| rated.humans.clone()).collect();
    let ((humans, judge), measure) = match kind {
        Kind::Labels => (against_majority(&several, alpha), "accuracy"),
        Kind::Scores => (against_mean(&several, alpha, seed), "spearman"),
    };
    Some(Ceiling {
        outputs: several.len() as u64,
        raters,
        measure: measure.to_string(),
        humans,
        judge,
        alpha: krippendorff(&units, kind, alpha, seed).ok(),
    })
}

/// Alpha with its interval over outputs, where one can be given.
fn krippendorff(units: &[Vec<f64>], kind: Kind, alpha: f64, seed: u64) -> Result<Share, CannotEstimate> {
    let ratings = Ratings::new(units)?;
    let estimate = ratings.alpha(kind.distance())?;
    let how = Resampling { resamples: RESAMPLES, seed, name: "krippendorff" };
    let interval = ratings.bootstrap(kind.distance(), how).ok().map(|bca| bca.interval(alpha));
    Ok(Share { estimate, low: interval.map(|i| i.0), high: interval.map(|i| i.1), n: ratings.units() as u64 })
}

/// Each rater, and the judge, against what most of the other raters said; where they are split, nothing is held against them.
fn against_majority(several: &[&Rated], alpha: f64) -> (Option<Share>, Option<Share>) {
    let (mut humans, mut judges) = (Vec::new(), Vec::new());
    for rated in several {
        for (left_out, own) in rated.humans.iter().enumerate() {
            let others = rated.humans.iter().enumerate().filter(|(at, _)| *at != left_out).map(|(_, other)| *other);
            let Some(majority) = majority(&others.collect::<Vec<f64>>()) else { continue };
            let agrees = |said: f64| f64::from(u8::from((said - majority).abs() < 1e-9));
            humans.push((agrees(*own), rated.cluster));
            judges.extend(rated.judge.map(|judge| (agrees(judge), rated.cluster)));
        }
    }
    (share(humans, alpha), share(judges, alpha))
}

/// The label that most have; `None` where two have as many.
fn majority(labels: &[f64]) -> Option<f64> {
    let count = |label: f64| labels.iter().filter(|other| (**other - label).abs() < 1e-9).count();
    let best = labels.iter().copied().max_by_key(|label| count(*label))?;
    let rivals = labels.iter().any(|label| (label - best).abs() >= 1e-9 && count(*label) == count(best));
    (!rivals).then_some(best)
}

fn share(values: Vec<(f64, u32)>, alpha: f64) -> Option<Share> {
    let (values, clusters): (Vec<f64>, Vec<u32>) = values.into_iter().unzip();
    let inference = default_for(ScoreKind::Binary, Sample::Level(&values), &clusters, FEW).ok()?;
    let (low, high) = inference.interval(alpha);
    Some(Share { estimate: inference.estimate(), low: Some(low), high: Some(high), n: values.len() as u64 })
}

/// Each rater, and the judge, against the mean of the other raters: rank correlation over all of them.
fn against_mean(several: &[&Rated], alpha: f64, seed: u64) -> (Option<Share>, Option<Share>) {
    let (mut humans, mut judges) = (Paired::default(), Paired::default());
    for rated in several {
        let (sum, n) = (rated.humans.iter().sum::<f64>(), rated.humans.len() as f64);
        for own in &rated.humans {
            let others = (sum - own) / (n - 1.0);
            humans.push(Some(*own), others, rated.cluster);
            judges.push(rated.judge, others, rated.cluster);
        }
    }
    let of = |pairs: Paired| pairs.complete(None).correlation(Correlation::Spearman, alpha, seed).ok();
    (of(humans).filter(|_| !never_vary(several)), of(judges))
}

/// Whether each rater says the same of all outputs. Then raters differ from each other alone, and ranks that are taken over
/// all of them would call two who never vary opposites.
fn never_vary(several: &[&Rated]) -> bool {
    let first = several.first().map(|rated| rated.humans.as_slice()).unwrap_or_default();
    let same = |rated: &&Rated| rated.humans.iter().zip(first).all(|(own, first)| (own - first).abs() < 1e-9);
    several.iter().all(same)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rated(humans: &[f64], judge: f64, cluster: u32) -> Rated {
        Rated { humans: humans.to_vec(), judge: Some(judge), cluster }
    }

    #[test]
    fn a_rater_is_held_against_the_others_and_not_against_himself() {
        let all: Vec<Rated> = (0..40_u32)
            .map(|i| {
                let truth = f64::from(i % 2);
                let odd = if i % 10 == 0 { 1.0 - truth } else { truth };
                rated(&[truth, truth, odd], truth, i)
            })
            .collect();
        let found = ceiling(&all, Kind::Labels, 0.05, 0).unwrap();
        // On 36 outputs all three agree. On 4 the odd one is held against two that agree, and the others see a split.
        let humans = found.humans.unwrap();
        assert_eq!((humans.n, found.outputs, found.raters), (112, 40, 3));
        assert!((humans.estimate - 108.0 / 112.0).abs() < 1e-12);
        assert_eq!(found.judge.unwrap().estimate, 1.0);
        assert!(found.alpha.unwrap().estimate < alpha_with_judge(&all, Kind::Labels, 0.05, 0).unwrap().estimate);
    }

    #[test]
    fn raters_who_never_vary_agree_in_no_way_that_can_be_told() {
        let all: Vec<Rated> = (0..12).map(|i| rated(&[3.0, 5.0], f64::from(i % 5), i)).collect();
        let found = ceiling(&all, Kind::Scores, 0.05, 0).unwrap();
        assert_eq!((found.humans, found.outputs), (None, 12));
        let opposed: Vec<Rated> = (0..12).map(|i| rated(&[f64::from(i % 5), f64::from(4 - i % 5)], 1.0, i)).collect();
        assert_eq!(ceiling(&opposed, Kind::Scores, 0.05, 0).unwrap().humans.unwrap().estimate, -1.0);
    }

    #[test]
    fn scores_are_held_against_the_mean_of_the_others() {
        let score = |i: u32| f64::from(i * 7 % 5 + 1);
        let all: Vec<Rated> =
            (0..60).map(|i| rated(&[score(i), (score(i) + f64::from(i % 3)).min(5.0)], score(i), i)).collect();
        let found = ceiling(&all, Kind::Scores, 0.05, 0).unwrap();
        assert_eq!(found.measure, "spearman");
        let (humans, judge) = (found.humans.unwrap(), found.judge.unwrap());
        assert!(humans.estimate > 0.5 && judge.estimate > humans.estimate && humans.low < Some(humans.estimate));
        assert_eq!(ceiling(&[rated(&[1.0], 1.0, 0)], Kind::Scores, 0.05, 0), None);
    }
}
