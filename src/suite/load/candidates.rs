//! `candidates:` → the versions that are measured, with the text of their prompts.

use indexmap::IndexMap;

use super::{Written, named, prompts, reference, services, steps};
use crate::diagnostic::Diagnostic;
use crate::suite::fields::Fields;
use crate::suite::keys;
use crate::suite::node::Node;
use crate::suite::{CandidateName, CandidateSource, CandidateSpec, ModelName, ModelSpec, Prompt, Role};

const EXAMPLE: &str = "candidates: {v1: {prompt: prompts/v1.j2, model: writer}}";

pub fn read(
    suite: &Fields<'_>,
    written: &Written,
    models: &mut IndexMap<ModelName, ModelSpec>,
) -> IndexMap<CandidateName, CandidateSpec> {
    let candidates = named(suite, "candidates", |name, node| {
        // Human labels name the preferred candidate, or say `tie`.
        if name == "tie" {
            suite.reader.say(node.owner, Diagnostic::new("no candidate can be called `tie`: labels use the word"));
        }
        let source = candidate(suite, name, node, written, models)?;
        Some(CandidateSpec { source })
    });
    if suite.required("candidates", EXAMPLE).is_some() && written.candidates.is_empty() {
        suite.say("candidates", Diagnostic::new("a suite needs a candidate").hint(format!("for example `{EXAMPLE}`")));
    }
    candidates
}

fn candidate(
    suite: &Fields<'_>,
    name: &str,
    node: &Node,
    written: &Written,
    models: &mut IndexMap<ModelName, ModelSpec>,
) -> Option<CandidateSource> {
    let fields = Fields::open(suite.reader, node, "a candidate", keys::CANDIDATE)?;
    let source = one_of(&fields, "a candidate", &SOURCES, "{prompt: prompts/v1.j2, model: writer}")?;
    refuse_strangers(&fields, source);
    if source != "steps" && fields.has("limits") {
        fields.say("limits", Diagnostic::new("`limits` go with `steps`, whose loops they bound"));
    }
    match source {
        "outputs" => {
            if fields.has("model") {
                fields.say("model", Diagnostic::new("a candidate with `outputs` asks no model"));
            }
            let node = fields.get("outputs")?;
            let path = fields.reader.text(node, "outputs")?;
            fields.reader.expect_file(node, &path);
            Some(CandidateSource::Outputs(path))
        }
        "command" | "http" => services::read(&fields, source, name, models).map(CandidateSource::Service),
        "steps" => steps::read(&fields, name, written, models).map(CandidateSource::Steps),
        _ => prompt(&fields, source, written).map(CandidateSource::Prompt),
    }
}

/// What a candidate may be made of.
const SOURCES: [&str; 6] = ["prompt", "messages", "outputs", "command", "http", "steps"];

/// The one key of several that says what a candidate or a step is made of.
pub fn one_of(fields: &Fields<'_>, what: &str, keys: &[&'static str], example: &str) -> Option<&'static str> {
    let sources: Vec<&'static str> = keys.iter().copied().filter(|key| fields.has(key)).collect();
    match sources.as_slice() {
        [one] => Some(*one),
        [] if fields.has_unknown() => None,
        [] => {
            let (last, first) = keys.split_last()?;
            let first = first.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ");
            let diagnostic = Diagnostic::new(format!("{what} needs {first} or `{last}`"));
            fields.reader.say(fields.at, diagnostic.hint(format!("for example `{example}`")));
            None
        }
        several => {
            let named: Vec<String> = several.iter().map(|key| format!("`{key}`")).collect();
            let message = format!("{what} has only one of {}", named.join(" and "));
            fields.reader.say(fields.at, Diagnostic::new(message));
            None
        }
    }
}

/// Says which keys stand there that go with another source.
pub fn refuse_strangers(fields: &Fields<'_>, source: &str) {
    if source != "prompt" && fields.has("system") {
        let diagnostic = Diagnostic::new(format!("`system` goes with `prompt`, not with `{source}`"));
        let hint =
            if source == "messages" { "a file of messages holds its own `role: system`" } else { "leave it off" };
        fields.say("system", diagnostic.hint(hint));
    }
    if source != "command" {
        for key in keys::COMMAND.iter().filter(|key| fields.has(key)) {
            let diagnostic = Diagnostic::new(format!("`{key}` goes with `command`, not with `{source}`"));
            fields.say(
                key,
                match (source, *key) {
                    ("http", "timeout") => diagnostic.hint("it stands within: `http: {url: …, timeout: 30s}`"),
                    ("prompt" | "messages", "timeout") => diagnostic.hint("it stands in the model"),
                    _ => diagnostic,
                },
            );
        }
    }
    if matches!(source, "command" | "http" | "steps" | "template") && fields.has("model") {
        let diagnostic = Diagnostic::new(format!("`model` goes with `prompt` or `messages`, not with `{source}`"));
        fields.say("model", diagnostic);
    }
}

/// A prompt, and the model that it goes to.
pub fn prompt(fields: &Fields<'_>, source: &str, written: &Written) -> Option<Prompt> {
    let model = fields.required("model", "model: writer");
    let model: Option<ModelName> =
        model.and_then(|node| reference(fields.reader, node, "model", "model", &written.models));
    let prompt = if source == "messages" {
        prompts::messages(fields)
    } else {
        // Both are read before either is given up, so that the mistakes of both are found.
        let system = fields.get("system").map(|_| prompts::one(fields, "system", Role::System));
        let user = prompts::one(fields, "prompt", Role::User);
        match (system, user) {
            (None, user) => user.map(|(message, file)| (vec![message], vec![file])),
            (Some(Some((system, system_file))), Some((user, file))) => {
                Some((vec![system, user], vec![system_file, file]))
            }
            _ => None,
        }
    };
    let (messages, files) = prompt?;
    Some(Prompt { messages, files, model: model? })
}
