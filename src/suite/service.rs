//! A system of the user's own that answers cases: a command that speaks JSON lines, or an HTTP endpoint.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::ModelName;

/// A system of the user's own. It stands among the suite's models, under a name that no model of the user has.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Service {
    /// A program.
    Command(CommandSpec),
    /// An endpoint; address, headers, query, key, limits and times stand in the model.
    Http(HttpSpec),
    /// A corpus that is searched.
    Retrieve(RetrieveSpec),
}

/// A corpus, and what is looked for in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetrieveSpec {
    /// The folder of texts, or the file of documents, as written: relative to the suite.
    pub corpus: String,
    /// What is looked for, a template.
    pub query: String,
    /// How many documents are wanted.
    pub k: usize,
    /// What makes a document fit.
    #[serde(default, skip_serializing_if = "SearchBy::is_default")]
    pub by: SearchBy,
    /// The model that gives embeddings, where the search is not by words alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub embedder: Option<ModelName>,
}

/// What makes a document fit a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SearchBy {
    /// The words that they share.
    #[default]
    Bm25,
    /// The directions of their embeddings.
    Vectors,
    /// Both, by their ranks.
    Hybrid,
}

impl SearchBy {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// A program that is asked over its standard input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandSpec {
    /// The program and its arguments.
    pub command: Vec<String>,
    /// How many of it run side by side.
    pub workers: usize,
    /// Whether one process answers many cases.
    pub mode: CommandMode,
    /// Variables of the environment that it is given, beside the few that every program needs.
    pub env: Vec<String>,
    /// The folder that it runs in, relative to the suite.
    pub cwd: Option<String>,
}

/// How long a process of a command lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CommandMode {
    /// It is asked line by line, until there are no more cases.
    #[default]
    Lines,
    /// It answers one case.
    Once,
}

/// What is sent to an endpoint, and where in its reply the answer stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HttpSpec {
    /// The method.
    pub method: Method,
    /// The body: JSON in which every text may be a template.
    pub body: Option<Value>,
    /// Query parameters whose values may be templates.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub query: IndexMap<String, String>,
    /// JSON Pointer to the output; the whole reply where it is empty.
    pub output: String,
    /// JSON Pointers to the parts of a trace, by their names; without them, the names themselves.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub trace: IndexMap<String, String>,
    /// Whether the reply is a stream of server-sent events.
    pub sse: bool,
    /// Whether an answer is kept for later runs: only where the same request always has the same answer.
    pub cache: bool,
}

/// An HTTP method.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Method {
    /// With a body.
    #[default]
    Post,
    /// With a body.
    Put,
    /// Without one.
    Get,
}

impl Method {
    /// The word on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Get => "GET",
        }
    }
}
