//! A judge whose probabilities are wanted → whether its parameters ask its server for them.

use serde_json::Value;

use crate::suite::{ModelSpec, Provider};

/// What is to be done so that replies of a model come with the probabilities of their tokens; `None` where they do.
pub fn lacking(spec: &ModelSpec) -> Option<&'static str> {
    let is_true = |at: &str| Value::Object(spec.params.clone()).pointer(at) == Some(&Value::Bool(true));
    match spec.provider {
        Provider::Recorded => None,
        Provider::Command | Provider::Http | Provider::Retrieve => Some("no system of your own judges"),
        Provider::OpenaiEmbeddings => Some("embeddings judge nothing"),
        Provider::Anthropic => Some("Anthropic's models tell no probabilities: use another judge, or `scoring: text`"),
        Provider::Openai if is_true("/logprobs") => None,
        Provider::Openai => Some("add `logprobs: true, top_logprobs: 20` to its `params`"),
        Provider::OpenaiResponses => {
            let wanted = "message.output_text.logprobs";
            let included = spec.params.get("include").and_then(Value::as_array);
            let asks = included.is_some_and(|all| all.iter().any(|one| one == wanted));
            (!asks).then_some("add `include: [message.output_text.logprobs], top_logprobs: 20` to its `params`")
        }
        Provider::Gemini if is_true("/generationConfig/responseLogprobs") => None,
        Provider::Gemini => Some("add `generationConfig: {responseLogprobs: true, logprobs: 20}` to its `params`"),
    }
}
