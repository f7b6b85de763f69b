//! The events of a case → its table rows. The only place where verdicts are computed from replies.

mod cascade;
mod check;
mod output;
mod tournament;
mod verdict;

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashMap};

use super::briefings::Briefings;
use super::plan::pairs;
use super::planned::{Planned, samples_of};
use crate::check::Checker;
use crate::dataset::Case;
use crate::json;
use crate::model::{Ask, Failure, Money, Reply, usd};
use crate::store::{CallRow, CaseRow, Event, OutputRow, VerdictRow};
use crate::suite::{CandidateName, MetricName, MetricSpec, ModelName, Scorer, Suite};

/// The rows that follow from one case's events, in the order of the tables.
#[derive(Debug, Clone, PartialEq)]
pub struct Derived {
    /// The case itself.
    pub case: CaseRow,
    /// Its outputs.
    pub outputs: Vec<OutputRow>,
    /// Verdicts and checks, metric by metric.
    pub verdicts: Vec<VerdictRow>,
}

/// What became of each ask, as the journal tells it; the last word on an ask counts. Beside it, failures that were asked again:
/// what they took was paid for all the same.
#[derive(Debug, Default)]
struct Answers(BTreeMap<Ask, Answer>, Vec<(Ask, Vec<Failure>)>);

#[derive(Debug)]
enum Answer {
    Reply(Box<Reply>),
    Failed(Vec<Failure>),
}

impl Answers {
    fn hear(&mut self, ask: Ask, answer: Answer) {
        match self.0.entry(ask) {
            Entry::Vacant(entry) => _ = entry.insert(answer),
            Entry::Occupied(mut entry) => match entry.insert(answer) {
                Answer::Failed(failures) if failures.iter().any(|failure| failure.taken.is_some()) => {
                    self.1.push((entry.key().clone(), failures));
                }
                Answer::Failed(_) | Answer::Reply(_) => {}
            },
        }
    }
}

/// A suite, ready to read the events of any of its cases. Shared by threads.
pub struct Deriver<'a> {
    suite: &'a Suite,
    /// Compiled checks by metric. A check that does not compile was refused before the run.
    checkers: HashMap<&'a MetricName, Checker>,
    briefings: Briefings,
    pairs: Vec<(CandidateName, CandidateName)>,
}

impl<'a> Deriver<'a> {
    /// Compiles the suite's checks.
    pub fn new(suite: &'a Suite) -> Self {
        let compiled =
            |(name, metric): (&'a MetricName, &'a MetricSpec)| Some((name, Checker::new(metric.check()?).ok()?));
        let checkers = suite.metrics.iter().filter_map(compiled).collect();
        Self { suite, checkers, briefings: Briefings::new(suite), pairs: pairs(suite) }
    }

    /// Reads the events of one case into its rows; `None` where the case itself is not among them.
    pub fn derive(&self, events: Vec<Event>) -> Option<Derived> {
        let mut answers = Answers::default();
        let mut begun = None;
        for event in events {
            match event {
                Event::Case { index, case } => begun = Some((index, case)),
                Event::Reply { ask, reply, .. } => answers.hear(ask, Answer::Reply(reply)),
                Event::Failed { ask, failures, .. } => answers.hear(ask, Answer::Failed(failures)),
                Event::Started { .. } | Event::Paid { .. } | Event::Resumed { .. } | Event::Finished { .. } => {}
            }
        }
        let (index, case) = begun?;
        let Self { suite, checkers, briefings, pairs } = self;
        let rows = Rows { suite, answers: &answers, checkers, briefings, pairs };
        Some(rows.of(index, &case))
    }
}

struct Rows<'a> {
    suite: &'a Suite,
    answers: &'a Answers,
    checkers: &'a HashMap<&'a MetricName, Checker>,
    briefings: &'a Briefings,
    pairs: &'a [(CandidateName, CandidateName)],
}

impl Rows<'_> {
    fn of(&self, index: u64, case: &Case) -> Derived {
        let planned = Planned::of(self.suite, self.pairs, &case.id, |ask| self.answers.0.contains_key(ask));
        let outputs: Vec<OutputRow> = planned.outputs.iter().filter_map(|ask| self.output(index, case, ask)).collect();
        let mut verdicts = Vec::new();
        for (name, metric) in &self.suite.metrics {
            match &metric.scorer {
                Scorer::Rubric(judged) => {
                    let asks = planned.verdicts.iter().filter(|ask| ask.metric() == Some(name));
                    let asks = asks.filter(|ask| self.briefings.begins(ask));
                    match judged.judge.cascade() {
                        _ if judged.is_tournament() => verdicts.extend(self.tournament(index, case, asks.collect())),
                        Some(cascade) => verdicts.extend(self.cascade(index, case, cascade, asks.collect())),
                        None => verdicts.extend(asks.filter_map(|ask| self.verdict(index, case, ask))),
                    }
                }
                Scorer::Check(_) => {
                    for candidate in self.suite.candidates.keys() {
                        let samples = 0..samples_of(self.suite, candidate);
                        verdicts.extend(samples.filter_map(|sample| self.check(index, case, name, candidate, sample)));
                    }
                }
            }
        }
        Derived { case: case_row(index, case), outputs, verdicts }
    }

    /// What a reply took. Its price is the suite's; a model without one has no cost, which is not a cost of zero.
    fn call(&self, model: Option<&ModelName>, reply: &Reply) -> CallRow {
        let answered = reply.fallback.as_ref().or(model);
        let prices = answered.and_then(|name| self.suite.models.get(name)?.prices);
        let mut call = CallRow {
            model: reply.model.clone(),
            input_tokens: reply.usage.map(|u| u.input_tokens),
            output_tokens: reply.usage.map(|u| u.output_tokens),
            usd: reply.usd.or_else(|| usd(&reply.usage?, &prices?)).map(Money::usd),
            latency_ms: reply.latency_ms,
            retried: u32::try_from(reply.retried.len()).unwrap_or(u32::MAX),
            fallback: reply.fallback.clone(),
            fingerprint: reply.fingerprint.clone(),
        };
        // Attempts that failed may say that they cost something too.
        reply.retried.iter().filter_map(output::taken_by).for_each(|failed| call.add(&failed));
        call
    }
}

/// That another model answered than the one that was asked, in words.
fn stood_in(asked: &ModelName, reply: &Reply) -> Option<String> {
    reply.fallback.as_ref().map(|model| format!("answered by `{model}` in place of `{asked}`"))
}

fn case_row(index: u64, case: &Case) -> CaseRow {
    CaseRow {
        index,
        case: case.id.clone(),
        digest: case.digest().to_string(),
        cluster: case.cluster.clone(),
        body: json::to_string(case).unwrap_or_default(),
    }
}

/// The failure that decided, in words.
fn last_words(failures: &[Failure]) -> String {
    match failures {
        [] => "no attempt was made".to_string(),
        [.., last] => match Failure::attempts(failures) {
            0 | 1 => last.message.clone(),
            attempts => format!("{} (after {attempts} attempts)", last.message),
        },
    }
}
