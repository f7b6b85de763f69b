//! `user:` → the person whom a model plays, and candidates that are talked with.

use indexmap::IndexMap;

use super::{Written, prompts, reference};
use crate::diagnostic::Diagnostic;
use crate::suite::fields::Fields;
use crate::suite::keys;
use crate::suite::{
    CandidateName, CandidateSource, CandidateSpec, MessageTemplate, MetricName, MetricSpec, Role, Scorer, Speaker,
    Talk, UserSpec,
};

/// Turns of a candidate, where the suite does not say.
const TURNS: u32 = 6;

/// Turns at most: more is a mistake rather than a wish.
const MOST_TURNS: u64 = 50;

/// What the person writes to end the conversation, where the suite does not say.
const STOP: &str = "[end]";

/// Reads the person, where the suite has one.
pub fn read(suite: &Fields<'_>, written: &Written) -> Option<UserSpec> {
    let fields = Fields::open(suite.reader, suite.get("user")?, "`user`", keys::USER)?;
    let model = fields.required("model", "model: shopper");
    let model = model.and_then(|node| reference(fields.reader, node, "model", "model", &written.models));
    let turns = fields.whole("turns", 1, MOST_TURNS).and_then(|n| u32::try_from(n).ok()).unwrap_or(TURNS);
    let stop = fields.optional_text("stop").unwrap_or_else(|| STOP.to_string());
    if stop.trim().is_empty() {
        fields.say("stop", Diagnostic::new("`stop` is what the person writes to end the conversation"));
    }
    let mut file = None;
    let role = if fields.has("prompt") {
        for key in ["persona", "goal"].into_iter().filter(|key| fields.has(key)) {
            let diagnostic =
                Diagnostic::new(format!("`{key}` goes into karat's own prompt, and `prompt` stands in its place"));
            fields.say(key, diagnostic.hint("write it into the file"));
        }
        prompts::one(&fields, "prompt", Role::System).map(|(template, read)| {
            file = Some(read);
            template
        })
    } else {
        let part = |key: &str| match fields.get(key) {
            Some(node) => prompts::inline(fields.reader, node, key).map(|template| template.content),
            None => Some(String::new()),
        };
        let (persona, goal) = (part("persona"), part("goal"));
        persona.zip(goal).map(|(persona, goal)| MessageTemplate {
            role: Role::System,
            content: own_words(&persona, &goal, &stop),
            file: fields.reader.source.file.clone(),
            line: fields.get("persona").or_else(|| fields.get("goal")).map_or(1, |node| node.at.line),
        })
    };
    Some(UserSpec { model: model?, role: role?, file, turns, stop })
}

/// What the model is told that plays the person. Without a goal, the input of the case is it.
fn own_words(persona: &str, goal: &str, stop: &str) -> String {
    let goal = if goal.trim().is_empty() { "{{ input }}" } else { goal };
    let persona = if persona.trim().is_empty() { String::new() } else { format!("Who you are: {persona}\n") };
    format!(
        "You play a person who writes to an assistant. You are not the assistant, and you never answer for it.\n\n\
         {persona}What you want: {goal}\n\n\
         Write only what this person writes next: one short message in plain words. Do not say everything at once; tell \
         what you are asked for, and make nothing up that was not said here. When you have what you want, or see that \
         you will not get it, write {stop} and nothing else."
    )
}

/// Puts the person before every candidate that can be talked with, and the conversation before every judge.
pub fn seat(
    suite: &Fields<'_>,
    user: &UserSpec,
    candidates: &mut IndexMap<CandidateName, CandidateSpec>,
    metrics: &mut IndexMap<MetricName, MetricSpec>,
) {
    for (name, spec) in candidates.iter_mut() {
        let with = match &spec.source {
            CandidateSource::Prompt(prompt) => Speaker::Prompt(prompt.clone()),
            CandidateSource::Service(model) => Speaker::Service(model.clone()),
            CandidateSource::Steps(_) => {
                let diagnostic =
                    Diagnostic::new(format!("the candidate `{name}` is made of steps, and no person talks with steps"));
                suite.say("user", diagnostic.hint("a person talks with a prompt, a `command` or an `http` endpoint"));
                continue;
            }
            // What exists already was said before.
            CandidateSource::Outputs(_) | CandidateSource::Talk(_) => continue,
        };
        spec.source = CandidateSource::Talk(Box::new(Talk { with, user: user.clone() }));
    }
    for metric in metrics.values_mut() {
        if let Scorer::Rubric(judged) = &mut metric.scorer {
            judged.rubric.shows.messages = true;
        }
    }
}
