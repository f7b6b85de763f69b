//! Checks of what an output cost → candidates whose model has no price, of which that cannot be said.

use crate::diagnostic::Diagnostic;
use crate::suite::{CandidateSource, CheckKind, Provider, Suite};

/// One diagnostic for each candidate of no known cost, where a metric is about that. A system of the user's own tells its
/// cost itself, and so may a recorded reply.
pub(super) fn unpriced(suite: &Suite) -> Vec<Diagnostic> {
    let about_cost =
        suite.metrics.iter().find(|(_, spec)| spec.check().is_some_and(|check| check.kind == CheckKind::Cost));
    let Some((metric, _)) = about_cost else { return Vec::new() };
    let unpriced = suite.candidates.iter().filter_map(|(candidate, spec)| {
        let CandidateSource::Prompt(prompt) = &spec.source else { return None };
        let model = suite.models.get(&prompt.model)?;
        let can_be_told = model.prices.is_some() || model.service.is_some() || model.provider == Provider::Recorded;
        (!can_be_told).then(|| {
            let words = format!(
                "metric `{metric}` is the cost of an output, and that of candidate `{candidate}` is not known: the model \
                 `{}` has no price",
                prompt.model
            );
            Diagnostic::new(words).hint(
                "give it one, in US dollars a million tokens: `prices: {input: 0.4, output: 1.6}`; or take the metric out",
            )
        })
    });
    unpriced.collect()
}
