//! The append-only journal of a run: events in, lines out; and back.
//!
//! Each event is one `write` of one line, done before the engine acts on what the event says. A killed
//! process therefore loses nothing that had been journaled; a machine that loses power may lose the last
//! moments, since the file is forced to the disk when the run ends or stops, not at each line.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::{EVENTS_FORMAT, Event, StoreError};

/// An open journal. Shared by all the tasks of a run.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    file: Mutex<File>,
}

/// What was found in a journal that is opened again.
#[derive(Debug, Default)]
pub struct Recovered {
    /// The events, in order.
    pub events: Vec<Event>,
    /// Bytes of a half-written last line that were dropped.
    pub dropped_bytes: u64,
}

impl Journal {
    /// A new journal; the file must not be there yet.
    ///
    /// # Errors
    /// The file system's.
    pub fn create(path: &Path) -> Result<Self, StoreError> {
        let file =
            OpenOptions::new().create_new(true).append(true).open(path).map_err(StoreError::io("create", path))?;
        Ok(Self { path: path.to_path_buf(), file: Mutex::new(file) })
    }

    /// An existing journal, to go on with. A half-written last line, as a killed process leaves it, is cut off.
    ///
    /// # Errors
    /// The file system's; a damaged line before the last; a newer format.
    pub fn reopen(path: &Path) -> Result<(Self, Recovered), StoreError> {
        let mut events = Vec::new();
        let whole = read_events(path, |event| {
            events.push(event);
            Ok(())
        })?;
        let mut file = OpenOptions::new().read(true).write(true).open(path).map_err(StoreError::io("open", path))?;
        let length = file.metadata().map_err(StoreError::io("read", path))?.len();
        file.set_len(whole).map_err(StoreError::io("write", path))?;
        file.seek(SeekFrom::End(0)).map_err(StoreError::io("write", path))?;
        let recovered = Recovered { events, dropped_bytes: length - whole };
        Ok((Self { path: path.to_path_buf(), file: Mutex::new(file) }, recovered))
    }

    /// Appends one event.
    ///
    /// # Errors
    /// The file system's, a full disk above all.
    pub fn append(&self, event: &Event) -> Result<(), StoreError> {
        let mut line = serde_json::to_vec(event).map_err(|e| StoreError::Damaged {
            path: self.path.clone(),
            line: 0,
            message: e.to_string(),
        })?;
        line.push(b'\n');
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.write_all(&line).map_err(StoreError::io("write", &self.path))
    }

    /// Forces all that was appended to the disk.
    ///
    /// # Errors
    /// The file system's.
    pub fn sync(&self) -> Result<(), StoreError> {
        let file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.sync_data().map_err(StoreError::io("write", &self.path))
    }
}

/// Reads a journal one event at a time, and returns how many bytes of whole lines it has.
///
/// A last line without its end, or that is no event, was cut short by a crash and is passed over.
///
/// # Errors
/// The file system's; a damaged line before the last; a newer format; whatever `each` returns.
pub fn read_events(path: &Path, mut each: impl FnMut(Event) -> Result<(), StoreError>) -> Result<u64, StoreError> {
    let file = File::open(path).map_err(StoreError::io("read", path))?;
    let mut reader = BufReader::with_capacity(1 << 18, file);
    let (mut whole, mut number, mut line) = (0, 0, Vec::new());
    loop {
        line.clear();
        let read = reader.read_until(b'\n', &mut line).map_err(StoreError::io("read", path))?;
        if read == 0 || line.last() != Some(&b'\n') {
            return Ok(whole);
        }
        number += 1;
        match serde_json::from_slice(&line) {
            Ok(Event::Started { format, .. }) if format > EVENTS_FORMAT => {
                return Err(StoreError::Newer { path: path.to_path_buf(), found: format, known: EVENTS_FORMAT });
            }
            Ok(event) => each(event)?,
            Err(error) => {
                let at_the_end = reader.fill_buf().map_err(StoreError::io("read", path))?.is_empty();
                if at_the_end {
                    return Ok(whole);
                }
                let message = format!("this line of the journal is damaged: {error}");
                return Err(StoreError::Damaged { path: path.to_path_buf(), line: number, message });
            }
        }
        whole += read as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_half_written_last_line_is_cut_off_and_the_journal_goes_on() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("events.jsonl");
        let journal = Journal::create(&path).unwrap();
        journal.append(&Event::Resumed { at: 1 }).unwrap();
        journal.append(&Event::Resumed { at: 2 }).unwrap();
        drop(journal);
        let mut file = OpenOptions::new().append(true).open(&path).unwrap();
        file.write_all(b"{\"event\":\"resu").unwrap();
        let (journal, recovered) = Journal::reopen(&path).unwrap();
        assert_eq!(recovered.events.len(), 2);
        assert_eq!(recovered.dropped_bytes, 14);
        journal.append(&Event::Finished { at: 3 }).unwrap();
        let (_, recovered) = Journal::reopen(&path).unwrap();
        assert_eq!(recovered.events.last(), Some(&Event::Finished { at: 3 }));
        assert_eq!(recovered.events.len(), 3);
    }

    #[test]
    fn damage_before_the_end_is_said_with_its_line() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("events.jsonl");
        std::fs::write(&path, "{\"event\":\"resumed\",\"at\":1}\nnonsense\n{\"event\":\"resumed\",\"at\":2}\n")
            .unwrap();
        let error = Journal::reopen(&path).unwrap_err().to_string();
        assert!(error.contains("events.jsonl:2: this line of the journal is damaged"), "{error}");
    }

    #[test]
    fn a_newer_format_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("events.jsonl");
        std::fs::write(&path, "{\"event\":\"started\",\"format\":99,\"run\":\"r\",\"plan\":\"p\",\"at\":1}\n").unwrap();
        let error = Journal::reopen(&path).unwrap_err().to_string();
        assert!(error.contains("a newer karat wrote it"), "{error}");
    }
}
