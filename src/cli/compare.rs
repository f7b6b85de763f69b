//! `karat compare`, `karat runs diff`: the differences that a stored run found, or those between two stored runs.

use std::path::Path;

use super::args::CompareArgs;
use super::context::Context;
use super::exit::Exit;
use super::session::{Effort, mistake};
use super::stored::Between;
use super::{Outcome, stored};
use crate::report::{RenderError, Report, comparison, difference};
use crate::store::{Manifest, RunId, Runs};
use crate::suite::CandidateName;

/// Shows every comparison of a run, slices and all; or one candidate of a run against one of another.
///
/// # Errors
/// No such run, or one that cannot be read.
pub fn compare(context: &Context, file: &Path, args: &CompareArgs) -> Outcome {
    let root = stored::root_of(file);
    let runs = Runs::of(&root);
    let id = stored::find(&runs, file, &args.run)?;
    let Some(other) = &args.other else {
        let report = stored::report_of(&runs, &id, root, Effort::default())?;
        show(context, &report, args.json)?;
        return Ok(Exit::Done);
    };
    let other = stored::find(&runs, file, other)?;
    let name = |name: &Option<String>| name.as_deref().map(CandidateName::from);
    let Between { report, overlap } =
        stored::between(&runs, (&id, name(&args.against).as_ref()), (&other, name(&args.candidate).as_ref()), root)?;
    for problem in &overlap.problems {
        context.note(problem);
    }
    if report.analysis.comparisons.iter().all(|comparison| comparison.n == 0) {
        context.warn(&format!("runs {id} and {other} have nothing in common that could be compared"));
        return Ok(Exit::Invalid);
    }
    show(context, &report, args.json)?;
    Ok(Exit::Done)
}

fn show(context: &Context, report: &Report, as_json: bool) -> Result<(), super::Failure> {
    if as_json {
        let mut text = serde_json::to_string_pretty(&report.analysis.comparisons).map_err(RenderError::from)?;
        text.push('\n');
        context.print(&text)
    } else {
        context.print(&comparison::render(report, context.columns(), context.colour_on_stdout()))
    }
}

/// Says what was asked otherwise in the later of two runs.
///
/// # Errors
/// No such run, the same run twice, or one that cannot be read.
pub fn diff(context: &Context, file: &Path, (before, after): (&str, &str), as_json: bool) -> Outcome {
    let runs = Runs::of(&stored::root_of(file));
    let manifest = |word: &str| -> Result<(RunId, Manifest), super::Failure> {
        let id = stored::find(&runs, file, word)?;
        let manifest = Manifest::read(&runs.folder_of(&id))?;
        Ok((id, manifest))
    };
    let ((before, one), (after, other)) = (manifest(before)?, manifest(after)?);
    if before == after {
        return Err(mistake(
            format!("{before} is the same run as {after}"),
            "name two runs; `karat runs list` has them",
        ));
    }
    if as_json {
        let mut text = serde_json::to_string_pretty(&difference::json(&one, &other)).map_err(RenderError::from)?;
        text.push('\n');
        context.print(&text)?;
    } else {
        context.print(&difference::render(&one, &other))?;
    }
    Ok(Exit::Done)
}
