//! `candidates:` → the versions that are measured, with the text of their prompts.

use indexmap::IndexMap;

use super::{Written, named, prompts, reference};
use crate::diagnostic::Diagnostic;
use crate::suite::fields::Fields;
use crate::suite::keys;
use crate::suite::node::Node;
use crate::suite::{CandidateName, CandidateSource, CandidateSpec, ModelName, Prompt, Role};

const EXAMPLE: &str = "candidates: {v1: {prompt: prompts/v1.j2, model: writer}}";

pub fn read(suite: &Fields<'_>, written: &Written) -> IndexMap<CandidateName, CandidateSpec> {
    let candidates = named(suite, "candidates", |name, node| {
        // Human labels name the preferred candidate, or say `tie`.
        if name == "tie" {
            suite.reader.say(node.owner, Diagnostic::new("no candidate can be called `tie`: labels use the word"));
        }
        candidate(suite, node, written)
    });
    if suite.required("candidates", EXAMPLE).is_some() && written.candidates.is_empty() {
        suite.say("candidates", Diagnostic::new("a suite needs a candidate").hint(format!("for example `{EXAMPLE}`")));
    }
    candidates
}

fn candidate(suite: &Fields<'_>, node: &Node, written: &Written) -> Option<CandidateSpec> {
    let fields = Fields::open(suite.reader, node, "a candidate", keys::CANDIDATE)?;
    let sources: Vec<&str> = ["prompt", "messages", "outputs"].into_iter().filter(|key| fields.has(key)).collect();
    let source = match sources.as_slice() {
        [one] => *one,
        [] if fields.has_unknown() => return None,
        [] => {
            let diagnostic = Diagnostic::new("a candidate needs `prompt`, `messages` or `outputs`");
            fields.reader.say(fields.at, diagnostic.hint("for example `{prompt: prompts/v1.j2, model: writer}`"));
            return None;
        }
        several => {
            let named: Vec<String> = several.iter().map(|key| format!("`{key}`")).collect();
            fields
                .reader
                .say(fields.at, Diagnostic::new(format!("a candidate has only one of {}", named.join(" and "))));
            return None;
        }
    };
    if source != "prompt" && fields.has("system") {
        let diagnostic = Diagnostic::new(format!("`system` goes with `prompt`, not with `{source}`"));
        fields.say("system", diagnostic.hint("a file of messages holds its own `role: system`"));
    }
    if source == "outputs" {
        if fields.has("model") {
            fields.say("model", Diagnostic::new("a candidate with `outputs` asks no model"));
        }
        let node = fields.get("outputs")?;
        let path = fields.reader.text(node, "outputs")?;
        fields.reader.expect_file(node, &path);
        return Some(CandidateSpec { source: CandidateSource::Outputs(path) });
    }
    let model = fields.required("model", "model: writer");
    let model: Option<ModelName> =
        model.and_then(|node| reference(fields.reader, node, "model", "model", &written.models));
    let prompt = if source == "messages" {
        prompts::messages(&fields)
    } else {
        // Both are read before either is given up, so that the mistakes of both are found.
        let system = fields.get("system").map(|_| prompts::one(&fields, "system", Role::System));
        let user = prompts::one(&fields, "prompt", Role::User);
        match (system, user) {
            (None, user) => user.map(|(message, file)| (vec![message], vec![file])),
            (Some(Some((system, system_file))), Some((user, file))) => {
                Some((vec![system, user], vec![system_file, file]))
            }
            _ => None,
        }
    };
    let (messages, files) = prompt?;
    Some(CandidateSpec { source: CandidateSource::Prompt(Prompt { messages, files, model: model? }) })
}
