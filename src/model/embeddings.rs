//! Request → the JSON body of OpenAI's Embeddings, and the vectors it answers → how like the first text is to the others.
//!
//! After OpenAI's API reference, "Embeddings", and what compatible servers answer. The reply keeps the cosines and not the
//! vectors: those would fill the journal with thousands of numbers that nothing reads.

use serde::Deserialize;
use serde_json::{Value, json};

use super::body::{Json, Object};
use super::no_reply::{NoReply, parse};
use super::openai::{self, refused};
use super::usage::WrittenUsage;
use super::wire::Wire;
use super::{Params, Reply, Request};
use crate::suite::Structured;

pub(super) const WIRE: Wire =
    Wire { path: |_| "embeddings".to_string(), most_output: Some(0), body, read, ..openai::WIRE };

fn body<'a>(model: &'a str, params: &'a Params, request: &'a Request, _: Structured) -> Object<'a> {
    let texts = request.messages().iter().map(|message| message.content.as_str().into()).collect();
    let mut body = Object::of([("model", model.into()), ("input", Json::List(texts))]);
    body.extend(params);
    body
}

#[derive(Deserialize)]
struct Embeddings {
    data: Vec<Embedding>,
    usage: Option<Value>,
    model: Option<String>,
}

#[derive(Deserialize)]
struct Embedding {
    index: Option<usize>,
    embedding: Vec<f64>,
}

fn read(status: u16, body: &str) -> Result<Reply, NoReply> {
    if !(200..300).contains(&status) {
        return refused(status, body);
    }
    let Embeddings { mut data, usage, model } = parse(body, "a list of embeddings")?;
    let unreadable = |wrong: &str| NoReply::unreadable(wrong, body);
    // The list is in the order of the texts, unless it says otherwise.
    if data.iter().all(|one| one.index.is_some()) {
        data.sort_by_key(|one| one.index);
    }
    let [first, second] = data.as_slice() else { return Err(unreadable("not the embeddings of two texts")) };
    let score = cosine(&first.embedding, &second.embedding).map_err(unreadable)?;
    let usage = usage.and_then(|usage| WrittenUsage::deserialize(usage).ok()?.usage());
    let text = json!({"score": score, "reason": format!("cosine {score:.4}")}).to_string();
    Ok(Reply { usage, model, ..Reply::of_text(text) })
}

/// The cosine of the angle between two vectors, in [−1, 1].
fn cosine(one: &[f64], other: &[f64]) -> Result<f64, &'static str> {
    if one.len() != other.len() || one.is_empty() {
        return Err("embeddings of different lengths, or of none");
    }
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let lengths = dot(one, one).sqrt() * dot(other, other).sqrt();
    let cosine = dot(one, other) / lengths;
    if cosine.is_finite() { Ok(cosine.clamp(-1.0, 1.0)) } else { Err("an embedding without a direction") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn score(body: &str) -> Result<f64, String> {
        let reply = read(200, body).map_err(|no| no.wrong.unwrap_or_default())?;
        let value: Value = serde_json::from_str(&reply.text).unwrap();
        Ok(value["score"].as_f64().unwrap())
    }

    #[test]
    fn the_cosine_of_two_texts_is_read() {
        let body = r#"{"object": "list", "data": [{"index": 1, "embedding": [1, 1]}, {"index": 0, "embedding": [2, 0]}],
            "model": "e", "usage": {"prompt_tokens": 7, "total_tokens": 7}}"#;
        assert!((score(body).unwrap() - std::f64::consts::FRAC_1_SQRT_2).abs() < 1e-15);
        let reply = read(200, body).unwrap();
        assert_eq!((reply.usage.unwrap().input_tokens, reply.model.as_deref()), (7, Some("e")));
        assert_eq!(score(r#"{"data": [{"embedding": [1, 0]}, {"embedding": [-3, 0]}]}"#), Ok(-1.0));
    }

    #[test]
    fn what_is_none_is_said() {
        let wrong = [
            score(r#"{"data": [{"embedding": [1]}]}"#),
            score(r#"{"data": [{"embedding": [1]}, {"embedding": [1, 2]}]}"#),
            score(r#"{"data": [{"embedding": [0, 0]}, {"embedding": [1, 2]}]}"#),
            score("<html>"),
        ];
        insta::assert_snapshot!(wrong.map(Result::unwrap_err).join("\n"), @r"
        not the embeddings of two texts
        embeddings of different lengths, or of none
        an embedding without a direction
        not JSON
        ");
        assert!(read(401, "{}").is_err());
    }
}
