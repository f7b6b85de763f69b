//! What one case asks for, in the order in which its rows stand in the tables.

use super::escalation::is_of_tournament;
use super::plan::pairs;
use crate::model::Ask;
use crate::suite::{
    CandidateName, CandidateSpec, CaseId, MetricName, Mode, ModelName, Orders, RubricMetric, Scorer, Suite,
};

/// Everything that is asked about one case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// One output for each candidate and sample.
    pub outputs: Vec<Ask>,
    /// The calls for verdicts: for each judged metric, candidate or pair, output sample, judge, verdict sample, order,
    /// and criterion that is judged on its own. Of a tournament, those on every pair that may meet.
    pub verdicts: Vec<Ask>,
}

impl Planned {
    /// What a suite asks about a case.
    ///
    /// `recorded` says whether there is a reply for a question already. Where a pair is shown in one order only, the
    /// order is drawn by the seed, the metric and the case; the other is taken where it alone has a reply.
    pub fn of(
        suite: &Suite,
        pairs: &[(CandidateName, CandidateName)],
        case: &CaseId,
        recorded: impl Fn(&Ask) -> bool,
    ) -> Self {
        let samples = |candidate: &CandidateName| 0..samples_of(suite, candidate);
        let outputs = suite
            .candidates
            .keys()
            .flat_map(|candidate| samples(candidate).map(move |sample| output(candidate, case, sample)))
            .collect();
        let mut verdicts = Vec::new();
        for (name, metric) in &suite.metrics {
            let judged = match &metric.scorer {
                Scorer::Rubric(judged) => judged,
                Scorer::Check(_) => {
                    if metric.program().is_some() {
                        let all = suite
                            .candidates
                            .keys()
                            .flat_map(|candidate| samples(candidate).map(move |n| (candidate, n)));
                        verdicts.extend(all.map(|(candidate, sample)| score(name, case, candidate, (sample, 0))));
                    }
                    continue;
                }
            };
            let mut plan = |ask: Ask| verdicts.extend(calls(judged, ask));
            match judged.rubric.mode {
                Mode::Pointwise => {
                    for candidate in suite.candidates.keys() {
                        for (judge, draw) in draws(judged, samples_of(suite, candidate)) {
                            plan(score(name, case, candidate, draw).with(judge, None));
                        }
                    }
                }
                Mode::Pairwise => {
                    let outputs = |a, b| match judged.is_tournament() {
                        true => tournaments_of(suite),
                        false => samples_of(suite, a).min(samples_of(suite, b)),
                    };
                    for (a, b) in judged.pairs.among(pairs).iter() {
                        for (judge, draw) in draws(judged, outputs(a, b)) {
                            let orders = [preference(name, case, a, b, draw), preference(name, case, b, a, draw)];
                            let shown = match judged.rubric.orders {
                                Orders::Both => orders.to_vec(),
                                Orders::One => one_of(orders, suite.seed, judge, &recorded).into_iter().collect(),
                            };
                            shown.into_iter().for_each(|ask| plan(ask.with(judge, None)));
                        }
                    }
                }
            }
        }
        Self { outputs, verdicts }
    }
}

/// How many outputs and verdicts models are asked for about one case, each case as many as any other. Where outputs are
/// judged anew, no candidate is asked.
pub fn asks_a_case(suite: &Suite, judged_anew: bool) -> (usize, usize) {
    let Planned { outputs, verdicts } = Planned::of(suite, &pairs(suite), &CaseId::from(""), |_| false);
    let is_asked = |ask: &&Ask| match ask {
        Ask::Output { candidate, .. } => {
            !judged_anew && suite.candidates.get(candidate).is_some_and(CandidateSpec::is_drawn)
        }
        _ => true,
    };
    // Of the pairs that may meet in a tournament of n, n(n − 1)/2, only n − 1 do; each takes as many calls as any other.
    let (met, others): (Vec<&Ask>, Vec<&Ask>) = verdicts.iter().partition(|ask| is_of_tournament(suite, ask));
    let met = 2 * met.len() / suite.candidates.len().max(1);
    (outputs.iter().filter(is_asked).count(), others.len() + met)
}

/// How many tournaments there are about one case: one for each output that all candidates have.
pub fn tournaments_of(suite: &Suite) -> u32 {
    suite.candidates.keys().map(|candidate| samples_of(suite, candidate)).min().unwrap_or(0)
}

/// Which output is judged, by whom, and which of the judge's verdicts on it this is.
fn draws(judged: &RubricMetric, outputs: u32) -> Vec<(Option<&ModelName>, (u32, u32))> {
    let mut draws = Vec::new();
    for sample in 0..outputs {
        for judge in judged.judge.names() {
            let votes = 0..judged.judge.samples(judge, judged.repeat);
            draws.extend(votes.map(|verdict_sample| (judge, (sample, verdict_sample))));
        }
    }
    draws
}

/// The calls that make one verdict.
fn calls(judged: &RubricMetric, ask: Ask) -> Vec<Ask> {
    if !judged.rubric.is_judged_apart() {
        return vec![ask];
    }
    let judge = ask.judge().cloned();
    let names = judged.rubric.criteria.iter().map(|criterion| criterion.name.as_str());
    names.map(|name| ask.clone().with(judge.as_ref(), Some(name))).collect()
}

/// How many outputs a candidate gives for one case: outputs that exist already are not drawn again.
pub fn samples_of(suite: &Suite, candidate: &CandidateName) -> u32 {
    if suite.candidates.get(candidate).is_some_and(CandidateSpec::is_drawn) { suite.repeat } else { 1 }
}

fn output(candidate: &CandidateName, case: &CaseId, sample: u32) -> Ask {
    Ask::Output { candidate: candidate.clone(), case: case.clone(), sample }
}

pub(super) fn score(
    metric: &MetricName,
    case: &CaseId,
    candidate: &CandidateName,
    (sample, verdict_sample): (u32, u32),
) -> Ask {
    Ask::Score {
        metric: metric.clone(),
        case: case.clone(),
        candidate: candidate.clone(),
        sample,
        verdict_sample,
        attempt: 0,
        judge: None,
        criterion: None,
    }
}

fn preference(
    metric: &MetricName,
    case: &CaseId,
    first: &CandidateName,
    second: &CandidateName,
    (sample, verdict_sample): (u32, u32),
) -> Ask {
    Ask::Preference {
        metric: metric.clone(),
        case: case.clone(),
        first: first.clone(),
        second: second.clone(),
        sample,
        verdict_sample,
        attempt: 0,
        judge: None,
        criterion: None,
    }
}

/// The order that is recorded, else one that the seed draws for this pair and case: the same for every judge.
fn one_of(orders: [Ask; 2], seed: u64, judge: Option<&ModelName>, recorded: impl Fn(&Ask) -> bool) -> Option<Ask> {
    let drawn = match serde_json::to_vec(&(seed, &orders[0])) {
        Ok(bytes) => usize::from(blake3::hash(&bytes).as_bytes()[0] & 1),
        Err(_) => 0,
    };
    let has_reply = |at: &usize| orders.get(*at).is_some_and(|ask| recorded(&ask.clone().with(judge, None)));
    let shown = [drawn, 1 - drawn].into_iter().find(has_reply).unwrap_or(drawn);
    orders.into_iter().nth(shown)
}
