//! A model that a candidate or a judge talks to, as the suite describes it.

use std::time::Duration;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{ModelName, Provider, Service};

/// One entry under `models:`.
///
/// Text fields may hold `${NAME}`; they stay unexpanded here and are read from the environment
/// only where a request is made, so that a manifest never holds a secret.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelSpec {
    /// Who answers.
    pub provider: Provider,
    /// The model's name at its provider; the recorded provider needs none.
    pub model: Option<String>,
    /// The root of the API, without the endpoint's own path.
    pub base_url: Option<String>,
    /// The environment variable that holds the key.
    pub api_key_env: Option<String>,
    /// Headers sent with each request.
    #[serde(default)]
    pub headers: IndexMap<String, String>,
    /// Query parameters sent with each request (`api-version` for Azure).
    #[serde(default)]
    pub query: IndexMap<String, String>,
    /// Parameters that go into the request body as they are.
    #[serde(default)]
    pub params: Map<String, Value>,
    /// How a verdict in a fixed form is asked for.
    pub structured: Structured,
    /// At most so many requests in flight.
    pub max_concurrency: Option<usize>,
    /// At most so many requests started a minute.
    pub requests_per_minute: Option<u32>,
    /// At most so many tokens a minute, read and written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tokens_per_minute: Option<u32>,
    /// How long its provider is waited for while it is down, before the run ends without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patience: Option<Duration>,
    /// Another model of the suite, asked where this one fails for good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fallback: Option<ModelName>,
    /// The time one attempt may take.
    pub timeout: Duration,
    /// How often a request is tried in all, the first time included.
    pub max_attempts: u32,
    /// What tokens cost; without it the cost of this model is unknown, not zero.
    pub prices: Option<Prices>,
    /// The list that the prices were taken from, where the suite says none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price_list: Option<PriceList>,
    /// The file of recorded replies, relative to the suite.
    pub replies: Option<String>,
    /// What is asked, where it is no model but a system of the user's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub service: Option<Box<Service>>,
}

impl ModelSpec {
    /// The model that gives the embeddings, where this is a corpus that is searched by them.
    pub fn embedder(&self) -> Option<&ModelName> {
        match self.service.as_deref() {
            Some(Service::Retrieve(retrieve)) => retrieve.embedder.as_ref(),
            _ => None,
        }
    }
}

/// How a verdict in a fixed form is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Structured {
    /// By JSON Schema, and without it once the server has refused it.
    #[default]
    Auto,
    /// By JSON Schema only.
    Schema,
    /// As any JSON object.
    Object,
    /// By words in the prompt alone.
    Off,
}

/// A provider's list of prices, as karat knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PriceList {
    /// The day on which the prices were known to hold: `2026-10-26`.
    pub as_of: String,
    /// The provider's own page.
    pub source: String,
}

/// US dollars for a million tokens.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Prices {
    /// Tokens read.
    pub input: f64,
    /// Tokens written.
    pub output: f64,
    /// Tokens read from the provider's prompt cache; as `input` where absent.
    pub cached_input: Option<f64>,
}
