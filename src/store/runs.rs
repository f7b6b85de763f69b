//! The folder of all runs: naming, finding and locking them.

use std::fmt;
use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};

use super::{Manifest, StoreError};

/// The name of a run: UTC time and a few random digits. Names sort by time.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RunId(pub String);

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl RunId {
    /// A name for a run that starts now: `20261121-093045-7f3a2b`. The first three of the six digits
    /// are the fraction of the second, so that names sort by time even within one.
    pub fn now() -> Self {
        let now = jiff::Timestamp::now();
        let fraction = u32::try_from(now.subsec_millisecond()).unwrap_or(0) * 4096 / 1000;
        let random = uuid::Uuid::now_v7().as_u128() & 0xfff;
        Self(format!("{}-{fraction:03x}{random:03x}", now.strftime("%Y%m%d-%H%M%S")))
    }
}

/// The folder `.karat/runs`.
#[derive(Debug, Clone)]
pub struct Runs {
    folder: PathBuf,
}

/// One run's folder, held by this process until it is dropped.
#[derive(Debug)]
pub struct Run {
    /// Its name.
    pub id: RunId,
    /// Its folder.
    pub folder: PathBuf,
    /// The lock dies with the process that holds it.
    _lock: File,
}

impl Runs {
    /// The runs of the suite in `root`.
    pub fn of(root: &Path) -> Self {
        Self { folder: root.join(".karat").join("runs") }
    }

    /// A new run, with its folder made and held.
    ///
    /// # Errors
    /// The file system's.
    pub fn create(&self) -> Result<Run, StoreError> {
        std::fs::create_dir_all(&self.folder).map_err(StoreError::io("create", &self.folder))?;
        loop {
            let id = RunId::now();
            let folder = self.folder.join(&id.0);
            match std::fs::create_dir(&folder) {
                Ok(()) => return Self::hold(id, folder),
                Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(e) => return Err(StoreError::io("create", folder)(e)),
            }
        }
    }

    /// Takes hold of an existing run.
    ///
    /// # Errors
    /// [`StoreError::Locked`] where another process has it.
    pub fn open(&self, id: &RunId) -> Result<Run, StoreError> {
        Self::hold(id.clone(), self.folder_of(id))
    }

    /// The folder of a run.
    pub fn folder_of(&self, id: &RunId) -> PathBuf {
        self.folder.join(&id.0)
    }

    /// All runs, oldest first.
    ///
    /// # Errors
    /// The file system's.
    pub fn list(&self) -> Result<Vec<RunId>, StoreError> {
        let entries = match std::fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(e) => return Err(StoreError::io("read", &self.folder)(e)),
        };
        let mut ids: Vec<RunId> = entries
            .filter_map(Result::ok)
            .filter(|entry| entry.path().join("manifest.json").is_file())
            .filter_map(|entry| entry.file_name().into_string().ok())
            .map(RunId)
            .collect();
        ids.sort();
        Ok(ids)
    }

    /// The run that a word means: `latest` of a suite file, a whole name, or the start of one that no other run shares.
    ///
    /// # Errors
    /// [`StoreError::NoSuchRun`], with the runs there are.
    pub fn find(&self, word: &str, suite_file: &str) -> Result<RunId, StoreError> {
        let all = self.list()?;
        let of_suite = |id: &&RunId| Manifest::read(&self.folder_of(id)).is_ok_and(|m| m.suite.file == suite_file);
        let matching: Vec<&RunId> = match word {
            "latest" => all.iter().rev().find(of_suite).into_iter().collect(),
            _ => all.iter().filter(|id| id.0.starts_with(word)).collect(),
        };
        match matching.as_slice() {
            [one] => Ok((*one).clone()),
            [] if all.is_empty() => Err(StoreError::NoSuchRun(format!(
                "there is no run in {} yet; `karat run` makes one",
                self.folder.display()
            ))),
            [] => {
                let last: Vec<&str> = all.iter().rev().take(5).map(|id| id.0.as_str()).collect();
                let none = match word {
                    "latest" => format!("there is no run of {suite_file} yet"),
                    _ => format!("no run is called `{word}`"),
                };
                Err(StoreError::NoSuchRun(format!("{none}; the last ones are {}", last.join(", "))))
            }
            several => {
                let names: Vec<&str> = several.iter().map(|id| id.0.as_str()).collect();
                Err(StoreError::NoSuchRun(format!("`{word}` could mean {}", names.join(", "))))
            }
        }
    }

    /// The newest finished run of a suite file; only those before `id`, where one is given.
    ///
    /// # Errors
    /// The file system's. A run whose manifest cannot be read is passed over.
    pub fn finished(&self, suite_file: &str, before: Option<&RunId>) -> Result<Option<RunId>, StoreError> {
        let wanted = |id: &&RunId| {
            let folder = self.folder_of(id);
            before.is_none_or(|before| *id < before)
                && folder.join("summary.json").exists()
                && Manifest::read(&folder).is_ok_and(|m| m.suite.file == suite_file)
        };
        Ok(self.list()?.iter().rev().find(wanted).cloned())
    }

    /// The newest unfinished run with this plan, if there is one.
    ///
    /// # Errors
    /// The file system's. A run whose manifest cannot be read is passed over.
    pub fn unfinished(&self, plan: &str) -> Result<Option<RunId>, StoreError> {
        let same_plan = |id: &&RunId| {
            let folder = self.folder_of(id);
            !folder.join("summary.json").exists() && Manifest::read(&folder).is_ok_and(|m| m.plan == plan)
        };
        Ok(self.list()?.iter().rev().find(same_plan).cloned())
    }

    fn hold(id: RunId, folder: PathBuf) -> Result<Run, StoreError> {
        let path = folder.join("lock");
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(StoreError::io("create", &path))?;
        match lock.try_lock() {
            Ok(()) => Ok(Run { id, folder, _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(StoreError::Locked(id.0)),
            Err(TryLockError::Error(e)) => Err(StoreError::io("lock", path)(e)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_sort_by_time() {
        let first = RunId::now();
        std::thread::sleep(std::time::Duration::from_millis(3));
        assert!(first < RunId::now());
    }

    #[test]
    fn a_run_is_held_by_one_process_at_a_time() {
        let dir = tempfile::tempdir().unwrap();
        let runs = Runs::of(dir.path());
        let run = runs.create().unwrap();
        assert!(matches!(runs.open(&run.id), Err(StoreError::Locked(_))));
        let id = run.id.clone();
        drop(run);
        assert!(runs.open(&id).is_ok());
    }
}
