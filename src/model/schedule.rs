//! Requests that wait, model by model → which of them go now, with time put in.
//!
//! A request goes when its model has a place and its pace allows it, the provider is up, and there is a place over all
//! models; all that is looked at in one step, so that nothing is held while something else is waited for. Models take
//! turns, and within one model who came first goes first: neither candidates nor judges can starve.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use super::breaker::{Breaker, Found, Leave};
use super::key_check::{KeyCheck, Refusal};
use super::pace::Pace;
use super::window::Window;
use super::{Failure, FailureKind};

/// All models with those who wait for them; `W` is how one who waits is told.
#[derive(Debug)]
pub(super) struct Schedule<W> {
    /// So many may be in flight over all models.
    at_once: usize,
    in_flight: usize,
    lanes: Vec<Lane<W>>,
    /// By scheme, host and port.
    providers: Vec<(String, Breaker)>,
    /// Which lane is looked at next.
    next: usize,
}

/// The limits that one model brings along.
#[derive(Debug)]
pub(super) struct Limits {
    /// In flight at once; `None` to learn it.
    pub at_once: Option<usize>,
    pub starts_a_minute: Option<u32>,
    pub tokens_a_minute: Option<u32>,
    /// How long its provider is waited for while it is down.
    pub patience: Duration,
}

/// One model: who waits, and for what.
#[derive(Debug)]
pub(super) struct Lane<W> {
    /// The model, as messages call it.
    shown: String,
    provider: usize,
    queue: VecDeque<(Wish, W)>,
    in_flight: usize,
    window: Window,
    pub pace: Pace,
    key: KeyCheck,
}

/// A request that is to be sent.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wish {
    /// Its number; the attempts of one request share it.
    pub request: u64,
    /// The tokens that it is thought to take.
    pub tokens: u64,
}

/// A request that may go.
#[derive(Debug, Clone, Copy)]
pub(super) struct Turn {
    lane: usize,
    begun: Instant,
    wish: Wish,
    /// It tries if its provider is back.
    pub tries: bool,
}

/// What became of a request, for those who come after it.
#[derive(Debug)]
pub(super) struct Fate {
    pub found: Found,
    /// The provider has too much to do.
    pub overloaded: bool,
    /// The tokens that it took, where they are known.
    pub tokens: Option<u64>,
    /// Whether the key was taken, or what is against it.
    pub key: Option<Result<(), Refusal>>,
}

/// What one look at everything came to.
#[derive(Debug)]
pub(super) struct Dealt<W> {
    pub go: Vec<(Turn, W)>,
    /// Who need not wait any longer, and why.
    pub away: Vec<(Failure, W)>,
    /// When to look again, where time alone brings another turn.
    pub later: Option<Instant>,
}

impl Fate {
    /// The request was broken off on our side.
    pub(super) fn unknown() -> Self {
        Self { found: Found::Nothing, overloaded: false, tokens: None, key: None }
    }
}

impl<W> Schedule<W> {
    /// No models yet, and so many requests in flight over all of them.
    pub(super) fn new(at_once: Option<usize>) -> Self {
        let at_once = at_once.map_or(usize::MAX, |n| n.max(1));
        Self { at_once, in_flight: 0, lanes: Vec::new(), providers: Vec::new(), next: 0 }
    }

    /// One more model, behind a provider: models that name the same one share its breaker.
    pub(super) fn join(&mut self, shown: String, provider: &str, limits: &Limits) -> usize {
        let known = self.providers.iter().position(|(known, _)| known == provider);
        let provider = known.unwrap_or_else(|| {
            self.providers.push((provider.to_string(), Breaker::new(provider.to_string(), limits.patience)));
            self.providers.len() - 1
        });
        if let Some((_, breaker)) = self.providers.get_mut(provider) {
            breaker.be_patient(limits.patience);
        }
        self.lanes.push(Lane {
            shown,
            provider,
            queue: VecDeque::new(),
            in_flight: 0,
            window: Window::new(limits.at_once),
            pace: Pace::new(limits.starts_a_minute, limits.tokens_a_minute),
            key: KeyCheck::default(),
        });
        self.lanes.len() - 1
    }

    /// A model by its number.
    pub(super) fn lane(&mut self, lane: usize) -> Option<&mut Lane<W>> {
        self.lanes.get_mut(lane)
    }

    /// Somebody wants to send a request.
    pub(super) fn wait(&mut self, lane: usize, wish: Wish, who: W) {
        if let Some(lane) = self.lanes.get_mut(lane) {
            lane.queue.push_back((wish, who));
        }
    }

    /// Gives out every turn that can be given now. `gone` says who has left meanwhile.
    pub(super) fn deal(&mut self, now: Instant, gone: impl Fn(&W) -> bool) -> Dealt<W> {
        let mut dealt = Dealt { go: Vec::new(), away: Vec::new(), later: None };
        let mut idle = 0;
        while idle < self.lanes.len() && self.in_flight < self.at_once {
            let at = self.next % self.lanes.len();
            self.next = at + 1;
            if let Some(lane) = self.lanes.get_mut(at) {
                while lane.queue.front().is_some_and(|(_, who)| gone(who)) {
                    lane.queue.pop_front();
                }
            }
            match self.look(at, now) {
                Look::Go(turn, who) => {
                    idle = 0;
                    dealt.go.push((turn, who));
                }
                Look::Wait(until) => {
                    idle += 1;
                    dealt.later = dealt.later.into_iter().chain(until).min();
                }
                Look::Never(failure) => {
                    idle += 1;
                    let waiting = self.lanes.get_mut(at).map(|lane| std::mem::take(&mut lane.queue));
                    dealt.away.extend(waiting.into_iter().flatten().map(|(_, who)| (failure.clone(), who)));
                }
            }
        }
        dealt
    }

    /// Whether the first one in a lane may go, and if so counts it in.
    fn look(&mut self, at: usize, now: Instant) -> Look<W> {
        let Some(lane) = self.lanes.get_mut(at) else { return Look::Wait(None) };
        let Some((_, breaker)) = self.providers.get_mut(lane.provider) else { return Look::Wait(None) };
        if lane.queue.is_empty() {
            return Look::Wait(None);
        }
        if let Some(failure) = lane.closed() {
            return Look::Never(failure);
        }
        if lane.in_flight >= lane.window.size() {
            return Look::Wait(None);
        }
        if let Err(until) = lane.key.ask(lane.in_flight, now).and_then(|()| lane.pace.ask(now)) {
            return Look::Wait(Some(until));
        }
        let tries = match breaker.ask(now) {
            Leave::Go => false,
            Leave::Try => true,
            Leave::Wait(until) => return Look::Wait(until),
            Leave::Never(why) => return Look::Never(Failure::new(FailureKind::ProviderOut, why)),
        };
        let Some((wish, who)) = lane.queue.pop_front() else { return Look::Wait(None) };
        lane.key.send(now);
        lane.pace.start(wish.tokens, now);
        lane.in_flight += 1;
        self.in_flight += 1;
        Look::Go(Turn { lane: at, begun: now, wish, tries }, who)
    }

    /// A request that went has come to its end.
    pub(super) fn end(&mut self, turn: Turn, fate: Fate, now: Instant) {
        self.in_flight = self.in_flight.saturating_sub(1);
        let Some(lane) = self.lanes.get_mut(turn.lane) else { return };
        match &fate {
            Fate { overloaded: true, .. } => lane.window.shrink(turn.begun, now),
            Fate { key: Some(Ok(())), .. } => lane.window.grow(lane.in_flight),
            _ => {}
        }
        lane.in_flight = lane.in_flight.saturating_sub(1);
        if let Some(took) = fate.tokens {
            lane.pace.settle(turn.wish.tokens, took, now);
        }
        match &fate.key {
            Some(Ok(())) => lane.key.take(),
            Some(Err(refusal)) => lane.key.refuse(refusal),
            None => {}
        }
        if let Some((_, breaker)) = self.providers.get_mut(lane.provider) {
            breaker.hear(fate.found, turn.wish.request, turn.tries, now);
        }
    }
}

/// What looking at a lane came to.
enum Look<W> {
    Go(Turn, W),
    /// Until then, or until something happens.
    Wait(Option<Instant>),
    Never(Failure),
}

impl<W> Lane<W> {
    /// Why no request of this model is sent any more for its key.
    pub(super) fn closed(&self) -> Option<Failure> {
        let words = |why| format!("{} cannot be asked: {why}", self.shown);
        self.key.refused().map(|why| Failure::new(FailureKind::ProviderOut, words(why)))
    }
}

#[cfg(test)]
mod tests;
