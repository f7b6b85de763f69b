//! A request to a model → the key of its reply: whatever may change the answer, and nothing that is secret.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::model::endpoint::{expand_strings, is_for_keys, looks_like_a_key, url_of};
use crate::model::wire::Wire;
use crate::model::{Ask, Request, environment};
use crate::suite::environment::Unexpanded;
use crate::suite::{Lookup, ModelSpec, Structured};

/// Names a request and its sample. Two requests share a key only where the same answer is right for both.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Key(pub [u8; 32]);

/// Changes whenever the same request would get another key, or another body under the same one: the key is made of what a
/// body is made of, which is cheaper than the body.
const CONTEXT: &str = "karat 2026 key of a cached reply, version 3";

/// What all requests to one model have in common.
#[derive(Debug, Clone)]
pub(super) struct Identity {
    model: String,
    structured: Structured,
    /// Has taken in the wire format, the address, the headers, the model and its parameters.
    begun: blake3::Hasher,
}

impl Identity {
    /// `None` where the suite or the environment lacks something that a request needs, which is told elsewhere.
    ///
    /// A value from the environment that looks like a key is taken by its name: a key that is changed does not change
    /// the answers, and none must be found in a digest.
    pub(super) fn new(spec: &ModelSpec, wire: &'static Wire, environment: Lookup<'_>) -> Option<Self> {
        let without_keys = |name: &str| {
            let value = environment(name)?;
            Some(if looks_like_a_key(&value) { name.to_string() } else { value })
        };
        let expand = |text: &str| environment::expand(text, &without_keys).map(|expanded| expanded.text);
        let named = |(name, value): (&String, &String), is_key: bool| -> Result<_, Unexpanded> {
            // Of what is a key by its name, only that it is sent.
            Ok((name.to_lowercase(), if is_key { String::new() } else { expand(value)?.trim().to_string() }))
        };
        let model = spec.model.as_deref().map(expand).transpose().ok()?.unwrap_or_default();
        let base = expand(spec.base_url.as_deref().unwrap_or(wire.base_url)).ok()?;
        let mut url = url_of(spec, &base, &(wire.path)(&model)).ok()?;
        // Both fail only for addresses that cannot have a user in the first place.
        let _ = url.set_username("");
        let _ = url.set_password(None);
        let query = spec.query.iter().map(|pair| named(pair, is_for_keys(&pair.0.to_lowercase())));
        let query = query.collect::<Result<Vec<_>, _>>().ok()?;
        let fixed = wire.headers.iter().map(|(name, value)| Ok(((*name).to_string(), (*value).to_string())));
        let own = spec.headers.iter().map(|pair| named(pair, is_for_keys(&pair.0.to_lowercase())));
        let headers = fixed.chain(own).collect::<Result<BTreeMap<_, _>, _>>().ok()?;
        let mut params = Value::Object(spec.params.clone());
        let mut unset = false;
        let expanded = expand_strings(&mut params, &mut |text| {
            Ok(expand(text).unwrap_or_else(|_| {
                unset = true;
                String::new()
            }))
        });
        if unset || expanded.is_err() {
            return None;
        }
        let mut begun = blake3::Hasher::new_derive_key(CONTEXT);
        let common = serde_json::to_vec(&(spec.provider, url.as_str(), query, headers, &model, params)).ok()?;
        begun.update(&(common.len() as u64).to_le_bytes()).update(&common);
        if let Some(service) = &spec.service {
            begun.update(&serde_json::to_vec(service).ok()?);
        }
        // By default a verdict is asked for by schema.
        let structured = if spec.structured == Structured::Auto { Structured::Schema } else { spec.structured };
        Some(Self { model, structured, begun })
    }

    /// The key of one request. The form of a verdict is the one that is configured: whether a server once refused it does
    /// not change keys.
    pub(super) fn key(&self, request: &Request) -> Key {
        let (sample, verdict_sample) = match request.ask {
            Ask::Output { sample, .. } => (sample, 0),
            // Each round is a draw of its own.
            Ask::Step { sample, round, .. } => (sample, round),
            Ask::Score { sample, verdict_sample, .. } | Ask::Preference { sample, verdict_sample, .. } => {
                (sample, verdict_sample)
            }
        };
        let mut hasher = self.begun.clone();
        hasher.update(&sample.to_le_bytes()).update(&verdict_sample.to_le_bytes());
        hasher.update(request.content());
        // Without a schema nothing is asked for in any form.
        if request.schema().is_some() {
            hasher.update(&[self.structured as u8]);
        }
        Key(*hasher.finalize().as_bytes())
    }

    /// The model's name at its provider.
    pub(super) fn model(&self) -> &str {
        &self.model
    }
}
