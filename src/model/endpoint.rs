//! A model of the suite and the environment → where its requests go, with which headers.

use std::time::Duration;

use reqwest::Url;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;

use super::environment;
use super::secret::{Redactor, Secret, Secrets};
use super::wire::Wire;
use super::{Failure, FailureKind, Params, http};
use crate::suite::environment::Unexpanded;
use crate::suite::names_a_secret;
use crate::suite::{Lookup, ModelName, ModelSpec, Service};

/// Everything about a model that a request needs, with the environment read.
#[derive(Debug)]
pub(super) struct Endpoint {
    /// What is spoken there.
    pub wire: &'static Wire,
    /// The whole address.
    pub url: Url,
    /// The address as messages show it: no user, no query.
    pub shown: String,
    /// Sent with each request. Those that may hold a key are marked, and print as `Sensitive`.
    pub headers: HeaderMap,
    /// Takes this endpoint's secrets out of texts.
    pub redactor: Redactor,
    /// The time one attempt may take.
    pub timeout: Duration,
    /// The model's name at its provider.
    pub model: String,
    /// Parameters that go into the body.
    pub params: Params,
    /// What is sent and how it is answered, where it is an endpoint of the user's own.
    pub service: Option<http::Reader>,
}

impl Endpoint {
    /// # Errors
    /// In words that name the model and what the suite or the environment lacks.
    pub(super) fn new(
        name: &ModelName,
        spec: &ModelSpec,
        wire: &'static Wire,
        environment: Lookup<'_>,
    ) -> Result<Self, Failure> {
        let failure = |kind, words: String| Failure::new(kind, format!("model `{name}`: {words}"));
        let rejected = |words: String| failure(FailureKind::Rejected, words);
        let unset = |unset: Unexpanded| failure(FailureKind::Authentication, format!("{unset}; {}", unset.hint()));
        let expand = |text: &str| environment::expand(text, environment).map_err(unset);

        check_params(spec).map_err(rejected)?;
        let mut secrets = Secrets::default();
        let model = spec.model.as_deref().map(expand).transpose()?.map(|model| model.text).unwrap_or_default();

        let base = expand(spec.base_url.as_deref().unwrap_or(wire.base_url))?;
        secrets.values.extend(base.values.into_iter().filter(|value| looks_like_a_key(value)).map(Secret::new));
        let mut url = url_of(spec, &base.text, &(wire.path)(&model)).map_err(rejected)?;
        secrets.keys.extend(url.password().map(|password| (Secret::new(password), "")));
        for (key, value) in &spec.query {
            let value = expand(value)?;
            url.query_pairs_mut().append_pair(key, &value.text);
            let found = value.values.into_iter().map(Secret::new);
            if names_a_secret(key) {
                secrets.keys.extend(found.map(|key| (key, "")));
            } else {
                secrets.values.extend(found);
            }
        }

        let mut headers = HeaderMap::from_iter([(CONTENT_TYPE, HeaderValue::from_static("application/json"))]);
        for (key, value) in wire.headers {
            headers.insert(HeaderName::from_static(key), HeaderValue::from_static(value));
        }
        for (key, value) in &spec.headers {
            let header =
                HeaderName::try_from(key.as_str()).map_err(|_| rejected(format!("`{key}` is no name of a header")))?;
            let value = expand(value)?;
            let mut sent = HeaderValue::try_from(value.text.trim())
                .map_err(|_| rejected(format!("the header `{key}` has a character that no header may carry")))?;
            if !value.values.is_empty() || is_for_keys(header.as_str()) {
                sent.set_sensitive(true);
                let found = std::iter::once(&value.text).chain(&value.values).map(|value| Secret::new(value.trim()));
                if is_for_keys(header.as_str()) {
                    secrets.keys.extend(found.map(|key| (key, "")));
                } else {
                    secrets.values.extend(found);
                }
            }
            headers.insert(header, sent);
        }

        if !headers.contains_key(AUTHORIZATION)
            && !headers.contains_key(wire.key_header)
            && let Some(variable) = key_variable(spec, wire)
        {
            let key = environment(variable).map(|key| key.trim().to_string()).filter(|key| !key.is_empty());
            let no_key = || {
                let words = format!(
                    "the environment variable `{variable}` is not set; set it in the environment, or in a file given by `--env-file`"
                );
                failure(FailureKind::Authentication, words)
            };
            let key = Secret::new(key.ok_or_else(no_key)?);
            let mut sent = HeaderValue::try_from(format!("{}{}", wire.key_scheme, key.expose())).map_err(|_| {
                failure(FailureKind::Authentication, format!("`{variable}` holds a character that no key may have"))
            })?;
            sent.set_sensitive(true);
            headers.insert(HeaderName::from_static(wire.key_header), sent);
            secrets.keys.push((key, wire.key_scheme));
        }

        let mut params = Value::Object(spec.params.clone());
        expand_strings(&mut params, &mut |text| {
            let expanded = expand(text)?;
            secrets.values.extend(expanded.values.into_iter().filter(|value| looks_like_a_key(value)).map(Secret::new));
            Ok(expanded.text)
        })?;
        let Value::Object(params) = params else { return Err(rejected("`params` is not a mapping".to_string())) };

        let redactor = Redactor::new(secrets);
        let shown = redactor.words(&without_secrets(&url));
        let service = match spec.service.as_deref() {
            Some(Service::Http(service)) => Some(http::Reader::new(service.clone())),
            Some(Service::Command(_) | Service::Retrieve(_)) | None => None,
        };
        Ok(Self { wire, url, shown, headers, redactor, timeout: spec.timeout, model, params, service })
    }
}

/// The variable that holds the key. A server of one's own needs none unless the suite says so.
fn key_variable<'a>(spec: &'a ModelSpec, wire: &Wire) -> Option<&'a str> {
    match &spec.api_key_env {
        Some(variable) => Some(variable),
        None => spec.base_url.is_none().then_some(wire.api_key_env),
    }
}

/// Parameters that would change what karat asks for or how it reads the answer.
fn check_params(spec: &ModelSpec) -> Result<(), String> {
    let stands = |path: &str| match path.split_once('.') {
        Some((outer, inner)) => spec.params.get(outer).is_some_and(|outer| outer.get(inner).is_some()),
        None => spec.params.contains_key(path),
    };
    match spec.provider.refused_params().iter().find(|(path, _)| stands(path)) {
        Some((path, instead)) => Err(format!("`{path}` cannot stand under `params`: {instead}")),
        None => Ok(()),
    }
}

/// Where requests go: a path below the root of an API, or an endpoint as it is written.
pub(super) fn url_of(spec: &ModelSpec, base: &str, path: &str) -> Result<Url, String> {
    match &spec.service {
        None => address(base, path),
        Some(_) => Url::parse(base).map_err(|error| format!("`url` is no address: {error}")),
    }
}

fn address(base: &str, path: &str) -> Result<Url, String> {
    let mut url = Url::parse(base).map_err(|error| format!("`base_url` is no address: {error}"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(format!("`base_url` starts with `{}:`, and only http: and https: are spoken", url.scheme()));
    }
    let root = url.path().trim_end_matches('/');
    let path = if root.ends_with(path) { root.to_string() } else { format!("{root}/{path}") };
    url.set_path(&path);
    Ok(url)
}

fn without_secrets(url: &Url) -> String {
    let mut shown = url.clone();
    shown.set_query(None);
    shown.set_fragment(None);
    // Both fail only for addresses that cannot have a user in the first place.
    let _ = shown.set_username("");
    let _ = shown.set_password(None);
    shown.to_string()
}

/// Headers whose values are keys even where the suite spells them out.
pub(super) fn is_for_keys(name: &str) -> bool {
    ["auth", "key", "token", "secret", "cookie"].iter().any(|word| name.contains(word))
}

/// A host or a model's name from the environment is worth showing; a long run of letters and digits is not.
pub(super) fn looks_like_a_key(value: &str) -> bool {
    value.len() >= 20 && !value.contains(['.', '/', ':']) && value.contains(|c: char| c.is_ascii_digit())
}

pub(super) fn expand_strings(
    value: &mut Value,
    expand: &mut impl FnMut(&str) -> Result<String, Failure>,
) -> Result<(), Failure> {
    match value {
        Value::String(text) => *text = expand(text)?,
        Value::Array(items) => items.iter_mut().try_for_each(|item| expand_strings(item, expand))?,
        Value::Object(fields) => fields.values_mut().try_for_each(|field| expand_strings(field, expand))?,
        _ => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests;
