//! Who answers a model's requests: the words for it, and what its parameters may not say.

use serde::{Deserialize, Serialize};

/// Who answers requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Provider {
    /// Replies recorded in a file: no network, no cost.
    Recorded,
    /// OpenAI's Chat Completions, or any server that speaks it.
    Openai,
    /// OpenAI's Responses.
    OpenaiResponses,
    /// OpenAI's Embeddings, or any server that speaks it. It writes nothing: checks ask it how alike texts are.
    OpenaiEmbeddings,
    /// Anthropic's Messages.
    Anthropic,
    /// Gemini's generateContent.
    Gemini,
    /// A command of the user's own. No model is written with it: a candidate or a step is.
    Command,
    /// An endpoint of the user's own, likewise.
    Http,
    /// A corpus that is searched, likewise.
    Retrieve,
}

/// A parameter that may not stand under `params` (`a.b`: `b` within `a`), and what to do instead.
type Refused = (&'static str, &'static str);

const MODEL: Refused = ("model", "name it beside `provider`");
const STREAM: Refused = ("stream", "karat reads whole replies");
const BACKGROUND: Refused = ("background", "karat waits for its replies");
const MESSAGES: &str = "they are made from the candidate's prompt or the rubric";
const SYSTEM: &str = "it is made from the candidate's system prompt or the rubric";
const SAMPLES: &str = "use `repeat`, so that each output is a sample of its own";
const ALONE: &str = "every request stands for itself";
const MAX_TOKENS: &str = "with this provider it is called `max_tokens`";
const MAX_OUTPUT_TOKENS: &str = "with this provider it is called `max_output_tokens`";
const WITHIN: &str = "it stands within: `params: {generationConfig: {temperature: 0, maxOutputTokens: 800}}`";

impl Provider {
    /// Parameters that would change what karat asks for or how it reads the answer, and such as the provider calls
    /// by another name.
    pub fn refused_params(self) -> &'static [Refused] {
        match self {
            Self::Recorded | Self::Command | Self::Http | Self::Retrieve => &[],
            Self::OpenaiEmbeddings => &[MODEL, ("input", "it is made from the output and the check's `value`")],
            Self::Openai => &[MODEL, STREAM, ("messages", MESSAGES), ("n", SAMPLES)],
            Self::OpenaiResponses => &[
                MODEL,
                STREAM,
                BACKGROUND,
                ("input", MESSAGES),
                ("messages", MESSAGES),
                ("instructions", SYSTEM),
                ("previous_response_id", ALONE),
                ("conversation", ALONE),
                ("max_tokens", MAX_OUTPUT_TOKENS),
                ("max_completion_tokens", MAX_OUTPUT_TOKENS),
                ("response_format", "with this provider it is called `text: {format: …}`"),
                ("reasoning_effort", "with this provider it is called `reasoning: {effort: …}`"),
            ],
            Self::Anthropic => &[
                MODEL,
                STREAM,
                ("messages", MESSAGES),
                ("system", SYSTEM),
                ("max_completion_tokens", MAX_TOKENS),
                ("max_output_tokens", MAX_TOKENS),
                ("stop", "with this provider it is called `stop_sequences`"),
                ("response_format", "with this provider it is called `output_config: {format: …}`"),
                ("output_format", "with this provider it is called `output_config: {format: …}`"),
            ],
            Self::Gemini => &[
                MODEL,
                STREAM,
                ("contents", MESSAGES),
                ("messages", MESSAGES),
                ("systemInstruction", SYSTEM),
                ("system_instruction", SYSTEM),
                ("generationConfig.candidateCount", SAMPLES),
                ("generation_config", "it is written `generationConfig`"),
                ("temperature", WITHIN),
                ("topP", WITHIN),
                ("topK", WITHIN),
                ("top_p", WITHIN),
                ("top_k", WITHIN),
                ("seed", WITHIN),
                ("stopSequences", WITHIN),
                ("maxOutputTokens", WITHIN),
                ("max_tokens", WITHIN),
                ("max_output_tokens", WITHIN),
                ("thinkingConfig", WITHIN),
                ("responseMimeType", WITHIN),
                ("responseSchema", WITHIN),
                ("responseJsonSchema", WITHIN),
            ],
        }
    }
}
