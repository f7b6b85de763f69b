//! What the user wrote: karat.yaml with its rubrics and prompts, checked as a whole and typed.
//!
//! A [`Suite`] is plain data. It is read from YAML by [`load`], which finds every mistake at once,
//! and it is stored whole in a run's manifest, so that a stored run needs none of the files again.

use std::path::PathBuf;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

mod cache;
mod candidate;
mod check;
mod controls;
mod fields;
mod files;
mod gate;
mod judges;
mod keys;
mod load;
#[cfg(test)]
pub(crate) mod made;
mod metric;
mod model;
mod names;
mod node;
mod pairs;
mod pipeline;
mod probe;
mod provider;
mod ranking;
mod reader;
mod revision;
mod rubric;
mod scalar;
mod service;
mod talk;
mod values;
mod yaml;

pub mod builtin;
pub mod environment;
pub mod schema;
pub mod template;

pub use cache::CacheSpec;
pub use candidate::{CandidateSource, CandidateSpec, MessageTemplate, Prompt, PromptFile, Revision, Role};
pub use check::{ArgumentsMode, CheckKind, CheckSpec, Gives, LengthUnit, SequenceMode, StopReason, ToolMode};
pub use controls::{AnchorsSpec, Canaries, Canary};
pub use gate::{
    About, Baseline, Corrected, DecidedBy, Fact, GateSpec, OnInconclusive, Rule, RuleKind, Sequential, Severity,
    Subject,
};
pub use judges::{Cascade, Confidence, Judges, PanelRule};
pub use keys::names_a_secret;
pub use load::{load, load_without_data};
pub use metric::{Goal, MetricSpec, Missing, Range, RubricMetric, Scorer, Votes};
pub use model::{ModelSpec, PriceList, Prices, Structured};
pub use names::{CandidateName, CaseId, MetricName, ModelName};
pub use pairs::{Pair, Pairs};
pub use pipeline::{Action, Limits, Pipeline, Repeat, Route, StepSpec};
pub use probe::Probe;
pub use provider::Provider;
pub use ranking::{Control, RankingSpec, TieModel};
pub use reader::Lookup;
pub use rubric::{Calls, Criterion, Mode, Orders, ReplyForm, Rubric, Scale, Scoring, Shows};
pub use service::{CommandMode, CommandSpec, HttpSpec, Method, RetrieveSpec, SearchBy, Service};
pub use talk::{Speaker, Talk, UserSpec};
pub use values::{TIME, duration, size};

/// One karat.yaml, with the text of every file it names but for the dataset and recorded data.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Suite {
    /// What the reports call it.
    pub name: String,
    /// What it is about, for the report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The folder of karat.yaml; relative paths resolve from here. Not part of what is stored.
    #[serde(skip)]
    pub root: PathBuf,
    /// The suite file's name within `root`, `karat.yaml` as a rule.
    pub file: String,
    /// Where the cases are.
    pub dataset: DatasetSpec,
    /// Models, in the order they were written.
    pub models: IndexMap<ModelName, ModelSpec>,
    /// Candidates, in the order they were written.
    pub candidates: IndexMap<CandidateName, CandidateSpec>,
    /// Metrics, in the order they were written.
    pub metrics: IndexMap<MetricName, MetricSpec>,
    /// What must hold before a change may ship; a suite without one only measures.
    pub gate: Option<GateSpec>,
    /// What is no answer and is shown to the judges all the same, in each run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub canaries: Option<Canaries>,
    /// How more than two candidates are ranked.
    #[serde(default, skip_serializing_if = "RankingSpec::is_default")]
    pub ranking: RankingSpec,
    /// Outputs that exist already and are judged in each run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub anchors: Option<AnchorsSpec>,
    /// The seed of every random stream.
    pub seed: u64,
    /// How many outputs are drawn for each case and candidate.
    pub repeat: u32,
    /// The share of outputs and verdicts that may end in an error before the measurement is invalid.
    pub max_error_rate: f64,
    /// How long and how many replies are kept for later runs. Not part of what is stored: it changes no result.
    #[serde(skip)]
    pub cache: CacheSpec,
    /// US dollars that one run may cost at most. It decides nothing that is asked, so it is not part of what is stored:
    /// a larger budget goes on with the same run.
    #[serde(skip)]
    pub budget_usd: Option<f64>,
}

impl Suite {
    /// Whether a candidate, a judge or a search is answered by a model.
    pub fn asks(&self, model: &ModelName) -> bool {
        let searches = |name: &&ModelName| self.models.get(*name).and_then(ModelSpec::embedder) == Some(model);
        let writes = |c: &CandidateSpec| c.models().iter().any(|name| *name == model || searches(name));
        self.candidates.values().any(writes) || self.metrics.values().any(|metric| metric.asks(model))
    }
}

/// Where the cases are, and which column holds what.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DatasetSpec {
    /// The file as it was written: relative to the suite, `${NAME}` unexpanded.
    pub path: String,
    /// Our field → their column: `input: question`.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub fields: IndexMap<String, String>,
}
