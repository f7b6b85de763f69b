//! A suite file and a command line → a finished run, its findings and its report.

use std::panic::resume_unwind;
use std::path::Path;
use std::sync::Arc;
use std::thread::{JoinHandle, scope};
use std::time::Instant;

use super::args::{RunArgs, SelectArgs};
use super::cache;
use super::context::{Context, Loudness};
use super::exit::Exit;
use super::failure::Failure;
use super::progress::Display;
use super::rebuilt::{Scratch, rebuild};
use super::{budget, controls, earlier, estimate, sequential, stored};
use crate::dataset::{Selection, parse_filter};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::{Flags, MOST_BEHIND, Models, Stop, Why, end_all_programs};
use crate::report::Report;
use crate::run::{
    Controlled, Ended, Execution, Plan, PlanOptions, check_offline, commit_of, execute_with_controls, spent_so_far,
    tabulate, tabulate_controls,
};
use crate::store::{EventIndex, Journal, Run, Runs};
use crate::suite::{Lookup, ModelSpec, Provider, Suite, load};

/// The file of a run's journal.
pub const EVENTS: &str = "events.jsonl";

/// What came of a run.
pub enum Ran {
    /// All that was planned was asked.
    Finished(Box<(Report, Suite)>),
    /// It ended before that, which was said. What was paid for is kept, and the same command goes on from there. Where
    /// the measurement is not valid, there is a report that says why, of what there is.
    Unfinished(Exit, Option<Box<(Report, Suite)>>),
}

/// What a run took, beyond what its journal says.
#[derive(Debug, Clone, Copy, Default)]
pub struct Effort {
    /// Seconds of this command.
    pub seconds: f64,
    /// Calls made, failed attempts included.
    pub calls: u64,
    /// Replies taken from the journal.
    pub resumed: u64,
    /// Replies taken from the cache.
    pub cached: u64,
    /// US dollars of the replies that were asked for; `None` where no model has a price.
    pub spent_usd: Option<f64>,
    /// Recorded rows that nothing asked for.
    pub unasked: u64,
}

/// Reads a suite file, with what the command line changes in it.
///
/// # Errors
/// Every mistake in the files.
pub fn suite(context: &Context, file: &Path, select: &SelectArgs) -> Result<Suite, Failure> {
    let mut suite = load(file, &|name| context.variable(name))?;
    suite.seed = select.seed.unwrap_or(suite.seed);
    suite.repeat = select.repeat.unwrap_or(suite.repeat);
    earlier::check_name(&suite)?;
    Ok(suite)
}

/// What the command line narrows a suite to.
///
/// # Errors
/// Filters that are none.
pub fn options(select: &SelectArgs, seed: u64) -> Result<PlanOptions, Failure> {
    let mut wrong = Diagnostics::default();
    let mut filter = Vec::new();
    for text in &select.filter {
        match parse_filter(text) {
            Ok(pair) => filter.push(pair),
            Err(mistake) => wrong.push(mistake),
        }
    }
    let count = |n: Option<u64>| n.and_then(|n| usize::try_from(n).ok());
    let selection = Selection { limit: count(select.limit), filter, sample: count(select.sample), seed };
    wrong.into_result(())?;
    Ok(PlanOptions { selection, metrics: select.metric.clone(), candidates: select.candidate.clone() })
}

/// Looks for every mistake that can be found in a suite and its dataset without asking anybody.
///
/// # Errors
/// All that is wrong in them.
pub fn check(
    context: &Context,
    file: &Path,
    select: &SelectArgs,
    fit: impl Fn(&Suite) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let suite = suite(context, file, select)?;
    let options = options(select, suite.seed)?;
    let plan = Plan::new(suite, &options, &|name| context.variable(name))?;
    fit(&plan.suite)
}

/// Carries a run out from the suite file to its report, going on with an unfinished run of the same plan if there is one.
/// `fit` looks at the suite as the command line narrowed it, before anything is spent.
///
/// # Errors
/// Mistakes in the files, before anything is spent; a disk that fails, with everything paid for kept.
pub fn carry_out(
    context: &Context,
    file: &Path,
    args: &RunArgs,
    fit: impl Fn(&Suite) -> Result<(), Failure>,
) -> Result<Ran, Failure> {
    let begun = Instant::now();
    let suite = suite(context, file, &args.select)?;
    let lookup = |name: &str| context.variable(name);
    let options = options(&args.select, suite.seed)?;
    let plan = Plan::new(suite, &options, &lookup)?;
    fit(&plan.suite)?;
    carry_out_plan(context, plan, args, begun)
}

/// The same, of a plan that was made since `begun`.
///
/// # Errors
/// As above.
pub fn carry_out_plan(context: &Context, mut plan: Plan, args: &RunArgs, begun: Instant) -> Result<Ran, Failure> {
    let lookup = |name: &str| context.variable(name);
    let runs = Runs::of(&plan.suite.root);
    // To start git takes as long as what comes before the first call.
    let root = plan.suite.root.clone();
    let commit = std::thread::spawn(move || commit_of(&root));
    budget::take_prices_of_begun(&runs, &mut plan)?;
    let stop = Stop::default();
    let budget = budget::of_run(&plan, args.budget_usd, &stop)?;
    let max_concurrency = args.max_concurrency.and_then(|n| usize::try_from(n).ok());
    let cache = cache::of_run(context, &plan.suite, args);
    let (money, stopped) = (budget.clone(), stop.clone());
    let flags = Flags { offline: args.offline, cache: cache.clone(), max_concurrency, budget: money, stop: stopped };
    let models = Arc::new(Models::open(&plan.models(), &plan.suite.root, &lookup, flags.clone())?);
    plan.check(&models)?;
    check_offline(&plan, &models, &runs)?;
    let past_cache = cache::past(context, &plan.suite, args, cache.as_ref());
    let anew = match &past_cache {
        Some(past) => {
            let flags = Flags { cache: Some(Arc::clone(past)), ..flags };
            Arc::new(Models::open(&plan.models(), &plan.suite.root, &lookup, flags)?)
        }
        None => Arc::clone(&models),
    };
    let controls = controls::of_plan(context, &plan, (&models, &anew), &runs, &lookup)?;
    drop(anew);
    let told = context.loudness >= Loudness::Normal;
    let outlook = if told { estimate::of_run(context, &plan, &controls, &models, &runs)? } else { None };
    let (run, journal, recovered) = open(&runs, &plan, commit)?;
    if recovered.lines() > 0 {
        context.note(&format!("going on with run {} where it stopped", run.id));
    }
    if let Some(budget) = &budget {
        budget.count(spent_so_far(&plan, &run.folder.join(EVENTS), &recovered)?);
        budget.count(controls::spent(&controls, &run.folder)?);
    }
    let plan = Arc::new(plan);
    let display = Arc::new(Display::new(context, &plan));
    controls::announced(&controls).iter().for_each(|words| context.note(words));
    if let Some(words) = outlook {
        context.note(&words);
    }
    let journal = Arc::new(journal);
    let execution = Execution {
        plan: Arc::clone(&plan),
        models: Arc::clone(&models),
        journal: Arc::clone(&journal),
        recovered,
        run: run.id.to_string(),
        width: width(&plan, max_concurrency, budget.is_none()),
        decider: plan.cases.sequence().map(|_| sequential::decider(&runs, &run, plan.suite.root.clone())),
    };
    let ended = on_runtime(execution, controls, stop, &display);
    display.finish();
    cache::close(context, cache.as_deref());
    cache::close(context, past_cache.as_deref());
    if let Ended::Unfinished(why) = ended? {
        // Calls that were in flight have cost something since.
        let (words, how) = match (&why, &budget) {
            (Why::BudgetSpent(_), Some(budget)) => (budget.words(), " with a larger budget"),
            (Why::ProgramChanged(_), _) => (why.to_string(), " with the file as it was"),
            _ => (why.to_string(), ""),
        };
        context.warn(&format!(
            "{}; what was answered is kept in run {}, and the same command{how} goes on from there",
            crate::report::visible(&words),
            run.id
        ));
        let exit = Exit::unfinished(&why);
        if exit != Exit::Invalid {
            return Ok(Ran::Unfinished(exit, None));
        }
        let effort = Effort { seconds: begun.elapsed().as_secs_f64(), ..display.effort() };
        let scratch = Scratch::new()?;
        let partial = rebuild(&run.folder, scratch.path())?;
        let known = std::iter::once(words).chain(unbegun(&plan, journal.index()?.cases())).collect();
        let report = stored::report_from(partial, &runs, plan.suite.root.clone(), effort, known)?;
        return Ok(Ran::Unfinished(exit, Some(Box::new((report, plan.suite.clone())))));
    }
    let unasked = models.unasked() as u64;
    scope(|scope| {
        // Programs take a moment to end, and a disk to write.
        let ended = scope.spawn(|| {
            drop(models);
            journal.sync()
        });
        let index = journal.index()?;
        tabulate(&plan.suite, journal.path(), &index, &run.folder)?;
        ended.join().unwrap_or_else(|panic| resume_unwind(panic))
    })?;
    tabulate_controls(&run.folder, &run.folder)?;
    controls::keep_reference(&runs, &run.id, &plan)?;
    let effort = Effort { seconds: begun.elapsed().as_secs_f64(), unasked, ..display.effort() };
    let report = stored::report_of(&runs, &run.id, plan.suite.root.clone(), effort)?;
    stored::write_summary(&run.folder, &report)?;
    Ok(Ran::Finished(Box::new((report, plan.suite.clone()))))
}

/// That of the cases some were not begun, so that what is counted of outputs is not taken for all of them; a sequential gate
/// says so itself.
fn unbegun(plan: &Plan, begun: u64) -> Option<String> {
    let cases = plan.cases.len() as u64;
    let is_part = begun < cases && plan.cases.sequence().is_none();
    is_part.then(|| format!("{begun} of {cases} cases were begun"))
}

/// The models whose replies are recorded. Those behind an address are not set up: their keys may not be here.
///
/// # Errors
/// Files of recorded replies that are absent or broken.
pub fn recorded_models(plan: &Plan, lookup: Lookup<'_>) -> Result<Models, Failure> {
    let recorded = plan.suite.models.iter().filter(|(_, spec)| spec.provider == Provider::Recorded);
    let recorded = recorded.map(|(name, spec)| (name.clone(), spec.clone())).collect();
    let flags = Flags { offline: true, ..Flags::default() };
    Ok(Models::open(&recorded, &plan.suite.root, lookup, flags)?)
}

/// The run to work on: an unfinished one of the same plan, else a new one.
fn open(runs: &Runs, plan: &Plan, commit: JoinHandle<Option<String>>) -> Result<(Run, Journal, EventIndex), Failure> {
    if let Some(id) = runs.unfinished(&plan.digest)? {
        let run = runs.open(&id)?;
        let (journal, recovered) = Journal::reopen(&run.folder.join(EVENTS))?;
        return Ok((run, journal, recovered.index));
    }
    let run = runs.create()?;
    let journal = Journal::create(&run.folder.join(EVENTS))?;
    // The manifest makes it a run: it is written once there is something to go on with.
    let commit = commit.join().unwrap_or_else(|panic| resume_unwind(panic));
    plan.manifest(&run.id, commit).write(&run.folder)?;
    Ok((run, journal, EventIndex::default()))
}

/// Enough cases at a time to keep every model busy, and few enough to keep memory flat. Without a budget programs are asked
/// ahead.
fn width(plan: &Plan, max_concurrency: Option<usize>, ahead: bool) -> usize {
    // A model without a limit finds its own, up to this.
    const DEFAULT: usize = crate::model::MOST_AT_ONCE;
    let of_model = |model: &ModelSpec| {
        let at_once = model.max_concurrency.or(max_concurrency).unwrap_or(DEFAULT);
        // Of a quick program others wait already for each process that is asked.
        if ahead && model.provider == Provider::Command { at_once * (1 + MOST_BEHIND) } else { at_once }
    };
    let of_models = plan.suite.models.values().map(of_model).sum();
    (2 * max_concurrency.unwrap_or(of_models)).clamp(8, 1024)
}

/// Waits for Ctrl-C, or for the wish of a system that ends its jobs; `false` where neither can be heard.
async fn interrupted() -> bool {
    #[cfg(unix)]
    if let Ok(mut ended) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        return tokio::select! {
            heard = tokio::signal::ctrl_c() => heard.is_ok(),
            heard = ended.recv() => heard.is_some(),
        };
    }
    tokio::signal::ctrl_c().await.is_ok()
}

/// Runs the engine, with Ctrl-C heard: once asks it to stop and wait for what is in flight, twice ends at once.
fn on_runtime(
    execution: Execution,
    controls: Vec<Controlled>,
    stop: Stop,
    display: &Arc<Display>,
) -> Result<Ended, Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(callers()).enable_all().build();
    let runtime = runtime.map_err(|source| Failure::Io { action: "start", path: "the engine".to_string(), source })?;
    let observer = {
        let display = Arc::clone(display);
        Arc::new(move |step: crate::run::Progress<'_>| display.step(step))
    };
    let (shown, journal) = (Arc::clone(display), Arc::clone(&execution.journal));
    Ok(runtime.block_on(async move {
        let asked = stop.clone();
        let listener = tokio::spawn(async move {
            if interrupted().await {
                shown.say("stopping: calls in flight are waited for; press Ctrl-C again to end at once");
                asked.ask(Why::Interrupted);
                if interrupted().await {
                    // What was answered is in the journal, or about to be. Programs would not end with this one.
                    let _ = journal.flush();
                    end_all_programs();
                    std::process::exit(i32::from(Exit::Interrupted.code()));
                }
            }
        });
        // Here and not as a task: cases are read and journaled on this thread while others make calls.
        let ended = execute_with_controls(execution, controls, stop, observer).await;
        listener.abort();
        ended
    })?)
}

/// Threads that make calls: half as many as there are processors. Calls wait far more than they compute, and where two
/// threads share a processor with whoever answers, the same calls take more of its time and end no sooner.
fn callers() -> usize {
    std::thread::available_parallelism().map_or(1, |processors| processors.get().div_ceil(2))
}

/// A mistake in what was named on the command line.
pub fn mistake(message: impl Into<String>, hint: impl Into<String>) -> Failure {
    Diagnostic::new(message).hint(hint).into()
}
