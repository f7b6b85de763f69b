//! What rules read beside the means of metrics: limits on what the candidate's answers took, and single cases sample by
//! sample. Gathered in the same pass over the tables, for the rules that there are.

use std::collections::BTreeMap;

use polars::prelude::*;

use super::AnalysisError;
use super::audit::Probed;
use super::cases::{Cases, ids};
use super::controls::Shift;
use super::data::MetricScores;
use super::scores::Means;
use super::tables::{Tables, numbers, position, texts, wholes};
use crate::store::Status;
use crate::suite::{CandidateName, CaseId, Fact, Goal, MetricName, Missing, Range, Rule, RuleKind, Subject, Suite};

/// A score that is reached to within rounding is reached.
const ROUNDING: f64 = 1e-9;

/// So many cases are told by name.
const TOLD: usize = 20;

/// What was gathered, by the place of its rule in the gate.
#[derive(Debug, Clone, Default)]
pub struct Asides {
    /// Of limits.
    pub limits: BTreeMap<usize, Limited>,
    /// Of rules about every case.
    pub every_case: BTreeMap<usize, EveryCase>,
    /// Of rules about an audit of a judge, or why there is nothing to go by.
    pub audits: BTreeMap<usize, Result<Probed, String>>,
    /// How far judges moved since the run that their anchors are held against, by metric.
    pub drifts: BTreeMap<MetricName, Result<Shift, String>>,
}

/// One number a case for a limit.
#[derive(Debug, Clone)]
pub struct Limited {
    /// Dollars, milliseconds, or shares; of the latency that 95 % keep within, the share of answers that took longer.
    pub scores: MetricScores,
    /// Answers that came, but whose price or latency is not known.
    pub unknown: u64,
}

/// What a rule about every case found.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct EveryCase {
    /// Cases that it is about.
    pub cases: usize,
    /// The places of those that it names, ascending; empty where it names none.
    pub named: Vec<u32>,
    /// Of them, those that cannot keep the rule any more, whatever a missing value would have been.
    pub broken: usize,
    /// Those that a missing value would decide about.
    pub open: usize,
    /// The fewest samples of a case.
    pub samples: u32,
    /// The first cases that are broken, or else open.
    pub told: Vec<Tried>,
    /// Cases that the rule names and this run does not have.
    pub absent: Vec<CaseId>,
    /// Cases that a sequential gate has not judged, and that it may be about.
    pub unjudged: u64,
}

/// One case, sample by sample.
#[derive(Debug, Clone, PartialEq)]
pub struct Tried {
    /// The case.
    pub case: String,
    /// Samples that reach the score.
    pub reached: u32,
    /// Samples without a value.
    pub missing: u32,
    /// All samples.
    pub samples: u32,
    /// The worst value of a sample.
    pub worst: Option<f64>,
}

/// The rows that rules wait for.
pub(super) struct Watch<'a> {
    candidate: Option<&'a CandidateName>,
    limits: Vec<Limit>,
    singles: Vec<Single<'a>>,
}

struct Limit {
    rule: usize,
    fact: Fact,
    most: f64,
    values: Means,
    unknown: u64,
}

struct Single<'a> {
    rule: usize,
    metric: &'a MetricName,
    goal: Goal,
    missing: Missing,
    reaches: f64,
    repeats: Option<u32>,
    /// Ascending.
    places: Vec<u32>,
    /// Whether the rule names them.
    names_cases: bool,
    absent: Vec<CaseId>,
    /// Case, sample and value of each verdict; NaN where there is none.
    rows: Vec<(u32, u32, f64)>,
}

/// A verdict, as far as it matters here.
#[derive(Clone, Copy)]
pub(super) struct Seen<'a> {
    pub case: usize,
    pub metric: &'a MetricName,
    pub judged: bool,
    pub of: [Option<&'a str>; 2],
    pub sample: u32,
    pub unread: bool,
    pub value: Option<f64>,
}

impl<'a> Watch<'a> {
    /// For the rules of a suite's gate.
    ///
    /// # Errors
    /// A table that is damaged.
    pub fn new(suite: &'a Suite, tables: &Tables, cases: &Cases) -> Result<Self, AnalysisError> {
        let mut found =
            Self { candidate: suite.gate.as_ref().map(|g| &g.candidate), limits: Vec::new(), singles: Vec::new() };
        for (rule, of) in suite.gate.iter().flat_map(|gate| &gate.rules).enumerate() {
            match (&of.of, of.kind) {
                (Subject::Limit(fact), RuleKind::AtMost(most)) => {
                    found.limits.push(Limit { rule, fact: *fact, most, values: Means::none(cases.len()), unknown: 0 });
                }
                (Subject::Metric(metric), RuleKind::EveryCase { reaches, repeats }) => {
                    let Some(spec) = suite.metrics.get(metric) else { continue };
                    let (places, absent) = places(of, tables, cases)?;
                    let (goal, missing, rows) = (spec.goal, spec.missing, Vec::new());
                    let names_cases = !of.cases.is_empty();
                    found.singles.push(Single {
                        rule,
                        metric,
                        goal,
                        missing,
                        reaches,
                        repeats,
                        places,
                        names_cases,
                        absent,
                        rows,
                    });
                }
                _ => {}
            }
        }
        Ok(found)
    }

    /// Adds the next rows of the outputs.
    pub fn outputs(&mut self, frame: &DataFrame) -> PolarsResult<()> {
        let (Some(candidate), false) = (self.candidate, self.limits.is_empty()) else { return Ok(()) };
        let (index, of, status) = (wholes(frame, "index")?, texts(frame, "candidate")?, texts(frame, "status")?);
        let (usd, latency) = (numbers(frame, "usd")?, wholes(frame, "latency_ms")?);
        for row in (0..frame.height()).filter(|row| of.get(*row) == Some(candidate.as_str())) {
            let Some(case) = index.get(row).map(position) else { continue };
            let status = status.get(row).and_then(Status::from_word).unwrap_or(Status::Error);
            let latency = latency.get(row).map(|ms| ms as f64);
            self.limits.iter_mut().for_each(|limit| limit.output(case, status, usd.get(row), latency));
        }
        Ok(())
    }

    /// Adds a verdict.
    pub fn verdict(&mut self, seen: Seen<'_>) {
        let Some(candidate) = self.candidate else { return };
        if !seen.of.contains(&Some(candidate.as_str())) {
            return;
        }
        for limit in self.limits.iter_mut().filter(|limit| limit.fact == Fact::UnparsedRate && seen.judged) {
            if seen.unread || seen.value.is_some() {
                limit.values.add(seen.case, f64::from(u8::from(seen.unread)));
            }
        }
        for single in self.singles.iter_mut().filter(|single| single.metric == seen.metric) {
            let Ok(case) = u32::try_from(seen.case) else { continue };
            if single.places.binary_search(&case).is_ok() {
                // Under this policy a verdict that could not be read is as bad as can be.
                let worst = || (seen.unread && single.missing == Missing::Worst).then(|| single.worst());
                single.rows.push((case, seen.sample, seen.value.or_else(worst).unwrap_or(f64::NAN)));
            }
        }
    }

    /// What came of it.
    ///
    /// # Errors
    /// A table that is damaged.
    pub fn finish(self, tables: &Tables) -> Result<Asides, AnalysisError> {
        let mut found = Asides::default();
        for limit in self.limits {
            let range = match limit.fact {
                Fact::Cost | Fact::LatencyMean => Range::Unbounded,
                _ => Range::Binary,
            };
            let mut scores = MetricScores::new(range, Goal::Down, Missing::Drop);
            // A case costs what all its samples cost.
            let values = if limit.fact == Fact::Cost { limit.values.sums() } else { limit.values.finish() };
            if let Some(candidate) = self.candidate {
                scores.levels.insert(candidate.clone(), values);
            }
            found.limits.insert(limit.rule, Limited { scores, unknown: limit.unknown });
        }
        for single in self.singles {
            let rule = single.rule;
            found.every_case.insert(rule, single.finish(tables)?);
        }
        Ok(found)
    }
}

impl Limit {
    fn output(&mut self, case: usize, status: Status, usd: Option<f64>, latency: Option<f64>) {
        let came = !matches!(status, Status::Error | Status::Skipped);
        let yes = |yes: bool| Some(f64::from(u8::from(yes)));
        let value = match self.fact {
            Fact::ErrorRate if status != Status::Skipped => yes(status == Status::Error),
            Fact::RefusalRate if came => yes(status == Status::Refused),
            Fact::Cost if came => usd,
            Fact::LatencyMean if came => latency,
            Fact::LatencyP95 if came => latency.and_then(|ms| yes(ms > self.most)),
            _ => return,
        };
        match value {
            Some(value) => self.values.add(case, value),
            None => self.unknown += 1,
        }
    }
}

impl Single<'_> {
    fn worst(&self) -> f64 {
        if self.goal == Goal::Up { f64::NEG_INFINITY } else { f64::INFINITY }
    }

    fn finish(mut self, tables: &Tables) -> Result<EveryCase, AnalysisError> {
        self.rows.sort_by_key(|row| (row.0, row.1));
        let mut found =
            EveryCase { cases: self.places.len() + self.absent.len(), samples: u32::MAX, ..EveryCase::default() };
        let (mut broken, mut open) = (Vec::new(), Vec::new());
        for place in &self.places {
            let from = self.rows.partition_point(|row| row.0 < *place);
            let to = self.rows.partition_point(|row| row.0 <= *place);
            let tried = self.tried(self.rows.get(from..to).unwrap_or_default());
            let wanted = self.repeats.unwrap_or(tried.samples).max(1);
            found.samples = found.samples.min(tried.samples);
            // A case of which nothing is there at all has not broken anything.
            if tried.samples > 0 && tried.reached + tried.missing < wanted {
                found.broken += 1;
                broken.push((*place, tried));
            } else if tried.reached < wanted {
                found.open += 1;
                open.push((*place, tried));
            }
        }
        found.open += self.absent.len();
        let mut told = if broken.is_empty() { open } else { broken };
        told.truncate(TOLD);
        let names = ids(tables, told.iter().map(|(place, _)| *place as usize))?;
        let named = |(place, tried): (u32, Tried)| {
            let case = names.get(&(place as usize)).cloned().unwrap_or_default();
            Tried { case, ..tried }
        };
        found.told = told.into_iter().map(named).collect();
        found.absent = self.absent;
        found.named = if self.names_cases { self.places } else { Vec::new() };
        Ok(found)
    }

    /// One case from its rows. The verdicts on one sample are averaged.
    fn tried(&self, rows: &[(u32, u32, f64)]) -> Tried {
        let mut tried = Tried { case: String::new(), reached: 0, missing: 0, samples: 0, worst: None };
        for sample in rows.chunk_by(|a, b| a.1 == b.1) {
            let values: Vec<f64> = sample.iter().map(|row| row.2).filter(|value| !value.is_nan()).collect();
            tried.samples += 1;
            if values.is_empty() {
                tried.missing += 1;
                continue;
            }
            let mean = values.iter().sum::<f64>() / values.len() as f64;
            let (reached, worse) = match self.goal {
                Goal::Up => (mean >= self.reaches - ROUNDING, tried.worst.is_none_or(|worst| mean < worst)),
                Goal::Down => (mean <= self.reaches + ROUNDING, tried.worst.is_none_or(|worst| mean > worst)),
            };
            tried.reached += u32::from(reached);
            if worse {
                tried.worst = Some(mean);
            }
        }
        tried.worst = tried.worst.filter(|worst| worst.is_finite());
        tried
    }
}

/// The places of the cases that a rule is about, ascending, and the ids that it names and no case has.
fn places(rule: &Rule, tables: &Tables, cases: &Cases) -> Result<(Vec<u32>, Vec<CaseId>), AnalysisError> {
    if rule.cases.is_empty() {
        let rows = cases.within(&rule.slice);
        let places = rows.iter().filter_map(|place| u32::try_from(place).ok()).collect();
        return Ok((places, Vec::new()));
    }
    let (mut found, mut absent, mut place) = (Vec::new(), rule.cases.clone(), 0);
    for frame in tables.cases.frames(&["case"]) {
        for id in texts(&frame?, "case").map_err(|why| tables.cases.damaged(&why))?.iter().flatten() {
            let known = absent.len();
            absent.retain(|wanted| wanted.as_str() != id);
            if absent.len() < known {
                found.push(place);
            }
            place += 1;
        }
    }
    Ok((found, absent))
}
