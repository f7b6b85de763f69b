//! Tables + scores → the cases that moved, told in full: what was asked, answered and judged.

use std::collections::HashMap;

use polars::prelude::*;
use serde_json::Value;

use super::data::{Data, Tables};
use super::error::AnalysisError;
use super::findings::{Opinion, SideOfStory, Story, StoryMetric};
use crate::store::Status;
use crate::suite::{CandidateName, MetricName, Range, Suite};

/// How many of the worst and of the best are told.
#[derive(Debug, Clone, Copy)]
pub struct HowMany {
    /// Cases that got worse.
    pub worst: usize,
    /// Cases that got better.
    pub best: usize,
}

/// The cases on which the candidate lost most, worst first, then those on which it gained most, best first.
///
/// # Errors
/// Tables that lack a column.
pub fn stories(
    suite: &Suite,
    tables: &Tables,
    data: &Data,
    (baseline, candidate): (&CandidateName, &CandidateName),
    how_many: HowMany,
) -> Result<Vec<Story>, AnalysisError> {
    let mut changes: Vec<(usize, f64)> =
        (0..data.cases.len()).filter_map(|i| Some((i, change(suite, data, i, baseline, candidate)?))).collect();
    changes.sort_by(|a, b| a.1.total_cmp(&b.1).then(a.0.cmp(&b.0)));
    let worst = changes.iter().filter(|(_, change)| *change < 0.0).take(how_many.worst);
    let mut chosen: Vec<(usize, f64)> = worst.copied().collect();
    changes.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    chosen.extend(changes.into_iter().filter(|(_, change)| *change > 0.0).take(how_many.best));
    let words = Words::read(tables, &chosen)?;
    Ok(chosen.into_iter().map(|(index, change)| words.story(suite, data, index, change, baseline, candidate)).collect())
}

/// How much a case changed: the mean over judged metrics (checks by their weight, where there are none) of the
/// difference in units of the metric's range. A metric without a value counts as unchanged, so that half a measurement does not outdo a whole
/// one. `None` where nothing can be said of the case.
fn change(
    suite: &Suite,
    data: &Data,
    index: usize,
    baseline: &CandidateName,
    candidate: &CandidateName,
) -> Option<f64> {
    let mean = |judged: bool| {
        let asked = suite.metrics.iter().filter(|(_, spec)| spec.rubric().is_some() == judged);
        let parts = asked.map(|(name, spec)| {
            let part = difference(data, name, index, baseline, candidate).and_then(|d| Some(d.change / d.unit?));
            (part, spec.check().map_or(1.0, |check| check.weight))
        });
        let (mut known, mut sum, mut weights) = (false, 0.0, 0.0);
        for (part, weight) in parts {
            known |= part.is_some();
            sum += weight * part.unwrap_or(0.0);
            weights += weight;
        }
        (known && weights > 0.0).then(|| sum / weights)
    };
    mean(true).or_else(|| mean(false))
}

struct Difference {
    baseline: Option<f64>,
    candidate: f64,
    change: f64,
    unit: Option<f64>,
}

/// The difference that one metric makes on one case; positive is better.
fn difference(
    data: &Data,
    metric: &MetricName,
    index: usize,
    baseline: &CandidateName,
    candidate: &CandidateName,
) -> Option<Difference> {
    let scores = data.metrics.get(metric)?;
    if let Some(worths) = scores.preferences.get(&(baseline.clone(), candidate.clone())) {
        let worth = worths[index]?;
        return Some(Difference { baseline: None, candidate: worth, change: worth - 0.5, unit: Some(0.5) });
    }
    let (base, of) = (scores.levels.get(baseline)?[index]?, scores.levels.get(candidate)?[index]?);
    let unit = match scores.range {
        Range::Binary => Some(1.0),
        Range::Bounded { min, max } => Some(max - min),
        Range::Unbounded => None,
    };
    Some(Difference { baseline: Some(base), candidate: of, change: scores.sign() * (of - base), unit })
}

/// The texts of the chosen cases, by position.
struct Words {
    outputs: HashMap<(u64, String), (Status, Option<String>)>,
    verdicts: HashMap<u64, Vec<VerdictWords>>,
}

struct VerdictWords {
    metric: String,
    first: String,
    second: Option<String>,
    status: Status,
    value: Option<f64>,
    reasoning: Option<String>,
    failure: Option<String>,
    error: Option<String>,
}

impl Words {
    fn read(tables: &Tables, chosen: &[(usize, f64)]) -> Result<Self, AnalysisError> {
        let wanted = |index: u64| chosen.iter().any(|(i, _)| *i as u64 == index);
        let mut words = Self { outputs: HashMap::new(), verdicts: HashMap::new() };
        let frame = &tables.outputs;
        let (index, sample) = (frame.column("index")?.u64()?, frame.column("sample")?.u32()?);
        let (candidate, status, text) = (texts(frame, "candidate")?, texts(frame, "status")?, texts(frame, "text")?);
        for row in 0..frame.height() {
            if let Some(index) = index.get(row).filter(|i| wanted(*i) && sample.get(row) == Some(0)) {
                let status = status.get(row).and_then(Status::from_word).unwrap_or(Status::Error);
                let of = candidate.get(row).unwrap_or_default().to_string();
                words.outputs.insert((index, of), (status, text.get(row).map(str::to_string)));
            }
        }
        let frame = &tables.verdicts;
        let (index, value) = (frame.column("index")?.u64()?, frame.column("value")?.f64()?);
        let (metric, first, second) = (texts(frame, "metric")?, texts(frame, "candidate")?, texts(frame, "second")?);
        let (status, reasoning) = (texts(frame, "status")?, texts(frame, "reasoning")?);
        let (failure, error) = (texts(frame, "failure")?, texts(frame, "error")?);
        for row in 0..frame.height() {
            if let Some(index) = index.get(row).filter(|i| wanted(*i)) {
                words.verdicts.entry(index).or_default().push(VerdictWords {
                    metric: metric.get(row).unwrap_or_default().to_string(),
                    first: first.get(row).unwrap_or_default().to_string(),
                    second: second.get(row).map(str::to_string),
                    status: status.get(row).and_then(Status::from_word).unwrap_or(Status::Error),
                    value: value.get(row),
                    reasoning: reasoning.get(row).map(str::to_string),
                    failure: failure.get(row).map(str::to_string),
                    error: error.get(row).map(str::to_string),
                });
            }
        }
        Ok(words)
    }

    fn story(
        &self,
        suite: &Suite,
        data: &Data,
        index: usize,
        change: f64,
        baseline: &CandidateName,
        candidate: &CandidateName,
    ) -> Story {
        let case = &data.cases[index].case;
        let side = |name: &CandidateName| {
            let found = self.outputs.get(&(index as u64, name.to_string())).cloned();
            let (status, text) = found.unwrap_or((Status::Skipped, None));
            SideOfStory { name: name.to_string(), status, text }
        };
        let metrics = suite.metrics.iter().map(|(name, spec)| {
            let measured = difference(data, name, index, baseline, candidate);
            let about = |v: &&VerdictWords| {
                let of = |name: &str| name == baseline.as_str() || name == candidate.as_str();
                v.metric == name.as_str() && of(&v.first) && v.second.as_deref().is_none_or(of)
            };
            let all = self.verdicts.get(&(index as u64)).into_iter().flatten();
            StoryMetric {
                metric: name.to_string(),
                kind: super::analyse::kind_of(spec).to_string(),
                baseline: measured.as_ref().and_then(|d| d.baseline),
                candidate: measured.as_ref().map(|d| d.candidate),
                difference: measured.as_ref().map(|d| d.change),
                opinions: all.filter(about).map(VerdictWords::opinion).collect(),
            }
        });
        Story {
            case: case.id.to_string(),
            tags: case.tags.clone().into_iter().collect(),
            change,
            input: shown(&case.input),
            reference: case.reference.as_ref().map(shown),
            baseline: side(baseline),
            candidate: side(candidate),
            metrics: metrics.collect(),
        }
    }
}

impl VerdictWords {
    fn opinion(&self) -> Opinion {
        let decided = match (self.status, self.value, &self.second) {
            (Status::Ok, Some(value), None) => format!("{}", (value * 1e4).round() / 1e4),
            (Status::Ok, Some(1.0), Some(_)) => self.first.clone(),
            (Status::Ok, Some(0.0), Some(second)) => second.clone(),
            (Status::Ok, Some(0.5), Some(_)) => "tie".to_string(),
            // A graded preference: how far the preferred one is, from ½ to 1.
            (Status::Ok, Some(value), Some(second)) if value < 0.5 => format!("{second} by {:.2}", 1.0 - value),
            (Status::Ok, Some(value), Some(_)) => format!("{} by {value:.2}", self.first),
            (status, _, _) => match &self.error {
                Some(why) => format!("{}: {why}", status.as_str()),
                None => status.as_str().to_string(),
            },
        };
        let about = match &self.second {
            Some(second) => format!("{} shown first, {second} second", self.first),
            None => self.first.clone(),
        };
        Opinion { about, decided, words: self.reasoning.clone(), failure: self.failure.clone() }
    }
}

/// A value of the dataset as a reader sees it: text as it is, anything else as JSON.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => serde_json::to_string_pretty(other).unwrap_or_default(),
    }
}

fn texts<'a>(frame: &'a DataFrame, column: &str) -> Result<&'a StringChunked, AnalysisError> {
    Ok(frame.column(column)?.str()?)
}
