//! `models:` → who answers requests, where, and how patiently they are asked.

use std::time::Duration;

use indexmap::IndexMap;
use serde_json::{Map, Value as Json};

use self::connection::{api_key_env, base_url, strings};
use self::provider::{example, provider};
use super::{Written, named};
use crate::diagnostic::Diagnostic;
use crate::suite::fields::Fields;
use crate::suite::keys;
use crate::suite::node::{Key, Node, Value};
use crate::suite::reader::Reader;
use crate::suite::{ModelName, ModelSpec, Prices, Provider, Structured};

pub(super) mod connection;
mod fallback;
mod provider;

const STRUCTURED: &[(&str, Structured)] = &[
    ("auto", Structured::Auto),
    ("schema", Structured::Schema),
    ("object", Structured::Object),
    ("off", Structured::Off),
];

pub fn read(suite: &Fields<'_>, written: &Written) -> IndexMap<ModelName, ModelSpec> {
    let models = named(suite, "models", |_, node| model(suite.reader, node, written));
    fallback::check(suite, &models);
    models
}

fn model(reader: Reader<'_>, node: &Node, written: &Written) -> Option<ModelSpec> {
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
        Some(asked) => {
            fields.required("model", example(asked));
            if fields.has("replies") {
                fields.say(
                    "replies",
                    Diagnostic::new("`replies` is for `provider: recorded`: this model is asked over the network"),
                );
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
        params: params(&fields, provider),
        structured: structured(&fields, provider),
        max_concurrency: fields.whole("max_concurrency", 1, 100_000).and_then(|n| usize::try_from(n).ok()),
        requests_per_minute: fields
            .whole("requests_per_minute", 1, u64::from(u32::MAX))
            .and_then(|n| u32::try_from(n).ok()),
        tokens_per_minute: fields
            .whole("tokens_per_minute", 1, u64::from(u32::MAX))
            .and_then(|n| u32::try_from(n).ok()),
        patience: fields.duration("patience"),
        fallback: fallback::read(&fields, written),
        timeout: fields.duration("timeout").unwrap_or(Duration::from_secs(60)),
        max_attempts: fields.whole("max_attempts", 1, 100).and_then(|n| u32::try_from(n).ok()).unwrap_or(6),
        prices: prices(&fields),
        price_list: None,
        replies,
        service: None,
    };
    provider.map(|_| spec)
}

fn structured(fields: &Fields<'_>, provider: Option<Provider>) -> Structured {
    let structured = fields.one_of("structured", STRUCTURED).unwrap_or_default();
    if provider == Some(Provider::Anthropic) && structured == Structured::Object {
        let diagnostic = Diagnostic::new("Anthropic's Messages have a form for a schema, and none for any object");
        fields.say("structured", diagnostic.hint("known: `auto`, `schema`, `off`"));
    }
    structured
}

fn params(fields: &Fields<'_>, provider: Option<Provider>) -> Map<String, Json> {
    let Some(node) = fields.get("params") else {
        return Map::new();
    };
    for (path, instead) in provider.into_iter().flat_map(Provider::refused_params) {
        if let Some(key) = written(fields.names("params"), path) {
            let diagnostic = Diagnostic::new(format!("`{path}` cannot stand under `params`"));
            fields.reader.say(key.at, diagnostic.hint(*instead));
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

/// The key at a path of one or two names, where it is written.
fn written<'a>(entries: &'a [(Key, Node)], path: &str) -> Option<&'a Key> {
    let (outer, inner) = path.split_once('.').map_or((path, None), |(outer, inner)| (outer, Some(inner)));
    let (key, node) = entries.iter().find(|(key, _)| key.name == outer)?;
    match (inner, &node.value) {
        (None, _) => Some(key),
        (Some(inner), Value::Map(entries)) => written(entries, inner),
        (Some(_), _) => None,
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
