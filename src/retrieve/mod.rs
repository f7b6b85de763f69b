//! A corpus and a query → the documents that fit best.
//!
//! By the words that they share (`bm25`), by their embeddings (`vectors`), or by both (`fusion`). Who gives the embeddings is
//! somebody else's matter. A retriever of another kind is a command or an endpoint of the user's own.

mod bm25;
mod corpus;
mod fusion;
mod vectors;

pub use corpus::{Corpus, Document};
pub use fusion::fuse;
pub use vectors::Vectors;

use std::path::Path;

use bm25::Bm25;

use crate::diagnostic::Diagnostics;
use crate::trace::Passage;

/// A corpus with its index.
#[derive(Debug)]
pub struct Library {
    corpus: Corpus,
    index: Bm25,
}

impl Library {
    /// Reads a corpus and indexes it. `shown_as` is what messages call it.
    ///
    /// # Errors
    /// As [`Corpus::open`].
    pub fn open(path: &Path, shown_as: &str) -> Result<Self, Diagnostics> {
        let corpus = Corpus::open(path, shown_as)?;
        let index = Bm25::new(corpus.texts());
        Ok(Self { corpus, index })
    }

    /// The best `k` documents by words, best first; fewer where fewer share a word with the query.
    pub fn by_words(&self, query: &str, k: usize) -> Vec<Hit> {
        self.index.search(query, k)
    }

    /// The texts, in the order of the corpus.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.corpus.texts()
    }

    /// The documents that were found.
    pub fn passages(&self, hits: Vec<Hit>) -> Vec<Passage> {
        let passage = |hit: Hit| {
            let document = self.corpus.0.get(hit.document)?;
            Some(Passage { id: Some(document.id.clone()), text: document.text.clone(), score: Some(hit.score) })
        };
        hits.into_iter().filter_map(passage).collect()
    }
}

/// A document by its place in the corpus, and how well it fits; more is better.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hit {
    /// Its place, from 0.
    pub document: usize,
    /// In the units of whoever ranked it.
    pub score: f64,
}

/// The best `k`, best first; of equal ones the first in the corpus.
fn best(mut hits: Vec<Hit>, k: usize) -> Vec<Hit> {
    hits.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.document.cmp(&b.document)));
    hits.truncate(k);
    hits
}
