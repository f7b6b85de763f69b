//! Steps as a candidate: ways, loops, limits, and a run that goes on in the middle of one.

use std::io::{BufRead, BufReader};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::super::project::Project;
use super::bots::python;

const SUITE: &str = r#"
name: steps
dataset: cases.jsonl
max_error_rate: 0.9
models:
  small: {provider: recorded, replies: replies.jsonl}
  strong: {provider: recorded, replies: replies.jsonl}
candidates:
  chain:
    steps:
      - {name: plan, prompt: plan.j2, model: small, json: true}
      - {name: draft, prompt: draft.j2, model: small, route: [{when: steps.plan.json.hard, model: strong}]}
      - {name: review, prompt: review.j2, model: small, repeat: {from: draft, until: "steps.review.output == 'ok'", max: 3}}
      - {name: answer, template: "Answer: {{ steps.draft.output }}", when: not steps.plan.json.mute}
metrics:
  answered: {check: contains, value: Answer}
"#;

fn row(case: &str, step: &str, round: u32, text: &str) -> Value {
    json!({"candidate": "chain", "case": case, "step": step, "round": round, "text": text, "latency_ms": 5,
        "usage": {"input_tokens": 10, "output_tokens": 1}, "cost": 0.01})
}

fn project(rows: &[Value]) -> Project {
    let cases = ["easy", "hard", "mute"].map(|id| json!({"id": id, "input": format!("question {id}")}).to_string());
    let rows: Vec<String> = rows.iter().map(Value::to_string).collect();
    Project::with(&[
        ("karat.yaml", SUITE),
        ("cases.jsonl", &cases.join("\n")),
        ("replies.jsonl", &rows.join("\n")),
        ("plan.j2", "Plan: {{ input }}"),
        (
            "draft.j2",
            "Draft {{ round }} by {{ steps.plan.json }}{% if steps.review is defined %}, after {{ steps.review.output }}{% endif %}",
        ),
        ("review.j2", "Review: {{ steps.draft.output }}"),
    ])
}

fn rows() -> Vec<Value> {
    vec![
        row("easy", "plan", 0, "{\"hard\": false, \"mute\": false}"),
        row("easy", "draft", 0, "yes"),
        row("easy", "review", 0, "ok"),
        row("hard", "plan", 0, "```json\n{\"hard\": true, \"mute\": false}\n```"),
        row("hard", "draft", 0, "one"),
        row("hard", "review", 0, "shorter"),
        row("hard", "draft", 1, "two"),
        row("hard", "review", 1, "ok"),
        row("mute", "plan", 0, "{\"hard\": false, \"mute\": true}"),
        row("mute", "draft", 0, "a"),
        row("mute", "review", 0, "no"),
        row("mute", "draft", 1, "b"),
        row("mute", "review", 1, "no"),
        row("mute", "draft", 2, "c"),
        row("mute", "review", 2, "no"),
    ]
}

/// The text of each output, and how its steps went.
fn outputs(project: &Project) -> Vec<String> {
    let journal = project.of_run("events.jsonl");
    let mut told: Vec<String> = journal
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .filter(|event| event["ask"]["asks"] == "output")
        .map(|event| {
            let case = event["ask"]["case"].as_str().unwrap();
            match event["reply"]["trace"]["steps"].as_array() {
                Some(steps) => {
                    let names = steps.iter().map(|step| step["name"].as_str().unwrap());
                    let reply = &event["reply"];
                    let names = names.collect::<Vec<_>>().join(" ");
                    format!(
                        "{case}: {} [{names}] {} tokens {} nanos",
                        reply["text"], reply["usage"]["input_tokens"], reply["usd"]
                    )
                }
                None => format!("{case}: {}", event["failures"][0]),
            }
        })
        .collect();
    told.sort();
    told
}

#[test]
fn steps_see_what_came_before_take_their_ways_and_end_their_loops() {
    let project = project(&rows());
    project.karat(&["check"]).expect(0);
    project.karat(&["run"]).expect(0);
    insta::assert_snapshot!(outputs(&project).join("\n"));
    let shown = project.karat(&["runs", "show", "--case", "hard"]).expect(0).out;
    assert!(shown.contains("after shorter") && shown.contains("step `draft`, round 2"), "{shown}");
    project.karat(&["replay"]).expect(0);
    let summary = project.summary();
    assert_eq!(summary["cost"]["total"]["usd"], 0.15);
}

#[test]
fn a_run_that_was_interrupted_in_a_chain_goes_on_there() {
    let project = project(&rows());
    project.karat(&["run"]).expect(0);
    let whole = project.of_run("events.jsonl");
    let summary = project.summary();
    let id = project.runs().pop().unwrap();
    let kept: Vec<&str> = whole.lines().take_while(|line| !line.contains("\"finished\"")).collect();
    // Without the outputs and the last steps of two cases; of the third all is there.
    let kept = kept.into_iter().filter(|line| {
        let is_output = line.contains("\"asks\":\"output\"") && !line.contains("\"case\":\"easy\"");
        !(is_output || line.contains("\"round\":1") || line.contains("\"round\":2"))
    });
    let kept: Vec<&str> = kept.collect();
    let replies = kept.iter().filter(|line| line.contains("\"asks\":\"step\"")).count();
    let kept: String = kept.iter().map(|line| format!("{line}\n")).collect();
    project.write(&format!(".karat/runs/{id}/events.jsonl"), &kept);
    std::fs::remove_file(project.path(&format!(".karat/runs/{id}/summary.json"))).unwrap();
    let ran = project.karat(&["run"]).expect(0);
    assert!(ran.err.contains("going on with run"), "{}", ran.err);
    assert_eq!(project.runs(), [id]);
    assert_eq!(project.summary()["meta"]["resumed"], replies, "every step that was there was taken over, and once");
    let strip = |mut summary: Value| {
        summary.as_object_mut().unwrap().remove("meta");
        summary
    };
    assert_eq!(strip(project.summary()), strip(summary));
}

#[test]
fn a_missing_reply_of_a_step_is_found_before_the_first_call() {
    let mut rows = rows();
    rows.retain(|row| row["round"] != 1 || row["case"] != "hard" || row["step"] != "review");
    let ran = project(&rows).karat(&["run"]).expect(2);
    assert!(
        ran.err.contains("no recorded reply for candidate `chain`, case `hard`, step `review`, round 1"),
        "{}",
        ran.err
    );
}

#[test]
fn a_case_at_its_limit_is_an_error_of_that_kind() {
    let limited = |limits: &str| {
        let project = project(&rows());
        project.edit("karat.yaml", "metrics:\n", &format!("    limits: {limits}\nmetrics:\n"));
        project.karat(&["run"]).expect(0);
        outputs(&project).join("\n")
    };
    insta::assert_snapshot!(
        [limited("{calls: 4}"), limited("{tokens: 50, usd: 1}"), limited("{usd: 0.06}")].join("\n\n")
    );
}

#[test]
fn a_call_that_is_in_flight_when_the_time_of_its_case_is_over_is_broken_off() {
    let project = Project::with(&[
        ("cases.jsonl", "{\"id\": \"a\", \"input\": \"one\"}\n"),
        ("hang.sh", "read line\nsleep 60\n"),
        (
            "karat.yaml",
            "name: slow\ndataset: cases.jsonl\nmax_error_rate: 1\ncandidates:\n  chain:\n    steps: [{name: wait, command: \
             [sh, hang.sh]}]\n    limits: {time: 300ms}\nmetrics:\n  n: {check: length}\n",
        ),
    ]);
    let begun = Instant::now();
    project.karat(&["run"]).expect(4);
    assert!(begun.elapsed() < Duration::from_secs(30), "it waited for {:?}", begun.elapsed());
    let events = project.of_run("events.jsonl");
    assert!(events.contains("\"kind\":\"limit\""), "{events}");
    let shown = project.karat(&["runs", "show", "--case", "a"]).expect(0).out;
    assert!(shown.contains("the case is at its limit of 300ms, and the call was broken off"), "{shown}");
}

#[test]
fn the_time_of_a_case_is_that_of_its_calls_and_not_of_its_waits_for_a_worker() {
    let cases: String = (0..6).map(|n| format!("{{\"id\": \"{n}\", \"input\": \"one\"}}\n")).collect();
    let project = Project::with(&[
        ("cases.jsonl", cases.as_str()),
        (
            "slow.sh",
            "while read -r line; do id=${line#*\\\"id\\\":\\\"}; sleep 0.5; echo \"{\\\"id\\\":\\\"${id%%\\\"*}\\\",\\\"output\\\":\\\"x\\\"}\"; done\n",
        ),
        (
            "karat.yaml",
            "name: slow\ndataset: cases.jsonl\ncandidates:\n  chain:\n    steps: [{name: wait, command: [sh, slow.sh], \
             workers: 1}]\n    limits: {time: 2s}\nmetrics:\n  n: {check: length}\n",
        ),
    ]);
    let begun = Instant::now();
    project.karat(&["run"]).expect(0);
    assert!(begun.elapsed() > Duration::from_secs(3), "the last ones waited for longer than the limit");
    assert_eq!(project.summary()["counts"]["outputs"]["ok"], 6);
}

#[test]
fn a_step_that_fails_is_told_and_counted_once() {
    let project = Project::with(&[
        ("cases.jsonl", "{\"id\": \"a\", \"input\": \"one\"}\n{\"id\": \"b\", \"input\": \"two\"}\n"),
        (
            "karat.yaml",
            "name: gone\ndataset: cases.jsonl\nmax_error_rate: 1\ncandidates:\n  chain:\n    steps: [{name: go, command: \
             [sh, -c, exit 3]}]\nmetrics:\n  n: {check: length}\n",
        ),
    ]);
    let ran = project.karat(&["run", "-v"]).expect(4);
    let told: Vec<&str> = ran.err.lines().filter(|line| line.starts_with("no answer for ")).collect();
    assert_eq!(told.len(), 2, "{}", ran.err);
    assert!(told.iter().all(|line| line.contains("step `go`: ")), "{}", ran.err);
    assert!(ran.err.contains("2/2 cases, 2 without an answer"), "{}", ran.err);
    assert_eq!(project.summary()["meta"]["calls"], 2);
}

#[test]
fn an_output_that_is_not_what_the_next_steps_need_is_an_error_of_its_step() {
    let mut rows = rows();
    rows[0]["text"] = json!("I would rather not plan.");
    rows[3]["text"] = json!("{\"hard\": \"very\"}");
    let project = project(&rows);
    project
        .write("plan.json", r#"{"type": "object", "properties": {"hard": {"type": "boolean"}}, "required": ["hard"]}"#);
    project.edit("karat.yaml", "json: true", "json: plan.json");
    let ran = project.karat(&["run"]).expect(0);
    insta::assert_snapshot!(outputs(&project).join("\n"));
    // Seven replies led to the one output that came, and two to none.
    let spent = json!({"replies": 1, "input_tokens": 90, "output_tokens": 9, "usd": 0.09, "failed_usd": 0.02});
    assert_eq!(project.summary()["cost"]["candidates"]["chain"], spent);
    assert!(ran.out.contains("of it for what did not come: chain $0.0200"), "{}", ran.out);
    let replayed = project.karat(&["replay"]).expect(0);
    assert!(replayed.err.contains("byte for byte the same"), "{}", replayed.err);
}

#[test]
fn prompts_are_held_against_those_of_the_same_step() {
    let second = "  other:\n    steps:\n      - {name: plan, prompt: other.j2, model: small, json: true}\n      \
                  - {name: review, prompt: again.j2, model: small}\n      - {name: more, prompt: draft.j2, model: small}\n";
    let other = |case: &str, step: &str| {
        let text = if step == "plan" { "{}" } else { "Answer: yes" };
        json!({"candidate": "other", "case": case, "step": step, "text": text})
    };
    let all = ["easy", "hard", "mute"].iter().flat_map(|case| ["plan", "review", "more"].map(|step| other(case, step)));
    let project = project(&[rows(), all.collect()].concat());
    project.edit("karat.yaml", "metrics:\n", &format!("{second}metrics:\n"));
    project.write("other.j2", "Another plan: {{ input }}");
    project.write("again.j2", "Review: {{ steps.plan.output }}");
    project.karat(&["run"]).expect(0);
    let page = project.read("reports/latest/report.html");
    let told: Vec<&str> = page
        .split("<h3>")
        .skip(1)
        .filter_map(|part| part.split("</h3>").next().filter(|h| h.contains(" → ")))
        .collect();
    assert_eq!(told, ["plan.j2 → other.j2", "review.j2 → again.j2", "(none) → draft.j2", "draft.j2 → (none)"]);
}

#[test]
fn a_plan_counts_steps_and_the_rounds_that_they_may_have() {
    let plan = project(&rows()).karat(&["plan", "--json"]).expect(0).json();
    let parts = plan["cost"]["parts"].as_array().unwrap();
    let told: Vec<String> = parts
        .iter()
        .map(|part| {
            format!("{}/{} {}–{}", part["name"], part["step"], part["calls"], part["calls_at_most"]).replace('"', "")
        })
        .collect();
    assert_eq!(told, ["chain/plan 3–3", "chain/draft 3–9", "chain/review 3–9"]);
    // What the case says before is known before, and what a step will say is not.
    let project = project(&rows());
    project.edit("karat.yaml", "name: draft, prompt", "name: draft, when: \"'hard' in input\", prompt");
    let edited =
        project.read("karat.yaml").replace("name: review, prompt", "name: review, when: steps.plan is defined, prompt");
    project.write("karat.yaml", &edited);
    let plan = project.karat(&["plan", "--json"]).expect(0).json();
    let calls: Vec<u64> =
        plan["cost"]["parts"].as_array().unwrap().iter().map(|part| part["calls"].as_u64().unwrap()).collect();
    assert_eq!(calls, [3, 1, 3]);
}

#[test]
fn what_steps_cost_is_foreseen_and_counted_once() {
    let project = Project::with(&[
        ("plan.j2", "Plan: {{ input }}"),
        ("cases.jsonl", "{\"id\": \"a\", \"input\": \"one\"}\n{\"id\": \"b\", \"input\": \"two\"}\n"),
        (
            "karat.yaml",
            "name: chain\ndataset: cases.jsonl\nmodels:\n  m: {provider: openai, model: m, base_url: \"${MODEL_URL}\", \
             params: {max_tokens: 100}, prices: {input: 1000, output: 2000}}\ncandidates:\n  chain: {steps: [{name: plan, \
             prompt: plan.j2, model: m}, {name: answer, template: \"{{ steps.plan.output }}!\"}]}\nmetrics:\n  n: {check: length}\n",
        ),
    ]);
    let mut server = project.start(&["mock"]);
    let mut said = String::new();
    BufReader::new(server.stdout.as_mut().unwrap()).read_line(&mut said).unwrap();
    let project = project.variable("MODEL_URL", said.trim().strip_prefix("listening on ").unwrap());
    let plan = project.karat(&["plan", "--json"]).expect(0).json();
    let summary = project.karat(&["run", "--json"]).expect(0).json();
    let again = project.karat(&["run", "--json"]).expect(0).json();
    server.kill().unwrap();
    server.wait().unwrap();
    assert_eq!(summary["meta"]["calls"], 2);
    assert_eq!(summary["meta"]["spent_usd"], summary["cost"]["total"]["usd"]);
    assert_eq!((&again["meta"]["calls"], &again["meta"]["spent_usd"]), (&json!(0), &json!(0.0)));
    let most = plan["cost"]["parts"][0]["at_most"]["usd"].as_f64().unwrap();
    assert!(most >= summary["cost"]["total"]["usd"].as_f64().unwrap(), "{plan}");
}

#[test]
fn a_command_among_the_steps_sees_what_came_before() {
    if !python() {
        return;
    }
    let project = project(&rows());
    project.edit(
        "karat.yaml",
        "{name: draft, prompt: draft.j2, model: small, route: [{when: steps.plan.json.hard, model: strong}]}",
        "{name: draft, command: [python3, draft.py]}",
    );
    project.write(
        "draft.py",
        "import json, sys\nfor line in sys.stdin:\n    asked = json.loads(line)\n    \
         plan = asked['steps']['plan']['json']\n    \
         print(json.dumps({'id': asked['id'], 'output': 'hard' if plan['hard'] else 'easy', 'contexts': ['found']}), flush=True)\n",
    );
    project.karat(&["run"]).expect(0);
    insta::assert_snapshot!(outputs(&project).join("\n"));
}
