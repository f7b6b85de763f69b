//! A gate before its run → how likely each rule is to be decided on the cases that there are, and how many it would take.
//!
//! All of it is for a gate that judges all cases. It asks of the very bounds that will decide, by [`crate::stats::planning`].

use serde::Serialize;

use super::claim::Claim;
use super::decision::Ruling;
use super::rule::{QUICK, unknown};
use crate::analysis::Spread;
use crate::stats::planning::{self, Scores};
use crate::suite::{Corrected, DecidedBy, Fact, GateSpec, MetricSpec, Range, Rule, RuleKind, Subject, Suite};

/// What is to be planned for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Wishes {
    /// The probability with which a rule that holds is to pass.
    pub power: f64,
    /// The true difference to plan for, positive is better; of win rates, above one half.
    pub effect: Option<f64>,
    /// The standard deviation of a case's difference or score, in place of an earlier run's.
    pub sd: Option<f64>,
}

/// What is known of the numbers that one rule will read.
#[derive(Debug, Clone, PartialEq)]
pub struct Basis {
    /// How they lay in an earlier run, or why that is not known, in words.
    pub spread: Result<Spread, String>,
    /// By how much their variance would be larger or smaller with so many outputs a case, where the earlier run tells.
    pub repeats: Vec<(u32, f64)>,
    /// Independent cases that the rule is about in the dataset as it is; of a rule about every case, all of them.
    pub cases: u64,
    /// What labels make of it, where the gate lets them.
    pub labels: Option<Labels>,
    /// Of a rule about every case: in how many of how many cases of the earlier run it was kept, where that is known.
    pub kept: Option<(u64, u64)>,
}

/// The labels that a rule may rest on.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Labels {
    /// Independent cases of the dataset with a label that is about what the rule reads.
    pub cases: u64,
    /// How the corrected number lay in an earlier run, as the spread of one labelled case; absent where that run had no
    /// number that could be corrected.
    pub spread: Option<Spread>,
}

/// What each rule can be expected to come to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Outlook {
    /// The power that is planned for.
    pub power: f64,
    /// Whether the gate is sequential, which these numbers are not about.
    pub sequential: bool,
    /// Each rule that is about a mean, in the suite's order.
    pub rules: Vec<Promise>,
    /// Each rule that is counted case by case, in the suite's order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub counted: Vec<Counted>,
}

/// A rule that is counted case by case: it has no power, and passes only if every case keeps it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Counted {
    /// The rule as a ruling of which nothing is known yet.
    #[serde(skip)]
    pub rule: Ruling,
    /// The metric.
    pub of: String,
    /// The cases it is about; absent for all, and where it names them.
    pub slice: Option<crate::analysis::Slice>,
    /// The score that each has to reach.
    pub reaches: f64,
    /// Cases that it is about in the dataset as it is.
    pub cases: u64,
    /// In how many of how many cases of the earlier run it was kept.
    pub kept: Option<(u64, u64)>,
}

/// One rule.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Promise {
    /// The rule as a ruling of which nothing is known yet.
    #[serde(skip)]
    pub rule: Ruling,
    /// The metric, or what a limit is on.
    pub of: String,
    /// The cases it is about; absent for all.
    pub slice: Option<crate::analysis::Slice>,
    /// `not_worse_by`, `better_than` …
    pub kind: String,
    /// The margin or level, as the suite says it.
    pub margin: f64,
    /// Independent cases that it is about in the dataset as it is.
    pub cases: u64,
    /// Of these, those with a label that is about what it reads, where labels may correct it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub labelled: Option<u64>,
    /// Whether all the numbers below are those of the number that labels correct, and `cases_needed` counts labelled cases.
    pub corrected: bool,
    /// The standard deviation of a case that was planned with; absent for levels of yes or no, which need none.
    pub sd: Option<f64>,
    /// The true value that is planned for, in the rule's own unit.
    pub truth: Option<f64>,
    /// Where that value is from: `no_difference`, `effect` or `earlier_run`.
    pub truth_from: Option<Truth>,
    /// The probability that the rule passes on the dataset as it is, if that is the truth.
    pub power_now: Option<f64>,
    /// The cases that it takes to pass with the wanted power, if that is the truth.
    pub cases_needed: Option<u64>,
    /// The same with other numbers of outputs a case.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub with_repeats: Vec<Repeated>,
    /// The true value from which on it passes with the wanted power on the dataset as it is; for equivalence, how far
    /// from no difference the truth may lie.
    pub passes_from: Option<f64>,
    /// The true value from which on a breach is shown with the wanted power.
    pub fails_from: Option<f64>,
    /// What could not be planned, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
}

/// Cases with another number of outputs a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Repeated {
    /// Outputs a case.
    pub repeat: u32,
    /// Cases that it takes then.
    pub cases_needed: u64,
}

/// Where the value that is planned for is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Truth {
    /// Nothing differs, which a rule against a loss has to let pass.
    NoDifference,
    /// Somebody said so.
    Effect,
    /// A level as an earlier run had it.
    EarlierRun,
}

/// What can be expected of the rules of a gate; `basis` says what is known of each, by its place. Rules that are counted
/// case by case have no power.
pub fn outlook(suite: &Suite, gate: &GateSpec, wishes: Wishes, basis: &[Basis]) -> Outlook {
    let rules = || gate.rules.iter().zip(basis);
    let promises = rules().filter_map(|(rule, basis)| promise(suite, gate, rule, wishes, basis));
    let counted = rules().filter_map(|(rule, basis)| counted(gate, rule, basis));
    Outlook {
        power: wishes.power,
        sequential: gate.sequential.is_some(),
        rules: promises.collect(),
        counted: counted.collect(),
    }
}

fn counted(gate: &GateSpec, rule: &Rule, basis: &Basis) -> Option<Counted> {
    let RuleKind::EveryCase { reaches, .. } = rule.kind else { return None };
    let ruling = Ruling { n: basis.cases, ..unknown(rule, gate, false, false) };
    let slice = ruling.slice.clone();
    let of = rule.name().to_string();
    Some(Counted { rule: ruling, of, slice, reaches, cases: basis.cases, kept: basis.kept })
}

fn promise(suite: &Suite, gate: &GateSpec, rule: &Rule, wishes: Wishes, basis: &Basis) -> Option<Promise> {
    let spec = rule.metric().and_then(|metric| suite.metrics.get(metric));
    let pairwise = spec.is_some_and(MetricSpec::is_win_rate);
    let claim = match rule.of {
        Subject::Limit(Fact::LatencyP95) => Claim::share_at_most(1.0 - QUICK),
        _ => Claim::of(rule.kind, pairwise)?,
    };
    let ruling = unknown(rule, gate, pairwise, spec.is_some_and(|spec| spec.range() == Range::Binary));
    let (kind, margin) = (ruling.kind.clone(), ruling.margin);
    let mut promise = Promise {
        of: rule.name().to_string(),
        slice: ruling.slice.clone(),
        rule: ruling,
        kind,
        margin,
        cases: basis.cases,
        labelled: basis.labels.as_ref().map(|labels| labels.cases),
        corrected: false,
        sd: None,
        truth: None,
        truth_from: None,
        power_now: None,
        cases_needed: None,
        with_repeats: Vec::new(),
        passes_from: None,
        fails_from: None,
        problem: None,
    };
    // Where labels will correct the rule, the corrected number decides: it rests on the labelled cases.
    let least = gate.min_cases as u64;
    let labels = basis.labels.as_ref().filter(|labels| labels.cases >= least);
    let own = labels.and_then(|labels| labels.spread).filter(|_| wishes.sd.is_none());
    let rests_on_labels = own.map(|spread| Basis {
        spread: Ok(spread),
        repeats: Vec::new(),
        cases: labels.map_or(0, |labels| labels.cases),
        ..basis.clone()
    });
    promise.corrected = rests_on_labels.is_some();
    let basis = rests_on_labels.as_ref().unwrap_or(basis);
    let compares = pairwise || rule.kind.compares();
    let (truth, from) = truth(claim, compares, wishes, basis).unzip();
    let scores = match wishes.sd {
        Some(sd) => stated(spec, rule, compares, (sd, gate.method == DecidedBy::T && !pairwise), truth),
        None => basis.spread.as_ref().map(|spread| spread.scores).map_err(Clone::clone),
    };
    (promise.truth, promise.truth_from) = (truth.map(|truth| truth + claim.shift), from);
    match scores {
        Ok(scores) => promise.fill_in(claim, scores, truth, gate, wishes.power, basis),
        Err(why) => promise.problem = Some(why),
    }
    let judged = spec.is_some_and(|spec| spec.rubric().is_some());
    if gate.corrected == Corrected::Require && judged && labels.is_none() {
        let labelled = promise.labelled.unwrap_or(0);
        promise.power_now = promise.power_now.map(|_| 0.0);
        promise.problem =
            Some(format!("the gate requires labels, of which {least} are wanted, and {labelled} are there"));
    }
    Some(promise)
}

/// What is planned for: the effect that was named; no difference, where the rule is to let that pass; a level as it was.
fn truth(claim: Claim, compares: bool, wishes: Wishes, basis: &Basis) -> Option<(f64, Truth)> {
    let fulfils = |truth: f64| claim.holds(truth) == Some(true);
    let before = || basis.spread.as_ref().ok().map(|spread| spread.mean);
    match wishes.effect.filter(|_| compares) {
        Some(effect) => Some((effect, Truth::Effect)),
        None if compares => fulfils(0.0).then_some((0.0, Truth::NoDifference)),
        None => before().filter(|level| fulfils(*level)).map(|level| (level, Truth::EarlierRun)),
    }
}

/// Scores with a standard deviation that somebody named.
fn stated(
    spec: Option<&MetricSpec>,
    rule: &Rule,
    compares: bool,
    (sd, by_t): (f64, bool),
    truth: Option<f64>,
) -> Result<Scores, String> {
    let bounded = |min, max| Scores::Bounded { sd, skewness: 0.0, min, max };
    let Some(spec) = spec else {
        return Ok(match rule.of {
            Subject::Limit(Fact::Cost | Fact::LatencyMean) => Scores::Unbounded { sd },
            _ => Scores::Rate,
        });
    };
    Ok(match (spec.range(), compares) {
        (Range::Bounded { .. }, true) if by_t => Scores::Unbounded { sd },
        _ if spec.is_win_rate() => bounded(-0.5, 0.5),
        (Range::Binary, false) => Scores::Rate,
        (Range::Binary, true) => {
            // Of differences that are −1, 0 or 1: the share that is not 0.
            let discordant = (sd * sd + truth.unwrap_or(0.0).powi(2)).min(1.0);
            Scores::Pairs { discordant, neither: 0.5 * (1.0 - discordant) }
        }
        (Range::Bounded { min, max }, true) => bounded(min - max, max - min),
        (Range::Bounded { min, max }, false) => bounded(min, max),
        (Range::Unbounded, _) => Scores::Unbounded { sd },
    })
}

impl Promise {
    fn fill_in(
        &mut self,
        claim: Claim,
        scores: Scores,
        truth: Option<f64>,
        gate: &GateSpec,
        power: f64,
        basis: &Basis,
    ) {
        let Some(planned) = claim.planned() else { return };
        let rule = planning::Rule { scores, claim: planned, alpha: gate.alpha };
        let (now, least) = (basis.cases as f64, gate.min_cases as u64);
        self.sd = match scores {
            Scores::Bounded { sd, .. } | Scores::Unbounded { sd } => Some(sd),
            Scores::Pairs { discordant, .. } => {
                Some((discordant - truth.unwrap_or(0.0).powi(2)).max(0.0).sqrt()).filter(|sd| *sd > 0.0)
            }
            Scores::Rate => None,
        };
        if let Some(truth) = truth {
            // With fewer cases than the gate wants no rule passes.
            let enough = basis.cases >= least;
            self.power_now = if enough { rule.power(truth, now).ok() } else { Some(0.0) };
            match rule.cases(truth, power) {
                Ok(cases) => self.cases_needed = Some((cases as u64).max(least)),
                Err(why) => self.problem = Some(why.to_string()),
            }
            for (repeat, ratio) in &basis.repeats {
                let repeated = planning::Rule { scores: scaled(scores, *ratio), ..rule };
                let cases = repeated.cases(truth, power).ok();
                let repeated = |cases: usize| Repeated { repeat: *repeat, cases_needed: (cases as u64).max(least) };
                self.with_repeats.extend(cases.map(repeated));
            }
        } else if basis.cases < least {
            self.problem = Some(format!("no rule passes on fewer than {least} independent cases"));
        }
        let found = |rule: planning::Rule| rule.detectable(now, power).ok().flatten();
        let enough = basis.cases >= least;
        self.passes_from = found(rule).filter(|_| enough).map(|distance| claim.shift + beyond(planned, distance));
        // That one of two margins is broken may be shown at either: each gets half of the error rate.
        self.fails_from = match planned {
            planning::Claim::Above(low) => found(planning::Rule { claim: planning::Claim::Below(low), ..rule })
                .map(|distance| claim.shift + low - distance),
            planning::Claim::Below(high) => found(planning::Rule { claim: planning::Claim::Above(high), ..rule })
                .map(|distance| claim.shift + high + distance),
            planning::Claim::Within(low, _) => {
                let one = planning::Rule { claim: planning::Claim::Below(low), alpha: 0.5 * gate.alpha, ..rule };
                found(one).map(|distance| claim.shift + low - distance)
            }
        };
        if matches!(self.rule.kind.as_str(), "at_least" | "at_most") && truth.is_none() && self.problem.is_none() {
            self.problem = Some("the level of the earlier run does not fulfil it".to_string());
        }
    }
}

/// The true value at a distance on the right side of a threshold; within two margins, the distance itself.
fn beyond(claim: planning::Claim, distance: f64) -> f64 {
    match claim {
        planning::Claim::Above(low) => low + distance,
        planning::Claim::Below(high) => high - distance,
        planning::Claim::Within(..) => distance,
    }
}

fn scaled(scores: Scores, ratio: f64) -> Scores {
    match scores {
        Scores::Bounded { sd, skewness, min, max } => Scores::Bounded { sd: sd * ratio.sqrt(), skewness, min, max },
        Scores::Unbounded { sd } => Scores::Unbounded { sd: sd * ratio.sqrt() },
        other => other,
    }
}
