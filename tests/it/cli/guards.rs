//! Never green for want of measuring: what a run, a gate and a replay refuse to take for evidence.

use serde_json::{Value, json};

use super::project::Project;

/// The shipped recording with every row changed by `change`.
fn rewrite(project: &Project, file: &str, change: impl Fn(&mut Value)) {
    let text = project.read(file);
    let rows = text.lines().map(|line| {
        let mut row: Value = serde_json::from_str(line).unwrap();
        change(&mut row);
        row.to_string() + "\n"
    });
    project.write(file, &rows.collect::<String>());
}

#[test]
fn a_replay_proves_the_bytes_and_notices_a_journal_that_was_touched() {
    let project = Project::shipped();
    project.karat(&["run", "--quiet"]).expect(0);
    project.karat(&["replay"]).expect(0);
    let journal = format!(".karat/runs/{}/events.jsonl", project.runs()[0]);
    rewrite(&project, &journal, |event| {
        if event["ask"]["asks"] == "score" && event["ask"]["case"] == "ord-003" {
            event["reply"]["text"] = json!("nothing that can be read");
        }
    });
    let touched = project.karat(&["replay"]).expect(4);
    assert!(touched.err.contains("does not come out of its journal the same"), "{}", touched.err);
}

#[test]
fn a_judge_that_always_takes_the_first_answer_makes_the_gate_invalid() {
    let project = Project::shipped();
    rewrite(&project, "datasets/support.replies.jsonl", |row| {
        if row["metric"] == "preference" {
            row["text"] = json!(r#"{"reasoning": "the first one", "preference": "A"}"#);
        }
    });
    let gate = project.karat(&["gate", "--json"]).expect(4).json();
    let reason = gate["gate"]["reason"].as_str().unwrap();
    assert!(reason.contains("prefers another answer when the order is turned round"), "{reason}");
}

#[test]
fn a_gate_is_not_decided_by_a_part_of_its_rules() {
    let project = Project::shipped();
    project.karat(&["gate", "--metric", "closed"]).expect(2);
    assert!(project.runs().is_empty(), "nothing was asked");
    let run = project.karat(&["run", "--metric", "closed", "--json"]).expect(0).json();
    assert_eq!(run["gate"], Value::Null);
}

#[test]
fn labels_that_no_candidate_is_named_by_are_told_of_before_the_run() {
    let project = Project::shipped();
    rewrite(&project, "datasets/support.jsonl", |case| {
        if case["labels"]["quality"].is_object() {
            case["labels"] = json!({"quality": {"old": 4, "new": 5}, "preference": "new"});
        }
    });
    let told = project.karat(&["check"]).expect(0).err;
    assert!(told.contains("labels of `quality` are read as by the raters new, old"), "{told}");
    assert!(told.contains("labels of `quality` that name no candidate, "), "{told}");
    assert!(told.contains("labels that are not used, 63"), "{told}");
}

#[test]
fn labels_off_the_scale_are_counted_and_no_check_calls_them_right() {
    let project = Project::shipped();
    rewrite(&project, "datasets/support.jsonl", |case| {
        if case["labels"]["quality"].is_object() {
            case["labels"] = json!({"quality": 40});
        }
    });
    let checked = project.karat(&["check"]).expect(0).err;
    assert!(!checked.contains("nothing wrong found"), "{checked}");
    assert!(checked.contains("nothing found that would stop a run; see below"), "{checked}");
    project.karat(&["run", "-q"]).expect(0);
    let told = project.karat(&["calibrate"]).expect(0).out;
    assert!(told.contains("none of its ") && told.contains("labels are usable"), "{told}");
    assert!(told.matches("a label cannot be used").count() == 5 && told.contains(" more; `--json` has"), "{told}");
    let brief = project.karat(&["calibrate", "-q"]).expect(0).out;
    assert!(brief.lines().count() == 2 && brief.starts_with("quality, judged by grader: "), "{brief}");
}

#[test]
fn a_run_whose_every_answer_is_empty_has_measured_nothing() {
    let project = Project::shipped();
    rewrite(&project, "datasets/support.replies.jsonl", |row| {
        if row.get("metric").is_none() {
            row["text"] = json!("");
        }
    });
    let summary = project.karat(&["run", "--json"]).expect(4).json();
    assert_eq!(summary["counts"]["causes"][0]["reason"], "the answer is empty");
    assert_eq!(summary["counts"]["causes"][0]["count"], 192);
    assert!(summary["gate"]["reason"].as_str().unwrap().contains("every answer is empty"), "{}", summary["gate"]);
    assert_eq!(project.karat(&["gate", "latest"]).expect(4).code, 4);
}

#[test]
fn a_rule_on_a_slice_that_no_case_is_in_is_a_mistake() {
    let project = Project::shipped();
    project.edit("karat.yaml", "slice: {topic: safety}", "slice: {topic: safty}");
    let told = project.karat(&["check"]).expect(2).err;
    assert!(told.contains("did you mean `safety`?"), "{told}");
}
