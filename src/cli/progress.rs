//! How a run goes, as a person sees it: a bar with rate, cost and time left on a terminal, plain lines elsewhere.

use std::io::IsTerminal;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::context::{Context, Loudness};
use super::session::Effort;
use crate::dataset::Source;
use crate::model::{Ask, Failure, Money, Reply, usd};
use crate::run::{Plan, Progress};
use crate::suite::Prices;

/// So many failures are named as they come.
const NAMED: u64 = 3;

/// Between two plain lines at least this long.
const BETWEEN_LINES: Duration = Duration::from_secs(10);

/// Shows how a run goes. Shared by all of its tasks.
pub struct Display {
    context: Context,
    bar: ProgressBar,
    plain: bool,
    cases: u64,
    /// Whether any model has a price: else nothing is known of the cost, and nothing is said.
    priced: bool,
    /// Whether a system of the user's own is asked, which may tell its cost.
    told: bool,
    plan: std::sync::Arc<Plan>,
    done: AtomicU64,
    calls: AtomicU64,
    resumed: AtomicU64,
    cached: AtomicU64,
    failed: AtomicU64,
    nanos: AtomicU64,
    last_line: Mutex<Instant>,
}

impl Display {
    /// Tells what is about to happen, and gets ready to show it.
    pub fn new(context: &Context, plan: &std::sync::Arc<Plan>) -> Self {
        let cases = plan.cases.len() as u64;
        let wanted = context.loudness >= Loudness::Normal;
        let terminal = std::io::stderr().is_terminal();
        let target = if wanted && terminal { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(Some(cases), target);
        if let Ok(style) = ProgressStyle::with_template("{bar:24} {pos}/{len} cases  {per_sec}  {msg}  {eta} left") {
            bar.set_style(style);
        }
        announce(context, plan);
        let priced = plan.suite.models.values().any(|model| model.prices.is_some());
        Self {
            context: context.clone(),
            bar,
            plain: wanted && !terminal,
            cases,
            priced,
            told: plan.suite.models.values().any(|model| model.service.is_some()),
            plan: std::sync::Arc::clone(plan),
            done: AtomicU64::new(0),
            calls: AtomicU64::new(0),
            resumed: AtomicU64::new(0),
            cached: AtomicU64::new(0),
            failed: AtomicU64::new(0),
            nanos: AtomicU64::new(0),
            last_line: Mutex::new(Instant::now()),
        }
    }

    /// Hears of one step.
    pub fn step(&self, step: Progress<'_>) {
        match step {
            Progress::Reply { resumed: true, .. } => {
                self.resumed.fetch_add(1, Ordering::Relaxed);
            }
            // What exists already, and the output that steps led to, was asked of nobody.
            Progress::Reply { ask: ask @ Ask::Output { .. }, .. } if self.plan.model_for(ask).is_none() => {}
            Progress::Reply { ask, reply, .. } if reply.cached => {
                self.cached.fetch_add(1, Ordering::Relaxed);
                if self.context.loudness == Loudness::Verbose {
                    self.say(&format!("{ask}: from the cache"));
                }
            }
            Progress::Reply { ask, reply, .. } => {
                self.calls.fetch_add(1 + reply.retried.len() as u64, Ordering::Relaxed);
                let cost = reply.usd.or_else(|| usd(&reply.usage?, &self.prices(ask, reply)?));
                let retried: Money = reply.retried.iter().filter_map(Failure::usd).sum();
                self.nanos.fetch_add((cost.unwrap_or_default() + retried).nanos(), Ordering::Relaxed);
                if self.context.loudness == Loudness::Verbose {
                    for failure in &reply.retried {
                        self.say(&format!("{ask}: {failure}; tried again"));
                    }
                }
            }
            Progress::Failed { ask, failed } => {
                // What exists already, and the output that steps should have led to, was asked of nobody.
                if !matches!(ask, Ask::Output { .. } if self.plan.model_for(ask).is_none()) {
                    self.calls.fetch_add(failed.failures.len() as u64, Ordering::Relaxed);
                    let cost: Money = failed.failures.iter().filter_map(Failure::usd).sum();
                    self.nanos.fetch_add(cost.nanos(), Ordering::Relaxed);
                }
                // The output that a step should have led to comes next, and says what became of the step.
                if matches!(ask, Ask::Step { .. }) {
                    return;
                }
                let before = self.failed.fetch_add(1, Ordering::Relaxed);
                // The first failures are worth a line each; a thousand are not.
                if before < NAMED || self.context.loudness == Loudness::Verbose {
                    self.say(&format!("no answer for {ask}: {failed}"));
                }
            }
            Progress::Paid { usd } => {
                self.calls.fetch_add(1, Ordering::Relaxed);
                self.nanos.fetch_add(usd.map_or(0, Money::nanos), Ordering::Relaxed);
            }
            Progress::Case => {
                let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
                if !self.bar.is_hidden() {
                    self.bar.set_message(self.summary());
                    self.bar.inc(1);
                }
                if self.plain {
                    self.line(done);
                }
            }
        }
    }

    /// Says something without tearing the bar.
    pub fn say(&self, text: &str) {
        let text = crate::report::visible(text);
        self.bar.suspend(|| self.context.note(&text));
    }

    /// Takes the bar away, and says how many failures were not named.
    pub fn finish(&self) {
        self.bar.finish_and_clear();
        let unnamed = self.failed.load(Ordering::Relaxed).saturating_sub(NAMED);
        if unnamed > 0 && self.context.loudness != Loudness::Verbose {
            self.context.note(&format!("and {unnamed} more without an answer; with -v each is named"));
        }
    }

    /// What was asked, what was there already, and what it cost.
    pub fn effort(&self) -> Effort {
        let number = |of: &AtomicU64| of.load(Ordering::Relaxed);
        Effort {
            calls: number(&self.calls),
            resumed: number(&self.resumed),
            cached: number(&self.cached),
            spent_usd: self.spent().map(Money::usd),
            ..Effort::default()
        }
    }

    /// What was spent. Without a price nothing is known of it, but what systems of the user's own tell.
    fn spent(&self) -> Option<Money> {
        let spent = Money::from_nanos(self.nanos.load(Ordering::Relaxed));
        let told = spent > Money::default() || (self.told && self.calls.load(Ordering::Relaxed) == 0);
        (self.priced || told).then_some(spent)
    }

    /// What the model takes that answered an ask.
    fn prices(&self, ask: &Ask, reply: &Reply) -> Option<Prices> {
        let answered = reply.fallback.as_ref().or_else(|| self.plan.model_for(ask))?;
        self.plan.suite.models.get(answered)?.prices
    }

    fn summary(&self) -> String {
        let money = self.spent().map(|spent| spent.to_string());
        let failed = match self.failed.load(Ordering::Relaxed) {
            0 => None,
            failed => Some(format!("{failed} without an answer")),
        };
        let cached = match self.cached.load(Ordering::Relaxed) {
            0 => None,
            cached => Some(format!("{cached} from the cache")),
        };
        money.into_iter().chain(cached).chain(failed).collect::<Vec<_>>().join(", ")
    }

    /// One plain line now and then, for logs.
    fn line(&self, done: u64) {
        let mut last = self.last_line.lock().unwrap_or_else(PoisonError::into_inner);
        if last.elapsed() >= BETWEEN_LINES || done == self.cases {
            *last = Instant::now();
            // It is not shown, and reckons the time that is left.
            self.bar.set_position(done);
            let mut words = vec![format!("{done}/{} cases", self.cases), self.summary()];
            if done < self.cases {
                words.push(format!("about {} s left", self.bar.eta().as_secs()));
            }
            words.retain(|word| !word.is_empty());
            self.context.note(&words.join(", "));
        }
    }
}

/// What is about to be asked.
fn announce(context: &Context, plan: &Plan) {
    let (outputs, verdicts) = plan.asks();
    let names: Vec<&str> = plan.suite.candidates.keys().map(crate::suite::CandidateName::as_str).collect();
    let (name, cases) = (&plan.suite.name, plan.cases.len());
    let asked = match &plan.stored {
        Some(stored) => format!("{verdicts} verdicts to ask for, on the outputs of {}", stored.shown()),
        None => format!("{outputs} outputs and {verdicts} verdicts to ask for"),
    };
    let cases = crate::report::number::counted(cases as u64, "case", "cases");
    let said = format!("{name}: {cases}, {}: {asked}", names.join(", "));
    context.note(&crate::report::visible(&said));
    if let Some(stored) = plan.stored.as_ref().filter(|stored| !stored.is_finished()) {
        let (begun, planned) = stored.begun();
        context.note(&format!(
            "{} was interrupted: of its {planned} cases it began {begun}, and only what it has of these is judged",
            stored.shown()
        ));
    }
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
}
