//! A rule and the differences of a run → how often the rule would decide what, in worlds whose truth is known.

use super::clusters::members;
use super::dist::bisect;
use super::error::{CannotEstimate, check_finite, check_lengths, check_range};
use super::exact::ClopperPearson;
use super::inference::Infer;
use super::proportion::Proportion;
use super::rng::{below, stream};

use rand::Rng;

/// A world made of the run's own cases, with a known true difference. Whole clusters are turned or drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum World {
    /// Candidate and baseline change places in every second cluster, by chance: an A/A run. The true difference is zero,
    /// and every value stays in the range of the score.
    Swapped,
    /// The differences from their mean change their signs by chance, and the true difference is what is given. The
    /// shape becomes symmetric, and values may leave the range of a score: for scores without one.
    Shifted(f64),
    /// Cases are drawn anew with weights exp(t * d) that make the true difference what is given. Keeps the range and the
    /// lopsidedness of the scores. It needs cases on both sides of the wanted difference.
    Tilted(f64),
}

/// What a rule decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Pass,
    Fail,
    Inconclusive,
}

/// How many runs to make up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trials {
    pub runs: usize,
    pub seed: u64,
    /// Cases (clusters) of a run, where it is not as many as there are; only [`World::Tilted`] can have more or fewer.
    pub cases: Option<usize>,
    /// The most threads to use. It does not change the numbers.
    pub threads: usize,
}

/// How often a rule decided what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcomes {
    pub runs: usize,
    pub passed: usize,
    pub failed: usize,
}

impl Outcomes {
    /// The share of runs that passed and its exact 95 % interval: (share, low, high).
    pub fn pass_rate(self) -> (f64, f64, f64) {
        self.rate(self.passed)
    }

    /// The share of runs that failed and its exact 95 % interval: (share, low, high).
    pub fn fail_rate(self) -> (f64, f64, f64) {
        self.rate(self.failed)
    }

    fn rate(self, hits: usize) -> (f64, f64, f64) {
        Proportion::new(hits, self.runs).map_or((0.0, 0.0, 1.0), |share| {
            let (low, high) = ClopperPearson(share).interval(0.05);
            (share.rate(), low, high)
        })
    }
}

/// Runs made up at a time from one stream of random numbers, so that threads do not change the numbers.
const PORTION: usize = 50;

/// A made-up run.
#[derive(Debug, Clone, Copy)]
pub struct Drawn<'a> {
    /// The difference of each case.
    pub values: &'a [f64],
    /// The cluster of each, numbered from 0.
    pub clusters: &'a [u32],
    /// Which of the given cases each was made of.
    pub places: &'a [usize],
}

/// Makes up runs in a `world` from paired differences and the cluster of each, and counts what `decide` makes of the
/// differences and clusters of each.
///
/// # Errors
/// If there are fewer than two clusters or no runs, the columns differ in length, a value is not finite, the world cannot be
/// made of these cases, or another number of cases is wanted of a world that cannot have it.
pub fn self_test(
    differences: &[f64],
    clusters: &[u32],
    world: World,
    decide: impl Fn(&[f64], &[u32]) -> Outcome + Sync,
    trials: Trials,
) -> Result<Outcomes, CannotEstimate> {
    self_test_of(differences, clusters, world, |drawn| decide(drawn.values, drawn.clusters), trials)
}

/// The same where a decision needs to know which cases a run was made of.
///
/// # Errors
/// As [`self_test`].
pub fn self_test_of(
    differences: &[f64],
    clusters: &[u32],
    world: World,
    decide: impl Fn(Drawn<'_>) -> Outcome + Sync,
    trials: Trials,
) -> Result<Outcomes, CannotEstimate> {
    check_lengths(differences.len(), clusters.len())?;
    check_finite(differences)?;
    let members = members(clusters);
    if members.len() < 2 {
        return Err(CannotEstimate::TooFew("two cases"));
    }
    if trials.runs == 0 {
        return Err(CannotEstimate::TooFew("one run"));
    }
    let maker = Maker::new(differences, &members, world, trials.cases)?;
    let portions: Vec<usize> = (0..trials.runs.div_ceil(PORTION)).collect();
    let count = |portions: &[usize]| {
        let mut found = Outcomes { runs: 0, passed: 0, failed: 0 };
        let mut run = Run::default();
        for &portion in portions {
            let mut rng = stream(trials.seed, &format!("self-test {portion}"));
            for _ in 0..PORTION.min(trials.runs - portion * PORTION) {
                maker.make(&mut rng, &mut run);
                let Run { values, clusters, places } = &run;
                let outcome = decide(Drawn { values, clusters, places });
                found.runs += 1;
                found.passed += usize::from(outcome == Outcome::Pass);
                found.failed += usize::from(outcome == Outcome::Fail);
            }
        }
        found
    };
    let each = portions.len().div_ceil(trials.threads.max(1));
    let counts: Option<Vec<Outcomes>> = std::thread::scope(|scope| {
        let threads: Vec<_> = portions.chunks(each).map(|part| scope.spawn(|| count(part))).collect();
        threads.into_iter().map(|thread| thread.join().ok()).collect()
    });
    let counts = counts.ok_or(CannotEstimate::Undefined("the rule that is tested broke down"))?;
    Ok(counts.iter().fold(Outcomes { runs: 0, passed: 0, failed: 0 }, |sum, part| Outcomes {
        runs: sum.runs + part.runs,
        passed: sum.passed + part.passed,
        failed: sum.failed + part.failed,
    }))
}

/// A run, made up in the place of the one before.
#[derive(Default)]
struct Run {
    values: Vec<f64>,
    clusters: Vec<u32>,
    places: Vec<usize>,
}

/// What a run is made of.
struct Maker<'a> {
    differences: &'a [f64],
    members: &'a [Vec<usize>],
    world: World,
    mean: f64,
    /// For the tilted world: the chances of the clusters, added up, and the clusters of a run.
    chances: Vec<f64>,
    cases: usize,
}

impl<'a> Maker<'a> {
    fn new(
        differences: &'a [f64],
        members: &'a [Vec<usize>],
        world: World,
        cases: Option<usize>,
    ) -> Result<Self, CannotEstimate> {
        let mean = super::error::finite(differences.iter().sum::<f64>() / differences.len() as f64)?;
        let mut chances = Vec::new();
        match world {
            World::Tilted(to) => {
                check_range(to, -f64::MAX, f64::MAX)?;
                let beyond = |m: &Vec<usize>| m.iter().map(|&at| differences[at] - to).sum::<f64>();
                let beyond: Vec<f64> = members.iter().map(beyond).collect();
                let mut sum = 0.0;
                for weight in tilt(&beyond)? {
                    sum += weight;
                    chances.push(sum);
                }
            }
            World::Shifted(to) => check_range(to, -f64::MAX, f64::MAX)?,
            World::Swapped => {}
        }
        if chances.is_empty() && cases.is_some_and(|cases| cases != members.len()) {
            return Err(CannotEstimate::Undefined("only a tilted world can have another number of cases"));
        }
        Ok(Self { differences, members, world, mean, chances, cases: cases.unwrap_or(members.len()).max(1) })
    }

    fn make(&self, rng: &mut rand_pcg::Pcg64, run: &mut Run) {
        run.values.clear();
        run.clusters.clear();
        run.places.clear();
        let total = self.chances.last().copied().unwrap_or_default();
        for id in 0..self.cases {
            let member = match self.world {
                World::Tilted(_) => {
                    let place = below(rng, 1 << 53) as f64 / (1_u64 << 53) as f64 * total;
                    let at = self.chances.partition_point(|sum| *sum <= place);
                    &self.members[at.min(self.members.len() - 1)]
                }
                World::Swapped | World::Shifted(_) => &self.members[id],
            };
            let sign = if rng.next_u64() >> 63 == 0 { 1.0 } else { -1.0 };
            run.clusters.extend(member.iter().map(|_| id as u32));
            run.places.extend(member);
            run.values.extend(member.iter().map(|&at| match self.world {
                World::Swapped => sign * self.differences[at],
                World::Shifted(to) => sign * (self.differences[at] - self.mean) + to,
                World::Tilted(_) => self.differences[at],
            }));
        }
    }
}

/// Weights exp(t y) with which the values y have the mean zero.
fn tilt(values: &[f64]) -> Result<Vec<f64>, CannotEstimate> {
    let largest = values.iter().fold(0.0, |largest: f64, value| largest.max(value.abs()));
    if !values.iter().any(|y| *y > 1e-9 * largest) || !values.iter().any(|y| *y < -1e-9 * largest) {
        return Err(CannotEstimate::Undefined("the cases all lie on one side of the wanted difference"));
    }
    let weights = |t: f64| {
        let top = values.iter().fold(f64::NEG_INFINITY, |top, y| top.max(t * y));
        values.iter().map(|y| (t * y - top).exp()).collect::<Vec<f64>>()
    };
    let mean = |t: f64| weights(t).iter().zip(values).map(|(w, y)| w * y).sum::<f64>();
    let mut reach = 1.0 / largest;
    while (mean(-reach) > 0.0 || mean(reach) < 0.0) && reach * largest < 1e9 {
        reach *= 2.0;
    }
    Ok(weights(bisect(-reach, reach, |t| mean(t) < 0.0)))
}

#[cfg(test)]
mod tests {
    use super::super::{Inference, clusters::singletons};
    use super::*;

    const TRIALS: Trials = Trials { runs: 2000, seed: 1, cases: None, threads: 2 };

    fn lopsided() -> Vec<f64> {
        (0..60).map(|i| if i % 20 == 0 { -0.9 } else { f64::from(i % 3) / 10.0 - 0.05 }).collect()
    }

    /// The rule `not_worse_by: 0.1` at 5 %.
    fn rule(bounded: bool) -> impl Fn(&[f64], &[u32]) -> Outcome + Sync {
        move |values, clusters| {
            let inference = match bounded {
                true => Inference::bounded_mean(values, -1.0, 1.0),
                false => Inference::mean(values, clusters),
            };
            match inference {
                Ok(inference) if inference.lower(0.05) > -0.1 => Outcome::Pass,
                Ok(inference) if inference.upper(0.05) < -0.1 => Outcome::Fail,
                _ => Outcome::Inconclusive,
            }
        }
    }

    #[test]
    fn a_tilted_world_has_the_mean_that_was_wanted() {
        let (values, clusters) = (lopsided(), singletons(60));
        let sum = std::sync::Mutex::new(0.0);
        let add = |values: &[f64], _: &[u32]| {
            *sum.lock().unwrap() += values.iter().sum::<f64>() / values.len() as f64;
            Outcome::Inconclusive
        };
        self_test(&values, &clusters, World::Tilted(-0.1), add, TRIALS).unwrap();
        let mean = sum.into_inner().unwrap() / 2000.0;
        assert!((mean + 0.1).abs() < 0.004, "{mean}");
    }

    #[test]
    fn a_rule_that_errs_on_lopsided_scores_is_found_out() {
        let (values, clusters) = (lopsided(), singletons(60));
        let passes = |bounded| {
            let trials = Trials { cases: Some(30), ..TRIALS };
            self_test(&values, &clusters, World::Tilted(-0.1), rule(bounded), trials).unwrap().pass_rate()
        };
        // The truth lies on the margin, so every pass is an error.
        assert!(passes(false).1 > 0.08 && passes(true).0 <= 0.05, "{:?} {:?}", passes(false), passes(true));
    }

    #[test]
    fn threads_change_nothing_and_nothing_differs_in_an_aa_run() {
        let (values, clusters) = (lopsided(), (0..60).map(|i| i / 2).collect::<Vec<u32>>());
        let with = |threads, world| {
            self_test(&values, &clusters, world, rule(true), Trials { threads, runs: 430, ..TRIALS }).unwrap()
        };
        for world in [World::Swapped, World::Shifted(0.02), World::Tilted(0.0)] {
            assert_eq!(with(1, world), with(3, world));
            assert_eq!(with(1, world).runs, 430);
        }
        assert_eq!(with(2, World::Swapped).failed, 0);
    }

    #[test]
    fn worlds_that_cannot_be_are_refused() {
        let test = |values: &[f64], world, cases| {
            let trials = Trials { cases, ..TRIALS };
            self_test(values, &singletons(values.len()), world, |_, _| Outcome::Pass, trials)
        };
        assert!(test(&[0.0; 9], World::Tilted(-0.1), None).is_err());
        assert!(test(&[0.1], World::Swapped, None).is_err());
        assert!(test(&[0.1, f64::NAN], World::Swapped, None).is_err());
        assert!(test(&[0.1, -0.2], World::Shifted(f64::INFINITY), None).is_err());
        assert!(test(&[0.1, -0.2], World::Swapped, Some(5)).is_err());
        assert_eq!(test(&[0.0; 9], World::Swapped, None).unwrap().pass_rate().0, 1.0);
    }
}
