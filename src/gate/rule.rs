//! One rule held against the data: pass, fail, inconclusive or invalid.

use super::decision::{RuleState, Ruling};
use super::words;
use crate::analysis::{Data, Measured};
use crate::stats::{CannotEstimate, Infer, Inference};
use crate::suite::{CandidateName, GateSpec, Range, Rule, RuleKind};

/// A rule with what the data say of it, before the failures are corrected for their number.
#[derive(Debug)]
pub(super) struct Held<'a> {
    pub rule: &'a Rule,
    pub ruling: Ruling,
    /// p of "the rule is broken"; 1 where nothing was measured.
    pub p_broken: f64,
    /// What the ruling shows where it is inconclusive: the bound that a pass would have to show, and p of passing.
    pub undecided: (Option<f64>, Option<f64>),
}

/// What a rule reads, and which side of which threshold it wants the true value on.
#[derive(Debug, Clone, Copy)]
struct Claim {
    threshold: f64,
    /// Whether the value is to be above the threshold rather than below it.
    above: bool,
    /// Whether the threshold itself will do.
    inclusive: bool,
    /// What is added to the statistics' number to get the one that people read: ½ makes a win rate of a margin.
    shift: f64,
}

impl<'a> Held<'a> {
    /// Holds one rule against the data. `baseline` is absent where the suite names none.
    pub fn new(rule: &'a Rule, gate: &GateSpec, data: &Data, baseline: Option<&CandidateName>) -> Self {
        let pairwise = data.metrics.get(&rule.metric).is_some_and(|m| !m.preferences.is_empty());
        let difference = || data.difference(&rule.metric, &rule.slice, baseline?, &gate.candidate, gate.min_cases);
        let level = || data.level(&rule.metric, &rule.slice, &gate.candidate, gate.min_cases);
        let (claim, measured) = match rule.kind {
            RuleKind::NotWorseBy(margin) => (Claim::above(-margin), difference()),
            RuleKind::BetterThan(rate) if pairwise => (Claim::above(rate).of_win_rate(), difference()),
            RuleKind::BetterThan(least) => (Claim::above(least), difference()),
            RuleKind::AtLeast(rate) if pairwise => (Claim::at_least(rate).of_win_rate(), difference()),
            RuleKind::AtLeast(least) => (Claim::at_least(least), level()),
            RuleKind::AtMost(rate) if pairwise => (Claim::at_most(rate).of_win_rate(), difference()),
            RuleKind::AtMost(most) => (Claim::at_most(most), level()),
        };
        let (kind, margin) = named(rule.kind);
        let mut ruling = Ruling {
            metric: rule.metric.to_string(),
            slice: if rule.slice.is_empty() { None } else { Some(rule.slice.clone()) },
            kind: kind.to_string(),
            margin,
            win_rate: claim.shift != 0.0,
            shares: data.metrics.get(&rule.metric).is_some_and(|m| pairwise || m.range == Range::Binary),
            severity: rule.severity,
            state: RuleState::Invalid,
            bound: None,
            estimate: None,
            level: 1.0 - gate.alpha,
            p: None,
            n: measured.as_ref().map_or(0, |m| m.n as u64),
            words: String::new(),
        };
        let (mut p_broken, mut undecided) = (1.0, (None, None));
        match &measured {
            None => ruling.words = words::unmeasured(rule, baseline),
            Some(measured) => match &measured.inference {
                Err(why) => {
                    ruling.state = without_inference(why, measured.n);
                    ruling.words = words::not_estimable(rule, &why.to_string());
                }
                Ok(inference) => {
                    let near = claim.shift + claim.near(inference, gate.alpha);
                    undecided = (Some(near), Some(claim.p_holds(inference)));
                    p_broken = claim.hold(rule, &mut ruling, measured, inference, gate);
                    if ruling.state == RuleState::Inconclusive {
                        (ruling.bound, ruling.p) = undecided;
                    }
                }
            },
        }
        Self { rule, ruling, p_broken, undecided }
    }
}

impl Claim {
    fn above(threshold: f64) -> Self {
        Self { threshold, above: true, inclusive: false, shift: 0.0 }
    }

    fn at_least(threshold: f64) -> Self {
        Self { inclusive: true, ..Self::above(threshold) }
    }

    fn at_most(threshold: f64) -> Self {
        Self { above: false, ..Self::at_least(threshold) }
    }

    fn of_win_rate(self) -> Self {
        Self { threshold: self.threshold - 0.5, shift: 0.5, ..self }
    }

    /// Fills the ruling in, and returns p of "the rule is broken".
    fn hold(
        self,
        rule: &Rule,
        ruling: &mut Ruling,
        measured: &Measured,
        inference: &Inference,
        gate: &GateSpec,
    ) -> f64 {
        let state = self.state(inference, gate.alpha);
        ruling.state = state;
        ruling.estimate = Some(inference.estimate() + self.shift);
        ruling.bound = Some(
            self.shift
                + if state == RuleState::Fail {
                    self.far(inference, gate.alpha)
                } else {
                    self.near(inference, gate.alpha)
                },
        );
        let (p_holds, p_broken) = (self.p_holds(inference), self.p_broken(inference));
        ruling.p = Some(if state == RuleState::Fail { p_broken } else { p_holds });
        let mut doubts = Vec::new();
        let few = measured.clusters < gate.min_cases;
        if state == RuleState::Pass && few {
            ruling.state = RuleState::Inconclusive;
            doubts.push(format!(
                "{} independent cases are too few to pass on, {} are wanted",
                measured.clusters, gate.min_cases
            ));
        }
        if let Some((worst, best)) = &measured.extremes {
            let holds = |end: &Result<Inference, _>| end.as_ref().is_ok_and(|end| self.state(end, gate.alpha) == state);
            if state != RuleState::Inconclusive && !(holds(worst) && holds(best)) {
                ruling.state = RuleState::Inconclusive;
                doubts.push(format!("{} cases without a value could change it", measured.missing));
            }
        }
        ruling.words = words::ruling(rule, ruling, state, &doubts);
        if ruling.state == RuleState::Fail { p_broken } else { p_broken.max(gate.alpha) }
    }

    fn state(self, inference: &Inference, alpha: f64) -> RuleState {
        let beyond = |bound: f64| if self.above { bound > self.threshold } else { bound < self.threshold };
        let near = self.near(inference, alpha);
        let far = self.far(inference, alpha);
        let on_it = |bound: f64| self.inclusive && bound == self.threshold;
        if beyond(near) || on_it(near) {
            RuleState::Pass
        } else if !beyond(far) && far != self.threshold {
            RuleState::Fail
        } else {
            RuleState::Inconclusive
        }
    }

    /// The one-sided bound that must be on the right side for the rule to pass.
    fn near(self, inference: &Inference, alpha: f64) -> f64 {
        if self.above { inference.lower(alpha) } else { inference.upper(alpha) }
    }

    /// The one-sided bound that must be on the wrong side for the rule to fail.
    fn far(self, inference: &Inference, alpha: f64) -> f64 {
        if self.above { inference.upper(alpha) } else { inference.lower(alpha) }
    }

    fn p_holds(self, inference: &Inference) -> f64 {
        if self.above { inference.p_greater(self.threshold) } else { inference.p_less(self.threshold) }
    }

    fn p_broken(self, inference: &Inference) -> f64 {
        if self.above { inference.p_less(self.threshold) } else { inference.p_greater(self.threshold) }
    }
}

/// What a rule comes to whose number has no bounds. Scores that are too few or all equal are no evidence; none at all,
/// or such as cannot be, are no measurement.
fn without_inference(why: &CannotEstimate, n: usize) -> RuleState {
    match why {
        CannotEstimate::TooFew(_) | CannotEstimate::NoSpread(_) if n > 0 => RuleState::Inconclusive,
        _ => RuleState::Invalid,
    }
}

/// A rule's kind as the suite writes it, and its number.
fn named(kind: RuleKind) -> (&'static str, f64) {
    match kind {
        RuleKind::NotWorseBy(x) => ("not_worse_by", x),
        RuleKind::BetterThan(x) => ("better_than", x),
        RuleKind::AtLeast(x) => ("at_least", x),
        RuleKind::AtMost(x) => ("at_most", x),
    }
}
