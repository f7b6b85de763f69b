//! The command line: one file a command. Only this folder touches the terminal, the environment and the exit code.

mod args;
mod audit;
mod budget;
mod cache;
mod calibrate;
mod check;
mod compare;
mod context;
mod controls;
mod earlier;
mod estimate;
mod exit;
mod failure;
mod form;
mod gate;
mod init;
mod judge;
mod mock;
mod outlook;
mod outputs;
mod plan;
mod progress;
mod prune;
mod rebuilt;
mod replay;
mod rubrics;
mod run;
mod runs;
mod sequential;
mod session;
mod stored;

use std::path::Path;
use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use args::{CacheCommand, Cli, Command, RunsCommand, SuiteArgs};
use context::Context;
use exit::Exit;
use failure::Failure;

/// What commands come to.
type Outcome = Result<Exit, Failure>;

/// Reads the command line, does what it says, and returns the documented exit code.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are no mistakes; a reader that has gone away is none of ours.
            let _ = error.print();
            return if error.use_stderr() { Exit::Usage.into() } else { Exit::Done.into() };
        }
    };
    let context = Context::new(cli.quiet, cli.verbose);
    dispatch(&context, cli.command)
        .unwrap_or_else(|failure| {
            context.fail(&failure);
            failure.exit()
        })
        .into()
}

fn dispatch(context: &Context, command: Command) -> Outcome {
    match command {
        Command::Init(args) => init::init(context, &args),
        Command::Check(args) => for_each_suite(context, &args.suite, |c, file| check::check(c, file, &args.select)),
        Command::Plan(args) => for_each_suite(context, &args.suite, |c, file| plan::plan(c, file, &args)),
        Command::Run(args) => {
            let fit = |c: &Context, file: &Path| session::check(c, file, &args.select, |_| Ok(()));
            for_each_fit_suite(context, &args.suite, fit, |c, file| run::run(c, file, &args))
        }
        Command::Gate(args) => {
            let fit = |c: &Context, file: &Path| gate::check(c, file, &args);
            for_each_fit_suite(context, &args.new.suite, fit, |c, file| gate::gate(c, file, &args))
        }
        Command::Judge(args) => for_each_suite(context, &args.new.suite, |c, file| judge::judge(c, file, &args)),
        Command::Audit(args) => for_each_suite(context, &args.new.suite, |c, file| audit::audit(c, file, &args)),
        Command::Compare(args) => for_each_suite(context, &args.suite, |c, file| compare::compare(c, file, &args)),
        Command::Report(args) => for_each_suite(context, &args.suite, |c, file| stored::report(c, file, &args)),
        Command::Replay(args) => for_each_suite(context, &args.suite, |c, file| replay::replay(c, file, &args)),
        Command::Calibrate(args) => {
            for_each_suite(context, &args.stored.suite, |c, file| calibrate::calibrate(c, file, &args))
        }
        Command::Runs(RunsCommand::List { suite }) => for_each_suite(context, &suite, runs::list),
        Command::Runs(RunsCommand::Show { run, case, suite }) => {
            for_each_suite(context, &suite, |c, file| runs::show(c, file, &run, case.as_deref()))
        }
        Command::Runs(RunsCommand::Diff { before, after, suite, json }) => {
            for_each_suite(context, &suite, |c, file| compare::diff(c, file, (&before, &after), json))
        }
        Command::Runs(RunsCommand::Prune(args)) => {
            for_each_suite(context, &args.suite, |c, file| prune::prune(c, file, &args))
        }
        Command::Runs(RunsCommand::Baseline(args::BaselineCommand::Accept { run, candidate, suite })) => {
            for_each_suite(context, &suite, |c, file| runs::accept(c, file, &run, candidate.as_deref()))
        }
        Command::Mock(args) => mock::mock(context, args),
        Command::Cache(CacheCommand::Stats { suite, json }) => {
            for_each_suite(context, &suite, |c, file| cache::stats(c, file, json))
        }
        Command::Cache(CacheCommand::Prune(args)) => {
            for_each_suite(context, &args.suite, |c, file| cache::prune(c, file, &args))
        }
        Command::Cache(CacheCommand::Clear { suite }) => for_each_suite(context, &suite, cache::clear),
        Command::Schema(args) => {
            let suite = crate::suite::schema::suite();
            context.print(if args.rubric { crate::suite::schema::RUBRIC } else { &suite })?;
            Ok(Exit::Done)
        }
        Command::Rubrics { name } => rubrics::rubrics(context, name.as_deref()),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "karat", &mut script);
            context.print(&String::from_utf8_lossy(&script))?;
            Ok(Exit::Done)
        }
    }
}

/// Does something that costs money for each suite that was named, once all of them are known to be without a mistake.
fn for_each_fit_suite(
    context: &Context,
    suites: &SuiteArgs,
    fit: impl Fn(&Context, &Path) -> Result<(), Failure>,
    each: impl FnMut(&Context, &Path) -> Outcome,
) -> Outcome {
    // Of one alone, nothing is spent before its mistakes are found anyway.
    if suites.config.len() > 1 {
        let found = for_each_suite(context, suites, |context, file| fit(context, file).map(|()| Exit::Done))?;
        if found != Exit::Done {
            return Ok(found);
        }
    }
    for_each_suite(context, suites, each)
}

/// Does something for each suite that was named. One that fails does not keep the others from being done; the worst
/// exit code counts, and an interruption ends it.
fn for_each_suite(context: &Context, suites: &SuiteArgs, mut each: impl FnMut(&Context, &Path) -> Outcome) -> Outcome {
    let context = context.clone().with_env_file(suites.env_file.as_deref())?;
    let mut worst = Exit::Done;
    for file in &suites.config {
        let exit = each(&context, file).unwrap_or_else(|failure| {
            context.fail(&failure);
            failure.exit()
        });
        worst = worst.max(exit);
        if exit == Exit::Interrupted {
            break;
        }
    }
    Ok(worst)
}
