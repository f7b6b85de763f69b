//! The summary: findings and decision together, as `summary.json` holds them and every format renders them.

use indexmap::IndexMap;
use serde::Serialize;

use crate::analysis::{
    Alarm, Analysis, CandidateFindings, CascadeFindings, Comparison, Corrected, Cost, Counts, JudgeFindings,
    LengthEffect, PanelFindings, Ranking, TournamentFindings, VarianceSplit,
};
use crate::gate::{Decision, SelfTest};

/// The version of `summary.json`'s form.
pub const SUMMARY_FORMAT: u32 = 1;

/// `summary.json`. Without `meta`, the same inputs give the same bytes.
#[derive(Debug, Clone, Serialize)]
pub struct Summary<'a> {
    /// `SUMMARY_FORMAT`.
    pub format: u32,
    /// What was measured.
    pub suite: &'a SuiteInfo,
    /// How many of what there were.
    pub counts: &'a Counts,
    /// Levels by candidate.
    pub candidates: &'a IndexMap<String, CandidateFindings>,
    /// Differences.
    pub comparisons: &'a [Comparison],
    /// The decision, where the suite has a gate.
    pub gate: Option<&'a Decision>,
    /// How often each rule would be wrong, where that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub self_test: Option<&'a SelfTest>,
    /// The judges' numbers beside the corrected ones, where there are labels.
    pub corrected: &'a [Corrected],
    /// How far each judge can be trusted.
    pub judge: &'a IndexMap<String, JudgeFindings>,
    /// The order of more than two candidates, by pairwise metric.
    pub ranking: &'a [Ranking],
    /// How the candidates fared in knock-outs, by metric.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub tournaments: &'a IndexMap<String, TournamentFindings>,
    /// What the length of outputs has to do with judged comparisons.
    pub length: &'a [LengthEffect],
    /// Where the spread of metrics with repeats comes from.
    pub variance: &'a [VarianceSplit],
    /// How several judges go together, by metric.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub panels: &'a IndexMap<String, PanelFindings>,
    /// How judges went one after another, by metric.
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    pub cascades: &'a IndexMap<String, CascadeFindings>,
    /// What points to an attack on a judge.
    #[serde(skip_serializing_if = "<[Alarm]>::is_empty")]
    pub alarms: &'a [Alarm],
    /// Tags that have too many values for their slices to be looked at.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    pub unsliced: &'a [String],
    /// What it cost.
    pub cost: &'a Cost,
    /// All that may differ between two runs of the same thing.
    pub meta: &'a Meta,
}

/// What was measured.
#[derive(Debug, Clone, Serialize)]
pub struct SuiteInfo {
    /// The suite's name.
    pub name: String,
    /// Its digest.
    pub digest: String,
    /// The dataset's path as written.
    pub dataset: String,
    /// The digest of the selected cases.
    pub dataset_digest: String,
    /// What was selected, in the words of the command line; empty for all.
    pub selection: String,
    /// The seed.
    pub seed: u64,
    /// Whether replies came from a recording (`recorded` models), named in every report.
    pub recorded: Vec<String>,
}

/// All that may differ between two runs of the same thing.
#[derive(Debug, Clone, Serialize)]
pub struct Meta {
    /// The run.
    pub run: String,
    /// When it was planned, RFC 3339.
    pub planned_at: String,
    /// karat's version.
    pub karat: String,
    /// The commit of the suite's folder.
    pub commit: Option<String>,
    /// The run that the outputs were taken from, where they were judged anew.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outputs_of: Option<String>,
    /// Seconds of this command.
    pub seconds: f64,
    /// Calls made by this command, failed attempts included.
    pub calls: u64,
    /// Replies taken from the journal of the interrupted run.
    pub resumed: u64,
    /// Replies taken from the cache: asked for by an earlier run, or once for several who wanted the same.
    pub cached: u64,
    /// US dollars of the replies that this command asked for; null where no model has a price.
    pub spent_usd: Option<f64>,
    /// Median milliseconds of a reply, by model.
    pub latency_ms: IndexMap<String, u64>,
    /// Recorded replies that nothing asked for.
    pub recorded_unasked: u64,
}

/// All that a report may show.
#[derive(Debug, Clone)]
pub struct Report {
    /// What was measured.
    pub suite: SuiteInfo,
    /// What was found.
    pub analysis: Analysis,
    /// What the gate decided, where the suite has one.
    pub decision: Option<Decision>,
    /// Why the measurement cannot be trusted, in words; empty where it can.
    pub problems: Vec<String>,
    /// How often each rule would be wrong, where that was asked for.
    pub self_test: Option<SelfTest>,
    /// All that may differ between two runs of the same thing.
    pub meta: Meta,
}

impl Report {
    /// The part of it that `summary.json` holds.
    pub fn summary(&self) -> Summary<'_> {
        Summary {
            format: SUMMARY_FORMAT,
            suite: &self.suite,
            counts: &self.analysis.counts,
            candidates: &self.analysis.candidates,
            comparisons: &self.analysis.comparisons,
            gate: self.decision.as_ref(),
            self_test: self.self_test.as_ref(),
            corrected: &self.analysis.corrected,
            judge: &self.analysis.judges,
            ranking: &self.analysis.ranking,
            tournaments: &self.analysis.tournaments,
            length: &self.analysis.length,
            variance: &self.analysis.variance,
            panels: &self.analysis.panels,
            cascades: &self.analysis.cascades,
            alarms: &self.analysis.alarms,
            unsliced: &self.analysis.unsliced,
            cost: &self.analysis.cost,
            meta: &self.meta,
        }
    }
}
