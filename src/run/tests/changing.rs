//! A dataset that changes between the plan and the run: said, never other cases.

use std::sync::Arc;

use crate::dataset::Selection;
use crate::model::{Flags, Models, Stop};
use crate::run::{Ended, Execution, Plan, PlanOptions, RunError, execute};
use crate::store::{EventIndex, Journal};
use crate::suite::made::Folder;

fn plan(folder: &Folder, options: &PlanOptions) -> Plan {
    Plan::new(folder.suite(), options, &|_| None).unwrap_or_else(|errors| panic!("{errors}"))
}

/// The ids that are read, and the error that ends them.
fn read(plan: &Plan) -> (Vec<String>, Option<String>) {
    let (mut ids, mut error) = (Vec::new(), None);
    for (at, case) in plan.cases.read().unwrap().enumerate() {
        assert!(error.is_none(), "nothing comes after an error");
        match case {
            Ok((index, case)) => {
                assert_eq!(index, at as u64);
                ids.push(case.id.to_string());
            }
            Err(why) => error = Some(why.to_string()),
        }
    }
    (ids, error)
}

#[test]
fn the_selected_cases_are_read_again_and_again() {
    let filter = vec![("id".to_string(), "c0,c2".to_string())];
    for (selection, ids) in [
        (Selection::default(), vec!["c0", "c1", "c2"]),
        (Selection { limit: Some(2), ..Selection::default() }, vec!["c0", "c1"]),
        (Selection { filter, ..Selection::default() }, vec!["c0", "c2"]),
    ] {
        let folder = Folder::new();
        let plan = plan(&folder, &PlanOptions { selection, ..PlanOptions::default() });
        assert_eq!(plan.cases.len(), ids.len());
        for _ in 0..2 {
            assert_eq!(read(&plan), (ids.iter().map(ToString::to_string).collect(), None));
        }
    }
}

#[test]
fn any_change_of_a_planned_case_is_told_at_its_place() {
    let rows = |ids: &[&str]| {
        ids.iter().map(|id| format!("{{\"id\": \"{id}\", \"input\": \"question {}\"}}\n", &id[1..])).collect::<String>()
    };
    for (text, before) in [
        (rows(&["c0", "c1"]), 2),
        (rows(&["c0", "c2", "c1"]), 1),
        (rows(&["c9", "c0", "c1", "c2"]), 0),
        (rows(&["c0", "c1", "c2"]).replace("question 2", "question two"), 2),
        (rows(&["c0"]) + "{\"id\": \"c1\"\n" + &rows(&["c2"]), 1),
        (rows(&["c0"]) + "{\"id\": \"c1\"}\n" + &rows(&["c2"]), 1),
    ] {
        let folder = Folder::new();
        let plan = plan(&folder, &PlanOptions::default());
        folder.write("cases.jsonl", &text);
        let (ids, error) = read(&plan);
        assert_eq!(ids.len(), before, "{text}");
        let error = error.unwrap();
        assert!(error.contains(&format!("of case {} of the run", before + 1)), "{error}");
    }
    let folder = Folder::new();
    let plan = plan(&folder, &PlanOptions::default());
    folder.change("cases.jsonl", "question 1", "another");
    insta::assert_snapshot!(read(&plan).1.unwrap());
    // The form of the file is not what was planned, nor are cases behind the last.
    let spread = rows(&["c0", "c1", "c2", "c3"]).replace("\"id\"", "  \"id\"");
    folder.write("cases.jsonl", &spread);
    assert_eq!(read(&plan).1, None);
}

#[test]
fn a_run_keeps_what_was_answered_and_goes_on_when_the_dataset_is_as_it_was() {
    let folder = super::resuming::recorded();
    let place = tempfile::tempdir().unwrap();
    let path = place.path().join("events.jsonl");
    let run = |plan: Plan, change: &dyn Fn()| {
        let models = Models::open(&plan.suite.models, &plan.suite.root, &|_| None, Flags::default()).unwrap();
        let (journal, recovered) = if path.exists() {
            let (journal, recovered) = Journal::reopen(&path).unwrap();
            (journal, recovered.index)
        } else {
            (Journal::create(&path).unwrap(), EventIndex::default())
        };
        let execution = Execution {
            plan: Arc::new(plan),
            models: Arc::new(models),
            journal: Arc::new(journal),
            recovered,
            run: "r1".to_string(),
            width: 4,
            decider: None,
        };
        change();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(execute(execution, Stop::default(), Arc::new(|_: crate::run::Progress<'_>| {})))
    };
    let changed = run(plan(&folder, &PlanOptions::default()), &|| {
        folder.change("cases.jsonl", "question 2", "another");
    });
    assert!(matches!(changed, Err(RunError::Cases(_))), "{changed:?}");
    // Twelve replies to the two cases before, and no end.
    assert_eq!(EventIndex::read(&path).unwrap().lines(), 1 + 2 + 12);
    folder.change("cases.jsonl", "another", "question 2");
    assert_eq!(run(plan(&folder, &PlanOptions::default()), &|| {}).unwrap(), Ended::Finished);
    assert_eq!(EventIndex::read(&path).unwrap().lines(), 15 + 1 + 1 + 6 + 1);
}
