//! Bodies as servers really send them.

use serde_json::json;

use super::*;
use crate::model::{Ask, Message as Said, NamedSchema, Usage};
use crate::suite::Role;

fn request(schema: bool) -> Request {
    let schema = schema.then(|| NamedSchema::new("verdict", json!({"type": "object"})).into());
    let ask = Ask::Output { candidate: "v1".into(), case: "a".into(), sample: 0 };
    Request::new(ask, vec![Said { role: Role::User, content: "hi".to_string() }], schema)
}

#[test]
fn a_body_holds_the_messages_the_parameters_and_the_form() {
    let params = json!({"temperature": 0, "seed": 7}).as_object().unwrap().clone();
    let written = |form, schema| String::from_utf8(body("m", &params, &request(schema), form).bytes()).unwrap();
    let plain = r#"{"model":"m","messages":[{"role":"user","content":"hi"}],"temperature":0,"seed":7}"#;
    assert_eq!(written(Structured::Auto, false), plain);
    assert_eq!(written(Structured::Off, true), plain);
    let start = &plain[..plain.len() - 1];
    let form = r#""response_format":{"type":"json_schema","json_schema":{"name":"verdict","strict":true,"schema":{"type":"object"}}}}"#;
    assert_eq!(written(Structured::Schema, true), format!("{start},{form}"));
    assert_eq!(
        written(Structured::Object, true),
        format!("{start},\"response_format\":{{\"type\":\"json_object\"}}}}")
    );
    let own = json!({"response_format": {"type": "text"}}).as_object().unwrap().clone();
    let body = body("m", &own, &request(true), Structured::Auto).value();
    assert_eq!(body["response_format"]["type"], "text", "what the suite says goes before");
}

fn choice(message: Value, finish_reason: &str) -> Reply {
    let body = json!({"model": "m-1", "choices": [{"index": 0, "message": message, "finish_reason": finish_reason}]});
    read(200, &body.to_string()).unwrap()
}

#[test]
fn each_way_to_finish_is_told_apart() {
    let full = json!({
        "id": "c1", "object": "chat.completion", "model": "m-1",
        "choices": [{"message": {"role": "assistant", "content": "hello", "reasoning_content": "…", "refusal": null}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 9, "completion_tokens": 4, "total_tokens": 13,
            "prompt_tokens_details": {"cached_tokens": 3}, "completion_tokens_details": {"reasoning_tokens": 2}},
    });
    let reply = read(200, &full.to_string()).unwrap();
    assert_eq!((reply.text.as_str(), reply.finish, reply.model.as_deref()), ("hello", Finish::Stop, Some("m-1")));
    assert_eq!(reply.usage, Some(Usage { input_tokens: 9, output_tokens: 4, cached_tokens: 3, reasoning_tokens: 2 }));

    assert_eq!(choice(json!({"content": "cut o"}), "length").finish, Finish::Length);
    assert_eq!(choice(json!({"content": null}), "content_filter").finish, Finish::ContentFilter);
    assert_eq!(choice(json!({"content": "no"}), "eos").finish, Finish::Stop);
    let refusal = choice(json!({"content": null, "refusal": "I cannot."}), "stop");
    assert_eq!((refusal.text.as_str(), refusal.finish), ("I cannot.", Finish::Refusal));
    let parts = json!({"content": [{"type": "thinking", "thinking": []}, {"type": "text", "text": "a"}, {"type": "text", "text": "b"}]});
    assert_eq!(choice(parts, "stop").text, "ab");
    let parts = json!({"content": [{"type": "refusal", "refusal": "No."}]});
    assert_eq!(choice(parts, "stop").finish, Finish::Refusal);
    assert_eq!(choice(json!({"role": "assistant"}), "stop").text, "");
    let odd_usage = r#"{"choices":[{"message":{"content":"a"}}],"usage":{"prompt_tokens":-1},"error":null}"#;
    assert_eq!(read(200, odd_usage).unwrap().usage, None);
}

#[test]
fn what_is_written_into_a_tool_is_the_text_where_there_is_no_other() {
    let call =
        json!([{"id": "call_1", "type": "function", "function": {"name": "grade", "arguments": "{\"score\": 4}"}}]);
    let called = choice(json!({"role": "assistant", "content": null, "tool_calls": call}), "tool_calls");
    assert_eq!((called.text.as_str(), called.finish), ("{\"score\": 4}", Finish::Stop));
    assert_eq!(choice(json!({"content": "4", "tool_calls": call}), "tool_calls").text, "4");
    let older = json!({"content": null, "function_call": {"name": "grade", "arguments": "{}"}});
    assert_eq!(choice(older, "function_call").text, "{}");
    assert_eq!(choice(json!({"content": null, "tool_calls": []}), "tool_calls").text, "");
}

#[test]
fn how_likely_each_token_was_is_kept() {
    let logprobs = json!({"content": [{"token": "A", "logprob": -0.1, "top_logprobs": []}], "refusal": null});
    let body = json!({"choices": [{"message": {"content": "A"}, "logprobs": logprobs, "finish_reason": "stop"}]});
    assert_eq!(read(200, &body.to_string()).unwrap().logprobs, Some(Box::new(logprobs)));
    assert_eq!(choice(json!({"content": "A"}), "stop").logprobs, None);
}

#[test]
fn what_is_no_completion_is_unreadable_and_shown() {
    let wrong = |body: &str| {
        let no = read(200, body).unwrap_err();
        assert_eq!((no.kind, no.said.as_str()), (FailureKind::Unreadable, body));
        no.wrong.unwrap()
    };
    assert_eq!(wrong("<html>"), "not JSON");
    assert_eq!(wrong(""), "not JSON");
    assert_eq!(wrong("{}"), "no choices");
    assert_eq!(wrong(r#"{"choices":[]}"#), "no choices");
    assert!(wrong("[1]").starts_with("not a chat completion ("));
    assert!(wrong(r#"{"choices":[{"message":{"content":5}}]}"#).starts_with("not a chat completion ("));
    assert_eq!(wrong(r#"{"error":{"message":"odd"}}"#), "an error instead of a reply");
    assert_eq!(wrong(r#"{"choices":[{"message":{"content":"a"},"finish_reason":"error"}]}"#), "the server broke off");
}

#[test]
fn each_status_has_its_kind() {
    use FailureKind as K;
    let kind = |status, body: &str| read(status, body).unwrap_err().kind;
    for (status, expected) in [
        (400, K::Rejected),
        (401, K::Authentication),
        (403, K::Authentication),
        (404, K::Rejected),
        (408, K::Server),
        (409, K::Server),
        (429, K::RateLimited),
        (500, K::Server),
        (529, K::Server),
        (307, K::Rejected),
    ] {
        assert_eq!(kind(status, "{}"), expected, "{status}");
    }
    assert_eq!(kind(429, r#"{"error":{"code":"insufficient_quota"}}"#), K::Rejected);
    assert_eq!(kind(200, r#"{"error":{"code":429,"message":"slow down"}}"#), K::RateLimited);
    let said = |body: &str| read(503, body).unwrap_err().said;
    assert_eq!(said(r#"{"error":{"message":"over\nloaded"}}"#), "over\nloaded");
    assert_eq!(said(r#"{"error":"busy"}"#), "busy");
    assert_eq!(said(r#"{"detail":"busy"}"#), "busy");
    assert_eq!(said("upstream"), "upstream");
}

#[test]
fn a_filter_on_the_request_is_an_answer() {
    let body = r#"{"error":{"code":"content_filter","message":"The response was filtered","innererror":{}}}"#;
    assert_eq!(read(400, body).unwrap().finish, Finish::ContentFilter);
    let flagged = r#"{"error":{"message":"Invalid prompt: your prompt was flagged as potentially violating our usage policy. Please try again with a different prompt.","type":"invalid_request_error","param":null,"code":"invalid_prompt"}}"#;
    assert_eq!(read(400, flagged).unwrap().finish, Finish::ContentFilter);
}

#[test]
fn a_server_that_refuses_schemas_is_understood() {
    let refuses = |status, message: &str| {
        read(status, &json!({"error": {"message": message}}).to_string()).unwrap_err().refuses_form
    };
    assert!(refuses(
        400,
        "Invalid parameter: 'response_format' of type 'json_schema' is not supported with this model."
    ));
    assert!(refuses(422, "structured output is unavailable"));
    assert!(refuses(404, "No endpoints found that can handle json_schema"));
    assert!(!refuses(400, "context length exceeded"));
    assert!(!refuses(500, "json_schema"));
}
