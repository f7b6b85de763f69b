//! The command line, as clap reads it.

use std::ops::Range;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;

use super::init::Task;
use super::mock;
use crate::mock::FaultShare;

/// Measure prompts against a gold standard, and decide whether a change may ship.
///
/// Exit codes: 0 done or passed, 1 the gate failed, 2 a mistake in the command or the suite (nothing was spent),
/// 3 inconclusive, 4 the measurement is not valid, 130 interrupted.
#[derive(Debug, Parser)]
#[command(name = "karat", version, max_term_width = 100, disable_help_subcommand = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,

    /// Say less: mistakes and the decision only
    #[arg(short, long, global = true)]
    pub quiet: bool,

    /// Say more: every call that failed, and why
    #[arg(short, long, global = true, conflicts_with = "quiet")]
    pub verbose: bool,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Write a new suite that runs at once
    Init(InitArgs),
    /// Check a suite, its dataset, prompts and rubrics; nothing is asked
    #[command(visible_alias = "validate")]
    Check(CheckArgs),
    /// Estimate the calls, tokens and dollars of a run; nothing is asked
    Plan(PlanArgs),
    /// Run, judge, compare and report, and say what the gate would decide
    #[command(visible_alias = "eval")]
    Run(RunArgs),
    /// As `run`, with the decision as the exit code; or decide a stored run
    Gate(GateArgs),
    /// Judge the outputs of a stored run anew, by the suite as it is now; no candidate is asked
    #[command(mut_arg("seed", |arg| arg.hide(true)), mut_arg("repeat", |arg| arg.hide(true)))]
    Judge(JudgeArgs),
    /// Audit the judges: show them changed copies of a stored run's outputs, and canaries; the judges are asked
    #[command(mut_arg("repeat", |arg| arg.hide(true)), mut_arg("limit", |arg| arg.hide(true)), mut_arg("filter", |arg| arg.hide(true)))]
    Audit(AuditArgs),
    /// Show the differences that a stored run found, or those between two stored runs
    Compare(CompareArgs),
    /// Write the reports of a stored run again
    Report(ReportArgs),
    /// Rebuild a stored run from its journal alone, and prove that it comes out the same
    Replay(StoredArgs),
    /// Hold the judges of a stored run against the human labels
    Calibrate(CalibrateArgs),
    /// List and show stored runs, and accept one as the baseline
    #[command(subcommand)]
    Runs(RunsCommand),
    /// Stand in for a model server, for dry runs: made-up replies, with the latency and faults that you name
    Mock(MockArgs),
    /// Show, shrink or empty the cache of replies
    #[command(subcommand)]
    Cache(CacheCommand),
    /// Print the JSON Schema of karat.yaml, for editors
    Schema(SchemaArgs),
    /// List the rubrics that ship (`rubric: builtin:NAME`), or print one
    Rubrics {
        /// The rubric
        name: Option<String>,
    },
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: Shell,
    },
}

/// Which suite, and where variables come from.
#[derive(Debug, Clone, Args)]
pub struct SuiteArgs {
    /// The suite; several may be given, and the worst exit code counts
    #[arg(short, long, value_name = "FILE", env = "KARAT_CONFIG", default_value = "karat.yaml")]
    pub config: Vec<PathBuf>,

    /// Read environment variables from a file; those that are set already stand
    #[arg(long, value_name = "FILE")]
    pub env_file: Option<PathBuf>,
}

/// What to narrow a suite to.
#[derive(Debug, Clone, Default, Args)]
pub struct SelectArgs {
    /// Only the first N cases
    #[arg(long, short = 'n', value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub limit: Option<u64>,

    /// Only N cases, drawn by the seed
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub sample: Option<u64>,

    /// Only cases with this tag, as in topic=safety; several must all hold
    #[arg(long, value_name = "TAG=VALUE")]
    pub filter: Vec<String>,

    /// Only this metric; may be given several times
    #[arg(long, value_name = "NAME")]
    pub metric: Vec<String>,

    /// Only this candidate; may be given several times
    #[arg(long, value_name = "NAME")]
    pub candidate: Vec<String>,

    /// The seed of every random stream, in place of the suite's
    #[arg(long, env = "KARAT_SEED")]
    pub seed: Option<u64>,

    /// Outputs drawn for each case and candidate, in place of the suite's
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000))]
    pub repeat: Option<u32>,
}

/// `karat check`.
#[derive(Debug, Clone, Args)]
pub struct CheckArgs {
    #[command(flatten)]
    pub suite: SuiteArgs,
    #[command(flatten)]
    pub select: SelectArgs,
}

/// `karat plan`.
#[derive(Debug, Clone, Args)]
pub struct PlanArgs {
    #[command(flatten)]
    pub suite: SuiteArgs,
    #[command(flatten)]
    pub select: SelectArgs,
    /// What a run may cost, in US dollars; in place of the suite's `budget`
    #[arg(long, value_name = "USD", env = "KARAT_BUDGET_USD", value_parser = super::budget::usd)]
    pub budget_usd: Option<f64>,

    /// The probability with which a rule of the gate is to pass where it holds
    #[arg(long, value_name = "SHARE", default_value_t = crate::analysis::POWER, value_parser = power)]
    pub power: f64,

    /// The true difference to plan for, positive is better; of win rates, above one half
    #[arg(long, value_name = "DIFFERENCE", allow_negative_numbers = true, value_parser = finite)]
    pub effect: Option<f64>,

    /// The standard deviation of a case, of its difference or score; in place of the latest finished run's
    #[arg(long, value_name = "SD", allow_negative_numbers = true, value_parser = deviation)]
    pub sd: Option<f64>,

    /// Print JSON and nothing else
    #[arg(long)]
    pub json: bool,
}

/// `karat run`.
#[derive(Debug, Clone, Args)]
pub struct RunArgs {
    #[command(flatten)]
    pub suite: SuiteArgs,
    #[command(flatten)]
    pub select: SelectArgs,
    #[command(flatten)]
    pub output: OutputArgs,

    /// At most so many requests in flight, over all models
    #[arg(short = 'j', long, value_name = "N", env = "KARAT_MAX_CONCURRENCY", value_parser = clap::value_parser!(u64).range(1..))]
    pub max_concurrency: Option<u64>,

    /// Ask nothing over the network: recorded and cached replies only
    #[arg(long)]
    pub offline: bool,

    /// Stop before the run costs more, in US dollars; in place of the suite's `budget`
    #[arg(long, value_name = "USD", env = "KARAT_BUDGET_USD", value_parser = super::budget::usd)]
    pub budget_usd: Option<f64>,

    /// Neither read nor write the cache; the journal, and so resuming, stays as it is
    #[arg(long, conflicts_with = "refresh")]
    pub no_cache: bool,

    /// Ask everything anew, and keep the new replies in the cache
    #[arg(long, conflicts_with = "offline")]
    pub refresh: bool,
}

/// Where findings go.
#[derive(Debug, Clone, Default, Args)]
pub struct OutputArgs {
    /// Write a report to this file too; its ending says the format: .html, .md, .json, .xml (JUnit), .txt
    #[arg(short, long, value_name = "FILE")]
    pub output: Vec<PathBuf>,

    /// Print summary.json and nothing else
    #[arg(long)]
    pub json: bool,
}

/// `karat gate`.
#[derive(Debug, Clone, Args)]
pub struct GateArgs {
    /// Decide this stored run instead of making one: an id, the start of one, or `latest`
    #[arg(value_name = "RUN", conflicts_with_all = ["limit", "sample", "filter", "metric", "candidate", "seed", "repeat", "max_concurrency", "no_cache", "refresh"])]
    pub run: Option<String>,
    /// Say how often each rule would pass and fail, were the truth known: on 2,000 runs made of this run's own cases
    #[arg(long)]
    pub self_test: bool,
    #[command(flatten)]
    pub new: RunArgs,
}

/// `karat judge`.
#[derive(Debug, Clone, Args)]
pub struct JudgeArgs {
    /// The run whose outputs are judged: an id, the start of one, or `latest`
    #[arg(value_name = "RUN", default_value = "latest")]
    pub run: String,
    #[command(flatten)]
    pub new: RunArgs,
}

/// `karat audit`.
#[derive(Debug, Clone, Args)]
pub struct AuditArgs {
    /// The run whose outputs the judges are shown: an id, the start of one, or `latest`
    #[arg(value_name = "RUN", default_value = "latest")]
    pub run: String,
    #[command(flatten)]
    pub new: RunArgs,
}

/// A command about a stored run.
#[derive(Debug, Clone, Args)]
pub struct StoredArgs {
    /// The run: an id, the start of one, or `latest`
    #[arg(value_name = "RUN", default_value = "latest")]
    pub run: String,
    #[command(flatten)]
    pub suite: SuiteArgs,
    /// Print JSON and nothing else
    #[arg(long)]
    pub json: bool,
}

/// `karat compare`.
#[derive(Debug, Clone, Args)]
pub struct CompareArgs {
    /// The run: an id, the start of one, or `latest`; of two, the one that the other is held against
    #[arg(value_name = "RUN", default_value = "latest")]
    pub run: String,
    /// The run that is held against it, on the cases that both have
    #[arg(value_name = "OTHER")]
    pub other: Option<String>,
    /// Of two runs: the candidate of OTHER; its gate's by default
    #[arg(long, value_name = "NAME", requires = "other")]
    pub candidate: Option<String>,
    /// Of two runs: the candidate of RUN; the one of the same name by default
    #[arg(long, value_name = "NAME", requires = "other")]
    pub against: Option<String>,
    #[command(flatten)]
    pub suite: SuiteArgs,
    /// Print JSON and nothing else
    #[arg(long)]
    pub json: bool,
}

/// `karat report`.
#[derive(Debug, Clone, Args)]
pub struct ReportArgs {
    /// The run: an id, the start of one, or `latest`
    #[arg(value_name = "RUN", default_value = "latest")]
    pub run: String,
    #[command(flatten)]
    pub suite: SuiteArgs,
    #[command(flatten)]
    pub output: OutputArgs,
    /// Test the gate on runs made of this run's own cases, as `karat gate --self-test` does
    #[arg(long)]
    pub self_test: bool,
}

/// `karat calibrate`.
#[derive(Debug, Clone, Args)]
pub struct CalibrateArgs {
    #[command(flatten)]
    pub stored: StoredArgs,
    /// How many disagreements to list
    #[arg(long, value_name = "N", default_value_t = 10)]
    pub show: usize,
    /// How many unlabelled cases to name that a human should label next
    #[arg(long, value_name = "N", default_value_t = 0, allow_negative_numbers = true)]
    pub next: usize,
    /// How exactly the agreement is to be known: half the width of its interval
    #[arg(long, value_name = "SHARE", default_value_t = 0.05, allow_negative_numbers = true, value_parser = precision)]
    pub precision: f64,
    /// Write it to a file as well: .html, .md, .json or .txt; may be given several times
    #[arg(short, long, value_name = "FILE")]
    pub output: Vec<PathBuf>,
}

fn precision(text: &str) -> Result<f64, String> {
    let wanted = text.parse::<f64>().ok().filter(|share| *share > 0.0 && *share < 1.0);
    wanted.ok_or_else(|| "a number above 0 and below 1, such as 0.05".to_string())
}

/// `karat runs …`.
#[derive(Debug, Subcommand)]
pub enum RunsCommand {
    /// List the stored runs, the newest first
    List {
        #[command(flatten)]
        suite: SuiteArgs,
    },
    /// Show what a run was made of; with --case, the exact requests, replies and verdicts of one case
    Show {
        /// The run: an id, the start of one, or `latest`
        #[arg(value_name = "RUN", default_value = "latest")]
        run: String,
        /// The case
        #[arg(long, value_name = "ID")]
        case: Option<String>,
        #[command(flatten)]
        suite: SuiteArgs,
    },
    /// Say what was asked otherwise in two runs: prompts, rubrics, models, cases
    Diff {
        /// The earlier run: an id, the start of one, or `latest`
        #[arg(value_name = "RUN")]
        before: String,
        /// The later run
        #[arg(value_name = "OTHER", default_value = "latest")]
        after: String,
        #[command(flatten)]
        suite: SuiteArgs,
        /// Print JSON and nothing else
        #[arg(long)]
        json: bool,
    },
    /// Remove old runs with their reports; what is kept has to be said
    Prune(PruneRunsArgs),
    /// Keep a run's scores as what later runs are compared with
    #[command(subcommand)]
    Baseline(BaselineCommand),
}

/// `karat runs prune`.
#[derive(Debug, Clone, Args)]
pub struct PruneRunsArgs {
    #[command(flatten)]
    pub suite: SuiteArgs,
    /// Keep the newest so many
    #[arg(long, value_name = "N")]
    pub keep: Option<u64>,
    /// Keep those that were planned since, as in 90d
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub older_than: Option<Duration>,
    /// Only say which would go
    #[arg(long)]
    pub dry_run: bool,
}

/// `karat runs baseline …`.
#[derive(Debug, Subcommand)]
pub enum BaselineCommand {
    /// Write the scores of a run's candidate to baselines/, to be reviewed and committed
    Accept {
        /// The run: an id, the start of one, or `latest`
        #[arg(value_name = "RUN", default_value = "latest")]
        run: String,
        /// The candidate; the gate's by default
        #[arg(long, value_name = "NAME")]
        candidate: Option<String>,
        #[command(flatten)]
        suite: SuiteArgs,
    },
}

/// `karat cache …`.
#[derive(Debug, Subcommand)]
pub enum CacheCommand {
    /// Show how many replies the cache has, of which models, and how large it is
    Stats {
        #[command(flatten)]
        suite: SuiteArgs,
        /// Print JSON and nothing else
        #[arg(long)]
        json: bool,
    },
    /// Remove what is too old, and what was used longest ago; without a flag, by the limits of the suite
    Prune(PruneArgs),
    /// Remove every reply
    Clear {
        #[command(flatten)]
        suite: SuiteArgs,
    },
}

/// `karat cache prune`.
#[derive(Debug, Clone, Args)]
pub struct PruneArgs {
    #[command(flatten)]
    pub suite: SuiteArgs,
    /// Remove replies that were stored longer ago than this, as in 30d
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub max_age: Option<Duration>,
    /// Remove what was used longest ago until the file is no larger than this, as in 500MB
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub max_size: Option<u64>,
}

fn finite(text: &str) -> Result<f64, &'static str> {
    text.parse().ok().filter(|number: &f64| number.is_finite()).ok_or("a number is wanted, such as `0.2`")
}

fn deviation(text: &str) -> Result<f64, &'static str> {
    finite(text).ok().filter(|sd| *sd > 0.0 && *sd < 1e9).ok_or("a standard deviation is a number above 0")
}

fn power(text: &str) -> Result<f64, &'static str> {
    finite(text).ok().filter(|share| (0.5..1.0).contains(share)).ok_or("a share from 0.5 to below 1, such as `0.8`")
}

fn time(text: &str) -> Result<Duration, &'static str> {
    crate::suite::duration(text).ok_or("a time is written with its unit, such as `12h` or `30d`")
}

fn size(text: &str) -> Result<u64, &'static str> {
    crate::suite::size(text).ok_or("a size is written with its unit, such as `500MB` or `1GB`")
}

/// `karat init`.
#[derive(Debug, Clone, Args)]
pub struct InitArgs {
    /// The folder to write it to
    #[arg(value_name = "FOLDER", default_value = ".")]
    pub folder: PathBuf,

    /// What the suite is about
    #[arg(long, value_enum, default_value_t)]
    pub task: Task,
}

/// `karat mock`.
#[derive(Debug, Clone, Args)]
pub struct MockArgs {
    /// The port on 127.0.0.1; 0 takes a free one
    #[arg(long, default_value_t = 0)]
    pub port: u16,

    /// The median time before an answer, such as 200ms
    #[arg(long, value_name = "TIME", default_value = "0s", value_parser = mock::time)]
    pub latency: Duration,

    /// How far that time varies: the standard deviation of its logarithm
    #[arg(long, value_name = "SIGMA", default_value_t = 0.0, value_parser = mock::sigma)]
    pub latency_sigma: f64,

    /// What replies, latencies and faults are drawn by
    #[arg(long, default_value_t = 0)]
    pub seed: u64,

    /// A fault and its share of the requests, as in 429=0.1; also garbage, hang, hangup, echo; may be given several times
    #[arg(long, value_name = "FAULT=SHARE")]
    pub fault: Vec<FaultShare>,

    /// What a 429 asks to wait
    #[arg(long, value_name = "TIME", default_value = "1s", value_parser = mock::time)]
    pub retry_after: Duration,

    /// Answer 503 for a while, counted from the first request, as in 5s..15s
    #[arg(long, value_name = "FROM..TO", value_parser = mock::outage)]
    pub outage: Option<Range<Duration>>,

    /// The score to give, or the scores to draw from, where the request names no scale
    #[arg(long, value_name = "N or FROM..TO", default_value = "1..5", value_parser = mock::scores)]
    pub score: (i64, i64),

    /// Answer a request that is asked again with another text
    #[arg(long)]
    pub vary: bool,
}

/// `karat schema`.
#[derive(Debug, Clone, Args)]
pub struct SchemaArgs {
    /// The schema of a rubric file instead
    #[arg(long)]
    pub rubric: bool,
}
