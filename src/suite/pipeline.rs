//! A candidate made of steps: what each does, when, how often, and what one case may take.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{MessageTemplate, ModelName, Prompt};

/// Steps, one after another; later ones see what came of earlier ones.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Pipeline {
    /// The steps, in order. The output is what came of the last one that was taken.
    pub steps: Vec<StepSpec>,
    /// What one case may take.
    #[serde(default)]
    pub limits: Limits,
}

/// One step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StepSpec {
    /// Its name, by which templates and conditions know it.
    pub name: String,
    /// What it does.
    pub action: Action,
    /// An expression that must hold for it to be taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<String>,
    /// Other models for its prompt: the first whose expression holds answers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub route: Vec<Route>,
    /// How often it is done again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeat: Option<Repeat>,
    /// Whether its output is JSON that later steps can look into, and the schema that it has to meet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub json: Option<Value>,
}

/// What a step does.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Action {
    /// Asks a model.
    Prompt(Prompt),
    /// Asks a command or an endpoint, under its name among the models.
    Service(ModelName),
    /// Fills in a text. It asks nobody.
    Template(MessageTemplate),
}

/// A model that answers where an expression holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    /// The expression.
    pub when: String,
    /// The model.
    pub model: ModelName,
}

/// A loop with a bound.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repeat {
    /// The expression that ends it.
    pub until: String,
    /// Rounds at most, the first included.
    pub max: u32,
    /// The step that each further round begins with: this one, or one before it.
    pub from: String,
}

/// What one case may take. No step begins beyond a limit; the case is an error then.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Limits {
    /// Requests to models, commands and endpoints.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calls: Option<u32>,
    /// Tokens, read and written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokens: Option<u64>,
    /// US dollars.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub usd: Option<f64>,
    /// Time of the calls that were answered, each from when somebody is busy with it: waits for a turn, failed attempts and the
    /// waits between them do not count. A call that takes longer than is left is broken off, but for a search.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<Duration>,
}

impl Pipeline {
    /// How often each step is taken at most, in order.
    pub fn most_rounds(&self) -> Vec<u32> {
        let mut rounds = vec![1_u32; self.steps.len()];
        for (end, step) in self.steps.iter().enumerate() {
            let Some(repeat) = &step.repeat else { continue };
            let from = self.steps.iter().position(|step| step.name == repeat.from).unwrap_or(end);
            rounds[from..=end].iter_mut().for_each(|n| *n = n.saturating_mul(repeat.max));
        }
        rounds
    }
}

impl StepSpec {
    /// The models that may be asked: its own, and those of its routes.
    pub fn models(&self) -> impl Iterator<Item = &ModelName> {
        let own = match &self.action {
            Action::Prompt(prompt) => Some(&prompt.model),
            Action::Service(model) => Some(model),
            Action::Template(_) => None,
        };
        own.into_iter().chain(self.route.iter().map(|route| &route.model))
    }

    /// Its prompt, where it asks a model.
    pub fn prompt(&self) -> Option<&Prompt> {
        match &self.action {
            Action::Prompt(prompt) => Some(prompt),
            Action::Service(_) | Action::Template(_) => None,
        }
    }

    /// The word for what it does.
    pub fn kind(&self) -> &'static str {
        match &self.action {
            Action::Prompt(_) => "prompt",
            Action::Service(name) => match name.as_str().split_once(':') {
                Some(("command", _)) => "command",
                Some(("retrieve", _)) => "retrieve",
                Some(_) => "http",
                None => "service",
            },
            Action::Template(_) => "template",
        }
    }
}
