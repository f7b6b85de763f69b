//! Every kind of mistake, as the user who made it reads about it. Nothing is spent on any of them.

use super::project::Project;

const SUITE: &str = r#"name: small
dataset: cases.jsonl
models:
  demo: {provider: recorded, replies: replies.jsonl}
candidates:
  v1: {prompt: v1.j2, model: demo}
  v2: {prompt: v2.j2, model: demo}
metrics:
  quality: {rubric: quality.yaml, judge: demo}
  polite:  {check: contains, value: please, ignore_case: true}
gate:
  baseline: v1
  candidate: v2
  rules:
    - {metric: quality, not_worse_by: 0.5}
"#;

const RUBRIC: &str = "name: quality
mode: pointwise
instructions: Grade the answer.
scale: {min: 1, max: 5}
criteria:
  - {name: correct, description: It is right.}
";

/// A suite on two cases that runs, everything recorded.
pub fn small() -> Project {
    let mut replies = String::new();
    for case in ["a", "b"] {
        for candidate in ["v1", "v2"] {
            let output = serde_json::json!({"case": case, "candidate": candidate, "text": "Please."});
            let text = r#"{"reasoning": "fine", "score": 4}"#;
            let verdict = serde_json::json!({"metric": "quality", "case": case, "candidate": candidate, "text": text});
            replies.push_str(&format!("{output}\n{verdict}\n"));
        }
    }
    Project::with(&[
        ("karat.yaml", SUITE),
        ("quality.yaml", RUBRIC),
        ("v1.j2", "{{ input }}"),
        ("v2.j2", "Kindly: {{ input }}"),
        (
            "cases.jsonl",
            "{\"id\": \"a\", \"input\": \"one?\", \"tags\": {\"topic\": \"orders\"}}\n\
             {\"id\": \"b\", \"input\": \"two?\", \"tags\": {\"topic\": \"refunds\"}}\n",
        ),
        ("replies.jsonl", &replies),
    ])
}

/// Runs commands that are all mistakes, and shows what each says. None of them may leave a run behind.
#[track_caller]
fn mistakes(project: &Project, commands: &[&[&str]]) -> String {
    let mut shown = String::new();
    for command in commands {
        let ran = project.karat(command).expect(2);
        shown.push_str(&format!("$ karat {}\n{}\n", command.join(" "), ran.shown()));
    }
    assert!(project.runs().is_empty(), "nothing was run");
    assert!(!project.path("reports").exists(), "nothing was reported");
    shown
}

#[test]
fn the_small_suite_has_no_mistake() {
    small().karat(&["run"]).expect(0);
}

#[test]
fn an_unknown_key_is_shown_where_it_stands() {
    let project = small();
    project.edit("karat.yaml", "dataset:", "datset:");
    insta::assert_snapshot!(mistakes(&project, &[&["check"], &["run"]]));
}

#[test]
fn all_mistakes_in_all_files_are_told_at_once() {
    let project = small();
    project.edit("karat.yaml", "  candidate: v2", "  candidate: v3");
    project.edit("karat.yaml", "judge: demo", "judge: dmeo");
    project.edit("quality.yaml", "mode: pointwise", "mode: pointwize");
    project.write("v2.j2", "Kindly: {{ input");
    insta::assert_snapshot!(mistakes(&project, &[&["run"]]));
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let project = small();
    std::fs::remove_file(project.path("v2.j2")).unwrap();
    std::fs::remove_file(project.path("quality.yaml")).unwrap();
    insta::assert_snapshot!(mistakes(&project, &[&["run"], &["run", "-c", "nowhere/karat.yaml"]]));
}

#[test]
fn a_dataset_that_is_not_there_is_named() {
    let project = small();
    project.edit("karat.yaml", "cases.jsonl", "case.jsonl");
    insta::assert_snapshot!(mistakes(&project, &[&["run"]]));
}

#[test]
fn a_variable_that_no_case_has_is_found_before_the_first_call() {
    let project = small();
    project.write("v2.j2", "Kindly: {{ input }}\n{{ contxt }}\n");
    insta::assert_snapshot!(mistakes(&project, &[&["check"]]));
}

#[test]
fn a_variable_that_some_cases_lack_names_the_first_of_them() {
    let project = small();
    project.write(
        "cases.jsonl",
        "{\"id\": \"a\", \"input\": {\"text\": \"one?\", \"lang\": \"en\"}}\n{\"id\": \"b\", \"input\": {\"text\": \"two?\"}}\n",
    );
    project.write("v1.j2", "{{ input.text }} in {{ input.lang }}");
    project.write("v2.j2", "{{ input.text }}");
    insta::assert_snapshot!(mistakes(&project, &[&["check"]]));
}

#[test]
fn a_recorded_reply_that_is_missing_is_named_by_its_key() {
    let project = small();
    let replies = project.read("replies.jsonl");
    project.write("replies.jsonl", &replies.lines().take(5).map(|line| format!("{line}\n")).collect::<String>());
    insta::assert_snapshot!(mistakes(&project, &[&["check"], &["run"]]));
}

#[test]
fn many_missing_replies_are_counted_and_not_all_listed() {
    let project = Project::shipped();
    let replies = project.read("datasets/support.replies.jsonl");
    project.write("datasets/support.replies.jsonl", &replies.replace("\"candidate\": \"v2\"", "\"candidate\": \"v9\""));
    insta::assert_snapshot!(mistakes(&project, &[&["run"]]));
}

#[test]
fn two_recorded_replies_for_one_key_are_an_error_with_both_lines() {
    let project = small();
    let replies = project.read("replies.jsonl");
    let first = replies.lines().next().unwrap();
    project.write("replies.jsonl", &format!("{replies}{first}\n"));
    insta::assert_snapshot!(mistakes(&project, &[&["run"]]));
}

#[test]
fn recorded_rows_that_are_broken_are_shown_with_their_lines() {
    let project = small();
    let replies = project.read("replies.jsonl");
    project.write("replies.jsonl", &format!("{replies}{{\"case\": \"a\", \"text\": 3}}\nnot json\n"));
    insta::assert_snapshot!(mistakes(&project, &[&["run"]]));
}

#[test]
fn rows_of_the_dataset_that_are_broken_are_shown_with_their_lines() {
    let project = small();
    project.write(
        "cases.jsonl",
        "{\"id\": \"a\", \"input\": \"one?\"}\n{\"id\": \"b\", \"input\": \n{\"id\": \"a\", \"input\": \"again?\"}\n{\"id\": \"c\"}\n",
    );
    insta::assert_snapshot!(mistakes(&project, &[&["check"]]));
    project.write("cases.jsonl", "");
    insta::assert_snapshot!("an_empty_dataset", mistakes(&project, &[&["check"]]));
}

#[test]
fn what_the_command_line_selects_must_exist() {
    let commands: &[&[&str]] = &[
        &["run", "--filter", "topc=orders"],
        &["run", "--filter", "topic=order"],
        &["run", "--filter", "orders"],
        &["run", "--metric", "qualty"],
        &["run", "--metric", "something else"],
        &["gate", "--candidate", "v3"],
        &["gate", "--metric", "polite"],
    ];
    insta::assert_snapshot!(mistakes(&small(), commands));
}

#[test]
fn a_report_file_without_a_known_ending_is_refused_before_anything_runs() {
    insta::assert_snapshot!(mistakes(&small(), &[&["run", "-o", "report.pdf"], &["gate", "-o", "report"]]));
}

#[test]
fn a_run_that_is_not_there_is_told_with_those_that_are() {
    let project = small();
    let commands: [&[&str]; 6] = [
        &["report", "latest"],
        &["compare", "2020"],
        &["calibrate"],
        &["gate", "latest"],
        &["runs", "show"],
        &["runs", "baseline", "accept"],
    ];
    insta::assert_snapshot!("no_run_yet", mistakes(&project, &commands));
    project.karat(&["run"]).expect(0);
    let mut shown = String::new();
    for command in [["report", "nope"].as_slice(), &["runs", "show", "--case", "aa"], &["runs", "show", "--case", "q"]]
    {
        let ran = project.karat(command).expect(2);
        shown.push_str(&format!("$ karat {}\n{}\n", command.join(" "), ran.shown()));
    }
    let accept = project.karat(&["runs", "baseline", "accept", "--candidate", "v7"]).expect(2);
    insta::assert_snapshot!("no_such_run", format!("{shown}{}", accept.shown()));
}

#[test]
fn a_variable_of_the_environment_that_is_not_set_is_named() {
    let project = small();
    project.edit("karat.yaml", "cases.jsonl", "${CASES}.jsonl");
    insta::assert_snapshot!(mistakes(&project, &[&["check"]]));
    let child = project.command(&["check"]).env("CASES", "cases").spawn().unwrap();
    project.wait(child).expect(0);
    project.write("set.env", "CASES=cases\n");
    project.karat(&["check", "--env-file", "set.env"]).expect(0);
    project.write("set.env", "CASES=cases\nthis line holds sk-a-secret\n");
    let ran = project.karat(&["check", "--env-file", "set.env"]).expect(2);
    insta::assert_snapshot!("a_broken_env_file", ran.shown());
    assert!(!ran.err.contains("sk-a-secret"));
}

#[test]
fn what_is_not_a_command_is_a_mistake() {
    let commands: &[&[&str]] = &[&["rum"], &["run", "--limit", "0"], &["gate", "latest", "--limit", "3"]];
    insta::assert_snapshot!(mistakes(&small(), commands));
}
