//! Agreement of two raters on labels: percent agreement, Cohen's kappa, Gwet's AC1.

use super::error::{CannotEstimate, check_lengths};

/// How often the first rater gave label i and the second rater label j, for q labels.
#[derive(Debug, Clone, PartialEq)]
pub struct LabelTable {
    counts: Vec<Vec<f64>>,
}

/// How much a disagreement between label i and label j still agrees.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weights {
    /// Not at all.
    Unweighted,
    /// 1 - |i-j| / (q-1), for ordered labels.
    Linear,
    /// 1 - (i-j)^2 / (q-1)^2, for ordered labels.
    Quadratic,
}

/// Cohen's kappa with its standard errors.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Kappa {
    /// The agreement beyond chance, 1 at the most.
    pub kappa: f64,
    /// The standard error, for intervals.
    pub se: f64,
    /// The standard error if the true kappa is zero, for a test of that.
    pub se_null: f64,
}

impl LabelTable {
    /// Counts the labels of two raters, coded 0 to `labels` - 1. All labels of the scale count,
    /// whether they occur or not: AC1 depends on their number.
    ///
    /// # Errors
    /// If the columns differ in length, a code is too large, there is no case, or there are fewer
    /// than two labels.
    pub fn from_labels(first: &[usize], second: &[usize], labels: usize) -> Result<Self, CannotEstimate> {
        check_lengths(first.len(), second.len())?;
        let mut counts = vec![vec![0.0; labels]; labels];
        for (&i, &j) in first.iter().zip(second) {
            let cell = counts.get_mut(i).and_then(|row| row.get_mut(j));
            *cell.ok_or(CannotEstimate::Undefined("a label lies outside of the scale"))? += 1.0;
        }
        Self::from_counts(counts)
    }

    /// From a square table of counts: rows are the first rater's labels.
    ///
    /// # Errors
    /// If the table is not square, has fewer than two labels, holds a negative count or one that
    /// is not finite, or is all zero.
    pub fn from_counts(counts: Vec<Vec<f64>>) -> Result<Self, CannotEstimate> {
        if counts.len() < 2 {
            return Err(CannotEstimate::TooFew("two labels"));
        }
        if counts.iter().any(|row| row.len() != counts.len()) {
            return Err(CannotEstimate::Undefined("the table of labels is not square"));
        }
        if counts.iter().flatten().any(|count| !(count.is_finite() && *count >= 0.0)) {
            return Err(CannotEstimate::NotFinite);
        }
        if counts.iter().flatten().sum::<f64>() <= 0.0 {
            return Err(CannotEstimate::TooFew("one case"));
        }
        Ok(Self { counts })
    }

    fn n(&self) -> f64 {
        self.counts.iter().flatten().sum()
    }

    /// The shares of the cells.
    fn shares(&self) -> Vec<Vec<f64>> {
        let n = self.n();
        self.counts.iter().map(|row| row.iter().map(|count| count / n).collect()).collect()
    }

    /// The share of cases on which the raters agree, 0 to 1.
    pub fn percent_agreement(&self) -> f64 {
        self.counts.iter().enumerate().map(|(i, row)| row[i]).sum::<f64>() / self.n()
    }

    /// Cohen's kappa, (po - pe) / (1 - pe), with the standard errors of Fleiss, Cohen and Everitt
    /// (1969). At skewed labels kappa can be low while raters agree: report it beside
    /// [`LabelTable::percent_agreement`] or [`LabelTable::gwet_ac1`].
    ///
    /// # Errors
    /// If both raters give one and the same label throughout: chance then explains everything.
    pub fn cohen_kappa(&self, weights: Weights) -> Result<Kappa, CannotEstimate> {
        let (shares, q) = (self.shares(), self.counts.len());
        let (rows, columns) = margins(&shares);
        let weight = |i: usize, j: usize| weights.at(i, j, q);
        let cells = || (0..q).flat_map(|i| (0..q).map(move |j| (i, j)));
        let observed: f64 = cells().map(|(i, j)| weight(i, j) * shares[i][j]).sum();
        let expected: f64 = cells().map(|(i, j)| weight(i, j) * rows[i] * columns[j]).sum();
        let room = 1.0 - expected;
        if room < 1e-12 {
            return Err(CannotEstimate::Constant("labels"));
        }
        // The mean weight of label i of one rater against the labels of the other.
        let row_mean: Vec<f64> = (0..q).map(|i| (0..q).map(|j| weight(i, j) * columns[j]).sum()).collect();
        let column_mean: Vec<f64> = (0..q).map(|j| (0..q).map(|i| weight(i, j) * rows[i]).sum()).collect();
        let mut spread = 0.0;
        let mut spread_null = 0.0;
        for (i, j) in cells() {
            let by_chance = row_mean[i] + column_mean[j];
            let term = weight(i, j) * room - by_chance * (1.0 - observed);
            spread += shares[i][j] * term * term;
            spread_null += rows[i] * columns[j] * (weight(i, j) - by_chance).powi(2);
        }
        let centre = observed * expected - 2.0 * expected + observed;
        let se_of = |variance: f64| (variance.max(0.0) / self.n()).sqrt();
        Ok(Kappa {
            kappa: (observed - expected) / room,
            se: se_of(spread - centre * centre) / (room * room),
            se_null: se_of(spread_null - expected * expected) / room,
        })
    }

    /// Gwet's AC1, (po - pe) / (1 - pe) with pe = sum p_k (1 - p_k) / (q - 1) over the mean
    /// margins p_k: steady at skewed labels, where kappa is not. Always defined, as pe <= 1/q.
    pub fn gwet_ac1(&self) -> f64 {
        let (rows, columns) = margins(&self.shares());
        let shared = rows.iter().zip(&columns).map(|(row, column)| 0.5 * (row + column));
        let expected = shared.map(|p| p * (1.0 - p)).sum::<f64>() / (rows.len() - 1) as f64;
        (self.percent_agreement() - expected) / (1.0 - expected)
    }
}

impl Weights {
    fn at(self, i: usize, j: usize, labels: usize) -> f64 {
        let distance = i.abs_diff(j) as f64 / (labels - 1) as f64;
        match self {
            Self::Unweighted => f64::from(u8::from(i == j)),
            Self::Linear => 1.0 - distance,
            Self::Quadratic => 1.0 - distance * distance,
        }
    }
}

fn margins(shares: &[Vec<f64>]) -> (Vec<f64>, Vec<f64>) {
    let rows = shares.iter().map(|row| row.iter().sum()).collect();
    let columns = (0..shares.len()).map(|j| shares.iter().map(|row| row[j]).sum()).collect();
    (rows, columns)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn perfect_agreement() {
        let labels = [0, 1, 2, 1];
        let table = LabelTable::from_labels(&labels, &labels, 3).unwrap();
        assert_eq!(table.percent_agreement(), 1.0);
        assert_eq!(table.gwet_ac1(), 1.0);
        let kappa = table.cohen_kappa(Weights::Quadratic).unwrap();
        assert!((kappa.kappa - 1.0).abs() < 1e-15 && kappa.se < 1e-7);
    }

    #[test]
    fn one_label_throughout_has_no_kappa_but_an_ac1() {
        let table = LabelTable::from_labels(&[1, 1, 1], &[1, 1, 1], 2).unwrap();
        assert_eq!(table.cohen_kappa(Weights::Unweighted), Err(CannotEstimate::Constant("labels")));
        assert_eq!(table.gwet_ac1(), 1.0);
    }

    #[test]
    fn refuses_what_is_no_table() {
        assert!(LabelTable::from_labels(&[2], &[0], 2).is_err());
        assert!(LabelTable::from_labels(&[], &[], 2).is_err());
        assert!(LabelTable::from_labels(&[0], &[0], 1).is_err());
        assert!(LabelTable::from_counts(vec![vec![1.0, 2.0], vec![1.0]]).is_err());
    }
}
