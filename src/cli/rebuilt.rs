//! A run's journal → its tables, in a folder that does not outlive the command.

use std::path::{Path, PathBuf};

use super::failure::Failure;
use super::session::EVENTS;
use super::stored::Stored;
use crate::analysis::{ControlTables, Tables};
use crate::run::{pairs, tabulate, tabulate_controls};
use crate::store::{EventIndex, Manifest, StoreError, read_reference};

/// A run, with its tables built again from its journal in another folder.
///
/// # Errors
/// A manifest or journal that cannot be read, a folder that cannot be written.
pub fn rebuild(folder: &Path, tables: &Path) -> Result<Stored, Failure> {
    let manifest = Manifest::read(folder)?;
    let journal = folder.join(EVENTS);
    tabulate(&manifest.suite, &journal, &EventIndex::read(&journal)?, tables)?;
    tabulate_controls(folder, tables)?;
    let pairs = pairs(&manifest.suite);
    let (controls, reference) = (ControlTables::read(folder, tables)?, read_reference(folder)?);
    Ok(Stored { manifest, tables: Tables::read(tables)?, pairs, controls, reference })
}

/// A folder that is gone when this is dropped.
pub struct Scratch(PathBuf);

impl Scratch {
    /// A new, empty one among the system's temporary files.
    ///
    /// # Errors
    /// The file system's.
    pub fn new() -> Result<Self, StoreError> {
        let path = std::env::temp_dir().join(format!("karat-tables-{}", uuid::Uuid::now_v7().simple()));
        std::fs::create_dir(&path).map_err(StoreError::io("create", &path))?;
        Ok(Self(path))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What cannot be removed is in the folder that the system clears.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
