//! A plan → calls → events in the journal.
//!
//! Cases are worked on side by side and started in plan order, batch after batch where a decider may end the run between
//! two. Within a case all outputs are asked for at once, and
//! every verdict as soon as the outputs it is about are there. What the journal holds already is not asked again: it is
//! read when its case is started, so that only the cases in work are in memory.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use tokio::task::JoinSet;

use super::Plan;
use super::cases::PlacedCases;
use super::feed::Feed;
use super::lending::Lending;
use super::work::Work;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::{Ask, Failed, Model, Models, Money, Reply, Stop, Why};
use crate::store::{EVENTS_FORMAT, Event, EventIndex, Events, Journal, StoreError};

/// What a run needs to be carried out.
pub struct Execution {
    /// What to ask.
    pub plan: Arc<Plan>,
    /// Whom to ask.
    pub models: Arc<Models>,
    /// Where what happens is written.
    pub journal: Arc<Journal>,
    /// What the journal held when it was opened; empty for a new run.
    pub recovered: EventIndex,
    /// The name of the run.
    pub run: String,
    /// How many cases are worked on at a time.
    pub width: usize,
    /// Who says after each batch whether all is decided, for a plan that has several.
    pub decider: Option<Arc<Decider>>,
}

/// Looks at what a run has, and says whether that is enough.
pub type Decider = dyn Fn() -> Result<bool, LookError> + Send + Sync;

/// Why nobody could look.
pub type LookError = Box<dyn std::error::Error + Send + Sync>;

/// One step of a run, for whoever shows how it goes.
#[derive(Debug, Clone, Copy)]
pub enum Progress<'a> {
    /// A model answered.
    Reply { ask: &'a Ask, reply: &'a Reply, resumed: bool },
    /// No answer could be had.
    Failed { ask: &'a Ask, failed: &'a Failed },
    /// Something was paid that belongs to no output.
    Paid { usd: Option<Money> },
    /// All of a case is done.
    Case,
}

/// Who is told of each step.
pub type Observer = dyn Fn(Progress<'_>) + Send + Sync;

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ended {
    /// Everything that was planned has been asked, or as much of it as it took to decide.
    Finished,
    /// Not all of it, and why; the same command goes on from there.
    Unfinished(Why),
}

/// Why a run could not come to its end. What was answered is in the journal.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The journal could not be written or read: a full disk, a read-only folder.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The dataset is not what it was when the run was planned.
    #[error(transparent)]
    Cases(Diagnostics),
    /// What the run has so far could not be looked at.
    #[error("what was judged so far cannot be looked at: {0}")]
    Look(LookError),
}

/// Asks everything that is planned and not in the journal yet, and says how the run ended. The journal of one that goes
/// on later is forced to the disk; that of a finished one is left to whoever makes tables of it, to be done meanwhile.
///
/// # Errors
/// Nothing is asked any more after one.
pub async fn execute(execution: Execution, stop: Stop, observer: Arc<Observer>) -> Result<Ended, RunError> {
    let Execution { plan, models, journal, recovered, run, width, decider } = execution;
    if recovered.lines() == 0 {
        journal.append(&Event::Started { format: EVENTS_FORMAT, run, plan: plan.digest.clone(), at: now() })?;
    } else {
        journal.append(&Event::Resumed { at: now() })?;
    }
    let begun = recovered.cases();
    let mut before = Events::open(journal.path(), &recovered)?;
    let engine = Arc::new(Engine { plan, models, journal, stop, observer, out: OnceLock::new() });
    let (mut changed, batches) = (None, engine.plan.cases.batches());
    for batch in 0..batches {
        changed = engine.carry_out(batch, &mut before, width).await?;
        let end = engine.plan.cases.end_of(batch);
        if changed.is_some() || engine.is_stopped() || batch + 1 == batches {
            break;
        }
        // What an interrupted run had begun beyond a look is brought to an end: it was not enough then.
        if begun <= end && enough(decider.clone()).await? {
            break;
        }
    }
    let out = || engine.out.get().cloned().map(Why::ProviderOut);
    let ended = engine.stop.why().or_else(out).map_or(Ended::Finished, Ended::Unfinished);
    if changed.is_none() && ended == Ended::Finished {
        engine.journal.append(&Event::Finished { at: now() })?;
    }
    if changed.is_some() || ended != Ended::Finished {
        engine.journal.sync()?;
    }
    changed.map_or(Ok(ended), |why| Err(RunError::Cases(why.into())))
}

/// Asks the decider, where there is one, away from the tasks that wait for the network.
async fn enough(decider: Option<Arc<Decider>>) -> Result<bool, RunError> {
    let Some(decider) = decider else { return Ok(false) };
    let looked = tokio::task::spawn_blocking(move || decider()).await;
    looked.map_err(|error| RunError::Look(error.into()))?.map_err(RunError::Look)
}

/// Milliseconds since the Unix epoch.
fn now() -> i64 {
    jiff::Timestamp::now().as_millisecond()
}

/// A case's replies of before an interruption, each with the digest of the request that it answers.
pub(super) fn replies(events: Vec<Event>) -> HashMap<Ask, (String, Reply)> {
    let reply = |event| match event {
        Event::Reply { ask, request, reply, .. } => Some((ask, (request, *reply))),
        _ => None,
    };
    events.into_iter().filter_map(reply).collect()
}

/// The end of a task: its own error, or a panic of ours, which is passed on.
fn settle(joined: Option<Result<Result<(), StoreError>, tokio::task::JoinError>>) -> Result<(), StoreError> {
    match joined {
        Some(Ok(done)) => done,
        Some(Err(error)) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        Some(Err(_)) | None => Ok(()),
    }
}

/// Works on one case after another, as long as there are any.
async fn work_off(feed: Arc<Feed<Work>>) -> Result<(), StoreError> {
    while let Some(work) = feed.next().await {
        work.carry_out().await?;
    }
    Ok(())
}

pub(super) struct Engine {
    pub(super) plan: Arc<Plan>,
    pub(super) models: Arc<Models>,
    pub(super) journal: Arc<Journal>,
    pub(super) stop: Stop,
    pub(super) observer: Arc<Observer>,
    /// What the first ask was told that found its provider out: then the run is not finished.
    pub(super) out: OnceLock<String>,
}

/// Why no more cases of a batch are begun.
enum End {
    All,
    /// The dataset is not what it was.
    Changed(Diagnostic),
}

impl Engine {
    /// Works on the cases of a batch, as many at a time as are wanted, until all are done. Gives the reason where the
    /// dataset is not what it was.
    async fn carry_out(
        self: &Arc<Self>,
        batch: usize,
        before: &mut Events<&EventIndex>,
        width: usize,
    ) -> Result<Option<Diagnostic>, RunError> {
        let width = width.max(1);
        // To be woken for each case alone can cost more than the case does.
        let some = (width / 4).max(1);
        let (feed, mut hands) = (Arc::new(Feed::new(some / 2)), JoinSet::new());
        let mut cases = self.plan.cases.batch(batch).map_err(RunError::Cases)?;
        let (mut end, mut room, mut lending) = (None, width, Lending::default());
        while end.is_none() && !self.stop.asked() {
            let works = self.begin(&mut cases, &mut end, before, room)?;
            for _ in hands.len()..width.min(hands.len() + works.len()) {
                hands.spawn(work_off(Arc::clone(&feed)));
            }
            feed.put(works);
            room = some;
            lending.lend(&feed, |work| async move { work.carry_out().await }, &mut hands)?;
            tokio::select! {
                () = feed.low() => {}
                done = hands.join_next() => settle(done)?,
            }
        }
        feed.close();
        // What is in flight is paid for, so it is waited for whatever became of the dataset.
        while let Some(done) = hands.join_next().await {
            settle(Some(done))?;
        }
        Ok(end.and_then(|end| match end {
            End::All => None,
            End::Changed(why) => Some(why),
        }))
    }

    /// Begins up to so many cases: they are journaled, all at once, before anything is asked about them. Gives their
    /// work, and the `end` where there are no more.
    fn begin(
        self: &Arc<Self>,
        cases: &mut PlacedCases<'_>,
        end: &mut Option<End>,
        before: &mut Events<&EventIndex>,
        room: usize,
    ) -> Result<Vec<Work>, StoreError> {
        let (mut works, mut fresh) = (Vec::with_capacity(room), Vec::with_capacity(room));
        while works.len() < room {
            let (index, case) = match cases.next() {
                Some(Ok(case)) => case,
                Some(Err(why)) => {
                    *end = Some(End::Changed(why));
                    break;
                }
                None => {
                    *end = Some(End::All);
                    break;
                }
            };
            let mut events = before.of(index)?;
            if !events.iter().any(|event| matches!(event, Event::Case { .. })) {
                fresh.push(Event::Case { index, case: Box::new(case.clone()) });
            }
            // What a stored run has of the case becomes this run's own, so that its journal stands alone.
            let mut stored = self.plan.stored_outputs(index)?;
            stored.retain(|event| !events.iter().any(|known| known.ask() == event.ask()));
            fresh.extend(stored.iter().cloned());
            events.extend(stored);
            works.push(Work::new(self, index, case, replies(events)));
        }
        self.journal.append_all(&fresh)?;
        Ok(works)
    }

    /// Whether no more is asked: somebody wants the run to end, or a provider is out.
    fn is_stopped(&self) -> bool {
        self.stop.asked() || self.out.get().is_some()
    }

    /// The model that answers an ask.
    pub(super) fn model(&self, ask: &Ask) -> Option<&Arc<Model>> {
        self.models.get(self.plan.model_for(ask)?)
    }

    /// What a reply cost, whoever stood in for the model that was asked.
    pub(super) fn cost(&self, asked: &Model, reply: &Reply) -> Option<Money> {
        let answered = reply.fallback.as_ref().and_then(|name| self.models.get(name)).map_or(asked, |model| model);
        answered.cost(reply)
    }

    /// A recorded judge can mend its reply only where that was recorded too.
    pub(super) fn can_answer(&self, ask: &Ask) -> bool {
        self.model(ask).is_some_and(|model| model.recorded().is_none_or(|recorded| recorded.has(ask)))
    }
}
