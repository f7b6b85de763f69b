//! Request → the JSON body of OpenAI's Chat Completions, and the JSON it answers → [`Reply`].

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::usage::WrittenUsage;
use super::{FailureKind, Finish, Params, Reply, Request};
use crate::suite::Structured;

/// The path below the root of the API.
pub(super) const PATH: &str = "chat/completions";

/// Where the API is, when the suite does not say.
pub(super) const BASE_URL: &str = "https://api.openai.com/v1";

/// The variable of the key, when the suite names neither it nor another server.
pub(super) const API_KEY_ENV: &str = "OPENAI_API_KEY";

/// A response that holds no reply.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NoReply {
    pub kind: FailureKind,
    /// What is wrong with it, where its status does not say that.
    pub wrong: Option<String>,
    /// What the server said, as it came: too long to show, and not yet safe to.
    pub said: String,
    /// The server does not take a JSON Schema; without one the request may pass.
    pub refuses_form: bool,
}

/// Parameters that would change what karat asks for or how it reads the answer.
///
/// # Errors
/// The first such parameter, with what to do instead.
pub fn check_params(params: &Params) -> Result<(), String> {
    for (name, instead) in [
        ("messages", "they are made from the candidate's prompt or the rubric"),
        ("model", "name it beside `provider`"),
        ("n", "use `repeat`, so that each output is a sample of its own"),
        ("stream", "karat reads whole replies"),
    ] {
        if params.contains_key(name) {
            return Err(format!("`{name}` cannot stand under `params`: {instead}"));
        }
    }
    Ok(())
}

/// The body of one request. `form` is how a verdict in a fixed form is asked for; it counts where the request has a schema.
pub(super) fn body(model: Option<&str>, params: &Params, request: &Request, form: Structured) -> Value {
    let mut body = Map::new();
    if let Some(model) = model {
        body.insert("model".to_string(), model.into());
    }
    let messages = request.messages.iter().map(|m| json!({"role": m.role, "content": m.content}));
    body.insert("messages".to_string(), messages.collect());
    body.extend(params.clone());
    if let Some(schema) = &request.schema
        && !params.contains_key("response_format")
    {
        let format = match form {
            Structured::Auto | Structured::Schema => Some(json!({
                "type": "json_schema",
                "json_schema": {"name": schema.name, "strict": true, "schema": schema.schema},
            })),
            Structured::Object => Some(json!({"type": "json_object"})),
            Structured::Off => None,
        };
        body.extend(format.map(|format| ("response_format".to_string(), format)));
    }
    Value::Object(body)
}

#[derive(Deserialize)]
struct Completion {
    choices: Option<Vec<Choice>>,
    /// Read apart: a reply is not thrown away for the way its tokens are counted.
    usage: Option<Value>,
    model: Option<String>,
    error: Option<Value>,
}

#[derive(Deserialize)]
struct Choice {
    message: Message,
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct Message {
    content: Option<Content>,
    refusal: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Content {
    Text(String),
    Parts(Vec<Part>),
}

/// Parts of other types carry no text that could be judged.
#[derive(Deserialize)]
struct Part {
    text: Option<String>,
    refusal: Option<String>,
}

/// Reads a response of any status.
pub(super) fn read(status: u16, body: &str) -> Result<Reply, NoReply> {
    if !(200..300).contains(&status) {
        return refused(status, body);
    }
    let unreadable = |what: &str| NoReply {
        kind: FailureKind::Unreadable,
        wrong: Some(what.to_string()),
        said: body.to_string(),
        refuses_form: false,
    };
    let completion = match serde_json::from_str::<Completion>(body) {
        Ok(completion) if completion.error.is_none() || completion.choices.is_some() => completion,
        // Some gateways answer 200 and put the status of the server behind them into the body.
        Ok(Completion { error, .. }) => {
            let code = error.as_ref().and_then(|error| error.get("code")).and_then(Value::as_u64);
            return match code.and_then(|code| u16::try_from(code).ok()) {
                Some(code) if code >= 400 => refused(code, body),
                _ => Err(unreadable("an error instead of a reply")),
            };
        }
        Err(error) if error.is_data() => return Err(unreadable(&format!("not a chat completion ({error})"))),
        Err(_) => return Err(unreadable("not JSON")),
    };
    let choice = completion.choices.and_then(|choices| choices.into_iter().next());
    let choice = choice.ok_or_else(|| unreadable("no choices"))?;
    let reason = choice.finish_reason.as_deref().unwrap_or("stop");
    if reason == "error" {
        return Err(unreadable("the server broke off"));
    }
    let (text, refusal) = choice.message.text();
    let finish = match reason {
        _ if refusal.is_some() => Finish::Refusal,
        "length" | "max_tokens" => Finish::Length,
        "content_filter" => Finish::ContentFilter,
        "refusal" => Finish::Refusal,
        _ => Finish::Stop,
    };
    Ok(Reply {
        text: refusal.unwrap_or(text),
        finish,
        usage: completion.usage.and_then(|usage| WrittenUsage::deserialize(usage).ok()?.usage()),
        model: completion.model,
        latency_ms: None,
        retried: Vec::new(),
    })
}

impl Message {
    /// The text, and the words of a refusal where there is one.
    fn text(self) -> (String, Option<String>) {
        let mut refusal = self.refusal.filter(|words| !words.is_empty());
        let text = match self.content {
            None => String::new(),
            Some(Content::Text(text)) => text,
            Some(Content::Parts(parts)) => {
                refusal = refusal.or_else(|| parts.iter().find_map(|part| part.refusal.clone()));
                parts.into_iter().filter_map(|part| part.text).collect()
            }
        };
        (text, refusal)
    }
}

/// A status that says no.
fn refused(status: u16, body: &str) -> Result<Reply, NoReply> {
    let value: Value = serde_json::from_str(body).unwrap_or_default();
    let code = value.pointer("/error/code").and_then(Value::as_str).unwrap_or("");
    if status == 400 && code == "content_filter" {
        // Azure's filter of what was asked: an answer about the request, not a failure to answer.
        let (finish, text) = (Finish::ContentFilter, String::new());
        return Ok(Reply { text, finish, usage: None, model: None, latency_ms: None, retried: Vec::new() });
    }
    let said = ["/error/message", "/error", "/message", "/detail"].iter().find_map(|at| value.pointer(at)?.as_str());
    let said = said.unwrap_or(body).to_string();
    let kind = match status {
        // A quota that is used up is not there again a minute later.
        429 if code == "insufficient_quota" => FailureKind::Rejected,
        429 => FailureKind::RateLimited,
        408 | 409 | 500.. => FailureKind::Server,
        401 | 403 => FailureKind::Authentication,
        _ => FailureKind::Rejected,
    };
    let refuses_form = matches!(status, 400 | 404 | 422) && speaks_of_form(body);
    Err(NoReply { kind, wrong: None, said, refuses_form })
}

fn speaks_of_form(body: &str) -> bool {
    let body = body.to_lowercase();
    ["response_format", "json_schema", "schema", "structured", "not supported"].iter().any(|word| body.contains(word))
}

#[cfg(test)]
mod tests;
