//! A text → a made-up embedding: texts that share words point in like directions, and nothing else does.

use serde_json::{Value, json};

/// Numbers of a vector.
const DIMENSIONS: usize = 64;

/// The list of an answer, a vector a text.
pub(super) fn listed(input: &Value) -> Vec<Value> {
    let texts = match input {
        Value::Array(texts) => texts.as_slice(),
        one => std::slice::from_ref(one),
    };
    let one = |(at, text): (usize, &Value)| json!({"object": "embedding", "index": at, "embedding": vector(text.as_str().unwrap_or_default())});
    texts.iter().enumerate().map(one).collect()
}

/// Each word adds one to, or takes one from, a place that follows from it alone. A text without a word points somewhere too.
fn vector(text: &str) -> Vec<f64> {
    let mut vector = vec![0.0; DIMENSIONS];
    let mut add = |word: &str| {
        let digest = blake3::hash(word.as_bytes());
        let [place, sign, ..] = digest.as_bytes();
        vector[usize::from(*place) % DIMENSIONS] += if sign & 1 == 0 { 1.0 } else { -1.0 };
    };
    let lower = text.to_lowercase();
    lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).for_each(&mut add);
    if vector.iter().all(|x| *x == 0.0) {
        vector[0] = 1.0;
    }
    vector
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_the_same_words_point_the_same_way() {
        assert_eq!(vector("A parcel, to Spain!"), vector("to spain a PARCEL"));
        assert_ne!(vector("a parcel"), vector("a zip"));
        assert_eq!(vector("...")[0], 1.0);
        let list = listed(&json!(["a", "b"]));
        assert_eq!((list.len(), &list[1]["index"]), (2, &json!(1)));
    }
}
