//! Two texts → sentence BLEU (Papineni et al., 2002), as `sacrebleu.sentence_bleu` 2.6.0 gives it.
//!
//! Words are those of its tokenizer `13a`, case counts, runs have up to 4 words and no more than the output has
//! (effective order), and a length of run without a match is smoothed by `exp` (Chen & Cherry 2014, method 3).

use std::sync::LazyLock;

use regex::Regex;

use super::score::Scored;
use super::{CheckError, counted, runs, shown};

const LONGEST_RUN: usize = 4;

/// BLEU of the output against one value, in [0, 1].
pub(super) fn sentence(output: &str, value: &str) -> Scored {
    let (output, wanted) = (words(output), words(value));
    if wanted.is_empty() {
        return Err(CheckError::NoWords { value: shown(value), counted: "BLEU counts runs between white space" });
    }
    let detail = format!("{}, where the value has {}", counted(output.len(), "word"), wanted.len());
    let (mut logs, mut order, mut halves, mut any) = (0.0, 0, 1.0, false);
    for n in 1..=LONGEST_RUN.min(output.len()) {
        let (common, total) = (runs::common(&output, &wanted, n), output.len() + 1 - n);
        any |= common > 0;
        let precision = if common > 0 {
            common as f64 / total as f64
        } else {
            halves *= 2.0;
            1.0 / (halves * total as f64)
        };
        logs += precision.ln();
        order = n;
    }
    if !any {
        return Ok((0.0, detail));
    }
    let (length, of) = (output.len() as f64, wanted.len() as f64);
    let brevity = if length < of { (1.0 - of / length).exp() } else { 1.0 };
    Ok((brevity * (logs / order as f64).exp(), detail))
}

/// What stands apart from words: punctuation but for `'`, `,`, `-` and `.`; a point or comma unless between digits; a
/// dash after a digit.
static APART: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    let rules = [
        (r"([\{-\~\[-` -\&\(-\+:-@/])", " $1 "),
        (r"([^0-9])([\.,])", "$1 $2 "),
        (r"([\.,])([^0-9])", " $1 $2"),
        (r"([0-9])(-)", "$1 $2 "),
    ];
    rules.into_iter().filter_map(|(pattern, with)| Some((Regex::new(pattern).ok()?, with))).collect()
});

fn words(text: &str) -> Vec<String> {
    let mut text = text.trim_end().replace("<skipped>", "").replace("-\n", "").replace('\n', " ");
    for (written, meant) in [("&quot;", "\""), ("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">")] {
        text = text.replace(written, meant);
    }
    text = format!(" {text} ");
    for (pattern, with) in APART.iter() {
        text = pattern.replace_all(&text, *with).into_owned();
    }
    text.split_whitespace().map(str::to_string).collect()
}
