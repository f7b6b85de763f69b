//! `karat gate`: as `run`, with the decision as the exit code; or decides a stored run.

use std::path::Path;

use super::args::GateArgs;
use super::context::Context;
use super::exit::Exit;
use super::failure::Failure;
use super::session::{self, Effort, mistake};
use super::{Outcome, earlier, outputs, stored};
use crate::report::Report;
use crate::store::{Manifest, RunId, Runs};
use crate::suite::Suite;

/// Exits with the decision.
///
/// # Errors
/// Mistakes in the files, a suite without a gate among them; a disk that fails.
pub fn gate(context: &Context, file: &Path, args: &GateArgs) -> Outcome {
    outputs::check(&args.new.output)?;
    if let Some(word) = &args.run {
        let root = stored::root_of(file);
        let runs = Runs::of(&root);
        let id = stored::find(&runs, file, word)?;
        let suite = Manifest::read(&runs.folder_of(&id))?.suite;
        if suite.gate.is_none() {
            return Err(mistake(
                format!("run {id} was made without a gate to decide by"),
                "its suite had none, or --metric or --candidate left out what a rule needs: `karat judge` or `karat gate` \
                 without them decides",
            ));
        }
        if args.self_test {
            stored::can_be_tested(&suite)?;
        }
        let mut report = stored::report_of(&runs, &id, root.clone(), Effort::default())?;
        if args.self_test {
            report.self_test = stored::self_test_of(&runs, &id, root.clone())?;
        }
        outputs::publish(context, &root, &report, &args.new.output, true)?;
        return Ok(exit(&suite, &report));
    }
    match session::carry_out(context, file, &args.new, |suite| fit_for(suite, args))? {
        session::Ran::Unfinished(exit, partial) => {
            if let Some(partial) = partial {
                let (report, suite) = *partial;
                outputs::publish(context, &suite.root, &report, &args.new.output, true)?;
            }
            Ok(exit)
        }
        session::Ran::Finished(finished) => {
            let (mut report, suite) = *finished;
            if args.self_test {
                let id = RunId(report.meta.run.clone());
                report.self_test = stored::self_test_of(&Runs::of(&suite.root), &id, suite.root.clone())?;
            }
            outputs::publish(context, &suite.root, &report, &args.new.output, true)?;
            Ok(exit(&suite, &report))
        }
    }
}

/// Whether a suite can be decided by, before anything is spent on it or on another one.
///
/// # Errors
/// Mistakes in the files, a suite without a gate among them.
pub fn check(context: &Context, file: &Path, args: &GateArgs) -> Result<(), Failure> {
    match args.run {
        Some(_) => Ok(()),
        None => session::check(context, file, &args.new.select, |suite| fit_for(suite, args)),
    }
}

/// Whether a suite can be decided by, and its gate tested where that is wanted.
fn fit_for(suite: &Suite, args: &GateArgs) -> Result<(), Failure> {
    let is_whole = args.new.select.metric.is_empty() && args.new.select.candidate.is_empty();
    fit(suite, is_whole)?;
    if args.self_test { stored::can_be_tested(suite) } else { Ok(()) }
}

/// A suite that decides nothing, or holds its candidate against nothing, cannot be a gate.
fn fit(suite: &Suite, is_whole: bool) -> Result<(), Failure> {
    with_gate(suite, is_whole)?;
    match earlier::baseline_lacks(&Runs::of(&suite.root), suite) {
        Some(why) => Err(mistake(why, "`karat run` measures without it")),
        None => Ok(()),
    }
}

fn with_gate(suite: &Suite, is_whole: bool) -> Result<(), Failure> {
    match suite.gate {
        Some(_) => Ok(()),
        None => Err(mistake(
            format!("{} has no gate to decide by", suite.file),
            match is_whole {
                true => "add `gate:` with rules; `karat run` measures without one",
                false => {
                    "leave --metric and --candidate away, or add `gate:` with rules; `karat run` measures without one"
                }
            },
        )),
    }
}

fn exit(suite: &Suite, report: &Report) -> Exit {
    match (&suite.gate, &report.decision) {
        (Some(gate), Some(decision)) => Exit::of(decision.decision, gate.on_inconclusive),
        // Nothing was decided, and that is never green.
        _ => Exit::Invalid,
    }
}
