//! `models:` → who answers requests, where, and how patiently they are asked.

use std::time::Duration;

use indexmap::IndexMap;
use serde_json::{Map, Value as Json};

use super::named;
use crate::diagnostic::Diagnostic;
use crate::suite::environment::is_variable_name;
use crate::suite::fields::Fields;
use crate::suite::keys;
use crate::suite::node::Node;
use crate::suite::reader::{Reader, remedy};
use crate::suite::{ModelName, ModelSpec, Prices, Provider, Structured};

const PROVIDERS: &[(&str, Provider)] = &[("openai", Provider::Openai), ("recorded", Provider::Recorded)];

/// Providers that people will ask for: not built, but not misspelt either.
const NOT_BUILT: &[&str] = &[
    "anthropic",
    "gemini",
    "google",
    "vertex",
    "azure",
    "bedrock",
    "mistral",
    "cohere",
    "groq",
    "ollama",
    "vllm",
    "openrouter",
    "together",
    "deepseek",
    "xai",
    "litellm",
    "huggingface",
];

const STRUCTURED: &[(&str, Structured)] =
    &[("auto", Structured::Auto), ("schema", Structured::Schema), ("object", Structured::Object), ("off", Structured::Off)];

/// What karat writes into every request itself.
const OWN_PARAMS: &[&str] = &["messages", "model", "stream", "n"];

pub fn read(suite: &Fields<'_>) -> IndexMap<ModelName, ModelSpec> {
    named(suite, "models", |_, node| model(suite.reader, node))
}

fn model(reader: Reader<'_>, node: &Node) -> Option<ModelSpec> {
    let fields = Fields::open(reader, node, "a model", keys::MODEL)?;
    let provider = provider(&fields);
    let model = fields.optional_text("model");
    let base_url = base_url(&fields);
    let replies = fields.optional_text("replies");
    match provider {
        Some(Provider::Recorded) => {
            fields.required("replies", "replies: datasets/replies.jsonl");
            if let (Some(path), Some(node)) = (&replies, fields.get("replies")) {
                reader.expect_file(node, path);
            }
        }
        Some(Provider::Openai) => {
            fields.required("model", "model: gpt-4.1-mini");
            if fields.has("replies") {
                fields.say("replies", Diagnostic::new("`replies` is for `provider: recorded`: this model is asked over the network"));
            }
        }
        None => {}
    }
    if let (Some(text), Some(node)) = (&model, fields.get("model")) {
        reader.expand(node, text);
    }
    let spec = ModelSpec {
        provider: provider.unwrap_or(Provider::Openai),
        model,
        base_url,
        api_key_env: api_key_env(&fields),
        headers: strings(&fields, "headers"),
        query: strings(&fields, "query"),
        params: params(&fields),
        structured: fields.one_of("structured", STRUCTURED).unwrap_or_default(),
        max_concurrency: fields.whole("max_concurrency", 1, 100_000).and_then(|n| usize::try_from(n).ok()),
        requests_per_minute: fields.whole("requests_per_minute", 1, u64::from(u32::MAX)).and_then(|n| u32::try_from(n).ok()),
        timeout: fields.duration("timeout").unwrap_or(Duration::from_secs(60)),
        max_attempts: fields.whole("max_attempts", 1, 100).and_then(|n| u32::try_from(n).ok()).unwrap_or(6),
        prices: prices(&fields),
        replies,
    };
    provider.map(|_| spec)
}

fn provider(fields: &Fields<'_>) -> Option<Provider> {
    let node = fields.required("provider", "provider: openai")?;
    let name = fields.reader.scalar(node, "provider")?;
    let known = PROVIDERS.iter().find(|(known, _)| *known == name).map(|(_, provider)| *provider);
    if known.is_none() {
        let names: Vec<&str> = PROVIDERS.iter().map(|(name, _)| *name).collect();
        let diagnostic = if NOT_BUILT.contains(&name.as_str()) {
            Diagnostic::new(format!("provider `{name}` is not built yet; known: {}", names.join(", ")))
                .hint("any server that speaks OpenAI's chat completions works: `provider: openai` with its `base_url`")
        } else {
            Diagnostic::new(format!("there is no provider `{name}`")).hint(remedy(&name, names, ""))
        };
        fields.say("provider", diagnostic);
    }
    known
}

fn base_url(fields: &Fields<'_>) -> Option<String> {
    let node = fields.get("base_url")?;
    let url = fields.reader.text(node, "base_url")?;
    let expanded = fields.reader.expand(node, &url)?;
    let rest = expanded.strip_prefix("https://").or_else(|| expanded.strip_prefix("http://"));
    match rest {
        None => fields.say("base_url", Diagnostic::new("`base_url` must start with `http://` or `https://`")),
        Some(rest) => {
            let authority = rest.split(['/', '?', '#']).next().unwrap_or("");
            if let Some((_, password)) = url.split_once('@').and_then(|(before, _)| before.rsplit_once(':'))
                && authority.contains('@')
                && !password.contains("${")
            {
                fields.reader.folder.hide(password);
                fields.say("base_url", written_key().hint("put it into a header: `headers: {authorization: \"${NAME}\"}`"));
            }
            if expanded.trim_end_matches('/').ends_with("/chat/completions") {
                let diagnostic = Diagnostic::new("`base_url` is the root of the API, and the endpoint's own path comes after it");
                fields.say("base_url", diagnostic.hint("leave `/chat/completions` off"));
            }
        }
    }
    Some(url)
}

fn api_key_env(fields: &Fields<'_>) -> Option<String> {
    let name = fields.optional_text("api_key_env")?;
    if is_variable_name(&name) {
        return Some(name);
    }
    // Who writes the key itself here has put it into a file already; the message need not spread it further.
    fields.reader.folder.hide(&name);
    let diagnostic = Diagnostic::new("`api_key_env` must be the name of an environment variable");
    fields.say("api_key_env", diagnostic.hint("a key is named by its variable, never written down: `api_key_env: OPENAI_API_KEY`"));
    None
}

/// A map of texts, none of which may be a key written down.
fn strings(fields: &Fields<'_>, key: &str) -> IndexMap<String, String> {
    let mut strings = IndexMap::new();
    for (name, node) in fields.names(key) {
        let Some(text) = fields.reader.scalar(node, &name.name) else { continue };
        if keys::names_a_secret(&name.name) && !text.contains("${") && text.chars().count() > 8 {
            fields.reader.folder.hide(&text);
            fields.reader.say(node.at, written_key().hint(format!("write `{}: \"${{NAME_OF_THE_VARIABLE}}\"`", name.name)));
        }
        fields.reader.expand(node, &text);
        strings.insert(name.name.clone(), text);
    }
    strings
}

fn written_key() -> Diagnostic {
    Diagnostic::new("a key is named by its variable, never written down")
}

fn params(fields: &Fields<'_>) -> Map<String, Json> {
    let Some(node) = fields.get("params") else { return Map::new() };
    for (key, _) in fields.names("params") {
        if OWN_PARAMS.contains(&key.name.as_str()) {
            fields.reader.say(key.at, Diagnostic::new(format!("`{}` is written by karat, and cannot stand under `params`", key.name)));
        }
    }
    node.each_text(&mut |node, text| {
        fields.reader.expand(node, text);
    });
    match node.to_json() {
        Some(Json::Object(params)) => params,
        Some(_) => Map::new(),
        None => {
            fields.say("params", Diagnostic::new("`params` holds a number that JSON cannot say"));
            Map::new()
        }
    }
}

fn prices(fields: &Fields<'_>) -> Option<Prices> {
    let node = fields.get("prices")?;
    let fields = Fields::open(fields.reader, node, "`prices`", keys::PRICES)?;
    let price = |key| fields.number(key, "US dollars for a million tokens, 0 or more", |x| x >= 0.0);
    fields.required("input", "prices: {input: 0.4, output: 1.6}");
    fields.required("output", "prices: {input: 0.4, output: 1.6}");
    Some(Prices { input: price("input")?, output: price("output")?, cached_input: price("cached_input") })
}
