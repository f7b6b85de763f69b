//! A plan → the controls that go with it, checked before anything is spent; and what its anchors are held against.

use std::path::Path;
use std::sync::Arc;

use super::context::Context;
use super::failure::Failure;
use super::session::EVENTS;
use crate::analysis::{ControlTables, anchors};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::{Models, Money};
use crate::report::number::counted;
use crate::run::{Control, Controlled, Plan, check_offline, control_folders, spent_so_far};
use crate::store::{
    AnchorRecord, Anchors, Baseline as Accepted, EventIndex, Manifest, RunId, Runs, StoreError, write_reference,
};
use crate::suite::{Lookup, MetricName};

/// The controls of a plan, each with the models that answer it: `anew` those that ask past the cache. A reply of an earlier
/// run says nothing of whether a judge is still the same, so where nobody may be asked there are no anchors.
///
/// # Errors
/// Mistakes in the anchors; verdicts that are neither recorded nor, where nobody may be asked, in the cache.
pub fn of_plan(
    context: &Context,
    plan: &Plan,
    (models, anew): (&Arc<Models>, &Arc<Models>),
    runs: &Runs,
    lookup: Lookup<'_>,
) -> Result<Vec<Controlled>, Failure> {
    let mut controls = Vec::new();
    for control in Control::all(plan, lookup)? {
        check(&control, models)?;
        let needed = || models.iter().filter(|model| control.plan.needs(model.name()));
        let is_of_anchors = control.kind.is_of_anchors();
        if is_of_anchors && needed().any(|model| model.only_recalls()) {
            context.note("no anchor is judged: that takes the judge itself, and nobody may be asked");
            continue;
        }
        check_offline(&control.plan, models, runs)?;
        let recorded = needed().all(|model| model.recorded().is_some());
        let models = Arc::clone(if is_of_anchors && !recorded { anew } else { models });
        controls.push(Controlled { control, models });
    }
    Ok(controls)
}

/// Finds verdicts that would have to be recorded.
///
/// # Errors
/// Every one of them, with what to do.
pub fn check(control: &Control, models: &Models) -> Result<(), Diagnostics> {
    control.plan.check(models).map_err(|mut missing| {
        let (key, id) = if control.kind.is_of_anchors() { ("anchors", "anchor:ID") } else { ("canaries", "canary:ID") };
        let words = format!("`{key}` are shown to every judge, and a recorded one knows only what was recorded");
        let hint =
            format!("leave `{key}` away, name other `metrics` in it, or add the rows below: their case is `{id}`");
        missing.0.insert(0, Diagnostic::new(words).hint(hint));
        missing
    })
}

/// What they ask for, in words; `None` where there are none.
pub fn announced(controls: &[Controlled]) -> Option<String> {
    let asks = |anchors: bool, what: &str| {
        let these = controls.iter().filter(|controlled| controlled.control.kind.is_of_anchors() == anchors);
        let asks: usize = these.map(|controlled| controlled.control.plan.asks().1).sum();
        (asks > 0).then(|| format!("{} on {what}", counted(asks as u64, "verdict", "verdicts")))
    };
    let parts: Vec<String> = [
        asks(false, "canaries, to see what the judges let pass"),
        asks(true, "anchors, to see whether the judges are still the same"),
    ]
    .into_iter()
    .flatten()
    .collect();
    (!parts.is_empty()).then(|| format!("and {}", parts.join(", ")))
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

/// Keeps what the anchors of a run are held against in its folder: for each metric those of the accepted baseline, where its
/// judge has the same card, else those of the oldest finished run of the suite whose judge has. So a judge that moves a
/// little each week is seen too.
///
/// # Errors
/// The file system's.
pub fn keep_reference(runs: &Runs, run: &RunId, plan: &Plan) -> Result<(), Failure> {
    if plan.suite.anchors.is_none() {
        return Ok(());
    }
    let mut reference = Anchors::new();
    let mut add = |found: Anchors| {
        let same = |(metric, record): &(MetricName, AnchorRecord)| plan.cards.get(metric) == Some(&record.card);
        for (metric, record) in found.into_iter().filter(same) {
            reference.entry(metric).or_insert(record);
        }
    };
    // A baseline that cannot be read is the gate's concern.
    if let Ok(accepted) = Accepted::read(&Accepted::path(&plan.suite.root, &plan.suite.file), |_, _| {}) {
        add(accepted.anchors);
    }
    for id in runs.list()?.into_iter().filter(|id| id < run) {
        if let Some(found) = of_run(runs, &id, &plan.suite.file)? {
            add(found);
        }
    }
    Ok(write_reference(&runs.folder_of(run), &reference)?)
}

/// What the judges of a finished run of a suite said of its anchors; `None` where there is none, or it cannot be read.
fn of_run(runs: &Runs, id: &RunId, suite_file: &str) -> Result<Option<Anchors>, StoreError> {
    let folder = runs.folder_of(id);
    let has = control_folders(&folder).iter().any(|(kind, _)| kind.is_of_anchors());
    if !has || !folder.join("summary.json").exists() {
        return Ok(None);
    }
    let Ok(manifest) = Manifest::read(&folder) else { return Ok(None) };
    if manifest.suite.file != suite_file {
        return Ok(None);
    }
    let found = ControlTables::read(&folder, &folder).and_then(|tables| anchors(&id.0, &manifest.cards, &tables));
    Ok(found.ok())
}
