//! Several rankings of the same documents → one: reciprocal rank fusion (Cormack, Clarke & Büttcher 2009).
//!
//! A document at rank r of a ranking, from 1, has 1 / (60 + r) of it; what it has of all of them is its score. Scores of
//! different kinds need not be weighed against each other so, since only ranks count.

use std::collections::BTreeMap;

use super::{Hit, best};

/// How little the first ranks stand out; the paper's.
const K: f64 = 60.0;

/// The best `k` over all rankings, each best first; of equal ones the first in the corpus.
pub fn fuse(rankings: &[Vec<Hit>], k: usize) -> Vec<Hit> {
    let mut scores: BTreeMap<usize, f64> = BTreeMap::new();
    for ranking in rankings {
        for (at, hit) in ranking.iter().enumerate() {
            *scores.entry(hit.document).or_default() += 1.0 / (K + (at + 1) as f64);
        }
    }
    best(scores.into_iter().map(|(document, score)| Hit { document, score }).collect(), k)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize)]
    struct Row {
        /// Each ranking as the places of documents, best first.
        rankings: Vec<Vec<usize>>,
        /// Documents with their fused scores, best first.
        fused: Vec<(usize, f64)>,
    }

    #[test]
    fn the_scores_are_those_of_another_implementation() {
        let fixture: serde_json::Value =
            serde_json::from_str(include_str!("../../tests/reference/fusion.json")).unwrap();
        let rows: Vec<Row> = serde_json::from_value(fixture["rankings"].clone()).unwrap();
        assert!(rows.len() >= 20);
        for Row { rankings, fused } in rows {
            let hits = |places: &Vec<usize>| places.iter().map(|place| Hit { document: *place, score: 0.0 }).collect();
            let found = fuse(&rankings.iter().map(hits).collect::<Vec<_>>(), usize::MAX);
            assert_eq!(found.len(), fused.len());
            for (document, expected) in &fused {
                let score = found.iter().find(|hit| hit.document == *document).unwrap().score;
                assert!((score - expected).abs() < 1e-12, "{document}: {score} for {expected}");
            }
            let order: Vec<f64> = found.iter().map(|hit| hit.score).collect();
            assert!(order.windows(2).all(|pair| pair[0] >= pair[1]));
        }
    }

    #[test]
    fn of_equals_the_first_in_the_corpus_goes_first() {
        let hit = |document| Hit { document, score: 1.0 };
        let found = fuse(&[vec![hit(7), hit(1)], vec![hit(1), hit(7)], vec![hit(4)]], 2);
        assert_eq!(found.iter().map(|hit| hit.document).collect::<Vec<_>>(), [1, 7]);
        assert_eq!(fuse(&[], 3), []);
    }
}
