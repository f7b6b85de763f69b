//! A stored run → its cases and its outputs, to be judged anew. Its journal is only read.

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use crate::dataset::{Case, Cases, Digest, Source};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::Ask;
use crate::store::{Event, EventIndex, Events, Manifest, Run, RunId, Runs, SourceRun, StoreError};
use crate::suite::{CandidateName, Suite};

/// The cases and outputs of a stored run, as its journal has them. Memory holds the index of the journal.
pub struct StoredOutputs {
    manifest: Manifest,
    shown: String,
    journal: PathBuf,
    digest: Digest,
    index: Arc<EventIndex>,
    events: Mutex<Events<Arc<EventIndex>>>,
    finished: bool,
    /// A run that may still be gone on with is held, so that nobody does meanwhile.
    _held: Option<Run>,
}

impl StoredOutputs {
    /// Opens a stored run, finished or not.
    ///
    /// # Errors
    /// A run that another process works on, or that cannot be read.
    pub fn open(runs: &Runs, id: &RunId) -> Result<Self, StoreError> {
        let folder = runs.folder_of(id);
        let manifest = Manifest::read(&folder)?;
        let finished = folder.join("summary.json").exists();
        let held = if finished { None } else { Some(runs.open(id)?) };
        let journal = folder.join("events.jsonl");
        let index = Arc::new(EventIndex::read(&journal)?);
        let digest = Digest::of_start(&journal, index.bytes()).map_err(StoreError::io("read", &journal))?;
        let events = Mutex::new(Events::open(&journal, Arc::clone(&index))?);
        Ok(Self { manifest, shown: format!("run {id}"), journal, digest, index, events, finished, _held: held })
    }

    /// What the run was made of.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// What a manifest says of it.
    pub fn named(&self) -> SourceRun {
        SourceRun { run: self.manifest.run.clone(), journal: self.digest.to_string() }
    }

    /// Cases that were begun, of all that were planned.
    pub fn begun(&self) -> (u64, u64) {
        (self.index.cases(), self.manifest.cases)
    }

    /// Whether the run came to its end.
    pub fn is_finished(&self) -> bool {
        self.finished
    }

    /// What became of the outputs of the case at a place in the stored run, told of as of the place `index` in another:
    /// the last word on each output of `suite`'s candidates; what led to one that did not come, and failures that say what they
    /// took, are told with it.
    ///
    /// # Errors
    /// A journal that cannot be read any more.
    pub fn outputs(&self, place: u64, index: u64, suite: &Suite) -> Result<Vec<Event>, StoreError> {
        let mut found: Vec<Event> = Vec::new();
        for mut event in self.events.lock().unwrap_or_else(PoisonError::into_inner).of(place)? {
            let Some(Ask::Output { candidate, .. } | Ask::Step { candidate, .. }) = event.ask() else { continue };
            if !suite.candidates.contains_key(candidate) {
                continue;
            }
            if let Event::Reply { index: at, .. } | Event::Failed { index: at, .. } = &mut event {
                *at = index;
            }
            found.retain(|known| known.ask() != event.ask() || has_cost(known));
            found.push(event);
        }
        let came: Vec<(CandidateName, u32)> = found.iter().filter_map(came).collect();
        found.retain(|event| match event.ask() {
            Some(Ask::Step { candidate, sample, .. }) => {
                has_cost(event) || !came.iter().any(|(of, nth)| of == candidate && nth == sample)
            }
            _ => true,
        });
        Ok(found)
    }
}

/// Whose output an event is, and which.
fn came(event: &Event) -> Option<(CandidateName, u32)> {
    match event {
        Event::Reply { ask: Ask::Output { candidate, sample, .. }, .. } => Some((candidate.clone(), *sample)),
        _ => None,
    }
}

/// Whether it is a failure that says what it took.
fn has_cost(event: &Event) -> bool {
    matches!(event, Event::Failed { failures, .. } if failures.iter().any(|failure| failure.taken.is_some()))
}

impl fmt::Debug for StoredOutputs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("StoredOutputs").field(&self.shown).finish()
    }
}

impl Source for StoredOutputs {
    fn shown(&self) -> &str {
        &self.shown
    }

    fn cases(&self) -> Result<Cases, Diagnostics> {
        let unreadable = |why: StoreError| Diagnostic::new(why.to_string());
        let mut events = Events::open(&self.journal, Arc::clone(&self.index)).map_err(unreadable)?;
        let case = move |place| -> Result<Case, Diagnostic> {
            let found = events.case(place).map_err(unreadable)?;
            found.ok_or_else(|| Diagnostic::new(format!("the journal has no case {}", place + 1)))
        };
        Ok(Box::new((0..self.index.cases()).map(case)))
    }
}
