//! `Rating: 4`, `Score: 4/5`, `I rate it a 4` → a score.

mod words;

use self::words::{ENDS, GIVEN, MARKED, NAMED, NOT_ONE, OUT_OF, PASSING, SHARE, VALUE, denied, in_words};
use super::worth::{number, of_scale, short, within, worth};
use super::{Unread, agreed};
use crate::suite::{Rubric, Scale};

/// Reads the rating on the rubric's scale.
///
/// A rating marked as the final or overall one decides. Else those that are named or given (`Rating: 4`, `I rate it
/// a 4`); else a number alone on the first or last line, `4/5`, `2 stars`. All of the deciding kind must agree.
pub fn read(rubric: &Rubric, reply: &str) -> Result<f64, Unread> {
    let scale = Numbers::of(rubric);
    let (mut last_word, mut named) = (Vec::new(), Vec::new());
    for cue in NAMED.captures_iter(reply).chain(MARKED.captures_iter(reply)) {
        let Some(whole) = cue.get(0) else { continue };
        if denied(&reply[..whole.start()]) {
            continue;
        }
        if let Some(rating) = stated(rubric, &scale, &reply[whole.end()..]) {
            if cue.get(1).is_some() { last_word.push(rating) } else { named.push(rating) }
        }
    }
    for given in GIVEN.captures_iter(reply) {
        let (Some(whole), Some(value)) = (given.get(0), given.get(2)) else {
            continue;
        };
        let rest = &reply[value.end()..];
        // `scoring 105 points` is prose; `scores 2 out of 5` is not.
        let as_rating = given.get(1).is_some_and(|article| !article.is_empty()) || OUT_OF.is_match(rest);
        if as_rating && !denied(&reply[..whole.start()]) {
            named.extend(scale.rated(&reply[value.start()..], true));
        }
    }
    for value in PASSING.captures_iter(reply).filter_map(|passing| passing.get(1)) {
        named.extend(scale.rated(&reply[value.start()..], true));
    }
    named.extend(by_name(rubric, &scale, reply));
    let mut bare: Vec<Rated> = lone_lines(reply).filter_map(|line| alone(rubric, &scale, line)).collect();
    for share in SHARE.captures_iter(reply).filter_map(|share| share.get(1).or(share.get(2))) {
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
            let words =
                ["yes", "no", "true", "false", "1", "0"].into_iter().find(|word| starts_with_word(text, word))?;
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

/// The first line and the last, but for a last one that completes the line before it (`The sum is:`).
fn lone_lines(reply: &str) -> impl Iterator<Item = &str> {
    let lines: Vec<&str> = reply.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let last = match lines.as_slice() {
        [.., before, last] if !before.ends_with([':', '=']) => Some(*last),
        _ => None,
    };
    lines.first().copied().into_iter().chain(last)
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
