//! Tables + scores → the cases that moved, told in full: what was asked, answered and judged.

use std::collections::HashMap;

use polars::prelude::*;
use serde_json::Value;

use super::data::Data;
use super::error::AnalysisError;
use super::findings::{Opinion, SideOfStory, Story, StoryMetric};
use super::tables::{Tables, numbers, position, texts, wholes};
use crate::dataset::Case;
use crate::store::{Status, StoredTable};
use crate::suite::{CandidateName, MetricName, Range, Suite};
use crate::trace::Trace;

/// How many of the worst and of the best are told of the first pair; the other pairs share as many again.
#[derive(Debug, Clone, Copy)]
pub struct HowMany {
    /// Cases that got worse.
    pub worst: usize,
    /// Cases that got better.
    pub best: usize,
}

/// Pair by pair, the cases on which the candidate lost most, worst first, then those on which it gained most, best first.
///
/// # Errors
/// Tables that lack a column.
pub fn stories(
    suite: &Suite,
    tables: &Tables,
    data: &Data,
    pairs: &[&(CandidateName, CandidateName)],
    how_many: HowMany,
) -> Result<Vec<Story>, AnalysisError> {
    let others = pairs.len().saturating_sub(1).max(1);
    let share = |all: usize| all.div_ceil(others);
    let of_another = HowMany { worst: share(how_many.worst), best: share(how_many.best) };
    let mut chosen = Vec::new();
    for (place, pair) in pairs.iter().enumerate() {
        let how_many = if place == 0 { how_many } else { of_another };
        chosen.extend(moved(suite, data, pair, how_many).map(|(case, change)| (*pair, case, change)));
    }
    let words = Words::read(tables, chosen.iter().map(|(_, case, _)| *case).collect())?;
    let told = chosen.into_iter().filter_map(|((baseline, candidate), case, change)| {
        let asked = words.cases.get(&case)?;
        Some(words.story(suite, data, (case, asked), change, baseline, candidate))
    });
    Ok(told.collect())
}

/// The cases that moved most between two candidates, and how far.
fn moved(
    suite: &Suite,
    data: &Data,
    (baseline, candidate): &(CandidateName, CandidateName),
    how_many: HowMany,
) -> impl Iterator<Item = (usize, f64)> + use<> {
    let (mut worst, mut best) = (Most::new(how_many.worst), Most::new(how_many.best));
    for case in 0..data.cases.len() {
        if let Some(change) = change(suite, data, case, baseline, candidate) {
            worst.offer(case, change, -change);
            best.offer(case, change, change);
        }
    }
    worst.into_cases().chain(best.into_cases())
}

/// The cases that changed most in one direction, and the first ones of those that changed alike.
struct Most {
    wanted: usize,
    /// How far, the case, and its change.
    found: Vec<(f64, usize, f64)>,
}

impl Most {
    fn new(wanted: usize) -> Self {
        Self { wanted, found: Vec::new() }
    }

    fn offer(&mut self, case: usize, change: f64, far: f64) {
        let is_full = self.found.len() >= self.wanted;
        if far > 0.0 && !(is_full && self.found.last().is_none_or(|least| far <= least.0)) {
            // Cases are offered in order, so one that ties comes after those before it.
            let place = self.found.partition_point(|known| known.0 >= far);
            self.found.insert(place, (far, case, change));
            self.found.truncate(self.wanted);
        }
    }

    fn into_cases(self) -> impl Iterator<Item = (usize, f64)> {
        self.found.into_iter().map(|(_, case, change)| (case, change))
    }
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
    let of_pair = |(a, b): &&(CandidateName, CandidateName)| a == baseline && b == candidate;
    if let Some((_, worths)) = scores.preferences.iter().find(|(pair, _)| of_pair(pair)) {
        let worth = worths.get(index)?;
        return Some(Difference { baseline: None, candidate: worth, change: worth - 0.5, unit: Some(0.5) });
    }
    let (base, of) = (scores.levels.get(baseline)?.get(index)?, scores.levels.get(candidate)?.get(index)?);
    let unit = match scores.range {
        Range::Binary => Some(1.0),
        Range::Bounded { min, max } => Some(max - min),
        Range::Unbounded => None,
    };
    Some(Difference { baseline: Some(base), candidate: of, change: scores.sign() * (of - base), unit })
}

/// The texts of the chosen cases, by their places.
#[derive(Default)]
struct Words {
    cases: HashMap<usize, Case>,
    outputs: HashMap<(usize, String), Told>,
    verdicts: HashMap<usize, Vec<VerdictWords>>,
}

/// What became of an output, its text, and the way to it.
type Told = (Status, Option<String>, Option<Trace>);

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
    fn read(tables: &Tables, mut wanted: Vec<usize>) -> Result<Self, AnalysisError> {
        let mut words = Self::default();
        wanted.sort_unstable();
        wanted.dedup();
        tables.cases.rows(&["body"], &wanted, |case, frame, at| {
            let body = texts(frame, "body").map_err(|why| tables.cases.damaged(&why))?.get(at).unwrap_or_default();
            let read = serde_json::from_str(body).map_err(|e| AnalysisError::Case(e.to_string()))?;
            words.cases.insert(case, read);
            Ok::<_, AnalysisError>(())
        })?;
        let rows = rows_of(&tables.outputs, &wanted)?;
        tables.outputs.rows(&["index", "candidate", "sample", "status", "text", "trace"], &rows, |_, frame, at| {
            words.output(frame, at).map_err(|why| tables.outputs.damaged(&why))
        })?;
        let rows = rows_of(&tables.verdicts, &wanted)?;
        tables.verdicts.rows(&VerdictWords::COLUMNS, &rows, |_, frame, at| {
            words.verdict(frame, at).map_err(|why| tables.verdicts.damaged(&why))
        })?;
        Ok(words)
    }

    fn output(&mut self, frame: &DataFrame, at: usize) -> PolarsResult<()> {
        let text = |column| Ok::<_, PolarsError>(texts(frame, column)?.get(at));
        let index = wholes(frame, "index")?.get(at).map_or(usize::MAX, position);
        if frame.column("sample")?.u32()?.get(at) == Some(0) {
            let status = text("status")?.and_then(Status::from_word).unwrap_or(Status::Error);
            let of = text("candidate")?.unwrap_or_default().to_string();
            let trace = text("trace")?.and_then(|trace| serde_json::from_str(trace).ok());
            self.outputs.insert((index, of), (status, text("text")?.map(str::to_string), trace));
        }
        Ok(())
    }

    fn verdict(&mut self, frame: &DataFrame, at: usize) -> PolarsResult<()> {
        let text = |column| Ok::<_, PolarsError>(texts(frame, column)?.get(at).map(str::to_string));
        let index = wholes(frame, "index")?.get(at).map_or(usize::MAX, position);
        self.verdicts.entry(index).or_default().push(VerdictWords {
            metric: text("metric")?.unwrap_or_default(),
            first: text("candidate")?.unwrap_or_default(),
            second: text("second")?,
            status: text("status")?.as_deref().and_then(Status::from_word).unwrap_or(Status::Error),
            value: numbers(frame, "value")?.get(at),
            reasoning: text("reasoning")?,
            failure: text("failure")?,
            error: text("error")?,
        });
        Ok(())
    }

    fn story(
        &self,
        suite: &Suite,
        data: &Data,
        (index, case): (usize, &Case),
        change: f64,
        baseline: &CandidateName,
        candidate: &CandidateName,
    ) -> Story {
        let side = |name: &CandidateName| {
            let found = self.outputs.get(&(index, name.to_string())).cloned();
            let (status, text, trace) = found.unwrap_or((Status::Skipped, None, None));
            SideOfStory { name: name.to_string(), status, text, trace }
        };
        let metrics = suite.metrics.iter().map(|(name, spec)| {
            let measured = difference(data, name, index, baseline, candidate);
            let about = |v: &&VerdictWords| {
                let of = |name: &str| name == baseline.as_str() || name == candidate.as_str();
                v.metric == name.as_str() && of(&v.first) && v.second.as_deref().is_none_or(of)
            };
            let all = self.verdicts.get(&index).into_iter().flatten();
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
    const COLUMNS: [&str; 9] =
        ["index", "metric", "candidate", "second", "status", "value", "reasoning", "failure", "error"];

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

/// The rows of a table that are about some cases, ascending.
fn rows_of(table: &StoredTable, cases: &[usize]) -> Result<Vec<usize>, AnalysisError> {
    let (mut rows, mut start) = (Vec::new(), 0);
    if cases.is_empty() {
        return Ok(rows);
    }
    for frame in table.frames(&["index"]) {
        let frame = frame?;
        let index = wholes(&frame, "index").map_err(|why| table.damaged(&why))?;
        let wanted = |index: Option<u64>| index.is_some_and(|index| cases.binary_search(&position(index)).is_ok());
        rows.extend(index.iter().enumerate().filter(|(_, index)| wanted(*index)).map(|(at, _)| start + at));
        start += frame.height();
    }
    Ok(rows)
}
