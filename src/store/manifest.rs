//! The manifest of a run: all that decides what is asked, written once, before the first call.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::StoreError;
use crate::suite::{CandidateName, MetricName, ModelName, Suite};

/// `manifest.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// The version of this form.
    pub format: u32,
    /// The run.
    pub run: String,
    /// When it was planned, RFC 3339.
    pub planned_at: String,
    /// What was run.
    pub versions: Versions,
    /// The suite, with its rubrics and prompts; `${NAME}` unexpanded.
    pub suite: Suite,
    /// The digest of the suite as it stands here.
    pub suite_digest: String,
    /// The digest of each candidate's prompt files; candidates without prompts have none.
    pub prompt_digests: BTreeMap<CandidateName, String>,
    /// The digest of each file that a command names, by command and file; commands that name none have none.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub program_digests: BTreeMap<ModelName, BTreeMap<String, String>>,
    /// The digest of each judged metric's rubric.
    pub rubric_digests: BTreeMap<MetricName, String>,
    /// The digest of the selected cases, in order.
    pub dataset_digest: String,
    /// How many cases were selected.
    pub cases: u64,
    /// What was selected, in the words of the command line; empty for all.
    pub selection: String,
    /// The judge card of each judged metric: two runs are compared only where these agree.
    pub cards: BTreeMap<MetricName, String>,
    /// In which order a sequential gate judges the cases; absent where all are judged, in the order of the dataset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sequence: Option<Sequence>,
    /// The run that the outputs were taken from, where they were judged anew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<SourceRun>,
    /// The digest of all the above: an unfinished run is resumed where this agrees.
    pub plan: String,
}

/// What has to be known of the order of cases that the seed gave, beyond the cases that were judged.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sequence {
    /// All planned cases.
    pub cases: u64,
    /// Independent units among all planned cases: clusters, and cases without one.
    pub units: u64,
    /// Cases of the largest unit.
    pub largest: u64,
    /// Cases that stand before their turn, since a rule says that they must pass.
    pub first: u64,
}

/// A stored run whose outputs another run judges.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceRun {
    /// The run.
    pub run: String,
    /// The digest of its journal as it was then.
    pub journal: String,
}

/// The program and the source that made a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Versions {
    /// karat's version.
    pub karat: String,
    /// The commit that the suite's folder was at, where it is a git repository.
    pub commit: Option<String>,
}

/// The newest manifest form known here.
pub const MANIFEST_FORMAT: u32 = 1;

impl Manifest {
    /// Writes it into a run's folder.
    ///
    /// # Errors
    /// The file system's.
    pub fn write(&self, folder: &Path) -> Result<(), StoreError> {
        let path = folder.join("manifest.json");
        let mut text = serde_json::to_string_pretty(self).map_err(|e| damaged(&path, &e))?;
        text.push('\n');
        std::fs::write(&path, text).map_err(StoreError::io("write", &path))
    }

    /// Reads it from a run's folder.
    ///
    /// # Errors
    /// No such file, not a manifest, or one of a newer format.
    pub fn read(folder: &Path) -> Result<Self, StoreError> {
        #[derive(Deserialize)]
        struct Format {
            format: u32,
        }
        let path = folder.join("manifest.json");
        let text = std::fs::read_to_string(&path).map_err(StoreError::io("read", &path))?;
        let Format { format } = serde_json::from_str(&text).map_err(|e| damaged(&path, &e))?;
        if format > MANIFEST_FORMAT {
            return Err(StoreError::Newer { path, found: format, known: MANIFEST_FORMAT });
        }
        serde_json::from_str(&text).map_err(|e| damaged(&path, &e))
    }
}

fn damaged(path: &Path, error: &serde_json::Error) -> StoreError {
    StoreError::Damaged { path: path.to_path_buf(), line: error.line(), message: error.to_string() }
}
