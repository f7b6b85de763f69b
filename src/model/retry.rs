//! A failed attempt → how long to wait before the next one, or why there is none; and the loop that does so.

use std::fmt;
use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use super::{Failed, Failure, FailureKind};

/// An attempt that failed, with what the server said about trying again.
#[derive(Debug)]
pub(super) struct Setback {
    pub failure: Failure,
    /// How long the server asks to wait.
    pub retry_after: Option<Duration>,
    /// The server does not take the form that was asked for; without it the request may pass.
    pub refuses_form: bool,
    /// The server has too much to do.
    pub overloaded: bool,
    /// Whether it says something of the provider rather than of the request.
    pub outage: Outage,
    /// The same request would fail again, whatever the kind.
    pub lasting: bool,
    /// The request found out that its provider is still down: that belongs to the waiting and is no attempt.
    pub uncounted: bool,
    /// How long the attempt took, without the wait for its turn.
    pub took: Duration,
}

/// Whether a failure means that the provider is down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outage {
    No,
    /// Or this very request is one that it cannot answer.
    Perhaps,
    Surely,
}

impl Setback {
    /// A failure of which no more is known.
    pub(super) fn of(failure: Failure) -> Self {
        Self {
            failure,
            retry_after: None,
            refuses_form: false,
            overloaded: false,
            outage: Outage::No,
            lasting: false,
            uncounted: false,
            took: Duration::ZERO,
        }
    }
}

/// When to try again: exponential with full jitter, capped in time and number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Policy {
    /// The longest wait after the first failure; it doubles with each further one.
    pub first: Duration,
    /// No wait of our own is longer.
    pub longest: Duration,
    /// A server that asks for a longer wait than this is not waited for.
    pub patience: Duration,
    /// How often a request is tried in all.
    pub attempts: u32,
    /// No attempt starts once attempts and the waits between them took longer than this; turns are waited for beside it.
    pub total: Duration,
}

/// Why a request is not tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum GiveUp {
    /// The same request would fail again.
    Lasting,
    /// It was tried often enough.
    Attempts,
    /// The server asks for too long a wait.
    Asked(Duration),
    /// It took too long in all.
    Time(Duration),
}

impl Policy {
    /// The policy for a model whose attempts may take `timeout` each.
    pub(super) fn new(attempts: u32, timeout: Duration) -> Self {
        Self {
            first: Duration::from_millis(500),
            longest: Duration::from_secs(30),
            patience: Duration::from_secs(120),
            attempts: attempts.max(1),
            // A slow model deserves a second try too.
            total: Duration::from_secs(600).max(timeout.saturating_mul(2)),
        }
    }

    /// The wait after attempt number `attempt` (from 1) failed, `elapsed` after the first one began.
    /// `random` is from [0, 1).
    pub(super) fn next(
        &self,
        attempt: u32,
        elapsed: Duration,
        kind: FailureKind,
        retry_after: Option<Duration>,
        random: f64,
    ) -> Result<Duration, GiveUp> {
        use FailureKind as K;
        match kind {
            K::Connection | K::Timeout | K::RateLimited | K::Server | K::Unreadable => {}
            K::Authentication
            | K::Rejected
            | K::NotRecorded
            | K::Crashed
            | K::Limit
            | K::Step
            | K::Stopped
            | K::ProviderOut => {
                return Err(GiveUp::Lasting);
            }
        }
        if attempt >= self.attempts {
            return Err(GiveUp::Attempts);
        }
        let wait = match retry_after {
            Some(asked) if asked > self.patience => return Err(GiveUp::Asked(asked)),
            // A little later than asked, so that all who were turned away together do not come back together.
            Some(asked) => asked + asked.mul_f64(0.1 * random),
            None => {
                let doubled = self.first.saturating_mul(1 << attempt.saturating_sub(1).min(20));
                doubled.min(self.longest).mul_f64(random)
            }
        };
        if elapsed + wait > self.total { Err(GiveUp::Time(elapsed)) } else { Ok(wait) }
    }
}

impl fmt::Display for GiveUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            // The failure itself and the number of attempts say it already.
            Self::Lasting | Self::Attempts => Ok(()),
            Self::Asked(wait) => write!(f, "; not tried again, since the server asks to wait {} s", wait.as_secs()),
            Self::Time(elapsed) => write!(f, "; not tried again after {} s in all", elapsed.as_secs()),
        }
    }
}

/// Tries until it succeeds or the policy gives up: the result and the failures before it.
pub(super) async fn persist<T, A, S>(
    policy: &Policy,
    mut attempt: impl FnMut() -> A,
    sleep: impl Fn(Duration) -> S,
) -> Result<(T, Vec<Failure>), Failed>
where
    A: Future<Output = Result<T, Setback>>,
    S: Future<Output = ()>,
{
    let (mut number, mut elapsed) = (0, Duration::ZERO);
    let mut failures = Vec::new();
    loop {
        let mut setback = match attempt().await {
            Ok(result) => return Ok((result, failures)),
            Err(setback) => setback,
        };
        if setback.uncounted {
            failures.push(setback.failure.beside());
            continue;
        }
        number += 1;
        elapsed += setback.took;
        let next = match setback.lasting {
            true => Err(GiveUp::Lasting),
            false => policy.next(number, elapsed, setback.failure.kind, setback.retry_after, random()),
        };
        if let Err(why) = next {
            setback.failure.message += &why.to_string();
        }
        failures.push(setback.failure);
        match next {
            Ok(wait) => {
                elapsed += wait;
                sleep(wait).await;
            }
            Err(_) => break,
        }
    }
    Err(Failed { failures })
}

/// Jitter need not be the same in a replay, which never waits; the hasher's own seed is random enough for it.
fn random() -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "53 bits fit exactly")]
    let bits = (RandomState::new().hash_one(()) >> 11) as f64;
    bits / (1_u64 << 53) as f64
}

#[cfg(test)]
mod tests {
    use std::cell::{Cell, RefCell};

    use proptest::prelude::*;

    use super::*;

    fn kinds() -> impl Strategy<Value = FailureKind> {
        use FailureKind as K;
        let all = [K::Connection, K::Timeout, K::RateLimited, K::Server, K::Authentication, K::Rejected, K::Unreadable];
        proptest::sample::select(all.to_vec())
    }

    proptest! {
        #[test]
        fn waits_are_bounded_and_come_to_an_end(
            kind in kinds(),
            attempts in 1_u32..12,
            attempt in 1_u32..2000,
            elapsed in 0_u64..2000,
            asked in proptest::option::of(0_u64..500),
            random in 0.0..1.0_f64,
        ) {
            let policy = Policy::new(attempts, Duration::from_secs(60));
            let (elapsed, asked) = (Duration::from_secs(elapsed), asked.map(Duration::from_secs));
            match policy.next(attempt, elapsed, kind, asked, random) {
                Ok(wait) => {
                    prop_assert!(attempt < attempts);
                    prop_assert!(elapsed + wait <= policy.total);
                    match asked {
                        Some(asked) => prop_assert!(asked <= wait && wait <= policy.patience.mul_f64(1.1)),
                        None => prop_assert!(wait <= policy.longest),
                    }
                }
                Err(GiveUp::Lasting) => prop_assert!(matches!(kind, FailureKind::Authentication | FailureKind::Rejected)),
                Err(GiveUp::Attempts) => prop_assert!(attempt >= attempts),
                Err(GiveUp::Asked(wait)) => prop_assert!(wait > policy.patience),
                Err(GiveUp::Time(_)) => prop_assert!(elapsed + policy.patience.mul_f64(1.1) > policy.total),
            }
        }
    }

    #[test]
    fn the_wait_doubles_up_to_its_cap() {
        let policy = Policy::new(20, Duration::from_secs(60));
        let wait = |n| policy.next(n, Duration::ZERO, FailureKind::Server, None, 1.0).unwrap().as_millis();
        assert_eq!((1..9).map(wait).collect::<Vec<_>>(), [500, 1000, 2000, 4000, 8000, 16000, 30000, 30000]);
    }

    fn run(
        policy: &Policy,
        kind: FailureKind,
        asked: Option<Duration>,
        failing: u32,
    ) -> (Result<usize, Failed>, usize) {
        let (tries, slept) = (Cell::new(0), RefCell::new(Vec::new()));
        let attempt = || {
            tries.set(tries.get() + 1);
            let failed = tries.get() <= failing;
            let failure = Failure::new(kind, "503 from there");
            std::future::ready(if failed {
                Err(Setback { retry_after: asked, ..Setback::of(failure) })
            } else {
                Ok(())
            })
        };
        let sleep = |wait| {
            slept.borrow_mut().push(wait);
            std::future::ready(())
        };
        let done = futures_util::FutureExt::now_or_never(persist(policy, attempt, sleep)).unwrap();
        (done.map(|((), failures)| failures.len()), slept.borrow().len())
    }

    #[test]
    fn the_loop_sleeps_between_attempts_and_keeps_every_failure() {
        let policy = Policy::new(3, Duration::from_secs(1));
        assert_eq!(run(&policy, FailureKind::Server, None, 2), (Ok(2), 2));
        let (failed, slept) = run(&policy, FailureKind::Server, None, 9);
        assert_eq!((failed.unwrap_err().to_string().as_str(), slept), ("503 from there (3 attempts)", 2));
        let (failed, slept) = run(&policy, FailureKind::Rejected, None, 9);
        assert_eq!((failed.unwrap_err().failures.len(), slept), (1, 0));
        let (failed, _) = run(&policy, FailureKind::RateLimited, Some(Duration::from_secs(300)), 9);
        assert_eq!(
            failed.unwrap_err().to_string(),
            "503 from there; not tried again, since the server asks to wait 300 s"
        );
    }

    #[test]
    fn what_was_no_attempt_is_not_counted() {
        let failure = |kind| Failure::new(kind, "no");
        let failures = vec![
            failure(FailureKind::Rejected).beside(),
            failure(FailureKind::Server),
            failure(FailureKind::Server),
            failure(FailureKind::ProviderOut),
        ];
        assert_eq!(Failed { failures }.to_string(), "no (2 attempts)");
        let journaled = serde_json::to_string(&failure(FailureKind::Server)).unwrap();
        assert!(!journaled.contains("beside"), "{journaled}");
    }

    #[test]
    fn jitter_is_spread_over_its_range() {
        let drawn: Vec<f64> = (0..200).map(|_| random()).collect();
        assert!(drawn.iter().all(|r| (0.0..1.0).contains(r)));
        assert!(drawn.iter().any(|r| *r < 0.2) && drawn.iter().any(|r| *r > 0.8));
    }
}
