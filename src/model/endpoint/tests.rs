//! What a suite says of a model and the environment it is read in.

use serde_json::json;

use super::*;

fn endpoint(spec: Value) -> Result<Endpoint, Failure> {
    let mut whole =
        json!({"provider": "openai", "structured": "auto", "timeout": {"secs": 60, "nanos": 0}, "max_attempts": 6});
    whole.as_object_mut().unwrap().extend(spec.as_object().unwrap().clone());
    let lookup = |name: &str| match name {
        "OPENAI_API_KEY" | "ANTHROPIC_API_KEY" | "GEMINI_API_KEY" => Some("sk-default-0123456789\n".to_string()),
        "MINE" => Some("mine-0123456789abcdef0123".to_string()),
        "HOST" => Some("gateway.example".to_string()),
        "EMPTY" => Some(String::new()),
        _ => None,
    };
    let spec: ModelSpec = serde_json::from_value(whole).unwrap();
    Endpoint::new(&"writer".into(), &spec, Wire::of(spec.provider).unwrap(), &lookup)
}

#[test]
fn the_defaults_are_openai_s_own() {
    let found = endpoint(json!({})).unwrap();
    assert_eq!(found.url.as_str(), "https://api.openai.com/v1/chat/completions");
    assert_eq!(found.headers[AUTHORIZATION], "Bearer sk-default-0123456789");
    assert!(!format!("{found:?}").contains("sk-default"));
}

#[test]
fn every_other_provider_has_defaults_too() {
    for (provider, url, header) in [
        ("openai-responses", "https://api.openai.com/v1/responses", "authorization"),
        ("anthropic", "https://api.anthropic.com/v1/messages", "x-api-key"),
        ("gemini", "https://generativelanguage.googleapis.com/v1beta/models/m%20%3F:generateContent", "x-goog-api-key"),
    ] {
        let found = endpoint(json!({"provider": provider, "model": "m ?"})).unwrap();
        assert_eq!(found.url.as_str(), url);
        assert!(found.headers[header].is_sensitive());
        assert!(found.headers[header].to_str().unwrap().ends_with("sk-default-0123456789"));
        assert!(!format!("{found:?}").contains("sk-default"));
    }
}

#[test]
fn a_server_of_one_s_own_gets_no_key_unless_one_is_named() {
    let found = endpoint(json!({"base_url": "http://${HOST}:8000/v1/"})).unwrap();
    assert_eq!(found.shown, "http://gateway.example:8000/v1/chat/completions");
    assert!(!found.headers.contains_key(AUTHORIZATION));
    let found = endpoint(json!({"base_url": "http://localhost/v1/chat/completions", "api_key_env": "MINE"})).unwrap();
    assert_eq!(found.shown, "http://localhost/v1/chat/completions");
    assert_eq!(found.headers[AUTHORIZATION], "Bearer mine-0123456789abcdef0123");
}

#[test]
fn azure_takes_a_query_and_a_header() {
    let found = endpoint(json!({
        "base_url": "https://me:pa55word@x.example/openai/deployments/d?a=1",
        "query": {"api-version": "2024-10-21"},
        "headers": {"api-key": "${MINE}"},
        "params": {"user": "${HOST}", "stop": ["${HOST}", 1]},
    }))
    .unwrap();
    assert_eq!(found.url.query(), Some("a=1&api-version=2024-10-21"));
    assert_eq!(found.shown, "https://x.example/openai/deployments/d/chat/completions");
    assert_eq!(Value::Object(found.params.clone()), json!({"user": "gateway.example", "stop": ["gateway.example", 1]}));
    assert!(!format!("{found:?}").contains("mine-0123"), "{found:?}");
    assert_eq!(found.redactor.words("mine-0123456789abcdef0123 pa55word"), "*** ***");
}

#[test]
fn what_is_lacking_is_named() {
    let wrong = |spec| {
        let failure = endpoint(spec).unwrap_err();
        (failure.kind, failure.message)
    };
    let lacks = "model `writer`: the environment variable `NO_KEY` is not set; set it in the environment, or in a file given by `--env-file`";
    assert_eq!(wrong(json!({"api_key_env": "NO_KEY"})), (FailureKind::Authentication, lacks.to_string()));
    assert_eq!(wrong(json!({"headers": {"api-key": "${NO_KEY}"}})), (FailureKind::Authentication, lacks.to_string()));
    assert_eq!(wrong(json!({"api_key_env": "EMPTY"})).0, FailureKind::Authentication);
    for spec in [
        json!({"base_url": "localhost:11434/v1"}),
        json!({"base_url": "ftp://x.example/v1"}),
        json!({"base_url": "no address"}),
        json!({"headers": {"bad name": "x"}}),
        json!({"headers": {"x": "a\u{0}b"}}),
        json!({"params": {"n": 2}}),
        json!({"provider": "gemini", "params": {"generationConfig": {"candidateCount": 2}}}),
    ] {
        let (kind, message) = wrong(spec);
        assert_eq!(kind, FailureKind::Rejected);
        assert!(message.starts_with("model `writer`: "), "{message}");
    }
}
