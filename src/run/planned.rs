//! What one case asks for, in the order in which its rows stand in the tables.

use super::plan::pairs;
use crate::model::Ask;
use crate::suite::{CandidateName, CandidateSource, CaseId, MetricName, Mode, Orders, Scorer, Suite};

/// Everything that is asked about one case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// One output for each candidate and sample.
    pub outputs: Vec<Ask>,
    /// One verdict for each judged metric, candidate or pair, output sample, verdict sample and order.
    pub verdicts: Vec<Ask>,
}

impl Planned {
    /// What a suite asks about a case.
    ///
    /// `recorded` says whether there is a reply for a question already: where a pair is shown in one order only,
    /// the order that has one is taken, and else one drawn by the seed, the metric and the case.
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
            let Scorer::Rubric(judged) = &metric.scorer else { continue };
            // Which output is judged, and which of several verdicts on it this is.
            let draws = |outputs: u32| {
                (0..outputs).flat_map(|sample| (0..judged.repeat).map(move |verdict_sample| (sample, verdict_sample)))
            };
            match judged.rubric.mode {
                Mode::Pointwise => {
                    for candidate in suite.candidates.keys() {
                        let draws = draws(samples_of(suite, candidate));
                        verdicts.extend(draws.map(|draw| score(name, case, candidate, draw)));
                    }
                }
                Mode::Pairwise => {
                    for (a, b) in judged.pairs.among(pairs).iter() {
                        for draw in draws(samples_of(suite, a).min(samples_of(suite, b))) {
                            let orders = [preference(name, case, a, b, draw), preference(name, case, b, a, draw)];
                            match judged.rubric.orders {
                                Orders::Both => verdicts.extend(orders),
                                Orders::One => verdicts.extend(one_of(orders, suite.seed, &recorded)),
                            }
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
    let source = |candidate: &CandidateName| suite.candidates.get(candidate).map(|spec| &spec.source);
    let is_asked = |ask: &&Ask| match ask {
        Ask::Output { candidate, .. } => !judged_anew && matches!(source(candidate), Some(CandidateSource::Prompt(_))),
        _ => true,
    };
    (outputs.iter().filter(is_asked).count(), verdicts.len())
}

/// How many outputs a candidate gives for one case: outputs that exist already are not drawn again.
pub fn samples_of(suite: &Suite, candidate: &CandidateName) -> u32 {
    match suite.candidates.get(candidate).map(|c| &c.source) {
        Some(CandidateSource::Prompt(_)) => suite.repeat,
        _ => 1,
    }
}

fn output(candidate: &CandidateName, case: &CaseId, sample: u32) -> Ask {
    Ask::Output { candidate: candidate.clone(), case: case.clone(), sample }
}

fn score(metric: &MetricName, case: &CaseId, candidate: &CandidateName, (sample, verdict_sample): (u32, u32)) -> Ask {
    Ask::Score {
        metric: metric.clone(),
        case: case.clone(),
        candidate: candidate.clone(),
        sample,
        verdict_sample,
        attempt: 0,
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
    }
}

/// The order that is recorded, else one that the seed draws for this pair and case.
fn one_of(orders: [Ask; 2], seed: u64, recorded: impl Fn(&Ask) -> bool) -> Option<Ask> {
    let drawn = match serde_json::to_vec(&(seed, &orders[0])) {
        Ok(bytes) => usize::from(blake3::hash(&bytes).as_bytes()[0] & 1),
        Err(_) => 0,
    };
    let found = orders.iter().position(recorded).unwrap_or(drawn);
    orders.into_iter().nth(found)
}
