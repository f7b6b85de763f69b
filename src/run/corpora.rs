//! The corpora that are searched by vectors → what it takes to embed them, once for all cases.

use super::estimate::{Asker, Part};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::{Request, Tokens, Usage, batches, most_output};
use crate::retrieve::Corpus;
use crate::suite::environment::expand;
use crate::suite::{CandidateSpec, ModelName, Service, Suite};

/// A corpus as one model will be asked about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Volume {
    /// The corpus, as the suite names it.
    pub corpus: String,
    /// Who gives the vectors.
    pub embedder: ModelName,
    calls: u64,
    expected: u64,
    most: u64,
}

impl Volume {
    /// What every corpus takes that a candidate searches by vectors, each once.
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
            let Some(embedder) = &retrieve.embedder else { continue };
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

    fn counted(corpus: &Corpus, written: &str, embedder: &ModelName, suite: &Suite) -> Self {
        let texts: Vec<&str> = corpus.texts().filter(|text| !text.trim().is_empty()).collect();
        let mut volume =
            Self { corpus: written.to_string(), embedder: embedder.clone(), calls: 0, expected: 0, most: 0 };
        let Some(spec) = suite.models.get(embedder) else { return volume };
        for batch in batches(texts.iter().copied()) {
            let request = Request::of_texts(texts[batch].iter().copied());
            let Tokens { expected, most } = Tokens::of(&request, &spec.params, most_output(spec.provider));
            volume.calls += 1;
            volume.expected += expected.input_tokens;
            volume.most += most.map_or(expected.input_tokens, |most| most.input_tokens);
        }
        volume
    }

    /// The same as a part of an estimate.
    pub(super) fn part(&self, suite: &Suite) -> Option<Part> {
        let spec = suite.models.get(&self.embedder)?;
        let read = |input_tokens| Usage { input_tokens, ..Usage::default() };
        Some(Part {
            asker: Asker::Corpus(self.corpus.clone()),
            model: self.embedder.clone(),
            recorded: false,
            is_own: false,
            prices: spec.prices,
            price_list: spec.price_list.clone(),
            calls: self.calls,
            rounds: 1,
            limited: true,
            expected: read(self.expected),
            most: Some(read(self.most)),
        })
    }
}
