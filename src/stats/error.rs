//! Why a number cannot be given, and the checks of input that every estimator shares.

/// The reason why an estimator gives no number. The message is fit for a report.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum CannotEstimate {
    /// Fewer observations than the formula needs; names the least number in words.
    #[error("needs at least {0}")]
    TooFew(&'static str),
    /// NaN or an infinity in the input.
    #[error("a value is not a finite number")]
    NotFinite,
    /// Two columns that describe the same cases differ in length.
    #[error("the columns differ in length: {left} and {right}")]
    LengthsDiffer { left: usize, right: usize },
    /// A column that has to vary is constant.
    #[error("all {0} are equal, so it is not defined")]
    Constant(&'static str),
    /// No spread to estimate an error from, and no range of the score to fall back on.
    #[error("all {0} are equal: no interval can be given without bounds on the score")]
    NoSpread(&'static str),
    /// A value outside of the range declared for it.
    #[error("the value {value} lies outside of {min} to {max}")]
    OutOfRange { value: f64, min: f64, max: f64 },
    /// A value of a pass/fail score that is neither.
    #[error("the value {0} is neither 0 nor 1")]
    NotBinary(f64),
    /// Any other reason, in words.
    #[error("{0}")]
    Undefined(&'static str),
}

/// Passes if every value is finite.
pub(crate) fn check_finite(values: &[f64]) -> Result<(), CannotEstimate> {
    match values.iter().all(|value| value.is_finite()) {
        true => Ok(()),
        false => Err(CannotEstimate::NotFinite),
    }
}

/// Passes if two columns describe the same number of cases.
pub(crate) fn check_lengths(left: usize, right: usize) -> Result<(), CannotEstimate> {
    match left == right {
        true => Ok(()),
        false => Err(CannotEstimate::LengthsDiffer { left, right }),
    }
}

/// Passes if `value` lies within `min..=max`, both included; NaN does not.
pub(crate) fn check_range(value: f64, min: f64, max: f64) -> Result<(), CannotEstimate> {
    match (min..=max).contains(&value) {
        true => Ok(()),
        false if value.is_finite() => Err(CannotEstimate::OutOfRange { value, min, max }),
        false => Err(CannotEstimate::NotFinite),
    }
}

/// Reads a pass/fail score: 1 is a pass, 0 a failure, anything else an error.
pub(crate) fn pass(value: f64) -> Result<bool, CannotEstimate> {
    if value == 1.0 {
        Ok(true)
    } else if value == 0.0 {
        Ok(false)
    } else if value.is_finite() {
        Err(CannotEstimate::NotBinary(value))
    } else {
        Err(CannotEstimate::NotFinite)
    }
}

/// Passes if `value` is finite; guards results whose inputs could overflow.
pub(crate) fn finite(value: f64) -> Result<f64, CannotEstimate> {
    match value.is_finite() {
        true => Ok(value),
        false => Err(CannotEstimate::NotFinite),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_words() {
        assert_eq!(CannotEstimate::TooFew("two cases").to_string(), "needs at least two cases");
        assert_eq!(
            CannotEstimate::NoSpread("differences").to_string(),
            "all differences are equal: no interval can be given without bounds on the score"
        );
    }

    #[test]
    fn only_zero_and_one_are_binary() {
        assert_eq!(pass(1.0), Ok(true));
        assert_eq!(pass(-0.0), Ok(false));
        assert_eq!(pass(0.5), Err(CannotEstimate::NotBinary(0.5)));
        assert_eq!(pass(f64::NAN), Err(CannotEstimate::NotFinite));
    }
}
