//! One rule held against the data: pass, fail, inconclusive or invalid.

use super::Contest;
use super::claim::Claim;
use super::correct::{self, Reading};
use super::decision::{RuleState, Ruling};
use super::words;
use crate::analysis::{EveryCase, Measured, MetricScores, MissingBounds, ProbeState, Probed, Shift};
use crate::stats::{CannotEstimate, Infer, Inference};
use crate::suite::{DecidedBy, Fact, GateSpec, Range, Rule, RuleKind, Subject};

/// So many answers must keep within `latency_p95`.
pub(super) const QUICK: f64 = 0.95;

/// A rule with what the data say of it, before the failures are corrected for their number.
#[derive(Debug)]
pub(super) struct Held<'a> {
    pub rule: &'a Rule,
    pub ruling: Ruling,
    /// p of "the rule is broken", 1 where nothing was measured; none for what was counted.
    pub p_broken: Option<f64>,
    /// What the ruling shows where it is inconclusive: the bound that a pass would have to show, and p of passing.
    pub undecided: (Option<f64>, Option<f64>),
}

impl<'a> Held<'a> {
    /// Holds the rule at a place in the gate against the data.
    pub fn new(rule: &'a Rule, place: usize, gate: &GateSpec, contest: Contest<'_>) -> Self {
        let mut held = Self { rule, ruling: blank(rule, gate, contest), p_broken: Some(1.0), undecided: (None, None) };
        if let RuleKind::EveryCase { .. } = rule.kind {
            held.p_broken = None;
            held.count(contest.data.asides.every_case.get(&place));
            return held;
        }
        if let Subject::Audit { .. } = rule.of {
            held.p_broken = None;
            held.audit(contest.data.asides.audits.get(&place));
            return held;
        }
        if let Subject::Drift(metric) = &rule.of {
            held.p_broken = None;
            held.drift(contest.data.asides.drifts.get(metric), gate);
            return held;
        }
        match measure(rule, place, gate, contest) {
            Ok((claim, measured)) => match correct::read(rule, gate, contest, measured) {
                Reading::Of(measured, correcting) => {
                    held.ruling.correcting = correcting;
                    held.infer(claim, &measured, gate);
                }
                Reading::Nothing(why) => held.ruling.words = words::uncorrected(rule, &why),
            },
            Err(why) => held.ruling.words = why,
        }
        held
    }

    /// Holds the rule against what was measured.
    fn infer(&mut self, claim: Claim, measured: &Measured, gate: &GateSpec) {
        let (rule, ruling) = (self.rule, &mut self.ruling);
        let alpha = gate.alpha;
        ruling.n = measured.n as u64;
        ruling.missing = measured.missing as u64;
        let shifted = |b: MissingBounds| MissingBounds { worst: b.worst + claim.shift, best: b.best + claim.shift };
        ruling.bounds = measured.bounds().map(shifted);
        let inference = match &measured.inference {
            Ok(inference) => inference,
            Err(why) => {
                ruling.state = without_inference(why, measured.n);
                ruling.words = words::not_estimable(rule, &why.to_string());
                return;
            }
        };
        let state = claim.state(inference, alpha);
        ruling.method = Some(inference.method().to_string());
        ruling.estimate = Some(inference.estimate() + claim.shift);
        ruling.interval = claim.interval(inference, alpha).map(|(low, high)| (low + claim.shift, high + claim.shift));
        ruling.bound = Some(claim.shift + claim.bound(inference, state, alpha));
        let doubts = doubts(claim, state, measured, gate);
        ruling.state = if doubts.is_empty() { state } else { RuleState::Inconclusive };
        ruling.words = words::ruling(rule, ruling, state, &doubts);
        let p_broken = claim.p_broken(inference, alpha);
        let near = claim.shift + claim.bound(inference, RuleState::Inconclusive, alpha);
        self.undecided = (Some(near), Some(claim.p_holds(inference, alpha)));
        self.p_broken = Some(if ruling.state == RuleState::Fail { p_broken } else { p_broken.max(alpha) });
        (ruling.bound, ruling.p) = match ruling.state {
            RuleState::Fail => (ruling.bound, Some(p_broken)),
            _ => self.undecided,
        };
    }

    /// Holds the rule against what an audit of the judge found. A judge beyond the limit does not fail the candidate: it
    /// cannot tell whether the candidate fails.
    fn audit(&mut self, found: Option<&Result<Probed, String>>) {
        let (rule, ruling) = (self.rule, &mut self.ruling);
        let probed = match found {
            Some(Ok(probed)) => probed,
            Some(Err(why)) => {
                ruling.words = why.clone();
                return;
            }
            None => {
                ruling.words = words::unmeasured(rule, None);
                return;
            }
        };
        ruling.state = match probed.state {
            ProbeState::Pass => RuleState::Pass,
            ProbeState::Inconclusive => RuleState::Inconclusive,
            ProbeState::Fail | ProbeState::Absent => RuleState::Invalid,
        };
        ruling.n = probed.n;
        ruling.method = Some(probed.method.clone());
        (ruling.estimate, ruling.bound) = (probed.rate, probed.bound);
        ruling.words = words::audited(rule, ruling, probed);
    }

    /// Holds the rule against how far the judge moved on the anchors, to either side. A judge that moved does not fail the
    /// candidate: its numbers are not what they were.
    fn drift(&mut self, found: Option<&Result<Shift, String>>, gate: &GateSpec) {
        let (rule, ruling) = (self.rule, &mut self.ruling);
        let shift = match found {
            Some(Ok(shift)) => shift,
            Some(Err(why)) => {
                ruling.words = words::undrifted(rule, why);
                return;
            }
            None => {
                ruling.words = words::undrifted(rule, "its judge judged no anchors in this run");
                return;
            }
        };
        let inference = if gate.method == DecidedBy::T { shift.shown() } else { &shift.decides };
        let (low, high) = (inference.lower(gate.alpha), inference.upper(gate.alpha));
        let most = ruling.margin;
        ruling.state = if low > most || high < -most {
            RuleState::Invalid
        } else if low >= -most && high <= most {
            RuleState::Pass
        } else {
            RuleState::Inconclusive
        };
        ruling.n = shift.n as u64;
        ruling.method = Some(inference.method().to_string());
        ruling.estimate = Some(inference.estimate());
        ruling.interval = Some((low, high));
        ruling.bound = Some(if -low > high { low } else { high });
        ruling.words = words::drifted(rule, ruling, &shift.since);
    }

    /// Holds the rule against what was counted, case by case.
    fn count(&mut self, found: Option<&EveryCase>) {
        let (rule, ruling) = (self.rule, &mut self.ruling);
        let Some(found) = found.filter(|found| found.cases > found.absent.len()) else {
            ruling.words = words::unmeasured(rule, None);
            return;
        };
        ruling.method = Some("counted".to_string());
        ruling.n = found.cases as u64;
        ruling.missing = found.open as u64;
        let wanted = match rule.kind {
            RuleKind::EveryCase { repeats, .. } => repeats.unwrap_or(1),
            _ => 1,
        };
        ruling.state = if found.broken > 0 {
            RuleState::Fail
        } else if found.samples < wanted && found.samples > 0 {
            // Fewer samples were drawn than the rule wants; nothing can be said of what was not asked.
            RuleState::Invalid
        } else if found.open > 0 || found.unjudged > 0 {
            RuleState::Inconclusive
        } else {
            RuleState::Pass
        };
        let share = |broken: usize| (found.cases - broken) as f64 / found.cases as f64;
        if ruling.state != RuleState::Invalid {
            ruling.estimate = Some(share(found.broken));
        }
        if found.open > 0 {
            ruling.bounds = Some(MissingBounds { worst: share(found.broken + found.open), best: share(found.broken) });
        }
        ruling.cases = found.told.iter().map(|tried| tried.case.clone()).collect();
        ruling.cases.extend(found.absent.iter().filter(|_| found.broken == 0).map(ToString::to_string));
        ruling.words = words::counted(rule, ruling.state, found);
    }
}

/// What a rule reads, or why there is nothing to read.
fn measure(
    rule: &Rule,
    place: usize,
    gate: &GateSpec,
    Contest { data, baseline, .. }: Contest<'_>,
) -> Result<(Claim, Measured), String> {
    let (slice, candidate) = (&rule.slice, &gate.candidate);
    match &rule.of {
        Subject::Metric(metric) => {
            let pairwise = data.metrics.get(metric).is_some_and(MetricScores::is_pairwise);
            let measured = if pairwise || rule.kind.compares() {
                baseline.and_then(|baseline| data.difference(metric, slice, baseline, candidate, gate.min_cases))
            } else {
                data.level(metric, slice, candidate, gate.min_cases)
            };
            let claim = Claim::of(rule.kind, pairwise);
            claim.zip(measured).ok_or_else(|| words::unmeasured(rule, baseline))
        }
        // It is held against what an audit found, not against scores.
        Subject::Audit { .. } | Subject::Drift(_) => Err(words::unmeasured(rule, None)),
        Subject::Limit(fact) => {
            let limited = data.asides.limits.get(&place);
            if let Some(unknown) = limited.map(|limited| limited.unknown).filter(|unknown| *unknown > 0) {
                return Err(words::unknown(*fact, unknown));
            }
            let measured = limited.and_then(|limited| data.mean_of(&limited.scores, slice, candidate, gate.min_cases));
            let claim = match fact {
                Fact::LatencyP95 => Some(Claim::share_at_most(1.0 - QUICK)),
                _ => Claim::of(rule.kind, false),
            };
            claim.zip(measured).ok_or_else(|| words::unmeasured(rule, None))
        }
    }
}

/// What keeps a state from being the rule's: too few cases to pass on, gaps that could change it.
fn doubts(claim: Claim, state: RuleState, measured: &Measured, gate: &GateSpec) -> Vec<String> {
    let mut doubts = Vec::new();
    // Of a rule that is open anyway it is said where the number of cases does not tell it.
    let hidden = state == RuleState::Inconclusive && measured.clusters < measured.n;
    if (state == RuleState::Pass || hidden) && measured.clusters < gate.min_cases {
        let (clusters, wanted) = (measured.clusters, gate.min_cases);
        let few =
            if clusters == 1 { "1 independent case is".into() } else { format!("{clusters} independent cases are") };
        doubts.push(format!("{few} too few to pass on, {wanted} are wanted"));
    }
    if let Some((worst, best)) = measured.extremes.as_ref().filter(|_| state != RuleState::Inconclusive) {
        let holds = |end: &Result<Inference, _>| end.as_ref().is_ok_and(|end| claim.state(end, gate.alpha) == state);
        if !(holds(worst) && holds(best)) {
            let missing = measured.missing;
            let cases = if missing == 1 { "1 case".to_string() } else { format!("{missing} cases") };
            doubts.push(format!("{cases} without a value could change it"));
        }
    }
    doubts
}

/// A ruling of which nothing is known yet, held against data.
fn blank(rule: &Rule, gate: &GateSpec, Contest { data, .. }: Contest<'_>) -> Ruling {
    let scores = rule.metric().and_then(|metric| data.metrics.get(metric));
    let pairwise = scores.is_some_and(MetricScores::is_pairwise);
    unknown(rule, gate, pairwise, scores.is_some_and(|scores| scores.range == Range::Binary))
}

/// A ruling of which nothing is known yet, on a metric that compares two outputs, or says yes or no.
pub(super) fn unknown(rule: &Rule, gate: &GateSpec, pairwise: bool, yes_no: bool) -> Ruling {
    let (kind, margin) = named(rule.kind);
    let limit = match rule.of {
        Subject::Limit(fact) => Some(fact),
        Subject::Metric(_) | Subject::Audit { .. } | Subject::Drift(_) => None,
    };
    let audit = match rule.of {
        Subject::Audit { probe, .. } => Some(probe),
        Subject::Metric(_) | Subject::Limit(_) | Subject::Drift(_) => None,
    };
    let drift = matches!(rule.of, Subject::Drift(_));
    let pairwise = pairwise && audit.is_none();
    let rates = |fact: Fact| fact.is_rate() || fact == Fact::LatencyP95;
    Ruling {
        metric: rule.metric().map(ToString::to_string),
        limit,
        audit,
        drift,
        slice: if rule.slice.is_empty() { None } else { Some(rule.slice.clone()) },
        kind: kind.to_string(),
        margin,
        win_rate: !drift && Claim::of(rule.kind, pairwise).is_some_and(|claim| claim.shift != 0.0),
        shares: audit.is_some() || limit.is_some_and(rates) || pairwise || yes_no,
        severity: rule.severity,
        state: RuleState::Invalid,
        bound: None,
        interval: None,
        estimate: None,
        method: None,
        level: 1.0 - gate.alpha,
        p: None,
        n: 0,
        correcting: None,
        missing: 0,
        bounds: None,
        cases: Vec::new(),
        words: String::new(),
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
pub(super) fn named(kind: RuleKind) -> (&'static str, f64) {
    match kind {
        RuleKind::NotWorseBy(x) => ("not_worse_by", x),
        RuleKind::BetterThan(x) => ("better_than", x),
        RuleKind::EquivalentWithin(x) => ("equivalent_within", x),
        RuleKind::AtLeast(x) => ("at_least", x),
        RuleKind::AtMost(x) => ("at_most", x),
        RuleKind::EveryCase { reaches, .. } => ("every_case", reaches),
    }
}
