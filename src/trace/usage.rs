//! Token counts as providers and recorded files write them → [`Usage`].

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Tokens of one call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Usage {
    /// Tokens read, cached ones included.
    pub input_tokens: u64,
    /// Tokens written, reasoning included.
    pub output_tokens: u64,
    /// Of the tokens read, those from the provider's cache.
    #[serde(default)]
    pub cached_tokens: u64,
    /// Of the tokens written, those of hidden reasoning.
    #[serde(default)]
    pub reasoning_tokens: u64,
}

impl Usage {
    /// What [`Usage::read`] takes, in words.
    pub const EXPECTED: &str = "an object with `input_tokens` and `output_tokens`, whole numbers from 0 to a trillion";

    /// The tokens of two calls together.
    pub fn plus(self, other: Self) -> Self {
        Self {
            input_tokens: self.input_tokens.saturating_add(other.input_tokens),
            output_tokens: self.output_tokens.saturating_add(other.output_tokens),
            cached_tokens: self.cached_tokens.saturating_add(other.cached_tokens),
            reasoning_tokens: self.reasoning_tokens.saturating_add(other.reasoning_tokens),
        }
    }

    /// Reads what somebody counted, in any spelling; `None` where it does not count both sides, since unknown is not zero,
    /// or counts more than there can be.
    pub fn read(written: &Value) -> Option<Self> {
        WrittenUsage::read(written)?.usage()
    }

    /// The same of a call that writes nothing.
    pub fn read_of_input(written: &Value) -> Option<Self> {
        let written = WrittenUsage::read(written)?;
        WrittenUsage { output_tokens: Some(0), ..written }.usage()
    }
}

/// No call takes so many tokens; sums of what is below stay within their type.
const MOST: u64 = 1_000_000_000_000;

/// Every spelling at once.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct WrittenUsage {
    input_tokens: Option<u64>,
    prompt_tokens: Option<u64>,
    output_tokens: Option<u64>,
    completion_tokens: Option<u64>,
    cached_tokens: Option<u64>,
    reasoning_tokens: Option<u64>,
    #[serde(alias = "input_tokens_details")]
    prompt_tokens_details: Option<InputDetails>,
    #[serde(alias = "output_tokens_details")]
    completion_tokens_details: Option<OutputDetails>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct InputDetails {
    cached_tokens: Option<u64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct OutputDetails {
    reasoning_tokens: Option<u64>,
}

impl WrittenUsage {
    fn read(written: &Value) -> Option<Self> {
        // A list of numbers would be taken for the fields in their order.
        written.is_object().then(|| Self::deserialize(written).ok()).flatten()
    }

    /// `None` where a side was not counted, or a count is beyond all that a call can take.
    pub fn usage(&self) -> Option<Usage> {
        let input_tokens = self.input_tokens.or(self.prompt_tokens)?;
        let output_tokens = self.output_tokens.or(self.completion_tokens)?;
        let cached = self.prompt_tokens_details.as_ref().and_then(|d| d.cached_tokens).or(self.cached_tokens);
        let reasoning =
            self.completion_tokens_details.as_ref().and_then(|d| d.reasoning_tokens).or(self.reasoning_tokens);
        let usage = Usage {
            input_tokens,
            output_tokens,
            cached_tokens: cached.unwrap_or(0),
            reasoning_tokens: reasoning.unwrap_or(0),
        };
        let Usage { input_tokens, output_tokens, cached_tokens, reasoning_tokens } = usage;
        [input_tokens, output_tokens, cached_tokens, reasoning_tokens].iter().all(|n| *n <= MOST).then_some(usage)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Option<Usage> {
        serde_json::from_str::<WrittenUsage>(json).unwrap().usage()
    }

    #[test]
    fn both_spellings_and_their_details_are_read() {
        let usage = Usage { input_tokens: 9, output_tokens: 4, cached_tokens: 3, reasoning_tokens: 2 };
        assert_eq!(read(r#"{"input_tokens":9,"output_tokens":4,"cached_tokens":3,"reasoning_tokens":2}"#), Some(usage));
        let openai = r#"{"prompt_tokens":9,"completion_tokens":4,"total_tokens":13,
            "prompt_tokens_details":{"cached_tokens":3,"audio_tokens":0},"completion_tokens_details":{"reasoning_tokens":2}}"#;
        assert_eq!(read(openai), Some(usage));
        let plain = read(r#"{"prompt_tokens":9,"completion_tokens":0,"prompt_tokens_details":null}"#).unwrap();
        assert_eq!((plain.input_tokens, plain.output_tokens, plain.cached_tokens), (9, 0, 0));
        assert_eq!(read(r#"{"prompt_tokens":9,"completion_tokens":null}"#), None);
        assert_eq!(read("{}"), None);
        assert_eq!(read(r#"{"input_tokens": 1000000000001, "output_tokens": 1}"#), None);
        let told = |json: &str| serde_json::from_str::<Value>(json).unwrap();
        assert_eq!(Usage::read(&told("[5, 6]")), None);
        assert_eq!(Usage::read(&told(r#"{"prompt_tokens": 5}"#)), None);
        let read = Usage::read_of_input(&told(r#"{"prompt_tokens": 5}"#)).unwrap();
        assert_eq!((read.input_tokens, read.output_tokens), (5, 0));
        assert_eq!(Usage::read_of_input(&told(r#"{"total_tokens": 5}"#)), None);
    }
}
