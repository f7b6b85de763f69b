//! Request → the JSON body of OpenAI's Chat Completions, and the JSON it answers → [`Reply`].
//!
//! After OpenAI's API reference, "Chat Completions", and what compatible servers answer.

use std::fmt;

use serde::de::value::SeqAccessDeserializer;
use serde::de::{Deserialize, Deserializer, SeqAccess, Visitor};
use serde_json::Value;

use super::body::{Json, Object};
use super::no_reply::{NoReply, hidden_status, parse};
use super::wire::Wire;
use super::{FailureKind, Finish, Params, Reply, Request, Usage};
use crate::suite::Structured;
use crate::trace::WrittenUsage;

pub(super) const WIRE: Wire = Wire {
    base_url: "https://api.openai.com/v1",
    api_key_env: "OPENAI_API_KEY",
    key_header: "authorization",
    key_scheme: "Bearer ",
    headers: &[],
    path: |_| "chat/completions".to_string(),
    most_output: None,
    body,
    read,
};

fn body<'a>(model: &'a str, params: &'a Params, request: &'a Request, form: Structured) -> Object<'a> {
    let messages = request.written().map(spoken).collect();
    let mut body = Object::of([("model", model.into()), ("messages", messages)]);
    body.extend(params);
    if let Some(schema) = request.schema()
        && !params.contains_key("response_format")
    {
        let named = || {
            Object::of([
                ("name", schema.name().into()),
                ("strict", true.into()),
                ("schema", Json::Ready(schema.written())),
            ])
        };
        let format = match form {
            Structured::Auto | Structured::Schema => {
                Some(Object::of([("type", "json_schema".into()), ("json_schema", named().into())]))
            }
            Structured::Object => Some(Object::of([("type", "json_object".into())])),
            Structured::Off => None,
        };
        if let Some(format) = format {
            body.set("response_format", format);
        }
    }
    body
}

/// A message as most formats write it, its content as JSON where that was written before.
pub(super) fn spoken<'a>((message, written): (&'a super::Message, Option<&'a str>)) -> Object<'a> {
    let content = written.map_or_else(|| message.content.as_str().into(), Json::Ready);
    Object::of([("role", message.role.as_str().into()), ("content", content)])
}

/// `U` is what usage is read as.
#[derive(serde::Deserialize)]
struct Completion<U> {
    choices: Option<Vec<Choice>>,
    usage: Option<U>,
    model: Option<String>,
    system_fingerprint: Option<String>,
    error: Option<Value>,
}

#[derive(serde::Deserialize)]
struct Choice {
    message: Message,
    finish_reason: Option<String>,
    logprobs: Option<Box<Value>>,
}

#[derive(serde::Deserialize)]
struct Message {
    content: Option<Content>,
    refusal: Option<String>,
    tool_calls: Option<Value>,
    /// As older servers write it.
    function_call: Option<Value>,
}

enum Content {
    Text(String),
    Parts(Vec<Part>),
}

/// By hand, since serde would copy a text before it knows that it is one.
impl<'de> Deserialize<'de> for Content {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextOrParts;

        impl<'de> Visitor<'de> for TextOrParts {
            type Value = Content;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text, or a list of parts")
            }

            fn visit_str<E>(self, text: &str) -> Result<Content, E> {
                Ok(Content::Text(text.to_string()))
            }

            fn visit_string<E>(self, text: String) -> Result<Content, E> {
                Ok(Content::Text(text))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, parts: A) -> Result<Content, A::Error> {
                Vec::deserialize(SeqAccessDeserializer::new(parts)).map(Content::Parts)
            }
        }

        deserializer.deserialize_any(TextOrParts)
    }
}

/// Parts of other types carry no text that could be judged.
#[derive(serde::Deserialize)]
struct Part {
    text: Option<String>,
    refusal: Option<String>,
}

fn read(status: u16, body: &str) -> Result<Reply, NoReply> {
    if !(200..300).contains(&status) {
        return refused(status, body);
    }
    let (completion, usage) = completion(body)?;
    let unreadable = |wrong| NoReply::unreadable(wrong, body);
    if let (None, Some(error)) = (&completion.choices, &completion.error) {
        return hidden_status(error)
            .map_or_else(|| Err(unreadable("an error instead of a reply")), |status| refused(status, body));
    }
    let choice = completion.choices.and_then(|choices| choices.into_iter().next());
    let choice = choice.ok_or_else(|| unreadable("no choices"))?;
    let reason = choice.finish_reason.as_deref().unwrap_or("stop");
    if reason == "error" {
        return Err(unreadable("the server broke off"));
    }
    let called = choice.message.called();
    let (text, refusal) = choice.message.text();
    // What a model writes into the tool that `params` make it call is its answer.
    let text = if text.is_empty() { called.unwrap_or_default() } else { text };
    let finish = match reason {
        _ if refusal.is_some() => Finish::Refusal,
        "length" | "max_tokens" => Finish::Length,
        "content_filter" => Finish::ContentFilter,
        "refusal" => Finish::Refusal,
        _ => Finish::Stop,
    };
    let (model, fingerprint, logprobs) = (completion.model, completion.system_fingerprint, choice.logprobs);
    Ok(Reply { finish, usage, model, fingerprint, logprobs, ..Reply::of_text(refusal.unwrap_or(text)) })
}

/// A completion and its usage. It is not thrown away for the way its tokens are counted: where that is odd, usage is read
/// apart.
fn completion(body: &str) -> Result<(Completion<Value>, Option<Usage>), NoReply> {
    if let Ok(Completion { choices, usage, model, system_fingerprint, error }) =
        serde_json::from_str::<Completion<WrittenUsage>>(body)
    {
        let completion = Completion { choices, usage: None, model, system_fingerprint, error };
        return Ok((completion, usage.and_then(|usage| usage.usage())));
    }
    let mut odd: Completion<Value> = parse(body, "a chat completion")?;
    let usage = odd.usage.take().as_ref().and_then(Usage::read);
    Ok((odd, usage))
}

impl Message {
    /// What was written into the first tool that was called.
    fn called(&self) -> Option<String> {
        let tool = self.tool_calls.as_ref().and_then(|calls| calls.pointer("/0/function/arguments"));
        let arguments = tool.or_else(|| self.function_call.as_ref()?.get("arguments"))?;
        Some(arguments.as_str().map_or_else(|| arguments.to_string(), ToString::to_string))
    }

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
pub(super) fn refused(status: u16, body: &str) -> Result<Reply, NoReply> {
    let value: Value = serde_json::from_str(body).unwrap_or_default();
    let no = NoReply::refused(status, body, &value);
    let is = |code: &str| ["/error/code", "/error/type"].iter().any(|at| value.pointer(at) == Some(&code.into()));
    if status == 400 && (is("content_filter") || is("invalid_prompt") && no.said.contains("flagged")) {
        // A filter of what was asked: an answer about the request, not a failure to answer.
        return Ok(Reply { finish: Finish::ContentFilter, ..Reply::of_text("") });
    }
    // A quota that is used up is not there again a minute later.
    let used_up = status == 429 && is("insufficient_quota");
    Err(NoReply { kind: if used_up { FailureKind::Rejected } else { no.kind }, ..no })
}

#[cfg(test)]
mod tests;
