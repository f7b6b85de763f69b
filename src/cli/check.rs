//! `karat check`: everything that can be known to be wrong before anything is spent.

use std::path::Path;

use super::Outcome;
use super::args::SelectArgs;
use super::context::Context;
use super::exit::Exit;
use super::failure::Failure;
use super::{budget, controls, earlier, session};
use crate::model::{Flags, Models, Stop};
use crate::report::number::counted;
use crate::run::{Control, Plan};
use crate::store::Runs;
use crate::suite::{Lookup, Provider};

/// Checks the suite, its rubrics and prompts, the dataset, and that every recorded reply is there. Asks nothing, and
/// needs no key.
///
/// # Errors
/// Every mistake.
pub fn check(context: &Context, file: &Path, select: &SelectArgs) -> Outcome {
    let suite = session::suite(context, file, select)?;
    let lookup = |name: &str| context.variable(name);
    let options = session::options(select, suite.seed)?;
    let plan = Plan::new(suite, &options, &lookup)?;
    let recorded = session::recorded_models(&plan, &lookup)?;
    plan.check(&recorded)?;
    for control in Control::all(&plan, &lookup)? {
        controls::check(&control, &recorded)?;
    }
    budget::of_run(&plan, None, &Stop::default())?;
    let suite = &plan.suite;
    let of = |n: usize, one, many| counted(n as u64, one, many);
    let absent = absent_programs(&plan, &lookup)?;
    let found = match (absent.is_empty(), plan.notes.is_empty()) {
        (true, true) => "nothing wrong found",
        (true, false) => "nothing found that would stop a run; see below",
        (false, _) => "nothing wrong found in it, but a run would stop on this machine; see below",
    };
    context.note(&format!(
        "{}: {found}. {}, {}, {}{}",
        file.display(),
        counted(plan.cases.len() as u64, "case", "cases"),
        of(suite.candidates.len(), "candidate", "candidates"),
        of(suite.metrics.len(), "metric", "metrics"),
        suite
            .gate
            .as_ref()
            .map_or_else(String::new, |gate| format!(", a gate with {}", of(gate.rules.len(), "rule", "rules")))
    ));
    for (ours, theirs) in &plan.mapped {
        context.note(&crate::report::visible(&format!("the dataset's `{theirs}` is read as `{ours}`")));
    }
    for note in &plan.notes {
        context.note(&crate::report::visible(note));
    }
    if !plan.ignored.is_empty() {
        context
            .note(&crate::report::visible(&format!("nothing is read from the dataset's {}", plan.ignored.join(", "))));
    }
    // Not a mistake: they may be here where the suite is run, as keys are.
    for why in absent {
        context.note(&format!("{}; a run would stop there", crate::report::visible(&why)));
    }
    // Not a mistake: the run that will be accepted may not have been made yet.
    if let Some(why) = earlier::baseline_lacks(&Runs::of(&suite.root), suite) {
        context.note(&why);
    }
    Ok(Exit::Done)
}

/// What the programs lack that candidates and checks are to start.
fn absent_programs(plan: &Plan, lookup: Lookup<'_>) -> Result<Vec<String>, Failure> {
    let programs = plan.models().into_iter().filter(|(_, spec)| spec.provider == Provider::Command).collect();
    let programs = Models::open(&programs, &plan.suite.root, lookup, Flags::default())?;
    Ok(programs.iter().filter_map(|program| Some(program.ready().err()?.message.clone())).collect())
}
