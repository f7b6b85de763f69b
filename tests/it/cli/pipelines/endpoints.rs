//! An endpoint as a candidate: what is sent, how its reply is read, and whatever else a service may do.

use serde_json::Value;

use super::super::project::{Project, Ran};
use super::bots::asking;
use super::service::Service;

fn endpoint(service: &Service, path: &str, more: &str) -> Project {
    let candidate = format!(
        "{{http: {{url: \"{}{path}\", body: {{q: \"{{{{ input }}}}\", list: \"{{{{ context }}}}\"}}, output: /answer, {more}}}}}",
        service.address
    );
    asking(&candidate, &["one"]).variable("BOT_KEY", "sk-51ab7Qz900")
}

fn why(project: &Project, ran: Ran) -> String {
    let journal = project.of_run("events.jsonl");
    let events = journal.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let mut failures = events.filter_map(|event| event["failures"].as_array().cloned()).flatten();
    let last = failures.next_back().unwrap_or_else(|| panic!("{}", ran.err));
    format!("{}: {}", last["kind"].as_str().unwrap(), last["message"].as_str().unwrap())
}

#[test]
fn a_request_is_made_from_the_template_and_the_reply_read_by_its_pointers() {
    let service = Service::start();
    let more = "api_key_env: BOT_KEY, headers: {x-team: evals}, query: {v: 2, user: \"{{ input }}!\"}, trace: {contexts: /docs}";
    let project = endpoint(&service, "/answer", more);
    project.karat(&["run"]).expect(0);
    let asked = service.asked().pop().unwrap();
    assert_eq!(asked.line, "POST /answer?v=2&user=one%21 HTTP/1.1");
    assert_eq!(asked.body, r#"{"q":"one","list":[]}"#);
    for header in ["authorization: bearer sk-51ab7qz900", "x-team: evals", "content-type: application/json"] {
        assert!(asked.headers.iter().any(|known| known == header), "{header}: {:?}", asked.headers);
    }
    let parent = asked.headers.iter().find_map(|header| header.strip_prefix("traceparent: ")).unwrap();
    assert!(regex::Regex::new("^00-[0-9a-f]{32}-[0-9a-f]{16}-01$").unwrap().is_match(parent), "{parent}");
    let journal = project.of_run("events.jsonl");
    assert!(journal.contains(r#""text":"an answer""#) && journal.contains(r#""id":"doc-1""#), "{journal}");
    assert_eq!(project.summary()["cost"]["total"]["usd"], 0.5);
    for (name, bytes) in project.files() {
        assert!(!String::from_utf8_lossy(&bytes).contains("sk-51ab7Qz900"), "{name}");
    }
    // It may have changed since, so it is asked again; unless the suite says that its answers keep.
    project.karat(&["run"]).expect(0);
    assert_eq!(service.asked().len(), 2);
    let kept = endpoint(&service, "/answer", "cache: true");
    (0..2).for_each(|_| drop(kept.karat(&["run"]).expect(0)));
    assert_eq!(service.asked().len(), 3);
}

#[test]
fn the_events_of_a_stream_are_put_together_and_its_end_is_heard() {
    let service = Service::start();
    let project = endpoint(&service, "/open", "stream: sse, timeout: 10s, trace: {contexts: /docs}");
    project.edit("karat.yaml", "output: /answer", "output: /delta");
    project.karat(&["run"]).expect(0);
    assert!(project.of_run("events.jsonl").contains(r#""text":"an answer""#));
}

#[test]
fn a_reply_without_an_output_cost_what_it_says_all_the_same() {
    let service = Service::start();
    let project = endpoint(&service, "/cut", "max_attempts: 2, patience: 1s");
    project.karat(&["run"]).expect(4);
    let summary = project.summary();
    let spent = &summary["cost"]["candidates"]["bot"];
    assert_eq!((&spent["usd"], &spent["failed_usd"]), (&Value::from(1.0), &Value::from(1.0)), "{spent}");
    assert_eq!(summary["meta"]["spent_usd"], 1.0);
    let replayed = project.karat(&["replay"]).expect(0);
    assert!(replayed.err.contains("byte for byte the same"), "{}", replayed.err);
    // Both attempts count against a budget, and the second one does not begin.
    let project = endpoint(&service, "/cut", "max_attempts: 2, patience: 1s");
    let stopped = project.karat(&["run", "--budget-usd", "0.4"]).expect(4);
    assert!(stopped.err.contains("$0.5000 is spent"), "{}", stopped.err);
}

#[test]
fn what_is_not_where_the_suite_looks_is_paid_for_once() {
    let service = Service::start();
    let project = endpoint(&service, "/answer", "max_attempts: 3, patience: 1s");
    project.edit("karat.yaml", "output: /answer", "output: /no-such-place");
    let ran = project.karat(&["run"]).expect(4);
    let why = why(&project, ran);
    assert!(why.contains("nothing at `/no-such-place`"), "{why}");
    assert_eq!(project.summary()["cost"]["candidates"]["bot"]["failed_usd"], 0.5);
    assert_eq!(service.asked().len(), 1);
}

#[test]
fn a_stream_that_tells_of_an_error_is_no_answer_and_cost_what_it_told() {
    let service = Service::start();
    let project = endpoint(&service, "/failing", "stream: sse, max_attempts: 2, patience: 1s");
    project.edit("karat.yaml", "output: /answer", "output: /delta");
    let ran = project.karat(&["run"]).expect(4);
    let why = why(&project, ran);
    assert!(why.contains(r#"the stream says that it failed: {"error": "overloaded"}"#), "{why}");
    assert_eq!(project.summary()["cost"]["candidates"]["bot"]["failed_usd"], 0.5, "two attempts");
}

#[test]
fn whatever_a_service_does_is_a_failure_with_its_cause() {
    let service = Service::start();
    let told: Vec<String> = ["/500", "/html", "/elsewhere", "/half", "/never"]
        .into_iter()
        .map(|path| {
            let project = endpoint(&service, path, "stream: sse, timeout: 1s, max_attempts: 1, patience: 1s");
            if path != "/never" {
                // On a slow machine the others take their time too.
                project.edit("karat.yaml", "stream: sse, timeout: 1s", "timeout: 60s");
            }
            let ran = project.karat(&["run"]);
            why(&project, ran).replace(&service.address, "[service]")
        })
        .collect();
    insta::assert_snapshot!(told.join("\n"));
    assert_eq!(service.asked().len(), 5, "no redirect was followed and nothing was asked twice");
}
