//! What each judge of a cascade said → how sure it has to be to decide, how often it decided, and what that saved.

use indexmap::IndexMap;
use serde::Serialize;

use super::agreed::{agrees, share_of};
use super::ballots::commonest;
use super::chambers::Spoken;
use super::findings::Share;
use super::panel::Labels;
use crate::stats::escalation::{Promise, threshold};
use crate::suite::{Cascade, ModelName, Votes};

/// A threshold needs at least so many labelled cases above it, as in the code of "Trust or Escalate".
const LEAST: usize = 30;

/// A cascade of judges: how it went, and how it was or should be calibrated.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CascadeFindings {
    /// The promise: in at most this share of its verdicts a judge that decides differs from the labels …
    pub max_disagreement: f64,
    /// … with this chance that it is broken.
    pub risk: f64,
    /// Each judge, in the order in which they are asked.
    pub judges: IndexMap<String, StageFindings>,
    /// The thresholds that keep the promise on the labelled cases, to be written into the suite. Absent where a judge has
    /// none: then it must not decide.
    pub thresholds: Option<Vec<f64>>,
    /// Why there are none, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    /// Calls to the last judge that were not needed, of those that it would have taken alone.
    pub calls_saved: u64,
    /// US dollars that the last judge alone would have cost beyond what the cascade did; below 0 it cost more. Absent
    /// where a price or the last judge's verdicts are lacking.
    pub usd_saved: Option<f64>,
}

/// One judge of a cascade.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StageFindings {
    /// How sure it has to be; absent for the last judge, and before it was calibrated.
    pub threshold: Option<f64>,
    /// Outputs or pairs that it judged.
    pub judged: u64,
    /// Of these, those that it decided.
    pub decided: u64,
    /// Of what it decided, the share in which it differs from the human label.
    pub disagreement: Option<Share>,
    /// Replies that it gave.
    pub replies: u64,
    /// What they cost; absent where a price is lacking.
    pub usd: Option<f64>,
}

/// What each judge said of each output or pair.
#[derive(Debug)]
pub(super) struct Stages {
    spec: Cascade,
    votes: Votes,
    judges: Vec<Stage>,
}

#[derive(Debug, Default)]
struct Stage {
    name: String,
    /// By output or pair, in the order of the table.
    units: Vec<Unit>,
    replies: u64,
    usd: Option<f64>,
}

#[derive(Debug)]
struct Unit {
    /// Which candidate or pair.
    about: usize,
    case: usize,
    output: u32,
    values: Vec<f64>,
    confidence: f64,
    decided: bool,
}

/// What the stages are held against.
pub(super) struct Reached<'a> {
    /// By candidate or pair, and case.
    pub labels: &'a [Labels],
    pub clusters: &'a [u32],
    pub pairwise: bool,
    pub alpha: f64,
}

impl Stages {
    pub fn new(spec: &Cascade, votes: Votes) -> Self {
        let stage = |name: &ModelName| Stage { name: name.to_string(), usd: Some(0.0), ..Stage::default() };
        Self { spec: spec.clone(), votes, judges: spec.cascade.iter().map(stage).collect() }
    }

    /// Adds a verdict about the candidate or pair at `about`; `value` is its worth to the pair's second, or its score.
    pub fn hear(&mut self, about: usize, spoken: &Spoken<'_>, value: Option<f64>) {
        let Some(stage) = self.judges.iter_mut().find(|stage| stage.name == spoken.judge) else { return };
        if spoken.answered {
            stage.replies += 1;
            stage.usd = stage.usd.zip(spoken.usd).map(|(sum, usd)| sum + usd);
        }
        let (case, output) = (spoken.case, spoken.samples.0);
        let is_same = |unit: &&mut Unit| (unit.about, unit.case, unit.output) == (about, case, output);
        // The verdicts on one output stand together, but for those of the pair's other order.
        let known = stage.units.iter_mut().rev().take(8).find(is_same);
        let unit = match known {
            Some(unit) => unit,
            None => {
                let confidence = spoken.confidence.unwrap_or(0.0);
                let new = Unit { about, case, output, values: Vec::new(), confidence, decided: spoken.decides };
                stage.units.push(new);
                match stage.units.last_mut() {
                    Some(unit) => unit,
                    None => return,
                }
            }
        };
        unit.values.extend(value);
    }

    pub fn finish(self, held: &Reached<'_>) -> CascadeFindings {
        let last = self.judges.len().saturating_sub(1);
        let judges = self.judges.iter().enumerate().map(|(at, stage)| {
            let decided: Vec<&Unit> = stage.units.iter().filter(|unit| unit.decided).collect();
            let differs = |unit: &&Unit| Some((1.0 - self.right(unit, held)?, held.cluster(unit.case)));
            let found = StageFindings {
                threshold: self.spec.thresholds.get(at).copied(),
                judged: stage.units.len() as u64,
                decided: decided.len() as u64,
                disagreement: share_of(&decided.iter().filter_map(differs).collect::<Vec<_>>(), held.alpha),
                replies: stage.replies,
                usd: stage.usd,
            };
            (stage.name.clone(), found)
        });
        let judges: IndexMap<String, StageFindings> = judges.collect();
        let (thresholds, problem) = match self.thresholds(held) {
            Ok(thresholds) => (Some(thresholds), None),
            Err(why) => (None, Some(why)),
        };
        let decided: u64 = judges.values().map(|stage| stage.decided).sum();
        let (calls_saved, usd_saved) = match judges.get_index(last) {
            Some((_, dear)) if dear.judged > 0 => {
                let alone = |of: f64| of * decided as f64 / dear.judged as f64;
                let spent: Option<f64> = judges.values().map(|stage| stage.usd).sum();
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a number of calls")]
                let calls = (alone(dear.replies as f64) - dear.replies as f64).max(0.0).round() as u64;
                (calls, dear.usd.zip(spent).map(|(usd, spent)| alone(usd) - spent))
            }
            // One call at least for each that it would have decided.
            _ => (decided, None),
        };
        let Cascade { max_disagreement, risk, .. } = self.spec;
        CascadeFindings { max_disagreement, risk, judges, thresholds, problem, calls_saved, usd_saved }
    }

    /// Whether what a judge says of a unit is what humans said.
    fn right(&self, unit: &Unit, held: &Reached<'_>) -> Option<f64> {
        let label = held.labels.get(unit.about)?.get(unit.case).copied().flatten()?;
        let mut values = unit.values.clone();
        values.sort_by(f64::total_cmp);
        let value = match self.votes {
            _ if values.is_empty() => return None,
            Votes::Mean => values.iter().sum::<f64>() / values.len() as f64,
            Votes::Majority | Votes::Median => commonest(&values),
        };
        // One that sees no difference where humans do is not right.
        agrees(value, label, self.spec.within, held.pairwise).map(f64::floor)
    }

    /// The thresholds that keep the promise: each judge is calibrated on the labelled cases that reach it.
    fn thresholds(&self, held: &Reached<'_>) -> Result<Vec<f64>, String> {
        let promise = Promise { risk: self.spec.max_disagreement, delta: self.spec.risk, least: LEAST };
        let mut reaching: Option<Vec<(usize, usize, u32)>> = None;
        let mut found = Vec::new();
        for stage in self.judges.iter().take(self.judges.len().saturating_sub(1)) {
            let key = |unit: &Unit| (unit.about, unit.case, unit.output);
            let reaches = |unit: &&Unit| reaching.as_ref().is_none_or(|keys| keys.contains(&key(unit)));
            let held: Vec<(&Unit, bool)> = stage
                .units
                .iter()
                .filter(reaches)
                .filter_map(|unit| Some((unit, self.right(unit, held)? == 1.0)))
                .collect();
            let (confidences, right): (Vec<f64>, Vec<bool>) =
                held.iter().map(|(unit, right)| (unit.confidence, *right)).unzip();
            let search = threshold(&confidences, &right, promise).map_err(|why| why.to_string())?;
            let Some(kept) = search.kept else {
                let name = &stage.name;
                return Err(match search.strictest {
                    Some(strictest) => format!(
                        "where `{name}` is surest, it differs from {} of {} labels, which is no proof of at most {}%",
                        strictest.wrong,
                        strictest.answered,
                        self.spec.max_disagreement * 100.0
                    ),
                    None => format!("`{name}` judged {} labelled cases, and a threshold needs {LEAST}", held.len()),
                });
            };
            reaching = Some(
                held.iter().filter(|(unit, _)| unit.confidence < kept.confidence).map(|(unit, _)| key(unit)).collect(),
            );
            found.push(kept.confidence);
        }
        Ok(found)
    }
}

impl Reached<'_> {
    fn cluster(&self, case: usize) -> u32 {
        self.clusters.get(case).copied().unwrap_or_default()
    }
}
