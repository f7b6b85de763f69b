//! Comparisons of pairs among many items → strengths, with errors that respect the cases.
//!
//! Bradley and Terry (1952): P(i beats j) = sigmoid(theta_i - theta_j). Strengths are log-odds with a
//! mean of 0 over all items, so only their differences mean something. With covariates the log-odds
//! are theta_i - theta_j + beta . z, and the strengths are those at z = 0: outputs of equal length,
//! for instance. Fit once without covariates and once with them to show both.
//!
//! Comparisons of one case (repeats, both orders, many pairs of candidates on one question) share a
//! cluster; no standard error here counts them as independent.

mod bootstrap;
mod connection;
mod error;
mod likelihood;
#[cfg(test)]
mod properties;
mod ranking;
mod table;
mod ties;

pub use bootstrap::{Placement, Resampled};
pub use error::CannotRank;
pub use ranking::Ranking;
pub use ties::{Chances, Ties};

/// One comparison of two items.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Comparison {
    /// The items, as numbers from 0.
    pub left: usize,
    pub right: usize,
    /// 1 if the left side won, 0 if the right one did, 1/2 for a tie, anything between for a graded
    /// verdict ([`Ties::Half`] only). A strong verdict is a score, never several rows.
    pub score: f64,
    /// How much it counts, usually 1; with 0 it is left out.
    pub weight: f64,
    /// The independent case it belongs to.
    pub cluster: u32,
}

/// What to fit.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Model {
    pub ties: Ties,
    /// 0 gives the strengths of largest likelihood, or an error where there are none. Above 0, every
    /// item has `prior` tied comparisons with an item of average strength, and the coefficients of
    /// covariates a normal prior of variance 1/`prior`: so there always are strengths, and a report
    /// has to say that they are pulled together. 0.5 is small.
    pub prior: f64,
}

/// Differences between the two sides (left less right) → a covariate on the scale of its root mean
/// square. The mean stays, so that changing the sides only changes the sign.
///
/// # Errors
/// If there are none, one is not finite, or all are 0.
pub fn standardised(differences: &[f64]) -> Result<Vec<f64>, super::CannotEstimate> {
    super::error::check_finite(differences)?;
    let scale = (differences.iter().map(|d| d * d).sum::<f64>() / differences.len().max(1) as f64).sqrt();
    if !(scale.is_finite() && scale > 0.0) {
        return Err(super::CannotEstimate::Constant("differences between the sides"));
    }
    Ok(differences.iter().map(|d| d / scale).collect())
}

/// How much longer the left text is, as a share of both: (left - right) / (left + right), -1 to 1;
/// 0 where both are empty. Lengths are counted in characters (code points), never in bytes: bytes
/// make texts in other scripts than Latin look longer.
pub fn relative_length(left: usize, right: usize) -> f64 {
    let (left, right) = (left as f64, right as f64);
    if left + right == 0.0 { 0.0 } else { (left - right) / (left + right) }
}

/// How much more of a mark the left text holds, as a share of both: (left - right) / (left + right + 1),
/// above -1 and below 1, as LMArena controls for style (Li, Angelopoulos and Chiang 2024). The 1 keeps one
/// mark against none from being as much as twenty against none.
pub fn relative_count(left: f64, right: f64) -> f64 {
    (left - right) / (left + right + 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_covariate_is_on_the_scale_of_its_root_mean_square_and_turns_with_the_sides() {
        let column = standardised(&[3.0, -4.0, 0.0, 5.0]).unwrap();
        assert!((column.iter().map(|z| z * z).sum::<f64>() / 4.0 - 1.0).abs() < 1e-12);
        assert!(column[2] == 0.0 && column[0] > 0.0);
        let turned = standardised(&[-3.0, 4.0, 0.0, -5.0]).unwrap();
        assert!(column.iter().zip(&turned).all(|(one, other)| (one + other).abs() < 1e-12));
        for none in [&[][..], &[0.0, 0.0], &[f64::NAN], &[1e200, 1e200]] {
            assert!(standardised(none).is_err(), "{none:?}");
        }
    }

    #[test]
    fn lengths_are_a_share_of_both() {
        assert_eq!(relative_length(300, 100), 0.5);
        assert_eq!(relative_length(0, 7), -1.0);
        assert_eq!(relative_length(0, 0), 0.0);
        assert_eq!((relative_count(1.0, 0.0), relative_count(0.0, 3.0), relative_count(0.0, 0.0)), (0.5, -0.75, 0.0));
    }
}
