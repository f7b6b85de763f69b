//! Which requests are the same.

use super::super::key::{Identity, Key};
use super::*;
use crate::model::NamedSchema;

const SECRET: &str = "sk-live-0123456789abcdefghijklmnop";

fn key_with(changes: Value, request: &Request, environment: &dyn Fn(&str) -> Option<String>) -> Key {
    let spec = spec(changes);
    Identity::new(&spec, Wire::of(spec.provider).unwrap(), environment).unwrap().key(request)
}

fn key(changes: Value, request: &Request) -> Key {
    key_with(changes, request, &|_| None)
}

fn score(sample: u32, verdict_sample: u32) -> Request {
    let ask = Ask::Score {
        metric: "quality".into(),
        case: "a".into(),
        candidate: "v1".into(),
        sample,
        verdict_sample,
        attempt: 0,
        judge: None,
        criterion: None,
    };
    let schema = NamedSchema::new("verdict", json!({"type": "object"}));
    Request::new(ask, output("judge this", 0).messages().to_vec(), Some(schema.into()))
}

#[test]
fn the_key_of_a_request_stays_what_it_is() {
    // Where this changes, every cache is worth nothing any more: then the context of the key changes too.
    let hex = |key: Key| blake3::Hash::from_bytes(key.0).to_hex().to_string();
    insta::assert_snapshot!(hex(key(json!({}), &output("hi", 0))), @"61dfa71f0a04f69c659d46f6853959dd24122d71babf0ba69fbe6ee5fbc56e4e");
    insta::assert_snapshot!(hex(key(json!({"headers": {"X-Team": "evals"}}), &score(1, 2))), @"ab011256989ab21d5ea11deaf46ca60f2e1a5fc974a309f183b59d5472859247");
}

#[test]
fn whatever_may_change_the_answer_changes_the_key() {
    let request = score(0, 0);
    let changes = [
        json!({}),
        json!({"model": "other"}),
        json!({"provider": "openai-responses"}),
        json!({"base_url": "http://localhost:1/v1"}),
        json!({"base_url": "http://localhost:2/v1"}),
        json!({"params": {"temperature": 1, "seed": 7}}),
        json!({"params": {"temperature": 0, "seed": 8}}),
        json!({"headers": {"x-team": "a"}}),
        json!({"headers": {"x-team": "b"}}),
        json!({"query": {"api-version": "1"}}),
        json!({"query": {"api-version": "2"}}),
        json!({"structured": "object"}),
        json!({"structured": "off"}),
        // Gemini's body does not name the model: its address does.
        json!({"provider": "gemini", "model": "a"}),
        json!({"provider": "gemini", "model": "b"}),
        json!({"provider": "anthropic", "params": {"max_tokens": 9}}),
        json!({"provider": "anthropic", "params": {"max_tokens": 9}, "headers": {"anthropic-version": "2030-01-01"}}),
    ];
    let mut keys: Vec<Key> = changes.into_iter().map(|changes| key(changes, &request)).collect();
    keys.extend([score(1, 0), score(0, 1), output("write this", 0)].iter().map(|request| key(json!({}), request)));
    let longer = Request::new(request.ask.clone(), vec![request.messages()[0].clone(); 2], request.schema().cloned());
    keys.push(key(json!({}), &longer));
    let count = keys.len();
    let distinct: std::collections::HashSet<Key> = keys.into_iter().collect();
    assert_eq!(distinct.len(), count);
}

#[test]
fn whatever_cannot_change_the_answer_does_not_change_the_key() {
    let request = score(0, 0);
    let mut elsewhere = request.clone();
    elsewhere.ask = Ask::Score {
        metric: "style".into(),
        case: "b".into(),
        candidate: "v2".into(),
        sample: 0,
        verdict_sample: 0,
        attempt: 1,
        judge: None,
        criterion: None,
    };
    let plain = key(json!({}), &request);
    assert_eq!(key(json!({}), &elsewhere), plain, "the same words, whoever is meant");
    for changes in [
        json!({"api_key_env": "OTHER"}),
        json!({"timeout": {"secs": 9, "nanos": 0}, "max_attempts": 1}),
        json!({"max_concurrency": 3, "requests_per_minute": 5}),
        json!({"prices": {"input": 1.0, "output": 2.0, "cached_input": null}}),
        json!({"structured": "schema"}),
        json!({"base_url": "https://api.openai.com/v1/"}),
    ] {
        assert_eq!(key(changes.clone(), &request), plain, "{changes}");
    }
}

#[test]
fn a_key_that_is_changed_changes_nothing_and_other_variables_do() {
    let changes = json!({
        "base_url": "https://me:${PASSWORD}@example.org/${GATEWAY}/v1",
        "headers": {"authorization": "Bearer ${TOKEN}", "x-gateway": "${GATEWAY}", "x-team": "${TEAM}"},
        "query": {"api-key": "${TOKEN}"},
        "params": {"metadata": {"gate": "${GATEWAY}"}},
    });
    let with = |password: &str, token: &str, gateway: &str, team: &str| {
        let environment = |name: &str| {
            let value = match name {
                "PASSWORD" => password,
                "TOKEN" => token,
                "GATEWAY" => gateway,
                _ => team,
            };
            Some(value.to_string())
        };
        key_with(changes.clone(), &output("hi", 0), &environment)
    };
    let other = SECRET.replace("live", "test");
    let plain = with("short", "short", SECRET, "a");
    assert_eq!(with("other", "other", &other, "a"), plain);
    assert_ne!(with("short", "short", SECRET, "b"), plain, "a team is no secret, and may be routed elsewhere");
}

#[test]
fn a_model_that_cannot_be_asked_has_no_keys() {
    let spec = spec(json!({"headers": {"x-team": "${TEAM}"}}));
    assert!(Identity::new(&spec, Wire::of(spec.provider).unwrap(), &|_| None).is_none());
}
