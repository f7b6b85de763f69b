//! Anchors in each run: a judge that moved under its name is seen, two judges are bridged, and without anchors they are refused.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

use serde_json::{Value, json};

use super::audit::{CASES, suite};
use super::project::Project;
use super::server::{Answer, Call, Server};

/// A judge whose scores and name change when the test says so.
#[derive(Clone, Default)]
struct Judge {
    less: Arc<AtomicU8>,
    version: Arc<AtomicU8>,
    both: Arc<AtomicBool>,
}

impl Judge {
    fn server(&self) -> Server {
        let judge = self.clone();
        Server::start(move |call| {
            if !call.is_for_the_judge() {
                return Answer::text("What was asked for.");
            }
            let strictly = u8::from(call.said().contains("strictly"));
            let own = 3 + u8::from_str_radix(&call.key[..1], 16).unwrap() % 3;
            let score = own - strictly - judge.less.load(Ordering::SeqCst).min(own - 1 - strictly);
            judge.answer(call, &json!({"reasoning": "so", "score": score}))
        })
    }

    fn answer(&self, call: &Call, verdict: &Value) -> Answer {
        let second = self.both.load(Ordering::SeqCst) && call.number.is_multiple_of(2);
        let version = self.version.load(Ordering::SeqCst) + u8::from(second);
        Answer::of(
            200,
            json!({
                "model": format!("judge-1-2026-0{version}"), "system_fingerprint": "fp_1",
                "choices": [{"index": 0, "message": {"role": "assistant", "content": verdict.to_string()}, "finish_reason": "stop"}],
                "usage": {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110},
            }),
        )
    }
}

const ANCHORS: usize = 40;

fn project(server: &Server, gate: &str) -> Project {
    let project = suite(server, &format!("{gate}anchors: anchors.jsonl\n"));
    let row =
        |n: usize| json!({"id": format!("a{n}"), "input": format!("Anchor {n}"), "output": format!("Answer {n}")});
    let rows: String = (0..ANCHORS).map(|n| row(n).to_string() + "\n").collect();
    project.write("anchors.jsonl", &rows);
    // Only scores can be held against another run.
    project.edit("karat.yaml", "  preference: {rubric: preference.yaml, judge: grader}\n", "");
    project
}

/// Without the ends of lines, which may be anywhere.
fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn found(summary: &Value) -> &Value {
    &summary["judge"]["quality"]["anchors"]
}

#[test]
fn a_judge_that_moved_under_its_name_makes_the_gate_invalid() {
    let judge = Judge::default();
    let server = judge.server();
    let gate = "gate:\n  candidate: v2\n  rules:\n    - {drift: quality, at_most: 0.5}\n";
    let project = project(&server, gate);
    let first = project.karat(&["gate"]).expect(4);
    assert!(flat(&first.closing()).contains("no earlier run of this judge judged the anchors"), "{}", first.closing());
    assert!(first.err.contains("40 verdicts on anchors"), "{}", first.err);
    assert_eq!(
        (found(&project.summary())["n"].as_u64(), found(&project.summary())["moved"].as_bool()),
        (Some(40), Some(false))
    );

    // The cases are in the cache by now, and the anchors are judged all the same.
    let before = server.count();
    let second = project.karat(&["gate"]).expect(0);
    assert_eq!(server.count() - before, ANCHORS);
    assert!(flat(&second.closing()).contains("drift of the judge of quality is at most 0.5"), "{}", second.closing());
    assert_eq!(found(&project.summary())["shift"], 0.0);
    assert_eq!(project.summary()["counts"]["cases"], CASES);

    judge.less.store(1, Ordering::SeqCst);
    let third = project.karat(&["gate"]).expect(4);
    assert!(flat(&third.closing()).contains("drift of the judge of quality is above 0.5"), "{}", third.closing());
    assert!(flat(&third.closing()).contains("scores the same 40 anchors otherwise than in run"), "{}", third.closing());
    let summary = project.summary();
    assert_eq!((found(&summary)["shift"].as_f64(), found(&summary)["moved"].as_bool()), (Some(-1.0), Some(true)));
    assert!(project.read("reports/latest/report.md").contains("THE JUDGE MOVED under its name"));
    assert!(project.read("reports/latest/report.html").contains("THE JUDGE MOVED under its name"));
    // What it is held against is kept with it: the earlier runs may go.
    project.karat(&["runs", "prune", "--keep", "1"]).expect(0);
    let replayed = project.karat(&["replay"]).expect(0);
    assert!(replayed.err.contains("byte for byte the same"), "{}", replayed.err);

    // From the cache nothing can be told of drift.
    let offline = project.karat(&["gate", "--offline"]).expect(4);
    assert!(offline.err.contains("no anchor is judged"), "{}", offline.err);
}

#[test]
fn another_rubric_is_bridged_by_anchors_and_refused_without() {
    let judge = Judge::default();
    let server = judge.server();
    let gate =
        "gate:\n  baseline: {run: accepted}\n  candidate: v2\n  rules:\n    - {metric: quality, not_worse_by: 1.5}\n";
    let project = project(&server, gate);
    project.karat(&["run"]).expect(0);
    project.karat(&["runs", "baseline", "accept"]).expect(0);
    assert!(project.read("baselines/karat.json").contains("\"anchors\""));
    project.edit("quality.yaml", "Grade the answer.", "Grade the answer strictly.");
    let bridged = project.karat(&["gate"]).expect(0);
    let summary = project.summary();
    let comparison = &summary["comparisons"][0];
    assert_eq!(comparison["bridge"]["anchors"], ANCHORS);
    let (shift, difference) =
        (comparison["bridge"]["shift"].as_f64().unwrap(), comparison["difference"].as_f64().unwrap());
    // Another rubric is another request, so the judge's own scores are drawn anew; the strict one takes one off.
    assert!((-1.8..=-0.2).contains(&shift), "{shift}");
    assert!(difference.abs() < 0.8, "{difference}");
    assert!(flat(&bridged.out).contains("bridged by 40 anchors: shift −"), "{}", bridged.out);
    assert!(project.read("reports/latest/report.html").contains("bridged by 40 anchors"));
    let runs = project.runs();
    let compared = project.karat(&["compare", &runs[0], &runs[1]]).expect(0);
    assert!(flat(&compared.out).contains("bridged by 40 anchors"), "{}", compared.out);

    // Anchors that were edited are others, and too few that were not bridge nothing.
    let text = project.read("anchors.jsonl").replacen("Answer 1", "Another answer 1", 11).replacen(
        "Answer 2",
        "Another answer 2",
        11,
    );
    let text = text.replacen("Answer 3", "Another answer 3", 11);
    project.write("anchors.jsonl", &text);
    let refused = project.karat(&["gate"]).expect(4);
    assert!(
        flat(&refused.closing()).contains("the two runs have 7 anchors in common, and 10 are wanted"),
        "{}",
        refused.closing()
    );
    project.edit("karat.yaml", "anchors: anchors.jsonl\n", "");
    let refused = project.karat(&["gate"]).expect(4);
    assert!(
        flat(&refused.closing())
            .contains("its judge, rubric or check differs; anchors that both have judged would bridge them"),
        "{}",
        refused.closing()
    );
}

#[test]
fn another_version_of_the_judge_is_another_judge() {
    let judge = Judge::default();
    let server = judge.server();
    let gate =
        "gate:\n  baseline: {run: accepted}\n  candidate: v2\n  rules:\n    - {metric: quality, not_worse_by: 1.5}\n";
    let project = project(&server, gate);
    project.edit("karat.yaml", "anchors: anchors.jsonl\n", "");
    project.karat(&["run"]).expect(0);
    project.karat(&["runs", "baseline", "accept"]).expect(0);
    let same = project.karat(&["gate"]).expect(0);
    assert!(!same.out.contains("bridged"), "{}", same.out);
    let served = &project.summary()["judge"]["quality"];
    assert_eq!(served["served"]["grader"]["judge-1-2026-00"], 2 * CASES);
    assert_eq!(served["fingerprints"]["grader"]["fp_1"], 2 * CASES);
    judge.version.store(1, Ordering::SeqCst);
    let other = project.karat(&["gate", "--refresh"]).expect(4);
    let words = "was judged by another version in run";
    assert!(
        flat(&other.closing()).contains(words) && flat(&other.closing()).contains("and now judge-1-2026-01"),
        "{}",
        other.closing()
    );
    // Two versions in one run are told of.
    judge.both.store(true, Ordering::SeqCst);
    let both = project.karat(&["gate", "--refresh"]).expect(4);
    assert!(flat(&both.closing()).contains("the judge changed during the run"), "{}", both.closing());
}

#[test]
fn what_is_wrong_with_anchors_is_said_before_anything_is_asked() {
    let judge = Judge::default();
    let server = judge.server();
    let project = project(&server, "gate: {candidate: v2, rules: [{drift: quality, at_most: 0.5}]}\n");
    project.write(
        "anchors.jsonl",
        "{\"id\": \"a\", \"input\": \"x\"}\n{\"id\": \"b\", \"input\": \"x\", \"output\": 3}\n",
    );
    let wrong = project.karat(&["run"]).expect(2);
    assert!(wrong.err.contains("needs an `output`") && wrong.err.contains("expected a text"), "{}", wrong.err);
    project.write("anchors.jsonl", "{\"id\": \"a\", \"input\": \"x\", \"outputs\": [\"one\", \"two\"]}\n");
    let unfit = project.karat(&["run"]).expect(2);
    assert!(unfit.err.contains("no judge of the suite is shown anything of the anchors"), "{}", unfit.err);
    project.edit("karat.yaml", "anchors: anchors.jsonl\n", "");
    let absent = project.karat(&["check"]).expect(2);
    assert!(absent.err.contains("which is shown no anchors"), "{}", absent.err);
    assert_eq!(server.count(), 0);
}
