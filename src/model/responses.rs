//! Request → the JSON body of OpenAI's Responses, and the JSON it answers → [`Reply`].
//!
//! After OpenAI's API reference, "Create a model response" and "The Response object", and its guide "Structured
//! outputs", as they stood in November 2026. Errors are those of Chat Completions.

use serde::Deserialize;
use serde_json::Value;

use super::body::{Json, Object};
use super::no_reply::{NoReply, hidden_status, parse};
use super::openai::{self, refused};
use super::wire::Wire;
use super::{Finish, Params, Reply, Request, Usage};
use crate::suite::Structured;

pub(super) const WIRE: Wire = Wire { path: |_| "responses".to_string(), body, read, ..openai::WIRE };

fn body<'a>(model: &'a str, params: &'a Params, request: &'a Request, form: Structured) -> Object<'a> {
    let input = request.written().map(openai::spoken).collect();
    // The provider keeps responses unless told not to, and nobody asks for these again.
    let mut body = Object::of([("model", model.into()), ("input", input), ("store", false.into())]);
    body.extend(params);
    let format = request.schema().and_then(|schema| match form {
        Structured::Auto | Structured::Schema => Some(Object::of([
            ("type", "json_schema".into()),
            ("name", schema.name().into()),
            ("strict", true.into()),
            ("schema", Json::Ready(schema.written())),
        ])),
        Structured::Object => Some(Object::of([("type", "json_object".into())])),
        Structured::Off => None,
    });
    if let Some(format) = format
        && let Some(text) = body.object("text")
        && !text.has("format")
    {
        text.set("format", format);
    }
    body
}

#[derive(Deserialize)]
struct Response {
    status: Option<String>,
    output: Option<Vec<Item>>,
    incomplete_details: Option<Value>,
    /// Read apart: a reply is not thrown away for the way its tokens are counted.
    usage: Option<Value>,
    model: Option<String>,
    error: Option<Value>,
}

/// Items of other types (reasoning) carry no text that could be judged.
#[derive(Deserialize)]
struct Item {
    #[serde(rename = "type")]
    kind: String,
    /// `commentary` on the way to an answer, or the `final_answer`.
    phase: Option<String>,
    content: Option<Vec<Part>>,
    /// What was written into a tool that was called.
    arguments: Option<String>,
}

#[derive(Deserialize)]
struct Part {
    text: Option<String>,
    refusal: Option<String>,
    logprobs: Option<Vec<Value>>,
}

fn read(status: u16, body: &str) -> Result<Reply, NoReply> {
    if !(200..300).contains(&status) {
        return refused(status, body);
    }
    let response: Response = parse(body, "a response")?;
    let unreadable = |wrong: &str| NoReply::unreadable(wrong, body);
    if let Some(error) = &response.error {
        return match (error["code"].as_str(), hidden_status(error)) {
            // Under the status of success, an error has the code that its own status would have had.
            (Some("rate_limit_exceeded"), _) => refused(429, body),
            (Some("server_error" | "vector_store_timeout"), _) => refused(500, body),
            (Some(_), _) => refused(400, body),
            (None, Some(status)) => refused(status, body),
            (None, None) => Err(unreadable("an error instead of a reply")),
        };
    }
    let status = response.status.as_deref().unwrap_or("completed");
    if !matches!(status, "completed" | "incomplete") {
        return Err(unreadable(&format!("the response is {status}")));
    }
    let items = response.output.ok_or_else(|| unreadable("no output"))?;
    let call = items.iter().find(|item| item.kind == "function_call");
    let called = call.and_then(|item| item.arguments.clone());
    let answers =
        items.into_iter().filter(|item| item.kind == "message" && item.phase.as_deref() != Some("commentary"));
    let parts: Vec<Part> = answers.flat_map(|item| item.content.unwrap_or_default()).collect();
    let refusal = parts.iter().find_map(|part| part.refusal.clone());
    let reason = response.incomplete_details.as_ref().and_then(|details| details["reason"].as_str());
    let finish = match (&refusal, reason) {
        (Some(_), _) => Finish::Refusal,
        (None, Some("content_filter")) => Finish::ContentFilter,
        // `max_output_tokens`, and whatever else may cut a text short one day.
        (None, Some(_)) => Finish::Length,
        (None, None) if status == "incomplete" => Finish::Length,
        (None, None) => Finish::Stop,
    };
    let logprobs: Vec<Value> = parts.iter().flat_map(|part| part.logprobs.iter().flatten().cloned()).collect();
    let logprobs = (!logprobs.is_empty()).then(|| Box::new(Value::Array(logprobs)));
    let said = || parts.into_iter().filter_map(|part| part.text).collect::<String>();
    // What a model writes into the tool that `params` make it call is its answer.
    let text = refusal.unwrap_or_else(|| Some(said()).filter(|text| !text.is_empty()).or(called).unwrap_or_default());
    let usage = response.usage.as_ref().and_then(Usage::read);
    Ok(Reply { finish, usage, model: response.model, logprobs, ..Reply::of_text(text) })
}

#[cfg(test)]
mod tests;
