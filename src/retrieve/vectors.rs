//! The embeddings of documents and of a query → how well they fit: the cosine of the angle between two vectors.
//!
//! Every document is looked at: a multiplication for each of its numbers, in single precision, summed in double and always in
//! the same order (eight sums side by side). So a search is exact, and gives the same bytes on every machine.

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
        let vectors = self.numbers.chunks_exact(self.dimensions);
        let hits = self.documents.iter().zip(vectors).map(|(document, vector)| {
            let score = product(vector, &query).clamp(-1.0, 1.0);
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

/// The scalar product. Sums that do not wait for one another, so that several are made in one step.
fn product(a: &[f32], b: &[f32]) -> f64 {
    const LANES: usize = 8;
    let times = |(a, b): (&f32, &f32)| f64::from(*a) * f64::from(*b);
    let ((a, rest_of_a), (b, rest_of_b)) = (a.as_chunks::<LANES>(), b.as_chunks::<LANES>());
    let mut sums = [0.0; LANES];
    for (a, b) in a.iter().zip(b) {
        for (sum, pair) in sums.iter_mut().zip(a.iter().zip(b)) {
            *sum += times(pair);
        }
    }
    sums.iter().sum::<f64>() + rest_of_a.iter().zip(rest_of_b).map(times).sum::<f64>()
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
    fn all_numbers_of_long_vectors_count() {
        for length in [1_u8, 7, 8, 9, 16, 31] {
            let (a, b): (Vec<f32>, Vec<f32>) =
                (1..=length).map(|n| (f32::from(n), f32::from(length) - f32::from(n % 5))).unzip();
            let plain: f64 = a.iter().zip(&b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum();
            assert_eq!(product(&a, &b), plain, "whole numbers have no error in any order");
        }
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
