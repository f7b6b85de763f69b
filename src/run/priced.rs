//! Checks of what an output cost, and limits on it → models without a price, of which that cannot be said.

use crate::diagnostic::Diagnostic;
use crate::suite::{Action, CandidateSource, CheckKind, ModelName, Provider, Suite};

const HINT: &str = "give it one, in US dollars a million tokens: `prices: {input: 0.4, output: 1.6}`";

/// One diagnostic for each model of no known cost, where that is measured or bounded.
pub(super) fn unpriced(suite: &Suite) -> Vec<Diagnostic> {
    measured(suite).into_iter().chain(bounded(suite)).collect()
}

/// Whether nobody will tell what the calls of a model cost.
fn is_unpriced(suite: &Suite, name: &ModelName) -> bool {
    suite
        .models
        .get(name)
        .is_some_and(|model| model.prices.is_none() && model.service.is_none() && model.provider != Provider::Recorded)
}

/// One diagnostic for each model whose calls a limit of money is to bound.
fn bounded(suite: &Suite) -> Vec<Diagnostic> {
    let mut wrong = Vec::new();
    for (candidate, spec) in &suite.candidates {
        let CandidateSource::Steps(pipeline) = &spec.source else { continue };
        if pipeline.limits.usd.is_none() {
            continue;
        }
        let of_step = |step: &crate::suite::StepSpec| match &step.action {
            Action::Prompt(prompt) => std::iter::once(prompt.model.clone())
                .chain(step.route.iter().map(|route| route.model.clone()))
                .collect(),
            Action::Service(_) | Action::Template(_) => Vec::new(),
        };
        let mut models: Vec<ModelName> = pipeline.steps.iter().flat_map(of_step).collect();
        models.sort();
        models.dedup();
        wrong.extend(models.into_iter().filter(|name| is_unpriced(suite, name)).map(|name| {
            let words =
                format!("`limits: usd` of candidate `{candidate}` cannot be kept: the model `{name}` has no price");
            Diagnostic::new(words).hint(format!("{HINT}; or bound `tokens` or `calls` instead"))
        }));
    }
    wrong
}

/// One diagnostic for each candidate of no known cost, where a metric is about that. A system of the user's own tells its
/// cost itself, and so may a recorded reply.
fn measured(suite: &Suite) -> Vec<Diagnostic> {
    let about_cost =
        suite.metrics.iter().find(|(_, spec)| spec.check().is_some_and(|check| check.kind == CheckKind::Cost));
    let Some((metric, _)) = about_cost else { return Vec::new() };
    let unpriced = suite.candidates.iter().filter_map(|(candidate, spec)| {
        let CandidateSource::Prompt(prompt) = &spec.source else { return None };
        is_unpriced(suite, &prompt.model).then(|| {
            let words = format!(
                "metric `{metric}` is the cost of an output, and that of candidate `{candidate}` is not known: the model \
                 `{}` has no price",
                prompt.model
            );
            Diagnostic::new(words).hint(format!("{HINT}; or take the metric out"))
        })
    });
    unpriced.collect()
}
