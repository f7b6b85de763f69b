//! `[[7]]`, `[[A]]`, `[[A>>B]]` → one verdict.

use std::sync::LazyLock;

use regex::Regex;

use super::worth::{number, worth};
use super::{Unread, agreed, fixed};
use crate::judge::grades::grade;
use crate::suite::{Mode, Rubric};

static BRACKETS: LazyLock<Regex> = LazyLock::new(|| fixed(r"\[\[\s*([^\[\]\n]{1,60}?)\s*\]\]"));

/// Reads the verdict in double brackets. Brackets that hold no word of the scale are prose.
///
/// A strong and a weak preference are worth the same unless the rubric is graded, yet one reply that holds both contradicts itself.
pub fn read(rubric: &Rubric, reply: &str) -> Result<f64, Unread> {
    let brackets = BRACKETS.captures_iter(reply).filter_map(|found| found.get(1)).map(|words| words.as_str());
    let verdict = match rubric.mode {
        Mode::Pairwise => preference(rubric, brackets),
        Mode::Pointwise => score(rubric, brackets),
    };
    verdict?.ok_or_else(|| Unread::Absent("no [[…]] verdict in the reply".to_string()))
}

fn score<'a>(rubric: &Rubric, brackets: impl Iterator<Item = &'a str>) -> Result<Option<f64>, Unread> {
    let mut found = Vec::new();
    for words in brackets {
        match worth(rubric, words) {
            Ok(value) => found.push((format!("[[{words}]]"), value)),
            // A number is meant as the score, so one that is off the scale is not passed over.
            Err(reason) if words.split('/').all(|part| number(part).is_some()) => return Err(Unread::Unclear(reason)),
            Err(_) => {}
        }
    }
    agreed("verdicts", found)
}

fn preference<'a>(rubric: &Rubric, brackets: impl Iterator<Item = &'a str>) -> Result<Option<f64>, Unread> {
    let mut found: Option<(String, f64)> = None;
    for words in brackets {
        let tight: String = words.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_ascii_uppercase()).collect();
        let value = match tight.as_str() {
            _ if rubric.graded => match grade(&tight) {
                Some(value) => value,
                None => continue,
            },
            "A" | "A>B" | "A>>B" | "B<A" | "B<<A" => 1.0,
            "B" | "B>A" | "B>>A" | "A<B" | "A<<B" => 0.0,
            "C" | "A=B" | "B=A" | "TIE" => 0.5,
            _ => continue,
        };
        match &found {
            Some((first, _)) if *first != tight => {
                return Err(Unread::Several(format!("two different verdicts: [[{first}]] and [[{tight}]]")));
            }
            _ => found = Some((tight, value)),
        }
    }
    Ok(found.map(|(_, value)| value))
}
