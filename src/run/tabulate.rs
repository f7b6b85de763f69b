//! The journal of a run → its three tables, case after case in plan order.

use std::num::NonZero;
use std::panic::resume_unwind;
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{Scope, ScopedJoinHandle, available_parallelism, scope};

use super::derive::{Derived, Deriver};
use crate::store::{CaseRow, EventIndex, Events, OutputRow, Row, StoreError, TableWriter, VerdictRow};
use crate::suite::Suite;

/// Cases that a thread derives before it hands them over. The rows do not depend on it, nor on the number of threads.
const CASES_A_CHUNK: u64 = 64;

/// So many chunks a thread may be ahead of the one that takes them.
const CHUNKS_AHEAD: usize = 2;

/// More threads than this would wait for those that write.
const MOST_THREADS: usize = 4;

/// Writes the tables of a run into a folder, from its journal and the index of it. Memory holds some cases at a time.
///
/// # Errors
/// A journal that is damaged or of another format; the file system's.
pub fn tabulate(suite: &Suite, journal: &Path, index: &EventIndex, folder: &Path) -> Result<(), StoreError> {
    let deriver = Deriver::new(suite);
    let chunks = index.cases().div_ceil(CASES_A_CHUNK);
    let threads = available_parallelism().map_or(1, NonZero::get).min(MOST_THREADS) as u64;
    let work = Work { journal, index, deriver: &deriver, chunks, threads: threads.min(chunks) };
    let tables = Tables::create(folder)?;
    scope(|scope| {
        let hands: Vec<_> = (0..work.threads).map(|first| work.start(scope, first)).collect();
        let pens = tables.start(scope);
        // The threads take turns, so the chunks come in order.
        for hand in hands.iter().cycle().take(usize::try_from(chunks).unwrap_or(usize::MAX)) {
            // One that hands nothing over has panicked, and the scope passes that on.
            let is_put = match hand.recv() {
                Ok(chunk) => pens.put(chunk?),
                Err(_) => false,
            };
            if !is_put {
                return pens.end();
            }
        }
        pens.finish()
    })
}

/// The rows of some cases that follow each other.
#[derive(Default)]
struct Chunk {
    cases: Vec<CaseRow>,
    outputs: Vec<OutputRow>,
    verdicts: Vec<VerdictRow>,
}

impl Chunk {
    fn add(&mut self, Derived { case, outputs, verdicts }: Derived) {
        self.cases.push(case);
        self.outputs.extend(outputs);
        self.verdicts.extend(verdicts);
    }
}

/// What the threads share.
#[derive(Clone, Copy)]
struct Work<'a> {
    journal: &'a Path,
    index: &'a EventIndex,
    deriver: &'a Deriver<'a>,
    chunks: u64,
    threads: u64,
}

type Handed = Result<Chunk, StoreError>;

impl<'a> Work<'a> {
    /// Starts the thread that derives the chunk `first` and every one that is its turn after that.
    fn start<'scope>(self, scope: &'scope Scope<'scope, 'a>, first: u64) -> Receiver<Handed>
    where
        'a: 'scope,
    {
        let (hand, taken) = sync_channel(CHUNKS_AHEAD);
        scope.spawn(move || {
            let mut events = match Events::open(self.journal, self.index) {
                Ok(events) => events,
                Err(error) => return drop(hand.send(Err(error))),
            };
            for chunk in (first..self.chunks).step_by(usize::try_from(self.threads).unwrap_or(1)) {
                let from = chunk * CASES_A_CHUNK;
                let cases = from..(from + CASES_A_CHUNK).min(self.index.cases());
                let mut rows = Chunk::default();
                let derived = cases.into_iter().try_for_each(|case| {
                    self.deriver.derive(events.of(case)?).into_iter().for_each(|derived| rows.add(derived));
                    Ok(())
                });
                // Nobody takes what comes after an error.
                if hand.send(derived.map(|()| rows)).is_err() {
                    return;
                }
            }
        });
        taken
    }
}

/// The three tables.
struct Tables {
    cases: TableWriter<CaseRow>,
    outputs: TableWriter<OutputRow>,
    verdicts: TableWriter<VerdictRow>,
}

impl Tables {
    fn create(folder: &Path) -> Result<Self, StoreError> {
        Ok(Self {
            cases: TableWriter::create(folder)?,
            outputs: TableWriter::create(folder)?,
            verdicts: TableWriter::create(folder)?,
        })
    }

    /// Writes each on a thread of its own, while more is derived: to make a row group takes as long as to derive its rows.
    fn start<'scope>(self, scope: &'scope Scope<'scope, '_>) -> Pens<'scope> {
        Pens {
            cases: Pen::start(scope, self.cases),
            outputs: Pen::start(scope, self.outputs),
            verdicts: Pen::start(scope, self.verdicts),
        }
    }
}

/// The threads that write the tables.
struct Pens<'scope> {
    cases: Pen<'scope, CaseRow>,
    outputs: Pen<'scope, OutputRow>,
    verdicts: Pen<'scope, VerdictRow>,
}

impl Pens<'_> {
    /// Hands over the next rows; whether all tables can still be written.
    fn put(&self, Chunk { cases, outputs, verdicts }: Chunk) -> bool {
        self.cases.put(cases) && self.outputs.put(outputs) && self.verdicts.put(verdicts)
    }

    /// Nothing more comes: writes what is left of each.
    fn finish(self) -> Result<(), StoreError> {
        let Self { cases, outputs, verdicts } = &self;
        cases.finish();
        outputs.finish();
        verdicts.finish();
        self.end()
    }

    /// Waits for all. One that was not finished has no end: half a table must not look like a whole one.
    fn end(self) -> Result<(), StoreError> {
        let ends = [self.cases.end(), self.outputs.end(), self.verdicts.end()];
        ends.into_iter().try_for_each(|end| end.join().unwrap_or_else(|panic| resume_unwind(panic)))
    }
}

/// A thread that writes one table.
struct Pen<'scope, R> {
    /// Rows, or that there are no more.
    rows: SyncSender<Option<Vec<R>>>,
    end: ScopedJoinHandle<'scope, Result<(), StoreError>>,
}

impl<'scope, R: Row + Send + 'scope> Pen<'scope, R> {
    fn start(scope: &'scope Scope<'scope, '_>, mut table: TableWriter<R>) -> Self {
        let (rows, taken) = sync_channel::<Option<Vec<R>>>(CHUNKS_AHEAD);
        let end = scope.spawn(move || {
            for rows in taken {
                match rows {
                    Some(rows) => rows.into_iter().try_for_each(|row| table.push(row))?,
                    None => return table.finish(),
                }
            }
            Ok(())
        });
        Self { rows, end }
    }

    fn put(&self, rows: Vec<R>) -> bool {
        self.rows.send(Some(rows)).is_ok()
    }

    fn finish(&self) {
        // One that takes nothing more has failed, and says why at its end.
        let _ = self.rows.send(None);
    }

    fn end(self) -> ScopedJoinHandle<'scope, Result<(), StoreError>> {
        self.end
    }
}
