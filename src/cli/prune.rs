//! `karat runs prune`: removes old runs of a suite, with their reports.

use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;

use super::Outcome;
use super::args::PruneRunsArgs;
use super::context::Context;
use super::exit::Exit;
use super::failure::Failure;
use super::session::mistake;
use super::stored::root_of;
use crate::report::number::counted;
use crate::store::{Manifest, RunId, Runs, StoreError};

/// Removes what is beyond both limits that are given: the newest runs that `--keep` names stay, and so do those that are
/// younger than `--older-than` says. A run that another process works on stays too.
///
/// # Errors
/// No limit; a folder that cannot be read or removed.
pub fn prune(context: &Context, file: &Path, args: &PruneRunsArgs) -> Outcome {
    if args.keep.is_none() && args.older_than.is_none() {
        let hint = "`--keep 20` keeps the newest twenty, `--older-than 90d` what is younger; both together keep either";
        return Err(mistake("nothing says which runs may go", hint));
    }
    let root = root_of(file);
    let runs = Runs::of(&root);
    let suite = file.file_name().unwrap_or_default().to_string_lossy();
    let of_suite = |id: &RunId| Manifest::read(&runs.folder_of(id)).ok().filter(|run| run.suite.file == suite);
    // The newest first.
    let known: Vec<(RunId, Manifest)> =
        runs.list()?.into_iter().rev().filter_map(|id| of_suite(&id).map(|manifest| (id, manifest))).collect();
    let keep = args.keep.and_then(|n| usize::try_from(n).ok()).unwrap_or(0);
    let mut gone = 0;
    for (id, manifest) in known.iter().skip(keep) {
        if args.older_than.is_some_and(|age| !is_older(manifest, age)) {
            continue;
        }
        if args.dry_run {
            context.print(&format!("{id}\n"))?;
            gone += 1;
        } else if remove(context, &runs, &root, id)? {
            gone += 1;
        }
    }
    let what = if args.dry_run { "would go" } else { "removed" };
    context.note(&format!(
        "{} {what}, {} of {} kept",
        counted(gone, "run", "runs"),
        known.len() as u64 - gone,
        known.len()
    ));
    Ok(Exit::Done)
}

/// Whether a run was planned longer ago than this; one that does not say when is not.
fn is_older(manifest: &Manifest, age: Duration) -> bool {
    let planned = manifest.planned_at.parse::<Timestamp>();
    planned.is_ok_and(|planned| Timestamp::now().duration_since(planned).unsigned_abs() > age)
}

/// Removes a run and its reports, unless another process has it.
fn remove(context: &Context, runs: &Runs, root: &Path, id: &RunId) -> Result<bool, Failure> {
    let held = match runs.open(id) {
        Ok(held) => held,
        Err(StoreError::Locked(_)) => {
            context.note(&format!("run {id} is being worked on, and stays"));
            return Ok(false);
        }
        Err(error) => return Err(error.into()),
    };
    let folder = held.folder.clone();
    std::fs::remove_dir_all(&folder).map_err(StoreError::io("remove", &folder))?;
    drop(held);
    let reports = root.join("reports").join(&id.0);
    match std::fs::remove_dir_all(&reports) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(StoreError::io("remove", &reports)(error).into())
        }
        _ => Ok(true),
    }
}
