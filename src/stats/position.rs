//! What the order does to a judge of pairs that sees each pair both ways round.

/// What one verdict said of a pair: who won, by where he stood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Won {
    /// What was shown first.
    First,
    /// What was shown second.
    Second,
    /// Neither.
    Tie,
}

/// The counts that the measures of position bias are made of (Shi and others 2024, arXiv:2406.07791, section 3), over pairs
/// that were judged in both orders. A pair with a verdict that could not be read is counted, and is no consistent one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PositionBias {
    /// All pairs.
    pub pairs: usize,
    /// The same output won both times, or both verdicts were ties.
    pub consistent: usize,
    /// What was shown first won both times.
    pub primacy: usize,
    /// What was shown second won both times.
    pub recency: usize,
    /// One of the verdicts is a tie and the other is not.
    pub wavering: usize,
    /// A verdict could not be read.
    pub unread: usize,
    /// Readable verdicts that are no ties, and those of them for what was shown first.
    pub decided: usize,
    pub for_first: usize,
}

impl PositionBias {
    /// Adds the two verdicts on a pair: in one order, and in the other.
    pub fn add(&mut self, one: Option<Won>, other: Option<Won>) {
        self.pairs += 1;
        for won in [one, other].into_iter().flatten() {
            self.decided += usize::from(won != Won::Tie);
            self.for_first += usize::from(won == Won::First);
        }
        *match (one, other) {
            (None, _) | (_, None) => &mut self.unread,
            (Some(Won::First), Some(Won::First)) => &mut self.primacy,
            (Some(Won::Second), Some(Won::Second)) => &mut self.recency,
            (Some(one), Some(other)) if (one == Won::Tie) == (other == Won::Tie) => &mut self.consistent,
            (Some(_), Some(_)) => &mut self.wavering,
        } += 1;
    }

    /// The share of all pairs with the same answer in both orders.
    pub fn consistency(&self) -> Option<f64> {
        share(self.consistent, self.pairs)
    }

    /// The share of decided verdicts for what was shown first; ½ without a bias.
    pub fn first_rate(&self) -> Option<f64> {
        share(self.for_first, self.decided)
    }

    /// Of the pairs in which the position decided, the share in which it was the first; ½ where neither place is preferred.
    pub fn primacy_rate(&self) -> Option<f64> {
        share(self.primacy, self.primacy + self.recency)
    }
}

fn share(part: usize, whole: usize) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_pair_is_counted_once() {
        use Won::{First, Second, Tie};
        let mut bias = PositionBias::default();
        let pairs = [
            (Some(First), Some(Second)),
            (Some(First), Some(First)),
            (Some(First), Some(First)),
            (Some(Second), Some(Second)),
            (Some(Tie), Some(Tie)),
            (Some(Tie), Some(First)),
            (None, Some(First)),
        ];
        pairs.into_iter().for_each(|(one, other)| bias.add(one, other));
        let PositionBias { pairs, consistent, primacy, recency, wavering, unread, decided, for_first } = bias;
        assert_eq!((pairs, consistent, primacy, recency, wavering, unread), (7, 2, 2, 1, 1, 1));
        assert_eq!((decided, for_first), (10, 7));
        assert_eq!(bias.primacy_rate(), Some(2.0 / 3.0));
        assert_eq!(PositionBias::default().consistency(), None);
    }
}
