//! The tools that a candidate called, against those that it should have called.

use serde_json::{Map, Value};

use super::gold::Gold;
use super::json::Schema;
use super::score::{Score, Scored, Subject, yes_no};
use super::template::Template;
use super::{CheckError, shown};
use crate::diagnostic::Diagnostic;
use crate::suite::{ArgumentsMode, SequenceMode, ToolMode};
use crate::trace::ToolCall;

/// Whether the right tools were called, however often and in whatever order.
pub(super) struct ToolUsed {
    tools: Gold,
    mode: ToolMode,
}

/// Whether calls were made with the right arguments.
pub(super) struct ToolArguments {
    calls: Gold,
    mode: ArgumentsMode,
}

/// Whether every call of a tool, and at least one, had arguments that meet a schema.
pub(super) struct ArgumentsSchema {
    tool: Gold,
    schema: Schema,
}

/// Whether the tools were called in the right order.
pub(super) struct ToolSequence {
    tools: Gold,
    mode: SequenceMode,
}

impl ToolUsed {
    pub fn new(tools: &Value, mode: ToolMode) -> Result<Self, Diagnostic> {
        Ok(Self { tools: Gold::new(tools)?, mode })
    }
}

impl Score for ToolUsed {
    fn score(&self, subject: &Subject<'_>) -> Scored {
        let (called, wanted) = (&subject.whole("tool_calls")?.tool_calls, names(&self.tools.of(subject.case)?)?);
        let is_called = |tool: &&String| called.iter().any(|call| call.name == **tool);
        let (there, lacking): (Vec<&String>, Vec<&String>) = wanted.iter().partition(is_called);
        let others: Vec<&ToolCall> = called.iter().filter(|call| !wanted.contains(&call.name)).collect();
        let tools = told(called);
        Ok(yes_no(match self.mode {
            ToolMode::Any => (!there.is_empty(), tools),
            _ if !lacking.is_empty() => {
                (false, format!("{} not called; {tools}", list(lacking.iter().map(|name| name.as_str()))))
            }
            ToolMode::Only if !others.is_empty() => {
                (false, format!("{} called too; {tools}", list(others.iter().map(|call| call.name.as_str()))))
            }
            ToolMode::All | ToolMode::Only => (true, tools),
        }))
    }

    fn templates(&self) -> Vec<&Template> {
        self.tools.templates()
    }

    fn reads_text(&self) -> bool {
        false
    }
}

impl ToolArguments {
    pub fn new(calls: &Value, mode: ArgumentsMode) -> Result<Self, Diagnostic> {
        Ok(Self { calls: Gold::new(calls)?, mode })
    }

    fn fits(&self, call: &ToolCall, wanted: &Wanted) -> bool {
        call.name == wanted.name
            && match self.mode {
                ArgumentsMode::Partial => holds(&call.arguments, &wanted.arguments),
                ArgumentsMode::Exact => same(&call.arguments, &wanted.arguments),
            }
    }
}

impl Score for ToolArguments {
    fn score(&self, subject: &Subject<'_>) -> Scored {
        let wanted = wanted_calls(&self.calls.of(subject.case)?)?;
        let called = subject.calls_with_arguments()?;
        if wanted.is_empty() {
            return Ok((1.0, format!("no call is expected; {}", told(called))));
        }
        let fitting: Vec<Vec<usize>> = wanted
            .iter()
            .map(|wanted| (0..called.len()).filter(|at| self.fits(&called[*at], wanted)).collect())
            .collect();
        // Two wanted calls need two calls.
        let Some(unmet) = first_unmatched(&fitting, called.len()) else {
            let calls: Vec<String> = wanted.iter().map(Wanted::told).collect();
            return Ok((1.0, format!("called {}", calls.join(", "))));
        };
        let unmet = &wanted[unmet];
        let near: Vec<String> = called
            .iter()
            .filter(|call| call.name == unmet.name)
            .map(|call| shown(&call.arguments.to_string()))
            .collect();
        let instead = if near.is_empty() { told(called) } else { format!("called with {}", near.join(", ")) };
        Ok((0.0, format!("no call {}; {instead}", unmet.told())))
    }

    fn templates(&self) -> Vec<&Template> {
        self.calls.templates()
    }

    fn reads_text(&self) -> bool {
        false
    }
}

impl ArgumentsSchema {
    pub fn new(tool: &str, schema: &Value) -> Result<Self, Diagnostic> {
        Ok(Self { tool: Gold::new(&Value::String(tool.to_string()))?, schema: Schema::new(schema)? })
    }
}

impl Score for ArgumentsSchema {
    fn score(&self, subject: &Subject<'_>) -> Scored {
        let tools = names(&self.tool.of(subject.case)?)?;
        let called = subject.calls_with_arguments()?;
        let of_tool: Vec<&ToolCall> = called.iter().filter(|call| tools.contains(&call.name)).collect();
        if of_tool.is_empty() {
            return Ok((0.0, format!("{} not called; {}", list(tools.iter().map(String::as_str)), told(called))));
        }
        Ok(yes_no(match of_tool.iter().find_map(|call| Some((call, self.schema.meets(&call.arguments).err()?))) {
            Some((call, why)) => (false, format!("{}: {why}", shown(&call.arguments.to_string()))),
            None => (
                true,
                match of_tool.len() {
                    1 => "the call meets the schema".to_string(),
                    n => format!("{n} calls meet the schema"),
                },
            ),
        }))
    }

    fn templates(&self) -> Vec<&Template> {
        self.tool.templates()
    }

    fn reads_text(&self) -> bool {
        false
    }
}

impl ToolSequence {
    pub fn new(tools: &Value, mode: SequenceMode) -> Result<Self, Diagnostic> {
        Ok(Self { tools: Gold::new(tools)?, mode })
    }
}

impl Score for ToolSequence {
    fn score(&self, subject: &Subject<'_>) -> Scored {
        let wanted = names(&self.tools.of(subject.case)?)?;
        let called = &subject.whole("tool_calls")?.tool_calls;
        let names: Vec<&str> = called.iter().map(|call| call.name.as_str()).collect();
        let right = match self.mode {
            SequenceMode::Exact => wanted.iter().map(String::as_str).eq(names.iter().copied()),
            SequenceMode::InOrder => {
                let mut left = names.iter();
                wanted.iter().all(|tool| left.any(|name| *name == tool))
            }
            SequenceMode::Any => {
                let (mut wanted, mut names): (Vec<&str>, _) = (wanted.iter().map(String::as_str).collect(), names);
                wanted.sort_unstable();
                names.sort_unstable();
                wanted == names
            }
        };
        let order = wanted.join(" → ");
        let detail = if right { told(called) } else { format!("{}, where {} is wanted", told(called), shown(&order)) };
        Ok(yes_no((right, detail)))
    }

    fn templates(&self) -> Vec<&Template> {
        self.tools.templates()
    }

    fn reads_text(&self) -> bool {
        false
    }
}

/// A call that should be made.
struct Wanted {
    name: String,
    arguments: Value,
}

impl Wanted {
    fn told(&self) -> String {
        shown(&format!("{} {}", self.name, self.arguments))
    }
}

/// The tools of a text, a list of texts, or a list of `{name, …}`.
fn names(gold: &Value) -> Result<Vec<String>, CheckError> {
    let name = |value: &Value| match value {
        Value::String(name) => Some(name.clone()),
        Value::Object(call) => Some(call.get("name")?.as_str()?.to_string()),
        _ => None,
    };
    let wrong =
        || CheckError::Tools { found: shown(&gold.to_string()), wanted: "the name of a tool, or a list of them" };
    match gold {
        Value::Array(items) => items.iter().map(name).collect::<Option<_>>().ok_or_else(wrong),
        one => Ok(vec![name(one).ok_or_else(wrong)?]),
    }
}

/// The calls of one `{name, arguments}`, or a list of them. A call that says no arguments may have any.
fn wanted_calls(gold: &Value) -> Result<Vec<Wanted>, CheckError> {
    let call = |value: &Value| {
        let name = value.get("name")?.as_str()?.to_string();
        let arguments = value.get("arguments").or_else(|| value.get("args")).cloned();
        Some(Wanted { name, arguments: arguments.unwrap_or_else(|| Value::Object(Map::new())) })
    };
    let wrong =
        || CheckError::Tools { found: shown(&gold.to_string()), wanted: "`{name, arguments}`, or a list of those" };
    match gold {
        Value::Array(items) => items.iter().map(call).collect::<Option<_>>().ok_or_else(wrong),
        one => Ok(vec![call(one).ok_or_else(wrong)?]),
    }
}

/// Whether everything that is wanted is there: keys of objects at any depth; lists and scalars as they are.
fn holds(found: &Value, wanted: &Value) -> bool {
    match (found, wanted) {
        (Value::Object(found), Value::Object(wanted)) => {
            wanted.iter().all(|(key, value)| found.get(key).is_some_and(|there| holds(there, value)))
        }
        _ => same(found, wanted),
    }
}

/// Whether two values are the same; 1 and 1.0 are, and no arguments are an empty object.
fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => one == other || one.as_f64() == other.as_f64(),
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len() && one.iter().all(|(key, value)| other.get(key).is_some_and(|o| same(value, o)))
        }
        (Value::Null, Value::Object(empty)) | (Value::Object(empty), Value::Null) => empty.is_empty(),
        _ => one == other,
    }
}

/// The first wanted call for which no call is left once each fitting call goes to one of them at most (Kuhn's
/// augmenting paths, so that the order of the calls cannot decide).
fn first_unmatched(fitting: &[Vec<usize>], calls: usize) -> Option<usize> {
    fn place(wanted: usize, fitting: &[Vec<usize>], taken: &mut [Option<usize>], tried: &mut [bool]) -> bool {
        fitting[wanted].iter().any(|&call| {
            if std::mem::replace(&mut tried[call], true) {
                return false;
            }
            let free = taken[call].is_none_or(|other| place(other, fitting, taken, tried));
            if free {
                taken[call] = Some(wanted);
            }
            free
        })
    }
    let mut taken = vec![None; calls];
    (0..fitting.len()).find(|&wanted| !place(wanted, fitting, &mut taken, &mut vec![false; calls]))
}

/// The calls that were made: `called search → book`.
pub(super) fn told(calls: &[ToolCall]) -> String {
    if calls.is_empty() {
        return "no tool was called".to_string();
    }
    let names: Vec<&str> = calls.iter().map(|call| call.name.as_str()).collect();
    format!("called {}", shown(&names.join(" → ")))
}

fn list<'a>(names: impl Iterator<Item = &'a str>) -> String {
    names.map(shown).collect::<Vec<_>>().join(", ")
}
