//! What a process wrote → a reply, or what is wrong with it.

use std::sync::LazyLock;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::json::{Fields, Pointers};
use crate::model::excerpt::excerpt;
use crate::model::{FailureKind, Finish, Money, Reply, Taken, Usage};
use crate::trace::Trace;

/// Where an answer says what it took.
const TAKEN: [&str; 3] = ["/usage", "/cost", "/usd"];

/// Of an answer that is none, so many characters are shown.
const SHOWN: usize = 120;

/// Reads an answer: an object with `output`, and where wanted `contexts`, `tool_calls`, `steps`, `messages`, `usage`,
/// `cost`, `model`, `finish`; or with `error`. Where `case` is given, its `id` has to be that.
pub(in crate::model) fn read(bytes: &[u8], case: Option<&str>) -> Result<Reply, (FailureKind, String)> {
    let fields = fields(bytes, case)?;
    let output = fields.get("output").or_else(|| fields.get("text"));
    let Some(output) = output.filter(|output| !output.is_null()) else {
        return Err(unreadable(format!("an answer without `output`: {}", shown(bytes))));
    };
    reply(output, &fields).map_err(unreadable)
}

/// Reads what a program says of an output of somebody else: the object as it stands is the reply.
pub(in crate::model) fn verdict(bytes: &[u8], case: Option<&str>) -> Result<Reply, (FailureKind, String)> {
    let fields = fields(bytes, case)?;
    Ok(Reply { trace: None, ..reply(&Value::Object(fields.clone()), &fields).map_err(unreadable)? })
}

/// Whether a line says that a process has started and can be asked, and nothing else.
pub(super) fn is_ready(line: &[u8]) -> bool {
    // Spares a longer answer to be read twice.
    line.len() < 64 && serde_json::from_slice(line).is_ok_and(|said: Value| said == json!({"ready": true}))
}

fn unreadable(why: String) -> (FailureKind, String) {
    (FailureKind::Unreadable, why)
}

fn shown(bytes: &[u8]) -> String {
    excerpt(&String::from_utf8_lossy(&bytes[..bytes.len().min(4 * SHOWN)]), SHOWN)
}

/// The object of an answer, which says that it is about the right case, and nothing of an error.
fn fields(bytes: &[u8], case: Option<&str>) -> Result<Map<String, Value>, (FailureKind, String)> {
    let shown = || shown(bytes);
    let fields = match serde_json::from_slice(bytes) {
        Ok(Fields(fields)) => fields,
        Err(error) if error.is_data() => {
            let wrong = match serde_json::from_slice(bytes) {
                Ok(Value::Object(_)) => "in which a key stands twice",
                _ => "that is no JSON object",
            };
            return Err(unreadable(format!("an answer {wrong}: {}", shown())));
        }
        Err(_) if bytes.trim_ascii().is_empty() => return Err(unreadable("an empty answer".to_string())),
        Err(_) => return Err(unreadable(format!("an answer that is not JSON: {}", shown()))),
    };
    if let Some(case) = case {
        let of = fields.get("id").map(|id| id.as_str().map_or_else(|| id.to_string(), str::to_string));
        match of {
            Some(of) if of == case => {}
            Some(of) => {
                return Err(unreadable(format!("it answers `{}`, and was asked about `{case}`", excerpt(&of, 80))));
            }
            None => return Err(unreadable(format!("an answer without the `id` of its case: {}", shown()))),
        }
    }
    if let Some(error) = fields.get("error").filter(|error| !error.is_null()) {
        let words = error.as_str().map_or_else(|| error.to_string(), str::to_string);
        let words = if words.trim().is_empty() {
            "it says that it failed, and not why"
        } else {
            &format!("it says: {}", excerpt(&words, 400))
        };
        return Err((FailureKind::Server, words.to_string()));
    }
    Ok(fields)
}

/// What an answer says that it took, whatever else it says; `None` where it says nothing of it.
pub(super) fn taken(bytes: &[u8]) -> Option<Box<Taken>> {
    // What cannot be read, half a character of two, say, is passed over.
    static PLACES: LazyLock<Pointers> = LazyLock::new(|| Pointers::new(TAKEN.map(Some)));
    let found = PLACES.pick(&String::from_utf8_lossy(bytes)).ok()?;
    let named = TAKEN.into_iter().zip(found).filter_map(|(place, told)| Some((place.replace('/', ""), told?)));
    taken_by(&named.collect())
}

/// The same of an object.
pub(in crate::model) fn taken_by(fields: &Map<String, Value>) -> Option<Box<Taken>> {
    let (usage, usd) = (told_usage(fields).unwrap_or_default(), told_cost(fields).unwrap_or_default());
    (usage.is_some() || usd.is_some()).then(|| Box::new(Taken { usage, usd }))
}

fn told_cost(fields: &Map<String, Value>) -> Result<Option<Money>, String> {
    let Some(told) = fields.get("cost").or_else(|| fields.get("usd")).filter(|told| !told.is_null()) else {
        return Ok(None);
    };
    let usd = told.as_f64().ok_or_else(|| format!("`cost`: expected a number of US dollars, found {}", short(told)))?;
    Money::of_call(usd).map(Some)
}

fn told_usage(fields: &Map<String, Value>) -> Result<Option<Usage>, String> {
    let Some(told) = fields.get("usage").filter(|told| !told.is_null()) else { return Ok(None) };
    let wrong = || format!("`usage`: expected {}, found {}", Usage::EXPECTED, short(told));
    Usage::read(told).map(Some).ok_or_else(wrong)
}

fn short(value: &Value) -> String {
    excerpt(&value.to_string(), SHOWN)
}

/// An output with what else is told of it.
///
/// # Errors
/// A trace, a usage or a cost that is none, in words.
pub(in crate::model) fn reply(output: &Value, fields: &Map<String, Value>) -> Result<Reply, String> {
    let text = output.as_str().map_or_else(|| output.to_string(), str::to_string);
    let usage = told_usage(fields)?;
    let usd = told_cost(fields)?;
    let finish = fields.get("finish").and_then(|finish| Finish::deserialize(finish).ok()).unwrap_or_default();
    let model = fields.get("model").and_then(Value::as_str).map(str::to_string);
    let trace = Trace::read(fields)?.map(Box::new);
    Ok(Reply { usage, usd, finish, model, trace, ..Reply::of_text(text) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn why(answer: &str) -> String {
        let (kind, why) = read(answer.as_bytes(), Some("a-1")).unwrap_err();
        format!("{kind:?}: {why}")
    }

    #[test]
    fn an_answer_is_read_with_all_that_it_tells() {
        let answer = r#"{"id": "a-1", "output": "Yes.", "contexts": [{"id": "d", "text": "D"}], "cost": 0.25,
            "usage": {"prompt_tokens": 7, "completion_tokens": 2}, "finish": "length", "model": "m"}"#;
        let reply = read(answer.as_bytes(), Some("a-1")).unwrap();
        assert_eq!((reply.text.as_str(), reply.finish, reply.model.as_deref()), ("Yes.", Finish::Length, Some("m")));
        assert_eq!((reply.usage.unwrap().input_tokens, reply.usd.unwrap().usd()), (7, 0.25));
        assert_eq!(reply.trace.unwrap().contexts[0].id.as_deref(), Some("d"));
        assert_eq!(read(br#"{"output": {"a": [1]}}"#, None).unwrap().text, r#"{"a":[1]}"#);
        assert_eq!(read(br#"{"id": 7, "output": ""}"#, Some("7")).unwrap().text, "");
        let Taken { usage, usd } =
            *taken(br#"{"error": "no", "cost": 0.5, "usage": {"input_tokens": 3, "output_tokens": 0}}"#).unwrap();
        assert_eq!((usage.unwrap().input_tokens, usd.unwrap().usd()), (3, 0.5));
        assert_eq!(taken(br#"{"error": "no", "cost": "much", "usage": 3}"#), None);
        for unreadable in [r#"{"output": "\ud83d", "cost": 0.5}"#, r#"{"output": 1, "output": 2, "usd": 0.5}"#] {
            assert!(read(unreadable.as_bytes(), None).is_err());
            assert_eq!(taken(unreadable.as_bytes()).unwrap().usd.unwrap().usd(), 0.5, "{unreadable}");
        }
    }

    #[test]
    fn a_process_says_that_it_is_ready_in_one_way() {
        assert!(is_ready(b" {\"ready\":true}\r\n"));
        for other in
            [r#"{"ready": false}"#, r#"{"ready": true, "id": "a"}"#, r#"{"id": "a", "output": "x"}"#, "ready", ""]
        {
            assert!(!is_ready(other.as_bytes()), "{other}");
        }
    }

    #[test]
    fn what_is_no_answer_is_said() {
        let said = [
            why("Traceback \u{1b}[31m(most recent call last)"),
            why("[1, 2]"),
            why("\n"),
            why(r#"{"id": "a-1", "output": "x", "output": "y"}"#),
            why(r#"{"id": "b", "output": "x"}"#),
            why(r#"{"output": "x"}"#),
            why(r#"{"id": "a-1", "output": null}"#),
            why(r#"{"id": "a-1", "error": "no such customer"}"#),
            why(r#"{"id": "a-1", "output": "x", "contexts": 3}"#),
            why(r#"{"id": "a-1", "output": "x", "cost": 1e308}"#),
            why(r#"{"id": "a-1", "output": "x", "cost": "0.1"}"#),
            why(r#"{"id": "a-1", "output": "x", "usage": [5, 6]}"#),
            why(r#"{"id": "a-1", "output": "x", "usage": {"input_tokens": 1e30}}"#),
            why(r#"{"id": "a-1", "output": "x", "usage": {"output_tokens": 7}}"#),
            why(r#"{"id": "a-1", "error": ""}"#),
        ];
        insta::assert_snapshot!(said.join("\n"));
    }
}
