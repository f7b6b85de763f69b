//! Scores from an earlier run beside those of this one, over the cases that both have.

use std::collections::BTreeMap;
use std::path::Path;

use super::AnalysisError;
use super::cases::Key;
use super::controls::{bridge, same_versions};
use super::data::{Data, MetricScores};
use super::scores::Scores;
use super::tables::{Tables, texts};
use crate::store::{Anchors, Baseline, BaselineCase, JudgeVersions, StoreError};
use crate::suite::{CandidateName, CaseId, MetricName};

/// What was found when an earlier run was laid beside this one.
#[derive(Debug, Clone, PartialEq)]
pub struct Overlap {
    /// The name under which the earlier scores stand in the data.
    pub name: CandidateName,
    /// The share of this run's cases that the earlier one has with the same content.
    pub share: f64,
    /// Why the two cannot be compared, in words; empty where they can.
    pub problems: Vec<String>,
}

/// Who judged a run, and what its judges said of anchors.
#[derive(Debug, Clone)]
pub struct JudgedBy<'a> {
    /// The card of each metric.
    pub cards: &'a BTreeMap<MetricName, String>,
    /// Who answered, by judged metric.
    pub versions: BTreeMap<MetricName, JudgeVersions>,
    /// The anchors.
    pub anchors: Anchors,
}

impl<'a> JudgedBy<'a> {
    /// A run of which only the cards are known.
    pub fn cards(cards: &'a BTreeMap<MetricName, String>) -> Self {
        Self { cards, versions: BTreeMap::new(), anchors: Anchors::new() }
    }
}

/// The versions that judges answered as, in words.
fn told(versions: Option<&JudgeVersions>) -> String {
    let all: Vec<&str> = versions.into_iter().flat_map(BTreeMap::values).flatten().map(String::as_str).collect();
    all.join(" and ")
}

/// One candidate's scores in an earlier run, by case.
#[derive(Debug, Clone)]
pub struct Earlier {
    /// Where they come from.
    pub of: Baseline,
    /// Its cases in order of their keys, and the place of each one's scores.
    keys: Vec<(Key, u32)>,
    scores: BTreeMap<MetricName, Scores>,
}

impl Earlier {
    /// Reads an accepted baseline.
    ///
    /// # Errors
    /// No such file, or one that is no baseline.
    pub fn read(path: &Path) -> Result<Self, StoreError> {
        let (mut keys, mut columns) = (Vec::new(), BTreeMap::<MetricName, Vec<Option<f64>>>::new());
        let of = Baseline::read(path, |id, case| {
            let place = keys.len();
            keys.push((Key::of(id.as_str(), &case.digest), u32::try_from(place).unwrap_or(u32::MAX)));
            for (metric, score) in case.scores {
                let column = columns.entry(metric).or_default();
                column.resize(place, None);
                column.push(Some(score));
            }
        })?;
        keys.sort_unstable();
        Ok(Self {
            of,
            keys,
            scores: columns.into_iter().map(|(metric, column)| (metric, column.into_iter().collect())).collect(),
        })
    }

    /// The scores of one candidate of a run that has been read. `keys` are those of its cases.
    pub fn of(of: Baseline, data: Data, keys: Vec<Key>) -> Self {
        let candidate = CandidateName::from(of.candidate.as_str());
        let mut keys: Vec<(Key, u32)> = keys.into_iter().zip(0..).collect();
        keys.sort_unstable();
        let scores =
            |(metric, mut scores): (MetricName, MetricScores)| Some((metric, scores.levels.swap_remove(&candidate)?));
        Self { of, keys, scores: data.metrics.into_iter().filter_map(scores).collect() }
    }

    /// What it has of a case: the place of its scores, or that the case was edited since.
    fn find(&self, key: Key) -> Found {
        let at = self.keys.partition_point(|(known, _)| *known < key && !known.is_of_same_id(key));
        match self.keys.get(at) {
            Some((known, place)) if *known == key => Found::Same(*place as usize),
            Some((known, _)) if known.is_of_same_id(key) => Found::Edited,
            _ => Found::Nothing,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Found {
    Same(usize),
    Edited,
    Nothing,
}

impl Data {
    /// One candidate's scores by case, for a file that later runs are held against.
    ///
    /// # Errors
    /// A table that is damaged.
    pub fn accepted(
        &self,
        tables: &Tables,
        candidate: &CandidateName,
    ) -> Result<BTreeMap<CaseId, BaselineCase>, AnalysisError> {
        let mut cases = BTreeMap::new();
        let mut place = 0;
        for frame in tables.cases.frames(&["case", "digest"]) {
            let frame = frame?;
            let column = |name| texts(&frame, name).map_err(|why| tables.cases.damaged(&why));
            for (id, digest) in column("case")?.iter().zip(column("digest")?.iter()) {
                let score = |(metric, scores): (&MetricName, &MetricScores)| {
                    Some((metric.clone(), scores.levels.get(candidate)?.get(place)?))
                };
                let scores = self.metrics.iter().filter_map(score).collect();
                let digest = digest.unwrap_or_default().to_string();
                cases.insert(id.unwrap_or_default().into(), BaselineCase { digest, scores });
                place += 1;
            }
        }
        Ok(cases)
    }

    /// Lays an earlier run's scores beside this run's, as one more candidate; `keys` are those of this run's cases.
    /// Metrics whose judge differs and that no anchors bridge are left out, which is a problem where they are `needed`, and
    /// so are cases that were edited or are not in both; without a share that must be in both, any such case is told.
    pub fn lay_beside(
        &mut self,
        keys: &[Key],
        earlier: &Earlier,
        judged: &JudgedBy<'_>,
        (min_overlap, min_cases): (Option<f64>, usize),
        needed: impl Fn(&MetricName) -> bool,
    ) -> Overlap {
        let Baseline { run, candidate, .. } = &earlier.of;
        let name = CandidateName::from(format!("{candidate} of run {run}"));
        let count = |wanted: fn(Found) -> bool| keys.iter().filter(|key| wanted(earlier.find(**key))).count();
        let shared = count(|found| matches!(found, Found::Same(_)));
        let share = if keys.is_empty() { 0.0 } else { shared as f64 / keys.len() as f64 };
        let mut problems = Vec::new();
        let edited = count(|found| found == Found::Edited);
        let gone = earlier.keys.len().saturating_sub(shared + edited);
        if share < min_overlap.unwrap_or(1.0) || (min_overlap.is_none() && gone > 0) {
            let is = |n: usize, one: &str, many: &str| format!("{n} {}", if n == 1 { one } else { many });
            let new = keys.len() - shared - edited;
            let mut parts = vec![is(edited, "was edited since", "were edited since"), is(new, "is new", "are new")];
            parts.extend((gone > 0).then(|| is(gone, "more is in that run alone", "more are in that run alone")));
            let (cases, parts) = (is(keys.len(), "case", "cases"), parts.join(", "));
            let wanted = min_overlap.map_or_else(String::new, |share| format!(", and a share of {share} is wanted"));
            problems.push(format!("run {run} has {shared} of the {cases} ({parts}){wanted}"));
        }
        for (metric, scores) in &mut self.metrics {
            if scores.levels.is_empty() {
                let words = || format!("`{metric}` compares two answers of one run, so it is left out between runs");
                problems.extend((scores.is_pairwise() && needed(metric)).then(words));
                continue;
            }
            let Some(then) = earlier.of.cards.get(metric) else {
                problems.extend(needed(metric).then(|| format!("`{metric}` was not measured in run {run}")));
                continue;
            };
            let same_card = judged.cards.get(metric) == Some(then);
            let versions = (judged.versions.get(metric), earlier.of.versions.get(metric));
            let reversioned = matches!(versions, (Some(now), Some(then)) if !same_versions(now, then));
            if !same_card || reversioned {
                let differs = if same_card {
                    let (now, then) = (told(versions.0), told(versions.1));
                    format!("`{metric}` was judged by another version in run {run}: {then}, and now {now}")
                } else {
                    format!("`{metric}` was measured another way in run {run}: its judge, rubric or check differs")
                };
                let shift = match scores.judged {
                    true => {
                        let (now, then) = (judged.anchors.get(metric), earlier.of.anchors.get(metric));
                        bridge(scores, now, then, min_cases)
                    }
                    false => Err(String::new()),
                };
                match shift {
                    Ok(shift) => drop(scores.bridges.insert(name.clone(), shift)),
                    Err(why) => {
                        let why = if why.is_empty() { why } else { format!("; {why}") };
                        problems.extend(needed(metric).then(|| format!("{differs}{why}")));
                        continue;
                    }
                }
            }
            let known = earlier.scores.get(metric);
            let score = |key: &Key| match earlier.find(*key) {
                Found::Same(place) => known?.get(place),
                Found::Edited | Found::Nothing => None,
            };
            scores.levels.insert(name.clone(), keys.iter().map(score).collect());
        }
        Overlap { name, share, problems }
    }
}
