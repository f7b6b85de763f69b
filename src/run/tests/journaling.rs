//! When an answer is in the journal: before anybody is asked in its place.

use std::path::Path;
use std::sync::{Arc, Mutex};

use serde_json::json;
use wiremock::{Mock, MockServer, Request, ResponseTemplate, matchers};

use crate::model::{Flags, Models, Stop};
use crate::run::{Ended, Execution, Plan, PlanOptions, execute};
use crate::store::{EventIndex, Journal};
use crate::suite::made::Folder;

/// So many calls may be in flight.
const AT_ONCE: usize = 2;

const CASES: usize = 100;

/// The answers that a journal holds.
fn answers(journal: &Path) -> usize {
    std::fs::read_to_string(journal).unwrap().matches("\"event\":\"reply\"").count()
}

#[test]
fn no_more_is_unsafe_at_any_time_than_may_be_in_flight() {
    let folder = Folder::new();
    let cases: String = (0..CASES).map(|n| json!({"id": format!("c{n}"), "input": "?"}).to_string() + "\n").collect();
    folder.write("cases.jsonl", &cases);
    let run = tempfile::tempdir().unwrap();
    let path = run.path().join("events.jsonl");
    let journal = Journal::create(&path).unwrap();
    // For each request, how many came before it whose answers are not in the journal yet.
    let open: Arc<Mutex<Vec<usize>>> = Arc::default();
    // One thread: whoever gives his place up and then waits for others lets one of them go first.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let ended = runtime.block_on(async {
        let server = MockServer::start().await;
        let (seen, watched) = (Arc::clone(&open), path.clone());
        let answer = move |_: &Request| {
            let mut seen = seen.lock().unwrap();
            let before = seen.len();
            seen.push(before - answers(&watched));
            ResponseTemplate::new(200).set_body_json(json!({"output": "yes"}))
        };
        Mock::given(matchers::any()).respond_with(answer).mount(&server).await;
        folder.write(
            "karat.yaml",
            &format!(
                "name: made\ndataset: cases.jsonl\ncandidates:\n  v1: {{http: {{url: \"{}\", body: {{q: \"{{{{ input }}}}\"}}, \
                 output: /output}}}}\nmetrics:\n  right: {{check: contains, value: yes}}\n",
                server.uri()
            ),
        );
        let plan = Plan::new(folder.suite(), &PlanOptions::default(), &|_| None).unwrap();
        let flags = Flags { max_concurrency: Some(AT_ONCE), ..Flags::default() };
        let models = Models::open(&plan.models(), &plan.suite.root, &|_| None, flags).unwrap();
        let execution = Execution {
            plan: Arc::new(plan),
            models: Arc::new(models),
            journal: Arc::new(journal),
            recovered: EventIndex::default(),
            run: "r1".to_string(),
            width: 4 * AT_ONCE,
            decider: None,
        };
        execute(execution, Stop::default(), Arc::new(|_| {})).await.unwrap()
    });
    let open = open.lock().unwrap();
    assert_eq!((ended, answers(&path), open.len()), (Ended::Finished, CASES, CASES));
    assert!(open.iter().all(|open| *open < AT_ONCE), "{open:?}");
}
