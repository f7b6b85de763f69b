//! The embeddings of documents and of a query → how well they fit: the cosine of the angle between two vectors.
//!
//! Every document is looked at: a multiplication for each of its numbers, in single precision, summed in double and always in
//! the same order. So a search is exact, and gives the same bytes on every machine.

use super::{Hit, best};

/// The vectors of a corpus, each of length 1. A document without a text has none, and is never found.
#[derive(Debug, Default)]
pub struct Vectors {
    dimensions: usize,
    /// The place in the corpus of each vector.
    documents: Vec<usize>,
    /// One after another, `dimensions` numbers each.
    numbers: Vec<f32>,
}

impl Vectors {
    /// Takes over the vector of each document, in the order of the corpus.
    ///
    /// # Errors
    /// Vectors of different lengths; one that points nowhere.
    pub fn new<'a>(of_documents: impl IntoIterator<Item = Option<&'a [f32]>>) -> Result<Self, String> {
        let mut all = Self::default();
        for (document, vector) in of_documents.into_iter().enumerate() {
            let Some(vector) = vector else { continue };
            if all.documents.is_empty() {
                all.dimensions = vector.len();
            }
            all.numbers.extend(all.direction(vector)?);
            all.documents.push(document);
        }
        Ok(all)
    }

    /// The best `k` documents for the vector of a query; the score is the cosine, in [−1, 1].
    ///
    /// # Errors
    /// A vector that cannot be held against those of the documents.
    pub fn search(&self, query: &[f32], k: usize) -> Result<Vec<Hit>, String> {
        if self.documents.is_empty() {
            return Ok(Vec::new());
        }
        let query = self.direction(query)?;
        let score = |vector: &[f32]| vector.iter().zip(&query).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>();
        let vectors = self.numbers.chunks_exact(self.dimensions);
        let hits = self.documents.iter().zip(vectors).map(|(document, vector)| {
            let score = score(vector).clamp(-1.0, 1.0);
            Hit { document: *document, score }
        });
        Ok(best(hits.collect(), k))
    }

    /// The vector brought to length 1.
    fn direction(&self, vector: &[f32]) -> Result<Vec<f32>, String> {
        if vector.is_empty() || vector.len() != self.dimensions {
            return Err(format!("a vector of {} numbers among those of {}", vector.len(), self.dimensions));
        }
        let length = vector.iter().map(|x| f64::from(*x) * f64::from(*x)).sum::<f64>().sqrt();
        if !length.is_finite() || length == 0.0 {
            return Err("an embedding without a direction".to_string());
        }
        #[expect(clippy::cast_possible_truncation, reason = "they came in single precision")]
        Ok(vector.iter().map(|x| (f64::from(*x) / length) as f32).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_by_angle_come_first_and_equals_keep_their_order() {
        let all: [Option<&[f32]>; 5] =
            [Some(&[1.0, 0.0]), None, Some(&[3.0, 3.0]), Some(&[0.0, -2.0]), Some(&[0.5, 0.5])];
        let vectors = Vectors::new(all).unwrap();
        let found = vectors.search(&[10.0, 10.0], 9).unwrap();
        assert_eq!(found.iter().map(|hit| hit.document).collect::<Vec<_>>(), [2, 4, 0, 3]);
        assert!((found[0].score - 1.0).abs() < 1e-7 && (found[3].score + 0.5_f64.sqrt()).abs() < 1e-7, "{found:?}");
        assert_eq!(vectors.search(&[1.0, 0.0], 1).unwrap()[0].document, 0);
        assert_eq!(Vectors::new([None]).unwrap().search(&[1.0], 3), Ok(Vec::new()));
    }

    #[test]
    fn what_cannot_be_compared_is_said() {
        let one: &[f32] = &[1.0, 0.0];
        let wrong = [
            Vectors::new([Some(one), Some(&[1.0][..])]).map(drop),
            Vectors::new([Some(&[0.0, 0.0][..])]).map(drop),
            Vectors::new([Some(&[f32::NAN, 0.0][..])]).map(drop),
            Vectors::new([Some(&[][..])]).map(drop),
            Vectors::new([Some(one)]).unwrap().search(&[1.0, 2.0, 3.0], 1).map(drop),
        ];
        insta::assert_snapshot!(wrong.map(Result::unwrap_err).join("\n"), @r"
        a vector of 1 numbers among those of 2
        an embedding without a direction
        an embedding without a direction
        a vector of 0 numbers among those of 0
        a vector of 3 numbers among those of 2
        ");
    }
}
