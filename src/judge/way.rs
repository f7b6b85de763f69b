//! The way to an output → the pieces of it that a rubric shows to the judge.

use crate::suite::Shows;
use crate::trace::Trace;

/// What the rubric shows of the way to an output, each with its title. What it shows and the way does not tell is said
/// to be none, so that a judge never takes a gap for an answer.
pub(super) fn pieces(output: &str, trace: Option<&Trace>, shows: Shows) -> Vec<(String, String)> {
    let nothing = Trace::default();
    let trace = trace.unwrap_or(&nothing);
    let mut pieces = Vec::new();
    if shows.contexts {
        let found = trace.contexts.iter().enumerate().map(|(at, passage)| {
            let id = passage.id.as_ref().map(|id| format!("[{id}] ")).unwrap_or_default();
            (format!("{output}: document {}", at + 1), format!("{id}{}", passage.text))
        });
        pieces.extend(found);
        if trace.contexts.is_empty() {
            pieces.push(none(output, "documents"));
        }
    }
    if shows.tool_calls {
        pieces.push(listed(output, "tool calls", &trace.tool_calls, |call| {
            let result = call.result.as_ref().map(|result| format!(" → {result}")).unwrap_or_default();
            format!("{}({}){result}", call.name, call.arguments)
        }));
    }
    if shows.steps {
        pieces.push(listed(output, "steps", &trace.steps, |step| {
            let came = step.error.as_ref().or(step.output.as_ref()).map(|text| format!(": {text}"));
            format!("{}{}", step.name, came.unwrap_or_default())
        }));
    }
    if shows.messages {
        pieces.push(listed(output, "conversation", &trace.messages, |turn| format!("{}: {}", turn.role, turn.content)));
    }
    pieces
}

fn none(output: &str, what: &str) -> (String, String) {
    (format!("{output}: {what}"), "(none)".to_string())
}

/// A numbered list, one entry after another.
fn listed<T>(output: &str, what: &str, list: &[T], told: impl Fn(&T) -> String) -> (String, String) {
    if list.is_empty() {
        return none(output, what);
    }
    let lines = list.iter().enumerate().map(|(at, item)| format!("{}. {}", at + 1, told(item)));
    (format!("{output}: {what}"), lines.collect::<Vec<_>>().join("\n"))
}
