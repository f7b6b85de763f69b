//! A status by which Gemini says no → what kind of failure it is, read from the details of `google.rpc.Status`.

use std::time::Duration;

use serde_json::Value;

use crate::model::FailureKind;
use crate::model::no_reply::NoReply;

pub(super) fn refused(status: u16, body: &str) -> NoReply {
    let value: Value = serde_json::from_str(body).unwrap_or_default();
    let no = NoReply::refused(status, body, &value);
    let details = value.pointer("/error/details").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let kind = match status {
        // A key that is not one is an invalid argument here.
        400 if details.iter().any(|detail| detail["reason"] == "API_KEY_INVALID") => FailureKind::Authentication,
        429 if is_used_up(details, &no.said) => FailureKind::Rejected,
        _ => no.kind,
    };
    NoReply { kind, retry_after: details.iter().find_map(retry_delay), ..no }
}

/// A day's quota, or one of zero, is not there again a minute later, whatever wait the server asks for.
fn is_used_up(details: &[Value], said: &str) -> bool {
    let violations = details.iter().filter_map(|detail| detail["violations"].as_array()).flatten();
    let mut quotas = violations.filter_map(|violation| violation["quotaId"].as_str());
    quotas.any(|quota| quota.contains("PerDay")) || said.contains("limit: 0,")
}

/// `{"@type": "…/google.rpc.RetryInfo", "retryDelay": "46.5s"}`: this API has no header for it.
fn retry_delay(detail: &Value) -> Option<Duration> {
    let seconds: f64 = detail["retryDelay"].as_str()?.strip_suffix('s')?.parse().ok()?;
    Duration::try_from_secs_f64(seconds).ok().filter(|wait| !wait.is_zero())
}
