//! Rows of the tables → counts by status, reasons for what came to nothing, costs, and latencies.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use indexmap::IndexMap;
use polars::prelude::*;

use super::controls::versions_of;
use super::error::AnalysisError;
use super::findings::{Cause, Cost, Counts, FailedOutput, Spending, StatusCounts, Versions};
use super::reasons::{CAUSES, OUTPUTS, Reasons, why};
use super::tables::{Tables, numbers, texts, wholes};
use crate::model::Money;
use crate::store::{EMPTY_ANSWER, JudgeVersions, Status, StoredTable};
use crate::suite::{MetricName, Scorer, Suite};

/// What is read of the outputs: by the tally, and for the limits of the gate.
pub(super) const OUTPUT_COLUMNS: [&str; 10] = [
    "index",
    "candidate",
    "status",
    "error",
    "model",
    "input_tokens",
    "output_tokens",
    "usd",
    "latency_ms",
    "fallback",
];

/// What it reads of the verdicts, beside what the scores need.
pub(super) const VERDICT_COLUMNS: [&str; 8] =
    ["error", "model", "input_tokens", "output_tokens", "usd", "latency_ms", "fallback", "fingerprint"];

/// What was counted in the tables of a run.
#[derive(Debug, Default)]
pub struct Tally {
    cases: u64,
    /// By candidate.
    outputs: Part,
    /// By metric.
    verdicts: Part,
    /// By model: how often a reply took so many milliseconds.
    latencies: BTreeMap<String, HashMap<u64, u64>>,
}

/// One table.
#[derive(Debug, Default)]
struct Part {
    rows: usize,
    owners: Vec<(String, Kept)>,
    reasons: Reasons,
}

/// What belongs to one candidate or metric.
#[derive(Debug, Default)]
struct Kept {
    counts: StatusCounts,
    /// Of those that are ok, the ones without a text.
    empty: u64,
    replies: u64,
    input_tokens: Sum<u64>,
    output_tokens: Sum<u64>,
    usd: Sum<Money>,
    /// Of `usd`, what went into outputs or verdicts that never came.
    failed_usd: Sum<Money>,
    /// The sum over all whose cost is known.
    known: Option<Money>,
    served: Served,
}

/// By whom verdicts were given: the judge, the model as its provider named it, the fingerprint, and how many.
#[derive(Debug, Default)]
struct Served(Vec<(String, String, Option<String>, u64)>);

/// So many are told apart. A server that names each of its replies otherwise must not be held in memory.
const VERSIONS: usize = 64;

/// A sum that is known as long as every part of it is.
#[derive(Debug, Clone, Copy, Default)]
enum Sum<T> {
    /// There is no part yet.
    #[default]
    Nothing,
    Known(T),
    Unknown,
}

impl Tally {
    /// Of a run with so many cases.
    pub(super) fn of_cases(cases: usize) -> Self {
        Self { cases: cases as u64, ..Self::default() }
    }

    /// Adds the next rows of the outputs.
    pub(super) fn outputs(&mut self, frame: &DataFrame, tables: &Tables) -> Result<(), AnalysisError> {
        self.outputs.add(frame, ("candidate", Some(OUTPUTS)), &tables.outputs, &mut self.latencies)
    }

    /// Adds the next rows of the verdicts.
    pub(super) fn verdicts(&mut self, frame: &DataFrame, tables: &Tables) -> Result<(), AnalysisError> {
        self.verdicts.add(frame, ("metric", None), &tables.verdicts, &mut self.latencies)
    }

    /// How many of what there were.
    ///
    /// # Errors
    /// A table that is damaged.
    pub fn counts(&self, suite: &Suite, tables: &Tables) -> Result<Counts, AnalysisError> {
        let of = |name: &str| self.verdicts.of(name).map(|kept| kept.counts).unwrap_or_default();
        Ok(Counts {
            by_metric: suite.metrics.keys().map(|name| (name.to_string(), of(name.as_str()))).collect(),
            cases: self.cases,
            spared: 0,
            outputs: self.outputs.counts(),
            verdicts: self.verdicts.counts(),
            silent: self.outputs.silent(),
            more_causes: (self.outputs.reasons.counts().chain(self.verdicts.reasons.counts()).count() as u64)
                .saturating_sub(CAUSES as u64),
            causes: self.causes(tables)?,
        })
    }

    /// Of the outputs that failed for the most frequent reasons, the first of each that tells how far it came.
    ///
    /// # Errors
    /// A table that is damaged.
    pub fn failed(&self, tables: &Tables) -> Result<Vec<FailedOutput>, AnalysisError> {
        self.outputs.reasons.failed(&tables.outputs)
    }

    /// The outputs of one candidate by their status.
    pub fn of_candidate(&self, candidate: &str) -> StatusCounts {
        self.outputs.of(candidate).map(|kept| kept.counts).unwrap_or_default()
    }

    /// The verdicts of one metric by their status.
    pub fn of_metric(&self, metric: &str) -> StatusCounts {
        self.verdicts.of(metric).map(|kept| kept.counts).unwrap_or_default()
    }

    /// Who gave the verdicts of a metric: the models as their providers named them, by judge.
    pub fn served(&self, metric: &str) -> IndexMap<String, Versions> {
        self.versions(metric, |model, _| Some(model))
    }

    /// Who gave the verdicts of each judged metric, without their numbers.
    pub fn judges(&self, suite: &Suite) -> BTreeMap<MetricName, JudgeVersions> {
        let judged = suite.metrics.iter().filter(|(_, spec)| spec.rubric().is_some());
        let versions = judged.map(|(name, _)| (name.clone(), versions_of(&self.served(name.as_str()))));
        versions.filter(|(_, versions)| !versions.is_empty()).collect()
    }

    /// The fingerprints of the systems that gave them.
    pub fn fingerprints(&self, metric: &str) -> IndexMap<String, Versions> {
        self.versions(metric, |_, fingerprint| fingerprint)
    }

    fn versions<'a>(
        &'a self,
        metric: &str,
        version: impl Fn(&'a str, Option<&'a str>) -> Option<&'a str>,
    ) -> IndexMap<String, Versions> {
        let mut found: IndexMap<String, Versions> = IndexMap::new();
        let served = self.verdicts.of(metric).map(|kept| &kept.served.0);
        for (judge, model, fingerprint, count) in served.into_iter().flatten() {
            if let Some(version) = version(model, fingerprint.as_deref()) {
                *found.entry(judge.clone()).or_default().entry(version.to_string()).or_default() += count;
            }
        }
        found
    }

    /// What each candidate and each judge cost.
    pub fn cost(&self, suite: &Suite) -> Cost {
        let nobody = Kept::default();
        let (mut cost, mut all) = (Cost::default(), Kept::default());
        for name in suite.candidates.keys() {
            let kept = self.outputs.of(name.as_str()).unwrap_or(&nobody);
            cost.candidates.insert(name.to_string(), kept.spending());
            all.join(kept);
        }
        for (name, metric) in &suite.metrics {
            if let Scorer::Rubric(_) = metric.scorer {
                let kept = self.verdicts.of(name.as_str()).unwrap_or(&nobody);
                cost.judges.insert(name.to_string(), kept.spending());
                all.join(kept);
            }
        }
        let asked = suite.models.iter().filter(|(name, _)| suite.asks(name));
        cost.list_prices = asked.filter_map(|(_, spec)| Some(spec.price_list.as_ref()?.as_of.clone())).collect();
        cost.total = all.spending();
        cost.known = all.known.map(Money::usd);
        cost
    }

    /// The median latency of each model's replies, in milliseconds.
    pub fn latencies(&self) -> IndexMap<String, u64> {
        let median = |counts: &HashMap<u64, u64>| {
            let mut left = counts.values().sum::<u64>() / 2;
            let mut sorted: Vec<(u64, u64)> = counts.iter().map(|(value, count)| (*value, *count)).collect();
            sorted.sort_unstable();
            sorted.into_iter().find_map(|(value, count)| match left.checked_sub(count) {
                Some(rest) => {
                    left = rest;
                    None
                }
                None => Some(value),
            })
        };
        self.latencies.iter().filter_map(|(model, counts)| Some((model.clone(), median(counts)?))).collect()
    }

    /// The most frequent reasons for want of a text or a value, or why a text is odd. What was skipped has its reason
    /// elsewhere: in the output that is not there.
    fn causes(&self, tables: &Tables) -> Result<Vec<Cause>, AnalysisError> {
        let mut counts: Vec<u64> = self.outputs.reasons.counts().chain(self.verdicts.reasons.counts()).collect();
        counts.sort_unstable_by_key(|count| Reverse(*count));
        let least = counts.get(CAUSES - 1).or(counts.last()).copied().unwrap_or_default();
        // Of one alone it need not be said whose they are.
        let several = self.outputs.owners.iter().filter(|_| self.outputs.owners.len() > 1);
        let names: Vec<&str> = several.map(|(name, _)| name.as_str()).collect();
        let mut causes = self.outputs.reasons.told(least, None, &names, &tables.outputs)?;
        causes.extend(self.verdicts.reasons.told(least, Some("metric"), &[], &tables.verdicts)?);
        causes.sort_by(|a, b| {
            let rest = |c: &Cause| (c.of.clone(), c.status);
            b.count.cmp(&a.count).then_with(|| a.reason.cmp(&b.reason)).then_with(|| rest(a).cmp(&rest(b)))
        });
        causes.truncate(CAUSES);
        Ok(causes)
    }
}

impl Part {
    fn of(&self, owner: &str) -> Option<&Kept> {
        self.owners.iter().find(|(name, _)| name == owner).map(|(_, kept)| kept)
    }

    fn counts(&self) -> StatusCounts {
        let mut all = StatusCounts::default();
        self.owners.iter().for_each(|(_, kept)| all.join(kept.counts));
        all
    }

    /// The owners of whom something is ok, and all of that is empty.
    fn silent(&self) -> Vec<String> {
        let silent = |(_, kept): &&(String, Kept)| kept.counts.ok > 0 && kept.empty == kept.counts.ok;
        self.owners.iter().filter(silent).map(|(name, _)| name.clone()).collect()
    }

    /// Adds the next rows of the table. Reasons belong to the owner of their row, or to the table where `of` names it.
    fn add(
        &mut self,
        frame: &DataFrame,
        (owner, of): (&str, Option<&str>),
        table: &StoredTable,
        latencies: &mut BTreeMap<String, HashMap<u64, u64>>,
    ) -> Result<(), AnalysisError> {
        let damaged = |why: PolarsError| table.damaged(&why);
        let text = |name| texts(frame, name).map_err(damaged);
        let whole = |name| wholes(frame, name).map_err(damaged);
        let (owners, status, error, model) = (text(owner)?, text("status")?, text("error")?, text("model")?);
        let fallback = text("fallback")?;
        // Only verdicts say who judged.
        let by = if of.is_none() { Some((text("judge")?, text("fingerprint")?)) } else { None };
        let (input, output, latency) = (whole("input_tokens")?, whole("output_tokens")?, whole("latency_ms")?);
        let usd = numbers(frame, "usd").map_err(damaged)?;
        // Most reasons name their case; where there are none, the names need not be read.
        let named = match error.null_count() == frame.height() {
            true => None,
            false => Some(table.part(&["case"], self.rows, self.rows + frame.height())?),
        };
        let cases = named.as_ref().map(|frame| texts(frame, "case")).transpose().map_err(damaged)?;
        for row in 0..frame.height() {
            let word = status.get(row);
            let status = word.and_then(Status::from_word);
            let name = owners.get(row).unwrap_or_default();
            let place = self.owners.iter().position(|(known, _)| known == name).unwrap_or_else(|| {
                self.owners.push((name.to_string(), Kept::default()));
                self.owners.len() - 1
            });
            if let Some((_, kept)) = self.owners.get_mut(place) {
                kept.counts.add(status);
                kept.empty += u64::from(status == Some(Status::Ok) && error.get(row).is_some_and(is_empty));
                kept.counts.fallback += u64::from(fallback.get(row).is_some());
                if let (Some((judge, fingerprint)), Some(model), None) = (&by, model.get(row), fallback.get(row)) {
                    kept.served.add(judge.get(row).unwrap_or_default(), model, fingerprint.get(row));
                }
                let came = !matches!(status, Some(Status::Skipped | Status::Error));
                kept.take(came, (input.get(row), output.get(row)), usd.get(row).and_then(Money::from_usd));
            }
            if let Some(reason) = why(status, error.get(row), cases.and_then(|cases| cases.get(row))) {
                let (owner, by) = of.map_or((name, None), |table| (table, Some(place)));
                self.reasons.add(owner, status.unwrap_or(Status::Error), &reason, self.rows + row, by);
            }
            if let (Some(model), Some(latency)) = (model.get(row), latency.get(row)) {
                if !latencies.contains_key(model) {
                    latencies.insert(model.to_string(), HashMap::new());
                }
                if let Some(counts) = latencies.get_mut(model) {
                    *counts.entry(latency).or_default() += 1;
                }
            }
        }
        self.rows += frame.height();
        Ok(())
    }
}

/// Whether what is told of an answer is that it is empty: what else is told of it follows after a semicolon.
fn is_empty(told: &str) -> bool {
    told.split("; ").next() == Some(EMPTY_ANSWER)
}

impl Kept {
    /// Adds what an output or a verdict took. One that never came counts where something was answered on the way to it.
    fn take(&mut self, came: bool, (input, output): (Option<u64>, Option<u64>), usd: Option<Money>) {
        if !came && input.is_none() && output.is_none() && usd.is_none() {
            return;
        }
        self.replies += u64::from(came);
        self.input_tokens.add(input);
        self.output_tokens.add(output);
        self.usd.add(usd);
        if !came {
            self.failed_usd.add(usd);
        }
        self.know(usd);
    }

    fn join(&mut self, other: &Self) {
        self.replies += other.replies;
        self.input_tokens.join(other.input_tokens);
        self.output_tokens.join(other.output_tokens);
        self.usd.join(other.usd);
        self.failed_usd.join(other.failed_usd);
        self.know(other.known);
    }

    /// Adds a cost, where it is known.
    fn know(&mut self, usd: Option<Money>) {
        self.known = self.known.into_iter().chain(usd).reduce(|sum, more| sum + more);
    }

    /// What the answered calls took. One answer without tokens, or without a price, makes the sum unknown.
    fn spending(&self) -> Spending {
        Spending {
            replies: self.replies,
            input_tokens: self.input_tokens.known(),
            output_tokens: self.output_tokens.known(),
            usd: self.usd.known().map(Money::usd),
            failed_usd: self.failed_usd.known().map(Money::usd),
        }
    }
}

impl Served {
    fn add(&mut self, judge: &str, model: &str, fingerprint: Option<&str>) {
        let same = |(j, m, f, _): &&mut (String, String, Option<String>, u64)| {
            j == judge && m == model && f.as_deref() == fingerprint
        };
        if let Some((.., count)) = self.0.iter_mut().find(same) {
            *count += 1;
        } else if self.0.len() < VERSIONS {
            self.0.push((judge.to_string(), model.to_string(), fingerprint.map(ToString::to_string), 1));
        }
    }
}

/// What can be added up without an end.
trait Plus: Copy {
    fn plus(self, more: Self) -> Self;
}

impl Plus for u64 {
    fn plus(self, more: Self) -> Self {
        self.saturating_add(more)
    }
}

impl Plus for Money {
    fn plus(self, more: Self) -> Self {
        self + more
    }
}

impl<T: Plus> Sum<T> {
    fn add(&mut self, part: Option<T>) {
        self.join(part.map_or(Self::Unknown, Self::Known));
    }

    fn join(&mut self, other: Self) {
        *self = match (*self, other) {
            (sum, Self::Nothing) | (Self::Nothing, sum) => sum,
            (Self::Known(sum), Self::Known(more)) => Self::Known(sum.plus(more)),
            (Self::Unknown, _) | (_, Self::Unknown) => Self::Unknown,
        };
    }

    fn known(self) -> Option<T> {
        match self {
            Self::Known(sum) => Some(sum),
            Self::Nothing | Self::Unknown => None,
        }
    }
}

impl StatusCounts {
    fn add(&mut self, status: Option<Status>) {
        self.total += 1;
        match status {
            Some(Status::Ok) => self.ok += 1,
            Some(Status::Unparsed) => self.unparsed += 1,
            Some(Status::Refused) => self.refused += 1,
            Some(Status::Skipped) => self.skipped += 1,
            // A status that this karat does not know did not give a value either.
            Some(Status::Error) | None => self.error += 1,
        }
    }

    fn join(&mut self, other: Self) {
        self.total += other.total;
        self.ok += other.ok;
        self.error += other.error;
        self.unparsed += other.unparsed;
        self.refused += other.refused;
        self.skipped += other.skipped;
        self.fallback += other.fallback;
    }
}
