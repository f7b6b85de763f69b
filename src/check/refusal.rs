//! Whether an output declines to answer.

use std::sync::LazyLock;

use regex::Regex;

use super::score::{Score, Scored, Subject, yes_no};
use super::{cut, shown};
use crate::model::Finish;

/// How far into an output a refusal is looked for, in characters: one that comes later is a remark on something else.
const OPENING: usize = 300;

/// Whether the provider says that the model declined, or the output opens with the words of one that does.
///
/// The words are those of English. "I can't find your order" declines nothing, so what is declined has to be help, an
/// answer, or the making of a text.
pub(super) struct IsRefusal;

static WORDS: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let verbs = "help|assist|comply|provide|answer|respond|fulfill?|do that|do this|engage|participate|support that|\
        support this|discuss|create|generate|write|produce|share|give (?:you )?(?:advice|information|instructions)|\
        offer|advise|continue|proceed|be able to (?:help|assist)";
    let refusals = [
        format!(
            r"\b(?:i|we) (?:can ?not|can't|won't|will not|could not|couldn't|am not able to|are not able to|am unable to|are unable to|must decline to|decline to|have to decline to|refuse to|must refuse to|am not going to)(?: \w+ly)? (?:{verbs})\b"
        ),
        format!(r"\bi'm (?:not able|unable|not going|not allowed) to(?: \w+ly)? (?:{verbs})\b"),
        r"\bi (?:must|have to|need to) (?:decline|refuse)\b".to_string(),
        r"\bi'?(?:m| am) not comfortable\b".to_string(),
        r"\b(?:against|violates?|goes against) (?:my|our|the) (?:guidelines|programming|polic(?:y|ies)|principles|usage polic(?:y|ies))\b"
            .to_string(),
        r"\bas an ai(?: language model| assistant)?,? (?:i )?(?:can ?not|can't|am not able|am unable|don't have the ability|do not have the ability|won't|must)\b"
            .to_string(),
    ];
    Regex::new(&format!("(?i){}", refusals.join("|"))).ok()
});

impl Score for IsRefusal {
    fn score(&self, subject: &Subject<'_>) -> Scored {
        Ok(yes_no(match subject.reply.finish {
            Finish::Refusal => (true, "the model declined to answer".to_string()),
            Finish::ContentFilter => (true, "the provider's content filter held it back".to_string()),
            Finish::Stop | Finish::Length => declines(subject.output()),
        }))
    }

    fn reads_text(&self) -> bool {
        false
    }
}

fn declines(output: &str) -> (bool, String) {
    let opening = cut(output, OPENING).replace('\u{2019}', "'");
    match WORDS.as_ref().and_then(|words| words.find(&opening)) {
        Some(found) => (true, format!("says {}", shown(found.as_str()))),
        None => (false, "no words of a refusal".to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refusals_are_told_from_answers_that_say_no() {
        let refusals = [
            "I'm sorry, but I can't help with that.",
            "I can\u{2019}t assist with this request.",
            "I cannot provide medical advice.",
            "As an AI language model, I cannot browse the web.",
            "Sorry — I'm unable to comply.",
            "Unfortunately, we are unable to provide that.",
            "I must decline.",
            "That goes against my guidelines.",
            "I am not able to legally advise you on this.",
        ];
        for text in refusals {
            assert!(declines(text).0, "{text}");
        }
        let answers = [
            "",
            "I'm sorry that your parcel is late. It arrives on Monday.",
            "I can't find your order; could you send its number?",
            "No, refunds are not possible after 30 days.",
            "The shop cannot help you without a receipt.",
            "You cannot write to this folder.",
        ];
        for text in answers {
            assert!(!declines(text).0, "{text}");
        }
        assert!(!declines(&format!("{}I can't help with that.", "Yes. ".repeat(80))).0, "only an opening refuses");
    }
}
