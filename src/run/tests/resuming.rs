//! A run is carried out, interrupted and gone on with: what is paid for is not asked again, what is new is.

use std::path::Path;
use std::sync::{Arc, Mutex};

use super::*;
use crate::model::{Flags, Models, Stop};
use crate::run::{Ended, Execution, Plan, PlanOptions, Progress, execute};
use crate::store::{Event, EventIndex, Journal};
use crate::suite::made::Folder;

/// Recorded replies to everything that is asked about three cases.
pub(super) fn recorded() -> Folder {
    let mut lines = Vec::new();
    for case in ["c0", "c1", "c2"] {
        for candidate in ["v1", "v2"] {
            lines.push(format!(r#"{{"case": "{case}", "candidate": "{candidate}", "text": "yes"}}"#));
            lines.push(format!(
                r#"{{"metric": "quality", "case": "{case}", "candidate": "{candidate}", "text": "[[4]]"}}"#
            ));
        }
        for (first, second) in [("v1", "v2"), ("v2", "v1")] {
            lines.push(format!(
                r#"{{"metric": "preference", "case": "{case}", "first": "{first}", "second": "{second}", "text": "[[A]]"}}"#
            ));
        }
    }
    let folder = Folder::new();
    folder.write("replies.jsonl", &(lines.join("\n") + "\n"));
    folder
}

/// Goes on with a run after these events. What was asked, and what was taken from the journal, in the order it came.
fn gone_on(folder: &Folder, before: Vec<Event>) -> (Vec<Ask>, Vec<Ask>, Vec<Event>) {
    let suite = folder.suite();
    let models = Models::open(&suite.models, &suite.root, &|_| None, Flags::default()).unwrap();
    let plan = Plan::new(suite, &PlanOptions::default(), &|_| None).unwrap();
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("events.jsonl");
    let journal = Journal::create(&path).unwrap();
    before.iter().for_each(|event| journal.append(event).unwrap());
    let execution = Execution {
        plan: Arc::new(plan),
        models: Arc::new(models),
        journal: Arc::new(journal),
        recovered: EventIndex::read(&path).unwrap(),
        run: "r1".to_string(),
        width: 2,
        decider: None,
    };
    let told: Arc<Mutex<[Vec<Ask>; 2]>> = Arc::default();
    let seen = Arc::clone(&told);
    let observer = Arc::new(move |progress: Progress<'_>| {
        if let Progress::Reply { ask, resumed, .. } = progress {
            seen.lock().unwrap()[usize::from(resumed)].push(ask.clone());
        }
    });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    assert_eq!(runtime.block_on(execute(execution, Stop::default(), observer)).unwrap(), Ended::Finished);
    let [asked, resumed] = std::mem::take(&mut *told.lock().unwrap());
    (asked, resumed, journaled(&path))
}

/// The events of a journal, in the order in which they were written.
fn journaled(path: &Path) -> Vec<Event> {
    std::fs::read_to_string(path).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn what_the_journal_holds_is_not_asked_again() {
    let folder = recorded();
    let (asked, resumed, events) = gone_on(&folder, Vec::new());
    assert_eq!((asked.len(), resumed.len()), (18, 0));
    let rows = derive(&folder.suite(), events.clone());
    for kept in [1, 2, 7, 12, events.len() - 1] {
        let before: Vec<Event> = events[..kept].to_vec();
        let replies = before.iter().filter(|event| matches!(event, Event::Reply { .. })).count();
        let (asked, resumed, after) = gone_on(&folder, before);
        assert_eq!((asked.len(), resumed.len()), (18 - replies, replies), "after {kept} events");
        assert_eq!(derive(&folder.suite(), after), rows);
    }
}

#[test]
fn a_reply_to_another_request_is_asked_for_again() {
    let folder = recorded();
    let (_, _, mut events) = gone_on(&folder, Vec::new());
    events.pop();
    let mut changed = Vec::new();
    for event in &mut events {
        if let Event::Reply { ask, request, .. } = event
            && (*ask == score("c1", "v2", 0) || *ask == preference("c2", "v1", "v2", 0))
        {
            request.push('x');
            changed.push(ask.clone());
        }
    }
    let (mut asked, resumed, _) = gone_on(&folder, events);
    changed.sort();
    asked.sort();
    assert_eq!((asked, resumed.len()), (changed, 16));
}

#[test]
fn what_follows_from_another_output_is_asked_again() {
    let folder = recorded();
    let (_, _, mut events) = gone_on(&folder, Vec::new());
    events.pop();
    for event in &mut events {
        if let Event::Reply { ask, reply, .. } = event
            && *ask == output("c0", "v1", 0)
        {
            reply.text = "quite another answer".to_string();
        }
    }
    let (asked, resumed, _) = gone_on(&folder, events);
    // The output stands; what was judged on its earlier text does not.
    let (one, two) = (preference("c0", "v1", "v2", 0), preference("c0", "v2", "v1", 0));
    assert_eq!((asked.len(), resumed.len()), (3, 15));
    assert!([score("c0", "v1", 0), one, two].iter().all(|ask| asked.contains(ask)), "{asked:?}");
}

#[test]
fn what_failed_is_asked_again() {
    let folder = recorded();
    let (_, _, events) = gone_on(&folder, Vec::new());
    let failed = |event: &Event| match event {
        Event::Reply { index, ask, request, .. } if *ask == score("c0", "v1", 0) => {
            Event::Failed { index: *index, ask: ask.clone(), request: request.clone(), failures: Vec::new() }
        }
        other => other.clone(),
    };
    let before = events[..events.len() - 1].iter().map(failed).collect();
    let (asked, resumed, after) = gone_on(&folder, before);
    assert_eq!((asked, resumed.len()), (vec![score("c0", "v1", 0)], 17));
    assert_eq!(derive(&folder.suite(), after), derive(&folder.suite(), events));
}
