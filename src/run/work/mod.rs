//! One case → what is asked about it, and the events of that in the journal.

mod cascade;
mod output;
mod tournament;
mod verdict;

use output::Source;
pub(super) use output::stored;

use std::collections::HashMap;
use std::sync::Arc;

use futures_util::future::{join_all, join3};

use super::engine::{Engine, Progress};
use super::escalation::{by_output, by_tournament, cascade_of, is_of_tournament};
use super::planned::Planned;
use super::requests;
use crate::dataset::Case;
use crate::judge::Shown;
use crate::model::{Ask, Failed, FailureKind, Finish, Model, Paid, Reply, Request, Slot};
use crate::store::{Event, StoreError};

/// One case, with all that can be made ready before anybody is asked, by whoever reads it and not by those who make calls.
pub(super) struct Work {
    engine: Arc<Engine>,
    index: u64,
    case: Case,
    /// From before an interruption.
    known: HashMap<Ask, (String, Reply)>,
    planned: Planned,
    /// Of each output that is planned.
    sources: Vec<Source>,
}

/// What came of a request.
pub(super) enum Answered {
    Reply(Box<Reply>),
    Failed(Failed),
    /// The run ends, and nothing was asked.
    Stopped,
}

impl Work {
    /// A case at its place in the plan, and what is known of it already.
    pub(super) fn new(engine: &Arc<Engine>, index: u64, case: Case, known: HashMap<Ask, (String, Reply)>) -> Self {
        let planned = engine.plan.planned(&case.id, &engine.models);
        let sources = planned.outputs.iter().map(|ask| Source::of(&engine.plan, &case, ask)).collect();
        Self { engine: Arc::clone(engine), index, case, known, planned, sources }
    }

    pub(super) async fn carry_out(&self) -> Result<(), StoreError> {
        let replies = match (self.planned.outputs.as_slice(), self.sources.as_slice()) {
            // One alone, as most cases have it, is awaited here, and not moved to where `join_all` keeps several.
            ([ask], [source]) => vec![self.output(ask, source).await?],
            (asks, sources) => {
                let asked = asks.iter().zip(sources).map(|(ask, source)| self.output(ask, source));
                join_all(asked).await.into_iter().collect::<Result<_, StoreError>>()?
            }
        };
        if !self.planned.verdicts.is_empty() {
            self.judge(&replies).await?;
        }
        // Of a case that was left when the run was stopped, not all is done.
        if !self.engine.stop.asked() {
            (self.engine.observer)(Progress::Case);
        }
        Ok(())
    }

    /// Asks for all verdicts; `replies` are what became of the planned outputs, in their order.
    async fn judge(&self, replies: &[Option<Reply>]) -> Result<(), StoreError> {
        let Planned { outputs, verdicts } = &self.planned;
        let judged = outputs.iter().zip(replies).filter_map(|(ask, reply)| match (ask, reply) {
            (Ask::Output { candidate, sample, .. }, Some(reply)) if can_be_judged(reply) => {
                Some(((candidate, *sample), reply))
            }
            _ => None,
        });
        let judged: HashMap<_, _> = judged.collect();
        let output = |candidate, sample| judged.get(&(candidate, sample)).map(|reply| Shown::from(*reply));
        let asked = verdicts.iter().filter_map(|ask| {
            let shown = match ask {
                Ask::Output { .. } | Ask::Step { .. } => return None,
                Ask::Score { candidate, sample, .. } => vec![output(candidate, *sample)?],
                Ask::Preference { first, second, sample, .. } => {
                    vec![output(first, *sample)?, output(second, *sample)?]
                }
            };
            Some((ask, shown))
        });
        let suite = &self.engine.plan.suite;
        let (matches, asked): (Vec<_>, Vec<_>) = asked.partition(|(ask, _)| is_of_tournament(suite, ask));
        let tournaments = by_tournament(matches, |(ask, _)| ask).into_iter();
        let tournaments = join_all(tournaments.map(|((metric, sample), of)| self.tournament(metric, sample, of)));
        let (in_turn, at_once): (Vec<_>, Vec<_>) =
            asked.into_iter().partition(|(ask, _)| cascade_of(suite, ask).is_some());
        let at_once = join_all(at_once.into_iter().map(|(ask, shown)| self.verdict(ask, shown)));
        let in_turn = by_output(in_turn, |(ask, _)| ask).into_iter().filter_map(|asks| {
            let cascade = cascade_of(suite, asks.first()?.0)?;
            Some(self.cascade(cascade, asks))
        });
        let (at_once, in_turn, tournaments) = join3(at_once, join_all(in_turn), tournaments).await;
        at_once.into_iter().try_for_each(|done| done.map(drop))?;
        in_turn.into_iter().try_for_each(|done| done.map(drop))?;
        tournaments.into_iter().collect()
    }

    /// Asks the model that answers an ask, unless the journal has the reply to this very request, and journals what comes
    /// of it. `None` where there is no answer.
    pub(super) async fn ask(&self, request: &Request) -> Result<Option<Reply>, StoreError> {
        let Some(model) = self.engine.model(&request.ask) else { return Ok(None) };
        Ok(match self.ask_of(model, request).await? {
            Answered::Reply(reply) => Some(*reply),
            Answered::Failed(_) | Answered::Stopped => None,
        })
    }

    /// The same of a model that is given.
    pub(super) async fn ask_of(&self, model: &Model, request: &Request) -> Result<Answered, StoreError> {
        let digest = requests::digest(model.name(), request);
        if let Some((_, reply)) = self.known.get(&request.ask).filter(|(of, _)| *of == digest) {
            (self.engine.observer)(Progress::Reply { ask: &request.ask, reply, resumed: true });
            return Ok(Answered::Reply(Box::new(reply.clone())));
        }
        if self.engine.stop.asked() {
            return Ok(Answered::Stopped);
        }
        let mut slot = Slot::default();
        let mut answer = model.call(request, &mut slot).await;
        for Paid { model, usage, usd } in model.take_paid() {
            let Engine { journal, observer, .. } = self.engine.as_ref();
            journal.append(&Event::Paid { index: self.index, model, usage, usd })?;
            observer(Progress::Paid { usd });
        }
        if let (Ask::Step { .. }, Ok(reply)) = (&request.ask, &mut answer) {
            // Which model a step asked is known here only, and so is what it cost.
            reply.usd = reply.usd.or_else(|| self.engine.cost(model, reply));
        }
        let Some(event) = self.event(&request.ask, digest, answer) else { return Ok(Answered::Stopped) };
        let journal = &self.engine.journal;
        let queued = journal.queue(std::slice::from_ref(&event))?;
        if slot.is_held() || model.is_program() {
            // Others may have been answered at the same moment, and a `write` takes as long for all as for one.
            tokio::task::yield_now().await;
        }
        journal.write(queued)?;
        // Only now may another call go in its place.
        drop(slot);
        Ok(self.tell(event))
    }

    /// Journals an answer before anything is made of it.
    pub(super) fn keep(
        &self,
        ask: &Ask,
        request: String,
        answer: Result<Reply, Failed>,
    ) -> Result<Option<Reply>, StoreError> {
        let Some(event) = self.event(ask, request, answer) else { return Ok(None) };
        self.engine.journal.append(&event)?;
        Ok(match self.tell(event) {
            Answered::Reply(reply) => Some(*reply),
            Answered::Failed(_) | Answered::Stopped => None,
        })
    }

    /// What is journaled of an answer; nothing of one that was not asked for, since the run was stopped.
    fn event(&self, ask: &Ask, request: String, answer: Result<Reply, Failed>) -> Option<Event> {
        let (index, ask) = (self.index, ask.clone());
        match answer {
            Ok(reply) => Some(Event::Reply { index, ask, request, reply: Box::new(reply) }),
            Err(failed) if failed.last().is_some_and(|last| last.kind == FailureKind::Stopped) => None,
            Err(Failed { failures }) => Some(Event::Failed { index, ask, request, failures }),
        }
    }

    /// Tells what was journaled to whoever looks on.
    fn tell(&self, event: Event) -> Answered {
        let Engine { observer, out, .. } = self.engine.as_ref();
        match event {
            Event::Reply { ask, reply, .. } => {
                observer(Progress::Reply { ask: &ask, reply: &reply, resumed: false });
                Answered::Reply(reply)
            }
            Event::Failed { ask, failures, .. } => {
                if let Some(last) = failures.iter().find(|failure| failure.kind == FailureKind::ProviderOut) {
                    out.get_or_init(|| last.message.clone());
                }
                let failed = Failed { failures };
                observer(Progress::Failed { ask: &ask, failed: &failed });
                Answered::Failed(failed)
            }
            _ => Answered::Stopped,
        }
    }
}

/// An answer that was withheld leaves nothing to judge; any other text is the candidate's own, an empty one too.
pub(super) fn can_be_judged(reply: &Reply) -> bool {
    !(matches!(reply.finish, Finish::Refusal | Finish::ContentFilter) && reply.text.trim().is_empty())
}
