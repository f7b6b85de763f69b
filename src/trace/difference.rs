//! Two traces of one case → the first place at which the candidates' ways part.

use serde::Serialize;
use serde_json::Value;

use super::{Passage, ToolCall, Trace, TracedStep};

/// Where two ways part first, each side in words; `None` where one of them has nothing there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The step, or what of the way it is: ``step `search` ``, `contexts`, `tool call 2`.
    pub at: String,
    /// What differs there: `output`, `documents`, `arguments`, `result`, `name`.
    pub what: &'static str,
    /// What the first side had.
    pub first: Option<String>,
    /// What the second side had.
    pub second: Option<String>,
}

/// Of one side, so many characters are told.
const TOLD: usize = 300;

impl Difference {
    /// The first place at which two ways part. `None` where the two are told alike.
    ///
    /// That is the first step that differs. The last step holds all that went wrong before it, so where it is the only
    /// one, the documents that were found and then the tools that were called are looked at first.
    pub fn first(a: &Trace, b: &Trace) -> Option<Self> {
        let same = |a: &TracedStep, b: &TracedStep| {
            (&a.name, a.round, &a.output, &a.error) == (&b.name, b.round, &b.output, &b.error)
        };
        let step = parting(&a.steps, &b.steps, same);
        let is_last = |at: usize| at + 1 >= a.steps.len().max(b.steps.len());
        let before = step.is_none_or(is_last);
        let cause = || contexts(&a.contexts, &b.contexts).or_else(|| calls(&a.tool_calls, &b.tool_calls));
        let cause = if before { cause() } else { None };
        cause.or_else(|| step.map(|at| steps(at, a, b)))
    }
}

/// Two steps at one place that differ, or one where the other way has none.
fn steps(at: usize, a: &Trace, b: &Trace) -> Difference {
    let (first, second) = (a.steps.get(at), b.steps.get(at));
    let which = |step: Option<&TracedStep>| step.map(|step| (step.name.clone(), step.round));
    // Where one of the two ways has several rounds of it, that of the other is told as well.
    let name = |step: &TracedStep| match a.round_of(step).or_else(|| b.round_of(step)) {
        None => format!("`{}`", step.name),
        Some(round) => format!("`{}`, round {round}", step.name),
    };
    if which(first) != which(second) {
        let (first, second) = (first.map(name), second.map(name));
        return Difference { at: format!("step {}", at + 1), what: "name", first, second };
    }
    let told = |step: Option<&TracedStep>| step.and_then(TracedStep::came).map(|text| short(&text));
    let at = format!("step {}", first.map(name).unwrap_or_default());
    Difference { at, what: "output", first: told(first), second: told(second) }
}

fn contexts(a: &[Passage], b: &[Passage]) -> Option<Difference> {
    if a.is_empty() && b.is_empty() {
        return None;
    }
    let same = |a: &Passage, b: &Passage| match (&a.id, &b.id) {
        (Some(a), Some(b)) => a == b,
        _ => a.text == b.text,
    };
    parting(a, b, same)?;
    let side = |found: &[Passage]| {
        let names = found.iter().map(|passage| passage.id.clone().unwrap_or_else(|| short(&passage.text)));
        (!found.is_empty()).then(|| short(&names.collect::<Vec<_>>().join(", ")))
    };
    Some(Difference { at: "contexts".to_string(), what: "documents", first: side(a), second: side(b) })
}

fn calls(a: &[ToolCall], b: &[ToolCall]) -> Option<Difference> {
    let at = parting(a, b, |a, b| a == b)?;
    let what = match (a.get(at), b.get(at)) {
        (Some(a), Some(b)) if a.name == b.name && a.arguments == b.arguments => "result",
        (Some(a), Some(b)) if a.name == b.name => "arguments",
        _ => "name",
    };
    let side = |calls: &[ToolCall]| {
        let call = calls.get(at)?;
        let result = |result: &Value| format!(" → {result}");
        let result = call.result.as_ref().filter(|_| what == "result").map(result).unwrap_or_default();
        Some(short(&format!("{}({}){result}", call.name, call.arguments)))
    };
    Some(Difference { at: format!("tool call {}", at + 1), what, first: side(a), second: side(b) })
}

/// The first place at which two lists differ; `None` where they do not.
fn parting<T>(a: &[T], b: &[T], same: impl Fn(&T, &T) -> bool) -> Option<usize> {
    let common = a.iter().zip(b).take_while(|(a, b)| same(a, b)).count();
    (common < a.len().max(b.len())).then_some(common)
}

fn short(text: &str) -> String {
    match text.char_indices().nth(TOLD) {
        None => text.to_string(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}
