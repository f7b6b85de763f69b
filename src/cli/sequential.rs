//! A run of a sequential gate → whether it has decided by now, and in the end how it came to that.

use std::path::PathBuf;
use std::sync::Arc;

use super::Failure;
use super::rebuilt::{Scratch, rebuild};
use super::session::mistake;
use super::stored::{self, Stored};
use crate::analysis::{Analysis, Data, StoppedEarly};
use crate::gate::Stopping;
use crate::run::{Decider, asks_a_case};
use crate::store::{Manifest, Run, RunId, Runs};

/// Who looks at a run while it goes on. A look reads the journal and nothing else, so that what it says does not depend on
/// when it was taken, nor on what this process has in memory.
pub fn decider(runs: &Runs, run: &Run, root: PathBuf) -> Arc<Decider> {
    let (runs, folder) = (runs.clone(), run.folder.clone());
    Arc::new(move || {
        let looked = || {
            let scratch = Scratch::new()?;
            stored::decision_now(rebuild(&folder, scratch.path())?, &runs, root.clone())
        };
        Ok(looked()?.is_some_and(|decision| decision.is_settled()))
    })
}

/// How a run came to its end; `None` where its gate judges all cases. One that did not end has not stopped by itself.
pub fn stopping(manifest: &Manifest, analysis: &Analysis, data: &Data, finished: bool) -> Option<Stopping> {
    let about = manifest.suite.gate.as_ref()?.sequential?.about;
    let (cases, of) = (analysis.counts.cases, manifest.sequence?.cases);
    let left = if finished { of.saturating_sub(cases) } else { 0 };
    let (outputs, verdicts) = asks_a_case(&manifest.suite, manifest.source.is_some());
    let of_one = analysis.cost.total.usd.filter(|_| cases > 0).map(|usd| usd / cases as f64);
    Some(Stopping {
        stopped: left > 0,
        cases,
        of,
        counted: data.turns.as_ref().map_or(cases, |turns| turns.len() as u64),
        about,
        calls_saved: left * (outputs + verdicts) as u64,
        usd_saved: of_one.map(|usd| usd * left as f64),
    })
}

/// How many of its cases a run of so many judged ones has, where its gate ended it early.
pub fn stopped_early(manifest: &Manifest, cases: u64) -> Option<StoppedEarly> {
    let of = manifest.sequence?.cases;
    (cases < of).then_some(StoppedEarly { cases, of })
}

/// Passes if a run has all of its cases: where a gate ended it early, its scores are no sample that was fixed beforehand.
///
/// # Errors
/// A run that stopped early.
pub fn whole(stored: &Stored, id: &RunId) -> Result<(), Failure> {
    let Some(StoppedEarly { cases, of }) = stopped_early(&stored.manifest, stored.tables.cases.len() as u64) else {
        return Ok(());
    };
    let words = format!("run {id} stopped after {cases} of {of} cases, when its gate was decided");
    Err(mistake(words, "only a run of all cases can be held against: make one without `sequential`"))
}
