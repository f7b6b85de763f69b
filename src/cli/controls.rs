//! A plan → the controls that go with it, checked before anything is spent.

use std::path::Path;
use std::sync::Arc;

use super::failure::Failure;
use super::session::EVENTS;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::{Models, Money};
use crate::run::{Control, Controlled, Plan, check_offline, control_folders, spent_so_far};
use crate::store::{EventIndex, Runs};

/// The controls of a plan, each with the models that answer it.
///
/// # Errors
/// Verdicts on them that are neither recorded nor, where nobody may be asked, in the cache.
pub fn of_plan(plan: &Plan, models: &Arc<Models>, runs: &Runs) -> Result<Vec<Controlled>, Failure> {
    let mut controls = Vec::new();
    for control in Control::all(plan)? {
        check(&control, models)?;
        check_offline(&control.plan, models, runs)?;
        controls.push(Controlled { control, models: Arc::clone(models) });
    }
    Ok(controls)
}

/// Finds verdicts that would have to be recorded.
///
/// # Errors
/// Every one of them, with what to do.
pub fn check(control: &Control, models: &Models) -> Result<(), Diagnostics> {
    control.plan.check(models).map_err(|mut missing| {
        let words = "`canaries` are shown to every judge, and a recorded one knows only what was recorded";
        let hint =
            "leave `canaries` away, name other `metrics` in it, or add the rows below: their case is `canary:ID`";
        missing.0.insert(0, Diagnostic::new(words).hint(hint));
        missing
    })
}

/// How many verdicts they ask for.
pub fn asks(controls: &[Controlled]) -> usize {
    controls.iter().map(|controlled| controlled.control.plan.asks().1).sum()
}

/// What the replies to them have cost so far.
///
/// # Errors
/// A journal that cannot be read.
pub fn spent(controls: &[Controlled], run: &Path) -> Result<Money, Failure> {
    let mut sum = Money::default();
    for (kind, folder) in control_folders(run) {
        let Some(controlled) = controls.iter().find(|controlled| controlled.control.kind == kind) else { continue };
        let journal = folder.join(EVENTS);
        sum += spent_so_far(&controlled.control.plan, &journal, &EventIndex::read(&journal)?)?;
    }
    Ok(sum)
}
