//! Bytes to an endpoint and the bytes it answers, with every failure typed and free of keys.

use std::borrow::Cow;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use indexmap::IndexMap;
use jiff::Timestamp;
use reqwest::header::{HeaderMap, HeaderValue, LOCATION};
use reqwest::{Certificate, Client, Request, Response, Url, redirect};
use serde::Deserialize;
use serde_json::Value;

use super::endpoint::Endpoint;
use super::rate_headers::{Rates, rates};
use super::retry::{Outage, Setback};
use super::retry_after::retry_after;
use super::{Failure, FailureKind, http};
use crate::suite::Method;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// No reply of a model is so long; a server that sends more is not the one that was meant.
const LARGEST_BODY: usize = 32 << 20;

/// A response, read to its end.
#[derive(Debug)]
pub(super) struct Answer {
    pub status: u16,
    /// Without whole keys in it.
    pub body: String,
    pub retry_after: Option<Duration>,
    /// What the server says is left of its limits.
    pub rates: Rates,
    /// Where a redirect points to; it is not followed, since the key would go along.
    pub location: Option<String>,
}

/// Whom a client trusts.
#[derive(Debug, Clone, Copy)]
pub(super) enum Trust<'a> {
    /// Nobody: it speaks no TLS, and need not read the machine's certificates, which takes longer than all the rest.
    Nobody,
    /// The authorities of the machine, and those of a PEM file.
    Machine(Option<&'a str>),
}

/// The client that all models share which trust the same. `by_proxy`: whether the environment names any, since else they
/// need not be looked for at each request.
///
/// # Errors
/// In words, where the machine has no certificates to trust, or the file has none.
pub(super) fn client(trust: Trust<'_>, by_proxy: bool) -> Result<Client, String> {
    // A second installation fails and changes nothing.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let builder = Client::builder();
    // The servers of the tests are on this machine, whatever proxy it has.
    let builder = if cfg!(test) || !by_proxy { builder.no_proxy() } else { builder };
    let builder = match trust {
        Trust::Nobody => builder.tls_certs_only([]),
        Trust::Machine(file) => builder.tls_certs_merge(file.map(certificates).transpose()?.unwrap_or_default()),
    };
    builder
        .user_agent(concat!("karat/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(CONNECT_TIMEOUT)
        .redirect(redirect::Policy::none())
        .referer(false)
        .http1_only()
        // Retries are counted, so they are all our own.
        .retry(reqwest::retry::never())
        .build()
        .map_err(|error| innermost(&error))
}

fn certificates(file: &str) -> Result<Vec<Certificate>, String> {
    let wrong = |why: String| format!("`SSL_CERT_FILE` names `{file}`, {why}; give a file of certificates in PEM");
    let pem = std::fs::read(file).map_err(|error| wrong(format!("which cannot be read: {error}")))?;
    match Certificate::from_pem_bundle(&pem) {
        Ok(found) if !found.is_empty() => Ok(found),
        Ok(_) => Err(wrong("which holds no certificate".to_string())),
        Err(error) => Err(wrong(format!("which cannot be understood: {}", innermost(&error)))),
    }
}

/// What an endpoint of the user's own is sent.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Payload<'a> {
    pub body: Option<Cow<'a, str>>,
    pub query: IndexMap<String, String>,
}

impl<'a> Payload<'a> {
    /// Reads what a candidate wrote: an object with a query, where there is one, and a body behind it.
    pub(super) fn read(written: &'a str) -> Self {
        // A body that comes first is all there is, and stands there as it is sent.
        if let Some(body) = written.strip_prefix("{\"body\":").and_then(|rest| rest.strip_suffix('}')) {
            return Self { body: Some(body.into()), query: IndexMap::new() };
        }
        let Written { query, body } = serde_json::from_str(written).unwrap_or_default();
        Self { body: body.map(|body| body.to_string().into()), query }
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Written {
    query: IndexMap<String, String>,
    body: Option<Value>,
}

/// One endpoint and the way there.
#[derive(Debug)]
pub(super) struct Transport {
    client: Client,
    endpoint: Arc<Endpoint>,
    /// What all requests have in common.
    method: reqwest::Method,
    url: Url,
    headers: HeaderMap,
}

impl Transport {
    pub(super) fn new(client: Client, endpoint: Arc<Endpoint>) -> Self {
        let method = match endpoint.service.as_ref().map(|service| service.spec.method) {
            None | Some(Method::Post) => reqwest::Method::POST,
            Some(Method::Put) => reqwest::Method::PUT,
            Some(Method::Get) => reqwest::Method::GET,
        };
        // A user and a password in the address become a header here.
        let first = client.request(method.clone(), endpoint.url.clone()).headers(endpoint.headers.clone()).build();
        let (url, headers) = first.map_or_else(
            |_| (endpoint.url.clone(), endpoint.headers.clone()),
            |first| (first.url().clone(), first.headers().clone()),
        );
        Self { client, endpoint, method, url, headers }
    }

    /// Sends one request and reads the whole response, whatever its status.
    pub(super) async fn post(&self, body: Vec<u8>) -> Result<Answer, Setback> {
        let mut request = self.request();
        *request.body_mut() = Some(body.into());
        self.send(request).await
    }

    /// The same to an endpoint of the user's own. `trace` is the value of `traceparent`, after W3C Trace Context.
    pub(super) async fn call(&self, payload: Payload<'_>, trace: &str) -> Result<Answer, Setback> {
        let mut request = self.request();
        if !payload.query.is_empty() {
            request.url_mut().query_pairs_mut().extend_pairs(&payload.query);
        }
        *request.body_mut() = payload.body.map(|body| body.into_owned().into());
        // Where the suite has one of its own, that is sent.
        if let Ok(trace) = HeaderValue::from_str(trace) {
            request.headers_mut().entry("traceparent").or_insert(trace);
        }
        self.send(request).await
    }

    fn request(&self) -> Request {
        let mut request = Request::new(self.method.clone(), self.url.clone());
        *request.headers_mut() = self.headers.clone();
        *request.timeout_mut() = Some(self.endpoint.timeout);
        request
    }

    async fn send(&self, request: Request) -> Result<Answer, Setback> {
        let sent = self.client.execute(request).await;
        let response = sent.map_err(|error| self.broken(&error))?;
        let status = response.status().as_u16();
        let now = Timestamp::now();
        let (retry_after, rates) = (retry_after(response.headers(), now), rates(response.headers(), now));
        let location = response.headers().get(LOCATION);
        let location = location.filter(|_| response.status().is_redirection());
        let location = location.map(|to| String::from_utf8_lossy(to.as_bytes()).into_owned());
        let body = self.read(response).await?;
        Ok(Answer { status, body, retry_after, rates, location })
    }

    async fn read(&self, mut response: Response) -> Result<String, Setback> {
        let mut body = Vec::new();
        let streams = self.endpoint.service.as_ref().is_some_and(|service| service.spec.sse);
        while let Some(chunk) = response.chunk().await.map_err(|error| self.broken(&error))? {
            if body.len() + chunk.len() > LARGEST_BODY {
                let words = format!("more than {} MiB from {}", LARGEST_BODY >> 20, self.endpoint.shown);
                return Err(self.setback(FailureKind::Unreadable, &words, None));
            }
            body.extend_from_slice(&chunk);
            if streams && http::is_done(&body) {
                break;
            }
        }
        let text = match String::from_utf8(body) {
            Ok(text) => text,
            // An error is worth showing however it is written; an answer with other characters in it is another answer.
            Err(_) if response.status().is_success() => {
                let words = format!("a reply from {} that is not UTF-8", self.endpoint.shown);
                return Err(self.setback(FailureKind::Unreadable, &words, None));
            }
            Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
        };
        Ok(self.endpoint.redactor.body(text))
    }

    /// Every failure of this endpoint is made here, so that none has a key in it.
    pub(super) fn setback(&self, kind: FailureKind, words: &str, retry_after: Option<Duration>) -> Setback {
        let failure = Failure::new(kind, self.endpoint.redactor.words(words));
        Setback { retry_after, ..Setback::of(failure) }
    }

    fn broken(&self, error: &reqwest::Error) -> Setback {
        let (shown, why) = (&self.endpoint.shown, innermost(error));
        if error.is_timeout() && !error.is_connect() {
            let words = format!("no whole reply from {shown} within {:?}", self.endpoint.timeout);
            let timeout = self.setback(FailureKind::Timeout, &words, None);
            Setback { overloaded: true, outage: Outage::Perhaps, ..timeout }
        } else if error.is_connect() {
            let words = format!("no connection to {shown}: {why}");
            Setback { outage: Outage::Surely, ..self.setback(FailureKind::Connection, &words, None) }
        } else {
            let words = format!("the connection to {shown} broke: {why}");
            Setback { outage: Outage::Perhaps, ..self.setback(FailureKind::Connection, &words, None) }
        }
    }
}

/// The cause at the bottom: the layers above it repeat the address, with its query.
fn innermost(error: &reqwest::Error) -> String {
    let mut cause: &dyn Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    if cause.is::<reqwest::Error>() { "the request was not accepted".to_string() } else { cause.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_is_read_as_it_was_written() {
        let read = |written| {
            let Payload { body, query } = Payload::read(written);
            (body.map(Cow::into_owned), query.into_iter().collect::<Vec<_>>())
        };
        let query = vec![("k".to_string(), "v w".to_string())];
        assert_eq!(read(r#"{"body":{"body":[1,"}"]}}"#), (Some(r#"{"body":[1,"}"]}"#.to_string()), Vec::new()));
        assert_eq!(
            read(r#"{"query":{"k":"v w"},"body":[1,{"a":"\u0001"}]}"#),
            (Some(r#"[1,{"a":"\u0001"}]"#.to_string()), query.clone())
        );
        assert_eq!(read(r#"{"query":{"k":"v w"}}"#), (None, query));
        assert_eq!(read("{}"), (None, Vec::new()));
    }
}
