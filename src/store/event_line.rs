//! A line of the journal, its fields in any order → the event that it tells of.
//!
//! serde reads a tagged enum by holding every field until the tag is known, and that takes longer than all the rest.
//! Here each field is read as what it is, and put together at the end.

use serde::Deserialize;

use super::Event;
use crate::dataset::Case;
use crate::model::{Ask, Failure, Money, Reply, Usage};
use crate::suite::ModelName;

/// The fields of all events.
#[derive(Deserialize)]
pub(super) struct EventLine {
    event: EventKind,
    format: Option<u32>,
    run: Option<String>,
    plan: Option<String>,
    at: Option<i64>,
    index: Option<u64>,
    case: Option<Box<Case>>,
    ask: Option<Ask>,
    request: Option<String>,
    reply: Option<Box<Reply>>,
    failures: Option<Vec<Failure>>,
    model: Option<ModelName>,
    usage: Option<Usage>,
    usd: Option<Money>,
}

/// Which event a line tells of.
#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
pub(super) enum EventKind {
    Started,
    Case,
    Reply,
    Failed,
    Paid,
    Resumed,
    Finished,
}

impl TryFrom<EventLine> for Event {
    type Error = String;

    fn try_from(line: EventLine) -> Result<Self, String> {
        let EventLine { event, format, run, plan, at, index, case, ask, request, reply, failures, model, usage, usd } =
            line;
        let at = || there(at, "at");
        let index = || there(index, "index");
        Ok(match event {
            EventKind::Started => Self::Started {
                format: there(format, "format")?,
                run: there(run, "run")?,
                plan: there(plan, "plan")?,
                at: at()?,
            },
            EventKind::Case => Self::Case { index: index()?, case: there(case, "case")? },
            EventKind::Reply => Self::Reply {
                index: index()?,
                ask: there(ask, "ask")?,
                request: there(request, "request")?,
                reply: there(reply, "reply")?,
            },
            EventKind::Failed => Self::Failed {
                index: index()?,
                ask: there(ask, "ask")?,
                request: there(request, "request")?,
                failures: there(failures, "failures")?,
            },
            EventKind::Paid => Self::Paid { index: index()?, model: there(model, "model")?, usage, usd },
            EventKind::Resumed => Self::Resumed { at: at()? },
            EventKind::Finished => Self::Finished { at: at()? },
        })
    }
}

/// A field that the event cannot do without.
fn there<T>(field: Option<T>, name: &str) -> Result<T, String> {
    field.ok_or_else(|| format!("missing field `{name}`"))
}

#[cfg(test)]
mod tests {
    use crate::model::{Ask, Failure, FailureKind, Reply};
    use crate::store::Event;

    #[test]
    fn every_event_is_read_as_it_was_written_whatever_the_order_of_its_fields() {
        let ask = Ask::Output { candidate: "v1".into(), case: "a".into(), sample: 2 };
        let case = serde_json::from_str(r#"{"id":"a","input":{"b":[1,2.5,null]},"tags":{"t":"x"}}"#).unwrap();
        let failures = vec![Failure::new(FailureKind::Server, "503".to_string())];
        let request = "d".repeat(64);
        let events = [
            Event::Started { format: 2, run: "r".into(), plan: "p".into(), at: 1 },
            Event::Case { index: 7, case },
            Event::Reply {
                index: 7,
                ask: ask.clone(),
                request: request.clone(),
                reply: Box::new(Reply::of_text("\"hi\"\n")),
            },
            Event::Failed { index: u64::MAX, ask, request, failures },
            Event::Paid { index: 3, model: "m".into(), usage: None, usd: None },
            Event::Resumed { at: -2 },
            Event::Finished { at: 3 },
        ];
        for event in events {
            let written = serde_json::to_value(&event).unwrap();
            assert_eq!(serde_json::from_value::<Event>(written.clone()).unwrap(), event);
            let turned: serde_json::Map<_, _> = written.as_object().unwrap().clone().into_iter().rev().collect();
            assert_eq!(serde_json::from_str::<Event>(&serde_json::to_string(&turned).unwrap()).unwrap(), event);
            // No field of it may be lacking.
            for name in turned.keys() {
                let mut cut = turned.clone();
                cut.remove(name);
                let error = serde_json::from_str::<Event>(&serde_json::to_string(&cut).unwrap()).unwrap_err();
                assert!(error.to_string().contains(&format!("missing field `{name}`")), "{error}");
            }
        }
    }
}
