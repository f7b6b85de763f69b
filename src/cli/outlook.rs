//! A plan and the latest finished run of its suite → what the rules of its gate can be expected to come to.

use std::collections::HashSet;

use super::args::PlanArgs;
use super::failure::Failure;
use super::stored::{self, Weighed};
use crate::analysis::Spread;
use crate::gate::{Basis, Wishes, outlook};
use crate::report::estimate::Foreseen;
use crate::run::Plan;
use crate::store::Runs;
use crate::suite::{Baseline, CandidateName, DecidedBy, GateSpec, MetricName, Rule, Subject};

/// Answers a case that are looked at beside the present number.
const REPEATS: [u32; 4] = [1, 2, 3, 5];

/// What the gate can be expected to come to; `None` where there is none.
///
/// # Errors
/// A dataset that is not what it was when the plan was made; runs that cannot be listed.
pub fn of_plan(plan: &Plan, runs: &Runs, args: &PlanArgs) -> Result<Option<Foreseen>, Failure> {
    let Some(gate) = &plan.suite.gate else { return Ok(None) };
    let cases = cases(plan, gate)?;
    let id = runs.finished(&plan.suite.file, None)?;
    let earlier = match &id {
        Some(id) => stored::weighed(runs, id, plan.suite.root.clone()).map_err(|why| why.to_string()),
        None => Err("there is no finished run to go by: make one of some cases (`karat run --sample 30`), or name a \
                     standard deviation (`--sd`)"
            .to_string()),
    };
    let known = |rule: &Rule| match &earlier {
        Ok(earlier) => Known { plan, gate, earlier }.of(rule),
        Err(why) => (Err(why.clone()), Vec::new()),
    };
    let basis: Vec<Basis> = gate
        .rules
        .iter()
        .zip(cases)
        .map(|(rule, cases)| {
            let (spread, repeats) = known(rule);
            Basis { spread, repeats, cases }
        })
        .collect();
    let wishes = Wishes { power: args.power, effect: args.effect, sd: args.sd };
    let outlook = outlook(&plan.suite, gate, wishes, &basis);
    Ok(Some(Foreseen { outlook, run: id.filter(|_| earlier.is_ok() && args.sd.is_none()).map(|id| id.0) }))
}

/// The independent cases that each rule is about: clusters, and cases without one.
fn cases(plan: &Plan, gate: &GateSpec) -> Result<Vec<u64>, Failure> {
    let mut units: Vec<HashSet<u64>> = vec![HashSet::new(); gate.rules.len()];
    let order = crate::dataset::Order::new(0);
    for case in plan.cases.read()? {
        let (_, case) = case?;
        for (rule, units) in gate.rules.iter().zip(&mut units) {
            if rule.slice.iter().all(|(tag, value)| case.tags.get(tag) == Some(value)) {
                units.insert(order.rank(&case));
            }
        }
    }
    Ok(units.into_iter().map(|units| units.len() as u64).collect())
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
            Subject::Limit(_) => self.limit(rule),
            Subject::Metric(metric) => self.metric(rule, metric),
        };
        told.map_or_else(|why| (Err(why), Vec::new()), |(spread, repeats)| (Ok(spread), repeats))
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
        let pairwise = self.plan.suite.metrics.get(metric).is_some_and(|spec| spec.is_pairwise());
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

    fn unknown(&self, why: &crate::stats::CannotEstimate) -> String {
        format!("run {} does not tell: {why}", self.run())
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
