//! What a judge said of one output or pair, over samples and orders → how sure it is, and who decides.

use crate::suite::{Cascade, Confidence};

/// One verdict of a judge on an output or a pair.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Vote {
    /// The score, or how far the pair's first is preferred whatever the order shown; absent where nothing could be read.
    pub value: Option<f64>,
    /// The probability that the judge gave to it, where that is known.
    pub confidence: Option<f64>,
    /// Whether it is a preference, of which only the side counts.
    pub is_preference: bool,
}

/// How sure a judge is of what most of its votes say, in [0, 1]: the share of all votes that say so, or the mean of the
/// probabilities that they gave to it. A vote that could not be read, or whose probability is not known, counts against.
pub fn confidence(cascade: &Cascade, votes: &[Vote]) -> f64 {
    let side = |x: f64| (x - 0.5).abs().gt(&1e-9).then_some(x > 0.5);
    let same = |vote: &Vote, other: &Vote| match (vote.value, other.value) {
        (Some(a), Some(b)) if vote.is_preference => side(a) == side(b),
        (Some(a), Some(b)) => (a - b).abs() <= cascade.within + 1e-9,
        _ => false,
    };
    let weight = |vote: &Vote, said: &Vote| match cascade.confidence {
        Confidence::Votes => f64::from(u8::from(same(vote, said))),
        Confidence::Logprobs => match vote.confidence {
            Some(probability) if same(vote, said) => probability,
            // What it did not say has the rest, or less.
            Some(probability) if vote.value.is_some() => 1.0 - probability,
            _ => 0.0,
        },
    };
    let support = |said: &Vote| votes.iter().map(|vote| weight(vote, said)).sum::<f64>();
    let most = votes.iter().filter(|vote| vote.value.is_some()).map(support).fold(0.0, f64::max);
    if votes.is_empty() { 0.0 } else { most / votes.len() as f64 }
}

/// What follows from the confidence of the judge at a place of a cascade.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    /// It decides.
    Decides,
    /// The next judge is asked.
    Next,
}

/// Whether the judge at a place of a cascade decides. Before a cascade is calibrated, only the last one does.
pub fn then(cascade: &Cascade, at: usize, confidence: f64) -> Then {
    let is_last = at + 1 >= cascade.cascade.len();
    let is_sure = cascade.thresholds.get(at).is_some_and(|least| confidence >= *least);
    if is_last || is_sure { Then::Decides } else { Then::Next }
}

/// The first judge that is asked about a case: before a cascade is calibrated, cases without a label go to the last.
pub fn first(cascade: &Cascade, has_label: bool) -> usize {
    match cascade.thresholds.is_empty() && !has_label {
        true => cascade.cascade.len().saturating_sub(1),
        false => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cascade(confidence: Confidence, thresholds: &[f64]) -> Cascade {
        Cascade {
            cascade: vec!["a".into(), "b".into()],
            max_disagreement: 0.1,
            risk: 0.1,
            confidence,
            samples: 5,
            within: 0.0,
            thresholds: thresholds.to_vec(),
        }
    }

    fn votes(values: &[Option<f64>], is_preference: bool) -> Vec<Vote> {
        values.iter().map(|value| Vote { value: *value, confidence: value.map(|_| 0.9), is_preference }).collect()
    }

    #[test]
    fn confidence_is_the_share_that_says_the_same() {
        let by_votes = cascade(Confidence::Votes, &[]);
        let of = |values: &[Option<f64>], compares| confidence(&by_votes, &votes(values, compares));
        assert_eq!(of(&[Some(4.0), Some(4.0), Some(5.0), Some(4.0)], false), 0.75);
        assert_eq!(of(&[Some(4.0), None], false), 0.5, "what cannot be read counts against");
        assert_eq!(of(&[Some(1.0), Some(0.75), Some(0.5), Some(0.0)], true), 0.5, "of a preference the side counts");
        assert_eq!((of(&[], false), of(&[None], false)), (0.0, 0.0));
        let near = Cascade { within: 1.0, ..by_votes };
        assert_eq!(confidence(&near, &votes(&[Some(4.0), Some(5.0), Some(3.0)], false)), 1.0);
    }

    #[test]
    fn confidence_is_the_mean_probability_of_what_was_said() {
        let by_logprobs = cascade(Confidence::Logprobs, &[]);
        let of = |values: &[Option<f64>]| confidence(&by_logprobs, &votes(values, true));
        assert_eq!(of(&[Some(1.0)]), 0.9);
        assert_eq!(of(&[Some(1.0), Some(0.0)]), 0.5, "orders that disagree leave nothing");
        assert_eq!(of(&[Some(1.0), None]), 0.45);
    }

    #[test]
    fn one_that_is_sure_decides_and_before_calibration_only_the_last() {
        let calibrated = cascade(Confidence::Votes, &[0.8]);
        assert_eq!([0.8, 0.79].map(|sure| then(&calibrated, 0, sure)), [Then::Decides, Then::Next]);
        assert_eq!(then(&calibrated, 1, 0.0), Then::Decides);
        assert_eq!((first(&calibrated, true), first(&calibrated, false)), (0, 0));
        let new = cascade(Confidence::Votes, &[]);
        assert_eq!((then(&new, 0, 1.0), first(&new, true), first(&new, false)), (Then::Next, 0, 1));
    }
}
