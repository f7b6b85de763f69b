//! The journals of a run's controls → their tables.

use std::path::{Path, PathBuf};

use super::super::tabulate;
use super::ControlKind;
use crate::store::{EventIndex, Manifest, StoreError};

/// The folders of the controls that a run's folder has, in their order.
pub fn control_folders(run: &Path) -> Vec<(ControlKind, PathBuf)> {
    let folder = |kind: ControlKind| (kind, run.join(kind.folder()));
    ControlKind::ALL.into_iter().map(folder).filter(|(_, folder)| folder.join("manifest.json").exists()).collect()
}

/// Writes the tables of a run's controls: into the folder of each, or into one of the same name in another folder.
///
/// # Errors
/// A manifest or a journal that is damaged; the file system's.
pub fn tabulate_controls(run: &Path, tables: &Path) -> Result<(), StoreError> {
    for (kind, folder) in control_folders(run) {
        let into = tables.join(kind.folder());
        std::fs::create_dir_all(&into).map_err(StoreError::io("create", &into))?;
        let journal = folder.join("events.jsonl");
        tabulate(&Manifest::read(&folder)?.suite, &journal, &EventIndex::read(&journal)?, &into)?;
    }
    Ok(())
}
