//! `karat judge`: stored outputs judged anew, at the judge's cost only, in a run of its own.

use std::collections::BTreeSet;
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use super::project::{Project, steady, without_meta};
use super::remote::{journal, project};
use super::server::{Answer, Call, Server, sensible};

const CASES: usize = 5;
/// Two scores and both orders of the pair a case.
const VERDICTS: usize = 4;

/// Every file of a run but its lock.
fn files_of(project: &Project, run: &str) -> Vec<(String, Vec<u8>)> {
    let mut files = project.files();
    files.retain(|(name, _)| name.starts_with(&format!(".karat/runs/{run}/")) && !name.ends_with("/lock"));
    files
}

fn stricter(project: &Project) {
    project.edit("quality.yaml", "Grade the answer.", "Grade the answer strictly.");
}

fn is_strict(call: &Call) -> bool {
    call.said().contains("Grade the answer strictly.")
}

/// The replies of the newest run that ask for this: `output`, `score`, `preference`.
fn replies(project: &Project, asks: &str) -> Vec<Value> {
    let mut events = journal(project);
    events.retain(|event| event["event"] == "reply" && event["ask"]["asks"] == asks);
    // They stand in the order in which they came.
    events.sort_by_key(|event| event["ask"].to_string());
    events
}

#[test]
fn a_changed_rubric_is_judged_anew_without_asking_a_candidate() {
    let server = Server::start(sensible);
    let project = project(&server, CASES);
    project.karat(&["run"]).expect(0);
    let source = project.runs()[0].clone();
    let (before, outputs) = (files_of(&project, &source), replies(&project, "output"));
    stricter(&project);
    // What the candidates are by now, and what the dataset is, does not matter.
    project.write("v2.j2", "Another prompt: {{ input }}");
    std::fs::remove_file(project.path("cases.jsonl")).unwrap();
    let asked = server.count();

    let ran = project.karat(&["judge", &source, "--metric", "quality"]).expect(0);
    let calls = server.calls()[asked..].to_vec();
    assert_eq!(calls.len(), 2 * CASES);
    assert!(calls.iter().all(|call| call.is_for_the_judge() && is_strict(call)));
    assert!(ran.err.contains(&format!("10 verdicts to ask for, on the outputs of run {source}\n")), "{}", ran.err);
    assert_eq!(project.runs().len(), 2, "it is a run of its own");
    assert_eq!(files_of(&project, &source), before, "the stored run is left as it was");
    assert_eq!(replies(&project, "output"), outputs, "the outputs stand in the new journal as they were");
    let manifest: Value = serde_json::from_str(&project.of_run("manifest.json")).unwrap();
    assert_eq!(manifest["source"]["run"], source.as_str());
    let meta = project.summary()["meta"].clone();
    assert_eq!((&meta["outputs_of"], &meta["calls"]), (&source.as_str().into(), &(2 * CASES).into()));
    // The outputs cost what they cost then, and only the verdicts were paid for now.
    let cost = project.summary()["cost"].clone();
    assert!((cost["candidates"]["v1"]["usd"].as_f64().unwrap() - CASES as f64 * 120.0 / 1e6).abs() < 1e-9, "{cost}");
    assert!((meta["spent_usd"].as_f64().unwrap() - 2.0 * CASES as f64 * 1200.0 / 1e6).abs() < 1e-9, "{meta}");

    // Everything that works on a run works on this one, without the other.
    std::fs::rename(project.path(&format!(".karat/runs/{source}")), project.path("away")).unwrap();
    let asked = server.count();
    let replayed = project.karat(&["replay"]).expect(0);
    assert!(replayed.err.contains("byte for byte the same"), "{}", replayed.err);
    for command in ["report", "compare", "calibrate"] {
        project.karat(&[command]).expect(0);
    }
    assert!(project.karat(&["gate", "latest"]).expect(3).out.contains("quality"));
    assert!(project.read("reports/latest/report.md").contains(&format!("on the outputs of run {source}")));
    assert!(project.read("reports/latest/report.html").contains("Outputs of run"));
    insta::assert_snapshot!("runs_show_of_a_judged_run", steady(&project.karat(&["runs", "show"]).expect(0).out));
    let shown = project.karat(&["runs", "show", "--case", "c1"]).expect(0).out;
    assert!(shown.contains("Answer at length: question 1") && shown.contains("strictly"), "{shown}");
    insta::assert_snapshot!("runs_list_of_a_judged_run", steady(&project.karat(&["runs", "list"]).expect(0).out));
    assert_eq!(server.count(), asked);
}

#[test]
fn an_unchanged_suite_gives_the_same_for_nothing() {
    let server = Server::start(sensible);
    let project = project(&server, CASES);
    project.karat(&["run"]).expect(0);
    let (asked, whole) = (server.count(), without_meta(project.summary()));
    project.karat(&["judge", "--offline"]).expect(0);
    assert_eq!(server.count(), asked);
    assert_eq!(without_meta(project.summary()), whole);
    assert_eq!(project.summary()["meta"]["cached"], CASES * VERDICTS);
    // Judged again without the cache, each verdict is paid for, and no output is.
    project.karat(&["judge", "--no-cache", "-j", "2"]).expect(0);
    assert!(server.calls()[asked..].iter().all(Call::is_for_the_judge));
    assert_eq!(server.count(), asked + CASES * VERDICTS);
    assert_eq!(without_meta(project.summary()), whole);
    // A verdict that would have to be asked for is found missing before anything is begun.
    stricter(&project);
    let runs = project.runs().len();
    let refused = project.karat(&["judge", "--offline"]).expect(2);
    assert!(refused.err.contains("no cached reply for metric `quality`, case `c0`, candidate `v1`"), "{}", refused.err);
    assert!(refused.err.contains("and 5 more replies are not in the cache"), "{}", refused.err);
    assert_eq!((project.runs().len(), server.count()), (runs, asked + CASES * VERDICTS));
}

#[test]
fn another_judge_and_a_new_metric_are_taken_from_the_suite_as_it_is() {
    let server = Server::start(sensible);
    let project = project(&server, CASES);
    project.karat(&["run", "--metric", "short"]).expect(0);
    let source = project.runs()[0].clone();
    let asked = server.count();
    project.edit(
        "karat.yaml",
        "prices: {input: 10, output: 20}}",
        "prices: {input: 10, output: 20}, params: {seed: 3}}",
    );
    project.edit("karat.yaml", "unit: words, max: 60", "unit: words, max: 2");
    let summary = project.karat(&["judge", &source, "--json", "--limit", "2"]).expect(0).json();
    assert_eq!(server.count(), asked + 2 * VERDICTS);
    assert!(server.calls()[asked..].iter().all(|call| call.is_for_the_judge() && call.body["seed"] == 3));
    assert_eq!((&summary["counts"]["cases"], &summary["suite"]["selection"]), (&2.into(), &"--limit 2".into()));
    // Checks are made anew as well.
    assert_eq!(summary["candidates"]["v1"]["metrics"]["short"]["estimate"], 0.0);
    // A case is the same whichever are left out.
    let filtered = project.karat(&["judge", &source, "--json", "--filter", "id=c4"]).expect(0).json();
    assert_eq!(filtered["counts"]["outputs"]["ok"], 2);
    let texts: BTreeSet<String> = replies(&project, "output").iter().map(|e| e["ask"]["case"].to_string()).collect();
    assert_eq!(texts, BTreeSet::from(["\"c4\"".to_string()]));
}

#[test]
fn an_interruption_is_gone_on_with_by_the_same_command() {
    let server = Server::start(|call| match is_strict(call) {
        true => sensible(call).after(Duration::from_millis(60)),
        false => sensible(call),
    });
    let project = project(&server, 12);
    project.karat(&["run"]).expect(0);
    let source = project.runs()[0].clone();
    stricter(&project);
    let begun = server.count();
    let child = project.start(&["judge", "--metric", "quality"]);
    server.wait_for(begun + 6);
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let ran = project.wait(child).expect(130);
    assert!(ran.err.contains("interrupted; what was answered is kept in run"), "{}", ran.err);
    let mut child = project.start(&["judge", "--metric", "quality", "--no-cache"]);
    server.wait_for(server.count() + 5);
    child.kill().unwrap();
    project.wait(child);
    assert!(server.count() < begun + 24, "it was stopped in the middle");
    let ran = project.karat(&["judge", "--metric", "quality"]).expect(0);
    assert!(ran.err.contains("going on with run"), "{}", ran.err);
    assert_eq!(project.runs().len(), 2, "it is one run");
    let manifest: Value = serde_json::from_str(&project.of_run("manifest.json")).unwrap();
    assert_eq!(manifest["source"]["run"], source.as_str());
    for (asks, count) in [("output", 24), ("score", 24)] {
        let told: BTreeSet<String> = replies(&project, asks).iter().map(|event| event["ask"].to_string()).collect();
        assert_eq!((told.len(), replies(&project, asks).len()), (count, count), "nothing is lost or doubled: {asks}");
    }
    project.karat(&["replay"]).expect(0);
    let whole = without_meta(project.summary());
    project.karat(&["judge", &source, "--metric", "quality"]).expect(0);
    assert_eq!(without_meta(project.summary()), whole, "as if nothing had disturbed it");
    assert_eq!(project.runs().len(), 3, "a finished one is not gone on with");
}

#[test]
fn outputs_that_failed_or_were_refused_stay_so() {
    let server = Server::start(|call| match call.is_for_the_judge() {
        false if call.said().contains("question 1") => Answer::of(400, "{\"error\": {\"message\": \"not that\"}}"),
        false if call.said().contains("question 2") => {
            let mut refused = Answer::text("");
            refused.body = refused.body.replace("\"stop\"", "\"content_filter\"");
            refused
        }
        _ => sensible(call),
    });
    let project = project(&server, CASES);
    project.karat(&["run"]).expect(4);
    let (asked, counts) = (server.count(), project.summary()["counts"].clone());
    assert_eq!((&counts["outputs"]["error"], &counts["outputs"]["refused"]), (&2.into(), &2.into()), "{counts}");
    stricter(&project);
    let judged = project.karat(&["judge"]).expect(4);
    assert!(judged.out.contains("2 of 10 outputs ended in an error"), "{}", judged.out);
    assert_eq!(project.summary()["counts"]["outputs"], counts["outputs"]);
    assert_eq!(server.count(), asked + 2 * 3, "only what there is to judge, and that is new");
    let shown = project.karat(&["runs", "show", "--case", "c1"]).expect(0).out;
    assert!(shown.contains("not that"), "the cause is told: {shown}");
    project.karat(&["replay"]).expect(0);
}

#[test]
fn of_an_interrupted_run_what_is_there_is_judged_and_told() {
    let server = Server::start(|call| match call.number {
        0..12 => sensible(call),
        _ => sensible(call).after(Duration::from_millis(300)),
    });
    let project = project(&server, 40);
    let mut child = project.start(&["run"]);
    server.wait_for(24);
    child.kill().unwrap();
    project.wait(child);
    let (source, asked) = (project.runs()[0].clone(), server.count());
    let before = files_of(&project, &source);
    let ran = project.karat(&["judge"]).expect(4);
    assert!(ran.err.contains(&format!("run {source} was interrupted: of its 40 cases it began")), "{}", ran.err);
    assert!(ran.out.contains("outputs of the cases begun were never asked for"), "{}", ran.out);
    assert!(
        project.summary()["suite"]["selection"].as_str().unwrap().contains("of 40 cases, where the run was interr")
    );
    assert!(server.calls()[asked..].iter().all(Call::is_for_the_judge));
    assert_eq!(files_of(&project, &source), before);
    // The interrupted run itself can be gone on with as before.
    assert!(project.karat(&["run"]).expect(0).err.contains(&format!("going on with run {source}")));
}

#[test]
fn a_recorded_judge_needs_only_its_own_rows() {
    let rows = |score: u8| -> String {
        let row = |case: &str| {
            format!(
                "{{\"metric\": \"quality\", \"case\": \"{case}\", \"candidate\": \"v1\", \"text\": \"Rating: {score}\"}}\n"
            )
        };
        ["a", "b"].map(row).concat()
    };
    let project = Project::with(&[
        (
            "karat.yaml",
            "name: s\ndataset: cases.jsonl\nmodels:\n  writer: {provider: recorded, replies: outputs.jsonl}\n  \
             grader: {provider: recorded, replies: verdicts.jsonl}\n\
             candidates: {v1: {prompt: p.j2, model: writer}}\nmetrics: {quality: {rubric: q.yaml, judge: grader}}\n",
        ),
        ("p.j2", "{{ input }}"),
        ("q.yaml", "name: q\nmode: pointwise\ninstructions: Grade.\nscale: {min: 1, max: 5}\nreply: rating\n"),
        ("cases.jsonl", "{\"id\": \"a\", \"input\": \"x\"}\n{\"id\": \"b\", \"input\": \"y\"}\n"),
        (
            "outputs.jsonl",
            "{\"case\": \"a\", \"candidate\": \"v1\", \"text\": \"A\"}\n{\"case\": \"b\", \"candidate\": \"v1\", \"text\": \"B\"}\n",
        ),
    ]);
    project.write("verdicts.jsonl", &rows(2));
    project.karat(&["run"]).expect(0);
    project.write("verdicts.jsonl", &rows(5));
    for gone in ["outputs.jsonl", "cases.jsonl"] {
        std::fs::remove_file(project.path(gone)).unwrap();
    }
    let summary = project.karat(&["judge", "--json"]).expect(0).json();
    assert_eq!(summary["candidates"]["v1"]["metrics"]["quality"]["estimate"], 5.0);
    assert_eq!(summary["meta"]["recorded_unasked"], 0);
    project.karat(&["replay"]).expect(0);
    project.write("verdicts.jsonl", rows(5).lines().next().unwrap());
    insta::assert_snapshot!("judge_without_a_recorded_verdict", project.karat(&["judge"]).expect(2).shown());
}

#[test]
fn a_budget_holds_for_the_verdicts_alone() {
    let server = Server::start(sensible);
    let project = project(&server, 12);
    project.karat(&["run"]).expect(0);
    stricter(&project);
    let asked = server.count();
    // 24 verdicts at 0.0012 dollars each.
    let stopped = project.karat(&["judge", "--metric", "quality", "--budget-usd", "0.02"]).expect(4);
    let paid = server.count() - asked;
    assert!(paid < 24, "{paid} verdicts for 0.02 dollars: {}", stopped.err);
    project.karat(&["judge", "--metric", "quality", "--budget-usd", "1"]).expect(0);
    assert_eq!(server.count(), asked + 24, "it goes on with the same run");
    assert_eq!(project.runs().len(), 2);
}

#[test]
fn what_does_not_fit_the_stored_run_is_told_before_anything_is_spent() {
    let server = Server::start(sensible);
    let project = project(&server, 1);
    let told = |arguments: &[&str]| project.karat(&[&["judge"], arguments].concat()).expect(2).shown();
    let mut all = told(&[]);
    project.karat(&["run", "--candidate", "v1", "--metric", "quality"]).expect(0);
    let asked = server.count();
    all.push_str(&told(&["--metric", "qualty"]));
    all.push_str(&told(&["--metric", "qualty", "--candidate", "v3"]));
    all.push_str(&told(&["--metric", "quality", "--seed", "7"]));
    all.push_str(&told(&["--metric", "quality", "--repeat", "2"]));
    all.push_str(&told(&["--candidate", "v1"]));
    all.push_str(&told(&["nosuch"]));
    // A gate that is narrowed away need not fit: all is in the cache.
    project.karat(&["judge", "--metric", "short"]).expect(0);
    project.write("other.yaml", &project.read("karat.yaml"));
    let run = project.runs()[0].clone();
    all.push_str(&told(&["-c", "other.yaml", &run]));
    project.edit("karat.yaml", "grader}\n  preference", "writer}\n  preference");
    project.edit("karat.yaml", "model: writer-1", "model: writer-2");
    all.push_str(&told(&["--metric", "quality", "--candidate", "v1"]));
    insta::assert_snapshot!("judge_what_does_not_fit", all);
    assert_eq!((server.count(), project.runs().len()), (asked, 2));
}

#[test]
fn the_shipped_suite_is_judged_anew_from_its_sample_replies() {
    let project = Project::shipped();
    project.karat(&["run"]).expect(0);
    let whole = without_meta(project.summary());
    project.karat(&["judge"]).expect(0);
    assert_eq!(without_meta(project.summary()), whole);
    assert_eq!(project.summary()["meta"]["recorded_unasked"], 0, "its outputs are in the file of the judge");
}
