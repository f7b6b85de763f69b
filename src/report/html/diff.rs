//! Two texts → what differs between them: by words for outputs, by lines for prompts.

use serde::Serialize;
use similar::{ChangeTag, TextDiff};

use crate::analysis::PromptChange;
use crate::report::text;

/// Longer texts are shown without marks: a diff of them is slow to make and of no help to read.
const LONGEST: usize = 20_000;

/// A run of words, marked where the other text does not have them.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub struct Run {
    /// Whether only this text has it.
    pub marked: bool,
    /// The words, safe to show.
    pub text: String,
}

/// One prompt's change.
#[derive(Serialize)]
pub struct Prompt {
    /// The candidates whose it is.
    whose: String,
    from: String,
    to: String,
    lines: Vec<Line>,
}

/// One line of a prompt's change.
#[derive(Serialize)]
struct Line {
    class: &'static str,
    sign: &'static str,
    text: String,
}

/// Both texts as runs, and whether they have enough in common for the marks to mean something.
pub fn words(before: &str, after: &str) -> (Vec<Run>, Vec<Run>, bool) {
    let (before, after) = (text::visible(before), text::visible(after));
    if before.len().max(after.len()) > LONGEST {
        return (whole(before), whole(after), false);
    }
    let diff = TextDiff::from_words(before.as_str(), after.as_str());
    let letters = |text: &str| text.chars().filter(|c| !c.is_whitespace()).count();
    let common: usize =
        diff.iter_all_changes().filter(|c| c.tag() == ChangeTag::Equal).map(|c| letters(c.value())).sum();
    if common * 3 < letters(&before).max(letters(&after)) {
        return (whole(before), whole(after), false);
    }
    let side = |other: ChangeTag| {
        let changes = diff.iter_all_changes().filter(|change| change.tag() != other);
        joined(changes.map(|change| (change.tag() != ChangeTag::Equal, change.value())))
    };
    (side(ChangeTag::Insert), side(ChangeTag::Delete), true)
}

fn whole(text: String) -> Vec<Run> {
    vec![Run { marked: false, text }]
}

/// Neighbours of one kind become one run; the space between two marked words is marked with them.
fn joined<'a>(words: impl Iterator<Item = (bool, &'a str)>) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    for (marked, word) in words {
        let bridge = marked
            && runs.len() > 1
            && runs.last().is_some_and(|r| !r.marked && !r.text.contains('\n') && r.text.trim().is_empty());
        if bridge {
            let space = runs.pop().map(|r| r.text).unwrap_or_default();
            if let Some(last) = runs.last_mut() {
                last.text.push_str(&space);
            }
        }
        match runs.last_mut() {
            Some(last) if last.marked == marked => last.text.push_str(word),
            _ => runs.push(Run { marked, text: word.to_string() }),
        }
    }
    runs
}

/// A prompt's change by lines, three unchanged lines around each.
pub fn prompt(change: &PromptChange) -> Prompt {
    let (before, after) = (text::visible(&change.before), text::visible(&change.after));
    let diff = TextDiff::from_lines(before.as_str(), after.as_str());
    let mut lines = Vec::new();
    for (at, group) in diff.grouped_ops(3).iter().enumerate() {
        if at > 0 {
            lines.push(Line { class: "gap", sign: "", text: "…".to_string() });
        }
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let (class, sign) = match change.tag() {
                ChangeTag::Delete => ("old", "−"),
                ChangeTag::Insert => ("new", "+"),
                ChangeTag::Equal => ("", " "),
            };
            lines.push(Line { class, sign, text: change.value().trim_end_matches('\n').to_string() });
        }
    }
    let whose = change.candidates.iter().map(|name| text::line(name)).collect::<Vec<_>>().join(", ");
    Prompt { whose, from: text::line(&change.from), to: text::line(&change.to), lines }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marked_words_take_the_space_between_them_along() {
        let (old, new, alike) = words("please wait a very long time for it", "please wait a short while for it");
        let marked = |runs: &[Run]| runs.iter().filter(|r| r.marked).map(|r| r.text.clone()).collect::<Vec<_>>();
        assert!(alike);
        assert_eq!(marked(&old), ["very long time"]);
        assert_eq!(marked(&new), ["short while"]);
        assert_eq!(new.iter().map(|r| r.text.as_str()).collect::<String>(), "please wait a short while for it");
    }

    #[test]
    fn texts_with_little_in_common_are_left_unmarked() {
        let (old, _, alike) = words("one two three", "vier fünf sechs sieben");
        assert!(!alike);
        assert_eq!(old, [Run { marked: false, text: "one two three".into() }]);
    }
}
