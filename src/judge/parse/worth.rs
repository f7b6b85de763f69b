//! The words of one verdict → what they are worth on the rubric's scale.

use crate::judge::grades::{GRADES, grade};
use crate::suite::{Mode, Rubric, Scale};

/// What one verdict is worth: a preference in [0, 1] or a score on the scale.
///
/// # Errors
/// Says what is wrong with the words: `8 is off the scale 1 to 5`.
pub fn worth(rubric: &Rubric, words: &str) -> Result<f64, String> {
    let words = words.trim();
    match (&rubric.mode, &rubric.scale) {
        (Mode::Pairwise, _) if rubric.graded => graded(words),
        (Mode::Pairwise, _) => preference(words),
        (Mode::Pointwise, Some(scale)) => score(scale, words),
        (Mode::Pointwise, None) => number(words).ok_or_else(|| format!("`{}` is no number", short(words))),
    }
}

/// How far the output shown first is preferred: `A`, `B`, `tie`, or a number in [0, 1].
pub fn preference(words: &str) -> Result<f64, String> {
    if words.eq_ignore_ascii_case("a") {
        Ok(1.0)
    } else if words.eq_ignore_ascii_case("b") {
        Ok(0.0)
    } else if words.eq_ignore_ascii_case("tie") {
        Ok(0.5)
    } else {
        let preferred =
            number(words).ok_or_else(|| format!("`{}` is no preference: A, B, tie or a number", short(words)))?;
        within(preferred, 0.0, 1.0)
    }
}

/// How far the output shown first is preferred, in graded words or as a number in [0, 1].
fn graded(words: &str) -> Result<f64, String> {
    if let Some(worth) = grade(words) {
        return Ok(worth);
    }
    let none = || format!("`{}` is none of {}", short(words), GRADES.map(|(words, _, _)| words).join(", "));
    within(number(words).ok_or_else(none)?, 0.0, 1.0)
}

/// A score on a scale.
pub fn score(scale: &Scale, words: &str) -> Result<f64, String> {
    match scale {
        Scale::Numbers { min, max } => {
            let score = fraction(words, *max)?;
            within(score, *min, *max)
        }
        Scale::Labels { labels, values } => labels
            .iter()
            .zip(values)
            .find(|(label, _)| label.to_lowercase() == words.to_lowercase())
            .map(|(_, value)| *value)
            .ok_or_else(|| format!("`{}` is none of the labels {}", short(words), labels.join(", "))),
        Scale::YesNo => match words.to_ascii_lowercase().as_str() {
            "yes" | "true" => Ok(1.0),
            "no" | "false" => Ok(0.0),
            other => match number(other) {
                Some(1.0) => Ok(1.0),
                Some(0.0) => Ok(0.0),
                _ => Err(format!("`{}` is neither yes nor no", short(words))),
            },
        },
    }
}

/// `4`, `4/5` or `4 out of 5`, where what it is out of must be the end of the scale.
fn fraction(words: &str, max: f64) -> Result<f64, String> {
    let no_number = || format!("`{}` is no number", short(words));
    let lower = words.to_ascii_lowercase();
    let Some((score, out_of)) = lower.split_once('/').or_else(|| lower.split_once(" out of ")) else {
        return number(words).ok_or_else(no_number);
    };
    let (score, out_of) = (number(score).ok_or_else(no_number)?, number(out_of).ok_or_else(no_number)?);
    of_scale(score, out_of, max)
}

/// A score with what it is said to be out of.
pub fn of_scale(score: f64, out_of: f64, max: f64) -> Result<f64, String> {
    if out_of == max { Ok(score) } else { Err(format!("{score} out of {out_of}, but the scale ends at {max}")) }
}

/// A number that must lie between two others.
pub fn within(value: f64, min: f64, max: f64) -> Result<f64, String> {
    if (min..=max).contains(&value) { Ok(value) } else { Err(format!("{value} is off the scale {min} to {max}")) }
}

/// A plain decimal number; Rust's own reader would also take `inf`, `nan` and `1e9`.
pub fn number(words: &str) -> Option<f64> {
    let words = words.trim();
    let plain = words.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'+'));
    if plain { words.parse().ok().filter(|n: &f64| n.is_finite()) } else { None }
}

/// Words as they are quoted in a reason: never long, never with control characters.
pub fn short(words: &str) -> String {
    let mut quoted: String = words.chars().take(40).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if words.chars().nth(40).is_some() {
        quoted.push('…');
    }
    quoted
}
