//! `karat mock`: a dry run of a suite against it, and what its command line says.

use std::io::{BufRead, BufReader};
use std::process::Command;

use super::project::Project;

const SUITE: &str = r#"
name: dry run
dataset: cases.jsonl
models:
  writer: {provider: openai, model: writer, base_url: "${MODEL_URL}", params: {logprobs: true, top_logprobs: 5}}
  other:  {provider: anthropic, model: other, base_url: "${MODEL_URL}"}
candidates:
  v1: {prompt: a.j2, model: writer}
  v2: {prompt: a.j2, model: other}
metrics:
"#;

/// A rubric of each form, with what it says of scores; pairwise where it has no scale.
const RUBRICS: [(&str, &str, &str); 16] = [
    ("json", "json", "scale: {min: 7, max: 9}"),
    ("labels", "json", "scale: {labels: [poor, fair, good]}"),
    ("yes_no", "json", "scale: yes_no"),
    ("pair", "json", ""),
    ("brackets", "bracketed", "scale: {min: 0, max: 10}"),
    ("bracketed_labels", "bracketed", "scale: {labels: [poor, good]}"),
    ("bracketed_pair", "bracketed", ""),
    ("letter", "letter", ""),
    ("rating", "rating", "scale: {min: 1, max: 3}"),
    ("bracketed_yes_no", "bracketed", "scale: yes_no"),
    ("graded", "json", "graded: true"),
    ("bracketed_graded", "bracketed", "graded: true"),
    ("checklist", "json", "checklist: [{name: a}, {name: b, critical: true}]"),
    ("apart", "rating", "checklist: [{name: a}, {name: b}]\ncalls: each"),
    ("expected", "bracketed", "scale: {min: 1, max: 5}\nscoring: logprobs"),
    ("expected_json", "json", "scale: {min: 1, max: 5}\nscoring: logprobs"),
];

#[test]
fn a_dry_run_has_a_verdict_of_every_form() {
    let project = Project::with(&[("a.j2", "Answer: {{ input }}")]);
    let mut suite = SUITE.to_string();
    for (name, reply, scale) in RUBRICS {
        let scored = ["scale", "checklist"].iter().any(|key| scale.starts_with(key));
        let mode = if scored { "pointwise" } else { "pairwise" };
        let rubric = format!("name: {name}\nmode: {mode}\ninstructions: Judge.\nreply: {reply}\n{scale}\n");
        project.write(&format!("{name}.yaml"), &rubric);
        suite += &format!("  {name}: {{rubric: {name}.yaml, judge: writer}}\n");
    }
    project.write("karat.yaml", &suite);
    let cases: String = (0..20).map(|n| format!("{{\"id\": \"c{n}\", \"input\": \"question {n}\"}}\n")).collect();
    project.write("cases.jsonl", &cases);

    let mut server = project.start(&["mock"]);
    let mut said = String::new();
    BufReader::new(server.stdout.as_mut().unwrap()).read_line(&mut said).unwrap();
    let url = said.trim().strip_prefix("listening on ").unwrap_or_else(|| panic!("{said:?}"));
    let project = project.variable("MODEL_URL", url);
    let summary = project.karat(&["run", "--json"]).expect(0).json();
    let verdicts = &summary["counts"]["verdicts"];
    // Both candidates by eleven metrics, and both orders by five.
    assert_eq!((verdicts["ok"].as_u64(), verdicts["total"].as_u64()), (Some(20 * 32), Some(20 * 32)), "{verdicts}");
    let quality = &summary["candidates"]["v1"]["metrics"]["json"];
    assert!((7.0..=9.0).contains(&quality["estimate"].as_f64().unwrap()), "the scale is heard: {quality}");
    let shown = project.karat(&["runs", "show", "--case", "c0"]).expect(0);
    let by_logprobs = shown.out.lines().filter(|line| line.contains("by its probabilities")).count();
    assert_eq!(by_logprobs, 4, "two metrics, two candidates: {}", shown.out);
    assert!(shown.out.contains("mock reply") && shown.out.contains("no model judged this"), "{}", shown.out);

    assert!(Command::new("kill").args(["-INT", &server.id().to_string()]).status().unwrap().success());
    let ended = project.wait(server).expect(0);
    assert!(ended.out.contains("720 requests, 720 replies"), "{}", ended.out);
}

#[test]
fn what_it_cannot_do_is_said() {
    let project = Project::empty();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let wrong: [&[&str]; 7] = [
        &["--fault", "slow=0.1"],
        &["--fault", "429=2"],
        &["--fault", "429=0.6", "--fault", "500=0.6"],
        &["--latency", "200"],
        &["--outage", "5s..2s"],
        &["--score", "5..1"],
        &["--port", &port],
    ];
    let mut told = String::new();
    for arguments in wrong {
        let ran = project.karat(&[&["mock"], arguments].concat()).expect(2);
        told += &ran.err.replace(&port, "[port]");
    }
    insta::assert_snapshot!("wrong_mock", told);
}
