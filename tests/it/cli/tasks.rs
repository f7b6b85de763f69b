//! The suites that `karat init --task` writes: each is checked, runs at once and offline, and says something.

use crate::cli::project::Project;

#[track_caller]
fn ready(task: &str, measured: &[(&str, &str, f64)]) {
    let project = Project::empty();
    project.karat(&["init", "--task", task]).expect(0);
    let checked = project.karat(&["check"]).expect(0);
    assert!(!checked.err.contains("warning"), "{}", checked.err);
    let summary = project.karat(&["run", "--json", "--offline"]).expect(0).json();
    assert!(summary["suite"]["name"].as_str().unwrap().ends_with("(sample replies)"), "made-up replies are called so");
    for what in ["outputs", "verdicts"] {
        let counts = &summary["counts"][what];
        assert_eq!(counts["ok"], counts["total"], "{task}: {what}");
    }
    let decision = summary["gate"]["decision"].as_str().unwrap();
    assert!(["pass", "fail", "inconclusive"].contains(&decision), "{task}: {decision}");
    for (candidate, metric, expected) in measured {
        let found = summary["candidates"][candidate]["metrics"][metric]["estimate"].as_f64().unwrap();
        assert!((found - expected).abs() < 1e-9, "{task}: {metric} of {candidate} is {found}");
    }
}

#[test]
fn classify() {
    ready("classify", &[("v1", "correct", 34.0 / 40.0), ("v2", "correct", 39.0 / 40.0), ("v2", "a_label", 1.0)]);
}

#[test]
fn extract() {
    ready("extract", &[("v1", "valid", 10.0 / 12.0), ("v2", "valid", 1.0), ("v2", "due", 11.0 / 12.0)]);
}

#[test]
fn summarise() {
    ready("summarise", &[("v1", "short", 0.9), ("v2", "short", 1.0)]);
    ready("summarize", &[]);
}

#[test]
fn rag() {
    ready("rag", &[("v1", "found", 9.0 / 12.0), ("v2", "found", 1.0)]);
}

#[test]
fn generate() {
    ready("generate", &[("v1", "sober", 9.0 / 12.0), ("v2", "sober", 1.0)]);
}

#[test]
fn agent() {
    ready("agent", &[("v1", "loops", 10.0 / 12.0), ("v2", "loops", 1.0), ("v1", "policy", 8.0 / 12.0)]);
}

#[test]
fn answer() {
    ready("answer", &[]);
}

#[test]
fn the_rubrics_that_ship_are_listed_and_copied() {
    let project = Project::empty();
    insta::assert_snapshot!("rubrics", project.karat(&["rubrics"]).expect(0).out);
    let text = project.karat(&["rubrics", "builtin:summary-consistency"]).expect(0).out;
    assert!(text.starts_with("name: summary-consistency\n"), "{text}");
    assert!(project.karat(&["rubrics", "fathfulness"]).expect(2).err.contains("did you mean `faithfulness`?"));

    // A copy judges as the one that ships does.
    project.karat(&["init", "--task", "summarise"]).expect(0);
    let metrics = |summary: serde_json::Value| summary["candidates"].clone();
    let shipped = metrics(project.karat(&["run", "--json"]).expect(0).json());
    project.write("rubrics/consistency.yaml", &text);
    let suite = project.read("karat.yaml").replace("\"builtin:summary-consistency\"", "rubrics/consistency.yaml");
    project.write("karat.yaml", &suite);
    assert_eq!(metrics(project.karat(&["run", "--json"]).expect(0).json()), shipped);
}
