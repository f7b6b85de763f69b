//! When a request may start: so many in flight a model and over all models, so many starts a minute.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep_until};

/// In flight at once where neither the suite nor the command line says.
const DEFAULT_CONCURRENCY: usize = 16;

/// The limits of one model.
#[derive(Debug)]
pub(super) struct Limits {
    own: Arc<Semaphore>,
    all: Option<Arc<Semaphore>>,
    pace: Mutex<Pace>,
}

/// A request in flight; dropping it lets the next one start.
#[derive(Debug)]
pub(super) struct Permit {
    _own: Option<OwnedSemaphorePermit>,
    _all: Option<OwnedSemaphorePermit>,
}

impl Limits {
    /// `all` is shared by every model and holds `over_all` permits. A model without a limit of its own gets
    /// `over_all`, or 16 where that is not given either.
    pub(super) fn new(
        own: Option<usize>,
        over_all: Option<usize>,
        all: Option<Arc<Semaphore>>,
        starts_a_minute: Option<u32>,
    ) -> Self {
        Self {
            own: semaphore(own.or(over_all).unwrap_or(DEFAULT_CONCURRENCY)),
            all,
            pace: Mutex::new(Pace::new(starts_a_minute)),
        }
    }

    /// Waits for a turn. The place over all models is taken last, so that a model that waits for its own limits
    /// keeps nobody else waiting.
    pub(super) async fn start(&self) -> Permit {
        let own = permit(&self.own).await;
        let mut turn = self.pace().reserve(Instant::now());
        loop {
            if turn > Instant::now() {
                sleep_until(turn).await;
            }
            let later = self.pace().put_off(Instant::now());
            match later {
                Some(later) => turn = later,
                None => break,
            }
        }
        let all = match &self.all {
            Some(all) => permit(all).await,
            None => None,
        };
        Permit { _own: own, _all: all }
    }

    /// The server asked for a pause: no request starts before it is over.
    pub(super) fn pause(&self, wait: Duration) {
        self.pace().pause(Instant::now() + wait);
    }

    fn pace(&self) -> MutexGuard<'_, Pace> {
        // A panic between two assignments of instants leaves nothing that could be half done.
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(super) fn semaphore(permits: usize) -> Arc<Semaphore> {
    Arc::new(Semaphore::new(permits.clamp(1, Semaphore::MAX_PERMITS)))
}

/// `None` only for a closed semaphore, and nobody closes these.
async fn permit(semaphore: &Arc<Semaphore>) -> Option<OwnedSemaphorePermit> {
    semaphore.clone().acquire_owned().await.ok()
}

/// Starts spread evenly over time.
#[derive(Debug)]
struct Pace {
    gap: Duration,
    next: Option<Instant>,
    paused_until: Option<Instant>,
}

impl Pace {
    fn new(starts_a_minute: Option<u32>) -> Self {
        let gap = starts_a_minute.map_or(Duration::ZERO, |n| Duration::from_secs(60) / n.max(1));
        Self { gap, next: None, paused_until: None }
    }

    /// The next free turn from `now` on, which is taken with that.
    fn reserve(&mut self, now: Instant) -> Instant {
        let turn = self.next.map_or(now, |next| next.max(now));
        self.next = Some(turn + self.gap);
        turn
    }

    /// A new turn for one whose own has come while the model is paused.
    fn put_off(&mut self, now: Instant) -> Option<Instant> {
        self.paused_until.is_some_and(|until| until > now).then(|| self.reserve(now))
    }

    fn pause(&mut self, until: Instant) {
        if self.paused_until.is_none_or(|paused| paused < until) {
            self.paused_until = Some(until);
        }
        if self.next.is_none_or(|next| next < until) {
            self.next = Some(until);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn starts_are_spread_over_the_minute() {
        let mut pace = Pace::new(Some(120));
        let now = Instant::now();
        let turns: Vec<_> = (0..4).map(|_| (pace.reserve(now) - now).as_millis()).collect();
        assert_eq!(turns, [0, 500, 1000, 1500]);
        // Time that nobody used is not saved up.
        let later = now + Duration::from_secs(60);
        let turns: Vec<_> = (0..2).map(|_| (pace.reserve(later) - later).as_millis()).collect();
        assert_eq!(turns, [0, 500]);
    }

    #[test]
    fn a_pause_puts_every_turn_off_and_keeps_the_pace() {
        let mut pace = Pace::new(Some(60));
        let now = Instant::now();
        let after = |s| now + Duration::from_secs(s);
        assert_eq!((pace.reserve(now), pace.reserve(now)), (now, after(1)));
        pace.pause(after(10));
        pace.pause(after(5));
        assert_eq!(pace.put_off(after(1)), Some(after(10)));
        assert_eq!(pace.reserve(after(1)), after(11));
        assert_eq!(pace.put_off(after(10)), None);
    }

    #[test]
    fn without_a_limit_every_turn_is_now() {
        let mut pace = Pace::new(None);
        let now = Instant::now();
        assert!((0..100).all(|_| pace.reserve(now) == now));
    }

    #[tokio::test]
    async fn requests_wait_for_their_turn() {
        let limits = Limits::new(None, None, None, Some(3000));
        let begun = Instant::now();
        futures_util::future::join_all((0..4).map(|_| limits.start())).await;
        assert!(begun.elapsed() >= Duration::from_millis(60));
        limits.pause(Duration::from_millis(50));
        drop(limits.start().await);
        assert!(begun.elapsed() >= Duration::from_millis(110));
    }

    #[tokio::test]
    async fn no_more_than_allowed_are_in_flight() {
        let all = semaphore(3);
        let models =
            [Limits::new(Some(2), Some(3), Some(all.clone()), None), Limits::new(None, Some(3), Some(all), None)];
        let in_flight = AtomicUsize::new(0);
        let most = AtomicUsize::new(0);
        let calls = (0..40).map(|n| {
            let (model, in_flight, most) = (&models[n % 2], &in_flight, &most);
            async move {
                let _permit = model.start().await;
                most.fetch_max(in_flight.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                tokio::task::yield_now().await;
                in_flight.fetch_sub(1, Ordering::SeqCst);
            }
        });
        futures_util::future::join_all(calls).await;
        assert_eq!(most.into_inner(), 3);
    }
}
