//! Judge and human on the same outputs → their correlation over any resample, from counts of distinct pairs.
//!
//! A bootstrap computes a correlation a thousand times over. Scores on a scale take few values, so a resample is a
//! small table of counts, and nothing needs to be ranked or sorted again.

use std::collections::BTreeMap;

use super::trust::Correlation;
use crate::stats::rank::average_ranks;

/// The distinct pairs of values, and which of them each output has. Values within rounding of each other are one.
#[derive(Debug)]
pub struct Joint {
    judge: Vec<f64>,
    human: Vec<f64>,
    /// Positions in `judge` and `human`, ascending.
    pairs: Vec<(usize, usize)>,
    /// The pair of each output.
    of: Vec<usize>,
}

impl Joint {
    /// The outputs' scores by the judge and by the human, of one length.
    pub fn new(judge: &[f64], human: &[f64]) -> Self {
        let ((judge_values, judge), (human_values, human)) = (coded(judge), coded(human));
        let both = || judge.iter().copied().zip(human.iter().copied());
        let mut place: BTreeMap<(usize, usize), usize> = both().map(|pair| (pair, 0)).collect();
        place.values_mut().enumerate().for_each(|(at, place)| *place = at);
        let of = both().map(|pair| place[&pair]).collect();
        Self { judge: judge_values, human: human_values, pairs: place.into_keys().collect(), of }
    }

    /// The correlation over the outputs at `rows`, of which each may occur several times; `None` where a side does not
    /// vary.
    pub fn correlation(&self, kind: Correlation, rows: &[usize]) -> Option<f64> {
        let mut counts = vec![0.0; self.pairs.len()];
        for row in rows {
            counts[self.of[*row]] += 1.0;
        }
        match kind {
            Correlation::Pearson => self.product_moment(&counts, &self.judge, &self.human),
            Correlation::Spearman => {
                let (judge, human) = self.margins(&counts);
                self.product_moment(&counts, &middle_ranks(&judge), &middle_ranks(&human))
            }
            Correlation::Kendall => self.tau_b(&counts),
        }
    }

    /// How often each value of the judge and of the human occurs.
    fn margins(&self, counts: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let (mut judge, mut human) = (vec![0.0; self.judge.len()], vec![0.0; self.human.len()]);
        for ((j, h), count) in self.pairs.iter().zip(counts) {
            judge[*j] += count;
            human[*h] += count;
        }
        (judge, human)
    }

    /// Pearson's r, with `x` in place of the judge's values and `y` in place of the human's.
    fn product_moment(&self, counts: &[f64], x: &[f64], y: &[f64]) -> Option<f64> {
        let cells = || self.pairs.iter().zip(counts).map(|((j, h), count)| (x[*j], y[*h], *count));
        let n: f64 = counts.iter().sum();
        let (sum_x, sum_y) = cells().fold((0.0, 0.0), |(a, b), (x, y, count)| (a + count * x, b + count * y));
        let (mean_x, mean_y) = (sum_x / n, sum_y / n);
        let (mut xx, mut yy, mut xy) = (0.0, 0.0, 0.0);
        for (x, y, count) in cells() {
            let (dx, dy) = (x - mean_x, y - mean_y);
            xx += count * dx * dx;
            yy += count * dy * dy;
            xy += count * dx * dy;
        }
        // The mean of equal numbers need not equal them to the last bit.
        let varies = |squares: f64, mean: f64| squares.sqrt() > 1e-13 * n.sqrt() * mean.abs();
        (varies(xx, mean_x) && varies(yy, mean_y)).then(|| (xy / xx.sqrt() / yy.sqrt()).clamp(-1.0, 1.0))
    }

    /// Kendall's τ-b: each pair against those with a smaller value of the judge.
    fn tau_b(&self, counts: &[f64]) -> Option<f64> {
        let (judge, human) = self.margins(counts);
        let n: f64 = counts.iter().sum();
        let mut smaller = Tally::new(self.human.len());
        let (mut before, mut difference) = (0.0, 0.0);
        let cells: Vec<(usize, usize, f64)> =
            self.pairs.iter().zip(counts).filter(|(_, n)| **n > 0.0).map(|((j, h), n)| (*j, *h, *n)).collect();
        for tied in cells.chunk_by(|a, b| a.0 == b.0) {
            for (_, h, count) in tied {
                let (below, up_to) = (smaller.below(*h), smaller.below(h + 1));
                difference += count * (below - (before - up_to));
            }
            for (_, h, count) in tied {
                smaller.add(*h, *count);
                before += count;
            }
        }
        let pairs = |counts: &[f64]| counts.iter().map(|n| n * (n - 1.0) / 2.0).sum::<f64>();
        let untied = (pairs(&[n]) - pairs(&judge), pairs(&[n]) - pairs(&human));
        (untied.0 > 0.0 && untied.1 > 0.0).then(|| (difference / untied.0.sqrt() / untied.1.sqrt()).clamp(-1.0, 1.0))
    }
}

/// The distinct values in ascending order, and the position of each value among them.
fn coded(values: &[f64]) -> (Vec<f64>, Vec<usize>) {
    let mut sorted: Vec<(f64, usize)> = average_ranks(values).into_iter().zip(0..).collect();
    sorted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut distinct, mut codes) = (Vec::new(), vec![0; values.len()]);
    for tied in sorted.chunk_by(|a, b| a.0 == b.0) {
        for (_, row) in tied {
            codes[*row] = distinct.len();
        }
        distinct.push(values[tied[0].1]);
    }
    (distinct, codes)
}

/// The ranks that values with these counts share, in their order.
fn middle_ranks(counts: &[f64]) -> Vec<f64> {
    let mut before = 0.0;
    let mut rank = |count: &f64| {
        before += count;
        before - (count - 1.0) / 2.0
    };
    counts.iter().map(&mut rank).collect()
}

/// Counts by position, summed from the start in logarithmic time (Fenwick 1994).
struct Tally(Vec<f64>);

impl Tally {
    fn new(positions: usize) -> Self {
        Self(vec![0.0; positions + 1])
    }

    fn add(&mut self, position: usize, count: f64) {
        let mut at = position + 1;
        while at < self.0.len() {
            self.0[at] += count;
            at += at & at.wrapping_neg();
        }
    }

    /// What stands at positions below this one.
    fn below(&self, position: usize) -> f64 {
        let (mut at, mut sum) = (position, 0.0);
        while at > 0 {
            sum += self.0[at];
            at &= at - 1;
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::stats::rank::{kendall_tau_b, pearson, spearman};

    proptest! {
        /// The same as from the values themselves, also where hardly any two are alike.
        #[test]
        fn counts_give_the_same_correlations(
            values in prop::collection::vec((0_u8..40, 0_u8..9), 2..60),
            coarse in 1_u8..20,
            draws in prop::collection::vec(0_usize..60, 2..80),
        ) {
            let (judge, human): (Vec<f64>, Vec<f64>) =
                values.iter().map(|(j, h)| (f64::from(j / coarse) / 3.0, f64::from(*h) * 0.1)).unzip();
            let joint = Joint::new(&judge, &human);
            let rows: Vec<usize> = draws.iter().map(|draw| draw % values.len()).collect();
            let of = |column: &[f64]| rows.iter().map(|row| column[*row]).collect::<Vec<f64>>();
            let (x, y) = (of(&judge), of(&human));
            for (kind, plain) in [
                (Correlation::Pearson, pearson(&x, &y)),
                (Correlation::Spearman, spearman(&x, &y)),
                (Correlation::Kendall, kendall_tau_b(&x, &y)),
            ] {
                match (joint.correlation(kind, &rows), plain) {
                    (Some(counted), Ok(plain)) => prop_assert!((counted - plain).abs() < 1e-9, "{kind:?}: {counted} {plain}"),
                    (counted, plain) => prop_assert!(counted.is_none() && plain.is_err(), "{kind:?}: {counted:?} {plain:?}"),
                }
            }
        }
    }
}
