//! Verdicts one by one → where the spread of a metric comes from, and what would make its interval narrower at least cost.

use indexmap::IndexMap;
use serde::Serialize;

use super::data::Data;
use super::findings::{Comparison, Cost, Spending};
use super::repeats::Repeats;
use crate::stats::CannotEstimate;
use crate::stats::design::{Costs, Limits, cheapest};
use crate::stats::variance::{Components, of_difference};
use crate::suite::{CandidateName, CandidateSpec, MetricName, Orders, RuleKind, Suite};

/// A design is looked for among so many outputs a case and verdicts an output.
const MOST_REPEATS: usize = 20;

/// Where the spread of one metric with repeats comes from: of a difference between two candidates or, where there is
/// nothing to compare with, of one candidate's scores. The parts are of one output a case and one verdict an output, and
/// add up.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct VarianceSplit {
    /// The metric.
    pub metric: String,
    /// What the candidate is held against; absent for its own scores.
    pub baseline: Option<String>,
    /// The candidate.
    pub candidate: String,
    /// The variance between cases.
    pub case: Option<f64>,
    /// Between outputs of a case; absent where no case has several, and then a part of `case`.
    pub output: Option<f64>,
    /// Between verdicts on an output; absent where no output has several, and then a part of the one above.
    pub verdict: Option<f64>,
    /// Which of the parts came out below zero, and count as none: `case`, `output`.
    pub below_zero: Vec<&'static str>,
    /// Cases, outputs and verdicts it was got from, of both sides.
    pub n: (u64, u64, u64),
    /// The cheapest design for a narrower interval.
    pub next: Option<NextDesign>,
    /// Why there is no split or no design, in words.
    pub problem: Option<String>,
}

/// A design that makes an interval as narrow as wanted.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NextDesign {
    /// Half the width of the present interval at 1 − alpha.
    pub half_width: f64,
    /// Half the width that is wanted.
    pub wanted: f64,
    /// What it was chosen by: `margin` (half of the margin of the gate's rule) or `interval` (half of the present one).
    pub wanted_by: &'static str,
    /// Cases.
    pub cases: u64,
    /// Outputs a case and candidate.
    pub samples: u64,
    /// Verdicts an output, or an order of a pair.
    pub votes: u64,
    /// Calls to models that all of this takes.
    pub calls: u64,
    /// What they cost, by what this run's calls cost; absent where that is not known, and calls were counted instead.
    pub usd: Option<f64>,
    /// Half the width that no number of repeats on the present cases can go below.
    pub least_by_repeats: f64,
}

/// The splits of all metrics with repeats.
pub(super) fn split(
    suite: &Suite,
    repeats: &IndexMap<MetricName, Repeats>,
    data: &Data,
    comparisons: &[Comparison],
    cost: &Cost,
) -> Vec<VarianceSplit> {
    let mut found = Vec::new();
    for (metric, repeats) in repeats {
        let whole: Vec<&Comparison> = comparisons
            .iter()
            .filter(|c| {
                c.slice.is_none() && c.metric == metric.as_str() && suite.candidates.contains_key(c.baseline.as_str())
            })
            .collect();
        for c in &whole {
            let name = (Some(c.baseline.clone()), c.candidate.clone());
            let parts = match repeats.on(&c.candidate, Some(&c.baseline)) {
                Some(pair) => Some(Components::new(pair.values, pair.cases, pair.outputs)),
                None => repeats
                    .on(&c.candidate, None)
                    .zip(repeats.on(&c.baseline, None))
                    .map(|(new, old)| of_difference(&new, &old)),
            };
            let Some(parts) = parts else { continue };
            let mut split = VarianceSplit::of(metric, name, parts);
            split.look_ahead(suite, metric, data, c, cost);
            found.push(split);
        }
        if whole.is_empty() {
            for name in suite.candidates.keys() {
                if let Some(own) = repeats.on(name.as_str(), None) {
                    let parts = Components::new(own.values, own.cases, own.outputs);
                    found.push(VarianceSplit::of(metric, (None, name.to_string()), parts));
                }
            }
        }
    }
    found
}

impl VarianceSplit {
    fn of(
        metric: &MetricName,
        (baseline, candidate): (Option<String>, String),
        parts: Result<Components, CannotEstimate>,
    ) -> Self {
        let names = ["case", "output", "verdict"];
        let known = parts.as_ref().ok();
        let below = |parts: &Components| {
            names
                .into_iter()
                .zip(parts.raw)
                .filter(|(_, raw)| raw.is_some_and(|raw| raw < 0.0))
                .map(|(n, _)| n)
                .collect()
        };
        let counts = known.map_or([0; 3], |parts| parts.counts).map(|count| count as u64);
        Self {
            metric: metric.to_string(),
            baseline,
            candidate,
            case: known.map(|parts| parts.case),
            output: known.and_then(|parts| parts.output),
            verdict: known.and_then(|parts| parts.verdict),
            below_zero: known.map(below).unwrap_or_default(),
            n: (counts[0], counts[1], counts[2]),
            next: None,
            problem: parts.err().map(|why| format!("cannot be split: {why}")),
        }
    }

    /// Looks for the cheapest design that makes the comparison's interval as narrow as wanted.
    fn look_ahead(&mut self, suite: &Suite, metric: &MetricName, data: &Data, c: &Comparison, cost: &Cost) {
        let Some(case) = self.case else { return };
        let parts = Components { case, output: self.output, verdict: self.verdict, raw: [None; 3], counts: [0; 3] };
        let (Some(low), Some(high)) = (c.low, c.high) else { return };
        let half_width = 0.5 * (high - low);
        if c.clusters < c.n {
            self.problem = Some("cases of one cluster are not independent, so no next design is named".to_string());
            return;
        }
        // What the present design has by the parts; the interval's own method may be wider, and stays so.
        let spec = suite.metrics.get(metric);
        let votes = spec.and_then(|spec| spec.rubric()).map_or(1, |judged| judged.repeat);
        let drawn = |name: &str| suite.candidates.get(name).is_some_and(CandidateSpec::is_drawn);
        let redrawn = drawn(&c.candidate) || drawn(&c.baseline);
        let samples = if redrawn { suite.repeat } else { 1 };
        let se = parts.of_mean(c.n as f64, f64::from(samples), f64::from(votes)).sqrt();
        if !(se > 0.0 && half_width > 0.0) {
            self.problem = Some("nothing varies, so there is nothing to make narrower".to_string());
            return;
        }
        let (wanted, wanted_by) = match margin(suite, metric, &CandidateName::from(c.candidate.as_str())) {
            Some(margin) if 0.5 * margin < half_width => (0.5 * margin, "margin"),
            _ => (0.5 * half_width, "interval"),
        };
        let pairwise = data.metrics.get(metric).is_some_and(super::data::MetricScores::is_pairwise);
        let orders = match spec.and_then(|spec| spec.rubric()).map(|judged| judged.rubric.orders) {
            Some(Orders::Both) if pairwise => 2.0,
            Some(_) if pairwise => 1.0,
            // A verdict on each side.
            Some(_) => 2.0,
            None => 0.0,
        };
        let outputs = f64::from(u8::from(drawn(&c.candidate))) + f64::from(u8::from(drawn(&c.baseline)));
        let calls = Costs { output: outputs, verdict: orders };
        let dear = dollars(cost, metric, c, orders).filter(|costs| costs.output + costs.verdict > 0.0);
        let limits = Limits {
            cases: None,
            samples: if redrawn { MOST_REPEATS } else { 1 },
            votes: if votes > 1 { MOST_REPEATS } else { 1 },
        };
        let per_width = se / half_width;
        match cheapest(&parts, dear.unwrap_or(calls), wanted * per_width, limits) {
            Ok(design) => {
                let each = design.samples as f64 * (calls.output + calls.verdict * design.votes as f64);
                self.next = Some(NextDesign {
                    half_width,
                    wanted,
                    wanted_by,
                    cases: design.cases as u64,
                    samples: design.samples as u64,
                    votes: design.votes as u64,
                    calls: (design.cases as f64 * each) as u64,
                    usd: dear.map(|_| design.cost),
                    least_by_repeats: (parts.case / c.n as f64).sqrt() / per_width,
                });
            }
            Err(why) => self.problem = Some(format!("no next design: {why}")),
        }
    }
}

/// The margin of the gate's rule on a metric over all cases.
fn margin(suite: &Suite, metric: &MetricName, candidate: &CandidateName) -> Option<f64> {
    let gate = suite.gate.as_ref().filter(|gate| gate.candidate == *candidate)?;
    let mut rules = gate.rules.iter().filter(|rule| rule.metric() == Some(metric) && rule.slice.is_empty());
    rules.find_map(|rule| match rule.kind {
        RuleKind::NotWorseBy(margin) => Some(margin).filter(|margin| *margin > 0.0),
        _ => None,
    })
}

/// What an output of both sides and a verdict (on both sides, or in all orders) cost in this run.
fn dollars(cost: &Cost, metric: &MetricName, c: &Comparison, verdicts: f64) -> Option<Costs> {
    let each = |spent: Option<&Spending>| match spent {
        Some(spent) if spent.replies > 0 => {
            spent.usd.map(|usd| (usd - spent.failed_usd.unwrap_or_default()) / spent.replies as f64)
        }
        // What was not asked for costs nothing: outputs that exist already, checks.
        _ => Some(0.0),
    };
    let output = each(cost.candidates.get(&c.candidate))? + each(cost.candidates.get(&c.baseline))?;
    let verdict = each(cost.judges.get(metric.as_str()))?;
    Some(Costs { output, verdict: verdict * verdicts })
}
