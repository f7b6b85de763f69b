//! Checks that a program of the user's own makes: what it is told, what it says, and that a replay needs it no more.

use crate::cli::project::{Project, without_meta};

/// Says how much of an output is like the reference, as a share; and fails as the case's input tells it to.
const CHECK: &str = r#"
while IFS= read -r line; do
  id=$(printf '%s' "$line" | sed 's/^{"id":"\([^"]*\)".*/\1/')
  case $line in
    *'"input":"crash"'*) echo 'no more' >&2; exit 3 ;;
    *'"input":"garbage"'*) echo 'not JSON' ;;
    *'"input":"high"'*) printf '{"id": "%s", "score": 7}\n' "$id" ;;
    *'"output":"good'*'"reference":"good"'*) printf '{"id": "%s", "score": 1, "reason": "as it should be"}\n' "$id" ;;
    *) printf '{"id": "%s", "score": 0.25, "reason": "not quite"}\n' "$id" ;;
  esac
done
"#;

const SUITE: &str = r#"
name: exec
dataset: cases.jsonl
candidates:
  v1: {outputs: v1.jsonl}
  v2: {outputs: v2.jsonl}
metrics:
  like: {check: exec, command: [sh, check.sh], gives: share}
  good: {check: not-exec, command: [sh, check.sh], gives: share, threshold: 0.5}
max_error_rate: 1
"#;

fn project(inputs: &[&str]) -> Project {
    let mut files = [String::new(), String::new(), String::new()];
    for (at, input) in inputs.iter().enumerate() {
        files[0] += &format!("{{\"id\": \"c{at}\", \"input\": \"{input}\", \"reference\": \"good\"}}\n");
        files[1] += &format!("{{\"case\": \"c{at}\", \"text\": \"good {at}\"}}\n");
        files[2] += &format!("{{\"case\": \"c{at}\", \"text\": \"bad\"}}\n");
    }
    let [cases, v1, v2] = &files;
    Project::with(&[
        ("karat.yaml", SUITE),
        ("check.sh", CHECK),
        ("cases.jsonl", cases),
        ("v1.jsonl", v1),
        ("v2.jsonl", v2),
    ])
}

#[test]
fn a_program_scores_outputs_and_a_replay_needs_it_no_more() {
    let project = project(&["a", "b", "c"]);
    let summary = project.karat(&["run", "--json"]).expect(0).json();
    let estimate =
        |candidate: &str, metric: &str| summary["candidates"][candidate]["metrics"][metric]["estimate"].clone();
    assert_eq!(estimate("v1", "like"), 1.0);
    assert_eq!(estimate("v2", "like"), 0.25);
    assert_eq!(
        (estimate("v1", "good"), estimate("v2", "good")),
        (0.0.into(), 1.0.into()),
        "not-exec turns a yes round"
    );
    let told = project.karat(&["runs", "show", "--case", "c1"]).expect(0).out;
    assert!(told.contains("not quite"), "{told}");

    std::fs::remove_file(project.path("check.sh")).unwrap();
    let tables = ["verdicts.parquet", "outputs.parquet"];
    let id = project.runs().pop().unwrap();
    let bytes = |name: &str| std::fs::read(project.path(&format!(".karat/runs/{id}/{name}"))).unwrap();
    let before = tables.map(bytes);
    for table in tables {
        std::fs::remove_file(project.path(&format!(".karat/runs/{id}/{table}"))).unwrap();
    }
    let again = project.karat(&["replay", "--json"]).expect(0).json();
    assert_eq!(without_meta(again), without_meta(summary));
    assert_eq!(tables.map(bytes), before, "the same tables without the program");
}

#[test]
fn a_fault_of_the_program_is_that_checks_error() {
    let project = project(&["a", "crash", "garbage", "high", "b"]);
    let summary = project.karat(&["run", "--json"]).expect(0).json();
    let counts = &summary["counts"]["by_metric"]["like"];
    assert_eq!((counts["ok"].as_u64(), counts["error"].as_u64()), (Some(4), Some(6)), "{counts}");
    assert_eq!(summary["counts"]["outputs"]["ok"], 10, "the outputs are not at fault");
    assert_eq!(summary["candidates"]["v1"]["metrics"]["like"]["n"], 2);
    let told = |case: &str| project.karat(&["runs", "show", "--case", case]).expect(0).out;
    for (case, words) in [("c1", "no more"), ("c2", "not JSON"), ("c3", "from 0 to 1")] {
        assert!(told(case).contains(words), "{case}: {}", told(case));
    }
}

#[test]
fn another_program_is_not_held_against_what_the_first_one_said() {
    let inputs = ["a"; 40];
    let project = project(&inputs);
    let gate = "gate:\n  baseline: {run: accepted}\n  candidate: v1\n  rules: [{metric: like, not_worse_by: 0.2}]\n";
    project.write("karat.yaml", &(SUITE.replace("max_error_rate: 1\n", "") + gate));
    project.karat(&["run"]).expect(0);
    project.karat(&["runs", "baseline", "accept"]).expect(0);
    project.karat(&["gate"]).expect(0);
    project.write("check.sh", &CHECK.replace("\"score\": 0.25", "\"score\": 0.5"));
    let changed = project.karat(&["gate"]);
    assert_eq!(changed.code, 4, "{}{}", changed.out, changed.err);
    assert!(format!("{}{}", changed.out, changed.err).contains("like"), "{}", changed.out);
}

#[test]
fn a_plan_counts_the_calls_of_programs() {
    let project = project(&["a", "b", "c"]);
    let plan = project.karat(&["plan"]).expect(0).out;
    assert!(!plan.contains("every reply is recorded") && plan.contains("not known"), "{plan}");
    let parts = project.karat(&["plan", "--json"]).expect(0).json()["cost"]["parts"].clone();
    let calls: Vec<_> = parts.as_array().unwrap().iter().map(|part| part["calls"].as_u64().unwrap()).collect();
    assert_eq!(calls, [6, 6], "two outputs of three cases: {parts}");
}
