//! A model of the suite and the environment → where its requests go, with which headers.

use std::time::Duration;

use reqwest::Url;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;

use super::environment;
use super::secret::{Redactor, Secret};
use super::wire::Wire;
use super::{Failure, FailureKind, Params};
use crate::suite::environment::Unexpanded;
use crate::suite::{Lookup, ModelName, ModelSpec};

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
        let mut secrets = Vec::new();
        let model = spec.model.as_deref().map(expand).transpose()?.map(|model| model.text).unwrap_or_default();

        let base = expand(spec.base_url.as_deref().unwrap_or(wire.base_url))?;
        secrets.extend(base.values.into_iter().filter(|value| looks_like_a_key(value)).map(Secret::new));
        let mut url = address(&base.text, &(wire.path)(&model)).map_err(rejected)?;
        secrets.extend(url.password().map(Secret::new));
        for (key, value) in &spec.query {
            let value = expand(value)?;
            url.query_pairs_mut().append_pair(key, &value.text);
            secrets.extend(value.values.into_iter().map(Secret::new));
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
            if !value.values.is_empty() || is_for_keys(&header) {
                sent.set_sensitive(true);
                secrets.push(Secret::new(value.text.trim()));
                secrets.extend(value.values.iter().map(|value| Secret::new(value.trim())));
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
            secrets.push(key);
        }

        let mut params = Value::Object(spec.params.clone());
        expand_strings(&mut params, &mut |text| {
            let expanded = expand(text)?;
            secrets.extend(expanded.values.into_iter().filter(|value| looks_like_a_key(value)).map(Secret::new));
            Ok(expanded.text)
        })?;
        let Value::Object(params) = params else { return Err(rejected("`params` is not a mapping".to_string())) };

        let redactor = Redactor::new(secrets);
        let shown = redactor.words(&without_secrets(&url));
        Ok(Self { wire, url, shown, headers, redactor, timeout: spec.timeout, model, params })
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
fn is_for_keys(header: &HeaderName) -> bool {
    let name = header.as_str();
    ["auth", "key", "token", "secret", "cookie"].iter().any(|word| name.contains(word))
}

/// A host or a model's name from the environment is worth showing; a long run of letters and digits is not.
fn looks_like_a_key(value: &str) -> bool {
    value.len() >= 20 && !value.contains(['.', '/', ':']) && value.contains(|c: char| c.is_ascii_digit())
}

fn expand_strings(value: &mut Value, expand: &mut impl FnMut(&str) -> Result<String, Failure>) -> Result<(), Failure> {
    match value {
        Value::String(text) => *text = expand(text)?,
        Value::Array(items) => items.iter_mut().try_for_each(|item| expand_strings(item, expand))?,
        Value::Object(fields) => fields.values_mut().try_for_each(|field| expand_strings(field, expand))?,
        _ => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn endpoint(spec: Value) -> Result<Endpoint, Failure> {
        let mut whole =
            json!({"provider": "openai", "structured": "auto", "timeout": {"secs": 60, "nanos": 0}, "max_attempts": 6});
        whole.as_object_mut().unwrap().extend(spec.as_object().unwrap().clone());
        let lookup = |name: &str| match name {
            "OPENAI_API_KEY" => Some("sk-default-0123456789\n".to_string()),
            "MINE" => Some("mine-0123456789abcdef0123".to_string()),
            "HOST" => Some("gateway.example".to_string()),
            "EMPTY" => Some(String::new()),
            _ => None,
        };
        let spec: ModelSpec = serde_json::from_value(whole).unwrap();
        Endpoint::new(&"writer".into(), &spec, Wire::of(spec.provider).unwrap(), &lookup)
    }

    #[test]
    fn the_defaults_are_openai_s_own() {
        let found = endpoint(json!({})).unwrap();
        assert_eq!(found.url.as_str(), "https://api.openai.com/v1/chat/completions");
        assert_eq!(found.headers[AUTHORIZATION], "Bearer sk-default-0123456789");
        assert!(!format!("{found:?}").contains("sk-default"));
    }

    #[test]
    fn a_server_of_one_s_own_gets_no_key_unless_one_is_named() {
        let found = endpoint(json!({"base_url": "http://${HOST}:8000/v1/"})).unwrap();
        assert_eq!(found.shown, "http://gateway.example:8000/v1/chat/completions");
        assert!(!found.headers.contains_key(AUTHORIZATION));
        let found =
            endpoint(json!({"base_url": "http://localhost/v1/chat/completions", "api_key_env": "MINE"})).unwrap();
        assert_eq!(found.shown, "http://localhost/v1/chat/completions");
        assert_eq!(found.headers[AUTHORIZATION], "Bearer mine-0123456789abcdef0123");
    }

    #[test]
    fn azure_takes_a_query_and_a_header() {
        let found = endpoint(json!({
            "base_url": "https://me:pa55word@x.example/openai/deployments/d?a=1",
            "query": {"api-version": "2024-10-21"},
            "headers": {"api-key": "${MINE}"},
            "params": {"user": "${HOST}", "stop": ["${HOST}", 1]},
        }))
        .unwrap();
        assert_eq!(found.url.query(), Some("a=1&api-version=2024-10-21"));
        assert_eq!(found.shown, "https://x.example/openai/deployments/d/chat/completions");
        assert_eq!(
            Value::Object(found.params.clone()),
            json!({"user": "gateway.example", "stop": ["gateway.example", 1]})
        );
        assert!(!format!("{found:?}").contains("mine-0123"), "{found:?}");
        assert_eq!(found.redactor.words("mine-0123456789abcdef0123 pa55word"), "*** ***");
    }

    #[test]
    fn what_is_lacking_is_named() {
        let wrong = |spec| {
            let failure = endpoint(spec).unwrap_err();
            (failure.kind, failure.message)
        };
        let lacks = "model `writer`: the environment variable `NO_KEY` is not set; set it in the environment, or in a file given by `--env-file`";
        assert_eq!(wrong(json!({"api_key_env": "NO_KEY"})), (FailureKind::Authentication, lacks.to_string()));
        assert_eq!(
            wrong(json!({"headers": {"api-key": "${NO_KEY}"}})),
            (FailureKind::Authentication, lacks.to_string())
        );
        assert_eq!(wrong(json!({"api_key_env": "EMPTY"})).0, FailureKind::Authentication);
        for spec in [
            json!({"base_url": "localhost:11434/v1"}),
            json!({"base_url": "ftp://x.example/v1"}),
            json!({"base_url": "no address"}),
            json!({"headers": {"bad name": "x"}}),
            json!({"headers": {"x": "a\u{0}b"}}),
            json!({"params": {"n": 2}}),
        ] {
            let (kind, message) = wrong(spec);
            assert_eq!(kind, FailureKind::Rejected);
            assert!(message.starts_with("model `writer`: "), "{message}");
        }
    }
}
