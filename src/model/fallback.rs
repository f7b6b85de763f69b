//! A call that failed for good → the same request to the model that stands in, and a reply that says so.

use std::sync::Arc;

use super::{Failed, Failure, FailureKind, Model, Reply, Request, Slot};

impl Model {
    /// Asks, with retries and within the limits; where that fails for good, asks the model that the suite names for it.
    /// A reply of another model says whose it is. That of a server keeps its place among the calls in flight in `slot`, for
    /// whoever has to make it safe first.
    ///
    /// # Errors
    /// Every attempt that failed, of every model that was asked.
    pub async fn call(&self, request: &Request, slot: &mut Slot) -> Result<Reply, Failed> {
        // Whoever held a place would wait for himself.
        slot.hold(None);
        let mut asked = self;
        let mut failures = Vec::new();
        loop {
            match asked.ask(request, slot).await {
                Ok(mut reply) => {
                    reply.retried.splice(0..0, failures);
                    reply.fallback = (asked.name != self.name).then(|| asked.name.clone());
                    return Ok(reply);
                }
                Err(failed) => failures.extend(failed.failures),
            }
            match asked.fallback.get().map(Arc::as_ref) {
                Some(next) if failures.last().is_some_and(deserves_another) => asked = next,
                _ => return Err(Failed { failures }),
            }
        }
    }
}

/// Whether another provider may do better. A request, a key or a quota that is refused is a mistake that should be
/// seen, and not a reason to ask somebody else; a refusal in the model's own words is an answer.
fn deserves_another(failure: &Failure) -> bool {
    use FailureKind as K;
    match failure.kind {
        K::Connection | K::Timeout | K::RateLimited | K::Server | K::Unreadable | K::ProviderOut => true,
        K::Authentication | K::Rejected | K::NotRecorded | K::Crashed | K::Limit | K::Step | K::Stopped => false,
    }
}
