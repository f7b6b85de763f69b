//! A made-up reply → made-up probabilities of its tokens, as each wire format writes them.

use serde_json::{Value, json};

/// What is said of a token and of what could have stood in its place.
struct Token<'a> {
    text: &'a str,
    others: Vec<(String, f64)>,
}

/// The list of Chat Completions and of Responses.
pub(super) fn listed(text: &str) -> Value {
    let written = |text: &str, share: f64| json!({"token": text, "logprob": share.ln()});
    let token = |token: Token<'_>| {
        let top: Vec<Value> = token.others.iter().map(|(text, share)| written(text, *share)).collect();
        json!({"token": token.text, "logprob": share_of(&token).ln(), "top_logprobs": top})
    };
    tokens(text).into_iter().map(token).collect()
}

/// `logprobsResult` of Gemini.
pub(super) fn gemini(text: &str) -> Value {
    let written = |text: &str, share: f64| json!({"token": text, "logProbability": share.ln()});
    let all = tokens(text);
    let chosen: Vec<Value> = all.iter().map(|token| written(token.text, share_of(token))).collect();
    let top = |token: &Token<'_>| {
        let candidates: Vec<Value> = token.others.iter().map(|(text, share)| written(text, *share)).collect();
        json!({"candidates": candidates})
    };
    json!({"chosenCandidates": chosen, "topCandidates": all.iter().map(top).collect::<Vec<_>>()})
}

fn share_of(token: &Token<'_>) -> f64 {
    token.others.iter().find(|(text, _)| text == token.text).map_or(1.0, |(_, share)| *share)
}

/// Words, numbers and single marks. A whole number of one digit, a letter and a yes have what is beside them as
/// alternatives, since they may be a verdict.
fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let end = match is_word(first) {
            true => rest.find(|c| !is_word(c)).unwrap_or(rest.len()),
            false => first.len_utf8(),
        };
        let (token, after) = rest.split_at(end);
        tokens.push(Token { text: token, others: others(token) });
        rest = after;
    }
    tokens
}

fn others(token: &str) -> Vec<(String, f64)> {
    let beside: Vec<String> = match token {
        "A" => vec!["B".into()],
        "B" => vec!["A".into()],
        "yes" => vec!["no".into()],
        "no" => vec!["yes".into()],
        _ => match token.parse::<u32>() {
            Ok(digit) if token.len() == 1 => {
                [digit.checked_sub(1), Some(digit + 1)].into_iter().flatten().map(|near| near.to_string()).collect()
            }
            _ => Vec::new(),
        },
    };
    let rest = 0.3 / beside.len().max(1) as f64;
    let own = if beside.is_empty() { 1.0 } else { 0.7 };
    std::iter::once((token.to_string(), own)).chain(beside.into_iter().map(|text| (text, rest))).collect()
}
