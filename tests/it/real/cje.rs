//! Four prompt policies on 1,000 prompts: the gate passes the copy, fails the unhelpful one, and the paired numbers
//! are those of other statistics packages.

use serde_json::{Value, json};

use super::figures::Figures;
use super::source::Source;
use super::suite::Suite;

const POLICIES: [&str; 4] = ["base", "clone", "parallel_universe_prompt", "unhelpful"];

const RUBRIC: &str = "
name: quality
mode: pointwise
instructions: How good is this answer, from 0 to 1?
scale: {min: 0, max: 1}
reply: json
";

fn suite(source: &Source, candidate: &str) -> Suite {
    let texts = source.rows("cje_arena/responses.jsonl.gz");
    let mut suite = Suite::new(&karat_yaml(candidate)).write("quality.yaml", RUBRIC);
    let id = |row: &Value| row["prompt_id"].clone();
    suite = suite.rows("prompts.jsonl", texts.iter().map(|row| json!({"id": id(row), "input": row["prompt"]})));
    for policy in POLICIES {
        let outputs = texts.iter().map(|row| json!({"case": id(row), "text": row["policies"][policy]["response"]}));
        suite = suite.rows(&format!("{policy}.jsonl"), outputs);
    }
    let scores = source.rows("cje_arena/scores.jsonl");
    let reply = |row: &Value, policy: &str| {
        let text = json!({"score": row[policy]}).to_string();
        json!({"metric": "quality", "case": id(row), "candidate": policy, "text": text})
    };
    suite.rows("replies.jsonl", scores.iter().flat_map(|row| POLICIES.map(|policy| reply(row, policy))))
}

fn karat_yaml(candidate: &str) -> String {
    let candidates = POLICIES.map(|policy| format!("  {policy}: {{outputs: {policy}.jsonl}}\n")).concat();
    format!(
        "
name: four policies
dataset: prompts.jsonl
models:
  judge: {{provider: recorded, replies: replies.jsonl}}
candidates:
{candidates}
metrics:
  quality: {{rubric: quality.yaml, judge: judge}}
gate:
  baseline: base
  candidate: {candidate}
  rules:
    - {{metric: quality, not_worse_by: 0.02}}
"
    )
}

#[test]
fn the_gate_passes_the_copy_and_fails_the_unhelpful_policy() {
    let Some(source) = Source::find() else { return };
    for (candidate, code, decision) in [("clone", 0, "pass"), ("unhelpful", 1, "fail")] {
        let said = suite(&source, candidate).karat(&["gate", "--json"]);
        assert!(!said.json.is_null(), "{}", said.stderr);
        let gate = &said.json["gate"];
        println!("base -> {candidate}: exit {}, {}: {}", said.code, gate["decision"], gate["reason"]);
        assert_eq!((said.code, &gate["decision"]), (code, &json!(decision)), "{gate:#}");
    }
}

/// In the orders of some seeds: the unhelpful policy fails before case 50, and the copy passes long before the last.
#[test]
fn a_sequential_gate_finds_the_unhelpful_policy_before_case_50() {
    let Some(source) = Source::find() else { return };
    for (candidate, code, most, seeds) in [("unhelpful", 1, 49, 6_u64), ("clone", 0, 400, 3)] {
        let plain = karat_yaml(candidate);
        let suite = suite(&source, candidate)
            .write("karat.yaml", &plain.replace("  rules:", "  sequential: {batch: 10}\n  rules:"));
        let mut judged = Vec::new();
        for seed in 0..seeds {
            let said = suite.karat(&["gate", "--json", "--seed", &seed.to_string()]);
            let gate = &said.json["gate"];
            let cases = gate["sequential"]["cases"].as_u64().unwrap_or_else(|| panic!("{}", said.stderr));
            assert!(said.code == code && cases <= most, "seed {seed}: exit {}, {cases} cases: {gate:#}", said.code);
            judged.push(cases);
        }
        judged.sort_unstable();
        println!("base -> {candidate}, sequential, {seeds} seeds: decided after {judged:?} of 1,000 cases");
    }
}

#[test]
fn paired_differences_are_those_of_other_packages() {
    let Some(source) = Source::find() else { return };
    let found = suite(&source, "clone").json(&["run", "--json"]);
    let mut figures = Figures::new("cje_arena", 1e-9);
    for candidate in &POLICIES[1..] {
        let expected = source.vector(&format!("cje_{candidate}_minus_base"));
        let comparison = found["comparisons"]
            .as_array()
            .unwrap()
            .iter()
            .find(|c| c["candidate"] == *candidate && c["baseline"] == "base")
            .unwrap_or_else(|| panic!("no comparison of base and {candidate}"));
        let mut figure = |what: &str, published: &Value, ours: &str| {
            let name = format!("base -> {candidate}, {what}");
            figures.add(name, published.as_f64().unwrap(), comparison[ours].as_f64());
        };
        figure("difference", &expected["mean_diff"], "difference");
        figure("standard error", &expected["se_paired"], "se");
        figure("95 % interval, low", &expected["ci95_t"][0], "low");
        figure("95 % interval, high", &expected["ci95_t"][1], "high");
        figure("p", &expected["p_t"], "p");
        figure("cases", &expected["n"], "n");
        figure("cases won", &expected["n_pos"], "wins");
        figure("cases lost", &expected["n_neg"], "losses");
    }
    figures.settle();
}
