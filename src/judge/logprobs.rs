//! The probabilities of a reply's tokens → the expectation of the verdict over all that could have stood in its place.
//!
//! As in G-Eval (Liu et al. 2023, arXiv:2303.16634): Σ v·p(v) / Σ p(v) over the values v on the scale that the server
//! told of. What it did not tell of is not known to be impossible, so the share that is known goes with the value.
//! Which token is the verdict, and what another one in its place would have meant, the parser alone says: each
//! alternative is put into the reply, and the reply is read again.

use serde_json::Value;

use super::Reading;
use super::parse::read;
use super::parse::worth;
use crate::suite::{ReplyForm, Rubric};

/// Below such a share of known and valid probability, the expectation says little of what the judge holds.
const LEAST_MASS: f64 = 0.5;

/// What the probabilities at the place of the verdict come to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Expectation {
    /// On the scale; pairwise: how far the output shown first is preferred.
    pub value: f64,
    /// The probability of all that the server told of and that is a verdict.
    pub mass: f64,
    /// Of that, the share of what the judge wrote.
    pub confidence: f64,
}

/// The expectation of a verdict that was read as `written`.
///
/// # Errors
/// Why there is none, in words: no probabilities, a verdict of several tokens, or too little that is on the scale.
pub fn expectation(rubric: &Rubric, logprobs: Option<&Value>, written: f64) -> Result<Expectation, String> {
    let tokens = logprobs.and_then(tokens).ok_or("the reply came without the probabilities of its tokens")?;
    let said: String = tokens.iter().map(|token| token.text).collect();
    if value(rubric, &said) != Some(written) {
        return Err("the tokens whose probabilities came do not spell the verdict".to_string());
    }
    let mut end = said.len();
    let place = tokens.iter().rev().find_map(|token| {
        let start = end - token.text.len();
        let (before, after) = (&said[..start], &said[end..]);
        end = start;
        let is_word = might_say(rubric, bare(token.text), written);
        // A word of the scale that stands in the reasons may be any other one, and nothing changes.
        (is_word && value(rubric, &format!("{before}\u{fffd}{after}")) != Some(written))
            .then_some((before, token, after))
    });
    let (before, token, after) = place.ok_or("the verdict is not one token of the reply")?;
    if token.others.is_empty() {
        return Err("the server told of no alternatives: its `params` need the number of them".to_string());
    }
    let own = [(token.text, token.logprob)];
    let told = own.iter().filter(|_| token.others.iter().all(|(text, _)| *text != token.text));
    let (mut mass, mut sum, mut own) = (0.0, 0.0, 0.0);
    for (text, logprob) in token.others.iter().chain(told) {
        let Some(value) = value(rubric, &format!("{before}{text}{after}")) else { continue };
        let probability = logprob.exp();
        mass += probability;
        sum += probability * value;
        own += if value == written { probability } else { 0.0 };
    }
    if mass < LEAST_MASS {
        let share = (mass * 100.0).round();
        return Err(format!("only {share}% of the probability in its place is known and lies on the scale"));
    }
    Ok(Expectation { value: sum / mass, mass, confidence: own / mass })
}

/// A token, and what could have stood in its place, with natural logarithms of their probabilities.
struct Token<'a> {
    text: &'a str,
    logprob: f64,
    others: Vec<(&'a str, f64)>,
}

/// The tokens as Chat Completions (`content`), Responses (a list) and Gemini (`chosenCandidates`) write them.
fn tokens(written: &Value) -> Option<Vec<Token<'_>>> {
    if let Some(chosen) = written.get("chosenCandidates") {
        let tops = written["topCandidates"].as_array();
        let others = |at: usize| tops.and_then(|all| all.get(at)?["candidates"].as_array()).into_iter().flatten();
        let chosen = chosen.as_array()?.iter().enumerate();
        return Some(chosen.map(|(at, one)| token(one, others(at), "logProbability")).collect());
    }
    let list = written.as_array().or_else(|| written.get("content")?.as_array())?;
    let others = list.iter().map(|one| one["top_logprobs"].as_array().into_iter().flatten());
    Some(list.iter().zip(others).map(|(one, others)| token(one, others, "logprob")).collect())
}

fn token<'a>(one: &'a Value, others: impl Iterator<Item = &'a Value>, key: &str) -> Token<'a> {
    let (text, logprob) = pair(one, key);
    Token { text, logprob, others: others.map(|other| pair(other, key)).collect() }
}

/// A token without its probability is one that is not possible, as servers write it too.
fn pair<'a>(token: &'a Value, key: &str) -> (&'a str, f64) {
    (token["token"].as_str().unwrap_or_default(), token[key].as_f64().unwrap_or(f64::NEG_INFINITY))
}

/// A token without the marks around its word: ` 4`, `"A`.
fn bare(token: &str) -> &str {
    token.trim_matches(|c: char| !c.is_alphanumeric())
}

/// Whether a word can be the verdict; only the expression of a rubric knows what its captures are worth.
fn might_say(rubric: &Rubric, word: &str, written: f64) -> bool {
    match rubric.reply {
        ReplyForm::Pattern { .. } => !word.is_empty(),
        _ => worth(rubric, word).is_ok_and(|value| value == written),
    }
}

/// What a reply would be read as.
fn value(rubric: &Rubric, reply: &str) -> Option<f64> {
    match read(rubric, reply) {
        Reading::Read(finding) => Some(finding.value),
        Reading::Unparsed(_) | Reading::Refused => None,
    }
}

#[cfg(test)]
mod tests;
