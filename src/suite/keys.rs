//! The keys that may stand in each place of a suite: one list for the reader and for the JSON Schema.

pub const SUITE: &[&str] = &[
    "name",
    "description",
    "dataset",
    "models",
    "candidates",
    "metrics",
    "gate",
    "canaries",
    "ranking",
    "anchors",
    "seed",
    "repeat",
    "max_error_rate",
    "budget",
    "cache",
    "user",
];
pub const USER: &[&str] = &["model", "prompt", "persona", "goal", "turns", "stop"];
pub const BUDGET: &[&str] = &["usd"];
pub const CACHE: &[&str] = &["max_age", "max_size"];
pub const CANARIES: &[&str] = &["each", "at_most", "kinds", "metrics"];
pub const ANCHORS: &[&str] = &["path", "metrics"];
pub const DATASET: &[&str] = &["path", "fields"];
/// The fields that hold several values, each of which may stand in a column of its own: `tags.topic`.
pub const DIVISIBLE_FIELDS: &[&str] = &["input", "tags", "labels"];
/// What a dataset's columns may be mapped to.
pub const DATASET_FIELDS: &[&str] = &["id", "input", "reference", "context", "tags", "cluster", "labels", "messages"];
pub const MODEL: &[&str] = &[
    "provider",
    "model",
    "base_url",
    "api_key_env",
    "headers",
    "query",
    "params",
    "structured",
    "max_concurrency",
    "requests_per_minute",
    "tokens_per_minute",
    "timeout",
    "max_attempts",
    "patience",
    "fallback",
    "prices",
    "replies",
];
pub const PRICES: &[&str] = &["input", "output", "cached_input"];
pub const CANDIDATE: &[&str] = &[
    "prompt", "system", "messages", "model", "outputs", "command", "workers", "mode", "timeout", "env", "cwd", "http",
    "steps", "limits",
];
/// What goes with `command`, in a candidate and in a step.
pub const COMMAND: &[&str] = &["workers", "mode", "timeout", "env", "cwd"];
pub const HTTP: &[&str] = &[
    "url",
    "method",
    "headers",
    "query",
    "body",
    "output",
    "trace",
    "stream",
    "api_key_env",
    "timeout",
    "max_attempts",
    "max_concurrency",
    "requests_per_minute",
    "patience",
    "cache",
];
pub const STEP: &[&str] = &[
    "name", "prompt", "system", "messages", "model", "command", "workers", "mode", "timeout", "env", "cwd", "http",
    "retrieve", "query", "k", "by", "template", "when", "route", "repeat", "json",
];
pub const ROUTE: &[&str] = &["when", "model"];
pub const REPEAT: &[&str] = &["until", "max", "from"];
pub const LIMITS: &[&str] = &["calls", "tokens", "usd", "time"];
pub const MESSAGE: &[&str] = &["role", "content"];
pub const RUBRIC_METRIC: &[&str] = &["rubric", "judge", "panel", "goal", "missing", "repeat", "votes", "pairs"];
pub const CASCADE: &[&str] = &["cascade", "max_disagreement", "risk", "confidence", "samples", "within", "thresholds"];
/// Beside the keys of its own kind, every check may have these.
pub const CHECK: &[&str] = &["check", "goal", "weight", "not"];
pub const GATE: &[&str] = &[
    "baseline",
    "candidate",
    "alpha",
    "min_cases",
    "min_overlap",
    "max_error_rate",
    "on_inconclusive",
    "method",
    "sequential",
    "corrected",
    "rules",
];
pub const RANKING: &[&str] = &["ties", "control"];
pub const SEQUENTIAL: &[&str] = &["batch", "about"];
pub const BASELINE: &[&str] = &["run", "candidate"];
/// What a rule may demand; each rule has exactly one of them.
pub const DEMANDS: &[&str] = &["not_worse_by", "better_than", "equivalent_within", "at_least", "at_most", "every_case"];
pub const RULE: &[&str] = &[
    "audit",
    "drift",
    "metric",
    "limit",
    "slice",
    "cases",
    "severity",
    "not_worse_by",
    "better_than",
    "equivalent_within",
    "at_least",
    "at_most",
    "every_case",
    "repeats",
];
pub const RUBRIC: &[&str] = &[
    "name",
    "mode",
    "instructions",
    "scale",
    "criteria",
    "calls",
    "checklist",
    "shows",
    "failure_categories",
    "reply",
    "scoring",
    "graded",
    "orders",
];
pub const SCALE: &[&str] = &["min", "max", "labels", "values"];
pub const CRITERION: &[&str] = &["name", "weight", "description", "levels"];
pub const CHECKLIST_ITEM: &[&str] = &["name", "question", "weight", "critical"];
pub const PATTERN: &[&str] = &["pattern", "values"];
pub const CLAIMS: &[&str] = &["claims"];

/// A key that is not known where it stands, but whose meaning is: what to say, and what to write instead.
pub fn known_elsewhere(what: &str, key: &str) -> Option<(String, &'static str)> {
    let unknown = |hint| Some((format!("unknown key `{key}` in {what}"), hint));
    match (what, key) {
        ("a suite", "prompts") => {
            unknown("prompts are named under `candidates`: `v1: {prompt: prompts/v1.j2, model: writer}`")
        }
        ("a suite", "providers") => unknown("they are written under `models`"),
        ("a suite", "tests" | "cases") => unknown("cases stand in the file that `dataset` names"),
        ("a suite", "judge" | "judges" | "rubrics") => {
            unknown("a judge is a metric: `quality: {rubric: rubrics/quality.yaml, judge: grader}`")
        }
        ("a candidate", "user") => unknown("it stands in the suite, for all candidates: `user: {model: shopper}`"),
        ("a suite", "rules" | "baseline" | "alpha") => unknown("it stands under `gate`"),
        ("a suite", "candidate") => {
            unknown("versions stand under `candidates`, and the one that a gate decides on under `gate`")
        }
        ("a model", "api_key" | "key" | "token") => Some((
            "a key is named by its variable, never written down".to_string(),
            "write `api_key_env: NAME_OF_THE_VARIABLE`",
        )),
        ("a model", "retries" | "max_retries") => {
            unknown("called `max_attempts` here: how often a request is tried in all")
        }
        ("a model", "concurrency") => unknown("called `max_concurrency` here"),
        ("a model", "rpm") => unknown("called `requests_per_minute` here"),
        ("a model", "tpm") => unknown("called `tokens_per_minute` here"),
        ("a model", "fallbacks") => unknown("called `fallback` here: one model, which may have one of its own"),
        ("a model", "url" | "api_base" | "endpoint") => unknown("called `base_url` here"),
        ("a model", "temperature" | "max_tokens" | "top_p" | "stop" | "reasoning_effort" | "max_completion_tokens") => {
            unknown("what goes into the request stands under `params`")
        }
        ("a candidate", "url" | "endpoint" | "api") => {
            unknown("an endpoint is written `http: {url: …, output: /answer}`")
        }
        ("a candidate", "exec" | "script" | "run") => unknown("a program is written `command: [python, bot.py]`"),
        ("a metric", "threshold" | "min_score") => {
            unknown("what a metric must reach is a rule of the gate: `{metric: …, at_least: …}`")
        }
        ("a metric", "weight") => unknown("weights are for checks, and for the criteria of a rubric"),
        ("a metric", "samples") => unknown("called `repeat` here: how many verdicts a judge gives on each output"),
        ("a metric", "judges") => unknown("called `judge` here, for several too: `judge: [a, b, c]`"),
        ("a metric", "cascade") => unknown("it stands under `judge`: `judge: {cascade: [cheap, dear], …}`"),
        ("a cascade", "threshold") => unknown("called `thresholds` here, one for each judge but the last"),
        ("a criterion", "critical") => unknown("it is for the items of a `checklist`"),
        ("the check `regex`", "ignore_case") => unknown("start the pattern with `(?i)`"),
        ("the check `is-json`" | "the check `contains-json`", "value") => {
            unknown("called `schema` here: the file of a JSON Schema, or the schema itself")
        }
        ("the check `similar`", "provider") => unknown("called `model` here: a key under `models`"),
        ("the check `regex`", "value") => unknown("called `pattern` here"),
        ("a rule", "cost" | "latency" | "latency_p95" | "error_rate" | "max_cost") => {
            unknown("a limit is written `{limit: cost, at_most: 0.01}`")
        }
        ("a rule", "margin") => unknown("the margin is the value of `not_worse_by`"),
        ("a gate", "batch") => unknown("it stands under `sequential`: `sequential: {batch: 20}`"),
        ("a rubric", "prompt") => unknown("called `instructions` here"),
        _ => None,
    }
}

/// Whether what stands under a name is likely a secret, to be kept out of every message.
pub fn names_a_secret(name: &str) -> bool {
    let name = name.to_lowercase().replace('_', "-");
    if name.ends_with("-env") {
        return false;
    }
    ["key", "token", "secret", "password", "authorization", "cookie", "credential"]
        .iter()
        .any(|word| name.contains(word))
        && !name.contains("tokens")
}
