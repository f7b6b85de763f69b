//! A response without a reply → what kind of failure it is, and what the server said.

use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;

use super::{FailureKind, Taken};

/// A response that holds no reply.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NoReply {
    pub kind: FailureKind,
    /// What is wrong with it, where its status does not say that.
    pub wrong: Option<String>,
    /// What the server said, as it came: too long to show, and not yet safe to.
    pub said: String,
    /// The server does not take the form that was asked for; without it the request may pass.
    pub refuses_form: bool,
    /// How long the body asks to wait, where the format says so there and not in a header.
    pub retry_after: Option<Duration>,
    /// The same request would be answered in the same way, whatever the kind.
    pub lasting: bool,
    /// What it took all the same, where it says so.
    pub taken: Option<Box<Taken>>,
}

/// Where servers put what they have to say.
const SAID: &[&str] = &["/error/message", "/error", "/message", "/detail", "/0/error/message"];

/// What a server speaks of when it does not take a form. To take too much for such a word costs one request, since
/// only a request that passes without the form is remembered.
const OF_FORM: &[&str] = &[
    "response_format",
    "text.format",
    "output_config",
    "output_format",
    "response_mime_type",
    "schema",
    "structured",
    "json mode",
    "not supported",
    "extra inputs",
    "contains an invalid argument",
];

impl NoReply {
    /// A reply that is not what the format says.
    pub(super) fn unreadable(wrong: &str, body: &str) -> Self {
        let (kind, said) = (FailureKind::Unreadable, body.to_string());
        let wrong = Some(wrong.to_string());
        Self { kind, wrong, said, refuses_form: false, retry_after: None, lasting: false, taken: None }
    }

    /// A status that says no, as HTTP and most servers mean it. `value` is the body, where it is JSON.
    pub(super) fn refused(status: u16, body: &str, value: &Value) -> Self {
        let said = SAID.iter().find_map(|at| value.pointer(at)?.as_str());
        let lower = body.to_lowercase();
        Self {
            kind: kind(status),
            wrong: None,
            said: said.unwrap_or(body).to_string(),
            refuses_form: matches!(status, 400 | 404 | 422) && OF_FORM.iter().any(|word| lower.contains(word)),
            retry_after: None,
            lasting: false,
            taken: None,
        }
    }
}

fn kind(status: u16) -> FailureKind {
    match status {
        429 => FailureKind::RateLimited,
        408 | 409 | 500.. => FailureKind::Server,
        401 | 403 => FailureKind::Authentication,
        _ => FailureKind::Rejected,
    }
}

/// Reads a body that should be `what`.
pub(super) fn parse<'a, T: Deserialize<'a>>(body: &'a str, what: &str) -> Result<T, NoReply> {
    serde_json::from_str(body).map_err(|error| match error.is_data() {
        true => NoReply::unreadable(&format!("not {what} ({error})"), body),
        false => NoReply::unreadable("not JSON", body),
    })
}

/// An error where a reply should be, under a status of success: some gateways put the status of the server behind
/// them into the body, which is given here.
pub(super) fn hidden_status(error: &Value) -> Option<u16> {
    let code = error.get("code").and_then(Value::as_u64)?;
    u16::try_from(code).ok().filter(|code| *code >= 400)
}
