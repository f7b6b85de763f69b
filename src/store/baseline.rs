//! Accepted baselines: small files that are meant to be committed, with one candidate's score for each case.
//!
//! They hold what a later run is compared with, so that a build server needs no earlier run on its disk.

use std::collections::BTreeMap;
use std::fmt;
use std::fs::File;
use std::io::{BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Serialize};

use super::{Anchors, JudgeVersions, StoreError};
use crate::suite::{CaseId, MetricName};

/// The version of the file's form.
pub const BASELINE_FORMAT: u32 = 1;

/// Where one candidate's scores in one run come from. The scores themselves are written and read a case at a time.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Baseline {
    /// The suite's name.
    pub suite: String,
    /// The run they come from.
    pub run: String,
    /// The candidate.
    pub candidate: String,
    /// The card of each metric: what has to be the same for scores to be comparable.
    pub cards: BTreeMap<MetricName, String>,
    /// Who answered, by judged metric: versions that differ are judges that differ.
    pub versions: BTreeMap<MetricName, JudgeVersions>,
    /// What the judges said of the run's anchors.
    pub anchors: Anchors,
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

    /// Writes it with the scores of its cases, one case a line so that changes can be reviewed.
    ///
    /// # Errors
    /// The file system's.
    pub fn write<'a>(
        &self,
        path: &Path,
        cases: impl IntoIterator<Item = (&'a CaseId, &'a BaselineCase)>,
    ) -> Result<(), StoreError> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(StoreError::io("create", folder))?;
        }
        let write = || {
            let mut file = BufWriter::new(File::create(path)?);
            write!(file, "{{\n\"format\": {BASELINE_FORMAT},\n\"suite\": {},\n", line(&self.suite))?;
            write!(file, "\"run\": {},\n\"candidate\": {},\n", line(&self.run), line(&self.candidate))?;
            writeln!(file, "\"cards\": {},", line(&self.cards))?;
            if !self.versions.is_empty() {
                writeln!(file, "\"versions\": {},", line(&self.versions))?;
            }
            if !self.anchors.is_empty() {
                writeln!(file, "\"anchors\": {},", line(&self.anchors))?;
            }
            file.write_all(b"\"cases\": {")?;
            for (at, (id, case)) in cases.into_iter().enumerate() {
                write!(file, "{}{}: {}", if at == 0 { "\n" } else { ",\n" }, line(id), line(case))?;
            }
            file.write_all(b"\n}\n}\n")?;
            file.flush()
        };
        write().map_err(StoreError::io("write", path))
    }

    /// Reads it, and hands each case to `see`: a million of them need not be held.
    ///
    /// # Errors
    /// No such file, not a baseline, or one of a newer format.
    pub fn read(path: &Path, see: impl FnMut(CaseId, BaselineCase)) -> Result<Self, StoreError> {
        #[derive(Deserialize)]
        struct Format {
            format: u32,
        }
        let open = || File::open(path).map(BufReader::new).map_err(StoreError::io("read", path));
        let damaged = |e: serde_json::Error| StoreError::Damaged {
            path: path.to_path_buf(),
            line: e.line(),
            message: e.to_string(),
        };
        let Format { format } = serde_json::from_reader(open()?).map_err(damaged)?;
        if format > BASELINE_FORMAT {
            return Err(StoreError::Newer { path: path.to_path_buf(), found: format, known: BASELINE_FORMAT });
        }
        Whole(see).deserialize(&mut serde_json::Deserializer::from_reader(open()?)).map_err(damaged)
    }
}

/// Reads the file, and its cases one after the other.
struct Whole<F>(F);

impl<'de, F: FnMut(CaseId, BaselineCase)> DeserializeSeed<'de> for Whole<F> {
    type Value = Baseline;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Baseline, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, F: FnMut(CaseId, BaselineCase)> Visitor<'de> for Whole<F> {
    type Value = Baseline;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a baseline")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<Baseline, A::Error> {
        let (mut suite, mut run, mut candidate, mut cards, mut cases) = (None, None, None, None, None);
        let (mut versions, mut anchors) = (None, None);
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "suite" => suite = Some(map.next_value()?),
                "run" => run = Some(map.next_value()?),
                "candidate" => candidate = Some(map.next_value()?),
                "cards" => cards = Some(map.next_value()?),
                "versions" => versions = Some(map.next_value()?),
                "anchors" => anchors = Some(map.next_value()?),
                "cases" => cases = Some(map.next_value_seed(EachCase(&mut self.0))?),
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        cases.ok_or_else(|| A::Error::missing_field("cases"))?;
        Ok(Baseline {
            suite: suite.ok_or_else(|| A::Error::missing_field("suite"))?,
            run: run.ok_or_else(|| A::Error::missing_field("run"))?,
            candidate: candidate.ok_or_else(|| A::Error::missing_field("candidate"))?,
            cards: cards.ok_or_else(|| A::Error::missing_field("cards"))?,
            versions: versions.unwrap_or_default(),
            anchors: anchors.unwrap_or_default(),
        })
    }
}

/// Reads the object of all cases.
struct EachCase<'a, F>(&'a mut F);

impl<'de, F: FnMut(CaseId, BaselineCase)> DeserializeSeed<'de> for EachCase<'_, F> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, F: FnMut(CaseId, BaselineCase)> Visitor<'de> for EachCase<'_, F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the scores by case")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some((id, case)) = map.next_entry()? {
            (self.0)(id, case);
        }
        Ok(())
    }
}

/// Anything that serialises, on one line of JSON.
fn line(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::{AnchorRecord, AnchorScore};
    use super::*;

    fn anchors() -> AnchorRecord {
        AnchorRecord {
            run: "r".into(),
            card: "card".into(),
            range: Some((1.0, 5.0)),
            versions: JudgeVersions::new(),
            scores: [("a".into(), AnchorScore { digest: "d".into(), cluster: None, score: 2.5 })].into(),
        }
    }

    #[test]
    fn a_baseline_comes_back_as_it_was_written() {
        let dir = tempfile::tempdir().unwrap();
        let path = Baseline::path(dir.path(), "karat.yaml");
        assert!(path.ends_with("baselines/karat.json"));
        let case = BaselineCase { digest: "d".into(), scores: BTreeMap::from([("quality".into(), 3.5)]) };
        let baseline = Baseline {
            suite: "s \"quoted\"".into(),
            run: "r".into(),
            candidate: "v1".into(),
            cards: BTreeMap::from([("quality".into(), "card".into())]),
            versions: BTreeMap::from([("quality".into(), [("grader".to_string(), ["a-1".to_string()].into())].into())]),
            anchors: Anchors::from([("quality".into(), anchors())]),
        };
        let cases = BTreeMap::from([("a".into(), case.clone()), ("b".into(), case)]);
        baseline.write(&path, &cases).unwrap();
        let mut found = BTreeMap::new();
        assert_eq!(Baseline::read(&path, |id, case| drop(found.insert(id, case))).unwrap(), baseline);
        assert_eq!(found, cases);
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(text.lines().count(), 13);
        // A file that was cut, or that another wrote by hand in another order.
        std::fs::write(&path, &text[..text.len() - 20]).unwrap();
        assert!(matches!(Baseline::read(&path, |_, _| {}), Err(StoreError::Damaged { .. })));
        std::fs::write(&path, text.replace("\"format\": 1", "\"format\": 9")).unwrap();
        assert!(matches!(Baseline::read(&path, |_, _| {}), Err(StoreError::Newer { found: 9, .. })));
        std::fs::write(&path, r#"{"cases": {}, "cards": {}, "candidate": "v", "run": "r", "suite": "s", "format": 1}"#)
            .unwrap();
        assert_eq!(Baseline::read(&path, |_, _| {}).unwrap().candidate, "v");
        std::fs::write(&path, r#"{"cards": {}, "candidate": "v", "run": "r", "suite": "s", "format": 1}"#).unwrap();
        assert!(Baseline::read(&path, |_, _| {}).unwrap_err().to_string().contains("`cases`"));
    }
}
