//! Other models that may answer a step → what that can take more than its own model.
//!
//! Which one answers is known only once earlier steps have come to something. So what is expected is that the step's own model
//! answers, and at most the dearest of all does.

use super::Asker;
use crate::model::Usage;
use crate::suite::{CandidateSource, ModelName, ModelSpec, Prices, Provider, StepSpec, Suite};

/// A model that may answer in the place of a step's own.
#[derive(Debug, Clone, PartialEq)]
pub struct Detour {
    /// Its name in the suite.
    pub model: ModelName,
    /// What its tokens cost, where that is known.
    pub prices: Option<Prices>,
}

/// The detours of what a step asks.
pub(super) fn detours(suite: &Suite, asker: &Asker) -> Vec<Detour> {
    let Asker::Step(candidate, name) = asker else { return Vec::new() };
    let Some(CandidateSource::Steps(pipeline)) = suite.candidates.get(candidate).map(|spec| &spec.source) else {
        return Vec::new();
    };
    let step = pipeline.steps.iter().find(|step| step.name == *name);
    let mut found: Vec<Detour> = Vec::new();
    for (model, spec) in step.into_iter().flat_map(|step| specs(suite, step)) {
        if !found.iter().any(|detour| detour.model == *model) {
            found.push(Detour { model: model.clone(), prices: spec.prices });
        }
    }
    found
}

/// The models of a step's routes that cost something.
pub(super) fn specs<'a>(suite: &'a Suite, step: &'a StepSpec) -> impl Iterator<Item = (&'a ModelName, &'a ModelSpec)> {
    let routes = step.route.iter().filter_map(|route| suite.models.get_key_value(&route.model));
    routes.filter(|(_, spec)| spec.provider != Provider::Recorded)
}

/// The most of both, where both have one.
pub(super) fn larger(a: Option<Usage>, b: Option<Usage>) -> Option<Usage> {
    let (a, b) = (a?, b?);
    Some(Usage {
        input_tokens: a.input_tokens.max(b.input_tokens),
        output_tokens: a.output_tokens.max(b.output_tokens),
        ..Usage::default()
    })
}
