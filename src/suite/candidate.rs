//! A candidate: a named prompt version with its model, or outputs that exist already.

use serde::{Deserialize, Serialize};

use super::{ModelName, Pipeline, Speaker, StepSpec, Talk};

/// One entry under `candidates:`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CandidateSpec {
    /// Where its outputs come from.
    pub source: CandidateSource,
}

/// Where a candidate's outputs come from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CandidateSource {
    /// A prompt filled in for each case and sent to a model.
    Prompt(Prompt),
    /// A command or an endpoint of the user's own, under its name among the suite's models.
    Service(ModelName),
    /// Steps, one after another.
    Steps(Pipeline),
    /// A conversation with a person whom a model plays.
    Talk(Box<Talk>),
    /// A file of outputs: rows of `case`, `text` and, for repeats, `sample`; relative to the suite.
    Outputs(String),
}

impl CandidateSpec {
    /// The models that may be asked for an output.
    pub fn models(&self) -> Vec<&ModelName> {
        match &self.source {
            CandidateSource::Prompt(prompt) => vec![&prompt.model],
            CandidateSource::Service(model) => vec![model],
            CandidateSource::Steps(pipeline) => pipeline.steps.iter().flat_map(|step| step.models()).collect(),
            CandidateSource::Talk(talk) => vec![talk.model(), &talk.user.model],
            CandidateSource::Outputs(_) => Vec::new(),
        }
    }

    /// The one model that is asked for the whole output; `None` where there is none, or each step or turn asks its own.
    pub fn model(&self) -> Option<&ModelName> {
        match &self.source {
            CandidateSource::Prompt(prompt) => Some(&prompt.model),
            CandidateSource::Service(model) => Some(model),
            CandidateSource::Steps(_) | CandidateSource::Talk(_) | CandidateSource::Outputs(_) => None,
        }
    }

    /// Whether outputs are made in a run, and can be drawn again.
    pub fn is_drawn(&self) -> bool {
        !matches!(self.source, CandidateSource::Outputs(_))
    }

    /// The files of its prompts.
    pub fn files(&self) -> Vec<&PromptFile> {
        match &self.source {
            CandidateSource::Prompt(prompt) => prompt.files.iter().collect(),
            CandidateSource::Steps(pipeline) => {
                let prompts = pipeline.steps.iter().filter_map(StepSpec::prompt);
                prompts.flat_map(|prompt| &prompt.files).collect()
            }
            CandidateSource::Talk(talk) => {
                let own = match &talk.with {
                    Speaker::Prompt(prompt) => prompt.files.as_slice(),
                    Speaker::Service(_) => &[],
                };
                own.iter().chain(&talk.user.file).collect()
            }
            CandidateSource::Service(_) | CandidateSource::Outputs(_) => Vec::new(),
        }
    }
}

/// A prompt: one or more message templates, and the model they go to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Prompt {
    /// The messages, in order; each content is a minijinja template.
    pub messages: Vec<MessageTemplate>,
    /// The files they were read from, for diffs and digests.
    pub files: Vec<PromptFile>,
    /// The model that answers.
    pub model: ModelName,
}

/// One message of a prompt before it is filled in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageTemplate {
    /// Who speaks.
    pub role: Role,
    /// A minijinja template over the case's input and context.
    pub content: String,
    /// The file and the line (from 1) at which `content` starts, for error messages.
    pub file: String,
    /// See `file`.
    pub line: usize,
}

/// Who speaks in a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Standing instructions.
    System,
    /// The person asking.
    User,
    /// The model.
    Assistant,
}

impl Role {
    /// The word for it in a conversation.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::User => "user",
            Self::Assistant => "assistant",
        }
    }
}

/// A prompt file as it was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PromptFile {
    /// As written in the suite, without the revision.
    pub path: String,
    /// The git revision that was asked for (`main` in `prompts/a.j2@main`), and the commit it stood for.
    pub revision: Option<Revision>,
    /// The text.
    pub text: String,
}

/// A git revision as it was written, and the commit that it meant when the suite was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revision {
    /// As written: a branch, a tag, a commit.
    pub name: String,
    /// The full commit id.
    pub commit: String,
}
