//! What several raters' labels say together when some of them are better than others: Dawid and Skene's model.

use super::error::CannotEstimate;

/// One rater's label of one item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Vote {
    pub item: usize,
    pub rater: usize,
    pub label: usize,
}

/// The model of Dawid and Skene (1979), fitted by expectation maximisation from the majority of the votes: each rater has a
/// table of how often he calls label i what is truly j, and each item a chance of each label.
///
/// It needs no gold, and it trusts raters who agree with each other. Where most of them share an error it follows the
/// error: on LLMBar it is worse than the best judge alone. Weigh raters by gold where there is some (`weighted_vote`).
#[derive(Debug, Clone, PartialEq)]
pub struct DawidSkene {
    /// By item and label.
    chances: Vec<Vec<f64>>,
    prior: Vec<f64>,
    /// By rater, true label, and label given.
    tables: Vec<Vec<Vec<f64>>>,
    rounds: usize,
}

/// No chance is taken as smaller, so that one vote cannot make a label impossible.
const LEAST: f64 = 1e-10;

impl DawidSkene {
    /// Fits the model in `rounds` steps at most; it ends earlier once no chance moves by more than `tolerance`.
    ///
    /// An item without a vote has the chances of the prior.
    ///
    /// # Errors
    /// No vote, or one for an item, rater or label that there is not.
    pub fn fit(
        votes: &[Vote],
        (items, raters, labels): (usize, usize, usize),
        rounds: usize,
        tolerance: f64,
    ) -> Result<Self, CannotEstimate> {
        if votes.is_empty() || labels < 2 {
            return Err(CannotEstimate::TooFew("one vote on two labels"));
        }
        if votes.iter().any(|vote| vote.item >= items || vote.rater >= raters || vote.label >= labels) {
            return Err(CannotEstimate::Undefined("a vote names an item, rater or label that there is not"));
        }
        let mut found = Self::majority(votes, items, labels);
        found.tables = tables(votes, &found.chances, raters, labels);
        for round in 1..=rounds {
            let chances = found.expect(votes, items);
            let moved = chances.iter().flatten().zip(found.chances.iter().flatten());
            let most = moved.map(|(new, old)| (new - old).abs()).fold(0.0, f64::max);
            found.prior = prior(&chances);
            found.tables = tables(votes, &chances, raters, labels);
            found.chances = chances;
            found.rounds = round;
            if most <= tolerance {
                break;
            }
        }
        Ok(found)
    }

    fn majority(votes: &[Vote], items: usize, labels: usize) -> Self {
        let mut chances = vec![vec![0.0; labels]; items];
        for vote in votes {
            chances[vote.item][vote.label] += 1.0;
        }
        for item in &mut chances {
            let votes: f64 = item.iter().sum();
            item.iter_mut()
                .for_each(|chance| *chance = if votes > 0.0 { *chance / votes } else { 1.0 / labels as f64 });
        }
        Self { prior: prior(&chances), chances, tables: Vec::new(), rounds: 0 }
    }

    fn expect(&self, votes: &[Vote], items: usize) -> Vec<Vec<f64>> {
        let start: Vec<f64> = self.prior.iter().map(|chance| chance.max(LEAST).ln()).collect();
        let mut logs = vec![start; items];
        for vote in votes {
            for (label, log) in logs[vote.item].iter_mut().enumerate() {
                *log += self.tables[vote.rater][label][vote.label].max(LEAST).ln();
            }
        }
        for item in &mut logs {
            let highest = item.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            item.iter_mut().for_each(|log| *log = (*log - highest).exp());
            let sum: f64 = item.iter().sum();
            item.iter_mut().for_each(|chance| *chance /= sum);
        }
        logs
    }

    /// The chance of each label for an item; they add up to 1.
    pub fn chances(&self, item: usize) -> Option<&[f64]> {
        self.chances.get(item).map(Vec::as_slice)
    }

    /// The likeliest label of an item, the first of equals.
    pub fn label(&self, item: usize) -> Option<usize> {
        let chances = self.chances.get(item)?;
        let best = chances.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        chances.iter().position(|chance| *chance == best)
    }

    /// The share of each label.
    pub fn prior(&self) -> &[f64] {
        &self.prior
    }

    /// How often a rater says `said` where `truly` is right.
    pub fn rate(&self, rater: usize, truly: usize, said: usize) -> Option<f64> {
        self.tables.get(rater)?.get(truly)?.get(said).copied()
    }

    /// How often a rater is expected to be right.
    pub fn accuracy(&self, rater: usize) -> Option<f64> {
        self.prior.iter().enumerate().map(|(label, share)| Some(share * self.rate(rater, label, label)?)).sum()
    }

    /// The steps that the fit took.
    pub fn rounds(&self) -> usize {
        self.rounds
    }
}

fn prior(chances: &[Vec<f64>]) -> Vec<f64> {
    let labels = chances.first().map_or(0, Vec::len);
    let share = |label: usize| chances.iter().map(|item| item[label]).sum::<f64>() / chances.len() as f64;
    (0..labels).map(share).collect()
}

fn tables(votes: &[Vote], chances: &[Vec<f64>], raters: usize, labels: usize) -> Vec<Vec<Vec<f64>>> {
    let mut tables = vec![vec![vec![0.0; labels]; labels]; raters];
    for vote in votes {
        for (label, chance) in chances[vote.item].iter().enumerate() {
            tables[vote.rater][label][vote.label] += chance;
        }
    }
    for row in tables.iter_mut().flatten() {
        row.iter_mut().for_each(|count| *count = count.max(LEAST));
        let sum: f64 = row.iter().sum();
        row.iter_mut().for_each(|count| *count /= sum);
    }
    tables
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_better_rater_counts_for_more() {
        // Three careful raters, and two who say 0 to everything.
        let truth = |item: usize| item % 2;
        let careful = |item: usize, rater: usize| if item % 10 == rater { 1 - truth(item) } else { truth(item) };
        let votes: Vec<Vote> = (0..60)
            .flat_map(|item| (0..5).map(move |rater| (item, rater)))
            .map(|(item, rater)| Vote { item, rater, label: if rater < 3 { careful(item, rater) } else { 0 } })
            .collect();
        let found = DawidSkene::fit(&votes, (60, 5, 2), 200, 1e-10).unwrap();
        let right = (0..60).filter(|item| found.label(*item) == Some(truth(*item))).count();
        // A plain majority lets the two win wherever one of the others errs on a 1.
        assert_eq!(right, 60);
        assert!(found.accuracy(0).unwrap() > 0.85 && found.accuracy(4).unwrap() < 0.6);
        assert!((found.prior().iter().sum::<f64>() - 1.0).abs() < 1e-12 && found.rounds() < 200);
    }

    #[test]
    fn refuses_votes_for_what_there_is_not() {
        let vote = Vote { item: 0, rater: 0, label: 2 };
        assert!(DawidSkene::fit(&[vote], (1, 1, 2), 10, 1e-9).is_err());
        assert!(DawidSkene::fit(&[], (1, 1, 2), 10, 1e-9).is_err());
        let alone = DawidSkene::fit(&[Vote { label: 1, ..vote }], (2, 1, 2), 10, 1e-9).unwrap();
        assert_eq!((alone.label(0), alone.label(7)), (Some(1), None));
    }
}
