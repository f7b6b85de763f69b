//! The tables of a run → scores by case, verdicts beside labels, and the tally, in one pass over each table.

use std::sync::mpsc::sync_channel;

use indexmap::IndexMap;
use polars::prelude::*;

use super::AnalysisError;
use super::asides::{Seen, Watch};
use super::cases::Cases;
use super::data::{About, Data, MetricScores};
use super::findings::Slice;
use super::humans::Humans;
use super::lengths::Lengths;
use super::repeats::Repeats;
use super::scores::{Means, Worths, without_rounding};
use super::tables::{Tables, numbers, position, texts, wholes};
use super::tally::{self, Tally};
use super::verdicts::Verdicts;
use crate::suite::{CandidateName, Goal, MetricName, MetricSpec, Orders, Pair, Suite};

/// What the scores are read from.
const COLUMNS: [&str; 8] = ["index", "metric", "candidate", "second", "sample", "verdict_sample", "status", "value"];

/// So many frames the scores may be ahead of the counts.
const FRAMES_AHEAD: usize = 4;

/// All that is kept of a run's tables.
#[derive(Debug)]
pub struct Gathered {
    /// The scores by case.
    pub data: Data,
    /// Counts, reasons, costs and latencies.
    pub tally: Tally,
    /// By judged metric: what its judge is held against.
    pub verdicts: IndexMap<MetricName, Verdicts>,
    /// How long the outputs are, where a judge compared them.
    pub lengths: Lengths,
    /// By metric with repeats: its verdicts one by one.
    pub repeats: IndexMap<MetricName, Repeats>,
}

impl Gathered {
    /// Reads the tables of a run. `pairs` are the pairs that pairwise metrics compared.
    ///
    /// # Errors
    /// Tables that are damaged, or hold a case that cannot be read.
    pub fn read(
        suite: &Suite,
        pairs: &[(CandidateName, CandidateName)],
        tables: &Tables,
    ) -> Result<Self, AnalysisError> {
        let named: Vec<Slice> = suite.gate.iter().flat_map(|gate| &gate.rules).map(|rule| rule.slice.clone()).collect();
        let cases = Cases::read(tables, &named)?;
        let mut tally = Tally::of_cases(cases.len());
        let mut watch = Watch::new(suite, tables, &cases)?;
        let mut lengths = Lengths::of(suite, tables);
        let columns: Vec<&str> = tally::OUTPUT_COLUMNS.iter().chain(lengths.columns()).copied().collect();
        for frame in tables.outputs.frames(&columns) {
            let frame = frame?;
            watch.outputs(&frame).map_err(|why| tables.outputs.damaged(&why))?;
            tally.outputs(&frame, tables)?;
            lengths.add(&frame, cases.len()).map_err(|why| tables.outputs.damaged(&why))?;
        }
        let mut metrics: Vec<Metric> =
            suite.metrics.iter().map(|(name, spec)| Metric::new(name, spec, suite, pairs, cases.len())).collect();
        let columns: Vec<&str> = COLUMNS.iter().chain(&tally::VERDICT_COLUMNS).copied().collect();
        // Two threads go through the rows, one for the scores and one for the counts.
        let counted = std::thread::scope(|scope| {
            let (hand, frames) = sync_channel::<DataFrame>(FRAMES_AHEAD);
            let tally = &mut tally;
            let counting = scope.spawn(move || frames.into_iter().try_for_each(|frame| tally.verdicts(&frame, tables)));
            let mut start = 0;
            for frame in tables.verdicts.frames(&columns) {
                let frame = frame?;
                if hand.send(frame.clone()).is_err() {
                    // The counting has failed, and says why.
                    break;
                }
                add((&mut metrics, &mut watch), &cases, &frame, start).map_err(|why| tables.verdicts.damaged(&why))?;
                start += frame.height();
            }
            drop(hand);
            Ok::<_, AnalysisError>(counting.join())
        });
        counted?.unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
        let (mut scores, mut verdicts, mut repeats) = (IndexMap::new(), IndexMap::new(), IndexMap::new());
        for mut metric in metrics {
            repeats.extend(metric.repeats.take().map(|found| (metric.name.clone(), found)));
            let (name, judged) = (metric.name.clone(), metric.spec.rubric().is_some());
            let spec = metric.spec;
            let (mut found, on_labels) = metric.finish();
            if judged {
                found.judged = true;
                found.humans = Humans::read(&cases, (&name, spec), suite, found.preferences.keys());
            }
            scores.insert(name.clone(), found);
            if judged {
                verdicts.insert(name, on_labels);
            }
        }
        let asides = watch.finish(tables)?;
        Ok(Self { data: Data { cases, metrics: scores, asides, turns: None }, tally, verdicts, lengths, repeats })
    }
}

/// The scores of one metric, as they come.
struct Metric<'a> {
    name: &'a MetricName,
    spec: &'a MetricSpec,
    levels: Vec<(&'a CandidateName, Means)>,
    preferences: Vec<(Pair, Worths)>,
    unread: IndexMap<About, Vec<u32>>,
    verdicts: Verdicts,
    repeats: Option<Repeats>,
}

/// One row of the verdicts.
#[derive(Clone, Copy)]
struct Verdict<'a> {
    index: usize,
    first: &'a str,
    second: Option<&'a str>,
    samples: (u32, u32),
    unread: bool,
    value: Option<f64>,
}

impl<'a> Metric<'a> {
    fn new(
        name: &'a MetricName,
        spec: &'a MetricSpec,
        suite: &'a Suite,
        pairs: &'a [(CandidateName, CandidateName)],
        cases: usize,
    ) -> Self {
        let both = spec.rubric().is_some_and(|judged| judged.rubric.orders == Orders::Both);
        let (levels, preferences) = if spec.is_pairwise() {
            let pairs = spec.rubric().map(|judged| judged.pairs.among(pairs)).unwrap_or_default();
            (Vec::new(), pairs.iter().map(|pair| (pair.clone(), Worths::none(cases, both))).collect())
        } else {
            (suite.candidates.keys().map(|name| (name, Means::none(cases))).collect(), Vec::new())
        };
        let repeats = Repeats::of(spec, suite, cases);
        Self { name, spec, levels, preferences, unread: IndexMap::new(), verdicts: Verdicts::default(), repeats }
    }

    fn add(&mut self, row: Verdict<'_>) {
        let Verdict { index, first, second, samples, unread, value } = row;
        let about = match second {
            None => {
                if let (Some(value), Some((_, means))) =
                    (value, self.levels.iter_mut().find(|(n, _)| n.as_str() == first))
                {
                    means.add(index, value);
                    self.repeats.iter_mut().for_each(|repeats| repeats.add((first, None), index, samples.0, value));
                }
                Some((None, first))
            }
            Some(second) => {
                let shown = |(a, b): &(CandidateName, CandidateName)| match (a.as_str(), b.as_str()) {
                    (a, b) if (a, b) == (first, second) => Some(false),
                    (a, b) if (b, a) == (first, second) => Some(true),
                    _ => None,
                };
                self.preferences.iter_mut().find_map(|(pair, worths)| {
                    let second_first = shown(pair)?;
                    let worth = value.map(|value| if second_first { value } else { 1.0 - value });
                    let whole = worths.add(index, samples, second_first, worth);
                    if let (Some(repeats), Some(worth)) = (&mut self.repeats, whole) {
                        repeats.add((pair.1.as_str(), Some(pair.0.as_str())), index, samples.0, worth);
                    }
                    Some((Some(pair.0.as_str()), pair.1.as_str()))
                })
            }
        };
        if let (true, Some((against, of))) = (unread, about) {
            let about = (of.into(), against.map(CandidateName::from));
            self.unread.entry(about).or_default().push(u32::try_from(index).unwrap_or(u32::MAX));
        }
    }

    fn finish(self) -> (MetricScores, Verdicts) {
        let mut scores = MetricScores::new(self.spec.range(), self.spec.goal, self.spec.missing);
        for (candidate, means) in self.levels {
            let mut values = means.finish();
            values.change(|value| without_rounding(value, scores.range));
            scores.levels.insert(candidate.clone(), values);
        }
        for (pair, worths) in self.preferences {
            let mut worths = worths.finish();
            if self.spec.goal == Goal::Down {
                worths.change(|worth| 1.0 - worth);
            }
            scores.preferences.insert(pair, worths);
        }
        for (about, mut places) in self.unread {
            places.sort_unstable();
            places.dedup();
            scores.unread.insert(about, places);
        }
        (scores, self.verdicts.finish())
    }
}

/// Adds the rows of a frame, of which the first is the row `start` of the table.
fn add(
    (metrics, watch): (&mut [Metric<'_>], &mut Watch<'_>),
    cases: &Cases,
    frame: &DataFrame,
    start: usize,
) -> PolarsResult<()> {
    let (index, metric) = (wholes(frame, "index")?, texts(frame, "metric")?);
    let (first, second) = (texts(frame, "candidate")?, texts(frame, "second")?);
    let (status, value) = (texts(frame, "status")?, numbers(frame, "value")?);
    let (sample, verdict_sample) = (frame.column("sample")?.u32()?, frame.column("verdict_sample")?.u32()?);
    for row in 0..frame.height() {
        let (Some(index), Some(name), Some(first)) = (index.get(row), metric.get(row), first.get(row)) else {
            continue;
        };
        let Some(metric) = metrics.iter_mut().find(|metric| metric.name.as_str() == name) else { continue };
        let verdict = Verdict {
            index: position(index),
            first,
            second: second.get(row),
            samples: (sample.get(row).unwrap_or(0), verdict_sample.get(row).unwrap_or(0)),
            unread: matches!(status.get(row), Some("unparsed" | "refused")),
            value: value.get(row),
        };
        metric.add(verdict);
        watch.verdict(Seen {
            case: verdict.index,
            metric: metric.name,
            judged: metric.spec.rubric().is_some(),
            of: [Some(first), verdict.second],
            sample: verdict.samples.0,
            unread: verdict.unread,
            value: verdict.value,
        });
        // Those that the provider failed on, or that were not asked, say nothing of the judge.
        if metric.spec.rubric().is_some() && (verdict.unread || verdict.value.is_some()) {
            let labels = cases.labels(metric.name);
            let is_labelled =
                !labels.is_empty() && labels.binary_search_by(|(at, _)| (*at as usize).cmp(&verdict.index)).is_ok();
            metric.verdicts.add(
                verdict.index,
                (first, verdict.second),
                verdict.value,
                is_labelled.then_some(start + row),
                cases.len(),
            );
        }
    }
    Ok(())
}
