//! A conversation between a candidate and a person whom a model plays.

use serde::{Deserialize, Serialize};

use super::{MessageTemplate, ModelName, Prompt, PromptFile};

/// A candidate that is talked with, turn after turn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Talk {
    /// The candidate's side.
    pub with: Speaker,
    /// The other side.
    pub user: UserSpec,
}

/// Who answers in a conversation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Speaker {
    /// A prompt and its model.
    Prompt(Prompt),
    /// A command or an endpoint, under its name among the models.
    Service(ModelName),
}

/// The person whom a model plays.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UserSpec {
    /// The model.
    pub model: ModelName,
    /// Who the person is and what he or she wants: a template over the case's input.
    pub role: MessageTemplate,
    /// The file of the template, where it is the user's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<PromptFile>,
    /// How often the candidate answers at most.
    pub turns: u32,
    /// What the person writes to end the conversation.
    pub stop: String,
}

impl Talk {
    /// The step of a user's turn, in requests and recorded replies.
    pub const USER: &str = "user";
    /// The step of a candidate's turn.
    pub const REPLY: &str = "reply";

    /// The model that answers for the candidate.
    pub fn model(&self) -> &ModelName {
        match &self.with {
            Speaker::Prompt(prompt) => &prompt.model,
            Speaker::Service(model) => model,
        }
    }
}
