//! `Output (a)`, or a sentence that says which output is better → a preference.

use std::sync::LazyLock;

use regex::Regex;

use super::{Unread, agreed, fixed};

/// `Output (a) is better`, with or without a degree. A negation between the words is none of the degrees.
static STATED: LazyLock<Regex> = LazyLock::new(|| {
    fixed(concat!(
        r"(?i)\boutput\s*\(([ab])\)\s+is\s+(?:(?:the|a|clearly|slightly|significantly|marginally|much|far|",
        r"definitely|generally|overall|therefore|thus)\s+){0,3}better\b"
    ))
});

/// A line that is nothing but the name of an output, or the name and a remark in brackets.
static ALONE: LazyLock<Regex> =
    LazyLock::new(|| fixed(r#"(?i)^[\s#*_>"'`-]*output\s*\(([ab])\)[\s*_."'`]*(?:\(.*)?$"#));

/// What opens a sentence that concludes.
static CONCLUDES: LazyLock<Regex> = LazyLock::new(|| {
    fixed(concat!(
        r"(?i)^(?:$|therefore\b|thus\b|hence\b|so\b|overall\b|consequently\b|accordingly\b|ultimately\b|finally\b|",
        r"as a result\b|(?:in|to) (?:conclusion|conclude|summary|sum)\b|(?:my|the) (?:final |overall )?",
        r"(?:verdict|decision|conclusion|answer|choice)\b)"
    ))
});

/// Ends of a clause after which the sentence does not state what follows: it denies it, asks it, or leaves it open.
static UNSTATED: LazyLock<Regex> = LazyLock::new(|| {
    fixed(concat!(
        r"(?i)(?:\b(?:nor|or|and|whether|if|unless|than|not|why|when|which|say)|\bassistant\s*\([ab]\)(?:\s+\w+){1,4}|",
        r"(?:\bnot|n['’]t|\bcannot|\bdisagree|\bnever|\bno)\b(?:\s+\w+){0,5}\s+that)\s*$"
    ))
});

/// What makes a comparison hold for one respect, or one reader, only.
static IN_PART: LazyLock<Regex> = LazyLock::new(|| {
    fixed(r"(?i)^(?:\?|\s*(?:if|when|in terms of|at|in some|for those|for people|for users who|only)\b)")
});

/// Reads which output the judge says is better.
///
/// A sentence counts that states it outright (`Therefore, Output (a) is better.`), and a first or last line that is
/// nothing but the output's name. Where there is neither, any other statement counts (`As it is shorter, Output (b)
/// is better`); what is denied, asked, reported of somebody else or said of one respect never does.
pub fn read(reply: &str) -> Result<f64, Unread> {
    let mut outright = alone(reply);
    let mut aside = Vec::new();
    for stated in STATED.captures_iter(reply) {
        let (Some(whole), Some(letter)) = (stated.get(0), stated.get(1)) else {
            continue;
        };
        let clause = clause_before(&reply[..whole.start()]);
        if UNSTATED.is_match(clause) || IN_PART.is_match(&reply[whole.end()..]) {
            continue;
        }
        let verdict = named(letter.as_str());
        if CONCLUDES.is_match(clause) { outright.push(verdict) } else { aside.push(verdict) }
    }
    let found = if outright.is_empty() { aside } else { outright };
    agreed("verdicts", found)?.ok_or_else(|| Unread::Absent("no sentence says which output is better".to_string()))
}

/// The verdicts of the first and the last line. Where both outputs have such a line they are headings.
fn alone(reply: &str) -> Vec<(String, f64)> {
    let lines: Vec<&str> = reply.lines().filter(|line| !line.trim().is_empty()).collect();
    let names = |line: &&str| ALONE.captures(line).and_then(|found| found.get(1)).map(|letter| named(letter.as_str()));
    let all: Vec<(String, f64)> = lines.iter().filter_map(names).collect();
    if all.iter().any(|(_, value)| *value != all[0].1) {
        return Vec::new();
    }
    [lines.first(), lines.last()].into_iter().flatten().filter_map(names).collect()
}

/// The part of a sentence that stands before a statement.
fn clause_before(text: &str) -> &str {
    let start = text
        .char_indices()
        .rev()
        .find(|(at, c)| {
            *c == '\n' || matches!(c, '.' | '!' | '?') && text[at + c.len_utf8()..].starts_with(char::is_whitespace)
        })
        .map_or(0, |(at, c)| at + c.len_utf8());
    text[start..].trim().trim_start_matches(['#', '*', '_', '>', '-', '"', '\'', '`', '(']).trim_start()
}

fn named(letter: &str) -> (String, f64) {
    if letter.eq_ignore_ascii_case("a") { ("Output (a)".to_string(), 1.0) } else { ("Output (b)".to_string(), 0.0) }
}
