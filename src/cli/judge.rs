//! `karat judge`: the outputs of a stored run, judged anew by the suite as it is now.

use std::path::Path;
use std::time::Instant;

use super::args::{JudgeArgs, SelectArgs};
use super::context::Context;
use super::failure::Failure;
use super::session::{self, mistake};
use super::{Outcome, outputs, run, stored};
use crate::report::number::counted;
use crate::run::{Plan, StoredOutputs};
use crate::store::{Manifest, RunId, Runs, StoreError};
use crate::suite::load_without_data;

/// Makes a run of its own, as `karat run` does, without asking a candidate. Exits 0, 2, 4 or 130.
///
/// # Errors
/// Mistakes in the files, no such run, or one of another suite; a disk that fails.
pub fn judge(context: &Context, file: &Path, args: &JudgeArgs) -> Outcome {
    outputs::check(&args.new.output)?;
    let begun = Instant::now();
    let lookup = |name: &str| context.variable(name);
    let suite = load_without_data(file, &lookup)?;
    let runs = Runs::of(&suite.root);
    let id = source(&runs, file, &args.run)?;
    let source = StoredOutputs::open(&runs, &id)?;
    let then = source.manifest();
    fixed(&args.new.select, then)?;
    whole(&source)?;
    let options = session::options(&args.new.select, then.suite.seed)?;
    let plan = Plan::of_stored(suite, source, &options, &lookup)?;
    let ran = session::carry_out_plan(context, plan, &args.new, begun)?;
    run::tell(context, ran, &args.new)
}

/// The run that a word means. The latest one is not a run of this command that was interrupted: that is gone on with.
fn source(runs: &Runs, file: &Path, word: &str) -> Result<RunId, StoreError> {
    let mut id = stored::find(runs, file, word)?;
    while word == "latest" && !runs.folder_of(&id).join("summary.json").exists() {
        match Manifest::read(&runs.folder_of(&id))?.source {
            Some(source) => id = RunId(source.run),
            None => break,
        }
    }
    Ok(id)
}

/// A sequential gate ends a run when its scores are good or bad enough, and judges some cases before their turn: what it
/// left undone makes the rest no fair part of the dataset.
fn whole(source: &StoredOutputs) -> Result<(), Failure> {
    let ((begun, planned), run) = (source.begun(), &source.manifest().run);
    if source.manifest().sequence.is_none() || begun >= planned {
        return Ok(());
    }
    let words = format!("run {run} has {begun} of {planned} cases, in the order of a sequential gate");
    Err(mistake(words, "only a run of all cases can be judged anew: make one without `sequential`"))
}

/// What the stored run has decided already cannot be chosen again.
fn fixed(select: &SelectArgs, then: &Manifest) -> Result<(), Failure> {
    let (run, suite) = (&then.run, &then.suite);
    if let Some(seed) = select.seed.filter(|seed| *seed != suite.seed) {
        let words = format!("run {run} was made with the seed {}, and not {seed}", suite.seed);
        return Err(mistake(words, "its outputs are judged under its own seed: leave `--seed` and KARAT_SEED away"));
    }
    if let Some(repeat) = select.repeat.filter(|repeat| *repeat != suite.repeat) {
        let words = format!(
            "run {run} has {} for each case and candidate, and not {repeat}",
            counted(u64::from(suite.repeat), "output", "outputs")
        );
        return Err(mistake(words, "leave `--repeat` away; `repeat` of a metric draws more verdicts on each output"));
    }
    Ok(())
}
