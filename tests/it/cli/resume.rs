//! Interruptions: a run that was killed or stopped goes on where it was, and pays for nothing twice.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use super::project::{Project, without_meta};
use super::remote::{journal, project};
use super::server::{Server, sensible};

const CASES: usize = 10;
/// Two outputs, two scores and both orders of the pair a case.
const CALLS: usize = 6 * CASES;
/// Both models have four requests in flight at most.
const IN_FLIGHT: usize = 8;

fn slow(delay: Duration) -> Server {
    Server::start(move |call| sensible(call).after(delay))
}

/// The requests whose replies the journal has, by the key that each reply holds.
fn journaled(project: &Project) -> BTreeSet<String> {
    let key = regex::Regex::new("[0-9a-f]{16}").unwrap();
    let of = |text: &str| key.find(text).unwrap().as_str().to_string();
    let replies = journal(project).into_iter().filter(|event| event["event"] == "reply");
    let keys: Vec<String> = replies.map(|event| of(event["reply"]["text"].as_str().unwrap())).collect();
    let distinct: BTreeSet<String> = keys.iter().cloned().collect();
    assert_eq!(distinct.len(), keys.len(), "no reply is journaled twice");
    distinct
}

/// The summary of a run that nothing disturbed, and what it asked.
fn undisturbed(server: &Server) -> (String, BTreeSet<String>) {
    let project = project(server, CASES);
    let before = server.count();
    project.karat(&["run"]).expect(0);
    let asked = server.calls()[before..].iter().map(|call| call.key.clone()).collect();
    (without_meta(project.summary()), asked)
}

pub fn interrupt(child: &Child) {
    send("-INT", child);
}

fn send(signal: &str, child: &Child) {
    let done = Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
    assert!(done.success());
}

#[test]
fn a_run_that_is_killed_again_and_again_loses_nothing_and_pays_once() {
    let server = slow(Duration::from_millis(40));
    let (whole, wanted) = undisturbed(&server);
    assert_eq!(wanted.len(), CALLS);
    let project = project(&server, CASES);
    let begun = server.count();
    let mut kept = BTreeSet::new();
    // The first kill comes before any reply, the others anywhere.
    for (kills, moment) in [1, 14, 14, 6].into_iter().enumerate() {
        let before = server.count();
        let mut child = project.start(&["run"]);
        server.wait_for(before + moment);
        child.kill().unwrap();
        project.wait(child);
        let asked: BTreeSet<String> = server.calls()[before..].iter().map(|call| call.key.clone()).collect();
        assert!(asked.is_disjoint(&kept), "kill {kills}: what the journal had was asked again");
        kept = journaled(&project);
        let lost = asked.difference(&kept).count();
        assert!(lost <= IN_FLIGHT, "kill {kills}: {lost} replies were lost, and {IN_FLIGHT} can have been in flight");
        let half = b"{\"event\":\"reply\",\"ask\":{\"asks\":\"outp";
        let path = project.path(&format!(".karat/runs/{}/events.jsonl", project.runs()[0]));
        std::fs::OpenOptions::new().append(true).open(path).unwrap().write_all(half).unwrap();
    }
    assert!(kept.len() > IN_FLIGHT, "the kills left something to keep: {}", kept.len());
    let before = server.count();
    let ran = project.karat(&["run"]).expect(0);
    assert!(ran.err.contains("going on with run"), "{}", ran.err);
    let asked: BTreeSet<String> = server.calls()[before..].iter().map(|call| call.key.clone()).collect();
    assert!(asked.is_disjoint(&kept), "what the journal had was asked again");
    assert_eq!(asked.len() + kept.len(), CALLS);

    assert_eq!(project.runs().len(), 1, "it is one run");
    assert_eq!(journaled(&project), wanted, "nothing is lost");
    let all: BTreeSet<String> = server.calls()[begun..].iter().map(|call| call.key.clone()).collect();
    assert_eq!(all, wanted, "nothing else was asked");
    assert_eq!(project.summary()["meta"]["resumed"].as_u64(), Some(kept.len() as u64));
    assert_eq!(without_meta(project.summary()), whole);
}

#[test]
fn a_kill_after_the_last_reply_costs_nothing() {
    let server = slow(Duration::from_millis(2));
    let (whole, _) = undisturbed(&server);
    let project = project(&server, CASES);
    project.karat(&["run"]).expect(0);
    // As if it had been killed before the tables, with the end of the journal half-written.
    let run = format!(".karat/runs/{}", project.runs()[0]);
    for file in ["summary.json", "verdicts.parquet", "outputs.parquet"] {
        std::fs::remove_file(project.path(&format!("{run}/{file}"))).unwrap();
    }
    let events = project.of_run("events.jsonl");
    project.write(&format!("{run}/events.jsonl"), &events[..events.len() - 9]);
    let before = server.count();
    project.karat(&["run"]).expect(0);
    assert_eq!(server.count(), before, "nothing is asked");
    assert_eq!(project.runs().len(), 1);
    assert_eq!(without_meta(project.summary()), whole);
}

#[test]
fn ctrl_c_drains_and_the_same_command_goes_on() {
    let server = slow(Duration::from_millis(100));
    let (whole, wanted) = undisturbed(&server);
    let project = project(&server, CASES);
    let before = server.count();
    let child = project.start(&["gate"]);
    server.wait_for(before + 15);
    interrupt(&child);
    let ran = project.wait(child).expect(130);
    assert!(ran.err.contains("interrupted; what was answered is kept in run"), "{}", ran.err);
    let asked: BTreeSet<String> = server.calls()[before..].iter().map(|call| call.key.clone()).collect();
    assert!(asked.len() < CALLS, "it was stopped in the middle");
    assert_eq!(journaled(&project), asked, "what was in flight is waited for");

    let listed = project.karat(&["runs", "list"]).expect(0);
    assert!(listed.out.contains("interrupted"), "{}", listed.out);
    insta::assert_snapshot!("report_of_an_interrupted_run", project.karat(&["report"]).expect(2).shown());

    // The run that goes on need not be started by the same command, only be the same plan.
    project.karat(&["run"]).expect(0);
    let calls = server.calls();
    assert!(calls[before..].len() == CALLS, "everything is asked once: {}", calls[before..].len());
    assert_eq!(journaled(&project), wanted);
    assert_eq!(without_meta(project.summary()), whole);
    assert!(project.karat(&["runs", "list"]).expect(0).out.contains("finished"));
}

#[test]
fn a_system_that_ends_its_jobs_is_heard_as_ctrl_c_is() {
    let server = slow(Duration::from_millis(100));
    let project = project(&server, CASES);
    let child = project.start(&["run"]);
    server.wait_for(15);
    send("-TERM", &child);
    let ran = project.wait(child).expect(130);
    assert!(ran.err.contains("interrupted; what was answered is kept in run"), "{}", ran.err);
    let asked: BTreeSet<String> = server.calls().iter().map(|call| call.key.clone()).collect();
    assert_eq!(journaled(&project), asked, "what was in flight is waited for");
}

#[test]
fn a_second_ctrl_c_ends_at_once() {
    let server = slow(Duration::from_secs(20));
    let project = project(&server, 2);
    let child = project.start(&["run"]);
    server.wait_for(2);
    interrupt(&child);
    std::thread::sleep(Duration::from_millis(300));
    let begun = Instant::now();
    interrupt(&child);
    project.wait(child).expect(130);
    assert!(begun.elapsed() < Duration::from_secs(5));
}

#[test]
fn a_run_is_worked_on_by_one_process_at_a_time() {
    let server = slow(Duration::from_secs(3));
    let project = project(&server, 1);
    let first = project.start(&["run"]);
    server.wait_for(1);
    insta::assert_snapshot!("locked", project.karat(&["run"]).expect(2).shown());
    project.wait(first).expect(0);
    assert!(server.calls().iter().all(|call| call.nth == 0), "the second one asked nothing");
}

#[test]
fn an_edited_prompt_is_another_run() {
    let server = slow(Duration::from_millis(40));
    let project = project(&server, CASES);
    let mut child = project.start(&["run"]);
    server.wait_for(12);
    child.kill().unwrap();
    project.wait(child);
    project.edit("v2.j2", "at length", "in full");
    let ran = project.karat(&["run"]).expect(0);
    assert!(!ran.err.contains("going on"), "{}", ran.err);
    assert_eq!(project.runs().len(), 2);
    let mut asked: BTreeMap<String, usize> = BTreeMap::new();
    for event in journal(&project).iter().filter(|event| event["event"] == "reply") {
        *asked.entry(event["ask"].to_string()).or_default() += 1;
    }
    assert_eq!(asked.len(), CALLS);
    assert!(asked.values().all(|times| *times == 1));
}

#[test]
fn a_journal_that_is_damaged_in_the_middle_is_named() {
    let server = slow(Duration::from_millis(2));
    let project = project(&server, 1);
    project.karat(&["run"]).expect(0);
    let run = format!(".karat/runs/{}", project.runs()[0]);
    std::fs::remove_file(project.path(&format!("{run}/summary.json"))).unwrap();
    let events = project.of_run("events.jsonl");
    project.write(&format!("{run}/events.jsonl"), &events.replacen("{\"event\":\"case\"", "{\"event\":\"ca", 1));
    insta::assert_snapshot!("damaged_journal", project.karat(&["run"]).expect(4).shown());
}
