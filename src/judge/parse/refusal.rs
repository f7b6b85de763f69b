//! Whether a reply opens with the words of a judge that declines to judge.

/// How refusals open. Asked only of a reply that holds no verdict, so that an apology before a verdict is none.
const OPENINGS: [&str; 22] = [
    "i'm sorry",
    "i am sorry",
    "sorry,",
    "sorry, but",
    "i apologize",
    "i apologise",
    "my apologies",
    "i can't",
    "i cannot",
    "i can not",
    "i won't",
    "i will not",
    "i'm unable",
    "i am unable",
    "i'm not able",
    "i am not able",
    "i must decline",
    "i decline",
    "i have to decline",
    "as an ai",
    "as a language model",
    "as a large language model",
];

/// Whether the reply opens with a refusal.
pub fn opens(reply: &str) -> bool {
    let start: String = reply
        .trim_start_matches(|c: char| c.is_whitespace() || matches!(c, '*' | '"' | '\u{feff}'))
        .chars()
        .take(40)
        .map(|c| if c == '\u{2019}' { '\'' } else { c.to_ascii_lowercase() })
        .collect();
    OPENINGS.iter().any(|opening| start.starts_with(opening))
}
