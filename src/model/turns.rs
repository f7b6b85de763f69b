//! Whose turn it is, over time: requests wait here until the schedule lets them go.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep_until};

use super::rate_headers::Rates;
use super::schedule::{Dealt, Fate, Limits, Schedule, Turn, Wish};
use super::{Failure, FailureKind};

type Waiting = oneshot::Sender<Result<Permit, Failure>>;

/// The turns of all models.
#[derive(Debug)]
pub(super) struct Turns {
    schedule: Mutex<Schedule<Waiting>>,
    /// When somebody will look again on his own.
    alarm: Mutex<Option<Instant>>,
}

/// What one model's requests wait in.
#[derive(Debug)]
pub(super) struct Line {
    turns: Arc<Turns>,
    lane: usize,
}

/// The place of a call that was answered, among those that may be in flight. Nobody else gets it until this is dropped, once
/// the answer is safe: so a process that is killed never loses more answers than may be in flight.
#[derive(Debug, Default)]
pub struct Slot(Option<Permit>);

/// A request in flight. Dropping it lets the next one go.
#[derive(Debug)]
pub(super) struct Permit {
    turns: Arc<Turns>,
    turn: Turn,
    fate: Fate,
}

impl Turns {
    /// No models yet, and so many requests in flight over all of them.
    pub(super) fn new(at_once: Option<usize>) -> Arc<Self> {
        Arc::new(Self { schedule: Mutex::new(Schedule::new(at_once)), alarm: Mutex::default() })
    }

    /// One more model, behind a provider.
    pub(super) fn join(self: &Arc<Self>, shown: String, provider: &str, limits: &Limits) -> Line {
        let lane = self.schedule().join(shown, provider, limits);
        Line { turns: Arc::clone(self), lane }
    }

    fn schedule(&self) -> MutexGuard<'_, Schedule<Waiting>> {
        // What a panic leaves half done here are counts, and the run ends with it.
        self.schedule.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives out every turn that can be given now, and sees to it that somebody looks again when more can be.
    fn deal(self: &Arc<Self>) {
        let Dealt { go, away, later } = self.schedule().deal(Instant::now(), oneshot::Sender::is_closed);
        for (turn, waiting) in go {
            let permit = Permit { turns: Arc::clone(self), turn, fate: Fate::unknown() };
            // Who left in this very moment gives the permit back by dropping it.
            drop(waiting.send(Ok(permit)));
        }
        for (failure, waiting) in away {
            drop(waiting.send(Err(failure)));
        }
        let mut alarm = self.alarm.lock().unwrap_or_else(PoisonError::into_inner);
        let sooner = later.filter(|at| alarm.is_none_or(|set| *at < set));
        // Without a runtime nobody waits any more.
        if let (Some(at), Ok(runtime)) = (sooner, Handle::try_current()) {
            *alarm = Some(at);
            runtime.spawn(look_again(Arc::downgrade(self), at));
        }
    }
}

async fn look_again(turns: Weak<Turns>, at: Instant) {
    sleep_until(at).await;
    let Some(turns) = turns.upgrade() else { return };
    turns.alarm.lock().unwrap_or_else(PoisonError::into_inner).take_if(|set| *set <= at);
    turns.deal();
}

impl Line {
    /// Waits for a turn to send a request.
    ///
    /// # Errors
    /// The provider is out for good.
    pub(super) async fn start(&self, wish: Wish) -> Result<Permit, Failure> {
        let (waiting, granted) = oneshot::channel();
        self.turns.schedule().wait(self.lane, wish, waiting);
        self.turns.deal();
        let gone = || Err(Failure::new(FailureKind::Stopped, "not asked, since the run ended"));
        granted.await.unwrap_or_else(|_| gone())
    }

    /// The server asked for a pause: no request of this model starts before it is over.
    pub(super) fn pause(&self, wait: Duration) {
        if let Some(lane) = self.turns.schedule().lane(self.lane) {
            lane.pace.pause(Instant::now() + wait);
        }
    }

    /// The server said what is left of its limits.
    pub(super) fn learn(&self, rates: &Rates) {
        if *rates != Rates::default()
            && let Some(lane) = self.turns.schedule().lane(self.lane)
        {
            lane.pace.learn(rates, Instant::now());
        }
    }

    /// Numbers from here on are this model's.
    pub(super) fn first_number(&self) -> u64 {
        (self.lane as u64) << 40
    }

    /// Why no request of this model is sent any more for its key.
    pub(super) fn closed(&self) -> Option<Failure> {
        self.turns.schedule().lane(self.lane)?.closed()
    }
}

impl Permit {
    /// Whether it tries if its provider is back.
    pub(super) fn tries(&self) -> bool {
        self.turn.tries
    }

    /// What became of the request; told when its place is given up.
    pub(super) fn learn(&mut self, fate: Fate) {
        self.fate = fate;
    }
}

impl Slot {
    /// Holds the permit of a call, where it has one.
    pub(super) fn hold(&mut self, permit: Option<Permit>) {
        self.0 = permit;
    }

    /// Whether there is a place that is held: only a server's answer has one.
    pub fn is_held(&self) -> bool {
        self.0.is_some()
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let fate = std::mem::replace(&mut self.fate, Fate::unknown());
        self.turns.schedule().end(self.turn, fate, Instant::now());
        self.turns.deal();
    }
}

#[cfg(test)]
mod tests {
    use super::super::breaker::Found;
    use super::*;

    fn line(starts_a_minute: Option<u32>) -> Line {
        let limits =
            Limits { at_once: Some(2), starts_a_minute, tokens_a_minute: None, patience: Duration::from_secs(60) };
        Turns::new(None).join("model `m`".to_string(), "https://there", &limits)
    }

    fn wish() -> Wish {
        Wish { request: 1, tokens: 1 }
    }

    fn up() -> Fate {
        Fate { found: Found::Up, overloaded: false, tokens: None, key: Some(Ok(())) }
    }

    #[tokio::test]
    async fn a_turn_comes_when_a_place_is_free_or_when_its_time_has_come() {
        let paced = line(Some(3000));
        let begun = Instant::now();
        for _ in 0..4 {
            paced.start(wish()).await.unwrap().learn(up());
        }
        assert!(begun.elapsed() >= Duration::from_millis(60));
        paced.pause(Duration::from_millis(50));
        let begun = Instant::now();
        drop(paced.start(wish()).await.unwrap());
        assert!(begun.elapsed() >= Duration::from_millis(50));
    }

    #[tokio::test]
    async fn who_leaves_the_line_takes_no_place() {
        let line = line(None);
        let held = [line.start(wish()).await.unwrap(), line.start(wish()).await.unwrap()];
        let left = tokio::time::timeout(Duration::from_millis(5), line.start(wish())).await;
        assert!(left.is_err());
        drop(held);
        let again = [line.start(wish()).await.unwrap(), line.start(wish()).await.unwrap()];
        assert!(tokio::time::timeout(Duration::from_millis(5), line.start(wish())).await.is_err(), "no more than two");
        drop(again);
    }
}
