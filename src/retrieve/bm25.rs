//! Documents and a query → how well they fit by the words that they share (BM25; Robertson & Zaragoza 2009).
//!
//! The variant is Lucene's: idf = ln(1 + (N − n + ½) / (n + ½)), k₁ = 1.2, b = 0.75. Words are runs of letters and digits in
//! lower case; none is left out, since common ones weigh next to nothing, and none is cut to a stem.

use std::collections::{BTreeMap, HashMap};

use super::{Hit, best};

const K1: f64 = 1.2;
const B: f64 = 0.75;

/// An index of a corpus: for each word the documents that hold it, with how often.
#[derive(Debug, Default)]
pub struct Bm25 {
    postings: HashMap<String, Vec<(usize, u32)>>,
    lengths: Vec<u32>,
    mean_length: f64,
}

impl Bm25 {
    /// Reads the documents.
    pub fn new<'a>(documents: impl IntoIterator<Item = &'a str>) -> Self {
        let mut index = Self::default();
        for (document, text) in documents.into_iter().enumerate() {
            let mut counts: BTreeMap<String, u32> = BTreeMap::new();
            let mut length = 0;
            for word in words(text) {
                *counts.entry(word).or_default() += 1;
                length += 1;
            }
            index.lengths.push(length);
            for (word, count) in counts {
                index.postings.entry(word).or_default().push((document, count));
            }
        }
        let total: u64 = index.lengths.iter().copied().map(u64::from).sum();
        index.mean_length = if index.lengths.is_empty() { 0.0 } else { total as f64 / index.lengths.len() as f64 };
        index
    }

    /// The best `k` documents that share a word with the query.
    pub fn search(&self, query: &str, k: usize) -> Vec<Hit> {
        let mut scores: BTreeMap<usize, f64> = BTreeMap::new();
        for word in words(query) {
            let Some(found) = self.postings.get(&word) else { continue };
            let (all, with) = (self.lengths.len() as f64, found.len() as f64);
            let idf = (1.0 + (all - with + 0.5) / (with + 0.5)).ln();
            for (document, count) in found {
                let length = f64::from(self.lengths[*document]);
                let count = f64::from(*count);
                let gain = count / (count + K1 * (1.0 - B + B * length / self.mean_length));
                *scores.entry(*document).or_default() += idf * gain;
            }
        }
        best(scores.into_iter().map(|(document, score)| Hit { document, score }).collect(), k)
    }
}

fn words(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scores_are_those_of_another_implementation() {
        #[derive(serde::Deserialize)]
        struct Fixture {
            documents: Vec<String>,
            queries: Vec<(String, Vec<f64>)>,
        }
        let fixture: serde_json::Value =
            serde_json::from_str(include_str!("../../tests/reference/checks.json")).unwrap();
        let Fixture { documents, queries } = serde_json::from_value(fixture["bm25"].clone()).unwrap();
        let index = Bm25::new(documents.iter().map(String::as_str));
        assert!(queries.len() >= 10);
        for (query, expected) in queries {
            let mut scores = vec![0.0; documents.len()];
            for hit in index.search(&query, usize::MAX) {
                scores[hit.document] = hit.score;
            }
            for (found, expected) in scores.iter().zip(&expected) {
                // The other one computes in single precision.
                assert!((found - expected).abs() < 1e-5, "{query}: {scores:?} for {expected}");
            }
        }
    }

    #[test]
    fn what_shares_no_word_is_not_found_and_equals_keep_their_order() {
        let index = Bm25::new(["Größe 42", "a tent", "A TENT!", ""]);
        let found = |query: &str, k| index.search(query, k).into_iter().map(|hit| hit.document).collect::<Vec<_>>();
        assert_eq!(found("tent", 5), [1, 2]);
        assert_eq!(found("tent", 1), [1]);
        assert_eq!(found("größe", 5), [0]);
        assert_eq!(found("boat ...", 5), [] as [usize; 0]);
        assert_eq!(Bm25::new([]).search("x", 3), []);
    }
}
