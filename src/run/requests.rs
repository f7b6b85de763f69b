//! What is asked → the request that asks it.

use crate::dataset::Case;
use crate::judge::{self, Exhibit};
use crate::model::{Ask, Message, Request};
use crate::suite::{MetricName, ModelName, RubricMetric, Suite};

/// The request for a verdict on one output, or on two in the order they are shown.
///
/// `None` where the suite has no such judged metric.
pub fn verdict(suite: &Suite, case: &Case, ask: &Ask, outputs: &[&str]) -> Option<Request> {
    let judged = judged(suite, ask)?;
    let rubric = &judged.rubric;
    let exhibit = Exhibit {
        input: &case.input,
        reference: case.reference.as_ref().filter(|_| rubric.shows.reference),
        context: if rubric.shows.context { &case.context } else { &[] },
        outputs,
    };
    let (messages, schema) = judge::messages(rubric, &exhibit, &fence_key(suite));
    Some(Request { ask: ask.clone(), messages, schema })
}

/// The request that asks once more after a reply that could not be read.
pub fn repair(suite: &Suite, first: &Request, unreadable: &str) -> Option<Request> {
    let judged = judged(suite, &first.ask)?;
    let ask = first.ask.repaired()?;
    let messages = judge::repair(&judged.rubric, &first.messages, unreadable);
    Some(Request { ask, messages, schema: first.schema.clone() })
}

/// The rubric and judge that answer an ask.
pub fn judged<'a>(suite: &'a Suite, ask: &Ask) -> Option<&'a RubricMetric> {
    suite.metrics.get(metric_of(ask)?)?.rubric()
}

/// The metric that an ask is for.
pub fn metric_of(ask: &Ask) -> Option<&MetricName> {
    match ask {
        Ask::Output { .. } => None,
        Ask::Score { metric, .. } | Ask::Preference { metric, .. } => Some(metric),
    }
}

/// The digest of a request: what is said, to which model of the suite. How that model is set up is part of the plan's
/// digest.
pub fn digest(model: &ModelName, request: &Request) -> String {
    let parts = (model, &request.messages, &request.schema);
    let bytes = serde_json::to_vec(&parts).unwrap_or_default();
    blake3::hash(&bytes).to_hex().to_string()
}

/// The messages of a candidate's prompt as a request.
pub fn output(ask: Ask, messages: Vec<Message>) -> Request {
    Request { ask, messages, schema: None }
}

/// The key under which untrusted text is fenced. It follows from the seed, so that a replay fences alike.
fn fence_key(suite: &Suite) -> [u8; 32] {
    blake3::derive_key("karat 2026 fence around untrusted text", &suite.seed.to_le_bytes())
}
