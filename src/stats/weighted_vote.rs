//! A vote of raters who are weighed by how often each was right on gold cases.

use super::error::CannotEstimate;

/// The weight of each rater in a vote over `labels` labels: the log-odds of being right, ln(a (k-1) / (1-a)), which is the
/// best rule for raters who err independently and evenly (Nitzan and Paroush 1982).
#[derive(Debug, Clone, PartialEq)]
pub struct VoteWeights {
    weights: Vec<f64>,
    labels: usize,
}

/// How often a rater was right on gold cases.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Record {
    pub right: usize,
    pub cases: usize,
}

impl VoteWeights {
    /// From the record of each rater. One success and one failure are added to each, so that nobody weighs infinitely much;
    /// a rater without gold cases, or no better than chance would be, has a weight of zero or less, and zero is used.
    ///
    /// # Errors
    /// Fewer than two labels, no rater, or a rater who was right more often than he was asked.
    pub fn new(records: &[Record], labels: usize) -> Result<Self, CannotEstimate> {
        if labels < 2 || records.is_empty() {
            return Err(CannotEstimate::TooFew("one rater and two labels"));
        }
        if records.iter().any(|record| record.right > record.cases) {
            return Err(CannotEstimate::Undefined("a rater is right more often than he was asked"));
        }
        let others = (labels - 1) as f64;
        let weight = |record: &Record| {
            let accuracy = (record.right as f64 + 1.0) / (record.cases as f64 + 2.0);
            match record.cases {
                0 => 0.0,
                _ => (accuracy * others / (1.0 - accuracy)).ln().max(0.0),
            }
        };
        Ok(Self { weights: records.iter().map(weight).collect(), labels })
    }

    /// The weight of a rater, zero or more.
    pub fn weight(&self, rater: usize) -> Option<f64> {
        self.weights.get(rater).copied()
    }

    /// The share of the weight that is given to each label, by votes of (rater, label); all zero where nobody with a weight votes.
    pub fn shares(&self, votes: impl IntoIterator<Item = (usize, usize)>) -> Vec<f64> {
        let mut shares = vec![0.0; self.labels];
        for (rater, label) in votes {
            if let (Some(weight), Some(share)) = (self.weights.get(rater), shares.get_mut(label)) {
                *share += weight;
            }
        }
        let sum: f64 = shares.iter().sum();
        if sum > 0.0 {
            shares.iter_mut().for_each(|share| *share /= sum);
        }
        shares
    }

    /// The label with the largest share; `None` where two have it, or nobody with a weight votes.
    pub fn winner(&self, votes: impl IntoIterator<Item = (usize, usize)>) -> Option<usize> {
        let shares = self.shares(votes);
        let best = shares.iter().copied().fold(0.0, f64::max);
        let mut first = shares.iter().enumerate().filter(|(_, share)| best > 0.0 && (**share - best).abs() < 1e-12);
        let winner = first.next()?.0;
        first.next().is_none().then_some(winner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weights(records: &[(usize, usize)]) -> VoteWeights {
        let records: Vec<Record> = records.iter().map(|&(right, cases)| Record { right, cases }).collect();
        VoteWeights::new(&records, 2).unwrap()
    }

    #[test]
    fn one_good_judge_outvotes_two_that_guess() {
        let weights = weights(&[(95, 100), (52, 100), (40, 100)]);
        assert_eq!(weights.winner([(0, 1), (1, 0), (2, 0)]), Some(1));
        assert_eq!(weights.weight(2), Some(0.0));
    }

    #[test]
    fn a_perfect_record_is_no_infinite_weight() {
        let weights = weights(&[(3, 3), (0, 0)]);
        assert!((weights.weight(0).unwrap() - 4.0_f64.ln()).abs() < 1e-12);
        assert_eq!((weights.winner([(1, 0)]), weights.winner([(0, 0), (0, 1)])), (None, None));
        assert!(VoteWeights::new(&[Record { right: 2, cases: 1 }], 2).is_err());
    }
}
