//! A request → how many tokens it takes: what is to be expected, and what it can take at most.
//!
//! Nothing is tokenised: providers count differently, and do not say how. Expected are four ASCII characters a token, and
//! one other character a token, with a few tokens a message for its frame. At most there is a token a byte, since no
//! tokeniser makes more of a text, with a broader frame. What is written is expected to be [`EXPECTED_OUTPUT`] tokens,
//! or the limit that `params` set where that is lower, and can be that limit at most; without one it has no bound.

use serde_json::Value;

use super::{Params, Request, Usage};

/// Tokens that a reply is expected to take, where no lower limit is set.
pub const EXPECTED_OUTPUT: u64 = 256;

/// Tokens for the frame of a message: its role and its ends.
const FRAME: u64 = 4;

/// At most as many.
const BROADEST_FRAME: u64 = 32;

/// Where the suite sets how much a model may write.
const LIMITS: &[&[&str]] =
    &[&["max_completion_tokens"], &["max_tokens"], &["max_output_tokens"], &["generationConfig", "maxOutputTokens"]];

/// The tokens of one call before it is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tokens {
    /// What is to be expected.
    pub expected: Usage,
    /// What it can take at most; `None` where nothing bounds what is written.
    pub most: Option<Usage>,
}

impl Tokens {
    /// The tokens of `request` with the parameters of its model. `default_limit` is what the format sets where the
    /// parameters do not.
    pub fn of(request: &Request, params: &Params, default_limit: Option<u64>) -> Self {
        let texts = request
            .messages()
            .iter()
            .map(|message| message.content.as_str())
            .chain(request.schema().map(|schema| schema.written()));
        let (mut expected, mut most) = (0, 0);
        for text in texts {
            let (ascii, others) = characters(text);
            expected += (ascii.div_ceil(4) + others) as u64 + FRAME;
            most += text.len() as u64 + BROADEST_FRAME;
        }
        let limit = LIMITS.iter().find_map(|path| written(params, path)?.as_u64()).or(default_limit);
        let output = limit.unwrap_or(u64::MAX).min(EXPECTED_OUTPUT);
        let usage = |input_tokens, output_tokens| Usage { input_tokens, output_tokens, ..Usage::default() };
        Self { expected: usage(expected, output), most: limit.map(|limit| usage(most, limit)) }
    }
}

/// How many characters are ASCII, and how many are not: of those, each has one byte that begins it.
fn characters(text: &str) -> (usize, usize) {
    if text.is_ascii() {
        return (text.len(), 0);
    }
    let (mut ascii, mut others) = (0, 0);
    // So few at a time that a byte can count them, and many are looked at in one step.
    for part in text.as_bytes().chunks(usize::from(u8::MAX)) {
        let count = |is: fn(u8) -> bool| part.iter().fold(0_u8, |sum, byte| sum + u8::from(is(*byte)));
        ascii += usize::from(count(|byte| byte < 0x80));
        others += usize::from(count(|byte| byte >= 0xc0));
    }
    (ascii, others)
}

/// What stands at a path of keys.
fn written<'a>(params: &'a Params, path: &[&str]) -> Option<&'a Value> {
    let (last, above) = path.split_last()?;
    above.iter().try_fold(params, |object, key| object.get(*key)?.as_object())?.get(*last)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::{Ask, Message, NamedSchema};
    use crate::suite::Role;

    fn of(text: &str, params: &Value, default_limit: Option<u64>) -> Tokens {
        let ask = Ask::Output { candidate: "v1".into(), case: "a".into(), sample: 0 };
        let messages = vec![Message { role: Role::User, content: text.to_string() }];
        Tokens::of(&Request::new(ask, messages, None), params.as_object().unwrap(), default_limit)
    }

    #[test]
    fn text_is_counted_by_its_characters() {
        let tokens = of(&"word ".repeat(80), &json!({"max_tokens": 50}), None);
        assert_eq!((tokens.expected.input_tokens, tokens.expected.output_tokens), (104, 50));
        assert_eq!(tokens.most.map(|m| (m.input_tokens, m.output_tokens)), Some((432, 50)));
        assert_eq!(of("日本語", &json!({}), None).expected.input_tokens, 3 + FRAME);
        let long = "aé日😀".repeat(300);
        assert_eq!(characters(&long), (300, 900));
    }

    #[test]
    fn what_is_written_has_a_bound_only_where_one_is_set() {
        assert_eq!(of("hi", &json!({}), None).most, None);
        assert_eq!(of("hi", &json!({}), None).expected.output_tokens, EXPECTED_OUTPUT);
        assert_eq!(of("hi", &json!({}), Some(4096)).most.unwrap().output_tokens, 4096);
        let gemini = json!({"generationConfig": {"maxOutputTokens": 9}});
        assert_eq!(of("hi", &gemini, None).most.unwrap().output_tokens, 9);
        assert_eq!(of("hi", &json!({"max_completion_tokens": 7}), Some(4096)).most.unwrap().output_tokens, 7);
    }

    #[test]
    fn a_schema_is_read_too() {
        let ask = Ask::Output { candidate: "v1".into(), case: "a".into(), sample: 0 };
        let schema = NamedSchema::new("verdict", json!({"type": "object"}));
        let request = Request::new(ask, Vec::new(), Some(schema.into()));
        assert_eq!(Tokens::of(&request, &Params::new(), None).expected.input_tokens, 5 + FRAME);
    }
}
