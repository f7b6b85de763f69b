//! The whole way of a call in every wire format but the first.

use super::*;

/// How the server of a format answers "hello" to everything, and what a request to it must have.
struct Format {
    provider: &'static str,
    path: &'static str,
    key_header: &'static str,
    hello: Value,
    /// An error that says no to a schema.
    no_schema: Value,
    /// What only a body with a schema has.
    schema: &'static str,
}

fn formats() -> [Format; 3] {
    let text = json!([{"type": "output_text", "text": "hello"}]);
    let openai = |message: &str| json!({"error": {"message": message, "type": "invalid_request_error"}});
    let anthropic =
        |message: &str| json!({"type": "error", "error": {"type": "invalid_request_error", "message": message}});
    let gemini = |message: &str| json!({"error": {"code": 400, "message": message, "status": "INVALID_ARGUMENT"}});
    [
        Format {
            provider: "openai-responses",
            path: "/responses",
            key_header: "authorization",
            hello: json!({"status": "completed", "output": [{"type": "message", "content": text}]}),
            no_schema: openai(
                "Invalid parameter: 'text.format' of type 'json_schema' is not supported with this model.",
            ),
            schema: "\"json_schema\"",
        },
        Format {
            provider: "anthropic",
            path: "/messages",
            key_header: "x-api-key",
            hello: json!({"content": [{"type": "text", "text": "hello"}], "stop_reason": "end_turn"}),
            no_schema: anthropic("output_config: Extra inputs are not permitted"),
            schema: "output_config",
        },
        Format {
            provider: "gemini",
            path: "/models/m:generateContent",
            key_header: "x-goog-api-key",
            hello: json!({"candidates": [{"content": {"parts": [{"text": "hello"}]}, "finishReason": "STOP"}]}),
            no_schema: gemini("Request contains an invalid argument."),
            schema: "responseJsonSchema",
        },
    ]
}

#[tokio::test]
async fn a_call_sends_its_body_and_key_to_the_path_of_its_format() {
    for format in formats() {
        let server = server(vec![ResponseTemplate::new(200).set_body_json(&format.hello)]).await;
        let model = model(&server.uri(), json!({"provider": format.provider}));
        let reply = model.ask_once(&request()).await.unwrap();
        assert_eq!((reply.text.as_str(), reply.finish), ("hello", Finish::Stop));
        let sent = &received(&server).await[0];
        assert_eq!(sent.url.path(), format.path);
        assert_eq!(sent.body_json::<Value>().unwrap(), model.body(&request()).unwrap());
        let key = sent.headers[format.key_header].to_str().unwrap();
        assert_eq!(key.strip_prefix("Bearer ").unwrap_or(key), KEY);
        assert_eq!(sent.headers.contains_key("anthropic-version"), format.provider == "anthropic");
        assert!(format.key_header == "authorization" || !sent.headers.contains_key("authorization"));
    }
}

#[tokio::test]
async fn a_header_of_the_suite_goes_before_that_of_the_format() {
    let [_, anthropic, _] = formats();
    let server = server(vec![ResponseTemplate::new(200).set_body_json(&anthropic.hello)]).await;
    let headers = json!({"anthropic-version": "2027-01-01", "authorization": "Bearer ${KEY}"});
    let spec = json!({"provider": "anthropic", "api_key_env": "ABSENT", "headers": headers});
    model(&server.uri(), spec).ask_once(&request()).await.unwrap();
    let sent = &received(&server).await[0];
    assert_eq!(sent.headers["anthropic-version"], "2027-01-01");
    assert!(!sent.headers.contains_key("x-api-key"));
}

#[tokio::test]
async fn a_key_that_a_server_echoes_is_seen_nowhere_in_any_format() {
    for format in formats() {
        let echo = format!("headers were: {}: {KEY}", format.key_header);
        let spoken = format.hello.to_string().replace("hello", &echo);
        for response in [
            ResponseTemplate::new(401).set_body_string(&echo),
            ResponseTemplate::new(400).set_body_json(json!({"error": {"code": 400, "message": echo}})),
            ResponseTemplate::new(200).set_body_string(format!("<pre>{echo}</pre>")),
            ResponseTemplate::new(200).set_body_string(spoken),
        ] {
            let server = server(vec![response]).await;
            let model = model(&server.uri(), json!({"provider": format.provider, "max_attempts": 1}));
            let shown = match model.ask_once(&request()).await {
                Ok(reply) => serde_json::to_string(&reply).unwrap(),
                Err(failed) => format!("{failed} {failed:?}"),
            };
            let shown = format!("{shown} {model:?} {:?}", model.body(&request()));
            assert!(!shown.contains(&KEY[..7]) && !shown.contains(&KEY[8..16]), "{shown}");
        }
    }
}

#[tokio::test]
async fn a_refused_schema_is_left_out_once_and_for_all_in_every_format() {
    struct HasSchema(&'static str);
    impl Match for HasSchema {
        fn matches(&self, request: &Received) -> bool {
            String::from_utf8_lossy(&request.body).contains(self.0)
        }
    }
    for format in formats() {
        let server = MockServer::start().await;
        let refused = ResponseTemplate::new(400).set_body_json(&format.no_schema);
        Mock::given(HasSchema(format.schema)).respond_with(refused).mount(&server).await;
        let hello = ResponseTemplate::new(200).set_body_json(&format.hello);
        Mock::given(method("POST")).respond_with(hello).mount(&server).await;
        let model = model(&server.uri(), json!({"provider": format.provider}));
        let reply = model.ask_once(&request_in_form()).await.unwrap();
        assert_eq!(kinds(&reply.retried), [FailureKind::Rejected]);
        assert!(model.ask_once(&request_in_form()).await.unwrap().retried.is_empty());
        assert_eq!(received(&server).await.len(), 3, "{}", format.provider);
    }
}

#[tokio::test]
async fn an_overloaded_server_is_asked_again() {
    let [_, anthropic, gemini] = formats();
    let overloaded = json!({"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}});
    let overloaded = ResponseTemplate::new(529).set_body_json(overloaded);
    let retry = json!([{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "0.12s"}]);
    let slow_down =
        json!({"error": {"code": 429, "message": "slow down", "status": "RESOURCE_EXHAUSTED", "details": retry}});
    let slow_down = ResponseTemplate::new(429).set_body_json(slow_down);
    for (format, no, kind, wait) in
        [(anthropic, overloaded, FailureKind::Server, 0), (gemini, slow_down, FailureKind::RateLimited, 119)]
    {
        let server = server(vec![no, ResponseTemplate::new(200).set_body_json(&format.hello)]).await;
        let model = model(&server.uri(), json!({"provider": format.provider}));
        let begun = Instant::now();
        let reply = model.ask_once(&request()).await.unwrap();
        assert_eq!(kinds(&reply.retried), [kind]);
        assert!(begun.elapsed() >= Duration::from_millis(wait), "as long as the body asks");
    }
}
