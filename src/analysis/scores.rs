//! Values as they come, in any order → one number a case: the mean over samples, or what a case is worth to one of a pair.

use std::collections::HashMap;

use crate::suite::Range;

/// One number a case, at the case's place. NaN stands where there is none, and is never handed out.
#[derive(Debug, Clone)]
pub struct Scores(Vec<f64>);

impl Scores {
    /// No number for so many cases.
    pub fn none(cases: usize) -> Self {
        Self(vec![f64::NAN; cases])
    }

    /// The number of a case, where there is one.
    pub fn get(&self, case: usize) -> Option<f64> {
        self.0.get(case).copied().filter(|value| !value.is_nan())
    }

    /// The number of each case.
    pub fn iter(&self) -> impl Iterator<Item = Option<f64>> + '_ {
        (0..self.0.len()).map(|case| self.get(case))
    }

    /// How many cases there are.
    pub fn cases(&self) -> usize {
        self.0.len()
    }

    /// Changes each number that there is.
    pub fn change(&mut self, new: impl Fn(f64) -> f64) {
        self.0.iter_mut().filter(|value| !value.is_nan()).for_each(|value| *value = new(*value));
    }
}

impl FromIterator<Option<f64>> for Scores {
    fn from_iter<I: IntoIterator<Item = Option<f64>>>(values: I) -> Self {
        Self(values.into_iter().map(|value| value.unwrap_or(f64::NAN)).collect())
    }
}

/// The mean over the samples and verdicts of each case that have a value.
#[derive(Debug)]
pub(super) struct Means {
    sums: Scores,
    /// How many values each sum has; empty as long as none has more than one.
    counts: Vec<u32>,
}

impl Means {
    pub fn none(cases: usize) -> Self {
        Self { sums: Scores::none(cases), counts: Vec::new() }
    }

    pub fn add(&mut self, case: usize, value: f64) {
        let cases = self.sums.cases();
        let Some(sum) = self.sums.0.get_mut(case) else { return };
        if sum.is_nan() {
            *sum = value;
            return;
        }
        *sum += value;
        if self.counts.is_empty() {
            self.counts = vec![1; cases];
        }
        if let Some(count) = self.counts.get_mut(case) {
            *count += 1;
        }
    }

    /// The sums in place of the means.
    pub fn sums(self) -> Scores {
        self.sums
    }

    pub fn finish(mut self) -> Scores {
        for (sum, count) in self.sums.0.iter_mut().zip(self.counts) {
            *sum /= f64::from(count);
        }
        self.sums
    }
}

/// What each case is worth to the second of a pair: both orders agree → 1, ½ or 0; they disagree → ½.
/// Graded preferences are averaged. A case of which one order could not be read, or is not there where both are wanted,
/// has no value.
#[derive(Debug)]
pub(super) struct Worths {
    means: Means,
    /// Whether a verdict is worth something only with the one in the other order.
    both_orders: bool,
    /// Whether preferences are graded, so that two that differ have a mean.
    graded: bool,
    /// Verdicts whose other order has not been seen yet, by case, sample and verdict sample.
    halves: HashMap<(usize, u32, u32), Half>,
}

/// A verdict in one order.
#[derive(Debug, Clone, Copy)]
pub(super) struct Half {
    pub second_first: bool,
    pub worth: Option<f64>,
}

impl Worths {
    pub fn none(cases: usize, both_orders: bool, graded: bool) -> Self {
        Self { means: Means::none(cases), both_orders, graded, halves: HashMap::new() }
    }

    /// Adds a verdict: whether the pair's second was shown first, and what it was worth to that second. Gives what was
    /// added to the case, once both orders that are wanted are there.
    pub fn add(&mut self, case: usize, samples: (u32, u32), second_first: bool, worth: Option<f64>) -> Option<f64> {
        if !self.both_orders {
            worth.into_iter().for_each(|worth| self.means.add(case, worth));
            return worth;
        }
        let key = (case, samples.0, samples.1);
        match self.halves.get(&key) {
            Some(half) if half.second_first != second_first => {
                let whole = half.worth.zip(worth).map(|(one, other)| together(one, other, self.graded));
                whole.into_iter().for_each(|worth| self.means.add(case, worth));
                self.halves.remove(&key);
                whole
            }
            _ => {
                self.halves.insert(key, Half { second_first, worth });
                None
            }
        }
    }

    pub fn finish(self) -> Scores {
        self.means.finish()
    }
}

/// What a case is worth, from its verdicts in both orders. A win and a tie are a tie, unless preferences are graded.
pub(super) fn together(one: f64, other: f64, graded: bool) -> f64 {
    let plain = |x: f64| !graded && (x == 0.0 || x == 0.5 || x == 1.0);
    if plain(one) && plain(other) && one != other { 0.5 } else { (one + other) / 2.0 }
}

/// A mean of values within a range lies within it, but for its last bits.
pub(super) fn without_rounding(value: f64, range: Range) -> f64 {
    let (min, max) = match range {
        Range::Binary => (0.0, 1.0),
        Range::Bounded { min, max } => (min, max),
        Range::Unbounded => return value,
    };
    let inside = value.clamp(min, max);
    if (value - inside).abs() <= 1e-9 * (max - min) { inside } else { value }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orders_that_disagree_are_worth_half_and_graded_ones_their_mean() {
        assert_eq!(together(0.0, 1.0, false), 0.5);
        assert_eq!(together(1.0, 0.5, false), 0.5);
        assert_eq!(together(1.0, 1.0, false), 1.0);
        assert_eq!(together(0.2, 0.6, false), 0.4);
        assert_eq!((together(1.0, 0.5, true), together(0.75, 0.25, true)), (0.75, 0.5));
    }

    #[test]
    fn a_half_waits_for_its_other_order_and_for_no_other_sample() {
        let mut worths = Worths::none(3, true, false);
        for (case, sample, second_first, worth) in [
            (1, 0, false, Some(1.0)),
            (0, 1, false, Some(0.0)),
            (0, 0, true, Some(1.0)),
            (1, 0, true, Some(1.0)),
            (0, 1, true, Some(0.0)),
            (2, 0, true, None),
            (0, 0, false, Some(1.0)),
            (2, 0, false, Some(1.0)),
        ] {
            worths.add(case, (sample, 0), second_first, worth);
        }
        assert!(worths.halves.is_empty());
        assert_eq!(worths.finish().iter().collect::<Vec<_>>(), [Some(0.5), Some(1.0), None]);
    }
}
