//! `provider:` → who answers, or what to write instead of a name that is none.

use crate::diagnostic::Diagnostic;
use crate::suite::Provider;
use crate::suite::fields::Fields;
use crate::suite::reader::remedy;

const PROVIDERS: &[(&str, Provider)] = &[
    ("openai", Provider::Openai),
    ("openai-responses", Provider::OpenaiResponses),
    ("openai-embeddings", Provider::OpenaiEmbeddings),
    ("anthropic", Provider::Anthropic),
    ("gemini", Provider::Gemini),
    ("recorded", Provider::Recorded),
];

const COMPATIBLE: &str =
    "any server that speaks OpenAI's Chat Completions works: `provider: openai` with its `base_url`";

/// Names that people will ask for and that are no provider here, but not misspelt either: what to write instead.
const BY_OTHER_NAMES: &[(&str, &str)] = &[
    (
        "azure",
        "Azure OpenAI is `provider: openai` with its `base_url`, `headers: {api-key: \"${NAME}\"}` and `query: {api-version: …}`",
    ),
    ("claude", "Anthropic's Messages are `provider: anthropic`"),
    ("google", "Gemini's generateContent is `provider: gemini`"),
    ("vertex", "Gemini's generateContent is `provider: gemini`, with a `base_url` where it is not Google AI Studio"),
    ("bedrock", COMPATIBLE),
    ("mistral", COMPATIBLE),
    ("cohere", COMPATIBLE),
    ("groq", COMPATIBLE),
    ("ollama", COMPATIBLE),
    ("vllm", COMPATIBLE),
    ("openrouter", COMPATIBLE),
    ("together", COMPATIBLE),
    ("deepseek", COMPATIBLE),
    ("xai", COMPATIBLE),
    ("litellm", COMPATIBLE),
    ("huggingface", COMPATIBLE),
];

pub fn provider(fields: &Fields<'_>) -> Option<Provider> {
    let node = fields.required("provider", "provider: openai")?;
    let name = fields.reader.scalar(node, "provider")?;
    let known = PROVIDERS.iter().find(|(known, _)| *known == name).map(|(_, provider)| *provider);
    if known.is_none() {
        let names = PROVIDERS.iter().map(|(name, _)| *name);
        let hint = match BY_OTHER_NAMES.iter().find(|(other, _)| *other == name) {
            Some((_, hint)) => (*hint).to_string(),
            None => remedy(&name, names, ""),
        };
        fields.say("provider", Diagnostic::new(format!("there is no provider `{name}`")).hint(hint));
    }
    known
}

/// How the model of a provider may be called.
pub fn example(provider: Provider) -> &'static str {
    match provider {
        Provider::Recorded
        | Provider::Openai
        | Provider::OpenaiResponses
        | Provider::Command
        | Provider::Http
        | Provider::Retrieve => "model: gpt-4.1-mini",
        Provider::OpenaiEmbeddings => "model: text-embedding-3-small",
        Provider::Anthropic => "model: claude-sonnet-5",
        Provider::Gemini => "model: gemini-3.5-flash",
    }
}
