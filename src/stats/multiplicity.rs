//! Corrections of p-values for many comparisons.
//!
//! Each function gives adjusted p-values in the order of its input: a comparison is significant
//! at level alpha if its adjusted p-value is alpha or less.

use super::error::{CannotEstimate, check_range};

/// Holm's step-down correction (1979): bounds the chance of any false alarm, whatever the
/// dependence. For gates.
///
/// # Errors
/// If a p-value lies outside of 0 to 1.
pub fn holm(p_values: &[f64]) -> Result<Vec<f64>, CannotEstimate> {
    let order = ascending(p_values)?;
    let mut adjusted = vec![0.0; p_values.len()];
    let mut largest: f64 = 0.0;
    for (rank, &position) in order.iter().enumerate() {
        let remaining = (p_values.len() - rank) as f64;
        largest = largest.max(remaining * p_values[position]).min(1.0);
        adjusted[position] = largest;
    }
    Ok(adjusted)
}

/// The step-up correction of Benjamini and Hochberg (1995): bounds the expected share of false
/// alarms among the alarms, for independent or positively dependent tests. For exploration.
///
/// # Errors
/// As [`holm`].
pub fn benjamini_hochberg(p_values: &[f64]) -> Result<Vec<f64>, CannotEstimate> {
    step_up(p_values, 1.0)
}

/// The correction of Benjamini and Yekutieli (2001): as [`benjamini_hochberg`] under any
/// dependence, at the price of the factor 1 + 1/2 + ... + 1/m.
///
/// # Errors
/// As [`holm`].
pub fn benjamini_yekutieli(p_values: &[f64]) -> Result<Vec<f64>, CannotEstimate> {
    step_up(p_values, (1..=p_values.len()).map(|rank| 1.0 / rank as f64).sum())
}

fn step_up(p_values: &[f64], factor: f64) -> Result<Vec<f64>, CannotEstimate> {
    let order = ascending(p_values)?;
    let mut adjusted = vec![0.0; p_values.len()];
    let mut smallest: f64 = 1.0;
    for (rank, &position) in order.iter().enumerate().rev() {
        let scale = factor * p_values.len() as f64 / (rank + 1) as f64;
        smallest = smallest.min(scale * p_values[position]);
        adjusted[position] = smallest;
    }
    Ok(adjusted)
}

fn ascending(p_values: &[f64]) -> Result<Vec<usize>, CannotEstimate> {
    p_values.iter().try_for_each(|&p| check_range(p, 0.0, 1.0))?;
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|&left, &right| p_values[left].total_cmp(&p_values[right]));
    Ok(order)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_comparison_needs_no_correction() {
        for correction in [holm, benjamini_hochberg, benjamini_yekutieli] {
            assert_eq!(correction(&[0.03]), Ok(vec![0.03]));
            assert_eq!(correction(&[]), Ok(vec![]));
            assert_eq!(correction(&[0.5, f64::NAN]), Err(CannotEstimate::NotFinite));
            assert!(correction(&[1.5]).is_err());
        }
    }

    #[test]
    fn results_keep_the_order_of_the_input() {
        assert_eq!(holm(&[0.04, 0.01]), Ok(vec![0.04, 0.02]));
        assert_eq!(benjamini_hochberg(&[0.04, 0.01]), Ok(vec![0.04, 0.02]));
    }
}
