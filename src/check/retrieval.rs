//! The documents that a candidate found, against those that are relevant → recall, precision, reciprocal rank, nDCG.
//!
//! The numbers are those of `trec_eval`. Documents rank in the order in which the candidate gave them, whatever scores it
//! wrote beside them. One that stands there twice counts at its first place only, and still takes up the second.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::CheckError;
use super::gold::Gold;
use super::score::{Score, Scored, Subject};
use super::template::Template;
use crate::diagnostic::Diagnostic;

/// How well documents were found.
pub(super) struct Retrieval {
    measure: Measure,
    relevant: Gold,
}

/// What is measured; `k` is how many of the first documents count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Measure {
    /// The share of the relevant documents that is among the first `k`.
    Recall { k: usize },
    /// The share of the first `k` places that holds relevant documents.
    Precision { k: usize },
    /// One over the rank of the first relevant document, 0 where there is none.
    ReciprocalRank { k: Option<usize> },
    /// The discounted gain over that of the best order (Järvelin & Kekäläinen 2002): a document at rank r gives its
    /// grade / log₂(r + 1).
    Ndcg { k: Option<usize> },
}

impl Retrieval {
    pub fn new(measure: Measure, relevant: &Value) -> Result<Self, Diagnostic> {
        Ok(Self { measure, relevant: Gold::new(relevant)? })
    }
}

impl Score for Retrieval {
    fn score(&self, subject: &Subject<'_>) -> Scored {
        let trace = subject.told_trace()?;
        let relevant = grades(&self.relevant.of(subject.case)?)?;
        let found: Vec<&str> = trace.contexts.iter().map(|passage| passage.id.as_deref().unwrap_or("")).collect();
        if let Some(at) = found.iter().position(|id| id.is_empty()) {
            return Err(CheckError::NoName { number: at + 1 });
        }
        // Of a list that was cut, what is there decides only about its first places.
        if let Some(cut) = trace.lacks("contexts").filter(|_| self.measure.cut().is_none_or(|k| k > found.len())) {
            return Err(CheckError::Cut(cut.to_string()));
        }
        Ok((self.measure.of(&found, &relevant), ranks(&found, &relevant)))
    }

    fn templates(&self) -> Vec<&Template> {
        self.relevant.templates()
    }

    fn reads_text(&self) -> bool {
        false
    }
}

/// The grade of each relevant document: a list of ids says 1 of each, a map says it itself.
fn grades(relevant: &Value) -> Result<BTreeMap<String, f64>, CheckError> {
    let wrong = || CheckError::Relevant { found: super::shown(&relevant.to_string()) };
    let id = |value: &Value| match value {
        Value::String(id) if !id.is_empty() => Some(id.clone()),
        Value::Number(id) => Some(id.to_string()),
        _ => None,
    };
    let mut grades = BTreeMap::new();
    match relevant {
        Value::Array(ids) => {
            for value in ids {
                grades.insert(id(value).ok_or_else(wrong)?, 1.0);
            }
        }
        Value::Object(entries) => {
            for (id, grade) in entries {
                let grade = grade.as_f64().filter(|grade| *grade >= 0.0).ok_or_else(wrong)?;
                if grade > 0.0 {
                    grades.insert(id.clone(), grade);
                }
            }
        }
        one => drop(grades.insert(id(one).ok_or_else(wrong)?, 1.0)),
    }
    if grades.is_empty() { Err(CheckError::NothingRelevant) } else { Ok(grades) }
}

impl Measure {
    /// How many of the first documents count; `None` for all.
    fn cut(self) -> Option<usize> {
        match self {
            Self::Recall { k } | Self::Precision { k } => Some(k),
            Self::ReciprocalRank { k } | Self::Ndcg { k } => k,
        }
    }

    fn of(self, found: &[&str], relevant: &BTreeMap<String, f64>) -> f64 {
        let cut = self.cut().unwrap_or(usize::MAX);
        let gains = gains(&found[..cut.min(found.len())], relevant);
        let hits = gains.iter().filter(|gain| **gain > 0.0).count() as f64;
        match self {
            Self::Recall { .. } => hits / relevant.len() as f64,
            Self::Precision { k } => hits / k as f64,
            Self::ReciprocalRank { .. } => {
                gains.iter().position(|gain| *gain > 0.0).map_or(0.0, |at| 1.0 / (at + 1) as f64)
            }
            Self::Ndcg { .. } => {
                let mut best: Vec<f64> = relevant.values().copied().collect();
                best.sort_by(|a, b| b.total_cmp(a));
                best.truncate(cut);
                discounted(&gains) / discounted(&best)
            }
        }
    }
}

/// The grade at each rank: 0 for a document that is not relevant, or stood there before.
fn gains(found: &[&str], relevant: &BTreeMap<String, f64>) -> Vec<f64> {
    let mut seen = BTreeSet::new();
    found.iter().map(|id| if seen.insert(*id) { relevant.get(*id).copied().unwrap_or(0.0) } else { 0.0 }).collect()
}

fn discounted(gains: &[f64]) -> f64 {
    gains.iter().enumerate().map(|(at, gain)| gain / ((at + 2) as f64).log2()).sum()
}

/// Where the relevant documents stand: `a at 1, b at 4; not found: c (9 found)`.
fn ranks(found: &[&str], relevant: &BTreeMap<String, f64>) -> String {
    let rank = |id: &str| found.iter().position(|other| *other == id).map(|at| at + 1);
    let there: Vec<String> =
        relevant.keys().filter_map(|id| Some(format!("{} at {}", super::shown(id), rank(id)?))).collect();
    let missing: Vec<String> = relevant.keys().filter(|id| rank(id).is_none()).map(|id| super::shown(id)).collect();
    let missing = if missing.is_empty() { String::new() } else { format!("not found: {}", missing.join(", ")) };
    let parts: Vec<String> = [there.join(", "), missing].into_iter().filter(|part| !part.is_empty()).collect();
    format!("{} ({} found)", parts.join("; "), found.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize)]
    struct Row {
        relevant: BTreeMap<String, f64>,
        found: Vec<String>,
        k: usize,
        recall: f64,
        precision: f64,
        mrr: f64,
        mrr_at_k: f64,
        ndcg: f64,
        ndcg_at_k: f64,
    }

    #[test]
    fn the_numbers_are_those_of_trec_eval() {
        let fixture: Value = serde_json::from_str(include_str!("../../tests/reference/checks.json")).unwrap();
        let rows: Vec<Row> = serde_json::from_value(fixture["rankings"].clone()).unwrap();
        assert!(rows.len() >= 40);
        for Row { relevant, found, k, recall, precision, mrr, mrr_at_k, ndcg, ndcg_at_k } in rows {
            let found: Vec<&str> = found.iter().map(String::as_str).collect();
            let expected = [
                (Measure::Recall { k }, recall),
                (Measure::Precision { k }, precision),
                (Measure::ReciprocalRank { k: None }, mrr),
                (Measure::ReciprocalRank { k: Some(k) }, mrr_at_k),
                (Measure::Ndcg { k: None }, ndcg),
                (Measure::Ndcg { k: Some(k) }, ndcg_at_k),
            ];
            for (measure, expected) in expected {
                let value = measure.of(&found, &relevant);
                assert!((value - expected).abs() < 1e-12, "{measure:?} of {found:?}: {value} for {expected}");
            }
        }
    }

    #[test]
    fn a_document_counts_once_and_takes_up_its_places() {
        let relevant = BTreeMap::from([("a".to_string(), 1.0), ("b".to_string(), 1.0)]);
        let found = ["a", "a", "b"];
        assert_eq!(Measure::Recall { k: 2 }.of(&found, &relevant), 0.5);
        assert_eq!(Measure::Precision { k: 2 }.of(&found, &relevant), 0.5);
        assert!(Measure::Ndcg { k: None }.of(&found, &relevant) < 1.0);
        assert_eq!(Measure::Ndcg { k: None }.of(&["a", "b"], &relevant), 1.0);
        assert_eq!(Measure::Precision { k: 5 }.of(&[], &relevant), 0.0);
        assert_eq!(ranks(&found, &relevant), "`a` at 1, `b` at 3 (3 found)");
        assert_eq!(ranks(&["x"], &relevant), "not found: `a`, `b` (1 found)");
    }
}
