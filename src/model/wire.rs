//! A provider → its wire format: one value a format, so that what all formats share names none of them.

use super::body::Object;
use super::no_reply::NoReply;
use super::{Params, Reply, Request, anthropic, embeddings, gemini, http, openai, responses};
use crate::suite::{Provider, Structured};

/// How one API is asked and how it answers.
#[derive(Debug)]
pub(super) struct Wire {
    /// The root of the API, where the suite does not say.
    pub base_url: &'static str,
    /// The variable of the key, where the suite names neither it nor another server.
    pub api_key_env: &'static str,
    /// The header that the key travels in.
    pub key_header: &'static str,
    /// What stands before the key in it.
    pub key_scheme: &'static str,
    /// Headers that every request has, unless the suite says otherwise.
    pub headers: &'static [(&'static str, &'static str)],
    /// The path below the root, for a model.
    pub path: fn(model: &str) -> String,
    /// How many tokens a reply may have, where the parameters do not say; `None` for no limit.
    pub most_output: Option<u64>,
    /// The body of one request. The form is how a verdict is asked for; it counts where the request has a schema.
    pub body: for<'a> fn(model: &'a str, &'a Params, &'a Request, Structured) -> Object<'a>,
    /// Reads a response of any status.
    pub read: fn(status: u16, body: &str) -> Result<Reply, NoReply>,
}

/// How many tokens a reply of a provider may have, where the parameters do not say; `None` for no limit.
pub fn most_output(provider: Provider) -> Option<u64> {
    Wire::of(provider)?.most_output
}

impl Wire {
    /// The format that a provider speaks; a recorded one, a command and a corpus speak none.
    pub(super) fn of(provider: Provider) -> Option<&'static Self> {
        match provider {
            Provider::Recorded | Provider::Command | Provider::Retrieve => None,
            Provider::Http => Some(&http::WIRE),
            Provider::Openai => Some(&openai::WIRE),
            Provider::OpenaiResponses => Some(&responses::WIRE),
            Provider::Anthropic => Some(&anthropic::WIRE),
            Provider::Gemini => Some(&gemini::WIRE),
            Provider::OpenaiEmbeddings => Some(&embeddings::WIRE),
        }
    }
}
