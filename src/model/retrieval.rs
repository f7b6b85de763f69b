//! A query → the documents of a corpus that fit best, as a reply like any other.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use serde::Deserialize;

use super::{Failed, Failure, FailureKind, Reply, Request};
use crate::retrieve::Library;
use crate::suite::ModelName;
use crate::trace::Trace;

/// A corpus, ready to be searched. It is part of this program: nothing is sent, and nothing is paid.
#[derive(Debug)]
pub(super) struct Retrieval {
    name: ModelName,
    library: Arc<Library>,
}

/// What is looked for.
#[derive(Debug, Deserialize)]
struct Query {
    query: String,
    k: usize,
}

impl Retrieval {
    pub(super) fn new(name: &ModelName, library: Arc<Library>) -> Self {
        Self { name: name.clone(), library }
    }

    /// The documents, joined by empty lines, and each with its id and score in the trace.
    ///
    /// # Errors
    /// A request that is no query.
    pub(super) fn call(&self, request: &Request) -> Result<Reply, Failed> {
        let begun = Instant::now();
        let query: Query = serde_json::from_str(request.payload().unwrap_or_default())
            .map_err(|error| Failure::new(FailureKind::Rejected, format!("`{}`: no query: {error}", self.name)))?;
        let contexts = self.library.find(&query.query, query.k);
        let text = contexts.iter().map(|passage| passage.text.as_str()).collect::<Vec<_>>().join("\n\n");
        let trace = Trace { contexts, ..Trace::default() }.within_limits();
        Ok(Reply {
            usd: Some(super::Money::default()),
            usage: Some(super::Usage::default()),
            latency_ms: u64::try_from(begun.elapsed().as_millis()).ok(),
            trace: Some(Box::new(trace)),
            ..Reply::of_text(text)
        })
    }
}

/// Opens the corpus at a path that the suite names as `written`.
pub(super) fn open(path: &Path, written: &str) -> Result<Arc<Library>, crate::diagnostic::Diagnostics> {
    Library::open(path, written).map(Arc::new)
}
