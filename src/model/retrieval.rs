//! A query → the documents of a corpus that fit best, as a reply like any other.

use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Instant;

use serde::Deserialize;
use tokio::sync::OnceCell;

use super::{Failed, Failure, FailureKind, Model, Money, Reply, Request, Usage};
use crate::diagnostic::Diagnostics;
use crate::retrieve::{Hit, Library, Vectors, fuse};
use crate::suite::{ModelName, SearchBy};
use crate::trace::Trace;

/// Of each ranking so many documents are fused, where fewer are wanted.
const FUSED: usize = 100;

/// A corpus, ready to be searched. It is part of this program: of a search by words nothing is sent, and nothing is paid.
#[derive(Debug)]
pub(super) struct Retrieval {
    name: ModelName,
    by: SearchBy,
    shelf: Arc<Shelf>,
}

/// A corpus as one model knows it, shared by all who search it so. Its vectors are asked for when the first search wants them.
#[derive(Debug)]
pub(super) struct Shelf {
    library: Arc<Library>,
    /// Who gives embeddings; set once all models are there.
    embedder: OnceLock<Arc<Model>>,
    vectors: OnceCell<Vectors>,
    /// What was paid for the vectors of documents, and nobody has taken note of yet.
    paid: Mutex<Vec<Paid>>,
}

/// What the vectors of some documents took.
#[derive(Debug, Clone, PartialEq)]
pub struct Paid {
    /// Who gave them.
    pub model: ModelName,
    /// Tokens, where the provider said.
    pub usage: Option<Usage>,
    /// What they cost, where that is known.
    pub usd: Option<Money>,
}

/// What is looked for.
#[derive(Debug, Deserialize)]
struct Query {
    query: String,
    k: usize,
}

/// The vector of a query, with what it took.
struct Asked {
    vector: Vec<f32>,
    reply: Reply,
}

impl Shelf {
    pub(super) fn new(library: Arc<Library>) -> Arc<Self> {
        let (embedder, vectors) = (OnceLock::new(), OnceCell::new());
        Arc::new(Self { library, embedder, vectors, paid: Mutex::default() })
    }

    /// The vectors of the documents that have a text, in the order of the corpus.
    fn texts(&self) -> Vec<&str> {
        self.library.texts().filter(|text| !text.trim().is_empty()).collect()
    }

    /// Puts vectors in the places of their documents.
    fn put(&self, vectors: &[Vec<f32>]) -> Result<Vectors, Failure> {
        let mut vectors = vectors.iter();
        let placed = self.library.texts().map(|text| match text.trim().is_empty() {
            true => None,
            false => vectors.next().map(Vec::as_slice),
        });
        Vectors::new(placed).map_err(|why| Failure::new(FailureKind::Unreadable, why))
    }

    async fn vectors(&self, embedder: &Model) -> Result<&Vectors, Failed> {
        let asked = async || {
            let (embedded, done) = embedder.embed(&self.texts()).await;
            let paid = embedded.paid.iter().map(|reply| Paid {
                model: embedder.name().clone(),
                usage: reply.usage,
                usd: embedder.cost(reply),
            });
            self.paid.lock().unwrap_or_else(PoisonError::into_inner).extend(paid);
            done?;
            Ok::<_, Failed>(self.put(&embedded.vectors)?)
        };
        self.vectors.get_or_try_init(asked).await
    }
}

impl Retrieval {
    pub(super) fn new(name: &ModelName, by: SearchBy, shelf: Arc<Shelf>) -> Self {
        Self { name: name.clone(), by, shelf }
    }

    /// Says who gives embeddings.
    pub(super) fn ask_for_vectors(&self, embedder: &Arc<Model>) {
        // All who share the shelf name the same one.
        let _ = self.shelf.embedder.set(Arc::clone(embedder));
    }

    /// The documents, joined by empty lines, and each with its id and score in the trace.
    ///
    /// # Errors
    /// A request that is no query; of a search by vectors, those of the model that gives them.
    pub(super) async fn call(&self, request: &Request) -> Result<Reply, Failed> {
        let query = self.query(request)?;
        let embedder = match self.by {
            SearchBy::Vectors | SearchBy::Hybrid => self.shelf.embedder.get(),
            SearchBy::Bm25 => None,
        };
        // Nothing is like no words.
        let Some(embedder) = embedder.filter(|_| !query.query.trim().is_empty()) else {
            return self.found(&query, None);
        };
        let vectors = self.shelf.vectors(embedder).await?;
        let reply = match embedder.recall(&Request::of_texts([query.query.as_str()])) {
            Some(reply) => reply,
            None => {
                let (embedded, done) = embedder.embed(&[&query.query]).await;
                done?;
                embedded.paid.into_iter().next().ok_or_else(|| self.unreadable("no vector for the query"))?
            }
        };
        self.found(&query, Some((vectors, self.asked(reply)?)))
    }

    /// The same, from what is known already; `None` where somebody would have to be asked.
    pub(super) fn recall(&self, request: &Request) -> Option<Reply> {
        let query = self.query(request).ok()?;
        if self.by == SearchBy::Bm25 || query.query.trim().is_empty() {
            return self.found(&query, None).ok();
        }
        let embedder = self.shelf.embedder.get()?;
        let reply = embedder.recall(&Request::of_texts([query.query.as_str()]))?;
        let vectors = match self.shelf.vectors.get() {
            Some(vectors) => vectors,
            None => {
                let known = self.shelf.put(&embedder.known_vectors(&self.shelf.texts())?).ok()?;
                // Whoever was faster has the same.
                let _ = self.shelf.vectors.set(known);
                self.shelf.vectors.get()?
            }
        };
        self.found(&query, Some((vectors, self.asked(reply).ok()?))).ok()
    }

    /// What was paid for the vectors of documents since it was asked last.
    pub(super) fn take_paid(&self) -> Vec<Paid> {
        std::mem::take(&mut *self.shelf.paid.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn query(&self, request: &Request) -> Result<Query, Failed> {
        serde_json::from_str(request.payload().unwrap_or_default())
            .map_err(|error| Failure::new(FailureKind::Rejected, format!("`{}`: no query: {error}", self.name)).into())
    }

    fn asked(&self, reply: Reply) -> Result<Asked, Failed> {
        let vector = super::embeddings::vector(&reply.text);
        let vector = vector.ok_or_else(|| self.unreadable("the vector of the query cannot be read"))?;
        Ok(Asked { vector, reply })
    }

    fn unreadable(&self, why: &str) -> Failed {
        Failure::new(FailureKind::Unreadable, format!("`{}`: {why}", self.name)).into()
    }

    fn found(&self, query: &Query, asked: Option<(&Vectors, Asked)>) -> Result<Reply, Failed> {
        let begun = Instant::now();
        let Query { query, k } = query;
        let library = &self.shelf.library;
        let near = |k| -> Result<Vec<Hit>, Failed> {
            let Some((vectors, asked)) = &asked else { return Ok(Vec::new()) };
            vectors.search(&asked.vector, k).map_err(|why| self.unreadable(&why))
        };
        let hits = match self.by {
            SearchBy::Bm25 => library.by_words(query, *k),
            SearchBy::Vectors => near(*k)?,
            SearchBy::Hybrid => {
                let most = FUSED.max(*k);
                fuse(&[library.by_words(query, most), near(most)?], *k)
            }
        };
        let contexts = library.passages(hits);
        let text = contexts.iter().map(|passage| passage.text.as_str()).collect::<Vec<_>>().join("\n\n");
        let trace = Trace { contexts, ..Trace::default() }.within_limits();
        let searched = u64::try_from(begun.elapsed().as_millis()).ok();
        let reply = Reply { trace: Some(Box::new(trace)), ..Reply::of_text(text) };
        Ok(match asked {
            None => Reply { usd: Some(Money::default()), usage: Some(Usage::default()), latency_ms: searched, ..reply },
            Some((_, Asked { reply: of_query, .. })) => Reply {
                usd: self.shelf.embedder.get().and_then(|embedder| embedder.cost(&of_query)),
                usage: of_query.usage,
                model: of_query.model,
                latency_ms: of_query.latency_ms.zip(searched).map(|(asked, searched)| asked + searched),
                retried: of_query.retried,
                cached: of_query.cached,
                ..reply
            },
        })
    }
}

/// Opens the corpus at a path that the suite names as `written`.
pub(super) fn open(path: &Path, written: &str) -> Result<Arc<Library>, Diagnostics> {
    Library::open(path, written).map(Arc::new)
}
