//! The corpora that are searched → how long their documents are, and what it takes to embed them, once for all cases.

use super::estimate::{Asker, Part};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::{Request, Tokens, Usage, batches, most_output};
use crate::retrieve::Corpus;
use crate::suite::environment::expand;
use crate::suite::{CandidateSpec, ModelName, Service, Suite};

/// A corpus as it is searched by words, or as one model will be asked about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Volume {
    /// The corpus, as the suite names it.
    pub corpus: String,
    /// Who gives the vectors, where they are searched by them.
    pub embedder: Option<ModelName>,
    /// Bytes of the longest text, and of the longest id.
    pub longest_text: u64,
    pub longest_id: u64,
    /// How many documents hold no text, and the first of them.
    empty: u64,
    first_empty: Option<String>,
    documents: u64,
    calls: u64,
    expected: u64,
    most: u64,
}

impl Volume {
    /// Every corpus that a candidate searches, once for each model that gives its vectors.
    ///
    /// # Errors
    /// A corpus that cannot be read.
    pub fn of(suite: &Suite, environment: &dyn Fn(&str) -> Option<String>) -> Result<Vec<Self>, Diagnostics> {
        let mut volumes: Vec<Self> = Vec::new();
        for name in suite.candidates.values().flat_map(CandidateSpec::models) {
            let Some(Service::Retrieve(retrieve)) = suite.models.get(name).and_then(|spec| spec.service.as_deref())
            else {
                continue;
            };
            let embedder = &retrieve.embedder;
            if volumes.iter().any(|known| known.corpus == retrieve.corpus && known.embedder == *embedder) {
                continue;
            }
            let path = expand(&retrieve.corpus, environment)
                .map_err(|unset| Diagnostic::new(unset.to_string()).hint(unset.hint()))?;
            let corpus = Corpus::open(&suite.root.join(path), &retrieve.corpus)?;
            volumes.push(Self::counted(&corpus, &retrieve.corpus, embedder, suite));
        }
        Ok(volumes)
    }

    fn counted(corpus: &Corpus, written: &str, embedder: &Option<ModelName>, suite: &Suite) -> Self {
        let longest = |lengths: &mut dyn Iterator<Item = usize>| lengths.max().unwrap_or_default() as u64;
        let mut volume = Self {
            corpus: written.to_string(),
            embedder: embedder.clone(),
            longest_text: longest(&mut corpus.texts().map(str::len)),
            longest_id: longest(&mut corpus.0.iter().map(|document| document.id.len())),
            empty: corpus.0.iter().filter(|document| document.is_empty()).count() as u64,
            first_empty: corpus.0.iter().find(|document| document.is_empty()).map(|document| document.id.clone()),
            documents: corpus.0.len() as u64,
            calls: 0,
            expected: 0,
            most: 0,
        };
        let Some(spec) = embedder.as_ref().and_then(|name| suite.models.get(name)) else { return volume };
        let texts: Vec<&str> = corpus.texts().filter(|text| !text.trim().is_empty()).collect();
        for batch in batches(texts.iter().copied()) {
            let request = Request::of_texts(texts[batch].iter().copied());
            let Tokens { expected, most } = Tokens::of(&request, &spec.params, most_output(spec.provider));
            volume.calls += 1;
            volume.expected += expected.input_tokens;
            volume.most += most.map_or(expected.input_tokens, |most| most.input_tokens);
        }
        volume
    }

    /// What is odd about the corpora, in words.
    pub fn notes(volumes: &[Self]) -> Vec<String> {
        let note = |volume: &Self| {
            let (Self { corpus, empty, documents, .. }, first) = (volume, volume.first_empty.as_ref()?);
            Some(format!("{empty} of {documents} documents of `{corpus}` are empty and never found (`{first}` first)"))
        };
        let mut notes: Vec<String> = volumes.iter().filter_map(note).collect();
        // A corpus stands here once for each model that gives its vectors.
        notes.dedup();
        notes
    }

    /// The same as a part of an estimate.
    pub(super) fn part(&self, suite: &Suite) -> Option<Part> {
        let embedder = self.embedder.as_ref()?;
        let spec = suite.models.get(embedder)?;
        let read = |input_tokens| Usage { input_tokens, ..Usage::default() };
        Some(Part {
            asker: Asker::Corpus(self.corpus.clone()),
            model: embedder.clone(),
            recorded: false,
            is_own: false,
            prices: spec.prices,
            detours: Vec::new(),
            price_list: spec.price_list.clone(),
            calls: self.calls,
            rounds: 1,
            limited: true,
            expected: read(self.expected),
            most: Some(read(self.most)),
        })
    }
}
