//! What a run may spend: each attempt sets aside what it can cost at most before it is sent, and settles it with what it
//! did cost.
//!
//! One budget stands for all models, so what is spent and set aside together never passes its cap. An attempt that fits
//! only once others have settled waits for them; one that would not fit even then ends the run. An attempt that ended
//! without an answer may have been billed all the same: where the provider had the request and could have worked on it
//! (no reply in time, a reply that cannot be read) it counts as what it can cost at most.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::retry::Setback;
use super::{Failure, FailureKind, Money, Params, Reply, Request, Stop, Tokens, Usage, Why, cost};
use crate::suite::{ModelSpec, Prices};

/// Tokens that a reply is taken to have at most, where neither the suite nor the provider sets a limit.
pub const MOST_WITHOUT_LIMIT: u64 = 16_384;

/// Why a call was not made.
pub(super) const USED_UP: &str = "not asked, since the budget is used up";

/// A cap, and what stands against it.
#[derive(Debug)]
pub struct Budget {
    cap: Money,
    ledger: Mutex<Ledger>,
    /// Something was settled or given back.
    settled: Notify,
    stop: Stop,
}

#[derive(Debug, Default, Clone, Copy)]
struct Ledger {
    spent: Money,
    /// Of what is spent, what attempts without an answer can have cost at most.
    unanswered: Money,
    set_aside: Money,
    /// What the call can cost at most that did not fit.
    no_room_for: Money,
}

impl Budget {
    /// A cap of which nothing is spent yet. Once nothing more fits, `stop` is asked.
    pub fn new(cap: Money, stop: Stop) -> Arc<Self> {
        Arc::new(Self { cap, ledger: Mutex::default(), settled: Notify::new(), stop })
    }

    /// Counts what was spent before.
    pub fn count(&self, spent: Money) {
        self.ledger().spent += spent;
    }

    /// Whether a call may begin whose cost is told only in its answer. Once the cap is reached, `stop` is asked.
    pub(super) fn has_room(&self) -> bool {
        let spent = self.ledger().spent;
        if spent == Money::default() || spent < self.cap {
            return true;
        }
        self.stop.ask(Why::BudgetSpent(self.words()));
        false
    }

    /// That nothing more fits, in words: the cap, what is spent by now, and what there was no room for.
    pub fn words(&self) -> String {
        let Ledger { spent, unanswered, no_room_for, .. } = *self.ledger();
        let part = |of: Money, words: String| if of == Money::default() { String::new() } else { words };
        let unanswered = part(unanswered, format!(", of which up to {unanswered} on attempts that got no answer"));
        let next = part(no_room_for, format!(", and the next call can cost up to {no_room_for}"));
        format!("the budget of {} is used up: {spent} is spent{unanswered}{next}", self.cap)
    }

    /// Sets so much aside, once it fits; `None` where the run is to stop.
    async fn set_aside(self: &Arc<Self>, most: Money) -> Option<SetAside> {
        loop {
            let settled = self.settled.notified();
            tokio::pin!(settled);
            // From here on nothing that is settled is missed.
            settled.as_mut().enable();
            if self.stop.asked() {
                return None;
            }
            {
                let mut ledger = self.ledger();
                if ledger.spent + ledger.set_aside + most <= self.cap {
                    ledger.set_aside += most;
                    return Some(SetAside { budget: Arc::clone(self), most });
                }
                if ledger.spent + most > self.cap {
                    ledger.no_room_for = most;
                    drop(ledger);
                    self.stop.ask(Why::BudgetSpent(self.words()));
                    return None;
                }
            }
            tokio::select! {
                () = self.stop.wait() => return None,
                () = settled => {}
            }
        }
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        // Sums are written whole, so a panic elsewhere leaves nothing half done.
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What one attempt has set aside; given back when it is dropped without being settled.
#[derive(Debug)]
struct SetAside {
    budget: Arc<Budget>,
    most: Money,
}

impl SetAside {
    /// The attempt was answered and cost so much.
    fn settle(self, cost: Money) {
        self.budget.ledger().spent += cost;
    }

    /// The attempt may have been billed, and nobody says for how much.
    fn unanswered(self) {
        let mut ledger = self.budget.ledger();
        ledger.spent += self.most;
        ledger.unanswered += self.most;
    }
}

impl Drop for SetAside {
    fn drop(&mut self) {
        let mut ledger = self.budget.ledger();
        ledger.set_aside = Money::from_nanos(ledger.set_aside.nanos().saturating_sub(self.most.nanos()));
        drop(ledger);
        self.budget.settled.notify_waiters();
    }
}

/// An attempt whose end is waited for.
struct InFlight<'a> {
    set_aside: Option<SetAside>,
    sent: &'a AtomicBool,
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        // Whoever has come to the end of the attempt has taken it out.
        if let (Some(set_aside), true) = (self.set_aside.take(), self.sent.load(Ordering::Relaxed)) {
            set_aside.unanswered();
        }
    }
}

/// One model's way to the budget: what its requests cost.
#[derive(Debug)]
pub(super) struct Till {
    budget: Arc<Budget>,
    /// `None` for a service of the user's own, which tells its cost only in its answer.
    prices: Option<Prices>,
    params: Params,
    most_output: u64,
    /// Tokens that the parameters can take themselves: the tools and forms in them are read too.
    around: u64,
}

impl Till {
    /// `None` without a budget. A model without a price costs nothing that could be counted: such a run is refused
    /// before it starts, unless it is a service, which tells what it costs.
    pub(super) fn new(budget: Option<&Arc<Budget>>, spec: &ModelSpec, most_output: Option<u64>) -> Option<Self> {
        Some(Self {
            budget: Arc::clone(budget?),
            prices: match spec.service {
                Some(_) => spec.prices,
                None => Some(spec.prices?),
            },
            params: spec.params.clone(),
            most_output: most_output.unwrap_or(MOST_WITHOUT_LIMIT),
            around: serde_json::to_string(&spec.params).map_or(0, |params| params.len() as u64),
        })
    }

    /// What an attempt at a request can cost at most.
    fn most(&self, request: &Request) -> Option<Money> {
        let most = Tokens::of(request, &self.params, Some(self.most_output)).most?;
        cost::usd(&Usage { input_tokens: most.input_tokens + self.around, ..most }, self.prices.as_ref()?)
    }

    /// Makes an attempt at a request, once what it can cost fits into the budget. `sent` says whether it got so far as to
    /// be sent: one that is broken off after that may have been billed.
    pub(super) async fn pay(
        &self,
        request: &Request,
        sent: &AtomicBool,
        attempt: impl Future<Output = Result<Reply, Setback>>,
    ) -> Result<Reply, Setback> {
        let not_asked = || Err(Setback::of(Failure::new(FailureKind::Stopped, USED_UP)));
        let most = self.most(request).unwrap_or_default();
        if self.prices.is_none() && !self.budget.has_room() {
            return not_asked();
        }
        let Some(set_aside) = self.budget.set_aside(most).await else {
            return not_asked();
        };
        let mut in_flight = InFlight { set_aside: Some(set_aside), sent };
        let done = attempt.await;
        let Some(set_aside) = in_flight.set_aside.take() else { return done };
        match &done {
            // A reply that does not say its tokens counts as what it can have at most.
            Ok(reply) => {
                let cost = reply.usd.or_else(|| cost::usd(&reply.usage?, self.prices.as_ref()?));
                set_aside.settle(cost.unwrap_or(most));
            }
            Err(setback) if let Some(usd) = setback.failure.usd() => set_aside.settle(usd),
            Err(setback)
                if matches!(
                    setback.failure.kind,
                    FailureKind::Timeout | FailureKind::Unreadable | FailureKind::Limit
                ) =>
            {
                set_aside.unanswered();
            }
            Err(_) => {}
        }
        done
    }
}

#[cfg(test)]
mod tests;
