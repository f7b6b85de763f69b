//! One model's side of the cache: its requests → replies that are there, or are asked for once.

use std::sync::Arc;

use super::Cache;
use super::flight::Joined;
use super::key::Identity;
use crate::model::wire::Wire;
use crate::model::{Failed, Reply, Request};
use crate::suite::{Lookup, ModelSpec};

/// What a model remembers.
#[derive(Debug)]
pub(in crate::model) struct Memory {
    cache: Arc<Cache>,
    identity: Identity,
    model: Arc<str>,
}

impl Memory {
    /// `None` where a request to this model cannot be named: it cannot be sent either.
    pub(in crate::model) fn new(
        cache: &Arc<Cache>,
        spec: &ModelSpec,
        wire: &'static Wire,
        environment: Lookup<'_>,
    ) -> Option<Self> {
        let identity = Identity::new(spec, wire, environment)?;
        let model = Arc::from(identity.model());
        Some(Self { cache: Arc::clone(cache), identity, model })
    }

    /// The stored reply to a request.
    pub(in crate::model) fn recall(&self, request: &Request) -> Option<Reply> {
        self.cache.read(&self.identity.key(request)).map(|reply| Reply { cached: true, ..reply })
    }

    /// Keeps a reply that was not asked for by this very request, but holds its answer.
    pub(in crate::model) fn keep(&self, request: &Request, reply: Reply) {
        // Where it is not written, it is asked for again by a later run.
        let _ = self.cache.keep(self.identity.key(request), &self.model, &Arc::new(reply));
    }

    /// The stored reply, or else that of `ask`, which is then stored. Of the same requests at the same time one asks.
    ///
    /// # Errors
    /// Those of `ask`: a failure is neither stored nor shared.
    pub(in crate::model) async fn answer<F>(&self, request: &Request, ask: impl FnOnce() -> F) -> Result<Reply, Failed>
    where
        F: Future<Output = Result<Reply, Failed>>,
    {
        let key = self.identity.key(request);
        loop {
            match self.cache.flights.join(key) {
                Joined::Answered(reply) => return Ok(again(&reply)),
                Joined::Waits(waiting) => {
                    if let Some(reply) = waiting.reply().await {
                        return Ok(again(&reply));
                    }
                }
                Joined::Leads(lead) => {
                    if let Some(reply) = self.cache.read(&key) {
                        let reply = Arc::new(reply);
                        lead.answer(&reply, || false);
                        return Ok(again(&reply));
                    }
                    let reply = ask().await?;
                    // What went wrong on the way belongs to this call, not to the reply.
                    let kept = Arc::new(Reply { retried: Vec::new(), ..reply.clone() });
                    lead.answer(&kept, || self.cache.keep(key, &self.model, &kept));
                    return Ok(reply);
                }
            }
        }
    }
}

/// A reply to one who did not ask for it himself.
fn again(reply: &Reply) -> Reply {
    Reply { cached: true, ..reply.clone() }
}
