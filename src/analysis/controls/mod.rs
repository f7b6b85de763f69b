//! What the judges of a run were shown beside its cases → what that says of them. Nothing here counts as a case of the run.

mod anchors;

use std::collections::BTreeMap;
use std::path::Path;

use indexmap::IndexMap;

use super::audit::canaries;
use super::error::AnalysisError;
use super::findings::{Cost, JudgeFindings};
use super::gather::Gathered;
use super::tables::Tables;
use crate::run::{ControlKind, control_folders, pairs};
use crate::store::{Anchors, Manifest};
use crate::suite::{MetricName, Suite};

pub use anchors::{Shift, anchors, drifts, versions_of};
pub(super) use anchors::{bridge, same_versions};

/// The tables of a control of a run.
#[derive(Debug)]
pub struct ControlTables {
    /// What it is.
    pub kind: ControlKind,
    /// The judges and what they were shown, as its manifest holds them.
    pub suite: Suite,
    /// The tables.
    pub tables: Tables,
}

impl ControlTables {
    /// All of a run. Their tables lie in its folder, or in another one where they were built again.
    ///
    /// # Errors
    /// A manifest or a table that cannot be read.
    pub fn read(run: &Path, tables: &Path) -> Result<Vec<Self>, AnalysisError> {
        let read = |(kind, folder): (ControlKind, std::path::PathBuf)| {
            let suite = Manifest::read(&folder)?.suite;
            Ok(Self { kind, suite, tables: Tables::read(&tables.join(kind.folder()))? })
        };
        control_folders(run).into_iter().map(read).collect()
    }
}

/// Adds what controls found of the judges, and what they cost.
///
/// # Errors
/// Tables that are damaged.
pub(super) fn add(
    (suite, alpha): (&Suite, f64),
    controls: &[ControlTables],
    (now, drifts): (&Anchors, &BTreeMap<MetricName, Result<Shift, String>>),
    judges: &mut IndexMap<String, JudgeFindings>,
    cost: &mut Cost,
) -> Result<(), AnalysisError> {
    for control in controls {
        let gathered = Gathered::read(&control.suite, &pairs(&control.suite), &control.tables)?;
        let own = gathered.tally.cost(&control.suite);
        cost.known = cost.known.into_iter().chain(own.known).reduce(|sum, more| sum + more);
        for spent in own.judges.values() {
            cost.controls.add(*spent);
            cost.total.add(*spent);
        }
        match control.kind {
            ControlKind::AnchorsOfScores | ControlKind::AnchorsOfPairs => {}
            ControlKind::CanariesOfScores | ControlKind::CanariesOfPairs => {
                let Some(spec) = &suite.canaries else { continue };
                for (metric, found) in canaries(&control.suite, &gathered, alpha, spec.at_most) {
                    judges.get_mut(metric.as_str()).into_iter().for_each(|judge| judge.canaries = Some(found.clone()));
                }
            }
        }
    }
    for (metric, record) in now {
        let found = anchors::findings(record, drifts.get(metric), alpha);
        judges.get_mut(metric.as_str()).into_iter().for_each(|judge| judge.anchors = Some(found.clone()));
    }
    Ok(())
}
