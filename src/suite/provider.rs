//! Who answers a model's requests: the words for it, and what its parameters may not say.

use serde::{Deserialize, Serialize};

/// Who answers requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Provider {
    /// Replies recorded in a file: no network, no cost.
    Recorded,
    /// OpenAI's Chat Completions, or any server that speaks it.
    Openai,
}

/// A parameter that may not stand under `params` (`a.b`: `b` within `a`), and what to do instead.
type Refused = (&'static str, &'static str);

const MODEL: Refused = ("model", "name it beside `provider`");
const MESSAGES: &str = "they are made from the candidate's prompt or the rubric";
const STREAM: Refused = ("stream", "karat reads whole replies");
const SAMPLES: &str = "use `repeat`, so that each output is a sample of its own";

impl Provider {
    /// Parameters that would change what karat asks for or how it reads the answer.
    pub fn refused_params(self) -> &'static [Refused] {
        match self {
            Self::Recorded => &[],
            Self::Openai => &[MODEL, ("messages", MESSAGES), STREAM, ("n", SAMPLES)],
        }
    }
}
