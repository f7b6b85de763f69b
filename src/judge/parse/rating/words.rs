//! How judges word a rating: what names one, gives one, follows one, or denies one.

use std::sync::LazyLock;

use regex::Regex;

use crate::judge::parse::fixed;
use crate::judge::parse::worth::number;

/// A number, in digits or as a word.
macro_rules! value {
    () => {
        r"-?\d+(?:\.\d+)?|zero|one|two|three|four|five|six|seven|eight|nine|ten"
    };
}

/// Words that name a rating, up to where the rating stands: `Final score (1-5): **`, `a rating of `.
pub static NAMED: LazyLock<Regex> = LazyLock::new(|| {
    fixed(concat!(
        r"(?i)(?:\b(final|overall|total)\b[^.\n:;=]{0,30}?)?\b(?:score|rating|grade)s?\b(?:\s+(?:for|on)\s+[a-z ]{1,30}?)?",
        r#"(?:\s*\([^()\n]{0,30}\))?[\s*_`"']*(?::|=|>|[-–—]|\bis\b|\bof\b|\bas\b|\bwould be\b)"#,
        r#"[\s*_`"'(\[:]*(?:(?:a|an|only|just)\s+)?"#
    ))
});

/// `Overall: `, `Final verdict: `: words that mark the deciding rating where it is not called one.
pub static MARKED: LazyLock<Regex> = LazyLock::new(|| {
    fixed(r#"(?i)\b(final|overall)(?:\s+(?:verdict|mark|result|evaluation))?[*_`"']*\s*[:=][\s*_`"'(\[]*"#)
});

/// Words that give a rating: `I rate it a 4`, `earning a 5`, `scores 2 out of 5`. An answer may give things too
/// (`it gives the sum as 4`), so of the commonest verbs only the first person counts.
pub static GIVEN: LazyLock<Regex> = LazyLock::new(|| {
    fixed(concat!(
        r"(?i)\b(?:(?:rat|scor|grad)(?:e|es|ed|ing)|earn(?:s|ed|ing)?|receiv(?:e|es|ed|ing)|deserv(?:e|es|ing)|merits?|",
        r"(?:i|we)(?:['’](?:d|ll|ve)|\s+(?:would|will|can|must|have))?\s+(?:giv(?:e|en)|gave|assign(?:ed)?|award(?:ed)?))\b",
        r"(?:\s+[a-z'’,-]+){0,8}?\s+((?:a|an|as|at)\s+(?:a\s+)?)?(?:(?:solid|full|strong|perfect)\s+)?[*_`]*(",
        value!(),
        r")\b"
    ))
});

/// A rating said in passing, with `score` as a noun: `disfluency, score 2.`
pub static PASSING: LazyLock<Regex> =
    LazyLock::new(|| fixed(concat!(r"(?i)[,;(]\s*(?:score|rating)\s+(", value!(), r")\b")));

/// A rating that nothing names: `three out of five`, `2 stars`, and `4/5` as a sentence of its own (elsewhere it may
/// be a fraction).
pub static SHARE: LazyLock<Regex> = LazyLock::new(|| {
    fixed(concat!(
        r"(?i)(?:(?:^|[^\w.,/$£€#-])(",
        value!(),
        r")(?:\s+out\s+of\b|\s+stars?\b)|(?:^|[.!?]\s|\n)\s*(\d+(?:\.\d+)?)\s*/\s*\d+\s*(?:[.\n]|$))"
    ))
});

/// The number that a rating starts with.
pub static VALUE: LazyLock<Regex> = LazyLock::new(|| fixed(concat!(r"(?i)^(", value!(), r")\b")));

/// What a rating may be said to be out of.
pub static OUT_OF: LazyLock<Regex> = LazyLock::new(|| {
    fixed(concat!(
        r"(?i)^[\s*_`)\]]*(?:/|out\s+of\b)\s*(?:(?:a|the)\s+)?(?:(?:possible|maximum)\s+)?(",
        value!(),
        r")\b"
    ))
});

/// What follows a number that is no rating: `1-3`, `1 to 5`, `2, or 3`, `4th`, `5%`, `5 being the best`.
pub static NOT_ONE: LazyLock<Regex> = LazyLock::new(|| {
    fixed(concat!(
        r"(?i)^(?:\w|%|[.:]\d|\s*[-–—/]\s*\d|\s*,\s*\d|\s+(?:to|or|and)\s+(?:",
        value!(),
        r")\b|\s+(?:being|means?|meaning|indicat\w+|represent\w+|denot\w+|stands?|is|would|correspond\w*)\b)"
    ))
});

/// What may follow a number that only the sentence makes a rating.
pub static ENDS: LazyLock<Regex> = LazyLock::new(|| {
    fixed(r#"(?i)^\s*(?:$|[.,;:!)\]*_"'’`(–—-]|(?:for|in|on|because|since|as|due|but|stars?|points?|with|and)\b)"#)
});

/// Ends of a clause that deny the rating which follows, or only weigh it.
static DENIED: LazyLock<Regex> = LazyLock::new(|| {
    fixed(
        r"(?i)(?:\bnot|n['’]t|\bnever|\bcannot|\binstead of|\brather than|\bshort of|\bthan|\bif|\bto)(?:\s+\w+){0,2}\s*$",
    )
});

/// A number in digits or as an English word up to ten.
pub fn in_words(words: &str) -> Option<f64> {
    const WORDS: [(&str, f64); 11] = [
        ("zero", 0.0),
        ("one", 1.0),
        ("two", 2.0),
        ("three", 3.0),
        ("four", 4.0),
        ("five", 5.0),
        ("six", 6.0),
        ("seven", 7.0),
        ("eight", 8.0),
        ("nine", 9.0),
        ("ten", 10.0),
    ];
    number(words)
        .or_else(|| WORDS.iter().find(|(word, _)| words.trim().eq_ignore_ascii_case(word)).map(|(_, value)| *value))
}

/// Whether the words before a rating deny it. Only the nearest few matter.
pub fn denied(before: &str) -> bool {
    let start = before.char_indices().rev().nth(60).map_or(0, |(at, _)| at);
    DENIED.is_match(&before[start..])
}
