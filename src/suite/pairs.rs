//! Which candidates a pairwise metric compares.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::CandidateName;

/// Two candidates that are compared; what a case is worth is told of the second.
pub type Pair = (CandidateName, CandidateName);

/// Which pairs a pairwise metric compares.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Pairs {
    /// The baseline with each other candidate.
    #[default]
    Baseline,
    /// Each candidate with each other one.
    All,
    /// Those that meet in a knock-out, drawn anew for each case: who goes on depends on the verdicts.
    Tournament,
    /// These.
    Listed(Vec<Pair>),
}

impl Pairs {
    /// Whether it is what a suite compares that says nothing of pairs.
    pub fn is_default(&self) -> bool {
        *self == Self::Baseline
    }

    /// The pairs of a run (of a tournament, all that may meet), whose `star` are the baseline with each other candidate. The baseline stands first.
    pub fn among<'a>(&self, star: &'a [Pair]) -> Cow<'a, [Pair]> {
        let Some((baseline, _)) = star.first() else { return Cow::Borrowed(star) };
        match self {
            Self::Baseline => Cow::Borrowed(star),
            Self::All | Self::Tournament => {
                let others = star.iter().map(|(_, other)| other);
                let rest = others.clone().enumerate().flat_map(|(at, first)| {
                    let behind = others.clone().skip(at + 1);
                    behind.map(move |second| (first.clone(), second.clone()))
                });
                star.iter().cloned().chain(rest).collect()
            }
            Self::Listed(pairs) => {
                // A candidate that was left out of the run has no outputs to compare.
                let is_there = |name: &CandidateName| name == baseline || star.iter().any(|(_, other)| other == name);
                let there = pairs.iter().filter(|(first, second)| is_there(first) && is_there(second));
                let turned = |(first, second): &Pair| match second == baseline {
                    true => (second.clone(), first.clone()),
                    false => (first.clone(), second.clone()),
                };
                there.map(turned).collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(of: &[(&str, &str)]) -> Vec<Pair> {
        of.iter().map(|(a, b)| ((*a).into(), (*b).into())).collect()
    }

    #[test]
    fn each_choice_gives_its_pairs_with_the_baseline_first() {
        let star = pairs(&[("b", "a"), ("b", "c"), ("b", "d")]);
        assert_eq!(*Pairs::Baseline.among(&star), star);
        let all = pairs(&[("b", "a"), ("b", "c"), ("b", "d"), ("a", "c"), ("a", "d"), ("c", "d")]);
        assert_eq!(*Pairs::All.among(&star), all);
        let listed = Pairs::Listed(pairs(&[("c", "b"), ("d", "c"), ("a", "gone")]));
        assert_eq!(*listed.among(&star), pairs(&[("b", "c"), ("d", "c")]));
        assert!(Pairs::All.among(&[]).is_empty());
    }
}
