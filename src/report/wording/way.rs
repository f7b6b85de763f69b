//! The way to an output in words, the same in every format: its steps, documents, tool calls and conversation.

use crate::analysis::FailedOutput;
use crate::model::Money;
use crate::report::{number, text};
use crate::trace::{Difference, Trace, TracedStep};

/// The parts of a way that were told, each with a title; untrusted text that each format has to make safe.
pub fn parts(trace: &Trace) -> Vec<(&'static str, String)> {
    let steps = trace.steps.iter().map(|step| {
        let came = step.came().map(|text| format!(": {text}")).unwrap_or_default();
        format!("{}{came}", heading(trace, step))
    });
    let documents = trace.contexts.iter().map(|passage| {
        let id = passage.id.as_ref().map(|id| format!("[{id}] ")).unwrap_or_default();
        let score = passage.score.map(|score| format!(" ({})", number::shortest(score))).unwrap_or_default();
        format!("{id}{}{score}", passage.text)
    });
    let calls = trace.tool_calls.iter().map(|call| {
        let result = call.result.as_ref().map(|result| format!(" → {result}")).unwrap_or_default();
        format!("{}({}){result}", call.name, call.arguments)
    });
    let turns = trace.messages.iter().map(|turn| format!("{}: {}", turn.role, turn.content));
    let parts = [
        ("steps", numbered(steps)),
        ("documents", numbered(documents)),
        ("tool calls", numbered(calls)),
        ("conversation", numbered(turns)),
        ("how the conversation ended", trace.ended.clone().unwrap_or_default()),
        ("left out for its size", trace.cut.join("\n")),
    ];
    parts.into_iter().filter(|(_, text)| !text.is_empty()).collect()
}

/// Whose output failed, on which case and why, on one line.
pub fn failed(output: &FailedOutput) -> String {
    let FailedOutput { case, candidate, reason, .. } = output;
    format!("{} on {}: {}", text::line(candidate), text::line(case), text::cut(&text::line(reason), 240))
}

/// Where two ways part first, in one sentence; untrusted text.
pub fn parting(difference: &Difference, baseline: &str, candidate: &str) -> String {
    let side = |told: &Option<String>| told.as_ref().map_or_else(|| "nothing".to_string(), |text| format!("“{text}”"));
    let Difference { at, what, first, second } = difference;
    format!("the ways part at {at} ({what}): {baseline} has {}, {candidate} has {}", side(first), side(second))
}

/// A step's name with what it took.
fn heading(trace: &Trace, step: &TracedStep) -> String {
    let mut about: Vec<String> = [&step.kind, &step.model].into_iter().flatten().cloned().collect();
    about.extend(step.latency_ms.map(|ms| format!("{ms} ms")));
    let tokens = [(step.input_tokens, "tokens read"), (step.output_tokens, "written")];
    about.extend(tokens.into_iter().filter_map(|(n, what)| Some(format!("{} {what}", number::count(n?)))));
    about.extend(step.usd.and_then(Money::from_usd).map(|usd| usd.to_string()));
    let round = trace.round_of(step).map_or_else(String::new, |round| format!(", round {round}"));
    let about = if about.is_empty() { String::new() } else { format!(" ({})", about.join(", ")) };
    format!("{}{round}{about}", step.name)
}

fn numbered(items: impl Iterator<Item = String>) -> String {
    items.enumerate().map(|(at, item)| format!("{}. {item}", at + 1)).collect::<Vec<_>>().join("\n")
}
