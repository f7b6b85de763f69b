//! What points to an attack on a judge, found without asking any model: outputs that speak in the judge's form, verdicts
//! that are only quoted, and a candidate that says the same whatever it is asked: a null model, which judges have
//! been seen to prefer (arXiv:2410.07137).

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};

use polars::prelude::*;
use serde::Serialize;
use serde_json::Value;

use super::cases::ids;
use super::error::AnalysisError;
use super::tables::{Tables, position, texts, wholes};

/// The same output for fewer different inputs than this may be right for each of them.
const LEAST_INPUTS: usize = 10;

/// Outputs that are looked at at a time, while a candidate has said only one thing.
const AT_ONCE: usize = 256;

/// One alarm.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Alarm {
    /// `constant_output`, or `verdict`.
    pub kind: &'static str,
    /// The metric whose judge it is about, or the candidate that always says the same.
    pub of: String,
    /// What is the matter, in words.
    pub what: String,
    /// How many verdicts or outputs.
    pub count: u64,
    /// The case of the first.
    pub first_case: String,
}

/// Alarms of verdicts, as their rows come.
#[derive(Debug, Default)]
pub(super) struct Raised(BTreeMap<(String, String), (u64, usize)>);

impl Raised {
    /// Adds the next rows of the verdicts.
    pub fn add(&mut self, frame: &DataFrame) -> PolarsResult<()> {
        let alarm = texts(frame, "alarm")?;
        if alarm.null_count() == frame.height() {
            return Ok(());
        }
        let (metric, index) = (texts(frame, "metric")?, wholes(frame, "index")?);
        for row in 0..frame.height() {
            let (Some(what), Some(metric), Some(index)) = (alarm.get(row), metric.get(row), index.get(row)) else {
                continue;
            };
            let key = (metric.to_string(), what.to_string());
            self.0.entry(key).or_insert((0, position(index))).0 += 1;
        }
        Ok(())
    }

    /// All alarms of a run.
    pub fn finish(self, tables: &Tables) -> Result<Vec<Alarm>, AnalysisError> {
        let constant = constant(tables)?;
        let places = self.0.values().map(|(_, case)| *case).chain(constant.values().map(|said| said.first));
        let ids = ids(tables, places)?;
        let id = |case: usize| ids.get(&case).cloned().unwrap_or_default();
        let silent = |said: &Constant| if said.empty { "gives no text" } else { "gives one and the same output" };
        let mut alarms: Vec<Alarm> = constant
            .iter()
            .map(|(name, said)| Alarm {
                kind: "constant_output",
                of: name.clone(),
                what: format!("{} for {} different inputs", silent(said), said.inputs),
                count: said.outputs,
                first_case: id(said.first),
            })
            .collect();
        alarms.extend(self.0.into_iter().map(|((of, what), (count, case))| Alarm {
            kind: "verdict",
            of,
            what,
            count,
            first_case: id(case),
        }));
        Ok(alarms)
    }
}

/// A candidate that said one thing so far.
#[derive(Debug)]
struct Constant {
    text: u64,
    empty: bool,
    first: usize,
    outputs: u64,
    /// The cases that it answered, in their order.
    cases: Vec<usize>,
    /// How many different inputs they have.
    inputs: usize,
}

/// The candidates that said one thing to many different inputs. Of any other only the first outputs are read.
fn constant(tables: &Tables) -> Result<BTreeMap<String, Constant>, AnalysisError> {
    let damaged = |why: PolarsError| tables.outputs.damaged(&why);
    let (mut constant, mut varied) = (BTreeMap::<String, Constant>::new(), BTreeSet::new());
    let mut start = 0;
    while start < tables.outputs.len() && (varied.is_empty() || !constant.is_empty()) {
        let end = (start + AT_ONCE).min(tables.outputs.len());
        let frame = tables.outputs.part(&["index", "candidate", "text"], start, end)?;
        let column = |name| texts(&frame, name).map_err(damaged);
        let (index, candidate, text) =
            (wholes(&frame, "index").map_err(damaged)?, column("candidate")?, column("text")?);
        for row in 0..frame.height() {
            let (Some(index), Some(name), Some(text)) = (index.get(row), candidate.get(row), text.get(row)) else {
                continue;
            };
            if varied.contains(name) {
                continue;
            }
            let mut hasher = DefaultHasher::new();
            text.hash(&mut hasher);
            let (hash, empty) = (hasher.finish(), text.trim().is_empty());
            let new =
                || Constant { text: hash, empty, first: position(index), outputs: 0, cases: Vec::new(), inputs: 0 };
            let known = constant.entry(name.to_string()).or_insert_with(new);
            known.outputs += 1;
            if known.cases.last() != Some(&position(index)) {
                known.cases.push(position(index));
            }
            if known.text != hash {
                constant.remove(name);
                varied.insert(name.to_string());
            }
        }
        start = end;
    }
    constant.retain(|_, said| said.outputs >= LEAST_INPUTS as u64);
    if !constant.is_empty() {
        count_inputs(tables, &mut constant)?;
        constant.retain(|_, said| said.inputs >= LEAST_INPUTS);
    }
    Ok(constant)
}

/// Counts the different inputs that each of these answered: a case that failed was not.
fn count_inputs(tables: &Tables, constant: &mut BTreeMap<String, Constant>) -> Result<(), AnalysisError> {
    let mut answered: Vec<(&mut Constant, BTreeSet<u64>)> =
        constant.values_mut().map(|said| (said, BTreeSet::new())).collect();
    for frame in tables.cases.frames(&["index", "body"]) {
        let frame = frame?;
        let damaged = |why: PolarsError| tables.cases.damaged(&why);
        let (index, bodies) = (wholes(&frame, "index").map_err(damaged)?, texts(&frame, "body").map_err(damaged)?);
        for row in 0..frame.height() {
            let (Some(index), Some(body)) = (index.get(row), bodies.get(row)) else { continue };
            let case: Value = serde_json::from_str(body).unwrap_or_default();
            let mut hasher = DefaultHasher::new();
            case["input"].to_string().hash(&mut hasher);
            let input = hasher.finish();
            for (said, inputs) in &mut answered {
                if said.cases.binary_search(&position(index)).is_ok() {
                    inputs.insert(input);
                }
            }
        }
    }
    answered.into_iter().for_each(|(said, inputs)| said.inputs = inputs.len());
    Ok(())
}
