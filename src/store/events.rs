//! A journal and its index → the events of one case after another.

use std::ops::Deref;
use std::path::{Path, PathBuf};

use super::lines::LinesAt;
use super::{Event, EventIndex, StoreError};
use crate::dataset::Case;

/// Reads a journal by cases. Several may read one journal side by side, each with its own.
#[derive(Debug)]
pub struct Events<I> {
    path: PathBuf,
    index: I,
    lines: LinesAt,
}

impl<I: Deref<Target = EventIndex>> Events<I> {
    /// Opens a journal of which there is an index.
    ///
    /// # Errors
    /// The file system's.
    pub fn open(path: &Path, index: I) -> Result<Self, StoreError> {
        let lines = LinesAt::open(path).map_err(StoreError::io("read", path))?;
        Ok(Self { path: path.to_path_buf(), index, lines })
    }

    /// All events of a case, in the order in which they were written. Fast where cases are asked for in plan order.
    ///
    /// # Errors
    /// The file system's; a damaged line.
    pub fn of(&mut self, case: u64) -> Result<Vec<Event>, StoreError> {
        let Self { path, index, lines } = self;
        index.of(case).map(|at| event(path, lines, at)).collect()
    }

    /// A case itself, without reading more of its events than it takes to find it; `None` where it was not begun.
    ///
    /// # Errors
    /// The file system's; a damaged line.
    pub fn case(&mut self, case: u64) -> Result<Option<Case>, StoreError> {
        let Self { path, index, lines } = self;
        for at in index.of(case) {
            if let Event::Case { case, .. } = event(path, lines, at)? {
                return Ok(Some(*case));
            }
        }
        Ok(None)
    }
}

/// The event whose line starts at a byte.
fn event(path: &Path, lines: &mut LinesAt, at: u64) -> Result<Event, StoreError> {
    let line = lines.at(at).map_err(StoreError::io("read", path))?;
    // A whole line is known to be text at once, where each string of it would be looked at apart.
    let read = match std::str::from_utf8(line) {
        Ok(text) => serde_json::from_str(text),
        Err(_) => serde_json::from_slice(line),
    };
    read.or_else(|error| {
        let message = format!("this line of the journal is damaged: {error}");
        let line = lines.number(at).map_err(StoreError::io("read", path))?;
        Err(StoreError::Damaged { path: path.to_path_buf(), line, message })
    })
}
