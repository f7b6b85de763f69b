//! The check that compares by embeddings: what it asks, what it makes of the answer, and what may not be asked so.

use serde_json::{Value, json};

use crate::cli::project::{Project, without_meta};
use crate::cli::server::{Answer, Server};

const SUITE: &str = r#"
name: similar
dataset: cases.jsonl
models:
  embedder: {provider: openai-embeddings, model: embed-1, base_url: "${MODEL_URL}", api_key_env: THE_KEY, max_attempts: 1}
candidates:
  v1: {outputs: v1.jsonl}
metrics:
  like: {check: similar, model: embedder}
  near: {check: similar, model: embedder, value: "the {{ reference }}", threshold: 0.9}
max_error_rate: 1
"#;

/// The direction of a text is that of its length.
fn embed(text: &Value) -> Value {
    let length = text.as_str().unwrap().len() as f64;
    json!([length.cos(), length.sin()])
}

#[test]
fn texts_are_compared_by_their_embeddings() {
    let server = Server::start(|call| {
        let input = call.body["input"].as_array().unwrap();
        if input[0] == "refuse" {
            return Answer::of(400, json!({"error": {"message": "no such text"}}));
        }
        let data: Vec<Value> =
            input.iter().enumerate().map(|(at, text)| json!({"index": at, "embedding": embed(text)})).collect();
        Answer::of(200, json!({"data": data, "model": "embed-1", "usage": {"prompt_tokens": 3, "total_tokens": 3}}))
    });
    let project = Project::with(&[
        ("karat.yaml", SUITE),
        (
            "cases.jsonl",
            "{\"id\": \"a\", \"input\": \"x\", \"reference\": \"four\"}\n{\"id\": \"b\", \"input\": \"x\", \"reference\": \"four\"}\n\
             {\"id\": \"c\", \"input\": \"x\"}\n",
        ),
        (
            "v1.jsonl",
            "{\"case\": \"a\", \"text\": \"gold\"}\n{\"case\": \"b\", \"text\": \"refuse\"}\n{\"case\": \"c\", \"text\": \"gold\"}\n",
        ),
    ])
    .variable("MODEL_URL", &server.url())
    .variable("THE_KEY", "sk-1234567890abcdef");
    let summary = project.karat(&["run", "--json"]).expect(0).json();
    let metric = |name: &str| summary["candidates"]["v1"]["metrics"][name].clone();
    assert!((metric("like")["estimate"].as_f64().unwrap() - 1.0).abs() < 1e-9, "{}", metric("like"));
    assert_eq!((metric("near")["estimate"].as_f64(), metric("near")["n"].as_u64()), (Some(0.0), Some(1)));
    let counts = &summary["counts"]["by_metric"]["like"];
    assert_eq!(
        (counts["ok"].as_u64(), counts["error"].as_u64()),
        (Some(1), Some(2)),
        "one was refused, one has no reference"
    );
    let call = &server.calls()[0];
    assert_eq!((call.body["model"].as_str(), call.body["input"].as_array().unwrap().len()), (Some("embed-1"), 2));

    let asked = server.count();
    let again = project.karat(&["replay", "--json"]).expect(0).json();
    assert_eq!(without_meta(again), without_meta(summary));
    assert_eq!(server.count(), asked, "a replay asks nobody");
}

#[test]
fn only_a_check_asks_for_embeddings() {
    let project = Project::with(&[
        ("karat.yaml", &SUITE.replace("{outputs: v1.jsonl}", "{prompt: p.j2, model: embedder}")),
        ("cases.jsonl", "{\"id\": \"a\", \"input\": \"x\"}\n"),
        ("p.j2", "{{ input }}"),
    ])
    .variable("MODEL_URL", "http://127.0.0.1:9/v1")
    .variable("THE_KEY", "sk-1234567890abcdef");
    let said = project.karat(&["check"]).expect(2).err;
    assert!(said.contains("the candidate `v1` asks `embedder`, which gives embeddings and writes nothing"), "{said}");
    let suite = SUITE.replace("provider: openai-embeddings", "provider: openai");
    project.write("karat.yaml", &suite);
    let said = project.karat(&["check"]).expect(2).err;
    assert!(said.contains("the model `embedder` gives no embeddings"), "{said}");
}
