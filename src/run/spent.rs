//! A journal → what its replies have cost, for a budget that goes on counting where a run was interrupted.

use std::path::Path;

use super::Plan;
use crate::model::{Ask, Failure, MOST_WITHOUT_LIMIT, Money, Reply, Request, Tokens, most_output, usd};
use crate::store::{Event, EventIndex, Events, StoreError};
use crate::suite::Provider;

/// What the replies of a journal have cost, read case by case.
///
/// # Errors
/// A journal that cannot be read.
pub fn spent_so_far(plan: &Plan, journal: &Path, index: &EventIndex) -> Result<Money, StoreError> {
    let mut events = Events::open(journal, index)?;
    let mut sum = Money::default();
    for case in 0..index.cases() {
        sum += events.of(case)?.iter().map(|event| spent(plan, event)).sum();
    }
    Ok(sum)
}

/// What one event has cost: a reply from a model over the network, at the prices of the plan; one from the cache
/// cost nothing now; a failure, where it says so. A reply that does not say
/// its tokens counts with all that it may have written.
pub(super) fn spent(plan: &Plan, event: &Event) -> Money {
    if let Event::Paid { usd, .. } = event {
        return usd.unwrap_or_default();
    }
    let is_stored = |ask: &Ask| plan.stored.is_some() && matches!(ask, Ask::Output { .. } | Ask::Step { .. });
    if let Event::Failed { ask, failures, .. } = event {
        if is_stored(ask) {
            return Money::default();
        }
        return failures.iter().filter_map(Failure::usd).sum();
    }
    let Event::Reply { ask, reply, .. } = event else { return Money::default() };
    // Outputs of a stored run were paid for when that was made.
    if is_stored(ask) {
        return Money::default();
    }
    let retried: Money = reply.retried.iter().filter_map(Failure::usd).sum();
    cost(plan, ask, reply).unwrap_or_default() + retried
}

fn cost(plan: &Plan, ask: &Ask, reply: &Reply) -> Option<Money> {
    if let (Some(usd), false) = (reply.usd, reply.cached) {
        // The output that steps lead to repeats what they cost.
        let is_sum = matches!(ask, Ask::Output { .. }) && plan.model_for(ask).is_none();
        return (!is_sum).then_some(usd);
    }
    let asked = plan.model_for(ask)?;
    let answered = reply.fallback.as_ref().unwrap_or(asked);
    let spec = plan.suite.models.get(answered)?;
    if spec.provider == Provider::Recorded || reply.cached {
        return None;
    }
    let usage = reply.usage.or_else(|| {
        let unknown = Request::new(ask.clone(), Vec::new(), None);
        let limit = most_output(spec.provider).unwrap_or(MOST_WITHOUT_LIMIT);
        Tokens::of(&unknown, &spec.params, Some(limit)).most
    });
    usd(&usage?, spec.prices.as_ref()?)
}
