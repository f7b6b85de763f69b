//! Models, candidates and metrics that are right by themselves → where they do not fit each other.

use indexmap::IndexMap;

use crate::diagnostic::Diagnostic;
use crate::suite::fields::Fields;
use crate::suite::{
    CandidateName, CandidateSource, CandidateSpec, MetricName, MetricSpec, ModelName, ModelSpec, Provider,
};

pub fn check(
    suite: &Fields<'_>,
    models: &IndexMap<ModelName, ModelSpec>,
    candidates: &IndexMap<CandidateName, CandidateSpec>,
    metrics: &IndexMap<MetricName, MetricSpec>,
) {
    embeddings(suite, models, candidates, metrics);
    traces(suite, models, candidates, metrics);
}

/// Says where a candidate or a judge is to be answered by a model that gives embeddings.
fn embeddings(
    fields: &Fields<'_>,
    models: &IndexMap<ModelName, ModelSpec>,
    candidates: &IndexMap<CandidateName, CandidateSpec>,
    metrics: &IndexMap<MetricName, MetricSpec>,
) {
    let embeds = |name: &ModelName| models.get(name).is_some_and(|spec| spec.provider == Provider::OpenaiEmbeddings);
    for (candidate, model) in
        candidates.iter().flat_map(|(name, spec)| spec.models().into_iter().map(move |m| (name, m)))
    {
        if embeds(model) {
            let message =
                format!("the candidate `{candidate}` asks `{model}`, which gives embeddings and writes nothing");
            fields.say(
                "candidates",
                Diagnostic::new(message).hint("the check `similar` asks such a model, and a step with `retrieve`"),
            );
        }
    }
    for (metric, judged) in metrics.iter().filter_map(|(name, spec)| Some((name, spec.rubric()?))) {
        if let Some(model) = judged.judge.all().iter().find(|model| embeds(model)) {
            let message = format!("`{model}` judges `{metric}`, and gives embeddings and no verdict");
            fields.say(
                "metrics",
                Diagnostic::new(message).hint("the check `similar` asks such a model, and a step with `retrieve`"),
            );
        }
    }
}

/// Says where a check looks at the way to an output, and a candidate can tell none: each of its outputs would be an error,
/// found only when it is paid for.
fn traces(
    fields: &Fields<'_>,
    models: &IndexMap<ModelName, ModelSpec>,
    candidates: &IndexMap<CandidateName, CandidateSpec>,
    metrics: &IndexMap<MetricName, MetricSpec>,
) {
    let looks = |spec: &MetricSpec| spec.check().is_some_and(|check| check.kind.reads_trace());
    let Some((metric, _)) = metrics.iter().find(|(_, spec)| looks(spec)) else { return };
    for (candidate, spec) in candidates {
        let CandidateSource::Prompt(prompt) = &spec.source else { continue };
        // Recorded replies may have the way beside them.
        if models.get(&prompt.model).is_some_and(|model| model.provider != Provider::Recorded) {
            let message = format!(
                "`{metric}` looks at the way to an output, and the candidate `{candidate}` is a prompt, which tells none"
            );
            let hint =
                "`command`, `http` and `steps` tell their way, and `outputs` may: `contexts`, `tool_calls`, `steps`";
            fields.say("metrics", Diagnostic::new(message).hint(hint));
        }
    }
}
