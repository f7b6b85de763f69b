//! Human labels of a metric → what each labelled case is worth to humans, beside what it is worth to the judge.

use std::collections::BTreeMap;

use indexmap::IndexMap;

use super::cases::Cases;
use crate::dataset::Choice;
use crate::suite::{CandidateName, Goal, MetricName, MetricSpec, Pair, Suite};

/// The labelled cases of one metric, by their place. Labels that cannot be used are left out; `karat calibrate` tells them.
#[derive(Debug, Clone, Default)]
pub struct Humans {
    /// By candidate: the mean of its raters' scores.
    levels: IndexMap<CandidateName, BTreeMap<u32, f64>>,
    /// By pair: what the case is worth to the second, the mean of its raters' votes; turned round where the goal is down.
    worths: IndexMap<Pair, BTreeMap<u32, f64>>,
    /// Labelled cases that say of none of several outputs that it is meant. One score cannot be about each of them.
    unnamed: usize,
}

impl Humans {
    /// Of a judged metric. `pairs` are those that it compares.
    pub(super) fn read<'a>(
        cases: &Cases,
        (name, spec): (&MetricName, &MetricSpec),
        suite: &Suite,
        pairs: impl Iterator<Item = &'a Pair>,
    ) -> Self {
        let candidates: Vec<CandidateName> = suite.candidates.keys().cloned().collect();
        let scale = spec.rubric().and_then(|judged| judged.rubric.scale.as_ref());
        let mut found = Self { worths: pairs.map(|pair| (pair.clone(), BTreeMap::new())).collect(), ..Self::default() };
        for (case, label) in cases.labels(name) {
            if spec.is_tournament() {
                let Ok(human) = label.preference(&candidates) else { continue };
                for candidate in &candidates {
                    let came_first = came_first(&human.votes, candidate);
                    found.levels.entry(candidate.clone()).or_default().extend(came_first.map(|share| (*case, share)));
                }
                continue;
            }
            if spec.is_pairwise() {
                let Ok(human) = label.preference(&candidates) else { continue };
                for (pair, worths) in &mut found.worths {
                    let worth = worth(&human.votes, pair);
                    let turned = worth.map(|worth| if spec.goal == Goal::Down { 1.0 - worth } else { worth });
                    worths.extend(turned.map(|worth| (*case, worth)));
                }
                continue;
            }
            if label.is_nobodys(&candidates) {
                found.unnamed += 1;
                continue;
            }
            for candidate in &candidates {
                if let Ok(Some(human)) = label.score_for(candidate, &candidates, scale) {
                    found.levels.entry(candidate.clone()).or_default().insert(*case, human.value);
                }
            }
        }
        found
    }

    /// How many labels name none of several candidates, so that no difference and no level can rest on them.
    pub fn unnamed(&self) -> usize {
        self.unnamed
    }

    #[cfg(test)]
    pub fn name_nobody(&mut self, labels: usize) {
        self.unnamed = labels;
    }

    /// Whether nobody said anything of an output that is known.
    pub fn is_empty(&self) -> bool {
        self.levels.values().chain(self.worths.values()).all(BTreeMap::is_empty)
    }

    /// What humans gave a candidate's output of a case.
    pub fn score(&self, candidate: &CandidateName, case: usize) -> Option<f64> {
        self.levels.get(candidate)?.get(&u32::try_from(case).ok()?).copied()
    }

    /// What a case is worth to the second of a pair.
    pub fn worth(&self, baseline: &CandidateName, candidate: &CandidateName, case: usize) -> Option<f64> {
        self.worths.get(&(baseline.clone(), candidate.clone()))?.get(&u32::try_from(case).ok()?).copied()
    }

    #[cfg(test)]
    pub(super) fn labelled(&mut self, candidate: &str, labels: &[Option<f64>]) {
        let places = (0..).zip(labels).filter_map(|(case, label)| Some((case, (*label)?)));
        self.levels.insert(candidate.into(), places.collect());
    }
}

/// The share of votes that name a candidate as the best of all; `None` where one names nobody.
fn came_first(votes: &[Choice], candidate: &CandidateName) -> Option<f64> {
    let named = |vote: &Choice| match vote {
        Choice::Tie => None,
        Choice::Candidate(name) => Some(f64::from(u8::from(name == candidate))),
    };
    let named: Vec<f64> = votes.iter().map(named).collect::<Option<_>>()?;
    (!named.is_empty()).then(|| named.iter().sum::<f64>() / named.len() as f64)
}

/// The mean of the votes that are about a pair, as what they are worth to its second.
fn worth(votes: &[Choice], (first, second): &Pair) -> Option<f64> {
    let worth = |vote: &Choice| match vote {
        Choice::Tie => Some(0.5),
        Choice::Candidate(name) if name == second => Some(1.0),
        Choice::Candidate(name) if name == first => Some(0.0),
        Choice::Candidate(_) => None,
    };
    let worths: Vec<f64> = votes.iter().filter_map(worth).collect();
    (!worths.is_empty()).then(|| worths.iter().sum::<f64>() / worths.len() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn votes_for_others_are_about_another_pair() {
        let pair = (CandidateName::from("v1"), CandidateName::from("v2"));
        let vote = |name: &str| Choice::Candidate(name.into());
        assert_eq!(worth(&[vote("v2"), vote("v2"), Choice::Tie], &pair), Some(2.5 / 3.0));
        assert_eq!(worth(&[vote("v1"), vote("v3")], &pair), Some(0.0));
        assert_eq!(worth(&[vote("v3")], &pair), None);
    }
}
