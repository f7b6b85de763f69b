//! Verdicts of one judge or several as they come → what each judge says of each output or pair: its votes made one.

use super::scores::{Half, together};
use crate::suite::{ModelName, Votes};

/// What the judges of one metric say of the outputs of one candidate, or of one pair: a number a judge, case and output.
#[derive(Debug)]
pub struct Ballots {
    judges: Vec<Ballot>,
    /// Outputs a case.
    samples: usize,
    shape: Shape,
}

/// How the verdicts of a metric become one number a judge.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    /// How several verdicts of one judge become one.
    pub votes: Votes,
    /// Whether a verdict is worth something only with the one in the other order.
    pub both_orders: bool,
    /// Whether preferences are graded, so that two that differ have a mean.
    pub graded: bool,
}

/// One judge's.
#[derive(Debug)]
struct Ballot {
    name: ModelName,
    /// By case and output; NaN where it said nothing.
    units: Vec<f64>,
    /// Of the case that is being read: output and value of each vote.
    open: Vec<(usize, f64)>,
    case: usize,
    /// Verdicts whose other order has not been seen, by output and verdict.
    halves: Vec<((u32, u32), Half)>,
    /// Of each vote with both orders: its case, and whether both say the same.
    consistent: Vec<(u32, bool)>,
}

/// One verdict, and whose it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cast<'a> {
    pub judge: &'a str,
    pub case: usize,
    /// Which output, and which of the judge's verdicts on it.
    pub samples: (u32, u32),
    /// Whether the pair's second was shown first.
    pub second_first: bool,
    /// What it is worth: a score, or how far the pair's second is preferred.
    pub value: Option<f64>,
}

impl Ballots {
    pub(super) fn new(judges: &[ModelName], cases: usize, samples: usize, shape: Shape) -> Self {
        let ballot = |name: &ModelName| Ballot {
            name: name.clone(),
            units: vec![f64::NAN; cases * samples],
            open: Vec::new(),
            case: 0,
            halves: Vec::new(),
            consistent: Vec::new(),
        };
        Self { judges: judges.iter().map(ballot).collect(), samples, shape }
    }

    /// Adds a verdict. Those of one case come one after another. Gives what it adds, once all orders that are wanted are
    /// there.
    pub(super) fn cast(&mut self, cast: Cast<'_>) -> Option<f64> {
        let (shape, samples) = (self.shape, self.samples);
        let ballot = self.judges.iter_mut().find(|ballot| ballot.name.as_str() == cast.judge)?;
        if ballot.case != cast.case {
            ballot.close(samples, shape.votes);
            ballot.case = cast.case;
        }
        let whole = if shape.both_orders { ballot.in_both_orders(cast, shape.graded) } else { cast.value };
        ballot.open.extend(whole.map(|value| (cast.samples.0 as usize, value)));
        whole
    }

    /// To be called when all have been cast.
    pub(super) fn finish(mut self) -> Self {
        let (samples, votes) = (self.samples, self.shape.votes);
        self.judges.iter_mut().for_each(|ballot| ballot.close(samples, votes));
        self
    }

    /// Outputs a case.
    pub fn samples(&self) -> usize {
        self.samples
    }

    /// How many cases there are, each with as many outputs.
    pub fn units(&self) -> usize {
        self.judges.first().map_or(0, |ballot| ballot.units.len())
    }

    /// The judges.
    pub fn judges(&self) -> impl Iterator<Item = &ModelName> {
        self.judges.iter().map(|ballot| &ballot.name)
    }

    /// What each judge says of one output: the place of the judge, and the value.
    pub fn of(&self, unit: usize) -> impl Iterator<Item = (usize, f64)> + '_ {
        let said = move |(judge, ballot): (usize, &Ballot)| Some((judge, ballot.units.get(unit).copied()?));
        self.judges.iter().enumerate().filter_map(said).filter(|(_, value)| !value.is_nan())
    }

    /// Of a judge's votes that have both orders: the case of each, and whether both say the same.
    pub fn consistent(&self, judge: usize) -> impl Iterator<Item = (u32, bool)> + '_ {
        self.judges.get(judge).into_iter().flat_map(|ballot| ballot.consistent.iter().copied())
    }
}

impl Ballot {
    fn in_both_orders(&mut self, cast: Cast<'_>, graded: bool) -> Option<f64> {
        let half = Half { second_first: cast.second_first, worth: cast.value };
        let other =
            self.halves.iter().position(|(of, known)| *of == cast.samples && known.second_first != cast.second_first);
        let Some(other) = other else {
            self.halves.push((cast.samples, half));
            return None;
        };
        let (_, known) = self.halves.swap_remove(other);
        let (one, other) = known.worth.zip(cast.value)?;
        let side = |value: f64| value.partial_cmp(&0.5);
        self.consistent.push((u32::try_from(cast.case).unwrap_or(u32::MAX), side(one) == side(other)));
        Some(together(one, other, graded))
    }

    fn close(&mut self, samples: usize, votes: Votes) {
        self.halves.clear();
        let mut open = std::mem::take(&mut self.open);
        open.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
        for of_output in open.chunk_by(|a, b| a.0 == b.0) {
            let values: Vec<f64> = of_output.iter().map(|(_, value)| *value).collect();
            let place = of_output.first().map(|(output, _)| self.case * samples + output);
            if let Some(unit) = place.and_then(|place| self.units.get_mut(place)) {
                *unit = one_of(&values, votes);
            }
        }
    }
}

/// Several votes, ascending, as one; NaN where there are none.
fn one_of(values: &[f64], votes: Votes) -> f64 {
    match votes {
        Votes::Mean => values.iter().sum::<f64>() / values.len() as f64,
        Votes::Majority => commonest(values),
        Votes::Median => {
            let middle = |at: usize| values.get(at).copied().unwrap_or(f64::NAN);
            (middle(values.len() / 2) + middle(values.len().saturating_sub(1) / 2)) / 2.0
        }
    }
}

/// The commonest of some values, ascending; the mean of those that are equally common; NaN where there are none.
pub(super) fn commonest(values: &[f64]) -> f64 {
    let runs: Vec<&[f64]> = values.chunk_by(|a, b| (a - b).abs() < 1e-9).collect();
    let most = runs.iter().map(|run| run.len()).max().unwrap_or(0);
    let common: Vec<f64> = runs.iter().filter(|run| run.len() == most).filter_map(|run| run.first().copied()).collect();
    common.iter().sum::<f64>() / common.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ballots(votes: Votes, both_orders: bool, samples: usize) -> Ballots {
        Ballots::new(&["a".into(), "b".into()], 2, samples, Shape { votes, both_orders, graded: false })
    }

    fn score(judge: &str, case: usize, samples: (u32, u32), value: f64) -> Cast<'_> {
        Cast { judge, case, samples, second_first: false, value: Some(value) }
    }

    #[test]
    fn several_votes_of_a_judge_become_one_by_their_rule() {
        for (votes, expected) in [(Votes::Mean, 2.5), (Votes::Majority, 1.0), (Votes::Median, 2.0)] {
            let mut all = ballots(votes, false, 1);
            for (nth, value) in [1.0, 5.0, 1.0, 3.0].into_iter().enumerate() {
                all.cast(score("a", 1, (0, nth as u32), value));
            }
            let all = all.finish();
            assert_eq!(all.of(1).collect::<Vec<_>>(), [(0, expected)], "{votes:?}");
            assert_eq!(all.of(0).count(), 0);
        }
        assert_eq!(commonest(&[1.0, 1.0, 4.0, 4.0, 5.0]), 2.5, "equally common");
    }

    #[test]
    fn outputs_and_judges_are_told_apart() {
        let mut all = ballots(Votes::Mean, false, 2);
        all.cast(score("a", 0, (1, 0), 4.0));
        all.cast(score("b", 0, (1, 0), 2.0));
        all.cast(score("a", 1, (0, 0), 3.0));
        let all = all.finish();
        let units: Vec<Vec<(usize, f64)>> = (0..all.units()).map(|unit| all.of(unit).collect()).collect();
        assert_eq!(units, [vec![], vec![(0, 4.0), (1, 2.0)], vec![(0, 3.0)], vec![]]);
    }

    #[test]
    fn each_judge_is_read_in_both_orders() {
        let mut all = ballots(Votes::Mean, true, 1);
        for (judge, second_first, value) in [("a", false, 1.0), ("b", true, 0.0), ("a", true, 1.0), ("b", false, 1.0)] {
            all.cast(Cast { judge, case: 0, samples: (0, 0), second_first, value: Some(value) });
        }
        all.cast(Cast { judge: "a", case: 1, samples: (0, 0), second_first: true, value: Some(1.0) });
        all.cast(Cast { judge: "a", case: 1, samples: (0, 0), second_first: false, value: None });
        let all = all.finish();
        assert_eq!(all.of(0).collect::<Vec<_>>(), [(0, 1.0), (1, 0.5)]);
        assert_eq!(all.of(1).count(), 0, "one order could not be read");
        let of = |judge| all.consistent(judge).map(|(_, same)| same).collect::<Vec<_>>();
        assert_eq!((of(0), of(1)), (vec![true], vec![false]));
    }
}
