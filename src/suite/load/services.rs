//! `command:` and `http:` → a system of the user's own, put among the models under a name of its own.

use std::time::Duration;

use indexmap::IndexMap;
use serde_json::{Map, Value as Json};

use super::models::connection::{address, api_key_env, strings};
use super::prompts::check_inline;
use crate::diagnostic::Diagnostic;
use crate::suite::environment::is_variable_name;
use crate::suite::fields::Fields;
use crate::suite::keys;
use crate::suite::node::{Node, Value};
use crate::suite::{
    CommandMode, CommandSpec, HttpSpec, Method, ModelName, ModelSpec, Provider, RetrieveSpec, SearchBy, Service,
    Structured, template,
};

const MODES: &[(&str, CommandMode)] = &[("lines", CommandMode::Lines), ("once", CommandMode::Once)];
const METHODS: &[(&str, Method)] = &[("POST", Method::Post), ("PUT", Method::Put), ("GET", Method::Get)];
const SEARCHES: &[(&str, SearchBy)] =
    &[("bm25", SearchBy::Bm25), ("vectors", SearchBy::Vectors), ("hybrid", SearchBy::Hybrid)];
const STREAMS: &[(&str, bool)] = &[("sse", true)];

/// Workers of a command, where the suite does not say.
const WORKERS: usize = 2;

/// What may stand under `trace`.
const PARTS: [&str; 6] = ["contexts", "tool_calls", "steps", "messages", "usage", "cost"];

/// Reads what `source` names, for the candidate or the step called `name`.
pub fn read(
    fields: &Fields<'_>,
    source: &str,
    name: &str,
    models: &mut IndexMap<ModelName, ModelSpec>,
) -> Option<ModelName> {
    let spec = if source == "command" { command(fields) } else { http(fields) }?;
    add(fields, source, format!("{source}:{name}"), spec, models)
}

/// Reads the program of the check called `name`.
pub fn program(fields: &Fields<'_>, name: &str, models: &mut IndexMap<ModelName, ModelSpec>) -> Option<ModelName> {
    fields.required("command", "command: [python, check.py]")?;
    add(fields, "command", format!("exec:{name}"), command(fields)?, models)
}

/// Documents of one search, where the suite does not say.
const DOCUMENTS: usize = 5;

/// Reads the corpus that the step called `name` searches.
pub fn retrieve(fields: &Fields<'_>, name: &str, models: &mut IndexMap<ModelName, ModelSpec>) -> Option<ModelName> {
    let corpus = fields.text("retrieve", "retrieve: docs/")?;
    let node = fields.get("retrieve")?;
    if let Some(path) = fields.reader.expand(node, &corpus)
        && fields.reader.folder.with_data
        && !fields.reader.folder.resolve(&path).exists()
    {
        let diagnostic = Diagnostic::new(format!("there is no `{path}` to search"));
        fields.say("retrieve", diagnostic.hint("a folder of texts, or a file of documents with `id` and `text`"));
    }
    let query = match fields.get("query") {
        Some(node) => {
            let text = fields.reader.scalar(node, "query")?;
            check_inline(fields.reader, node, &text);
            text
        }
        None => "{{ input }}".to_string(),
    };
    let k = fields.whole("k", 1, 1000).and_then(|n| usize::try_from(n).ok()).unwrap_or(DOCUMENTS);
    let by = fields.one_of("by", SEARCHES).unwrap_or_default();
    let embedder = embedder(fields, by, models)?;
    let service = Service::Retrieve(RetrieveSpec { corpus, query, k, by, embedder });
    add(fields, "retrieve", format!("retrieve:{name}"), spec(Provider::Retrieve, service), models)
}

/// The model of a search by vectors. The outer `None` is a mistake.
fn embedder(fields: &Fields<'_>, by: SearchBy, models: &IndexMap<ModelName, ModelSpec>) -> Option<Option<ModelName>> {
    if by == SearchBy::Bm25 {
        if fields.has("model") {
            let diagnostic = Diagnostic::new("a search by words asks no model");
            fields.say("model", diagnostic.hint("write `by: vectors` or `by: hybrid`, or leave `model` off"));
        }
        return Some(None);
    }
    let node = fields.required("model", "model: embedder")?;
    let name = ModelName::from(fields.reader.scalar(node, "model")?);
    match models.get(&name) {
        // The vectors of two models have nothing to do with each other.
        Some(spec) if spec.provider == Provider::OpenaiEmbeddings && spec.fallback.is_some() => {
            let diagnostic = Diagnostic::new(format!("`{name}` has a `fallback`, whose vectors would be others"));
            fields.say("model", diagnostic.hint("name a model without one"));
            None
        }
        Some(spec) if spec.provider == Provider::OpenaiEmbeddings => Some(Some(name)),
        // Recorded replies are texts, and no vectors.
        _ => super::checks::similar::check(fields, &name, models).and_then(|()| {
            let diagnostic = Diagnostic::new(format!("the vectors of `{name}` cannot be recorded"));
            fields.say("model", diagnostic.hint("a search by vectors asks `provider: openai-embeddings`"));
            None
        }),
    }
}

fn add(
    fields: &Fields<'_>,
    key: &str,
    name: String,
    spec: ModelSpec,
    models: &mut IndexMap<ModelName, ModelSpec>,
) -> Option<ModelName> {
    let name = ModelName::from(name);
    if models.contains_key(&name) {
        fields.say(key, Diagnostic::new(format!("this is called `{name}`, and a model of the suite is called so too")));
    }
    models.insert(name.clone(), spec);
    Some(name)
}

/// The text of each template in it, with where it stands.
pub fn templates<'a>(fields: &Fields<'a>) -> Vec<(&'a Node, String)> {
    let mut found = Vec::new();
    let Some(Value::Map(entries)) = fields.get("http").map(|node| &node.value) else { return found };
    for (_, node) in entries.iter().filter(|(key, _)| key.name == "body" || key.name == "query") {
        node.each_text(&mut |node, text| found.push((node, text.to_string())));
    }
    found
}

fn command(fields: &Fields<'_>) -> Option<ModelSpec> {
    let reader = fields.reader;
    let node = fields.get("command")?;
    let command = match &node.value {
        Value::List(items) => items.iter().map(|item| reader.scalar(item, "command")).collect::<Option<Vec<_>>>()?,
        _ => {
            let diagnostic =
                Diagnostic::new("`command` must be a list of the program and its arguments: no shell is used");
            let written: Vec<&str> = node.scalar().unwrap_or("python bot.py").split_whitespace().collect();
            fields.say("command", diagnostic.hint(format!("write `command: [{}]`", written.join(", "))));
            return None;
        }
    };
    if command.first().is_none_or(|program| program.trim().is_empty()) {
        fields.say(
            "command",
            Diagnostic::new("`command` names no program").hint("for example `command: [python, bot.py]`"),
        );
        return None;
    }
    let mut env = Vec::new();
    for (at, name) in fields.texts("env").unwrap_or_default() {
        if is_variable_name(&name) {
            env.push(name);
        } else {
            let name = name.split('=').next().unwrap_or_default().to_string();
            let diagnostic = Diagnostic::new(format!("`{name}` in `env` must be the name of a variable"));
            reader.say(at, diagnostic.hint("its value is taken from the environment, and never written down"));
        }
    }
    let cwd = fields.optional_text("cwd");
    if let (Some(written), Some(node)) = (&cwd, fields.get("cwd"))
        && let Some(path) = reader.expand(node, written)
        && !reader.folder.resolve(&path).is_dir()
    {
        fields.say("cwd", Diagnostic::new(format!("there is no folder `{path}`")));
    }
    let workers = fields.whole("workers", 1, 1000).and_then(|n| usize::try_from(n).ok()).unwrap_or(WORKERS);
    let mode = fields.one_of("mode", MODES).unwrap_or_default();
    let timeout = fields.duration("timeout").unwrap_or(Duration::from_secs(60));
    let service = Service::Command(CommandSpec { command, workers, mode, env, cwd });
    Some(ModelSpec { max_concurrency: Some(workers), timeout, ..spec(Provider::Command, service) })
}

fn http(outer: &Fields<'_>) -> Option<ModelSpec> {
    let fields = Fields::open(outer.reader, outer.get("http")?, "`http`", keys::HTTP)?;
    fields.required("url", "url: https://bot.example/answer");
    let url = address(&fields, "url");
    let method = fields.one_of("method", METHODS).unwrap_or_default();
    let body = body(&fields);
    match (method, fields.has("body")) {
        (Method::Get, true) => fields.say("body", Diagnostic::new("a GET has no `body`: put it into `query`")),
        (Method::Post | Method::Put, false) => {
            fields.required("body", "body: {question: \"{{ input }}\"}");
        }
        _ => {}
    }
    let mut query = IndexMap::new();
    let mut fixed = IndexMap::new();
    for (name, text) in strings(&fields, "query") {
        if template::is_template(&text) {
            query.insert(name, text)
        } else {
            fixed.insert(name, text)
        };
    }
    for (_, node) in fields.names("query") {
        if let Some(text) = node.scalar() {
            check_inline(fields.reader, node, text);
        }
    }
    let spec = ModelSpec {
        base_url: Some(url?),
        api_key_env: api_key_env(&fields),
        headers: strings(&fields, "headers"),
        query: fixed,
        timeout: fields.duration("timeout").unwrap_or(Duration::from_secs(60)),
        max_attempts: fields.whole("max_attempts", 1, 100).and_then(|n| u32::try_from(n).ok()).unwrap_or(6),
        max_concurrency: fields.whole("max_concurrency", 1, 100_000).and_then(|n| usize::try_from(n).ok()),
        requests_per_minute: fields
            .whole("requests_per_minute", 1, u64::from(u32::MAX))
            .and_then(|n| u32::try_from(n).ok()),
        patience: fields.duration("patience"),
        ..spec(
            Provider::Http,
            Service::Http(HttpSpec {
                method,
                body: body?,
                query,
                output: pointer(&fields, "output").unwrap_or_default(),
                trace: pointers(&fields),
                sse: fields.one_of("stream", STREAMS).unwrap_or(false),
                cache: fields.flag("cache").unwrap_or(false),
            }),
        )
    };
    fields.required("output", "output: /answer");
    Some(spec)
}

/// The body, in which every text may be a template. The outer `None` is a mistake, the inner one no body.
fn body(fields: &Fields<'_>) -> Option<Option<Json>> {
    let Some(node) = fields.get("body") else { return Some(None) };
    node.each_text(&mut |node, text| check_inline(fields.reader, node, text));
    match node.to_json() {
        Some(body) => Some(Some(body)),
        None => fields.reader.wrong(node, "body", "JSON"),
    }
}

fn pointer(fields: &Fields<'_>, key: &str) -> Option<String> {
    let node = fields.get(key)?;
    let text = fields.reader.scalar(node, key)?;
    check_pointer(fields, node, key, &text);
    Some(text)
}

fn check_pointer(fields: &Fields<'_>, node: &Node, key: &str, text: &str) {
    if !text.is_empty() && !text.starts_with('/') {
        let diagnostic = Diagnostic::new(format!("`{key}` must be a JSON Pointer, which begins with `/`"));
        fields.reader.say(node.at, diagnostic.hint(format!("for example `{key}: /{}`", text.replace('.', "/"))));
    }
}

fn pointers(fields: &Fields<'_>) -> IndexMap<String, String> {
    let mut found = IndexMap::new();
    for (name, node) in fields.names("trace") {
        if !PARTS.contains(&name.name.as_str()) {
            let diagnostic = Diagnostic::new(format!("`{}` is no part of a trace", name.name));
            fields.reader.say(name.at, diagnostic.hint(format!("known: {}", PARTS.join(", "))));
        }
        if let Some(text) = fields.reader.scalar(node, &name.name) {
            check_pointer(fields, node, &name.name, &text);
            found.insert(name.name.clone(), text);
        }
    }
    found
}

/// A model that is no model, of which nothing else is said.
fn spec(provider: Provider, service: Service) -> ModelSpec {
    ModelSpec {
        provider,
        model: None,
        base_url: None,
        api_key_env: None,
        headers: IndexMap::new(),
        query: IndexMap::new(),
        params: Map::new(),
        structured: Structured::Off,
        max_concurrency: None,
        requests_per_minute: None,
        tokens_per_minute: None,
        patience: None,
        fallback: None,
        timeout: Duration::from_secs(60),
        max_attempts: 1,
        prices: None,
        price_list: None,
        replies: None,
        service: Some(Box::new(service)),
    }
}
