//! A plan and the latest finished run of its suite → what the rules of its gate can be expected to come to.

use std::collections::HashSet;

use super::args::PlanArgs;
use super::failure::Failure;
use super::stored::{self, Weighed};
use crate::analysis::Spread;
use crate::dataset::{Case, Choice};
use crate::gate::{Basis, Labels, Wishes, outlook};
use crate::report::estimate::Foreseen;
use crate::run::Plan;
use crate::stats::CannotEstimate;
use crate::store::Runs;
use crate::suite::{
    Baseline, CandidateName, Corrected, DecidedBy, GateSpec, MetricName, MetricSpec, Rule, RuleKind, Subject,
};

/// Answers a case that are looked at beside the present number.
const REPEATS: [u32; 4] = [1, 2, 3, 5];

/// What the gate can be expected to come to; `None` where there is none.
///
/// # Errors
/// A dataset that is not what it was when the plan was made; runs that cannot be listed.
pub fn of_plan(plan: &Plan, runs: &Runs, args: &PlanArgs) -> Result<Option<Foreseen>, Failure> {
    let Some(gate) = &plan.suite.gate else { return Ok(None) };
    let there = there(plan, gate)?;
    let id = runs.finished(&plan.suite.file, None)?;
    let earlier = match &id {
        Some(id) => stored::weighed(runs, id, plan.suite.root.clone()).map_err(|why| why.to_string()),
        None => Err("there is no finished run to go by: make one of some cases (`karat run --sample 30`), or name a \
                     standard deviation (`--sd`)"
            .to_string()),
    };
    let known = earlier.as_ref().ok().map(|earlier| Known { plan, gate, earlier });
    let basis = |(rule, There { cases, labelled, all }): (&Rule, There)| {
        let (spread, repeats) = match (&known, &earlier) {
            (Some(known), _) => known.of(rule),
            (None, Err(why)) => (Err(why.clone()), Vec::new()),
            (None, Ok(_)) => (Err(String::new()), Vec::new()),
        };
        let corrected = known.as_ref().and_then(|known| known.corrected(rule));
        let labels = labelled.map(|units| Labels { cases: units.len() as u64, spread: corrected });
        let kept = known.as_ref().and_then(|known| known.kept(rule));
        let cases = if matches!(rule.kind, RuleKind::EveryCase { .. }) { all } else { cases.len() as u64 };
        Basis { spread, repeats, cases, labels, kept }
    };
    let basis: Vec<Basis> = gate.rules.iter().zip(there).map(basis).collect();
    let wishes = Wishes { power: args.power, effect: args.effect, sd: args.sd };
    let outlook = outlook(&plan.suite, gate, wishes, &basis);
    Ok(Some(Foreseen { outlook, run: id.filter(|_| earlier.is_ok() && args.sd.is_none()).map(|id| id.0) }))
}

/// What there is in the dataset for a rule.
struct There {
    /// Independent cases: clusters, and cases without one.
    cases: HashSet<u64>,
    /// Of these, those with a label that is about what the rule reads; absent where labels have no part in it.
    labelled: Option<HashSet<u64>>,
    /// All cases, each counted.
    all: u64,
}

/// What there is for each rule.
fn there(plan: &Plan, gate: &GateSpec) -> Result<Vec<There>, Failure> {
    let readers: Vec<Option<LabelReader<'_>>> =
        gate.rules.iter().map(|rule| LabelReader::of(plan, gate, rule)).collect();
    let there = |reader: &Option<LabelReader<'_>>| There {
        cases: HashSet::new(),
        labelled: reader.as_ref().map(|_| HashSet::new()),
        all: 0,
    };
    let mut found: Vec<There> = readers.iter().map(there).collect();
    let order = crate::dataset::Order::new(0);
    for case in plan.cases.read()? {
        let (_, case) = case?;
        for ((rule, reader), there) in gate.rules.iter().zip(&readers).zip(&mut found) {
            let is_named = rule.cases.is_empty() || rule.cases.contains(&case.id);
            if !(is_named && rule.slice.iter().all(|(tag, value)| case.tags.get(tag) == Some(value))) {
                continue;
            }
            let unit = order.rank(&case);
            there.cases.insert(unit);
            there.all += 1;
            if let (Some(reader), Some(labelled)) = (reader, &mut there.labelled)
                && reader.is_labelled(&case)
            {
                labelled.insert(unit);
            }
        }
    }
    Ok(found)
}

/// Which labels a rule may rest on.
struct LabelReader<'a> {
    metric: &'a MetricName,
    spec: &'a MetricSpec,
    candidates: Vec<CandidateName>,
    /// Whose outputs a label has to be about.
    of: Vec<&'a CandidateName>,
}

impl<'a> LabelReader<'a> {
    /// Of a rule that labels may correct: on a judged mean, in a gate that is not sequential, about candidates of this run.
    fn of(plan: &'a Plan, gate: &'a GateSpec, rule: &'a Rule) -> Option<Self> {
        let metric = rule.metric()?;
        let spec = plan.suite.metrics.get(metric).filter(|spec| spec.rubric().is_some())?;
        if gate.corrected == Corrected::Off
            || gate.sequential.is_some()
            || matches!(rule.kind, RuleKind::EveryCase { .. })
            || matches!(rule.of, Subject::Audit { .. })
        {
            return None;
        }
        let mut of = vec![&gate.candidate];
        if spec.is_win_rate() || rule.kind.compares() {
            match gate.baseline.as_ref()? {
                Baseline::Candidate(name) => of.push(name),
                Baseline::Run { .. } => return None,
            }
        }
        Some(Self { metric, spec, candidates: plan.suite.candidates.keys().cloned().collect(), of })
    }

    fn is_labelled(&self, case: &Case) -> bool {
        let Some(label) = case.labels.get(self.metric.as_str()) else { return false };
        if self.spec.is_pairwise() {
            let Ok(human) = label.preference(&self.candidates) else { return false };
            let about = |vote: &Choice| match vote {
                Choice::Tie => !self.spec.is_tournament(),
                Choice::Candidate(name) => self.spec.is_tournament() || self.of.contains(&name),
            };
            return match self.spec.is_tournament() {
                true => human.votes.iter().all(about),
                false => human.votes.iter().any(about),
            };
        }
        let scale = self.spec.rubric().and_then(|judged| judged.rubric.scale.as_ref());
        let scored = |name: &&CandidateName| matches!(label.score_for(name, &self.candidates, scale), Ok(Some(_)));
        (self.candidates.len() < 2 || label.names_one(&self.candidates)) && self.of.iter().all(scored)
    }
}

/// What an earlier run tells of the rules of a plan.
struct Known<'a> {
    plan: &'a Plan,
    gate: &'a GateSpec,
    earlier: &'a Weighed,
}

type Told = (Result<Spread, String>, Vec<(u32, f64)>);

impl Known<'_> {
    fn of(&self, rule: &Rule) -> Told {
        let told = match &rule.of {
            Subject::Audit { .. } => Err("it is read from an audit, whatever this run finds".to_string()),
            Subject::Drift(_) => Err("it is read from the anchors, whatever the cases show".to_string()),
            Subject::Limit(_) => self.limit(rule),
            Subject::Metric(metric) => self.metric(rule, metric),
        };
        told.map_or_else(|why| (Err(why), Vec::new()), |(spread, repeats)| (Ok(spread), repeats))
    }

    /// How a number that labels correct lay then, as the spread of one labelled case; `None` where no rule rested on one.
    fn corrected(&self, rule: &Rule) -> Option<Spread> {
        let Weighed { manifest, analysed, .. } = self.earlier;
        let (metric, least) = (rule.metric()?, self.gate.min_cases);
        if manifest.cards.get(metric) != self.plan.cards.get(metric) {
            return None;
        }
        let (data, candidate) = (&analysed.data, &self.gate.candidate);
        let compares = self.plan.suite.metrics.get(metric)?.is_win_rate() || rule.kind.compares();
        let found = match compares {
            true => data.corrected_difference(metric, &rule.slice, self.baseline()?, candidate, least)?,
            false => data.corrected_level(metric, &rule.slice, candidate, least)?,
        };
        found.spread(least)
    }

    /// In how many of how many cases a rule about every case was kept then.
    fn kept(&self, rule: &Rule) -> Option<(u64, u64)> {
        let Weighed { manifest, analysed, .. } = self.earlier;
        let then = manifest.suite.gate.iter().flat_map(|gate| &gate.rules);
        let same = |then: &Rule| {
            (&then.of, &then.slice, &then.cases, then.kind) == (&rule.of, &rule.slice, &rule.cases, rule.kind)
        };
        let found = analysed.data.asides.every_case.get(&then.into_iter().position(same)?)?;
        let (cases, kept) = (found.cases, found.cases.saturating_sub(found.broken + found.open));
        (cases > 0).then_some((kept as u64, cases as u64))
    }

    fn run(&self) -> &str {
        &self.earlier.manifest.run
    }

    fn limit(&self, rule: &Rule) -> Result<(Spread, Vec<(u32, f64)>), String> {
        let Weighed { manifest, analysed, .. } = self.earlier;
        let then = manifest.suite.gate.iter().flat_map(|gate| &gate.rules);
        let place =
            then.into_iter().position(|then| (&then.of, &then.slice, then.kind) == (&rule.of, &rule.slice, rule.kind));
        let limited = place.and_then(|place| analysed.data.asides.limits.get(&place));
        let limited = limited.ok_or_else(|| format!("run {} had no such limit", self.run()))?;
        let spread = analysed.data.spread_of_level(&limited.scores, &rule.slice, &self.gate.candidate);
        Ok((spread.map_err(|why| self.unknown(&why))?, Vec::new()))
    }

    fn metric(&self, rule: &Rule, metric: &MetricName) -> Result<(Spread, Vec<(u32, f64)>), String> {
        let Weighed { manifest, analysed, .. } = self.earlier;
        if manifest.cards.get(metric) != self.plan.cards.get(metric) {
            return Err(format!("run {} did not measure it as the suite does now", self.run()));
        }
        let (data, candidate) = (&analysed.data, &self.gate.candidate);
        let scores = data.metrics.get(metric).ok_or_else(|| format!("run {} did not measure it", self.run()))?;
        let pairwise = self.plan.suite.metrics.get(metric).is_some_and(|spec| spec.is_win_rate());
        if !(pairwise || rule.kind.compares()) {
            let spread = data.spread_of_level(scores, &rule.slice, candidate);
            return Ok((spread.map_err(|why| self.unknown(&why))?, Vec::new()));
        }
        let baseline = self.baseline().ok_or_else(|| format!("run {} has no such baseline", self.run()))?;
        let differences = data
            .differences(metric, &rule.slice, baseline, candidate)
            .filter(|differences| !differences.values.is_empty())
            .ok_or_else(|| format!("run {} does not compare {baseline} and {candidate}", self.run()))?;
        let spread =
            differences.spread(self.gate.method == DecidedBy::T && !pairwise).map_err(|why| self.unknown(&why))?;
        Ok((spread, if rule.slice.is_empty() { self.repeats(metric, baseline) } else { Vec::new() }))
    }

    fn baseline(&self) -> Option<&CandidateName> {
        match self.gate.baseline.as_ref()? {
            Baseline::Candidate(name) => Some(name),
            Baseline::Run { .. } => self.earlier.against.as_ref(),
        }
    }

    fn unknown(&self, why: &CannotEstimate) -> String {
        match why {
            CannotEstimate::NoSpread(what) => {
                format!("run {} does not tell how cases vary: all {what} are equal in it", self.run())
            }
            why => format!("run {} does not tell: {why}", self.run()),
        }
    }

    /// By how much the variance of a case would change with other numbers of answers, where the run had several.
    fn repeats(&self, metric: &MetricName, baseline: &CandidateName) -> Vec<(u32, f64)> {
        let Weighed { manifest, analysed, .. } = self.earlier;
        let found = analysed.analysis.variance.iter().find(|split| {
            split.metric == metric.as_str()
                && split.candidate == self.gate.candidate.as_str()
                && split.baseline.as_deref() == Some(baseline.as_str())
        });
        let parts = found.and_then(|split| Some((split.case?, split.output?, split.verdict.unwrap_or(0.0))));
        let Some((case, output, verdict)) = parts else { return Vec::new() };
        let votes = manifest.suite.metrics.get(metric).and_then(|spec| spec.rubric()).map_or(1, |judged| judged.repeat);
        let of = |repeat: u32| case + (output + verdict / f64::from(votes)) / f64::from(repeat);
        let then = of(manifest.suite.repeat);
        let others = REPEATS.into_iter().filter(|repeat| *repeat != self.plan.suite.repeat && then > 0.0);
        others.map(|repeat| (repeat, of(repeat) / then)).collect()
    }
}
