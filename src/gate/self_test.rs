//! A gate and a run → how often each of its rules on differences would pass and fail, were the truth known: worlds made of
//! the run's own cases.

use serde::Serialize;

use super::Contest;
use super::claim::Claim;
use super::decision::RuleState;
use crate::analysis::{Differences, LabelledCases, MetricScores, Slice};
use crate::stats::self_test::{Drawn, Outcome, Outcomes, Trials, World, self_test, self_test_of};
use crate::stats::{CannotEstimate, Infer, Inference};
use crate::suite::{CandidateName, Corrected, GateSpec, Rule, RuleKind, Severity};

/// Made-up runs for each line. A share of 5 % has a standard error of half a point then.
const RUNS: usize = 2000;

/// What came of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SelfTest {
    /// The error rate that each rule promises.
    pub alpha: f64,
    /// Made-up runs in each world.
    pub runs: u64,
    /// The blocking rules on differences; others are counted, or about levels.
    pub rules: Vec<Tested>,
}

/// One rule.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Tested {
    /// The metric.
    pub metric: String,
    /// The cases it is about; absent for all.
    pub slice: Option<Slice>,
    /// `not_worse_by`, `better_than` or `equivalent_within`; pairwise also `at_least` and `at_most`.
    pub kind: String,
    /// The margin, as the suite says it.
    pub margin: f64,
    /// Cases that the worlds are made of.
    pub n: u64,
    /// Whether it is the number that labels correct which is tested; the worlds are made of the labelled cases then.
    pub corrected: bool,
    /// The worlds.
    pub worlds: Vec<Imagined>,
}

/// A world whose truth is known.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Imagined {
    /// `margin`, `none` (no difference: candidate and baseline are the same), `twice` the margin, or `observed` in this run.
    pub world: Place,
    /// The true difference; pairwise: win rate − ½.
    pub truth: f64,
    /// Whether the rule holds in it; absent on the margin itself, where neither may be claimed.
    pub holds: Option<bool>,
    /// How often the rule passes and fails, or why such a world cannot be made.
    #[serde(flatten)]
    pub found: Found,
}

/// Where the truth lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Place {
    /// On the margin: a pass is an error, and so is a failure.
    Margin,
    /// Nowhere: an A/A run.
    None,
    /// Twice as far as the margin.
    Twice,
    /// Where this run saw it.
    Observed,
}

/// What came of one world.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum Found {
    /// Shares of runs, each with its exact 95 % interval.
    Shares {
        /// In which the rule passed: share, low, high.
        passes: (f64, f64, f64),
        /// In which it failed.
        fails: (f64, f64, f64),
        /// Whether an error is shown to be likelier than alpha.
        too_often: bool,
    },
    /// Such a world cannot be made of these cases.
    Impossible {
        /// Why.
        impossible: String,
    },
}

/// Tests the blocking rules that are about differences. The same run and seed give the same numbers.
pub fn rehearse(gate: &GateSpec, contest: Contest<'_>, seed: u64) -> SelfTest {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let trials = Trials { runs: RUNS, seed, cases: None, threads };
    let blocking = gate.rules.iter().filter(|rule| rule.severity == Severity::Block);
    let tested = blocking.filter_map(|rule| tested(rule, gate, contest, trials));
    SelfTest { alpha: gate.alpha, runs: RUNS as u64, rules: tested.collect() }
}

fn tested(rule: &Rule, gate: &GateSpec, contest: Contest<'_>, trials: Trials) -> Option<Tested> {
    let metric = rule.metric()?;
    let pairwise = contest.data.metrics.get(metric).is_some_and(MetricScores::is_pairwise);
    if !(pairwise || rule.kind.compares()) {
        return None;
    }
    let claim = Claim::of(rule.kind, pairwise)?;
    let baseline: &CandidateName = contest.baseline?;
    let differences = contest.data.differences(metric, &rule.slice, baseline, &gate.candidate)?;
    let (kind, margin) = super::rule::named(rule.kind);
    let labels = contest
        .data
        .labelled_differences(metric, &rule.slice, baseline, &gate.candidate, gate.min_cases)
        .filter(|_| gate.corrected != Corrected::Off && gate.sequential.is_none());
    let worlds = match &labels {
        Some(labels) => worlds(claim, rule.kind, &labels.human, |truth| labels.allows(truth)),
        None => worlds(claim, rule.kind, &differences.values, |truth| differences.allows(truth)),
    };
    let test = Test { claim, differences: &differences, labels: labels.as_ref(), gate, trials };
    Some(Tested {
        metric: metric.to_string(),
        slice: if rule.slice.is_empty() { None } else { Some(rule.slice.clone()) },
        kind: kind.to_string(),
        margin,
        n: labels.as_ref().map_or(differences.values.len(), |labels| labels.human.len()) as u64,
        corrected: labels.is_some(),
        worlds: worlds
            .into_iter()
            .map(|(world, truth)| Imagined {
                world,
                truth,
                holds: claim.holds(truth),
                found: match test.labels {
                    Some(labels) => test.corrected(labels, truth),
                    None => test.imagined(world, truth),
                },
            })
            .collect(),
    })
}

/// Where the truth is put: on each margin, at no difference, and well beyond: at twice the margin, or where it was seen.
fn worlds(claim: Claim, kind: RuleKind, values: &[f64], allows: impl Fn(f64) -> bool) -> Vec<(Place, f64)> {
    let mut worlds: Vec<(Place, f64)> = claim.thresholds().map(|threshold| (Place::Margin, threshold)).collect();
    if worlds.iter().all(|(_, truth)| *truth != 0.0) {
        worlds.push((Place::None, 0.0));
        let first = worlds.first().map(|(_, truth)| 2.0 * truth);
        worlds.extend(first.filter(|twice| allows(*twice)).map(|twice| (Place::Twice, twice)));
    } else {
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let further = mean.is_finite() && mean.abs() > 1e-9 && !matches!(kind, RuleKind::EveryCase { .. });
        worlds.extend(further.then_some((Place::Observed, mean)));
    }
    worlds
}

/// What a rule is tested by.
struct Test<'a> {
    claim: Claim,
    differences: &'a Differences,
    /// The labelled cases, where labels correct the rule.
    labels: Option<&'a LabelledCases>,
    gate: &'a GateSpec,
    trials: Trials,
}

impl Test<'_> {
    fn outcome(&self, inference: &Inference, n: usize) -> Outcome {
        match self.claim.state(inference, self.gate.alpha) {
            RuleState::Pass if n >= self.gate.min_cases => Outcome::Pass,
            RuleState::Fail => Outcome::Fail,
            _ => Outcome::Inconclusive,
        }
    }

    fn imagined(&self, place: Place, truth: f64) -> Found {
        let Self { differences, gate, .. } = self;
        let decide = |values: &[f64], clusters: &[u32]| match differences.infer(values, clusters, gate.min_cases) {
            Ok(inference) => self.outcome(&inference, inference.n()),
            Err(_) => Outcome::Inconclusive,
        };
        let world = match place {
            Place::None => World::Swapped,
            // Scores without a range may be moved; others are drawn so that they stay what scores can be.
            _ if differences.range.is_none() => World::Shifted(truth),
            _ => World::Tilted(truth),
        };
        if differences.is_of_gold_set() {
            let why = "this gate claims something of its gold set alone, and the worlds are draws of cases like these";
            return Found::Impossible { impossible: why.to_string() };
        }
        let found = self_test(&differences.values, &differences.clusters, world, decide, self.trials);
        self.told(found, truth)
    }

    /// The same where labels correct the rule: of each run the labels of as many cases are known as of this one. Where they
    /// happen to look picked, the gate reads the judge's own number.
    fn corrected(&self, labels: &LabelledCases, truth: f64) -> Found {
        let decide = |drawn: Drawn<'_>| {
            if let Some(inference) = labels.infer(drawn.places, drawn.clusters) {
                return self.outcome(&inference, labels.labelled);
            }
            match self.differences.infer(&labels.judged(drawn.places), drawn.clusters, self.gate.min_cases) {
                Ok(inference) if self.gate.corrected != Corrected::Require => self.outcome(&inference, inference.n()),
                _ => Outcome::Inconclusive,
            }
        };
        let trials = Trials { cases: Some(labels.all), ..self.trials };
        let found = self_test_of(&labels.human, &labels.clusters, World::Tilted(truth), decide, trials);
        self.told(found, truth)
    }

    fn told(&self, found: Result<Outcomes, CannotEstimate>, truth: f64) -> Found {
        match found {
            Ok(outcomes) => shares(outcomes, self.claim.holds(truth), self.gate.alpha),
            Err(why) => Found::Impossible { impossible: why.to_string() },
        }
    }
}

fn shares(outcomes: Outcomes, holds: Option<bool>, alpha: f64) -> Found {
    let (passes, fails) = (outcomes.pass_rate(), outcomes.fail_rate());
    let pass_is_wrong = holds != Some(true) && passes.1 > alpha;
    let fail_is_wrong = holds != Some(false) && fails.1 > alpha;
    Found::Shares { passes, fails, too_often: pass_is_wrong || fail_is_wrong }
}
