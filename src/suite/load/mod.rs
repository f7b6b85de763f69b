//! karat.yaml and the files it names → a [`Suite`], or every mistake in them at once.

use std::path::Path;

use super::fields::Fields;
use super::files;
use super::keys;
use super::node::Node;
use super::reader::{Folder, Lookup, Reader, Source, remedy};
use super::{CandidateName, MetricName, ModelName, Suite};
use crate::diagnostic::{Diagnostic, Diagnostics};

mod budget;
mod cache;
mod candidates;
mod checklist;
pub(super) mod checks;
mod controls;
mod dataset;
mod fitting;
mod gate;
mod judges;
mod logprobs;
mod metrics;
mod models;
mod pairs;
mod pattern;
mod prompts;
mod ranking;
mod reply;
mod rubric;
mod rules;
mod scale;
mod sequential;
mod services;
mod steps;
#[cfg(test)]
pub(super) mod tests;
mod user;

/// Reads a suite. `lookup` answers for environment variables; what it says is not kept, only asked whether it is there.
///
/// # Errors
/// Every mistake of karat.yaml and of the rubrics, prompts and message files that it names, each with its place.
pub fn load(path: &Path, lookup: Lookup<'_>) -> Result<Suite, Diagnostics> {
    read(path, lookup, true)
}

/// The same, for a use of the suite that needs none of its data: the dataset, outputs that exist already and recorded
/// replies need not be there.
///
/// # Errors
/// As above.
pub fn load_without_data(path: &Path, lookup: Lookup<'_>) -> Result<Suite, Diagnostics> {
    read(path, lookup, false)
}

fn read(path: &Path, lookup: Lookup<'_>, with_data: bool) -> Result<Suite, Diagnostics> {
    let shown = path.display().to_string();
    let bytes = std::fs::read(path).map_err(|error| files::unreadable(&shown, path, &error))?;
    let text =
        files::decode(bytes).map_err(|line| Diagnostic::new(format!("`{shown}` is not UTF-8 in line {line}")))?;
    let root = path.parent().unwrap_or(Path::new("")).to_path_buf();
    let file = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();

    let folder = Folder::new(root.clone(), lookup, with_data);
    let source = Source { file: shown.clone(), text };
    let reader = Reader { folder: &folder, source: &source };
    let suite = reader.yaml().and_then(|node| suite(reader, &node));
    let mistakes = folder.into_mistakes(&shown);
    match suite {
        Some(suite) => mistakes.into_result(Suite { root, file, ..suite }),
        None => Err(mistakes),
    }
}

fn suite(reader: Reader<'_>, node: &Node) -> Option<Suite> {
    let fields = Fields::open(reader, node, "a suite", keys::SUITE)?;
    let name = fields.text("name", "name: support-answers");
    let description = fields.optional_text("description");
    let dataset = dataset::read(&fields);
    let written = Written::of(&fields);
    let mut models = models::read(&fields, &written);
    let mut candidates = candidates::read(&fields, &written, &mut models);
    let mut metrics = metrics::read(&fields, &written, &mut models);
    if let Some(user) = user::read(&fields, &written) {
        user::seat(&fields, &user, &mut candidates, &mut metrics);
    }
    fitting::check(&fields, &models, &candidates, &metrics);
    let repeat = u32::try_from(fields.whole("repeat", 1, 1000).unwrap_or(1)).unwrap_or(u32::MAX);
    let gate = gate::read(&fields, &written, &metrics, repeat);
    let canaries = controls::canaries(&fields, &metrics);
    let ranking = ranking::read(&fields, &written, &metrics);
    let anchors = controls::anchors(&fields, &metrics);
    controls::needed(&fields, gate.as_ref().map(|(gate, _)| gate), anchors.as_ref());
    let seed = fields.whole("seed", 0, u64::MAX).unwrap_or(0);
    let max_error_rate = gate::max_error_rate(&fields);
    let budget_usd = budget::read(&fields);
    let cache = cache::read(&fields);
    let (gate, gate_rate) = gate.map_or((None, None), |(gate, rate)| (Some(gate), rate));
    Some(Suite {
        name: name?,
        description,
        root: Path::new("").to_path_buf(),
        file: String::new(),
        dataset: dataset?,
        models,
        candidates,
        metrics,
        gate,
        canaries,
        ranking,
        anchors,
        seed,
        repeat,
        max_error_rate: gate_rate.or(max_error_rate).unwrap_or(0.02),
        budget_usd,
        cache,
    })
}

/// The names that a suite gives, whether or not what stands behind them is right: what a reference may name.
struct Written {
    models: Vec<ModelName>,
    candidates: Vec<CandidateName>,
    metrics: Vec<MetricName>,
}

impl Written {
    fn of(fields: &Fields<'_>) -> Self {
        fn names<T: From<String>>(fields: &Fields<'_>, key: &str) -> Vec<T> {
            use super::node::Value;
            match fields.get(key).map(|node| &node.value) {
                Some(Value::Map(entries)) => entries.iter().map(|(key, _)| T::from(key.name.clone())).collect(),
                _ => Vec::new(),
            }
        }
        Self {
            models: names(fields, "models"),
            candidates: names(fields, "candidates"),
            metrics: names(fields, "metrics"),
        }
    }
}

/// Reads a map of things that the user names, leaving out those that are wrong.
fn named<K: From<String> + std::hash::Hash + Eq, T>(
    fields: &Fields<'_>,
    key: &str,
    mut read: impl FnMut(&str, &Node) -> Option<T>,
) -> indexmap::IndexMap<K, T> {
    let mut all = indexmap::IndexMap::new();
    for (name, node) in fields.names(key) {
        let bad =
            name.name.trim().is_empty() || name.name.trim() != name.name || name.name.chars().any(char::is_control);
        if bad {
            let words = format!("`{}` cannot be a name", name.name.escape_debug());
            let rule = "a name is not empty, has no blank at its ends and no control character in it";
            fields.reader.say(name.at, Diagnostic::new(words).hint(rule));
        }
        if let Some(value) = read(&name.name, node) {
            all.insert(K::from(name.name.clone()), value);
        }
    }
    all
}

/// Reads the name of something written elsewhere in the suite, and says so where it is not there.
fn reference<T: From<String>>(
    reader: Reader<'_>,
    node: &Node,
    key: &str,
    kind: &str,
    known: &[impl AsRef<str>],
) -> Option<T> {
    let name = reader.scalar(node, key)?;
    if known.iter().any(|k| k.as_ref() == name) {
        return Some(T::from(name));
    }
    if known.is_empty() && kind != "model" {
        // That there are none at all has been said; that none of them has this name goes without saying.
        return None;
    }
    let hint = remedy(&name, known.iter().map(AsRef::as_ref), "the suite has no `models`");
    reader.say(node.at, Diagnostic::new(format!("there is no {kind} `{name}`")).hint(hint));
    None
}
