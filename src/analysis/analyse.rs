//! One stored run → everything that was found in it.

use std::collections::BTreeMap;

use indexmap::IndexMap;

use super::calibrate::judges;
use super::cases::Key;
use super::compare::Precision;
use super::controls::{self, ControlTables};
use super::data::Data;
use super::earlier::{Earlier, JudgedBy, Overlap};
use super::error::AnalysisError;
use super::findings::{Analysis, CandidateFindings, Comparison, Counts, MetricInfo, Slice};
use super::gather::Gathered;
use super::sequence::Turns;
use super::stories::{HowMany, stories};
use super::tables::Tables;
use super::tournament::TournamentFindings;
use super::{length, prompts, ranking, variance};
use crate::store::{Anchors, Sequence};
use crate::suite::{CandidateName, DecidedBy, Goal, MetricName, MetricSpec, Range, Rule, Suite};

/// What is analysed.
#[derive(Debug, Clone, Copy)]
pub struct Study<'a> {
    /// The run.
    pub run: &'a str,
    /// The suite, as the run's manifest holds it.
    pub suite: &'a Suite,
    /// The pairs that pairwise metrics compared, the baseline first.
    pub pairs: &'a [(CandidateName, CandidateName)],
    /// The card of each metric.
    pub cards: &'a BTreeMap<MetricName, String>,
    /// The run's tables.
    pub tables: &'a Tables,
    /// In which order a sequential gate judges; absent where all cases are judged.
    pub sequence: Option<Sequence>,
    /// An earlier run that the gate's candidate is held against.
    pub earlier: Option<&'a Earlier>,
    /// What its judges were shown beside its cases.
    pub controls: &'a [ControlTables],
    /// What its anchors are held against.
    pub reference: &'a Anchors,
    /// How many cases are told in full.
    pub told: HowMany,
}

/// What came of an analysis.
#[derive(Debug)]
pub struct Analysed {
    /// The findings.
    pub analysis: Analysis,
    /// The scores they rest on.
    pub data: Data,
    /// How an earlier run lay beside them.
    pub overlap: Option<Overlap>,
    /// The median latency of each model's replies, in milliseconds.
    pub latency_ms: IndexMap<String, u64>,
}

/// What a gate decides by.
#[derive(Debug)]
pub struct Looked {
    /// The scores.
    pub data: Data,
    /// How an earlier run lay beside them.
    pub overlap: Option<Overlap>,
    /// How many of what there are.
    pub counts: Counts,
}

/// Finds what there is to find.
///
/// # Errors
/// Tables that cannot be read.
pub fn analyse(study: Study<'_>) -> Result<Analysed, AnalysisError> {
    let Study { suite, pairs, cards, tables, controls, reference, told, .. } = study;
    let (gathered, overlap, anchors) = gathered(study)?;
    let (panels, cascades) = (gathered.panels(), gathered.cascades());
    let Gathered { mut data, tally, verdicts, lengths, styles, repeats, tournaments, raised, .. } = gathered;
    let gate = suite.gate.as_ref();
    let precision = Precision { alpha: gate.map_or(0.05, |g| g.alpha), min_cases: gate.map_or(30, |g| g.min_cases) };
    let mut candidates = IndexMap::new();
    for name in suite.candidates.keys() {
        let outputs = tally.of_candidate(name.as_str());
        candidates.insert(name.to_string(), CandidateFindings { metrics: data.levels(name, precision), outputs });
    }
    let mut contests: Vec<(CandidateName, CandidateName)> = pairs.to_vec();
    if let (Some(overlap), Some(gate)) = (&overlap, gate) {
        contests.insert(0, (overlap.name.clone(), gate.candidate.clone()));
    }
    let named: Vec<(MetricName, Slice)> = gate
        .into_iter()
        .flat_map(|g| &g.rules)
        .filter_map(|rule| Some((rule.metric()?.clone(), rule.slice.clone())))
        .collect();
    let names: Vec<CandidateName> = suite.candidates.keys().cloned().collect();
    let corrected = data.corrections(&names, &contests, &named, precision);
    let mut comparisons: Vec<Comparison> =
        contests.iter().flat_map(|(a, b)| data.comparisons(a, b, &named, precision)).collect();
    data.lay_methods_beside(&mut comparisons, suite, precision.alpha);
    // Stories of the pair that is decided about come first. An earlier run has no texts to tell.
    let mut told_of: Vec<&(CandidateName, CandidateName)> = pairs.iter().collect();
    told_of.sort_by_key(|(_, b)| gate.is_none_or(|g| g.candidate != *b));
    let stories = stories(suite, tables, &data, &told_of, told)?;
    let counts = tally.counts(suite, tables)?;
    let failed = tally.failed(tables)?;
    let mut cost = tally.cost(suite);
    let mut judges = judges(suite, &data, &verdicts, &tally, cards, precision.alpha);
    data.asides.drifts = controls::drifts(&anchors, reference, precision.min_cases);
    let moved = (&anchors, &data.asides.drifts);
    controls::add((suite, precision.alpha), controls, moved, &mut judges, &mut cost)?;
    let fared = |(name, found): (MetricName, TournamentFindings)| {
        let measured = found.measured(&data, &name, precision);
        (name.to_string(), measured)
    };
    let tournaments = tournaments.into_iter().map(fared).collect();
    let variance = variance::split(suite, &repeats, &data, &comparisons, &cost);
    let analysis = Analysis {
        alpha: precision.alpha,
        counts,
        metrics: suite.metrics.iter().map(|(name, spec)| (name.to_string(), info(spec))).collect(),
        candidates,
        comparisons,
        corrected,
        judges,
        ranking: ranking::rankings(
            suite,
            &data,
            ranking::Looks { lengths: &lengths, styles: &styles },
            precision.alpha,
        ),
        tournaments,
        length: length::effects(suite, &data, &lengths, pairs, precision.alpha),
        variance,
        panels,
        cascades,
        alarms: raised.finish(tables)?,
        unsliced: data.cases.unsliced(),
        cost,
        distributions: data.distributions(),
        stories,
        failed,
        prompt_changes: prompts::changes(suite, &told_of),
    };
    Ok(Analysed { analysis, data, overlap, latency_ms: tally.latencies() })
}

/// What a gate decides by and no more: quick enough to be looked at while a run goes on.
///
/// # Errors
/// Tables that cannot be read.
pub fn look(study: Study<'_>) -> Result<Looked, AnalysisError> {
    let (Gathered { data, tally, .. }, overlap, _) = gathered(study)?;
    Ok(Looked { data, overlap, counts: tally.counts(study.suite, study.tables)? })
}

/// The tables read once, with an earlier run laid beside them.
fn gathered(study: Study<'_>) -> Result<(Gathered, Option<Overlap>, Anchors), AnalysisError> {
    let Study { suite, pairs, cards, tables, sequence, earlier, controls, .. } = study;
    let mut gathered = Gathered::read(suite, pairs, tables)?;
    if let Some(sequence) = sequence {
        let left = sequence.cases.saturating_sub(tables.cases.len() as u64);
        let rules = || suite.gate.iter().flat_map(|gate| &gate.rules).enumerate();
        for (place, _) in rules().filter(|(_, rule)| rule.cases.is_empty() && !rule.is_must_pass()) {
            gathered.data.asides.every_case.get_mut(&place).into_iter().for_each(|found| found.unjudged = left);
        }
    }
    gathered.data.shown_decides = suite.gate.as_ref().is_some_and(|gate| gate.method == DecidedBy::T);
    gathered.data.turns = sequence.map(|sequence| Turns::of(sequence, suite, tables)).transpose()?;
    let gate = suite.gate.as_ref();
    let min_overlap = gate.map_or(1.0, |g| g.min_overlap);
    let compared = |rule: &&Rule| rule.kind.compares();
    let needed = |metric: &MetricName| {
        gate.is_some_and(|g| g.rules.iter().filter(compared).any(|rule| rule.metric() == Some(metric)))
    };
    let found = controls::anchors(study.run, cards, controls)?;
    let judged = JudgedBy { cards, versions: gathered.tally.judges(suite), anchors: found };
    let least = (Some(min_overlap), gate.map_or(30, |gate| gate.min_cases));
    let overlap = match earlier {
        Some(earlier) => Some(gathered.data.lay_beside(&Key::read(tables)?, earlier, &judged, least, needed)),
        None => None,
    };
    Ok((gathered, overlap, judged.anchors))
}

fn info(spec: &MetricSpec) -> MetricInfo {
    MetricInfo {
        kind: kind_of(spec).to_string(),
        yes_no: !spec.is_win_rate() && matches!(spec.range(), Range::Binary),
        goal: if spec.goal == Goal::Up { "up" } else { "down" }.to_string(),
        range: match spec.range() {
            Range::Binary => Some((0.0, 1.0)),
            Range::Bounded { min, max } => Some((min, max)),
            Range::Unbounded => None,
        },
        judge: spec.rubric().map(|r| r.judge.told()),
    }
}

/// What kind of metric a spec describes, in a word.
pub(super) fn kind_of(spec: &MetricSpec) -> &'static str {
    match spec.rubric() {
        None => "check",
        Some(_) if spec.is_tournament() => "tournament",
        Some(_) if spec.is_pairwise() => "pairwise",
        Some(_) => "pointwise",
    }
}
