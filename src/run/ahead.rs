//! A step that looks at earlier steps → what it is sent at most, before anything was answered.
//!
//! What came of each earlier step is put in as one mark, and the marks are counted where the template wrote them: each stands
//! for as many tokens as that step may write. That holds for templates that write things down. One that chooses, computes or
//! looks into JSON may go another way than it does here, and has no most.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::corpora::Volume;
use crate::dataset::Case;
use crate::model::Message;
use crate::suite::{Action, MessageTemplate, ModelName, ModelSpec, Pipeline, Service, StepSpec, template};

/// The first of the characters that stand for what is not known; nobody writes in them.
const MARKS: u32 = 0xF_0000;

/// What is known of the models and corpora that steps ask.
pub(super) struct Known<'a> {
    pub models: &'a indexmap::IndexMap<ModelName, ModelSpec>,
    pub corpora: &'a [Volume],
    /// Tokens that a model may write in one reply.
    pub limit: &'a dyn Fn(&ModelSpec) -> Option<u64>,
}

/// The messages of a step with nothing in the places of what is not known, and the tokens that may stand there at most;
/// `None` where that has no bound.
pub(super) fn at_most(
    pipeline: &Pipeline,
    step: &StepSpec,
    templates: &[MessageTemplate],
    case: &Case,
    known: &Known<'_>,
) -> Option<(Vec<Message>, u64)> {
    if !templates.iter().all(|template| only_writes(&template.content)) {
        return None;
    }
    let question = case.question();
    let mut variables = template::prompt_variables(question.input, question.context, &question.messages);
    variables.insert("round".to_string(), u32::MAX.into());
    let (mut steps, mut marks) = (Map::new(), BTreeMap::new());
    for (at, earlier) in pipeline.steps.iter().enumerate() {
        if earlier.name == step.name {
            break;
        }
        variables.insert("steps".to_string(), Value::Object(steps.clone()));
        let told = came_of(earlier, at, &variables, known, &mut marks);
        steps.insert(earlier.name.clone(), told?);
    }
    variables.insert("steps".to_string(), Value::Object(steps));
    let mut ahead = 0_u64;
    let mut messages = Vec::new();
    for (role, filled) in template::render(templates, &variables).ok()? {
        for mark in filled.chars().filter(|c| is_mark(*c)) {
            ahead = ahead.saturating_add((*marks.get(&mark)?)?);
        }
        messages.push(Message { role, content: filled.replace(is_mark, "") });
    }
    Some((messages, ahead))
}

/// What later steps see of one step. The outer `None`: a template before it has no most itself.
fn came_of(
    step: &StepSpec,
    at: usize,
    variables: &Map<String, Value>,
    known: &Known<'_>,
    marks: &mut BTreeMap<char, Option<u64>>,
) -> Option<Value> {
    let mut mark = |nth: u32, most: Option<u64>| {
        let mark = u32::try_from(at).ok().and_then(|at| char::from_u32(MARKS + 2 * at + nth))?;
        marks.insert(mark, most);
        Some(mark.to_string())
    };
    let told = |output: String, contexts: Value| json!({"output": output, "round": u32::MAX, "contexts": contexts});
    match &step.action {
        Action::Template(text) => {
            let filled = only_writes(&text.content).then(|| template::render(std::slice::from_ref(text), variables));
            let filled = filled?.ok()?;
            Some(told(filled.into_iter().map(|(_, text)| text).collect(), json!([])))
        }
        Action::Prompt(_) => {
            let limits = step.models().map(|name| (known.limit)(known.models.get(name)?));
            let most = limits.collect::<Option<Vec<u64>>>().and_then(|limits| limits.into_iter().max());
            Some(told(mark(0, most)?, json!([])))
        }
        Action::Service(name) => match known.models.get(name).and_then(|spec| spec.service.as_deref()) {
            Some(Service::Retrieve(retrieve)) => {
                let corpus = known.corpora.iter().find(|volume| volume.corpus == retrieve.corpus);
                let (text, id) = (mark(0, corpus.map(|c| c.longest_text))?, mark(1, corpus.map(|c| c.longest_id))?);
                let passage = json!({"id": id, "text": text, "score": -0.123_456_789_012_345_6});
                let output = vec![text; retrieve.k].join("\n\n");
                Some(told(output, vec![passage; retrieve.k].into()))
            }
            // What a system of the user's own writes has no bound that is known.
            _ => Some(told(mark(0, None)?, json!([]))),
        },
    }
}

fn is_mark(c: char) -> bool {
    ('\u{F0000}'..='\u{FFFFD}').contains(&c)
}

/// Whether a template only writes down what it is given: `{{ a.b }}` and `{% for x in a.b %}`, and of a step neither its JSON
/// nor its error, whose lengths are not known.
fn only_writes(template: &str) -> bool {
    let is_path = |text: &str| {
        let mut parts = text.split('.');
        let named =
            |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || "_[]".contains(c));
        parts.clone().all(named) && !(parts.next() == Some("steps") && matches!(parts.nth(1), Some("json" | "error")))
    };
    let mut rest = template;
    while let Some(at) = rest.find('{') {
        let tag = &rest[at..];
        let close = match tag.as_bytes().get(1) {
            Some(b'{') => "}}",
            Some(b'%') => "%}",
            Some(b'#') => "#}",
            _ => {
                rest = &tag[1..];
                continue;
            }
        };
        let Some((inner, after)) = tag[2..].split_once(close) else { return false };
        let inner = inner.trim_matches(['-', '+']).trim();
        let words: Vec<&str> = inner.split_whitespace().collect();
        let plain = match (close, words.as_slice()) {
            ("#}", _) | ("%}", ["endfor"]) => true,
            ("}}", [path]) => is_path(path),
            ("%}", ["for", name, "in", path]) => is_path(name) && is_path(path),
            _ => false,
        };
        if !plain {
            return false;
        }
        rest = after;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_templates_that_write_things_down_have_a_most() {
        for plain in [
            "a {b} {{ input }}{{- steps.a.output -}} {# c #}",
            "{% for d in steps.find.contexts %}[{{ d.id }}] {{ d.text }}{{ loop.index }}{% endfor %}",
            "{{ context[0] }}",
        ] {
            assert!(only_writes(plain), "{plain}");
        }
        for other in [
            "{% if steps.a.output %}x{% endif %}",
            "{{ steps.a.output | upper }}",
            "{{ steps.a.json }}",
            "{{ steps.a.json.field }}",
            "{{ steps.a.error }}",
            "{{ steps.a.output * 3 }}",
            "{% set x = steps.a.output %}{{ x }}",
            "{{ 'a' ~ input }}",
            "{{ input",
        ] {
            assert!(!only_writes(other), "{other}");
        }
    }
}
