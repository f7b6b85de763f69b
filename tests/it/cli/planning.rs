//! `karat plan`: what a run will take, with nothing asked and nothing written.

use serde_json::Value;

use super::project::Project;
use super::remote::project;
use super::server::{Server, sensible};

const SUITE: &str = "
name: planned
dataset: cases.jsonl
models:
  writer: {provider: openai, model: gpt-4.1-mini-2025-04-14, params: {max_tokens: 200}}
  grader: {provider: anthropic, model: claude-haiku-4-5, prices: {input: 1, output: 5}}
  local: {provider: openai, model: llama, base_url: \"http://localhost:8080/v1\"}
candidates:
  v1: {prompt: v1.j2, model: writer}
  old: {outputs: old.jsonl}
metrics:
  quality: {rubric: quality.yaml, judge: grader}
  tone:    {rubric: quality.yaml, judge: local}
  short:   {check: length, unit: words, max: 60}
";

const QUALITY: &str = "
name: quality
mode: pointwise
instructions: Grade the answer.
scale: {min: 1, max: 5}
";

fn suite() -> Project {
    Project::with(&[
        ("karat.yaml", SUITE),
        ("quality.yaml", QUALITY),
        ("v1.j2", "Answer: {{ input }}"),
        ("cases.jsonl", "{\"id\": \"a\", \"input\": \"What is it?\"}\n{\"id\": \"b\", \"input\": \"And that?\"}\n"),
        ("old.jsonl", "{\"case\": \"a\", \"text\": \"It is a bell.\"}\n{\"case\": \"b\", \"text\": \"A horn.\"}\n"),
    ])
}

#[test]
fn a_plan_is_told_as_a_table_and_as_json() {
    let project = suite();
    let before = project.files();
    let ran = project.karat(&["plan", "--budget-usd", "0.01"]).expect(0);
    insta::assert_snapshot!("plan", ran.out);
    assert_eq!(ran.err, "");
    insta::assert_snapshot!("plan_json", project.karat(&["plan", "--json"]).expect(0).out);
    assert_eq!(project.files(), before, "nothing is written");
    let ran = project.karat(&["plan", "--metric", "quality", "--budget-usd", "0.001"]).expect(0);
    insta::assert_snapshot!("plan_of_a_part", ran.out);
    project.karat(&["plan", "--metric", "nonsense"]).expect(2);
    let unpriced = project.karat(&["plan", "--candidate", "old", "--metric", "tone"]).expect(0);
    assert!(unpriced.out.contains("no price") && !unpriced.out.contains("$0"), "{}", unpriced.out);
    for (arguments, words) in [
        (["plan", "--sd", "-1"], "invalid value '-1' for '--sd"),
        (["calibrate", "--next", "-1"], "invalid value '-1' for '--next"),
        (["calibrate", "--precision", "-1"], "a number above 0 and below 1"),
    ] {
        let ran = project.karat(&arguments).expect(2);
        assert!(ran.err.contains(words), "{}", ran.err);
    }
}

#[test]
fn a_plan_learns_from_the_latest_finished_run() {
    let server = Server::start(sensible);
    let project = project(&server, 3);
    let text = project.karat(&["plan"]).expect(0).out;
    assert!(text.contains("there is no finished run to go by"), "{text}");
    assert_eq!(server.count(), 0, "nothing is asked");
    let text = text.replace("\n  ", " ");
    assert!(text.contains("and what the cache spares"), "{text}");
    project.karat(&["run"]).expect(0);
    let before = project.files();
    let text = project.karat(&["plan"]).expect(0).out.replace("\n  ", " ");
    assert!(text.contains("the cache has the replies to 18 of these 18 calls"), "{text}");
    let more = project.karat(&["plan", "--repeat", "2", "--json"]).expect(0).json();
    assert_eq!(more["cost"]["total"]["cached_calls"], 18, "a second sample is not the first");
    let json = project.karat(&["plan", "--json"]).expect(0).json();
    assert_eq!(project.files(), before);
    let cost = &json["cost"];
    assert_eq!(cost["output_lengths_from"], project.runs()[0].as_str());
    // The server writes ten tokens a call.
    let written: Vec<u64> =
        cost["parts"].as_array().unwrap().iter().map(|p| p["expected"]["output_tokens"].as_u64().unwrap()).collect();
    assert_eq!(written, [30, 30, 60, 60]);
    assert_eq!(cost["total"]["calls"], 18);
    assert!(cost["total"]["at_most"].is_null(), "no model has a limit");
    let ran = project.karat(&["run", "-n", "2"]).expect(0);
    assert!(ran.err.contains(" tokens, about $0."), "{}", ran.err);
}

#[test]
fn what_is_recorded_costs_nothing() {
    let text = Project::shipped().karat(&["plan"]).expect(0).out;
    assert!(text.contains("every reply is recorded"), "{text}");
}

#[test]
fn the_power_of_a_gate_is_planned_by_the_last_run_or_a_named_deviation() {
    let project = Project::shipped();
    let before = project.karat(&["plan"]).expect(0);
    assert!(before.out.contains("there is no finished run to go by"), "{}", before.out);
    project.karat(&["run"]).expect(0);
    let planned = |arguments: &[&str]| {
        let plan = project.karat(&[&["plan", "--json"], arguments].concat()).expect(0).json();
        plan["gate"].clone()
    };
    let gate = planned(&[]);
    let run = project.runs()[0].clone();
    assert_eq!((gate["power"].as_f64(), gate["from_run"].as_str()), (Some(0.8), Some(run.as_str())));
    let quality = &gate["rules"][0];
    assert_eq!((quality["of"].as_str(), quality["truth_from"].as_str()), (Some("quality"), Some("no_difference")));
    let (cases, needed) = (quality["cases"].as_u64().unwrap(), quality["cases_needed"].as_u64().unwrap());
    let power = quality["power_now"].as_f64().unwrap();
    // Labels correct it, so labelled cases count; a rule on a slice with few labels is planned for the judge's own number.
    assert_eq!((&quality["corrected"], &quality["labelled"]), (&Value::Bool(true), &Value::from(60)));
    let slice = gate["rules"].as_array().unwrap().iter().find(|rule| !rule["slice"].is_null()).unwrap();
    assert_eq!((&slice["corrected"], &slice["labelled"]), (&Value::Bool(false), &Value::from(21)));
    let counted = &gate["counted"][0];
    assert_eq!((&counted["cases"], &counted["kept"]), (&Value::from(3), &serde_json::json!([0, 3])));
    assert!(cases < needed && 0.0 < power && power < 0.8, "too few: {quality}");
    // The level that passes and the one that fails lie on either side of the margin.
    let (passes, fails) = (quality["passes_from"].as_f64().unwrap(), quality["fails_from"].as_f64().unwrap());
    assert!(fails < -0.3 && -0.3 < passes, "{quality}");
    // Half of the deviation takes about a quarter of the cases, and an improvement fewer.
    let needed_with = |arguments: &[&str]| planned(arguments)["rules"][0]["cases_needed"].as_u64().unwrap();
    let sd = quality["sd"].as_f64().unwrap();
    let [whole, half] = [sd, sd / 2.0].map(|sd| needed_with(&["--sd", &sd.to_string()]));
    assert!(half > whole / 5 && half < whole / 2, "{half} {whole}");
    assert!(needed_with(&["--effect", "0.2"]) < needed && needed_with(&["--power", "0.95"]) > needed);
    // What wants an improvement is planned for one that is named, and for nothing else.
    let preference = |gate: &Value| gate["rules"][1]["cases_needed"].clone();
    assert!(preference(&gate).is_null() && preference(&planned(&["--effect", "0.1"])).is_u64());
    let impossible = planned(&["--effect", "-0.5"]);
    assert!(impossible["rules"][0]["problem"].as_str().unwrap().contains("does not fulfil the rule"), "{impossible}");
    for wrong in [["--power", "1"], ["--sd", "0"], ["--effect", "much"]] {
        project.karat(&["plan", wrong[0], wrong[1]]).expect(2);
    }
    let shown = project.karat(&["plan"]).expect(0);
    insta::assert_snapshot!("power", shown.out.split("What the gate can decide").nth(1).unwrap().replace(&run, "RUN"));
}

#[test]
fn a_limit_below_one_request_is_told_before_anything_is_asked() {
    let server = Server::start(sensible);
    let project = project(&server, 1);
    project.edit("karat.yaml", "model: writer-1", "model: writer-1, tokens_per_minute: 100");
    let words = "`tokens_per_minute: 100` is less than one request is thought to take";
    let plan = project.karat(&["plan"]).expect(0);
    assert!(plan.out.replace("\n  ", " ").contains(words), "{}", plan.out);
    assert_eq!(server.count(), 0);
}

#[test]
fn a_gate_that_decides_by_the_t_says_from_where_on_its_rules_pass() {
    let project = Project::shipped();
    let promised = |project: &Project, arguments: &[&str]| {
        let plan = project.karat(arguments).expect(0).json();
        let rules = plan["gate"]["rules"].as_array().unwrap_or_else(|| panic!("{plan}")).clone();
        let quality = rules
            .iter()
            .find(|rule| rule["of"] == "quality" && rule["slice"].is_null() && rule["kind"] == "not_worse_by")
            .cloned();
        quality.unwrap_or_else(|| panic!("{rules:?}"))
    };
    project.karat(&["run"]).expect(0);
    project.edit("karat.yaml", "gate:\n", "gate:\n  method: t\n");
    for arguments in [&["plan", "--json"][..], &["plan", "--json", "--sd", "0.6"]] {
        let rule = promised(&project, arguments);
        let passes = rule["passes_from"].as_f64().unwrap_or_else(|| panic!("{rule}"));
        assert!(passes > -rule["margin"].as_f64().unwrap() && rule["fails_from"].as_f64().unwrap() < passes, "{rule}");
    }
}
