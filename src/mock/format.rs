//! The wire formats of the stand-in: where each has its schema, and how it wraps a text.

use serde::Deserialize;
use serde_json::{Value, json};

use super::{embedding, logprobs};

/// A format, told by the path of the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    ChatCompletions,
    Responses,
    Messages,
    GenerateContent,
    Embeddings,
}

/// Of a request, what an answer depends on; the rest is passed over unread.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Asking {
    model: Option<String>,
    response_format: Value,
    text: Value,
    output_config: Value,
    #[serde(rename = "generationConfig")]
    generation_config: Value,
    /// Whether Chat Completions is asked for probabilities.
    logprobs: Value,
    /// What Responses is asked for beside the text.
    include: Vec<String>,
    /// What Embeddings is asked about, and Responses.
    input: Value,
}

impl Format {
    pub(super) fn of(path: &str) -> Option<Self> {
        let ends = |end: &str| path.ends_with(end);
        match () {
            () if ends("/chat/completions") => Some(Self::ChatCompletions),
            () if ends("/responses") => Some(Self::Responses),
            () if ends("/messages") => Some(Self::Messages),
            () if ends(":generateContent") => Some(Self::GenerateContent),
            () if ends("/embeddings") => Some(Self::Embeddings),
            () => None,
        }
    }

    /// How it is called in the counts.
    pub(super) fn path(self) -> &'static str {
        match self {
            Self::ChatCompletions => "/chat/completions",
            Self::Responses => "/responses",
            Self::Messages => "/messages",
            Self::GenerateContent => ":generateContent",
            Self::Embeddings => "/embeddings",
        }
    }

    /// The schema that the reply has to meet.
    pub(super) fn schema(self, asking: &Asking) -> Option<&Value> {
        match self {
            Self::ChatCompletions => asking.response_format.pointer("/json_schema/schema"),
            Self::Responses => asking.text.pointer("/format/schema"),
            Self::Messages => asking.output_config.pointer("/format/schema"),
            Self::GenerateContent => asking.generation_config.get("responseJsonSchema"),
            Self::Embeddings => None,
        }
    }

    /// Whether the probabilities of tokens are asked for.
    fn wants_logprobs(self, asking: &Asking) -> bool {
        match self {
            Self::ChatCompletions => asking.logprobs == true,
            Self::Responses => asking.include.iter().any(|one| one == "message.output_text.logprobs"),
            Self::Messages | Self::Embeddings => false,
            Self::GenerateContent => asking.generation_config["responseLogprobs"] == true,
        }
    }

    /// The body of a reply. Tokens are counted roughly, four bytes each.
    pub(super) fn reply(self, asking: &Asking, text: &str, bytes_in: usize) -> Value {
        let model = format!("mock-{}", asking.model.as_deref().unwrap_or("model"));
        let with = self.wants_logprobs(asking);
        let (input, output) = (bytes_in.div_ceil(4), text.len().div_ceil(4));
        match self {
            Self::ChatCompletions => json!({
                "id": "mock", "object": "chat.completion", "model": model,
                "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop",
                    "logprobs": with.then(|| json!({"content": logprobs::listed(text)}))}],
                "usage": {"prompt_tokens": input, "completion_tokens": output, "total_tokens": input + output},
            }),
            Self::Responses => json!({
                "id": "mock", "object": "response", "status": "completed", "model": model,
                "output": [{"type": "message", "role": "assistant", "content": [
                    {"type": "output_text", "text": text, "logprobs": with.then(|| logprobs::listed(text))}]}],
                "usage": {"input_tokens": input, "output_tokens": output, "total_tokens": input + output},
            }),
            Self::Messages => json!({
                "id": "mock", "type": "message", "role": "assistant", "model": model,
                "content": [{"type": "text", "text": text}], "stop_reason": "end_turn",
                "usage": {"input_tokens": input, "output_tokens": output},
            }),
            Self::Embeddings => json!({
                "object": "list", "model": model, "data": embedding::listed(&asking.input),
                "usage": {"prompt_tokens": input, "total_tokens": input},
            }),
            Self::GenerateContent => json!({
                "modelVersion": model,
                "candidates": [{"content": {"role": "model", "parts": [{"text": text}]}, "finishReason": "STOP",
                    "logprobsResult": with.then(|| logprobs::gemini(text))}],
                "usageMetadata": {"promptTokenCount": input, "candidatesTokenCount": output, "totalTokenCount": input + output},
            }),
        }
    }
}
