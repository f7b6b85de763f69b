//! Checks of what an output cost, and limits on it → models without a price, of which that cannot be said.

use crate::diagnostic::Diagnostic;
use crate::suite::{CandidateSource, CandidateSpec, CheckKind, MetricSpec, ModelName, ModelSpec, Provider, Suite};

const HINT: &str = "give it one, in US dollars a million tokens: `prices: {input: 0.4, output: 1.6}`";

/// One diagnostic for each candidate of no known cost, where that is measured or bounded. A system of the user's own tells
/// its cost itself, and so may a recorded reply.
pub(super) fn unpriced(suite: &Suite) -> Vec<Diagnostic> {
    let is_cost = |spec: &MetricSpec| spec.check().is_some_and(|check| check.kind == CheckKind::Cost);
    let measured = suite.metrics.iter().find(|(_, spec)| is_cost(spec)).map(|(metric, _)| metric);
    let mut wrong = Vec::new();
    for (candidate, spec) in &suite.candidates {
        let Some(model) = writers(spec).into_iter().find(|name| is_unpriced(suite, name)) else { continue };
        if let Some(metric) = measured {
            let words = format!(
                "metric `{metric}` is the cost of an output, and that of candidate `{candidate}` is not known: the model \
                 `{model}` has no price"
            );
            wrong.push(Diagnostic::new(words).hint(format!("{HINT}; or take the metric out")));
        }
        if is_bounded(spec) {
            let words =
                format!("`limits: usd` of candidate `{candidate}` cannot be kept: the model `{model}` has no price");
            wrong.push(Diagnostic::new(words).hint(format!("{HINT}; or bound `tokens` or `calls` instead")));
        }
    }
    wrong
}

/// The models whose calls are a candidate's cost. What plays a person is not.
fn writers(spec: &CandidateSpec) -> Vec<&ModelName> {
    match &spec.source {
        CandidateSource::Talk(talk) => vec![talk.model()],
        _ => spec.models(),
    }
}

fn is_bounded(spec: &CandidateSpec) -> bool {
    matches!(&spec.source, CandidateSource::Steps(pipeline) if pipeline.limits.usd.is_some())
}

/// Whether nobody will tell what the calls of a model cost.
fn is_unpriced(suite: &Suite, name: &ModelName) -> bool {
    let lacks =
        |model: &ModelSpec| model.prices.is_none() && model.service.is_none() && model.provider != Provider::Recorded;
    suite.models.get(name).is_some_and(lacks)
}
