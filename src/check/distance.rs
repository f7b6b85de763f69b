//! Two texts → how alike they are, by the edits that make one the other.

use super::score::Scored;
use super::{CheckError, MOST_CELLS};

/// 1 − edit distance (Levenshtein) / the longer length, in characters: in [0, 1], 1 for equal texts, two empty ones among them.
pub(super) fn similarity(output: &str, value: &str) -> Scored {
    let (length, of) = (output.chars().count(), value.chars().count());
    let longer = length.max(of);
    if output == value {
        return Ok((1.0, format!("distance 0 of {longer}")));
    }
    if length.saturating_mul(of) > MOST_CELLS {
        return Err(CheckError::TooLong { output: length, value: of, unit: "characters" });
    }
    let distance = strsim::levenshtein(output, value);
    Ok((1.0 - distance as f64 / longer as f64, format!("distance {distance} of {longer}")))
}
