//! An endpoint of the user's own: a request's payload → body and query; the JSON or the events it answers → [`Reply`].

use serde_json::{Map, Value};

use super::body::Object;
use super::command::{reply as told_by, taken_by as taken};
use super::no_reply::NoReply;
use super::wire::Wire;
use super::{Reply, Usage};
use crate::json::Pointers;
use crate::suite::HttpSpec;

/// An endpoint has no address and no key of its own, and what it is sent is made elsewhere.
pub(super) const WIRE: Wire = Wire {
    base_url: "",
    api_key_env: "",
    key_header: "authorization",
    key_scheme: "Bearer ",
    headers: &[],
    path: |_| String::new(),
    most_output: None,
    body: |_, _, _, _| Object::default(),
    read: |status, body| Err(NoReply::refused(status, body, &Value::Null)),
};

/// What a reply may tell beside its output, and where that stands if the suite does not say.
const TOLD: [(&str, &str); 8] = [
    ("contexts", "/contexts"),
    ("tool_calls", "/tool_calls"),
    ("steps", "/steps"),
    ("messages", "/messages"),
    ("trace", "/trace"),
    ("usage", "/usage"),
    ("cost", "/cost"),
    ("model", "/model"),
];

/// What ends a stream of events, whether or not the server closes it.
const DONE: &str = "[DONE]";

/// An endpoint of the user's own: how it is asked, and where its replies say what.
#[derive(Debug)]
pub(super) struct Reader {
    pub spec: HttpSpec,
    /// Where the output stands, and then all of [`TOLD`].
    wanted: Pointers,
    /// The latter alone.
    told: Pointers,
}

impl Reader {
    pub(super) fn new(spec: HttpSpec) -> Self {
        let wanted = Pointers::new(std::iter::once(Some(spec.output.as_str())).chain(places(&spec)));
        let told = Pointers::new(places(&spec));
        Self { spec, wanted, told }
    }

    /// Reads a response of any status. One that holds no output may say what it cost all the same.
    pub(super) fn read(&self, status: u16, body: &str) -> Result<Reply, NoReply> {
        self.reply(status, body).map_err(|no| {
            // Without the output, which may be what cannot be read. A stream that is none may be JSON all the same.
            let found = self.told.pick(body).unwrap_or_else(|_| self.told_by_events(body));
            NoReply { taken: taken(&told(&self.spec, found)), ..no }
        })
    }

    /// What the events of a stream tell beside the output: of several the last one that has each.
    fn told_by_events(&self, body: &str) -> Vec<Option<Value>> {
        let found: Vec<_> = events(body).iter().filter_map(|event| self.told.pick(&event.data).ok()).collect();
        (0..TOLD.len()).map(|at| found.iter().rev().find_map(|found| found.get(at)?.clone())).collect()
    }

    fn reply(&self, status: u16, body: &str) -> Result<Reply, NoReply> {
        let (spec, unreadable) = (&self.spec, |wrong: String| NoReply::unreadable(&wrong, body));
        if !(200..300).contains(&status) {
            let value: Value = serde_json::from_str(body).unwrap_or_default();
            return Err(NoReply::refused(status, body, &value));
        }
        if spec.sse {
            let text = Value::String(gathered(spec, body)?);
            return told_by(&text, &told(spec, self.told_by_events(body))).map_err(unreadable);
        }
        let mut found = self.wanted.pick(body).map_err(|_| unreadable("not JSON".to_string()))?.into_iter();
        let nothing = || unreadable(format!("nothing at `{}`", spec.output));
        let output = match found.next().flatten() {
            Some(Value::Null) => return Err(nothing()),
            Some(output) => output,
            // An endpoint that answers, and not where the suite looks, will do so again; one that tells of an error may not.
            None => {
                return Err(NoReply {
                    lasting: !serde_json::from_str(body).is_ok_and(|value| tells_of_error(&value)),
                    ..nothing()
                });
            }
        };
        told_by(&output, &told(spec, found)).map_err(unreadable)
    }
}

/// Where a reply tells of more than its output, in the order of [`TOLD`].
fn places(spec: &HttpSpec) -> [Option<&str>; TOLD.len()] {
    TOLD.map(|(name, place)| match spec.trace.get(name) {
        Some(pointer) => Some(pointer.as_str()),
        // Where the suite says where the trace is, only that is one.
        None if !spec.trace.is_empty() && !matches!(name, "usage" | "cost" | "model") => None,
        None => Some(place),
    })
}

/// What was found in these places, under the names that a reply has for it. A service may well mean something else by a
/// `usage` or a `cost` that the suite does not name.
fn told(spec: &HttpSpec, found: impl IntoIterator<Item = Option<Value>>) -> Map<String, Value> {
    let is_meant = |name: &str, value: &Value| match name {
        _ if spec.trace.contains_key(name) => true,
        "usage" => Usage::read(value).is_some(),
        "cost" => value.is_number(),
        _ => true,
    };
    let named = TOLD.into_iter().zip(found).filter_map(|((name, _), value)| Some((name.to_string(), value?)));
    named.filter(|(name, value)| is_meant(name, value)).collect()
}

/// Puts the texts of a stream's events together. An event that is not JSON is a text itself where the whole is wanted.
fn gathered(spec: &HttpSpec, body: &str) -> Result<String, NoReply> {
    let (mut text, mut any) = (String::new(), false);
    for Event { kind, data } in events(body) {
        let failed = || NoReply::unreadable("the stream says that it failed", &data);
        if kind == "error" {
            return Err(failed());
        }
        match serde_json::from_str::<Value>(&data) {
            Ok(value) if tells_of_error(&value) => return Err(failed()),
            Ok(value) => {
                if let Some(part) = value.pointer(&spec.output).and_then(Value::as_str) {
                    text.push_str(part);
                    any = true;
                }
            }
            Err(_) if spec.output.is_empty() => {
                text.push_str(&data);
                any = true;
            }
            Err(_) => return Err(NoReply::unreadable("an event that is not JSON", body)),
        }
    }
    if any { Ok(text) } else { Err(NoReply::unreadable(&format!("no event with `{}`", spec.output), body)) }
}

/// Whether an object holds an `error`; some writers give each a place for one, and leave it empty.
fn tells_of_error(value: &Value) -> bool {
    let none = [Value::Null, Value::Bool(false), Value::from("")];
    value.get("error").is_some_and(|error| !none.contains(error))
}

/// An event of a stream.
struct Event {
    /// Its type; empty where it has none.
    kind: String,
    data: String,
}

/// The events of a stream that have data, up to its end, after the HTML standard, "Server-sent events".
fn events(body: &str) -> Vec<Event> {
    let (mut found, mut kind) = (Vec::new(), String::new());
    let mut data: Option<String> = None;
    for line in body.lines().map(|line| line.strip_suffix('\r').unwrap_or(line)).chain([""]) {
        if line.is_empty() {
            let kind = std::mem::take(&mut kind);
            match data.take() {
                Some(data) if data == DONE => break,
                Some(data) => found.push(Event { kind, data }),
                None => {}
            }
        } else if let Some(value) = line.strip_prefix("event:") {
            kind = value.strip_prefix(' ').unwrap_or(value).to_string();
        } else if let Some(value) = line.strip_prefix("data") {
            let Some(value) = value.strip_prefix(':').or(value.is_empty().then_some("")) else { continue };
            let value = value.strip_prefix(' ').unwrap_or(value);
            match &mut data {
                Some(data) => {
                    data.push('\n');
                    data.push_str(value);
                }
                None => data = Some(value.to_string()),
            }
        }
    }
    found
}

/// Whether a stream has come to its end.
pub(super) fn is_done(body: &[u8]) -> bool {
    let tail = &body[body.len().saturating_sub(64)..];
    let tail = String::from_utf8_lossy(tail);
    tail.trim_end().ends_with(DONE) && tail.contains("data:")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn service(spec: Value) -> Reader {
        let mut whole = json!({"method": "POST", "body": {}, "output": "/answer", "sse": false, "cache": false});
        whole.as_object_mut().unwrap().extend(spec.as_object().unwrap().clone());
        Reader::new(serde_json::from_value(whole).unwrap())
    }

    fn wrong(service: &Reader, status: u16, body: &str) -> String {
        let no = service.read(status, body).unwrap_err();
        format!("{:?} {}", no.kind, no.wrong.unwrap_or_default())
    }

    #[test]
    fn all_parts_of_a_trace_are_looked_for() {
        assert!(crate::trace::KEYS.iter().all(|key| TOLD.contains(&(key, &format!("/{key}")))));
    }

    #[test]
    fn the_output_and_the_trace_stand_where_the_suite_says() {
        let body =
            json!({"answer": {"a": 1}, "docs": [{"id": "d", "text": "D"}], "steps": ["s"], "cost": 0.5}).to_string();
        let plain = service(json!({})).read(200, &body).unwrap();
        assert_eq!((plain.text.as_str(), plain.usd.unwrap().usd()), (r#"{"a":1}"#, 0.5));
        assert_eq!(plain.trace.unwrap().steps[0].name, "s");
        let told = service(json!({"output": "/answer/a", "trace": {"contexts": "/docs"}})).read(201, &body).unwrap();
        let trace = told.trace.unwrap();
        assert_eq!((told.text.as_str(), trace.contexts[0].id.as_deref(), trace.steps.len()), ("1", Some("d"), 0));
        assert_eq!(wrong(&service(json!({})), 200, "{}"), "Unreadable nothing at `/answer`");
        assert_eq!(wrong(&service(json!({})), 200, r#"{"answer": "ha"#), "Unreadable not JSON");
        assert_eq!(wrong(&service(json!({})), 500, "oh"), "Server ");
        assert_eq!(wrong(&service(json!({})), 404, "oh"), "Rejected ");
    }

    #[test]
    fn what_an_output_that_cannot_be_read_cost_is_told_all_the_same() {
        // Half of a character of two, as other writers of JSON leave it where a text is cut.
        for broken in [r#""cut \ud83d""#, "1e999", "null"] {
            let body = format!(r#"{{"answer": {broken}, "cost": 0.25}}"#);
            let no = service(json!({})).read(200, &body).unwrap_err();
            assert_eq!(no.taken.unwrap().usd.unwrap().usd(), 0.25, "{broken}");
        }
        let body = "data: {\"answer\": \"a\", \"cost\": 0.1}\n\ndata: {\"answer\": \"\\ud83d\", \"cost\": 0.5}\n\ndata: {\"a\": 1}\n\n";
        let stream = service(json!({"sse": true}));
        assert_eq!(stream.read(200, body).unwrap_err().taken.unwrap().usd.unwrap().usd(), 0.5);
        // Of an endpoint that streams, a refusal need not be a stream.
        let refused = stream.read(500, "{\"detail\": \"no\", \"cost\": 0.75}").unwrap_err();
        assert_eq!(refused.taken.unwrap().usd.unwrap().usd(), 0.75);
    }

    #[test]
    fn only_what_would_come_again_is_not_asked_for_again() {
        let lasts = |body: &str| service(json!({})).read(200, body).unwrap_err().lasting;
        assert!(lasts(r#"{"reply": "Yes"}"#) && lasts(r#"{"reply": "Yes", "error": ""}"#));
        assert!(!lasts(r#"{"answer": null}"#) && !lasts(r#"{"error": "overloaded"}"#) && !lasts(r#"{"answer": "ha"#));
    }

    #[test]
    fn the_events_of_a_stream_are_gathered() {
        let of = service(json!({"output": "/delta", "sse": true}));
        let body = ": hello\n\nevent: x\ndata: {\"delta\": \"Ye\"}\r\n\r\ndata: {\"delta\":\ndata: \"s\", \"contexts\": [\"c\"]}\n\ndata: [DONE]\n\ndata: no\n\n";
        let reply = of.read(200, body).unwrap();
        assert_eq!((reply.text.as_str(), reply.trace.unwrap().contexts.len()), ("Yes", 1));
        let whole = service(json!({"output": "", "sse": true}));
        assert_eq!(whole.read(200, "data: a b\n\ndata:  c\n\n").unwrap().text, "a b c");
        assert_eq!(wrong(&of, 200, "data: {\"other\": 1}\n\n"), "Unreadable no event with `/delta`");
        assert_eq!(wrong(&of, 200, "data: half of i"), "Unreadable an event that is not JSON");
        let failed = "Unreadable the stream says that it failed";
        let told = "data: {\"delta\": \"Ye\"}\n\ndata: {\"error\": {\"message\": \"overloaded\"}}\n\n";
        assert_eq!(wrong(&of, 200, told), failed);
        assert_eq!(wrong(&of, 200, "event: error\ndata: busy\n\n"), failed);
        assert_eq!(of.read(200, "event: error\ndata: busy\n\n").unwrap_err().said, "busy");
        for none in ["null", "false", "\"\""] {
            let told = format!("data: {{\"delta\": \"Yes\", \"error\": {none}}}\n\nevent: error\n\n");
            assert_eq!(of.read(200, &told).unwrap().text, "Yes");
        }
        assert!(is_done(b"data: x\n\ndata: [DONE]\n\n") && !is_done(b"data: x\n\n"));
    }
}
