//! `karat plan`: what a run will take, and what its gate can decide, before it is made.

use std::path::Path;

use super::args::PlanArgs;
use super::context::Context;
use super::exit::Exit;
use super::{Outcome, budget, cache, estimate, outlook, session};
use crate::model::{Flags, Models};
use crate::report::{RenderError, estimate as report};
use crate::run::{Plan, calls_spared};
use crate::store::Runs;

/// Prints calls, tokens and money by candidate and by judge, and the power of the gate's rules. Asks nothing, needs no key, and writes nothing.
///
/// # Errors
/// Every mistake in the files.
pub fn plan(context: &Context, file: &Path, args: &PlanArgs) -> Outcome {
    let suite = session::suite(context, file, &args.select)?;
    let lookup = |name: &str| context.variable(name);
    let options = session::options(&args.select, suite.seed)?;
    let mut plan = Plan::new(suite, &options, &lookup)?;
    let models = session::recorded_models(&plan, &lookup)?;
    plan.check(&models)?;
    let runs = Runs::of(&plan.suite.root);
    budget::take_prices_of_begun(&runs, &mut plan)?;
    let unfinished = runs.unfinished(&plan.digest)?.map(|id| id.to_string());
    let spared = match cache::as_it_is(&plan.suite) {
        Some(cache) => {
            let flags = Flags { offline: true, cache: Some(cache), ..Flags::default() };
            Some(calls_spared(&plan, &Models::open(&plan.models(), &plan.suite.root, &lookup, flags)?)?)
        }
        None => None,
    };
    let estimate = estimate::of_plan(&plan, &models, &runs, &lookup)?;
    let foreseen = outlook::of_plan(&plan, &runs, args)?;
    let forecast = report::Forecast {
        suite: &plan.suite,
        estimate: &estimate,
        budget: budget::cap(&plan.suite, args.budget_usd),
        foreseen: foreseen.as_ref(),
        unfinished: unfinished.as_deref(),
        spared,
    };
    if args.json {
        context.print(&report::json(&forecast).map_err(RenderError::from)?)?;
    } else {
        context.print(&report::terminal(&forecast, context.columns(), context.colour_on_stdout()))?;
    }
    Ok(Exit::Done)
}
