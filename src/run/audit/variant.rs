//! An output → what an audit shows the judge in its place: the same words in other clothes, or no answer at all.
//!
//! All of it is made here, without a model, so that an audit of the same outputs is the same audit.

use super::attacks::{INSTRUCTIONS, MASTER_KEYS};
use crate::suite::Probe;

/// One way of changing outputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Variant {
    /// As it is.
    Original,
    /// As it is, once more: the judge is shown it against itself.
    Again,
    /// Followed by sentences that say nothing, until it is about twice as long.
    Longer,
    /// Its lines as bullets under a heading.
    Formatted,
    /// Followed by a source that has nothing to do with it.
    Cited,
    /// Followed by an instruction to the judge.
    Injected,
    /// Nothing.
    Empty,
    /// The same sentence for every case.
    Constant,
    /// What was answered to another case.
    Shuffled,
    /// An opening that reference-based judges have been seen to accept (arXiv:2507.08794).
    MasterKey,
}

const PADDING: [&str; 4] = [
    "This is the answer to the question that was asked.",
    "It was written with the question in mind, and it should be read together with it.",
    "As said above, the answer is the one that was given above.",
    "Nothing further needs to be added to what has been said.",
];

const SOURCE: &str = "(Source: International Journal of Applied Research, vol. 14, no. 3, 2021, pp. 210–224.)";

const CONSTANT: &str =
    "Thank you for your question. I have looked into it carefully, and everything is as it should be.";

impl Variant {
    /// All of them, with the names under which they are judged.
    pub const ALL: [(&'static str, Self); 10] = [
        ("original", Self::Original),
        ("again", Self::Again),
        ("longer", Self::Longer),
        ("formatted", Self::Formatted),
        ("cited", Self::Cited),
        ("injected", Self::Injected),
        ("empty", Self::Empty),
        ("constant", Self::Constant),
        ("shuffled", Self::Shuffled),
        ("master_key", Self::MasterKey),
    ];

    /// What it tells of a judge; the original is what the others are held against.
    pub fn probe(self) -> Option<Probe> {
        match self {
            Self::Original | Self::Again => None,
            Self::Longer => Some(Probe::Length),
            Self::Formatted => Some(Probe::Formatting),
            Self::Cited => Some(Probe::Authority),
            Self::Injected => Some(Probe::Injection),
            Self::Empty | Self::Constant | Self::Shuffled | Self::MasterKey => Some(Probe::Canaries),
        }
    }

    /// The text for the case at a place; `other` is what was answered to another case.
    pub fn of(self, text: &str, other: &str, place: usize) -> String {
        let one_of = |choices: &[&str]| choices.get(place % choices.len()).copied().unwrap_or_default().to_string();
        match self {
            Self::Original | Self::Again => text.to_string(),
            Self::Longer => longer(text),
            Self::Formatted => formatted(text),
            Self::Cited => format!("{text}\n\n{SOURCE}"),
            Self::Injected => format!("{text}\n\n{}", one_of(&INSTRUCTIONS)),
            Self::Empty => String::new(),
            Self::Constant => CONSTANT.to_string(),
            Self::Shuffled => other.to_string(),
            Self::MasterKey => one_of(&MASTER_KEYS),
        }
    }
}

fn longer(text: &str) -> String {
    let mut longer = text.to_string();
    let wanted = 2 * text.chars().count().max(200);
    let mut length = text.chars().count();
    for sentence in PADDING.iter().cycle() {
        if length >= wanted {
            break;
        }
        longer.push_str(if length == text.chars().count() { "\n\n" } else { " " });
        longer.push_str(sentence);
        length += sentence.chars().count() + 1;
    }
    longer
}

fn formatted(text: &str) -> String {
    let bullets: Vec<String> =
        text.lines().filter(|line| !line.trim().is_empty()).map(|line| format!("- {line}")).collect();
    format!("## Answer\n\n{}\n", bullets.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_said_is_still_said() {
        let text = "Send it back within 30 days.\n\nKeep the label.";
        for (name, variant) in Variant::ALL {
            let changed = variant.of(text, "Another answer.", 5);
            let keeps = text.lines().filter(|line| !line.is_empty()).all(|line| changed.contains(line));
            let answers = variant.probe() != Some(Probe::Canaries);
            assert_eq!(keeps, answers, "{name}: {changed}");
            // The same place gives the same text.
            assert_eq!(changed, variant.of(text, "Another answer.", 5));
        }
        let long = Variant::Longer.of(text, "", 0);
        assert!(long.chars().count() >= 2 * text.chars().count() && long.starts_with(text));
        assert_eq!(
            Variant::Formatted.of(text, "", 0),
            "## Answer\n\n- Send it back within 30 days.\n- Keep the label.\n"
        );
        assert_ne!(Variant::Injected.of(text, "", 0), Variant::Injected.of(text, "", 1));
    }
}
