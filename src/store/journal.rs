//! The append-only journal of a run: events in, lines out; and back.
//!
//! Each event is one line, written whole and before the engine acts on what the event says; events that are there at
//! the same moment go into one `write`: who has one queues it, lets others do the same, and sees to it that it is written.
//! A killed process therefore loses nothing that had been journaled; a machine that loses power may lose the last
//! moments, since the file is forced to the disk when the run ends or stops, not at each line.

use std::fs::{File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::event_index::Places;
use super::{Event, EventIndex, StoreError};
use crate::json;

/// Room for a line of usual length.
const LINE: usize = 1 << 10;

/// Room that is kept for lines that are queued.
const QUEUE: usize = 1 << 18;

/// An open journal. Shared by all the tasks of a run.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    open: Mutex<Open>,
}

#[derive(Debug)]
struct Open {
    file: File,
    /// Lines that are not written yet.
    queue: Vec<u8>,
    /// How many lines were ever queued, and how many of them were written.
    queued: u64,
    written: u64,
    /// Why a line was written in part or not at all: nothing may stand behind it.
    broken: Option<(io::ErrorKind, String)>,
    /// Where the events stand that were written since the journal was new; `None` where others were there before.
    places: Option<Places>,
}

/// Events that were queued, up to a line.
#[derive(Debug)]
#[must_use = "what is queued is not written yet"]
pub struct Queued(u64);

/// What was found in a journal that is opened again.
#[derive(Debug, Default)]
pub struct Recovered {
    /// Where its events stand.
    pub index: EventIndex,
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
        Ok(Self::of(path, file, Some(Places::default())))
    }

    fn of(path: &Path, file: File, places: Option<Places>) -> Self {
        let open = Open { file, queue: Vec::new(), queued: 0, written: 0, broken: None, places };
        Self { path: path.to_path_buf(), open: Mutex::new(open) }
    }

    /// An existing journal, to go on with. A half-written last line, as a killed process leaves it, is cut off.
    ///
    /// # Errors
    /// The file system's; a damaged line before the last; a newer format.
    pub fn reopen(path: &Path) -> Result<(Self, Recovered), StoreError> {
        let index = EventIndex::read(path)?;
        let whole = index.bytes();
        let mut file = OpenOptions::new().read(true).write(true).open(path).map_err(StoreError::io("open", path))?;
        let length = file.metadata().map_err(StoreError::io("read", path))?.len();
        file.set_len(whole).map_err(StoreError::io("write", path))?;
        file.seek(SeekFrom::End(0)).map_err(StoreError::io("write", path))?;
        let recovered = Recovered { index, dropped_bytes: length - whole };
        Ok((Self::of(path, file, None), recovered))
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Appends one event.
    ///
    /// # Errors
    /// The file system's, a full disk above all.
    pub fn append(&self, event: &Event) -> Result<(), StoreError> {
        self.append_all(std::slice::from_ref(event))
    }

    /// Appends some events, all in one `write`.
    ///
    /// # Errors
    /// The file system's. Of the events, the first ones may stand in the journal then, and nothing more can be appended.
    pub fn append_all(&self, events: &[Event]) -> Result<(), StoreError> {
        if events.is_empty() {
            return Ok(());
        }
        let queued = self.queue(events)?;
        self.write(queued)
    }

    /// Puts events behind those that stand in the journal, to be written with others; they are not safe before
    /// [`Journal::write`].
    ///
    /// # Errors
    /// An event that cannot be written as JSON.
    pub fn queue(&self, events: &[Event]) -> Result<Queued, StoreError> {
        let (mut lines, mut ends) = (Vec::with_capacity(LINE * events.len()), Vec::with_capacity(events.len()));
        for event in events {
            json::write(&mut lines, event).map_err(|e| StoreError::Damaged {
                path: self.path.clone(),
                line: 0,
                message: e.to_string(),
            })?;
            lines.push(b'\n');
            ends.push(lines.len());
        }
        let mut open = self.open();
        open.queue.extend_from_slice(&lines);
        open.queued += events.len() as u64;
        let mut start = 0;
        for (event, end) in events.iter().zip(ends) {
            open.place(event, (end - start) as u64);
            start = end;
        }
        Ok(Queued(open.queued))
    }

    /// Writes what was queued, in one `write` with all that was queued since, unless that has been done already.
    ///
    /// # Errors
    /// The file system's, as [`Journal::append_all`].
    pub fn write(&self, queued: Queued) -> Result<(), StoreError> {
        let mut open = self.open();
        if queued.0 > open.written { open.write().map_err(StoreError::io("write", &self.path)) } else { Ok(()) }
    }

    /// Where all of its events stand. What this process wrote from the first line on need not be read again for that.
    ///
    /// # Errors
    /// The file system's; a damaged line of another process.
    pub fn index(&self) -> Result<EventIndex, StoreError> {
        self.flush()?;
        let places = self.open().places.take();
        places.map_or_else(|| EventIndex::read(&self.path), |places| Ok(places.ordered()))
    }

    /// Forces all that was appended to the disk.
    ///
    /// # Errors
    /// The file system's.
    pub fn sync(&self) -> Result<(), StoreError> {
        self.flush()?;
        self.open().file.sync_data().map_err(StoreError::io("write", &self.path))
    }

    /// Writes what is still queued, for whoever was broken off before he could.
    ///
    /// # Errors
    /// The file system's.
    pub fn flush(&self) -> Result<(), StoreError> {
        self.open().write().map_err(StoreError::io("write", &self.path))
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        // A write that panicked half-way has left half a line, which is cut off when the journal is opened again.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        // Who ends with a mistake has one to tell already.
        let _ = self.flush();
    }
}

impl Open {
    /// Writes all that is queued.
    fn write(&mut self) -> io::Result<()> {
        if let Some((kind, words)) = &self.broken {
            return Err(io::Error::new(*kind, words.as_str()));
        }
        if let Err(error) = self.file.write_all(&self.queue) {
            self.broken = Some((error.kind(), error.to_string()));
            return Err(error);
        }
        self.queue.clear();
        self.queue.shrink_to(QUEUE);
        self.written = self.queued;
        Ok(())
    }

    /// Remembers where an event stands that was just queued, in so many bytes.
    fn place(&mut self, event: &Event, bytes: u64) {
        let Some(places) = &mut self.places else { return };
        match event.case().map(u32::try_from) {
            None => places.add(None, bytes),
            Some(Ok(case)) => places.add(Some(case), bytes),
            // Whoever reads such a journal says what is wrong with it.
            Some(Err(_)) => self.places = None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The last line of a journal.
    fn last(path: &Path) -> Event {
        let text = std::fs::read_to_string(path).unwrap();
        serde_json::from_str(text.lines().last().unwrap()).unwrap()
    }

    fn written(text: &str) -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("events.jsonl");
        std::fs::write(&path, text).unwrap();
        (dir, path)
    }

    #[test]
    fn a_half_written_last_line_is_cut_off_and_the_journal_goes_on() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("events.jsonl");
        let journal = Journal::create(&path).unwrap();
        journal.append(&Event::Resumed { at: 1 }).unwrap();
        journal.append(&Event::Resumed { at: 2 }).unwrap();
        drop(journal);
        // As a killed process leaves it, and as a machine that lost power may leave it.
        for half in
            ["{\"event\":\"resu", "{\"event\":\"resumed\",\"at\"\0\0\0\n", "{\"event\":\"resumed\",\"at\":[]}\n"]
        {
            OpenOptions::new().append(true).open(&path).unwrap().write_all(half.as_bytes()).unwrap();
            let (_, recovered) = Journal::reopen(&path).unwrap();
            assert_eq!((recovered.index.lines(), recovered.dropped_bytes), (2, half.len() as u64), "{half:?}");
        }
        let (journal, _) = Journal::reopen(&path).unwrap();
        journal.append(&Event::Finished { at: 3 }).unwrap();
        let (_, recovered) = Journal::reopen(&path).unwrap();
        assert_eq!((recovered.index.lines(), recovered.dropped_bytes), (3, 0));
        assert_eq!(last(&path), Event::Finished { at: 3 });
    }

    #[test]
    fn what_was_written_is_where_a_reader_finds_it() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("events.jsonl");
        let failed = |index, case: &str| Event::Failed {
            index,
            ask: crate::model::Ask::Output { candidate: "v".into(), case: case.into(), sample: 0 },
            request: String::new(),
            failures: Vec::new(),
        };
        let places = |index: &EventIndex| (0..4).map(|case| index.of(case).collect::<Vec<_>>()).collect::<Vec<_>>();
        let journal = Journal::create(&path).unwrap();
        journal.append(&failed(2, "é")).unwrap();
        journal.append_all(&[failed(0, "a"), Event::Resumed { at: 1 }, failed(2, "longer")]).unwrap();
        journal.append_all(&[]).unwrap();
        let (ours, read) = (journal.index().unwrap(), EventIndex::read(&path).unwrap());
        assert_eq!(places(&ours), places(&read));
        assert_eq!((ours.lines(), ours.bytes(), ours.cases()), (read.lines(), read.bytes(), read.cases()));
        assert_eq!(places(&ours).iter().map(Vec::len).collect::<Vec<_>>(), [1, 0, 2, 0]);
        // What others wrote before is in it too, and what comes after it was asked for.
        let (journal, _) = Journal::reopen(&path).unwrap();
        journal.append(&failed(3, "b")).unwrap();
        assert_eq!(places(&journal.index().unwrap()), places(&EventIndex::read(&path).unwrap()));
    }

    #[test]
    fn damage_before_the_end_is_said_with_its_line() {
        let (_dir, path) = written("{\"event\":\"resumed\",\"at\":1}\nnonsense\n{\"event\":\"resumed\",\"at\":2}\n");
        let error = Journal::reopen(&path).unwrap_err().to_string();
        assert!(error.contains("events.jsonl:2: this line of the journal is damaged"), "{error}");
    }

    #[test]
    fn another_format_is_refused() {
        for (format, words) in [(1, "an older karat wrote it"), (99, "a newer karat wrote it")] {
            let started =
                format!("{{\"event\":\"started\",\"format\":{format},\"run\":\"r\",\"plan\":\"p\",\"at\":1}}\n");
            // What else stands there may have any form.
            let (_dir, path) = written(&(started + "{\"event\":\"case\",\"other\":1}\n{\"event\":\"new\"}\n"));
            let error = Journal::reopen(&path).unwrap_err().to_string();
            assert!(error.contains(words), "{error}");
        }
    }

    #[test]
    fn what_was_queued_is_written_in_order_by_the_first_who_writes() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("events.jsonl");
        let journal = Journal::create(&path).unwrap();
        let lines = || std::fs::read_to_string(&path).unwrap().lines().count();
        let first = journal.queue(&[Event::Resumed { at: 1 }, Event::Resumed { at: 2 }]).unwrap();
        let second = journal.queue(&[Event::Resumed { at: 3 }]).unwrap();
        assert_eq!(lines(), 0);
        journal.write(first).unwrap();
        assert_eq!(lines(), 3);
        journal.write(second).unwrap();
        drop(journal.queue(&[Event::Resumed { at: 4 }]).unwrap());
        journal.append(&Event::Resumed { at: 5 }).unwrap();
        assert_eq!((lines(), last(&path)), (5, Event::Resumed { at: 5 }));
        // Whoever queued something and was broken off leaves it to the end.
        drop(journal.queue(&[Event::Finished { at: 6 }]).unwrap());
        journal.sync().unwrap();
        assert_eq!((lines(), last(&path)), (6, Event::Finished { at: 6 }));
        assert_eq!(journal.index().unwrap().lines(), EventIndex::read(&path).unwrap().lines());
        drop(journal.queue(&[Event::Resumed { at: 7 }]).unwrap());
        drop(journal);
        assert_eq!((lines(), last(&path)), (7, Event::Resumed { at: 7 }));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn nothing_is_written_behind_a_line_that_did_not_fit() {
        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let journal = Journal::of(Path::new("full"), full, None);
        // Whoever writes next is told the same, and not that somebody else was told.
        for at in 1..3 {
            let error = journal.append(&Event::Resumed { at }).unwrap_err();
            let said = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
            assert!(said.contains("No space left"), "{said}");
        }
        assert_eq!(journal.open().written, 0);
    }
}
