//! The journal of a run → its three tables, case after case in plan order.

use std::num::NonZero;
use std::panic::resume_unwind;
use std::path::Path;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{ScopedJoinHandle, available_parallelism, scope};

use super::derive::{Derived, Deriver};
use crate::store::{CaseRow, EventIndex, Events, OutputRow, Row, StoreError, TableWriter, VerdictRow};
use crate::suite::Suite;

/// Cases that a thread derives before it hands them over. The rows do not depend on it, nor on the number of threads. In tests
/// few cases are many chunks.
const CASES_A_CHUNK: u64 = if cfg!(test) { 16 } else { 128 };

/// So many chunks a thread may be ahead of those that write.
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
    let threads = chunks.min(available_parallelism().map_or(1, NonZero::get).min(MOST_THREADS) as u64);
    let work = Work { journal, index, deriver: &deriver, chunks, threads };
    let (to_cases, cases) = Writer::new(folder, work)?;
    let (to_outputs, outputs) = Writer::new(folder, work)?;
    let (to_verdicts, verdicts) = Writer::new(folder, work)?;
    scope(|scope| {
        let ways = to_cases.into_iter().zip(to_outputs).zip(to_verdicts);
        let mut hands: Vec<ScopedJoinHandle<_>> = (0..)
            .zip(ways.map(|((cases, outputs), verdicts)| Writers { cases, outputs, verdicts }))
            .map(|(first, writers)| scope.spawn(move || work.derive(first, &writers)))
            .collect();
        // A row group takes as long to write as its rows to derive: both are done at the same time.
        hands.push(scope.spawn(|| cases.write()));
        hands.push(scope.spawn(|| outputs.write()));
        hands.push(scope.spawn(|| verdicts.write()));
        hands.into_iter().try_for_each(|hand| hand.join().unwrap_or_else(|panic| resume_unwind(panic)))
    })
}

/// What the threads that derive share.
#[derive(Clone, Copy)]
struct Work<'a> {
    journal: &'a Path,
    index: &'a EventIndex,
    deriver: &'a Deriver<'a>,
    chunks: u64,
    threads: u64,
}

impl Work<'_> {
    /// Derives the chunk `first` and every one that is its turn after that.
    fn derive(self, first: u64, writers: &Writers) -> Result<(), StoreError> {
        let mut events = Events::open(self.journal, self.index)?;
        for chunk in (first..self.chunks).step_by(usize::try_from(self.threads).unwrap_or(1)) {
            let from = chunk * CASES_A_CHUNK;
            let mut rows = Chunk::default();
            for case in from..(from + CASES_A_CHUNK).min(self.index.cases()) {
                self.deriver.derive(events.of(case)?).into_iter().for_each(|derived| rows.add(derived));
            }
            // Who takes no more has failed, and says why himself.
            if !writers.take(rows) {
                break;
            }
        }
        Ok(())
    }
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

/// The way of the rows of a chunk to whoever writes them.
type Way<R> = SyncSender<Vec<R>>;

/// Where a thread hands its rows over.
struct Writers {
    cases: Way<CaseRow>,
    outputs: Way<OutputRow>,
    verdicts: Way<VerdictRow>,
}

impl Writers {
    /// Whether all were taken.
    fn take(&self, Chunk { cases, outputs, verdicts }: Chunk) -> bool {
        self.cases.send(cases).is_ok() && self.outputs.send(outputs).is_ok() && self.verdicts.send(verdicts).is_ok()
    }
}

/// Writes a table.
struct Writer<R: Row> {
    table: TableWriter<R>,
    /// From each thread that derives.
    rows: Vec<Receiver<Vec<R>>>,
    chunks: u64,
}

impl<R: Row> Writer<R> {
    /// Of a new table, with the way to it of each thread that derives.
    fn new(folder: &Path, work: Work<'_>) -> Result<(Vec<Way<R>>, Self), StoreError> {
        let (ways, rows) = (0..work.threads).map(|_| sync_channel(CHUNKS_AHEAD)).unzip();
        Ok((ways, Self { table: TableWriter::create(folder)?, rows, chunks: work.chunks }))
    }

    fn write(mut self) -> Result<(), StoreError> {
        // The threads take turns, so the chunks come in order.
        for rows in self.rows.iter().cycle().take(usize::try_from(self.chunks).unwrap_or(usize::MAX)) {
            // What comes no more went wrong elsewhere, and half a table must not look like a whole one.
            let Ok(rows) = rows.recv() else { return Ok(()) };
            self.table.append(rows)?;
        }
        self.table.finish()
    }
}
