//! Journals as they come out of runs of many tasks and many interruptions → tables.

use std::fs::OpenOptions;
use std::path::Path;

use proptest::prelude::*;

use super::*;
use crate::dataset::Case;
use crate::model::{Failure, FailureKind, Reply};
use crate::run::tabulate;
use crate::store::{EventIndex, Events, Journal};
use crate::suite::made::Folder;

/// More than one thread's share of cases, and no whole number of chunks.
const CASES: u64 = 70;

fn reply(ask: Ask, text: String) -> Event {
    Event::Reply { index: place(&ask), ask, request: "digest".to_string(), reply: Box::new(Reply::of_text(text)) }
}

/// What an undisturbed run journals of each case.
fn undisturbed() -> Vec<Vec<Event>> {
    let of = |index: u64| {
        let id = format!("c{index}");
        let case: Case = serde_json::from_value(serde_json::json!({"id": id, "input": "question"})).unwrap();
        vec![
            Event::Case { index, case: Box::new(case) },
            reply(output(&id, "v1", 0), format!("yes {index}")),
            reply(output(&id, "v2", 0), "no\n".repeat(1 + 40 * (index % 7) as usize)),
            reply(score(&id, "v1", 0), format!("[[{}]]", 1 + index % 5)),
            reply(score(&id, "v2", 0), "nothing to read".to_string()),
            reply(preference(&id, "v1", "v2", 0), "[[A]]".to_string()),
            reply(preference(&id, "v2", "v1", 0), "[[C]]".to_string()),
        ]
    };
    (0..CASES).map(of).collect()
}

/// Journals what is missing: cases in plan order, a few at a time, their replies in any order, and failures before some.
fn go_on(path: &Path, whole: &[Vec<Event>], choices: &mut impl Iterator<Item = usize>) {
    let (journal, recovered) = Journal::reopen(path).unwrap();
    let mut before = Events::open(path, &recovered.index).unwrap();
    if recovered.index.lines() > 0 {
        journal.append(&Event::Resumed { at: 1 }).unwrap();
    }
    let mut waiting = (0..CASES).map(|index| {
        let known = before.of(index).unwrap();
        let missing = |event: &&Event| !known.contains(event);
        whole[index as usize].iter().filter(missing).cloned().collect::<Vec<_>>()
    });
    let mut working: Vec<Vec<Event>> = Vec::new();
    loop {
        let width = 1 + choices.next().unwrap() % 6;
        while working.len() < width {
            let Some(mut events) = waiting.next() else { break };
            if matches!(events.first(), Some(Event::Case { .. })) {
                journal.append(&events.remove(0)).unwrap();
            }
            working.push(events);
        }
        if working.is_empty() {
            break;
        }
        let at = choices.next().unwrap() % working.len();
        if working[at].is_empty() {
            working.swap_remove(at);
            continue;
        }
        let which = choices.next().unwrap() % working[at].len();
        let event = working[at].swap_remove(which);
        if let (Event::Reply { index, ask, .. }, 0) = (&event, choices.next().unwrap() % 5) {
            let failures = vec![Failure::new(FailureKind::Timeout, "slow")];
            let failed = Event::Failed { index: *index, ask: ask.clone(), request: String::new(), failures };
            journal.append(&failed).unwrap();
        }
        journal.append(&event).unwrap();
    }
    journal.append(&Event::Finished { at: 2 }).unwrap();
}

/// The bytes of the three tables.
fn tables(suite: &Suite, journal: &Path) -> Vec<Vec<u8>> {
    let folder = tempfile::tempdir().unwrap();
    tabulate(suite, journal, &EventIndex::read(journal).unwrap(), folder.path()).unwrap();
    written(folder.path())
}

fn written(folder: &Path) -> Vec<Vec<u8>> {
    let table = |name| std::fs::read(folder.join(name)).unwrap();
    ["cases.parquet", "outputs.parquet", "verdicts.parquet"].map(table).to_vec()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn the_order_of_events_and_kills_at_any_byte_leave_no_trace_in_the_tables(
        choices in prop::collection::vec(any::<prop::sample::Index>(), 50..200),
        kills in prop::collection::vec(any::<prop::sample::Index>(), 0..4),
    ) {
        let (suite, whole) = (Folder::new().suite(), undisturbed());
        let place = tempfile::tempdir().unwrap();
        let straight = place.path().join("straight.jsonl");
        let journal = Journal::create(&straight).unwrap();
        whole.iter().flatten().for_each(|event| journal.append(event).unwrap());

        let path = place.path().join("events.jsonl");
        drop(Journal::create(&path).unwrap());
        let mut choices = choices.iter().cycle().map(|index| index.index(1 << 16));
        for kill in kills {
            go_on(&path, &whole, &mut choices);
            let file = OpenOptions::new().write(true).open(&path).unwrap();
            file.set_len(kill.index(file.metadata().unwrap().len() as usize) as u64).unwrap();
        }
        go_on(&path, &whole, &mut choices);
        prop_assert!(tables(&suite, &path) == tables(&suite, &straight));
        let (own, folder) = (journal.index().unwrap(), place.path().join("own"));
        std::fs::create_dir(&folder).unwrap();
        tabulate(&suite, &straight, &own, &folder).unwrap();
        prop_assert!(written(&folder) == tables(&suite, &straight), "the index of who wrote it is that of who reads it");
        prop_assert_eq!(EventIndex::read(&path).unwrap().cases(), CASES);
    }
}

#[test]
fn a_damaged_event_is_named_by_its_line_when_its_case_is_read() {
    let (suite, whole) = (Folder::new().suite(), undisturbed());
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("events.jsonl");
    let journal = Journal::create(&path).unwrap();
    whole.iter().flatten().for_each(|event| journal.append(event).unwrap());
    // Still JSON with its place in the plan, and no reply any more.
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("\"text\":\"yes 69\"", "\"text\":69")).unwrap();
    let error = tabulate(&suite, &path, &EventIndex::read(&path).unwrap(), place.path()).unwrap_err().to_string();
    let line = 69 * whole[0].len() + 2;
    assert!(error.contains(&format!("events.jsonl:{line}: this line of the journal is damaged")), "{error}");
    // Half a table does not look like a whole one, which ends in its mark.
    let is_whole = |file: &str| std::fs::read(place.path().join(file)).unwrap().ends_with(b"PAR1");
    assert!(!["cases.parquet", "outputs.parquet", "verdicts.parquet"].iter().any(|file| is_whole(file)));
    std::fs::write(&path, text).unwrap();
    tabulate(&suite, &path, &EventIndex::read(&path).unwrap(), place.path()).unwrap();
    assert!(["cases.parquet", "outputs.parquet", "verdicts.parquet"].iter().all(|file| is_whole(file)));
}
