//! The whole way of a call, against servers on this machine.

use std::time::{Duration, Instant};

use indexmap::IndexMap;
use serde_json::{Value, json};
use wiremock::matchers::{body_partial_json, header, method, path, query_param};
use wiremock::{Match, Mock, MockServer, Request as Received, ResponseTemplate};

use super::models::Answers;
use super::*;
use crate::suite::{ModelName, Role};

mod allowances;
mod fault;
mod outages;
pub mod requests;
mod trust;
mod wires;

const KEY: &str = "sk-live-0123456789abcdefghijklmnop";

fn models(specs: Value, flags: Flags) -> Models {
    let specs: IndexMap<ModelName, Value> = serde_json::from_value(specs).unwrap();
    let defaults = json!({"provider": "openai", "model": "m", "api_key_env": "KEY", "structured": "auto",
        "timeout": {"secs": 5, "nanos": 0}, "max_attempts": 4});
    let whole = specs.into_iter().map(|(name, spec)| {
        let mut whole = defaults.as_object().unwrap().clone();
        whole.extend(spec.as_object().unwrap().clone());
        (name, serde_json::from_value(whole.into()).unwrap())
    });
    let lookup = |name: &str| (name == "KEY").then(|| KEY.to_string());
    Models::open(&whole.collect(), std::path::Path::new("."), &lookup, flags).unwrap()
}

/// One model, whose waits are short enough for a test.
fn model(base_url: &str, spec: Value) -> Model {
    let mut whole = json!({"base_url": base_url});
    whole.as_object_mut().unwrap().extend(spec.as_object().unwrap().clone());
    let models = models(json!({"writer": whole}), Flags::default());
    let mut model = models.into_first();
    let Answers::Remote(remote) = &mut model.answers else { panic!("{:?}", model.ready()) };
    remote.policy.first = Duration::from_millis(2);
    model
}

fn request() -> Request {
    let ask = Ask::Output { candidate: "v1".into(), case: "a".into(), sample: 0 };
    Request::new(ask, vec![Message { role: Role::User, content: "hi".to_string() }], None)
}

fn request_in_form() -> Request {
    let schema = NamedSchema::new("verdict", json!({"type": "object"}));
    Request::new(request().ask, request().messages().to_vec(), Some(schema.into()))
}

fn hello() -> ResponseTemplate {
    completion(json!({"role": "assistant", "content": "hello"}), "stop")
}

fn completion(message: Value, finish_reason: &str) -> ResponseTemplate {
    let choice = json!({"index": 0, "message": message, "finish_reason": finish_reason});
    let usage = json!({"prompt_tokens": 1000, "completion_tokens": 10});
    ResponseTemplate::new(200).set_body_json(json!({"model": "m-1", "choices": [choice], "usage": usage}))
}

/// Answers with each response in turn, and with the last one from then on.
async fn server(responses: Vec<ResponseTemplate>) -> MockServer {
    let server = MockServer::start().await;
    let last = responses.len() - 1;
    for (at, response) in responses.into_iter().enumerate() {
        let mock = Mock::given(method("POST")).respond_with(response);
        if at < last { mock.up_to_n_times(1).mount(&server).await } else { mock.mount(&server).await }
    }
    server
}

async fn received(server: &MockServer) -> Vec<Received> {
    server.received_requests().await.unwrap()
}

impl Model {
    /// A call whose place is given up with its answer.
    async fn ask_once(&self, request: &Request) -> Result<Reply, Failed> {
        self.call(request, &mut Slot::default()).await
    }
}

fn kinds(failures: &[Failure]) -> Vec<FailureKind> {
    failures.iter().map(|failure| failure.kind).collect()
}

#[test]
fn a_call_can_be_made_from_any_thread() {
    fn sendable<T: Send + Sync>(_: &T) {}
    fn future<T: Send>(_: T) {}
    let models = models(json!({"writer": {"base_url": "http://127.0.0.1:1"}}), Flags::default());
    sendable(&models);
    let model = models.get(&"writer".into()).unwrap();
    future(model.ask_once(&request()));
}

#[tokio::test]
async fn a_call_sends_one_request_and_reads_its_reply() {
    let server = server(vec![hello()]).await;
    let prices = json!({"input": 0.5, "output": 1.5, "cached_input": null});
    let model = model(&server.uri(), json!({"params": {"temperature": 0}, "prices": prices}));
    let reply = model.ask_once(&request()).await.unwrap();
    assert_eq!((reply.text.as_str(), reply.finish, reply.model.as_deref()), ("hello", Finish::Stop, Some("m-1")));
    assert!(reply.latency_ms.is_some() && reply.retried.is_empty());
    assert_eq!(model.cost(&reply).unwrap().to_string(), "$0.0005");
    let sent = &received(&server).await[0];
    assert_eq!(sent.body_json::<Value>().unwrap(), model.body(&request()).unwrap());
    assert_eq!(sent.url.path(), "/chat/completions");
    assert_eq!(sent.headers["authorization"], format!("Bearer {KEY}").as_str());
    assert_eq!(sent.headers["content-type"], "application/json");
}

#[tokio::test]
async fn refusals_cuts_and_filters_are_replies() {
    for (message, reason, finish) in [
        (json!({"content": null, "refusal": "I cannot."}), "stop", Finish::Refusal),
        (json!({"content": "cut o"}), "length", Finish::Length),
        (json!({"content": ""}), "content_filter", Finish::ContentFilter),
    ] {
        let server = server(vec![completion(message, reason)]).await;
        assert_eq!(model(&server.uri(), json!({})).ask_once(&request()).await.unwrap().finish, finish);
    }
}

#[tokio::test]
async fn a_rate_limit_is_waited_for_as_long_as_the_server_asks() {
    let slow_down = ResponseTemplate::new(429).insert_header("retry-after-ms", "120").set_body_string("slow down");
    let server = server(vec![slow_down, hello()]).await;
    let model = model(&server.uri(), json!({}));
    let begun = Instant::now();
    let reply = model.ask_once(&request()).await.unwrap();
    let waited = begun.elapsed().saturating_sub(Duration::from_millis(reply.latency_ms.unwrap()));
    assert!(waited >= Duration::from_millis(119), "the latency is that of the last attempt");
    assert_eq!(reply.retried[0].message, format!("429 from {}/chat/completions: slow down", server.uri()));
    assert_eq!(kinds(&reply.retried), [FailureKind::RateLimited]);
}

#[tokio::test]
async fn nobody_goes_in_the_place_of_an_answer_that_is_held() {
    let server = server(vec![hello()]).await;
    let model = model(&server.uri(), json!({"max_concurrency": 1}));
    let (request, mut slot) = (request(), Slot::default());
    model.call(&request, &mut slot).await.unwrap();
    assert!(slot.is_held());
    let next = tokio::time::timeout(Duration::from_millis(50), model.ask_once(&request)).await;
    assert!(next.is_err() && received(&server).await.len() == 1);
    // Who asks again does not wait for himself.
    model.call(&request, &mut slot).await.unwrap();
    drop(slot);
    model.ask_once(&request).await.unwrap();
}

#[tokio::test]
async fn a_retry_after_pauses_the_other_requests_of_the_model_too() {
    let slow_down = ResponseTemplate::new(429).insert_header("retry-after-ms", "150");
    let server = server(vec![slow_down, hello()]).await;
    let model = model(&server.uri(), json!({"max_concurrency": 1}));
    let begun = Instant::now();
    let (request, second) = (request(), request());
    let (first, second) = tokio::join!(model.ask_once(&request), async {
        let reply = model.ask_once(&second).await;
        (reply, begun.elapsed())
    });
    assert_eq!(first.unwrap().retried.len() + second.0.unwrap().retried.len(), 1);
    assert!(second.1 >= Duration::from_millis(150));
}

#[tokio::test]
async fn a_server_that_asks_for_too_long_a_wait_is_not_waited_for() {
    let server = server(vec![ResponseTemplate::new(503).insert_header("retry-after", "3600")]).await;
    let failed = model(&server.uri(), json!({})).ask_once(&request()).await.unwrap_err();
    assert!(failed.to_string().ends_with("since the server asks to wait 3600 s"), "{failed}");
    assert_eq!(received(&server).await.len(), 1);
}

#[tokio::test]
async fn a_server_that_stays_broken_is_given_up() {
    let server = server(vec![ResponseTemplate::new(500).set_body_string("oops")]).await;
    let failed = model(&server.uri(), json!({})).ask_once(&request()).await.unwrap_err();
    assert_eq!(kinds(&failed.failures), [FailureKind::Server; 4]);
    assert_eq!(received(&server).await.len(), 4);
    assert_eq!(failed.to_string(), format!("500 from {}/chat/completions: oops (4 attempts)", server.uri()));
}

#[tokio::test]
async fn a_body_that_cannot_be_read_is_asked_for_again() {
    let server = server(vec![ResponseTemplate::new(200).set_body_string("<html>busy</html>"), hello()]).await;
    let reply = model(&server.uri(), json!({})).ask_once(&request()).await.unwrap();
    assert_eq!(kinds(&reply.retried), [FailureKind::Unreadable]);
    assert!(reply.retried[0].message.ends_with(": not JSON: <html>busy</html>"), "{:?}", reply.retried);
}

#[tokio::test]
async fn a_reply_in_other_characters_is_no_reply() {
    let mut bytes = br#"{"choices": [{"message": {"content": "caf"#.to_vec();
    bytes.extend(b"\xe9\"}}]}");
    let broken = ResponseTemplate::new(200).set_body_raw(bytes, "application/json");
    let reply = model(&server(vec![broken, hello()]).await.uri(), json!({})).ask_once(&request()).await.unwrap();
    assert_eq!((reply.text.as_str(), kinds(&reply.retried)), ("hello", vec![FailureKind::Unreadable]));
    assert!(reply.retried[0].message.ends_with("that is not UTF-8"), "{:?}", reply.retried);
}

#[tokio::test]
async fn what_would_be_refused_again_is_not_tried_again() {
    for (status, kind) in [(400, FailureKind::Rejected), (401, FailureKind::Authentication)] {
        let server = server(vec![ResponseTemplate::new(status)]).await;
        let failed = model(&server.uri(), json!({})).ask_once(&request()).await.unwrap_err();
        assert_eq!(kinds(&failed.failures), [kind]);
    }
}

#[tokio::test]
async fn a_refused_form_is_left_out_once_and_for_all() {
    struct HasForm;
    impl Match for HasForm {
        fn matches(&self, request: &Received) -> bool {
            String::from_utf8_lossy(&request.body).contains("response_format")
        }
    }
    let server = MockServer::start().await;
    let refused = json!({"error": {"message": "response_format json_schema is not supported"}});
    let refused = ResponseTemplate::new(400).set_body_json(refused);
    Mock::given(HasForm).respond_with(refused).mount(&server).await;
    Mock::given(method("POST")).respond_with(hello()).mount(&server).await;

    let auto = model(&server.uri(), json!({"max_attempts": 1}));
    assert!(auto.body(&request_in_form()).unwrap().get("response_format").is_some());
    let reply = auto.ask_once(&request_in_form()).await.unwrap();
    assert_eq!(kinds(&reply.retried), [FailureKind::Rejected], "noted, and not counted as an attempt");
    assert!(auto.ask_once(&request_in_form()).await.unwrap().retried.is_empty());
    assert_eq!(received(&server).await.len(), 3);
    assert!(auto.body(&request_in_form()).unwrap().get("response_format").is_none());

    let forced = model(&server.uri(), json!({"structured": "schema"}));
    assert_eq!(kinds(&forced.ask_once(&request_in_form()).await.unwrap_err().failures), [FailureKind::Rejected]);
}

#[tokio::test]
async fn a_refusal_that_the_form_did_not_cause_is_not_remembered() {
    let refused = json!({"error": {"message": "max_tokens is not supported with this model"}});
    let server = server(vec![ResponseTemplate::new(400).set_body_json(refused)]).await;
    let model = model(&server.uri(), json!({}));
    assert_eq!(model.ask_once(&request_in_form()).await.unwrap_err().failures.len(), 2);
    assert!(model.body(&request_in_form()).unwrap().get("response_format").is_some());
}

#[tokio::test]
async fn azure_gets_its_query_and_its_header() {
    let server = MockServer::start().await;
    let azure = Mock::given(path("/openai/deployments/d/chat/completions"))
        .and(query_param("api-version", "2024-10-21"))
        .and(header("api-key", KEY))
        .and(body_partial_json(json!({"messages": [{"role": "user", "content": "hi"}]})));
    azure.respond_with(hello()).mount(&server).await;
    let spec = json!({"query": {"api-version": "2024-10-21"}, "headers": {"api-key": "${KEY}"}, "api_key_env": null});
    let model = model(&format!("{}/openai/deployments/d/", server.uri()), spec);
    assert_eq!(model.ask_once(&request()).await.unwrap().text, "hello");
    assert!(!received(&server).await[0].headers.contains_key("authorization"));
}

#[tokio::test]
async fn a_user_in_the_address_becomes_a_header() {
    let server = server(vec![hello()]).await;
    let model = model(&server.uri().replace("//", "//me:p%40ss@"), json!({"api_key_env": null}));
    model.ask_once(&request()).await.unwrap();
    let received = received(&server).await;
    assert_eq!(received[0].headers["authorization"], "Basic bWU6cEBzcw==");
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = server(vec![hello()]).await;
    let to = format!("{}/stolen?key={KEY}", elsewhere.uri());
    let server = server(vec![ResponseTemplate::new(307).insert_header("location", to.as_str())]).await;
    let failed = model(&server.uri(), json!({})).ask_once(&request()).await.unwrap_err();
    assert!(failed.to_string().ends_with(&format!("this one points to {}/stolen", elsewhere.uri())), "{failed}");
    assert!(received(&elsewhere).await.is_empty());
}

#[tokio::test]
async fn a_key_that_the_server_echoes_is_seen_nowhere() {
    let escaped = serde_json::to_string(&json!({"choices": [{"message": {"content": KEY}}]})).unwrap();
    let escaped = escaped.replace("sk-", "\\u0073k-");
    let masked = format!("Incorrect API key provided: {}*******{}.", &KEY[..7], &KEY[KEY.len() - 4..]);
    for response in [
        ResponseTemplate::new(401).set_body_string(format!("headers were: authorization: Bearer {KEY}")),
        ResponseTemplate::new(401).set_body_json(json!({"error": {"message": masked}})),
        ResponseTemplate::new(400).set_body_string(format!("{}{KEY}", "x".repeat(190))),
        ResponseTemplate::new(200).set_body_string(format!("<pre>{KEY}</pre>")),
        ResponseTemplate::new(200).set_body_string(escaped),
        completion(json!({"content": format!("your key is {KEY}")}), KEY),
    ] {
        let server = server(vec![response]).await;
        let model = model(&server.uri(), json!({"max_attempts": 2, "headers": {"x-org": "${KEY}"}}));
        let shown = match model.ask_once(&request()).await {
            Ok(reply) => format!("{reply:?} {}", serde_json::to_string(&reply).unwrap()),
            Err(failed) => format!("{failed} {failed:?} {}", serde_json::to_string(&failed.failures).unwrap()),
        };
        let shown = format!("{shown} {model:?} {:?}", model.body(&request()));
        for piece in [&KEY[..7], &KEY[8..16], &KEY[KEY.len() - 4..]] {
            assert!(!shown.contains(piece), "{piece} in {shown}");
        }
    }
}

#[tokio::test]
async fn offline_nothing_is_asked_and_no_key_is_needed() {
    let specs = json!({"writer": {"base_url": "http://127.0.0.1:1", "api_key_env": "ABSENT"}});
    let models = models(specs, Flags { offline: true, ..Flags::default() });
    let failed = models.iter().next().unwrap().ask_once(&request()).await.unwrap_err();
    assert_eq!(failed.to_string(), "model `writer`: nothing is asked over the network with --offline");
}

#[tokio::test]
async fn a_missing_key_is_known_before_anything_is_sent() {
    let server = server(vec![hello()]).await;
    let specs = json!({"writer": {"base_url": server.uri(), "api_key_env": "ABSENT"}});
    let models = models(specs, Flags::default());
    let model = models.get(&"writer".into()).unwrap();
    let failure = model.ready().unwrap_err().clone();
    assert_eq!(failure.kind, FailureKind::Authentication);
    assert!(failure.message.contains("`ABSENT`"));
    assert_eq!(model.ask_once(&request()).await.unwrap_err().failures, [failure]);
    assert!(received(&server).await.is_empty());
}

#[tokio::test]
async fn models_that_name_one_file_share_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("replies.jsonl");
    std::fs::write(
        &file,
        "{\"case\":\"a\",\"candidate\":\"v1\",\"text\":\"hi\"}\n{\"case\":\"b\",\"candidate\":\"v1\",\"text\":\"x\"}",
    )
    .unwrap();
    let spec = json!({"provider": "recorded", "replies": file});
    let models = models(json!({"one": spec.clone(), "two": spec}), Flags { offline: true, ..Flags::default() });
    assert_eq!(models.unasked(), 2);
    for model in models.iter() {
        assert_eq!(model.ready(), Ok(()));
        assert!(model.recorded().is_some() && model.body(&request()).is_none());
        assert_eq!(model.ask_once(&request()).await.unwrap().text, "hi");
    }
    assert_eq!(models.unasked(), 1);
}
