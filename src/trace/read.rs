//! A reply's JSON object → the trace in it, by the names that frameworks use, or what is wrong with it.

use serde_json::{Map, Value};

use super::{Passage, ToolCall, Trace, TracedStep, Turn};

/// The keys under which a trace is looked for, beside `trace` itself, which holds them all.
pub const KEYS: [&str; 4] = ["contexts", "tool_calls", "steps", "messages"];

impl Trace {
    /// The trace that an object tells of, within the limits: under `trace`, or under the keys themselves.
    /// `None` where it tells of none.
    ///
    /// A document may be a text, or an object with `text` (`content`, `page_content`), `id` and `score`. A tool call is
    /// `name` with `arguments` (`args`, `input`) and `result` (`output`), or as OpenAI writes it. A step is a name, or
    /// an object with `name`.
    ///
    /// # Errors
    /// What stands where something else should, in words.
    pub fn read(fields: &Map<String, Value>) -> Result<Option<Self>, String> {
        // Most tell of none.
        if !fields.keys().any(|key| key == "trace" || KEYS.contains(&key.as_str())) {
            return Ok(None);
        }
        let whole = match fields.get("trace").map(written) {
            None | Some(Value::Null) => None,
            Some(Value::Object(whole)) => Some(whole),
            Some(other) => return Err(format!("`trace`: expected an object, found {}", kind_of(&other))),
        };
        let find = |key: &str| whole.as_ref().and_then(|whole| whole.get(key)).or_else(|| fields.get(key));
        let trace = Self {
            contexts: list(find("contexts"), "contexts", passage)?,
            tool_calls: list(find("tool_calls"), "tool_calls", tool_call)?,
            steps: list(find("steps"), "steps", step)?,
            messages: list(find("messages"), "messages", turn)?,
            ended: None,
            only_steps: false,
            cut: Vec::new(),
        };
        // An empty list tells something too: that no tool was called, that nothing was found.
        let told = KEYS.iter().any(|key| find(key).is_some_and(|value| !written(value).is_null()));
        Ok(told.then(|| trace.within_limits()))
    }
}

fn list<T>(found: Option<&Value>, key: &str, item: impl Fn(&Value) -> Result<T, String>) -> Result<Vec<T>, String> {
    match found.map(written) {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(items)) => {
            let read = |(at, value)| item(value).map_err(|why| format!("`{key}`, item {}: {why}", at + 1));
            items.iter().enumerate().map(read).collect()
        }
        Some(other) => Err(format!("`{key}`: expected a list, found {}", kind_of(&other))),
    }
}

/// The value itself, or the JSON that a text holds: a cell of a table can be nothing else.
fn written(value: &Value) -> Value {
    match value {
        Value::String(text) if text.trim_start().starts_with(['[', '{']) => {
            serde_json::from_str(text).unwrap_or_else(|_| value.clone())
        }
        Value::String(text) if text.is_empty() => Value::Null,
        other => other.clone(),
    }
}

fn passage(value: &Value) -> Result<Passage, String> {
    match value {
        Value::String(text) => Ok(Passage { id: None, text: text.clone(), score: None }),
        Value::Object(fields) => {
            let text = first(fields, &["text", "content", "page_content"]).map(text_of);
            let id = first(fields, &["id", "doc_id", "document_id", "source"]).and_then(scalar);
            if text.is_none() && id.is_none() {
                return Err("a document has `text` or `id`".to_string());
            }
            let score = first(fields, &["score", "relevance"]).and_then(Value::as_f64);
            Ok(Passage { id, text: text.unwrap_or_default(), score })
        }
        other => Err(format!("expected a text or an object, found {}", kind_of(other))),
    }
}

fn tool_call(value: &Value) -> Result<ToolCall, String> {
    let Value::Object(fields) = value else {
        return Err(format!("expected an object with `name`, found {}", kind_of(value)));
    };
    // OpenAI's form keeps the name and the arguments one level down.
    let function = fields.get("function").and_then(Value::as_object);
    let place = function.unwrap_or(fields);
    let name = first(place, &["name", "tool"]).and_then(Value::as_str).ok_or("a tool call has a `name`")?;
    let arguments = first(place, &["arguments", "args", "input", "parameters"]).map(written).unwrap_or_default();
    let result = first(fields, &["result", "output"]).cloned();
    Ok(ToolCall { name: name.to_string(), arguments, result })
}

fn step(value: &Value) -> Result<TracedStep, String> {
    let fields = match value {
        Value::String(name) => return Ok(TracedStep { name: name.clone(), ..TracedStep::default() }),
        Value::Object(fields) => fields,
        other => return Err(format!("expected a name or an object with `name`, found {}", kind_of(other))),
    };
    let text = |keys: &[&str]| first(fields, keys).map(text_of);
    let usage = fields.get("usage").and_then(Value::as_object);
    let tokens = |keys: &[&str]| first(fields, keys).or_else(|| first(usage?, keys)).and_then(whole);
    Ok(TracedStep {
        name: text(&["name", "step"]).ok_or("a step has a `name`")?,
        kind: text(&["kind", "type"]),
        round: fields.get("round").and_then(whole).and_then(|n| u32::try_from(n).ok()).unwrap_or_default(),
        output: text(&["output", "result"]),
        model: text(&["model"]),
        latency_ms: first(fields, &["latency_ms", "duration_ms"]).and_then(whole),
        input_tokens: tokens(&["input_tokens", "prompt_tokens"]),
        output_tokens: tokens(&["output_tokens", "completion_tokens"]),
        usd: first(fields, &["usd", "cost"]).and_then(Value::as_f64).filter(|usd| (0.0..=1e6).contains(usd)),
        error: text(&["error"]),
    })
}

fn turn(value: &Value) -> Result<Turn, String> {
    let Value::Object(fields) = value else {
        return Err(format!("expected `{{role, content}}`, found {}", kind_of(value)));
    };
    let role = first(fields, &["role", "type"]).and_then(Value::as_str).ok_or("a message has a `role`")?;
    Ok(Turn { role: role.to_string(), content: fields.get("content").map(text_of).unwrap_or_default() })
}

/// The first of several keys that says something.
fn first<'a>(fields: &'a Map<String, Value>, keys: &[&str]) -> Option<&'a Value> {
    keys.iter().filter_map(|key| fields.get(*key)).find(|value| !value.is_null())
}

/// A text as it is; a list of parts as their texts; anything else as JSON.
fn text_of(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        Value::Array(parts) if parts.iter().any(|part| part.get("text").is_some()) => {
            parts.iter().filter_map(|part| part.get("text")?.as_str()).collect()
        }
        other => other.to_string(),
    }
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A number from 0, rounded: times may be written with a fraction.
fn whole(value: &Value) -> Option<u64> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "not negative, and saturating beyond")]
    let rounded = |number: f64| (number.is_finite() && number >= 0.0).then(|| number.round() as u64);
    value.as_u64().or_else(|| value.as_f64().and_then(rounded))
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
