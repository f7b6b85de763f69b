//! Correlations within and between groups: document level and system level.
//!
//! The level changes the number a great deal: a judge may rank systems almost perfectly and the
//! answers to one document hardly at all. A report names the level.

use super::clusters::{members, totals};
use super::error::{CannotEstimate, check_lengths};

/// A correlation such as [`super::rank::spearman`].
pub type Correlation = fn(&[f64], &[f64]) -> Result<f64, CannotEstimate>;

/// The mean of the correlations of several groups.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WithinGroups {
    pub mean: f64,
    /// The number of groups that have a correlation.
    pub used: usize,
    /// The number of groups left out because a column is constant or there is one case only.
    pub skipped: usize,
}

/// The mean over groups (documents, say) of the correlation within each group.
///
/// # Errors
/// If the columns differ in length, a value is not finite, or no group has a correlation.
pub fn within_groups(
    x: &[f64],
    y: &[f64],
    groups: &[u32],
    correlation: Correlation,
) -> Result<WithinGroups, CannotEstimate> {
    check_lengths(x.len(), y.len())?;
    check_lengths(x.len(), groups.len())?;
    let (mut sum, mut used, mut skipped) = (0.0, 0, 0);
    for member in members(groups) {
        let of_group = |column: &[f64]| -> Vec<f64> { member.iter().map(|&i| column[i]).collect() };
        match correlation(&of_group(x), &of_group(y)) {
            Ok(value) => {
                sum += value;
                used += 1;
            }
            Err(CannotEstimate::Constant(_) | CannotEstimate::TooFew(_)) => skipped += 1,
            Err(error) => return Err(error),
        }
    }
    if used == 0 {
        return Err(CannotEstimate::TooFew("one group in which both columns vary"));
    }
    Ok(WithinGroups { mean: sum / used as f64, used, skipped })
}

/// The correlation of the group means (of systems, say).
///
/// # Errors
/// As the correlation itself, with groups as its cases.
pub fn between_groups(x: &[f64], y: &[f64], groups: &[u32], correlation: Correlation) -> Result<f64, CannotEstimate> {
    let means = |column: &[f64]| -> Result<Vec<f64>, CannotEstimate> {
        let totals = totals(column, groups)?;
        Ok(totals.iter().map(|total| total.sum / total.count).collect())
    };
    correlation(&means(x)?, &means(y)?)
}

#[cfg(test)]
mod tests {
    use super::super::rank::{pearson, spearman};
    use super::*;

    #[test]
    fn constant_groups_are_counted_and_left_out() {
        let x = [1.0, 2.0, 3.0, 1.0, 1.0, 5.0];
        let y = [1.0, 2.0, 3.0, 4.0, 2.0, 0.0];
        let within = within_groups(&x, &y, &[0, 0, 0, 1, 1, 2], spearman).unwrap();
        assert_eq!((within.used, within.skipped), (1, 2));
        assert!((within.mean - 1.0).abs() < 1e-12);
        assert!(within_groups(&x[3..5], &y[3..5], &[1, 1], spearman).is_err());
    }

    #[test]
    fn the_level_decides() {
        // Within each group the columns run against each other, between groups together.
        let x = [1.0, 2.0, 11.0, 12.0, 21.0, 22.0];
        let y = [2.0, 1.0, 12.0, 11.0, 22.0, 21.0];
        let groups = [0, 0, 1, 1, 2, 2];
        assert!((within_groups(&x, &y, &groups, pearson).unwrap().mean + 1.0).abs() < 1e-12);
        assert!((between_groups(&x, &y, &groups, pearson).unwrap() - 1.0).abs() < 1e-12);
    }
}
