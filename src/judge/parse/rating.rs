//! `Rating: 4`, `Score: 4/5`, `I rate it a 4` → a score.

use std::sync::LazyLock;

use regex::Regex;

use super::worth::{number, of_scale, short, within, worth};
use super::{Unread, agreed, fixed};
use crate::suite::{Rubric, Scale};

/// A number, in digits or as a word.
macro_rules! value {
    () => {
        r"-?\d+(?:\.\d+)?|zero|one|two|three|four|five|six|seven|eight|nine|ten"
    };
}

/// Words that name a rating, up to where the rating stands: `Final score (1-5): **`, `a rating of `.
static NAMED: LazyLock<Regex> = LazyLock::new(|| {
    fixed(concat!(
        r"(?i)(?:\b(final|overall|total)\b[^.\n:;=]{0,30}?)?\b(?:score|rating|grade)s?\b(?:\s+(?:for|on)\s+[a-z ]{1,30}?)?",
        r#"(?:\s*\([^()\n]{0,30}\))?[\s*_`"']*(?::|=|>|[-–—]|\bis\b|\bof\b|\bas\b|\bwould be\b)"#,
        r#"[\s*_`"'(\[:]*(?:(?:a|an|only|just)\s+)?"#
    ))
});

/// `Overall: `, `Final verdict: `: words that mark the deciding rating where it is not called one.
static MARKED: LazyLock<Regex> =
    LazyLock::new(|| fixed(r#"(?i)\b(final|overall)(?:\s+(?:verdict|mark|result|evaluation))?[*_`"']*\s*[:=][\s*_`"'(\[]*"#));

/// Words that give a rating: `I rate it a 4`, `earning a 5`, `scores 2 out of 5`.
static GIVEN: LazyLock<Regex> = LazyLock::new(|| {
    fixed(concat!(
        r"(?i)\b(?:rat(?:e|es|ed|ing)|scor(?:e|es|ed|ing)|giv(?:e|es|en|ing)|gave|assign(?:s|ed|ing)?|award(?:s|ed|ing)?|",
        r"earn(?:s|ed|ing)?|receiv(?:e|es|ed|ing)|deserv(?:e|es|ing)|gets?|merits?)\b(?:\s+[a-z'’,-]+){0,8}?\s+",
        r"(?:(?:a|an|as|at)\s+(?:a\s+)?)?(?:(?:solid|full|strong|perfect)\s+)?[*_`]*(",
        value!(),
        r")\b"
    ))
});

/// A rating that nothing names: `4/5`, `three out of five`, `2 stars`.
static SHARE: LazyLock<Regex> = LazyLock::new(|| {
    fixed(concat!(r"(?i)(?:^|[^\w.,/$£€#-])(", value!(), r")(?:\s*/\s*\d|\s+out\s+of\b|\s+stars?\b)"))
});

/// The number that a rating starts with.
static VALUE: LazyLock<Regex> = LazyLock::new(|| fixed(concat!(r"(?i)^(", value!(), r")\b")));

/// What a rating may be said to be out of.
static OUT_OF: LazyLock<Regex> = LazyLock::new(|| {
    fixed(concat!(r"(?i)^[\s*_`)\]]*(?:/|out\s+of\b)\s*(?:(?:a|the)\s+)?(?:(?:possible|maximum)\s+)?(", value!(), r")\b"))
});

/// What follows a number that is no rating: `1-3`, `1 to 5`, `2, or 3`, `4th`, `5%`, `5 being the best`.
static NOT_ONE: LazyLock<Regex> = LazyLock::new(|| {
    fixed(concat!(
        r"(?i)^(?:\w|%|[.:]\d|\s*[-–—/]\s*\d|\s*,\s*\d|\s+(?:to|or|and)\s+(?:",
        value!(),
        r")\b|\s+(?:being|means?|meaning|indicat\w+|represent\w+|denot\w+|stands?|is|would|correspond\w*)\b)"
    ))
});

/// What may follow a number that only the sentence makes a rating.
static ENDS: LazyLock<Regex> = LazyLock::new(|| {
    fixed(r#"(?i)^\s*(?:$|[.,;:!)\]*_"'’`(–—-]|(?:for|in|on|because|since|as|due|but|stars?|points?|with|and)\b)"#)
});

/// Ends of a clause that deny the rating which follows, or only weigh it.
static DENIED: LazyLock<Regex> = LazyLock::new(|| {
    fixed(r"(?i)(?:\bnot|n['’]t|\bnever|\bcannot|\binstead of|\brather than|\bshort of|\bthan|\bif|\bto)(?:\s+\w+){0,2}\s*$")
});

/// Reads the rating on the rubric's scale.
///
/// A rating marked as the final or overall one decides. Else those that are named or given (`Rating: 4`, `I rate it
/// a 4`); else a number alone on the first or last line, `4/5`, `2 stars`. All of the deciding kind must agree.
pub fn read(rubric: &Rubric, reply: &str) -> Result<f64, Unread> {
    let scale = Numbers::of(rubric);
    let (mut last_word, mut named) = (Vec::new(), Vec::new());
    for cue in NAMED.captures_iter(reply).chain(MARKED.captures_iter(reply)) {
        let Some(whole) = cue.get(0) else { continue };
        if DENIED.is_match(&reply[..whole.start()]) {
            continue;
        }
        if let Some(rating) = stated(rubric, &scale, &reply[whole.end()..]) {
            if cue.get(1).is_some() { last_word.push(rating) } else { named.push(rating) }
        }
    }
    for given in GIVEN.captures_iter(reply) {
        if let (Some(whole), Some(value)) = (given.get(0), given.get(1))
            && !DENIED.is_match(&reply[..whole.start()])
        {
            named.extend(scale.rated(&reply[value.start()..], true));
        }
    }
    named.extend(by_name(rubric, &scale, reply));
    let mut bare: Vec<Rated> = lone_lines(reply).filter_map(|line| alone(rubric, &scale, line)).collect();
    for share in SHARE.captures_iter(reply).filter_map(|share| share.get(1)) {
        bare.extend(scale.rated(&reply[share.start()..], true));
    }
    let deciding = [last_word, named, bare].into_iter().find(|kind| !kind.is_empty()).unwrap_or_default();
    let found = deciding.into_iter().collect::<Result<Vec<_>, String>>().map_err(Unread::Unclear)?;
    agreed("ratings", found)?.ok_or_else(|| Unread::Absent("no rating in the reply".to_string()))
}

/// A rating in its own words and what it is worth, or why it is none on this scale.
type Rated = Result<(String, f64), String>;

/// The numbers that the scale allows; none where it is made of words.
struct Numbers(Option<(f64, f64)>);

impl Numbers {
    fn of(rubric: &Rubric) -> Self {
        Self(match &rubric.scale {
            None => Some((0.0, 1.0)),
            Some(Scale::Numbers { min, max }) => Some((*min, *max)),
            Some(Scale::YesNo | Scale::Labels { .. }) => None,
        })
    }

    /// The rating that a text starts with; `strict` where nothing but the sentence around it makes it one.
    fn rated(&self, text: &str, strict: bool) -> Option<Rated> {
        let (min, max) = self.0?;
        let words = VALUE.captures(text)?.get(1)?.as_str();
        let value = in_words(words)?;
        let rest = &text[words.len()..];
        if let Some(out_of) = OUT_OF.captures(rest) {
            let (whole, end) = (out_of.get(0)?, out_of.get(1)?);
            let rest = &rest[whole.end()..];
            if NOT_ONE.is_match(rest) || strict && !ENDS.is_match(rest) {
                return None;
            }
            let score = of_scale(value, in_words(end.as_str())?, max).and_then(|score| within(score, min, max));
            return Some(score.map(|score| (score.to_string(), score)));
        }
        if NOT_ONE.is_match(rest) || strict && !ENDS.is_match(rest) {
            return None;
        }
        Some(within(value, min, max).map(|score| (words.to_string(), score)))
    }
}

/// The rating that stands after its name.
fn stated(rubric: &Rubric, scale: &Numbers, text: &str) -> Option<Rated> {
    match &rubric.scale {
        Some(Scale::Labels { labels, .. }) => {
            let named = labels.iter().filter(|label| starts_with_word(text, label)).max_by_key(|label| label.len())?;
            Some(worth(rubric, named).map(|value| (named.clone(), value)))
        }
        Some(Scale::YesNo) => {
            let words = ["yes", "no", "true", "false", "1", "0"].into_iter().find(|word| starts_with_word(text, word))?;
            if NOT_ONE.is_match(&text[words.len()..]) {
                return None;
            }
            Some(worth(rubric, words).map(|value| (words.to_string(), value)))
        }
        _ => scale.rated(text, false),
    }
}

/// A rubric with one criterion may have its rating under that name: `Coherence: 2`.
fn by_name(rubric: &Rubric, scale: &Numbers, reply: &str) -> Vec<Rated> {
    let [only] = rubric.criteria.as_slice() else {
        return Vec::new();
    };
    let marks = |c: char| c.is_whitespace() || matches!(c, '-' | '*' | '_' | '#' | '>' | ':' | '=');
    let mut lines = reply.lines().peekable();
    let mut found = Vec::new();
    while let Some(line) = lines.next() {
        let line = line.trim_start_matches(|c: char| marks(c) || c == '.' || c.is_ascii_digit());
        if !starts_with_word(line, &only.name) {
            continue;
        }
        let rest = &line[only.name.len()..];
        let after = rest.trim_start_matches(marks);
        if !rest[..rest.len() - after.len()].contains([':', '=']) {
            continue;
        }
        let after = if after.is_empty() { lines.peek().copied().unwrap_or_default().trim() } else { after };
        found.extend(stated(rubric, scale, after));
    }
    found
}

/// The first and the last line.
fn lone_lines(reply: &str) -> impl Iterator<Item = &str> {
    let mut lines = reply.lines().filter(|line| !line.trim().is_empty());
    let first = lines.next();
    first.into_iter().chain(lines.next_back())
}

/// The rating of a line that holds nothing else, but for a remark in brackets.
fn alone(rubric: &Rubric, scale: &Numbers, line: &str) -> Option<Rated> {
    let line = line.trim().trim_matches(['*', '_', '`', '"', '\'', '#']).trim();
    let line = line.split_once(" (").filter(|(_, remark)| remark.ends_with(')')).map_or(line, |(rating, _)| rating);
    let line = line.trim_end_matches('.').trim_matches(['*', '_', '`', '(', ')', '[', ']']);
    if let Some((score, _)) = line.to_ascii_lowercase().split_once(" star")
        && line.len() <= score.len() + " stars".len()
    {
        return scale.rated(score, false);
    }
    let words = in_words(line).map_or_else(|| line.to_string(), |value| value.to_string());
    match worth(rubric, &words) {
        Ok(value) => Some(Ok((short(line), value))),
        // Only a number can be a rating that is off the scale; other words are prose.
        Err(reason) if number(&words).is_some() => Some(Err(reason)),
        Err(_) => None,
    }
}

fn starts_with_word(text: &str, word: &str) -> bool {
    text.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word))
        && !text[word.len()..].starts_with(|c: char| c.is_alphanumeric() || c == '_')
}

/// A number in digits or as an English word up to ten.
fn in_words(words: &str) -> Option<f64> {
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
