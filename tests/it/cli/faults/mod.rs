//! A provider that fails in every way, processes that are killed, disks that are full: nothing is lost, doubled or
//! counted as a candidate's failure.

mod disk;
mod processes;
mod provider;

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;
use std::time::{Duration, Instant};

use karat::mock::{Asked, FaultShare, Server, Settings};
use serde_json::Value;

use super::project::{Project, without_meta};

const KEY: &str = "sk-fault-4b1d-must-not-be-seen-9920";

/// In flight at once over both models.
const IN_FLIGHT: usize = 8;

const SUITE: &str = r#"
name: faults
dataset: cases.jsonl
models:
  writer: {provider: openai, model: writer, base_url: "${MODEL_URL}", api_key_env: THE_KEY, timeout: 1s, max_attempts: 8}
  grader: {provider: openai, model: grader, base_url: "${MODEL_URL}", api_key_env: THE_KEY, timeout: 1s, max_attempts: 8}
candidates:
  v1: {prompt: v1.j2, model: writer}
  v2: {prompt: v2.j2, model: writer}
metrics:
  quality: {rubric: quality.yaml, judge: grader}
  polite:  {check: contains, value: mock reply}
max_error_rate: 0.02
"#;

const RUBRIC: &str = "
name: quality
mode: pointwise
instructions: Grade the answer.
scale: {min: 1, max: 5}
shows: [reference]
";

/// Two outputs and two verdicts a case.
const CALLS: usize = 4;

fn project(server: &Server, cases: usize) -> Project {
    let project = Project::with(&[
        ("karat.yaml", SUITE),
        ("quality.yaml", RUBRIC),
        ("v1.j2", "Answer: {{ input }}"),
        ("v2.j2", "Answer at length: {{ input }}"),
    ]);
    let case = |n| format!("{{\"id\": \"c{n}\", \"input\": \"question {n}\", \"reference\": \"gold {n}\"}}\n");
    project.write("cases.jsonl", &(0..cases).map(case).collect::<String>());
    project.variable("MODEL_URL", &server.url()).variable("THE_KEY", KEY)
}

fn run_arguments() -> Vec<&'static str> {
    // What is kept is the journal's doing here, not that of the cache.
    vec!["run", "-j", "8", "--no-cache"]
}

fn faults(named: &[&str]) -> Vec<FaultShare> {
    named.iter().map(|one| one.parse().unwrap()).collect()
}

/// The events of the newest run's journal; a half-written last line is none.
fn journal(project: &Project) -> Vec<Value> {
    if project.runs().is_empty() {
        return Vec::new();
    }
    project.of_run("events.jsonl").lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
}

/// The requests whose replies the journal has, by the key that each reply holds.
fn journaled(project: &Project) -> BTreeSet<String> {
    let key = regex::Regex::new("mock reply ([0-9a-f]{16})").unwrap();
    let mut keys = BTreeSet::new();
    for event in journal(project).iter().filter(|event| event["event"] == "reply") {
        let text = event["reply"]["text"].as_str().unwrap();
        let new = keys.insert(key.captures(text).unwrap()[1].to_string());
        assert!(new, "no reply is journaled twice: {text}");
    }
    keys
}

fn assert_no_key(project: &Project, said: &[&str]) {
    for (name, bytes) in project.files() {
        assert!(!bytes.windows(KEY.len()).any(|window| window == KEY.as_bytes()), "the key stands in {name}");
    }
    assert!(said.iter().all(|text| !text.contains(KEY)), "the key was said:\n{}", said.concat());
}

/// Every output and verdict that was planned is counted once: as a reply, as an error with its cause, or as what could
/// not be asked since its output is not there.
fn assert_adds_up(project: &Project, cases: usize) {
    let summary = project.summary();
    let (outputs, verdicts) = (&summary["counts"]["outputs"], &summary["counts"]["verdicts"]);
    let count = |of: &Value, status: &str| usize::try_from(of[status].as_u64().unwrap()).unwrap();
    // A verdict and a check for each output.
    for (of, planned) in [(outputs, 2 * cases), (verdicts, 4 * cases)] {
        let statuses = ["ok", "error", "unparsed", "refused", "skipped"];
        assert_eq!(statuses.iter().map(|status| count(of, status)).sum::<usize>(), planned, "{of}");
        assert_eq!((count(of, "total"), count(of, "unparsed"), count(of, "refused")), (planned, 0, 0), "{of}");
    }
    assert_eq!(
        count(verdicts, "skipped"),
        2 * count(outputs, "error"),
        "skipped is what has no output, and nothing else"
    );
    // Asked again on resuming, a failure may have become a reply: the last event counts.
    let mut last = BTreeMap::new();
    for event in journal(project) {
        if event["event"] == "reply" || event["event"] == "failed" {
            last.insert(event["ask"].to_string(), event);
        }
    }
    let failed: Vec<&Value> = last.values().filter(|event| event["event"] == "failed").collect();
    assert_eq!(failed.len(), count(outputs, "error") + count(verdicts, "error"), "an error is a failed event");
    for event in failed {
        let failures = event["failures"].as_array().unwrap();
        assert!(!failures.is_empty());
        let causes = ["rate_limited", "server", "unreadable", "timeout", "connection"];
        assert!(failures.iter().all(|f| causes.contains(&f["kind"].as_str().unwrap())), "{event}");
        assert!(failures.iter().all(|f| f["message"].as_str().unwrap().contains("127.0.0.1")), "{event}");
    }
    let mut measured = 0;
    for candidate in ["v1", "v2"] {
        let polite = &summary["candidates"][candidate]["metrics"]["polite"];
        let n = polite["n"].as_u64().unwrap();
        assert!(n == 0 || polite["estimate"].as_f64() == Some(1.0), "an error is no failure of {candidate}: {polite}");
        measured += usize::try_from(n).unwrap();
    }
    assert_eq!(measured, count(outputs, "ok"), "a check has a score for each output and for nothing else");
}

fn finished(project: &Project) -> bool {
    project.runs().iter().any(|run| project.path(&format!(".karat/runs/{run}/summary.json")).exists())
}

/// The cases of a soak.
fn soaked() -> usize {
    std::env::var("KARAT_SOAK_CASES").map_or(20_000, |cases| cases.parse().unwrap())
}
