//! The journal of a run → its three tables, case after case in plan order.

use std::num::NonZero;
use std::panic::resume_unwind;
use std::path::Path;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread::{Scope, available_parallelism, scope};

use super::derive::{Derived, Deriver};
use crate::store::{CaseRow, EventIndex, Events, OutputRow, StoreError, TableWriter, VerdictRow};
use crate::suite::Suite;

/// Cases that a thread derives before it hands them over. The rows do not depend on it, nor on the number of threads.
const CASES_A_CHUNK: u64 = 64;

/// So many chunks a thread may be ahead, while a row group is written.
const CHUNKS_AHEAD: usize = 4;

/// More threads than this would wait for the one that writes.
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
    let mut tables = Tables::create(folder)?;
    scope(|scope| {
        let hands: Vec<_> = (0..work.threads).map(|first| work.start(scope, first)).collect();
        // The threads take turns, so the chunks come in order.
        for hand in hands.iter().cycle().take(usize::try_from(chunks).unwrap_or(usize::MAX)) {
            // A thread that hands nothing over has panicked, and the scope passes that on.
            let Ok(derived) = hand.recv() else { break };
            derived?.into_iter().try_for_each(|case| tables.push(case))?;
        }
        Ok::<_, StoreError>(())
    })?;
    tables.finish()
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

type Handed = Result<Vec<Derived>, StoreError>;

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
                let derived = cases.filter_map(|case| match events.of(case) {
                    Ok(events) => self.deriver.derive(events).map(Ok),
                    Err(error) => Some(Err(error)),
                });
                // Nobody takes what comes after an error.
                if hand.send(derived.collect()).is_err() {
                    return;
                }
            }
        });
        taken
    }
}

/// The three tables as they are written.
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

    fn push(&mut self, derived: Derived) -> Result<(), StoreError> {
        let Derived { case, outputs, verdicts } = derived;
        self.cases.push(case)?;
        outputs.into_iter().try_for_each(|row| self.outputs.push(row))?;
        verdicts.into_iter().try_for_each(|row| self.verdicts.push(row))
    }

    /// Writes what is left of each table, all at the same time: nothing else is to be done by then.
    fn finish(self) -> Result<(), StoreError> {
        let Self { cases, outputs, verdicts } = self;
        scope(|scope| {
            let others = [scope.spawn(|| cases.finish()), scope.spawn(|| outputs.finish())];
            let done = verdicts.finish();
            others
                .into_iter()
                .map(|other| other.join().unwrap_or_else(|panic| resume_unwind(panic)))
                .chain([done])
                .collect()
        })
    }
}
