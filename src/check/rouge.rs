//! Two texts → ROUGE (Lin, 2004): the F-measure of the runs of words that they share, or of their longest common
//! subsequence.
//!
//! Words are what Google's `rouge_score` 0.1.2 takes for words without its stemmer: lowercase runs of a–z and 0–9.

use std::collections::HashMap;

use super::score::Scored;
use super::{CheckError, MOST_CELLS, counted, runs, shown};

/// ROUGE-L of the output against the value, in [0, 1]; 1 where both have the same words.
pub(super) fn subsequence(output: &str, value: &str) -> Scored {
    let (output_text, value_text) = (output.to_lowercase(), value.to_lowercase());
    let (output, wanted) = (words(&output_text), words(&value_text));
    if wanted.is_empty() {
        return Err(no_words(value));
    }
    if output.len().saturating_mul(wanted.len()) > MOST_CELLS {
        return Err(CheckError::TooLong { output: output.len(), value: wanted.len(), unit: "words" });
    }
    let common = longest_common_subsequence(&numbered(&wanted, &output));
    let found = counted(common, "word");
    let detail = format!("{found} in common, of {} in the output and {} in the value", output.len(), wanted.len());
    Ok((f_measure(common, output.len(), wanted.len()), detail))
}

/// ROUGE-N of the output against the value, in [0, 1]: runs of `n` words, each counted as often as both have it.
pub(super) fn n_grams(output: &str, value: &str, n: usize) -> Scored {
    let (output_text, value_text) = (output.to_lowercase(), value.to_lowercase());
    let (output, wanted) = (words(&output_text), words(&value_text));
    if wanted.is_empty() {
        return Err(no_words(value));
    }
    if wanted.len() < n {
        return Err(CheckError::FewWords { value: shown(value), n });
    }
    let common = runs::common(&output, &wanted, n);
    let (of, wanted) = (output.windows(n).len(), wanted.windows(n).len());
    let found = if n == 1 { counted(common, "word") } else { format!("{} of {n} words", counted(common, "run")) };
    let detail = format!("{found} in common, of {of} in the output and {wanted} in the value");
    Ok((f_measure(common, of, wanted), detail))
}

fn no_words(value: &str) -> CheckError {
    CheckError::NoWords { value: shown(value), counted: "ROUGE counts runs of a–z and 0–9 only" }
}

fn f_measure(common: usize, of: usize, wanted: usize) -> f64 {
    if common == 0 {
        return 0.0;
    }
    let (precision, recall) = (common as f64 / of as f64, common as f64 / wanted as f64);
    2.0 * precision * recall / (precision + recall)
}

fn words(lowercase: &str) -> Vec<&str> {
    let is_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    lowercase.split(|c| !is_word(c)).filter(|word| !word.is_empty()).collect()
}

/// Both lists with each word as a number, which compares faster.
fn numbered(one: &[&str], other: &[&str]) -> (Vec<usize>, Vec<usize>) {
    let mut known = HashMap::new();
    let mut number = |words: &[&str]| -> Vec<usize> {
        words
            .iter()
            .map(|word| {
                let next = known.len();
                *known.entry(word.to_string()).or_insert(next)
            })
            .collect()
    };
    (number(one), number(other))
}

fn longest_common_subsequence((one, other): &(Vec<usize>, Vec<usize>)) -> usize {
    let mut row = vec![0; other.len() + 1];
    for a in one {
        let mut diagonal = 0;
        for (at, b) in other.iter().enumerate() {
            let above = row[at + 1];
            row[at + 1] = if a == b { diagonal + 1 } else { above.max(row[at]) };
            diagonal = above;
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_that_is_shorter_than_a_run_is_said_to_be() {
        let short = n_grams("in 42 days", "42", 2).unwrap_err().to_string();
        assert!(short.starts_with("the value `42` has fewer than 2 words"), "{short}");
        assert_eq!(
            n_grams("a b", "a b", 2).unwrap().1,
            "1 run of 2 words in common, of 1 in the output and 1 in the value"
        );
    }

    #[test]
    fn the_published_implementation_gives_the_same_values() {
        // RougeScorer(['rougeL'], use_stemmer=False).score(value, output)['rougeL'].fmeasure of rouge_score 0.1.2.
        let values = [
            (
                "The quick brown fox jumps over the lazy dog",
                "The quick brown dog jumps on the log.",
                0.5882352941176471,
            ),
            ("police killed the gunman", "police kill the gunman", 0.75),
            ("police killed the gunman", "the gunman kill police", 0.5),
            (
                "Refunds take 5-7 business days.",
                "Your refund will arrive within 5 to 7 business days, we promise",
                0.4444444444444444,
            ),
            ("It's state-of-the-art, isn't it?", "its state of the art isnt it", 0.6250000000000001),
            ("Größe: 12 cm", "Die Größe ist 12 cm", 0.8),
            ("a b c d e f g", "g f e d c b a", 0.14285714285714285),
            ("the the the", "the", 0.5),
            ("alpha", "beta", 0.0),
            ("a_b a.b", "a b a b", 1.0),
            ("İstanbul Kelvin K", "istanbul kelvin k", 0.5714285714285715),
            ("one", "ONE!!!", 1.0),
        ];
        for (value, output, expected) in values {
            let (found, _) = subsequence(output, value).unwrap();
            assert!((found - expected).abs() < 1e-15, "{value}: {found} for {expected}");
        }
    }
}
