//! Request → the JSON body of Anthropic's Messages, and the JSON it answers → [`Reply`].
//!
//! After the Claude API documentation, "Messages" (version 2023-06-01), "Structured outputs", "Stop reasons and
//! fallback" and "Errors", as they stood in November 2026.

use serde::Deserialize;
use serde_json::Value;

use super::body::{Json, Object};
use super::no_reply::{NoReply, parse};
use super::openai;
use super::wire::Wire;
use super::{FailureKind, Finish, Params, Reply, Request, Usage};
use crate::suite::{Role, Structured};

pub(super) const WIRE: Wire = Wire {
    base_url: "https://api.anthropic.com/v1",
    api_key_env: "ANTHROPIC_API_KEY",
    key_header: "x-api-key",
    key_scheme: "",
    headers: &[("anthropic-version", "2023-06-01")],
    path: |_| "messages".to_string(),
    most_output: Some(MAX_TOKENS),
    body,
    read,
};

/// The API wants a limit with every request.
const MAX_TOKENS: u64 = 4096;

fn body<'a>(model: &'a str, params: &'a Params, request: &'a Request, form: Structured) -> Object<'a> {
    let mut body = Object::of([("model", model.into()), ("max_tokens", MAX_TOKENS.into())]);
    // There is no system role among the messages.
    let (system, said): (Vec<_>, Vec<_>) = request.written().partition(|(m, _)| m.role == Role::System);
    if !system.is_empty() {
        let system: Vec<&str> = system.iter().map(|(m, _)| m.content.as_str()).collect();
        body.set("system", system.join("\n\n"));
    }
    body.set("messages", said.into_iter().map(openai::spoken).collect::<Json<'_>>());
    body.extend(params);
    // "Any object" is no form of this API; the loader says so.
    if let Some(schema) = request.schema()
        && matches!(form, Structured::Auto | Structured::Schema)
        && let Some(config) = body.object("output_config")
        && !config.has("format")
    {
        config.set("format", Object::of([("type", "json_schema".into()), ("schema", Json::Ready(schema.written()))]));
    }
    body
}

#[derive(Deserialize)]
struct Message {
    content: Option<Vec<Block>>,
    stop_reason: Option<String>,
    stop_details: Option<Value>,
    /// Read apart: a reply is not thrown away for the way its tokens are counted.
    usage: Option<Value>,
    model: Option<String>,
    error: Option<Value>,
}

/// Blocks of other types (thinking, calls of tools) carry no text that could be judged.
#[derive(Deserialize)]
struct Block {
    #[serde(rename = "type")]
    kind: String,
    text: Option<String>,
    input: Option<Value>,
}

fn read(status: u16, body: &str) -> Result<Reply, NoReply> {
    if !(200..300).contains(&status) {
        return refused(status, body);
    }
    let message: Message = parse(body, "a message")?;
    let missing = if message.error.is_some() { "an error instead of a reply" } else { "no content" };
    let blocks = message.content.ok_or_else(|| NoReply::unreadable(missing, body))?;
    let finish = match message.stop_reason.as_deref() {
        // A paused turn of the provider's own tools is cut short too: karat does not take it up again.
        Some("max_tokens" | "model_context_window_exceeded" | "pause_turn") => Finish::Length,
        Some("refusal") => Finish::Refusal,
        _ => Finish::Stop,
    };
    let mut text: String = blocks.iter().filter(|b| b.kind == "text").filter_map(|b| b.text.as_deref()).collect();
    if text.is_empty() {
        let explained = message.stop_details.as_ref().and_then(|details| details["explanation"].as_str());
        let called = blocks.iter().find(|block| block.kind == "tool_use").and_then(|block| block.input.as_ref());
        text = match (finish, called) {
            (Finish::Refusal, _) => explained.unwrap_or_default().to_string(),
            // What a model writes into the tool that `params` make it call is its answer.
            (_, Some(input)) => input.to_string(),
            _ => text,
        };
    }
    let usage = message.usage.and_then(|usage| Some(WrittenUsage::deserialize(usage).ok()?.usage()));
    Ok(Reply { finish, usage, model: message.model, ..Reply::of_text(text) })
}

/// The provider counts what it read from its cache, and what it wrote to it, beside the other input.
#[derive(Deserialize)]
struct WrittenUsage {
    input_tokens: u64,
    output_tokens: u64,
    cache_read_input_tokens: Option<u64>,
    cache_creation_input_tokens: Option<u64>,
    output_tokens_details: Option<Value>,
}

impl WrittenUsage {
    fn usage(&self) -> Usage {
        let cached = self.cache_read_input_tokens.unwrap_or(0);
        let thinking = self.output_tokens_details.as_ref().and_then(|details| details["thinking_tokens"].as_u64());
        Usage {
            input_tokens: self.input_tokens + cached + self.cache_creation_input_tokens.unwrap_or(0),
            output_tokens: self.output_tokens,
            cached_tokens: cached,
            reasoning_tokens: thinking.unwrap_or(0),
        }
    }
}

/// A status that says no.
fn refused(status: u16, body: &str) -> Result<Reply, NoReply> {
    let value: Value = serde_json::from_str(body).unwrap_or_default();
    let no = NoReply::refused(status, body, &value);
    if status == 400 && no.said.contains("content filtering policy") {
        // A filter of what was asked or written: an answer about the request, not a failure to answer.
        return Ok(Reply { finish: Finish::ContentFilter, ..Reply::of_text("") });
    }
    let code = value.pointer("/error/details/error_code").and_then(Value::as_str);
    // A month's budget that is used up is not there again a minute later.
    let used_up = status == 429 && code == Some("enforced_spend_limit_reached");
    Err(NoReply { kind: if used_up { FailureKind::Rejected } else { no.kind }, ..no })
}

#[cfg(test)]
mod tests;
