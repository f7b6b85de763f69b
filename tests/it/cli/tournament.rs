//! Knock-outs among several candidates: what is asked, who comes first, and that a run that was killed ends the same.

use std::time::Duration;

use serde_json::{Value, json};

use super::project::{Project, without_meta};
use super::remote::journal;
use super::server::{Answer, Call, Server};

const SUITE: &str = r#"
name: tournament
dataset: cases.jsonl
models:
  grader: {provider: openai, model: judge-1, base_url: "${MODEL_URL}", max_concurrency: 4, prices: {input: 10, output: 20}}
candidates:
  a: {outputs: a.jsonl}
  b: {outputs: b.jsonl}
  c: {outputs: c.jsonl}
  d: {outputs: d.jsonl}
  e: {outputs: e.jsonl}
metrics:
  best: {rubric: best.yaml, judge: grader, pairs: tournament}
gate:
  baseline: a
  candidate: e
  min_cases: 10
  rules: [{metric: best, better_than: 0}, {metric: best, at_least: 0.25}]
"#;

const BEST: &str = "
name: best
mode: pairwise
instructions: Which answer is better?
reply: bracketed
";

const CASES: usize = 40;
const NAMES: [&str; 5] = ["a", "b", "c", "d", "e"];

/// How strong a candidate's answer to a case is: `e` is the best on half of the cases, and no two are alike.
fn strength(candidate: usize, case: usize) -> usize {
    let own = 10 * ((candidate + case) % 5) + candidate;
    if candidate == 4 && case.is_multiple_of(2) { 90 } else { own }
}

fn first(case: usize) -> usize {
    (0..5).max_by_key(|candidate| strength(*candidate, case)).unwrap()
}

/// The judge prefers the stronger answer, and cannot be read where the case says so.
fn judge(call: &Call) -> Answer {
    let said = call.said();
    if said.contains("mumble") {
        return Answer::text("It may be [[A]], it may be [[B]]");
    }
    let found = regex::Regex::new("strength (\\d+)").unwrap();
    let strengths: Vec<usize> = found.captures_iter(&said).map(|found| found[1].parse().unwrap()).collect();
    assert_eq!(strengths.len(), 2, "{said}");
    Answer::text(if strengths[0] > strengths[1] { "So it is [[A]]" } else { "So it is [[B]]" })
}

fn lines(rows: impl Iterator<Item = Value>) -> String {
    rows.map(|row| format!("{row}\n")).collect()
}

/// `mumbled` are the cases that the judge cannot be read on.
fn project(server: &Server, mumbled: &[usize]) -> Project {
    let project = Project::with(&[("karat.yaml", SUITE), ("best.yaml", BEST)]);
    let case = |n: usize| {
        let about = if mumbled.contains(&n) { "mumble" } else { "question" };
        json!({"id": format!("c{n}"), "input": format!("{about} {n}"), "tags": {"half": if n.is_multiple_of(2) { "even" } else { "odd" }}})
    };
    project.write("cases.jsonl", &lines((0..CASES).map(case)));
    for (at, name) in NAMES.iter().enumerate() {
        let output =
            |n: usize| json!({"case": format!("c{n}"), "text": format!("of case {n}, strength {}", strength(at, n))});
        project.write(&format!("{name}.jsonl"), &lines((0..CASES).map(output)));
    }
    project.variable("MODEL_URL", &server.url())
}

#[test]
fn the_best_of_each_case_comes_first_at_four_matches_in_place_of_ten() {
    let server = Server::start(judge);
    let project = project(&server, &[]);
    let plan = project.karat(&["plan", "--json"]).expect(0).json();
    assert_eq!(plan["cost"]["total"]["calls"], 2 * 4 * CASES, "{plan}");
    let ran = project.karat(&["gate"]).expect(0);
    assert_eq!(server.count(), 2 * 4 * CASES);
    let summary = project.summary();
    let found = &summary["tournaments"]["best"];
    assert_eq!((&found["matches"], &found["matches_of_all_pairs"]), (&json!(4 * CASES), &json!(10 * CASES)));
    assert_eq!((&found["tournaments"], &found["unfinished"], &found["by_lot"]), (&json!(CASES), &json!(0), &json!(0)));
    let mut won = 0;
    for (at, name) in NAMES.iter().enumerate() {
        let share = (0..CASES).filter(|case| first(*case) == at).count() as f64 / CASES as f64;
        let contender = &found["candidates"][name];
        let of = |key: &str| contender["first"][key].as_f64().unwrap();
        assert_eq!((of("estimate"), of("n")), (share, CASES as f64), "{name}");
        assert!(of("low") < share && share < of("high"), "{contender}");
        assert_eq!(summary["candidates"][name]["metrics"]["best"]["estimate"], share);
        won += contender["won"].as_u64().unwrap();
    }
    assert_eq!(won, 4 * CASES as u64, "each match has a winner");
    // The ranking rests on the first matches, two a case.
    let ranking = &summary["ranking"][0];
    assert_eq!((&ranking["n"], &ranking["candidates"][0]["candidate"]), (&json!(2 * CASES), &json!("e")), "{ranking}");
    assert!(ranking["method"].as_str().unwrap().starts_with("Bradley-Terry of first matches"));
    let compared = &summary["comparisons"].as_array().unwrap()[0];
    assert_eq!((&compared["metric"], &compared["n"], &compared["missing"]), (&json!("best"), &json!(CASES), &json!(0)));
    assert!(ran.out.contains("Tournament by best"), "{}", ran.out);
    for report in ["report.md", "report.html"] {
        assert!(project.read(&format!("reports/latest/{report}")).contains("Tournament by best"));
    }
    let said = summary["judge"]["best"]["position_consistency"]["n"].as_u64();
    assert_eq!(said, Some(4 * CASES as u64), "each match is judged in both orders");
    project.karat(&["replay"]).expect(0);
    // Another seed draws other matches, and the best comes first in them too.
    let other = project.karat(&["run", "--seed", "5", "--json"]).expect(0).json();
    assert_ne!(other["tournaments"]["best"]["candidates"]["a"]["matches"], found["candidates"]["a"]["matches"]);
    assert_eq!(other["tournaments"]["best"]["candidates"]["e"]["first"], found["candidates"]["e"]["first"]);
}

#[test]
fn a_run_that_was_killed_plays_on_where_it_was() {
    let server = Server::start(|call| judge(call).after(Duration::from_millis(10)));
    let whole = project(&server, &[3]);
    whole.karat(&["run", "--no-cache"]).expect(0);
    let asked = server.count();
    let project = project(&server, &[3]);
    let mut child = project.start(&["run", "--no-cache"]);
    server.wait_for(asked + 50);
    child.kill().unwrap();
    project.wait(child);
    // Outputs that exist already are replies too, and nobody is asked for them.
    let replies = journal(&project).into_iter().filter(|event| event["event"] == "reply");
    let kept = replies.filter(|event| event["ask"]["asks"] == "preference").count();
    assert!(kept > 0);
    let before = server.count();
    project.karat(&["run", "--no-cache"]).expect(0);
    assert_eq!(project.runs().len(), 1);
    assert_eq!(server.count() - before, asked - kept, "nothing is asked twice");
    assert_eq!(without_meta(project.summary()), without_meta(whole.summary()));
}

#[test]
fn a_case_that_could_not_be_read_has_no_first_and_is_counted() {
    let server = Server::start(judge);
    let project = project(&server, &[3, 8]);
    project.karat(&["run"]).expect(0);
    let summary = project.summary();
    let found = &summary["tournaments"]["best"];
    // Two first matches a case, each asked in both orders and once more each; then it is over.
    assert_eq!((&found["unfinished"], &found["unread"]), (&json!(2), &json!(4)));
    assert_eq!(found["matches"], 4 * (CASES - 2) + 2 * 2);
    let level = &summary["candidates"]["e"]["metrics"]["best"];
    assert_eq!((&level["n"], &level["missing"]), (&json!(CASES - 2), &json!(2)));
    assert_eq!(summary["counts"]["verdicts"]["unparsed"], 2 * 2 * 2);
}

#[test]
fn labels_that_name_the_best_correct_who_came_first() {
    let server = Server::start(judge);
    let project = project(&server, &[]);
    let labelled = |n: usize| json!({"id": format!("c{n}"), "input": format!("question {n}"), "labels": {"best": NAMES[first(n)]}});
    project.write("cases.jsonl", &lines((0..CASES).map(labelled)));
    project.karat(&["run"]).expect(0);
    let summary = project.summary();
    let of = |one: &&Value| one["candidate"] == "e" && one["baseline"] == "a";
    let corrected = summary["corrected"].as_array().unwrap().iter().find(of).unwrap();
    assert_eq!((&corrected["labelled"], &corrected["estimate"]), (&json!(CASES), &corrected["judge"]), "{corrected}");
    let said = project.karat(&["calibrate", "--json"]).expect(0).json();
    assert_eq!(said["metrics"]["best"]["accuracy"]["estimate"], 1.0, "where the best met another, it won");
}

#[test]
fn what_only_a_lot_decides_is_shared() {
    // The judge sees a difference only where the fifth is one of the two, or none at all.
    for (fifth, others) in [("draws", 0.2), ("wins", 0.0), ("loses", 0.25)] {
        let server = Server::start(move |call| {
            let said = call.said();
            let is_first = said.find("of e, strength").map(|at| at < said.rfind("strength").unwrap() - 20);
            Answer::text(match (is_first, fifth) {
                (None, _) | (_, "draws") => "So it is [[C]]",
                (Some(first), _) if first == (fifth == "wins") => "So it is [[A]]",
                _ => "So it is [[B]]",
            })
        });
        let project = project(&server, &[]);
        for (at, name) in NAMES.iter().enumerate() {
            let output =
                |n: usize| json!({"case": format!("c{n}"), "text": format!("of {name}, strength {}", strength(at, n))});
            project.write(&format!("{name}.jsonl"), &lines((0..CASES).map(output)));
        }
        project.karat(&["run"]).expect(0);
        let summary = project.summary();
        let first =
            |name: &str| summary["tournaments"]["best"]["candidates"][name]["first"]["estimate"].as_f64().unwrap();
        assert!(NAMES[..4].iter().all(|name| (first(name) - others).abs() < 1e-9), "{fifth}: {summary}");
        assert!((first("e") - (1.0 - 4.0 * others)).abs() < 1e-9, "{fifth}: {}", first("e"));
    }
}
