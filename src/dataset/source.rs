//! Where cases come from: read from the start as often as they are wanted, one at a time.

use std::fmt::Debug;
use std::panic::resume_unwind;
use std::path::PathBuf;
use std::sync::mpsc::sync_channel;
use std::thread::scope;

use indexmap::IndexMap;

use super::Case;
use super::ids::Ids;
use super::load::CaseReader;
use super::rows::{Rows, Wanted, rows, rows_at};
use crate::diagnostic::{Diagnostic, Diagnostics};

/// Cases that are read before they are handed over, and chunks of them that may wait.
const CASES_A_CHUNK: usize = 64;
const CHUNKS_AHEAD: usize = 4;

/// Cases, one after another, in the order of their source.
pub type Cases = Box<dyn Iterator<Item = Result<Case, Diagnostic>> + Send>;

/// Anything that cases can be read from again and again.
pub trait Source: Debug + Send + Sync {
    /// What the user calls it: a path.
    fn shown(&self) -> &str;

    /// All of its cases from the start.
    ///
    /// # Errors
    /// A source that cannot be opened.
    fn cases(&self) -> Result<Cases, Diagnostics>;

    /// The cases at the places, from 0, that are `wanted`; what is wrong with others may be told too.
    ///
    /// # Errors
    /// A source that cannot be opened.
    fn cases_at(&self, mut wanted: Wanted) -> Result<Cases, Diagnostics> {
        let mut places = 0..;
        Ok(Box::new(self.cases()?.filter(move |case| places.next().is_some_and(&mut wanted) || case.is_err())))
    }
}

/// A dataset: a file, and how its columns are mapped.
#[derive(Debug, Clone)]
pub struct CaseFile {
    path: PathBuf,
    shown: String,
    fields: IndexMap<String, String>,
}

/// What only a whole file can tell.
#[derive(Debug)]
pub struct Survey {
    /// Our field ← their column, wherever the two have different names.
    pub mapped: Vec<(String, String)>,
    /// The columns that no field was taken from.
    pub ignored: Vec<String>,
    /// Whether the ids are the numbers of the rows, since no row has one of its own.
    pub numbered: bool,
    /// The ids of all cases.
    pub ids: Ids,
}

impl CaseFile {
    /// The file at `path`, which messages call `shown`, its columns mapped by `fields` (ours → theirs).
    pub fn new(path: PathBuf, shown: String, fields: IndexMap<String, String>) -> Self {
        Self { path, shown, fields }
    }

    /// Reads the whole file and shows `each` case, of which there is at least one. A file with a mistake is read once
    /// more, with everything remembered that it takes to tell of it.
    ///
    /// # Errors
    /// Every mistake in the file, the first 20 of them shown, by line.
    pub fn survey(&self, mut each: impl FnMut(&Case)) -> Result<Survey, Diagnostics> {
        let mut ids = Ids::default();
        let reader = self.read_ahead(|case| {
            ids.push(case.id.as_str());
            each(case);
        })?;
        let unique = ids.sort();
        match reader.finish(&self.shown) {
            Ok(reader) if unique => {
                let columns = reader.columns();
                Ok(Survey { mapped: columns.mapped(), ignored: columns.ignored(), numbered: reader.numbered(), ids })
            }
            _ => Err(self.mistakes()),
        }
    }

    fn read(&self, reader: &mut CaseReader, mut each: impl FnMut(Case)) -> Result<(), Diagnostic> {
        for row in rows(&self.path, &self.shown)? {
            match row {
                Ok(row) => reader.case(&row).into_iter().for_each(&mut each),
                Err(mistake) => reader.broken(mistake),
            }
        }
        Ok(())
    }

    /// Reads the whole file on a thread of its own, and shows `each` case on this one.
    fn read_ahead(&self, mut each: impl FnMut(&Case)) -> Result<CaseReader, Diagnostics> {
        let mut reader = CaseReader::new(&self.fields, false)?;
        let (hand, taken) = sync_channel::<Vec<Case>>(CHUNKS_AHEAD);
        scope(|scope| {
            let reading = scope.spawn(move || {
                let mut chunk = Vec::with_capacity(CASES_A_CHUNK);
                // Whoever takes the cases takes them to the end.
                let read = self.read(&mut reader, |case| {
                    chunk.push(case);
                    if chunk.len() == CASES_A_CHUNK {
                        let _ = hand.send(std::mem::replace(&mut chunk, Vec::with_capacity(CASES_A_CHUNK)));
                    }
                });
                let _ = hand.send(chunk);
                read.map(|()| reader)
            });
            taken.iter().flatten().for_each(|case| each(&case));
            Ok(reading.join().unwrap_or_else(|panic| resume_unwind(panic))?)
        })
    }

    fn cases_of(&self, rows: Rows) -> Result<Cases, Diagnostics> {
        let mut reader = CaseReader::new(&self.fields, false)?;
        let case = move |row| {
            let broken = |reader: &CaseReader| reader.first_mistake().cloned();
            match row {
                Ok(row) => reader.case(&row).ok_or_else(|| {
                    broken(&reader).unwrap_or_else(|| Diagnostic::new("a row that was a case is none any more"))
                }),
                Err(mistake) => Err(mistake),
            }
        };
        Ok(Box::new(rows.map(case)))
    }

    /// Everything that is wrong with a file of which something is.
    fn mistakes(&self) -> Diagnostics {
        let thorough = || {
            let mut reader = CaseReader::new(&self.fields, true)?;
            self.read(&mut reader, |_| {})?;
            reader.finish(&self.shown)
        };
        match thorough() {
            Err(mistakes) => mistakes,
            Ok(_) => Diagnostic::new(format!("{} changed while it was read", self.shown)).into(),
        }
    }
}

impl Source for CaseFile {
    fn shown(&self) -> &str {
        &self.shown
    }

    fn cases(&self) -> Result<Cases, Diagnostics> {
        self.cases_of(rows(&self.path, &self.shown)?)
    }

    fn cases_at(&self, wanted: Wanted) -> Result<Cases, Diagnostics> {
        self.cases_of(rows_at(&self.path, &self.shown, wanted)?)
    }
}

#[cfg(test)]
mod tests;
