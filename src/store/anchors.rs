//! What a judge said of anchors in one run: what later runs are held against, and what bridges two judges.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::StoreError;
use crate::suite::{CaseId, MetricName};

/// Who answered: by judge, the versions that its model answered as.
pub type JudgeVersions = BTreeMap<String, BTreeSet<String>>;

/// By metric, what its judge said of the anchors.
pub type Anchors = BTreeMap<MetricName, AnchorRecord>;

/// The anchors of one metric in one run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AnchorRecord {
    /// The run.
    pub run: String,
    /// The judge card.
    pub card: String,
    /// Least and greatest score.
    pub range: Option<(f64, f64)>,
    /// Who answered.
    pub versions: JudgeVersions,
    /// The score of each anchor; of two outputs the share by which the second is preferred.
    pub scores: BTreeMap<CaseId, AnchorScore>,
}

/// One anchor's score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AnchorScore {
    /// The digest of its content, output and all: one that was edited is another one.
    pub digest: String,
    /// Its cluster, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cluster: Option<String>,
    /// The mean over its verdicts.
    pub score: f64,
}

/// The file in a run's folder that says what its anchors are held against. It is kept, so that the run says the same when the
/// earlier one is gone.
const REFERENCE: &str = "anchors.json";

/// Writes what a run's anchors are held against into its folder.
///
/// # Errors
/// The file system's.
pub fn write_reference(folder: &Path, reference: &Anchors) -> Result<(), StoreError> {
    let path = folder.join(REFERENCE);
    let text = serde_json::to_string_pretty(reference).map_err(|error| damaged(&path, &error))?;
    std::fs::write(&path, text + "\n").map_err(StoreError::io("write", path))
}

/// Reads it; empty where there is none.
///
/// # Errors
/// The file system's; a damaged file.
pub fn read_reference(folder: &Path) -> Result<Anchors, StoreError> {
    let path = folder.join(REFERENCE);
    if !path.exists() {
        return Ok(Anchors::new());
    }
    let text = std::fs::read_to_string(&path).map_err(StoreError::io("read", &path))?;
    serde_json::from_str(&text).map_err(|error| damaged(&path, &error))
}

fn damaged(path: &Path, error: &serde_json::Error) -> StoreError {
    StoreError::Damaged { path: path.to_path_buf(), line: error.line(), message: error.to_string() }
}
