//! The tables of a run → scores by case, verdicts beside labels, and the tally, in one pass over each table.

use std::sync::mpsc::sync_channel;

use indexmap::IndexMap;
use polars::prelude::*;

use super::AnalysisError;
use super::alarms::Raised;
use super::asides::{Seen, Watch};
use super::cascade::CascadeFindings;
use super::cases::Cases;
use super::chambers::{Chambers, Heard, Spoken};
use super::data::{About, Data, MetricScores};
use super::findings::Slice;
use super::humans::Humans;
use super::lengths::Lengths;
use super::panel::PanelFindings;
use super::repeats::Repeats;
use super::scores::{Means, Worths, without_rounding};
use super::styles::Styles;
use super::tables::{Tables, numbers, position, texts, wholes};
use super::tally::{self, Tally};
use super::tournament::{Met, Tournament, TournamentFindings};
use super::verdicts::Verdicts;
use crate::suite::{CandidateName, Goal, Judges, MetricName, MetricSpec, Orders, Pair, Suite};

/// What the scores are read from.
const COLUMNS: [&str; 15] = [
    "index",
    "metric",
    "candidate",
    "second",
    "sample",
    "verdict_sample",
    "judge",
    "decides",
    "round",
    "winner",
    "by_lot",
    "status",
    "value",
    "confidence",
    "alarm",
];

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
    /// How much Markdown the outputs hold, where a ranking is freed of it.
    pub styles: Styles,
    /// By metric with repeats: its verdicts one by one.
    pub repeats: IndexMap<MetricName, Repeats>,
    /// By metric with several judges: what was found of them.
    pub heard: IndexMap<MetricName, Heard>,
    /// By metric whose candidates met in a knock-out: how they fared.
    pub(super) tournaments: IndexMap<MetricName, TournamentFindings>,
    /// What points to an attack on a judge.
    pub(super) raised: Raised,
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
        let mut styles = Styles::of(suite);
        let texts = (lengths.is_wanted() || styles.is_wanted()).then_some("text");
        let columns: Vec<&str> = tally::OUTPUT_COLUMNS.iter().copied().chain(texts).collect();
        for frame in tables.outputs.frames(&columns) {
            let frame = frame?;
            watch.outputs(&frame).map_err(|why| tables.outputs.damaged(&why))?;
            tally.outputs(&frame, tables)?;
            lengths.add(&frame, cases.len()).map_err(|why| tables.outputs.damaged(&why))?;
            styles.add(&frame, cases.len()).map_err(|why| tables.outputs.damaged(&why))?;
        }
        let mut metrics: Vec<Metric> =
            suite.metrics.iter().map(|(name, spec)| Metric::new(name, spec, suite, pairs, cases.len())).collect();
        let columns: Vec<&str> = COLUMNS.iter().chain(&tally::VERDICT_COLUMNS).copied().collect();
        let mut raised = Raised::default();
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
                raised.add(&frame).map_err(|why| tables.verdicts.damaged(&why))?;
                start += frame.height();
            }
            drop(hand);
            Ok::<_, AnalysisError>(counting.join())
        });
        counted?.unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
        let (mut scores, mut verdicts, mut repeats) = (IndexMap::new(), IndexMap::new(), IndexMap::new());
        let (mut heard, mut tournaments) = (IndexMap::new(), IndexMap::new());
        for mut metric in metrics {
            repeats.extend(metric.repeats.take().map(|found| (metric.name.clone(), found)));
            let (name, judged) = (metric.name.clone(), metric.spec.rubric().is_some());
            let (spec, tournament) = (metric.spec, metric.tournament.take());
            let (mut found, on_labels, of_judges) = metric.finish(suite, &cases);
            heard.extend(of_judges.map(|found| (name.clone(), found)));
            // In a match each judge has a voice, and nothing is fitted.
            found.fitted = tournament.is_none() && spec.rubric().is_some_and(|spec| spec.judge.is_fitted());
            if let Some(tournament) = tournament {
                tournaments.insert(name.clone(), tournament.finish(&mut found));
            }
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
        Ok(Self {
            data: Data { cases, metrics: scores, asides, shown_decides: false, turns: None },
            tally,
            verdicts,
            lengths,
            styles,
            repeats,
            heard,
            tournaments,
            raised,
        })
    }
}

impl Gathered {
    /// How several judges go together, by metric.
    pub fn panels(&self) -> IndexMap<String, PanelFindings> {
        self.heard.iter().filter_map(|(name, heard)| Some((name.to_string(), heard.panel.clone()?))).collect()
    }

    /// How judges went one after another, by metric.
    pub fn cascades(&self) -> IndexMap<String, CascadeFindings> {
        self.heard.iter().filter_map(|(name, heard)| Some((name.to_string(), heard.cascade.clone()?))).collect()
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
    /// Where its verdicts are not simply averaged.
    chambers: Option<Chambers<'a>>,
    /// Where its candidates meet in a knock-out.
    tournament: Option<Tournament<'a>>,
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
    judge: &'a str,
    decides: bool,
    met: Option<Met<'a>>,
    confidence: Option<f64>,
    usd: Option<f64>,
    answered: bool,
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
        let graded = spec.rubric().is_some_and(|judged| judged.rubric.graded);
        let (levels, preferences) = if spec.is_pairwise() {
            let pairs = spec.rubric().map(|judged| judged.pairs.among(pairs)).unwrap_or_default();
            (Vec::new(), pairs.iter().map(|pair| (pair.clone(), Worths::none(cases, both, graded))).collect())
        } else {
            (suite.candidates.keys().map(|name| (name, Means::none(cases))).collect(), Vec::new())
        };
        let chambers = Chambers::of(spec, suite, pairs, cases);
        let tournament = Tournament::of(spec, suite, cases);
        // Who comes first is no mean of verdicts, whose spread could be split.
        let repeats = Repeats::of(spec, suite, cases).filter(|_| tournament.is_none());
        let (unread, verdicts) = (IndexMap::new(), Verdicts::default());
        Self { name, spec, levels, preferences, unread, verdicts, repeats, chambers, tournament }
    }

    fn add(&mut self, row: Verdict<'_>) {
        let Verdict { index, first, second, samples, unread, value, met, .. } = row;
        let opens = met.is_none_or(|met| met.round == 1);
        if let (Some(tournament), Some(second), Some(met)) = (&mut self.tournament, second, met) {
            tournament.hear((index, samples.0), (first, second), met);
        }
        // What could not be read is no part of who came first.
        let unread = unread && self.tournament.is_none();
        if let Some(chambers) = &mut self.chambers {
            let Verdict { judge, decides, confidence, usd, answered, .. } = row;
            let spoken =
                Spoken { judge, decides, opens, case: index, first, second, samples, value, confidence, usd, answered };
            let whole = chambers.hear(spoken);
            // What a judge that does not decide could not read is not missing.
            let about = if decides { self.about(first, second) } else { None };
            if let (Some(repeats), Some(whole), Some((of, against))) = (&mut self.repeats, whole, &about) {
                let against = against.as_ref().map(CandidateName::as_str);
                repeats.add((of.as_str(), against), index, samples.0, whole);
            }
            if let (true, Some(about)) = (unread, about) {
                self.unread.entry(about).or_default().push(u32::try_from(index).unwrap_or(u32::MAX));
            }
            return;
        }
        if !opens {
            return;
        }
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

    /// Whom a verdict is about: a candidate, or the second of a pair with its first.
    fn about(&self, first: &str, second: Option<&str>) -> Option<About> {
        let Some(second) = second else { return Some((first.into(), None)) };
        let same = |(a, b): &Pair| [(a.as_str(), b.as_str()), (b.as_str(), a.as_str())].contains(&(first, second));
        let (pair, _) = self.preferences.iter().find(|(pair, _)| same(pair))?;
        Some((pair.1.clone(), Some(pair.0.clone())))
    }

    fn finish(self, suite: &Suite, cases: &Cases) -> (MetricScores, Verdicts, Option<Heard>) {
        let mut scores = MetricScores::new(self.spec.range(), self.spec.goal, self.spec.missing);
        if let Some(chambers) = self.chambers {
            let heard = chambers.finish((self.name, self.spec), suite, cases, &mut scores);
            for (about, mut places) in self.unread {
                places.sort_unstable();
                places.dedup();
                scores.unread.insert(about, places);
            }
            return (scores, self.verdicts.finish(), Some(heard));
        }
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
        (scores, self.verdicts.finish(), None)
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
    let (judge, decides) = (texts(frame, "judge")?, frame.column("decides")?.bool()?);
    let (round, winner, by_lot) =
        (frame.column("round")?.u32()?, texts(frame, "winner")?, frame.column("by_lot")?.bool()?);
    let (confidence, usd) = (numbers(frame, "confidence")?, numbers(frame, "usd")?);
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
            judge: judge.get(row).unwrap_or_default(),
            decides: decides.get(row).unwrap_or(true),
            met: round.get(row).map(|round| Met {
                round,
                winner: winner.get(row),
                by_lot: by_lot.get(row).unwrap_or(false),
            }),
            confidence: confidence.get(row),
            usd: usd.get(row),
            answered: matches!(status.get(row), Some("ok" | "unparsed" | "refused")),
        };
        metric.add(verdict);
        if !verdict.decides {
            continue;
        }
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
            let (about, row) = ((first, verdict.second), is_labelled.then_some(start + row));
            // Which order came first says something of one judge only.
            match metric.spec.rubric().map(|judged| &judged.judge) {
                Some(Judges::Panel { .. }) => metric.verdicts.add_labelled(verdict.index, about, verdict.value, row),
                _ => metric.verdicts.add(verdict.index, about, verdict.value, row, cases.len()),
            }
        }
    }
    Ok(())
}
