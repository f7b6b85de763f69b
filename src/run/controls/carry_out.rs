//! A run and its controls → their journals: the cases first, then what the judges are shown beside them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::super::engine::{Ended, Execution, Observer, Progress, RunError, execute};
use super::super::plan::commit_of;
use super::Control;
use crate::model::{Models, Stop};
use crate::store::{EventIndex, Journal, RunId, StoreError};

/// A control, and who answers it.
pub struct Controlled {
    /// What is shown.
    pub control: Control,
    /// Whom it is shown to.
    pub models: Arc<Models>,
}

/// Carries a run out as [`execute`] does and then, once all of its cases are done, its controls. An interrupted control is gone
/// on with where it stopped, as the run is.
///
/// # Errors
/// As [`execute`].
pub async fn execute_with_controls(
    execution: Execution,
    controls: Vec<Controlled>,
    stop: Stop,
    observer: Arc<Observer>,
) -> Result<Ended, RunError> {
    let (run, width) = (execution.run.clone(), execution.width);
    let journal = execution.journal.path().to_path_buf();
    let mut ended = execute(execution, stop.clone(), Arc::clone(&observer)).await?;
    // Whoever shows how the run goes counts cases, and these are none.
    let beside: Arc<Observer> = Arc::new(move |step: Progress<'_>| match step {
        Progress::Case => {}
        step => observer(step),
    });
    for controlled in controls {
        if ended != Ended::Finished {
            break;
        }
        let execution = begin(controlled, &run, &journal, width)?;
        let own = Arc::clone(&execution.journal);
        ended = execute(execution, stop.clone(), Arc::clone(&beside)).await?;
        own.sync()?;
    }
    Ok(ended)
}

/// Opens the folder of a control within that of the run, which its `journal` lies in.
fn begin(controlled: Controlled, run: &str, journal: &Path, width: usize) -> Result<Execution, StoreError> {
    let Controlled { control, models } = controlled;
    let folder = journal.parent().map_or_else(PathBuf::new, |run| run.join(control.kind.folder()));
    let plan = control.filled(journal)?;
    std::fs::create_dir_all(&folder).map_err(StoreError::io("create", &folder))?;
    let path = folder.join("events.jsonl");
    let (journal, recovered) = if folder.join("manifest.json").exists() {
        let (journal, recovered) = Journal::reopen(&path)?;
        (journal, recovered.index)
    } else {
        if path.exists() {
            // Without a manifest nothing was asked yet.
            std::fs::remove_file(&path).map_err(StoreError::io("remove", &path))?;
        }
        let journal = Journal::create(&path)?;
        let commit = commit_of(&plan.suite.root);
        plan.manifest(&RunId(run.to_string()), commit).write(&folder)?;
        (journal, EventIndex::default())
    };
    let (plan, journal) = (Arc::new(plan), Arc::new(journal));
    Ok(Execution { plan, models, journal, recovered, run: run.to_string(), width, decider: None })
}
