//! Accepted baselines: small files that are meant to be committed, with one candidate's score for each case.
//!
//! They hold what a later run is compared with, so that a build server needs no earlier run on its disk.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::StoreError;
use crate::suite::{CaseId, MetricName};

/// The version of the file's form.
pub const BASELINE_FORMAT: u32 = 1;

/// One candidate's scores in one run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Baseline {
    /// [`BASELINE_FORMAT`].
    pub format: u32,
    /// The suite's name.
    pub suite: String,
    /// The run they come from.
    pub run: String,
    /// The candidate.
    pub candidate: String,
    /// The card of each metric: what has to be the same for scores to be comparable.
    pub cards: BTreeMap<MetricName, String>,
    /// The scores by case.
    pub cases: BTreeMap<CaseId, BaselineCase>,
}

/// One case's scores.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BaselineCase {
    /// The digest of its content: a case that was edited is another case.
    pub digest: String,
    /// The mean score by metric; a metric without a value is absent.
    pub scores: BTreeMap<MetricName, f64>,
}

impl Baseline {
    /// Where the accepted baseline of a suite file lies: `baselines/karat.json` beside `karat.yaml`.
    pub fn path(root: &Path, suite_file: &str) -> PathBuf {
        let stem = Path::new(suite_file).file_stem().map_or_else(|| suite_file.into(), |s| s.to_string_lossy());
        root.join("baselines").join(format!("{stem}.json"))
    }

    /// Writes it, one case a line so that changes can be reviewed.
    ///
    /// # Errors
    /// The file system's.
    pub fn write(&self, path: &Path) -> Result<(), StoreError> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(StoreError::io("create", folder))?;
        }
        let mut text = format!(
            "{{\n\"format\": {},\n\"suite\": {},\n\"run\": {},\n\"candidate\": {},\n\"cards\": {},\n\"cases\": {{\n",
            self.format,
            line(&self.suite),
            line(&self.run),
            line(&self.candidate),
            line(&self.cards)
        );
        let lines: Vec<String> = self.cases.iter().map(|(id, case)| format!("{}: {}", line(id), line(case))).collect();
        text.push_str(&lines.join(",\n"));
        text.push_str("\n}\n}\n");
        std::fs::write(path, text).map_err(StoreError::io("write", path))
    }

    /// Reads it.
    ///
    /// # Errors
    /// No such file, not a baseline, or one of a newer format.
    pub fn read(path: &Path) -> Result<Self, StoreError> {
        #[derive(Deserialize)]
        struct Format {
            format: u32,
        }
        let text = std::fs::read_to_string(path).map_err(StoreError::io("read", path))?;
        let damaged = |e: serde_json::Error| StoreError::Damaged {
            path: path.to_path_buf(),
            line: e.line(),
            message: e.to_string(),
        };
        let Format { format } = serde_json::from_str(&text).map_err(damaged)?;
        if format > BASELINE_FORMAT {
            return Err(StoreError::Newer { path: path.to_path_buf(), found: format, known: BASELINE_FORMAT });
        }
        serde_json::from_str(&text).map_err(damaged)
    }
}

/// Anything that serialises, on one line of JSON.
fn line(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_baseline_comes_back_as_it_was_written() {
        let dir = tempfile::tempdir().unwrap();
        let path = Baseline::path(dir.path(), "karat.yaml");
        assert!(path.ends_with("baselines/karat.json"));
        let case = BaselineCase { digest: "d".into(), scores: BTreeMap::from([("quality".into(), 3.5)]) };
        let baseline = Baseline {
            format: BASELINE_FORMAT,
            suite: "s \"quoted\"".into(),
            run: "r".into(),
            candidate: "v1".into(),
            cards: BTreeMap::from([("quality".into(), "card".into())]),
            cases: BTreeMap::from([("a".into(), case.clone()), ("b".into(), case)]),
        };
        baseline.write(&path).unwrap();
        assert_eq!(Baseline::read(&path).unwrap(), baseline);
        assert_eq!(std::fs::read_to_string(&path).unwrap().lines().count(), 11);
    }
}
