//! `steps:` → a pipeline whose templates and conditions name only steps that are there.

use indexmap::IndexMap;

use super::candidates::{one_of, prompt, refuse_strangers};
use super::checks::json::schema_at;
use super::{Written, prompts, reference, services};
use crate::diagnostic::Diagnostic;
use crate::suite::fields::Fields;
use crate::suite::keys;
use crate::suite::node::{At, Node, Value};
use crate::suite::reader::{Reader, remedy};
use crate::suite::{Action, Limits, ModelName, ModelSpec, Pipeline, Repeat, Route, StepSpec, template};

/// What a step may do.
const ACTIONS: [&str; 6] = ["prompt", "messages", "command", "http", "retrieve", "template"];

/// Rounds of one loop at most: more is a mistake rather than a wish.
const MOST_ROUNDS: u64 = 100;

pub fn read(
    candidate: &Fields<'_>,
    name: &str,
    written: &Written,
    models: &mut IndexMap<ModelName, ModelSpec>,
) -> Option<Pipeline> {
    let items = candidate.items("steps")?;
    if items.is_empty() {
        candidate.say(
            "steps",
            Diagnostic::new("`steps` has no step")
                .hint("for example `- {name: answer, prompt: prompts/answer.j2, model: writer}`"),
        );
        return None;
    }
    let names: Vec<String> = items.iter().map(|item| name_of(item).unwrap_or_default()).collect();
    let mut steps = Vec::new();
    let mut uses = Vec::new();
    for (at, item) in items.iter().enumerate() {
        let fields = Fields::open(candidate.reader, item, "a step", keys::STEP);
        let read = fields.and_then(|fields| step(&fields, name, &names[..at], written, models, &mut uses));
        steps.push(read);
    }
    let limits = limits(candidate);
    // A loop lets a step see those that come after it, from the second round on.
    let pipeline = steps.into_iter().collect::<Option<Vec<_>>>().map(|steps| Pipeline { steps, limits });
    for used in uses {
        let seen = pipeline.as_ref().map_or(names.len(), |pipeline| pipeline.sees(used.step));
        used.check(candidate.reader, &names, seen);
    }
    pipeline
}

impl Pipeline {
    /// How many steps, from the first on, one of them may see: those before it, and those of a loop that it is in.
    fn sees(&self, step: usize) -> usize {
        let ends = self.steps.iter().enumerate().filter_map(|(end, last)| {
            let repeat = last.repeat.as_ref()?;
            let from = self.steps.iter().position(|first| first.name == repeat.from)?;
            (from <= step && step <= end).then_some(end + 1)
        });
        ends.max().unwrap_or(step)
    }
}

/// A template or an expression that may name steps.
struct Use {
    step: usize,
    at: At,
    file: Option<String>,
    text: String,
    /// What has just been done can be looked at too.
    after: bool,
}

impl Use {
    fn check(&self, reader: Reader<'_>, names: &[String], seen: usize) {
        let seen = if self.after { seen.max(self.step + 1) } else { seen };
        for path in template::paths(&self.text) {
            let mut parts = path.split('.');
            let (Some("steps"), Some(name)) = (parts.next(), parts.next()) else { continue };
            if names.iter().take(seen).any(|known| known == name) {
                continue;
            }
            let file = self.file.as_ref().map(|file| format!("{file}: ")).unwrap_or_default();
            let own = names.get(self.step).map_or("", String::as_str);
            let message = match names.iter().any(|known| known == name) {
                true => format!("{file}the step `{own}` looks at `steps.{name}`, which is not done before it"),
                false => format!("{file}the step `{own}` looks at `steps.{name}`, and there is no such step"),
            };
            let hint = remedy(name, names.iter().take(seen).map(String::as_str), "it is the first step");
            reader.say(self.at, Diagnostic::new(message).hint(hint));
        }
    }
}

fn name_of(item: &Node) -> Option<String> {
    let Value::Map(entries) = &item.value else { return None };
    let (_, node) = entries.iter().find(|(key, _)| key.name == "name")?;
    node.scalar().map(str::to_string)
}

fn step(
    fields: &Fields<'_>,
    candidate: &str,
    before: &[String],
    written: &Written,
    models: &mut IndexMap<ModelName, ModelSpec>,
    uses: &mut Vec<Use>,
) -> Option<StepSpec> {
    let name = fields.text("name", "name: search");
    if let Some(name) = &name {
        if before.contains(name) {
            fields.say("name", Diagnostic::new(format!("two steps are called `{name}`")));
        }
        let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if !plain || name.starts_with(|c: char| c.is_ascii_digit()) {
            let diagnostic = Diagnostic::new(format!("`{name}` cannot be looked at as `steps.{name}`"));
            fields.say("name", diagnostic.hint("a step's name is made of letters, digits and `_`"));
        }
    }
    let at = before.len();
    let mut note = |node: &Node, file: Option<String>, text: String, after: bool| {
        uses.push(Use { step: at, at: node.at, file, text, after });
    };
    let source = one_of(fields, "a step", &ACTIONS, "{name: answer, prompt: prompts/answer.j2, model: writer}")?;
    refuse_strangers(fields, source);
    let whole = format!("{candidate}/{}", name.as_deref().unwrap_or_default());
    let node = fields.get(source)?;
    let action = match source {
        "command" | "http" => {
            services::templates(fields).into_iter().for_each(|(node, text)| note(node, None, text, false));
            services::read(fields, source, &whole, models).map(Action::Service)
        }
        "retrieve" => {
            let query = fields.get("query");
            query.into_iter().for_each(|node| note(node, None, node.scalar().unwrap_or_default().to_string(), false));
            services::retrieve(fields, &whole, models).map(Action::Service)
        }
        "template" => {
            let template = prompts::inline(fields.reader, node, "template");
            template.iter().for_each(|template| note(node, None, template.content.clone(), false));
            template.map(Action::Template)
        }
        _ => {
            let prompt = prompt(fields, source, written);
            let messages = prompt.iter().flat_map(|prompt| &prompt.messages);
            messages.for_each(|message| note(node, Some(message.file.clone()), message.content.clone(), false));
            prompt.map(Action::Prompt)
        }
    };
    if source != "retrieve" {
        for key in ["query", "k", "by"].into_iter().filter(|key| fields.has(key)) {
            fields.say(key, Diagnostic::new(format!("`{key}` goes with `retrieve`, not with `{source}`")));
        }
    }
    let mut condition = |fields: &Fields<'_>, key: &str, after: bool| {
        let node = fields.get(key)?;
        let text = expression(fields.reader, node, key)?;
        note(node, None, format!("{{{{ {text} }}}}"), after);
        Some(text)
    };
    let when = condition(fields, "when", false);
    let mut route = Vec::new();
    for item in fields.items("route").unwrap_or(&[]) {
        let Some(own) = Fields::open(fields.reader, item, "a route", keys::ROUTE) else { continue };
        own.required("when", "when: \"steps.plan.json.hard\"");
        let when = condition(&own, "when", false);
        let model = own.required("model", "model: strong");
        let model = model.and_then(|node| reference(own.reader, node, "model", "model", &written.models));
        route.extend(when.zip(model).map(|(when, model)| Route { when, model }));
    }
    if fields.has("route") && !matches!(source, "prompt" | "messages") {
        fields
            .say("route", Diagnostic::new(format!("`route` chooses the model of a prompt, and this is a `{source}`")));
    }
    let repeat = fields.get("repeat").and_then(|node| {
        let own = Fields::open(fields.reader, node, "`repeat`", keys::REPEAT)?;
        own.required("until", "until: \"steps.review.json.ok\"");
        own.required("max", "max: 3");
        let until = condition(&own, "until", true);
        let max = own.whole("max", 1, MOST_ROUNDS).and_then(|max| u32::try_from(max).ok());
        let own_name = name.clone().unwrap_or_default();
        let from = own.optional_text("from").unwrap_or_else(|| own_name.clone());
        if from != own_name && !before.contains(&from) {
            let diagnostic = Diagnostic::new(format!("`from` names `{from}`, which is no step up to this one"));
            own.say("from", diagnostic.hint(remedy(&from, before.iter().map(String::as_str), "leave it off")));
        }
        Some(Repeat { until: until?, max: max?, from })
    });
    Some(StepSpec { name: name?, action: action?, when, route, repeat, json: json(fields)? })
}

/// `json: true`, or a JSON Schema or the file of one. The outer `None` is a mistake.
fn json(fields: &Fields<'_>) -> Option<Option<serde_json::Value>> {
    match fields.get("json").map(|node| &node.value) {
        None | Some(Value::Bool(false)) => Some(None),
        Some(Value::Bool(true)) => Some(Some(serde_json::Value::Bool(true))),
        Some(_) => schema_at(fields, "json"),
    }
}

fn expression(reader: Reader<'_>, node: &Node, key: &str) -> Option<String> {
    let text = reader.scalar(node, key)?;
    if template::is_template(&text) {
        let diagnostic = Diagnostic::new(format!("`{key}` is an expression, without `{{{{ }}}}` around it"));
        reader.say(node.at, diagnostic);
        return None;
    }
    if let Err(fault) = template::compile(&format!("{{{{ {text} }}}}")) {
        let diagnostic = Diagnostic::new(format!("`{key}`: {}", fault.message));
        reader.say(node.at, Diagnostic { hint: fault.hint, ..diagnostic });
        return None;
    }
    prompts::check_inline(reader, node, &format!("{{{{ {text} }}}}"));
    Some(text)
}

fn limits(candidate: &Fields<'_>) -> Limits {
    let Some(fields) =
        candidate.get("limits").and_then(|node| Fields::open(candidate.reader, node, "`limits`", keys::LIMITS))
    else {
        return Limits::default();
    };
    Limits {
        calls: fields.whole("calls", 1, 1_000_000).and_then(|n| u32::try_from(n).ok()),
        tokens: fields.whole("tokens", 1, u64::MAX),
        usd: fields.number("usd", "US dollars, more than 0", |usd| usd > 0.0),
        time: fields.duration("time"),
    }
}
