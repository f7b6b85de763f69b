//! `karat compare`: the differences that a stored run found.

use std::path::Path;

use super::args::StoredArgs;
use super::context::Context;
use super::exit::Exit;
use super::session::Effort;
use super::{Outcome, stored};
use crate::report::{RenderError, comparison};
use crate::store::Runs;

/// Shows every comparison of a run, slices and all.
///
/// # Errors
/// No such run, or one that cannot be read.
pub fn compare(context: &Context, file: &Path, args: &StoredArgs) -> Outcome {
    let root = stored::root_of(file);
    let runs = Runs::of(&root);
    let id = stored::find(&runs, file, &args.run)?;
    let report = stored::report_of(&runs, &id, root, Effort::default())?;
    if args.json {
        let mut text = serde_json::to_string_pretty(&report.analysis.comparisons).map_err(RenderError::from)?;
        text.push('\n');
        context.print(&text)?;
    } else {
        context.print(&comparison::render(&report, context.columns(), context.colour_on_stdout()))?;
    }
    Ok(Exit::Done)
}
