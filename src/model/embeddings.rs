//! Request → the JSON body of OpenAI's Embeddings, and the vectors it answers → how like the first text is to the others.
//!
//! After OpenAI's API reference, "Embeddings", and what compatible servers answer. The reply keeps the cosines and not the
//! vectors: those would fill the journal with thousands of numbers that nothing reads. Where a search wants the vectors
//! themselves, they go into the cache and no further.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};

use super::body::{Json, Object};
use super::no_reply::{NoReply, parse};
use super::openai::{self, refused};
use super::wire::Wire;
use super::{Params, Reply, Request, Usage};
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
    let Embeddings { data, usage, model } = ordered(status, body)?;
    let unreadable = |wrong: &str| NoReply::unreadable(wrong, body);
    let [first, second] = data.as_slice() else { return Err(unreadable("not the embeddings of two texts")) };
    let score = cosine(&first.embedding, &second.embedding).map_err(unreadable)?;
    let text = json!({"score": score, "reason": format!("cosine {score:.4}")}).to_string();
    Ok(Reply { usage: counted(usage), model, ..Reply::of_text(text) })
}

/// Reads the vectors themselves: a line a text, its numbers in single precision, base64 of their bytes.
pub(super) fn read_vectors(status: u16, body: &str) -> Result<Reply, NoReply> {
    let Embeddings { data, usage, model } = ordered(status, body)?;
    #[expect(clippy::cast_possible_truncation, reason = "models give no more than single precision")]
    let line = |one: &Embedding| write(&one.embedding.iter().map(|x| *x as f32).collect::<Vec<_>>());
    let text = data.iter().map(line).collect::<Vec<_>>().join("\n");
    Ok(Reply { usage: counted(usage), model, ..Reply::of_text(text) })
}

/// A vector → the line that stands for it.
pub(super) fn write(vector: &[f32]) -> String {
    STANDARD.encode(vector.iter().flat_map(|x| x.to_le_bytes()).collect::<Vec<u8>>())
}

/// The line that stands for a vector → the vector; `None` where it is none.
pub(super) fn vector(line: &str) -> Option<Vec<f32>> {
    let bytes = STANDARD.decode(line).ok()?;
    let (numbers, rest) = bytes.as_chunks::<4>();
    rest.is_empty().then(|| numbers.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect())
}

/// The list that a server sent, in the order of the texts.
fn ordered(status: u16, body: &str) -> Result<Embeddings, NoReply> {
    if !(200..300).contains(&status) {
        return Err(refused(status, body)
            .err()
            .unwrap_or_else(|| NoReply::unreadable("not a list of embeddings", body)));
    }
    let mut found: Embeddings = parse(body, "a list of embeddings")?;
    // It is in that order, unless it says otherwise.
    if found.data.iter().all(|one| one.index.is_some()) {
        found.data.sort_by_key(|one| one.index);
    }
    Ok(found)
}

fn counted(usage: Option<Value>) -> Option<Usage> {
    usage.as_ref().and_then(Usage::read_of_input)
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
    fn vectors_are_kept_to_the_last_bit() {
        let body = r#"{"data": [{"index": 1, "embedding": [1, 0.1]}, {"index": 0, "embedding": [-2e-3, 7]}]}"#;
        let text = read_vectors(200, body).unwrap().text;
        let lines: Vec<Option<Vec<f32>>> = text.lines().map(vector).collect();
        assert_eq!(lines, [Some(vec![-2e-3, 7.0]), Some(vec![1.0, 0.1])]);
        assert_eq!((vector("AAA="), vector("no!")), (None, None));
        assert!(read_vectors(200, "<html>").is_err() && read_vectors(500, body).is_err());
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
