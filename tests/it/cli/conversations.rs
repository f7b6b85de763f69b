//! Candidates that are talked with by a person whom a model plays: each turn is a call of its own, and judges see it all.

use serde_json::{Value, json};

use crate::cli::project::{Project, without_meta};
use crate::cli::server::{Answer, Call, Server};

const SUITE: &str = r#"
name: talks
dataset: cases.jsonl
models:
  writer:  {provider: openai, model: writer, base_url: "${MODEL_URL}", params: {max_tokens: 100}, prices: {input: 1, output: 1}}
  shopper: {provider: openai, model: shopper, base_url: "${MODEL_URL}", params: {max_tokens: 50}, prices: {input: 1, output: 1}}
  grader:  {provider: openai, model: grader, base_url: "${MODEL_URL}"}
user: {model: shopper, persona: "Somebody in a hurry.", goal: "{{ wish }}", turns: 3}
candidates:
  v1: {prompt: desk.j2, model: writer}
metrics:
  done:  {rubric: done.yaml, judge: grader}
  turns: {check: "trajectory:step-count", of: reply}
  price: {check: contains, value: "{{ reference }}"}
"#;

fn project() -> Project {
    Project::with(&[
        ("karat.yaml", SUITE),
        ("desk.j2", "You sell tents.{% for line in context %} {{ line }}{% endfor %}"),
        ("done.yaml", "name: done\nmode: pointwise\ninstructions: Was the wish met?\nscale: yes_no\n"),
        (
            "cases.jsonl",
            "{\"id\": \"tent\", \"input\": {\"wish\": \"a red tent\"}, \"context\": [\"A tent costs 90 EUR.\"], \"reference\": \"GOLD-90\"}\n\
             {\"id\": \"endless\", \"input\": {\"wish\": \"to talk\"}, \"reference\": \"GOLD-90\"}\n",
        ),
    ])
}

/// The person with a wish for a tent is content with the second answer; the other one never is.
fn play(call: &Call) -> Answer {
    let messages = call.body["messages"].as_array().unwrap();
    let said = call.said();
    match call.body["model"].as_str().unwrap() {
        "grader" => Answer::text("{\"reasoning\": \"seen\", \"score\": true}"),
        "shopper" => {
            let heard = messages.iter().filter(|message| message["role"] == "user").count() - 1;
            match (said.contains("a red tent"), heard) {
                (true, 2..) => Answer::text("[end]"),
                (_, heard) => Answer::text(&format!("question {}", heard + 1)),
            }
        }
        _ => Answer::text(&format!("answer {}", messages.len() / 2)),
    }
}

fn of<'a>(calls: &'a [Call], model: &'a str) -> impl Iterator<Item = &'a Call> {
    calls.iter().filter(move |call| call.body["model"] == model)
}

#[test]
fn a_person_talks_with_a_candidate_and_the_judge_sees_it_all() {
    let server = Server::start(play);
    let project = project().variable("MODEL_URL", &server.url());
    let summary = project.karat(&["run", "--json"]).expect(0).json();
    let estimate =
        |metric: &str| summary["candidates"]["v1"]["metrics"][metric]["estimate"].as_f64().unwrap_or(f64::NAN);
    assert_eq!((estimate("turns"), estimate("done"), estimate("price")), (2.5, 1.0, 0.0));

    let calls = server.calls();
    assert_eq!((of(&calls, "writer").count(), of(&calls, "shopper").count()), (5, 3 + 3));
    // The person does not know the gold nor the desk's papers; the desk does not know the wish.
    assert!(of(&calls, "shopper").all(|call| !call.said().contains("GOLD") && !call.said().contains("90 EUR")));
    assert!(of(&calls, "writer").all(|call| !call.said().contains("a red tent") && !call.said().contains("GOLD")));
    assert!(of(&calls, "writer").any(|call| call.said().contains("90 EUR")));
    let judged: Vec<String> = of(&calls, "grader").map(Call::said).collect();
    assert!(judged.iter().all(|said| said.contains("user: question 1") && said.contains("assistant: answer 1")));

    let shown = project.karat(&["runs", "show", "--case", "tent"]).expect(0).out;
    assert!(shown.contains("step `user`, round 2") && shown.contains("question 2"), "{shown}");
    let limit = "ended at its limit of 3 turns, not by the person";
    assert!(!shown.contains(limit), "the person with a wish ended it: {shown}");
    let endless = project.karat(&["runs", "show", "--case", "endless"]).expect(0).out;
    assert!(endless.contains(limit), "{endless}");
    let report = project.read("reports/latest/report.md");
    assert!(report.contains(&format!("1 output: the conversation was {limit}")), "{report}");
    let asked = server.count();
    let again = project.karat(&["replay", "--json"]).expect(0).json();
    assert_eq!(without_meta(again), without_meta(summary.clone()));
    let again = project.karat(&["run", "--json", "--offline"]).expect(0).json();
    assert_eq!(without_meta(again), without_meta(summary), "every turn is in the cache");
    assert_eq!(server.count(), asked);
}

#[test]
fn turns_are_planned_at_most_and_one_that_fails_is_an_error_of_its_case() {
    let server = Server::start(|call| match call.said().contains("question 2") && call.body["model"] == "writer" {
        true => Answer::of(400, json!({"error": {"message": "no more of this"}})),
        false => play(call),
    });
    let project = project().variable("MODEL_URL", &server.url());
    let plan = project.karat(&["plan", "--json"]).expect(0).json();
    let part = |step: &str| {
        let parts = plan["cost"]["parts"].as_array().unwrap();
        parts.iter().find(|part| part["step"] == step).unwrap_or_else(|| panic!("{parts:?}")).clone()
    };
    for step in ["user", "reply"] {
        assert_eq!(part(step)["calls"].as_u64(), Some(6), "two cases of three turns");
        assert!(part(step)["at_most"]["input_tokens"].as_u64() > part(step)["expected"]["input_tokens"].as_u64());
    }
    let failed = project.karat(&["run", "--json", "--no-cache"]);
    assert!(failed.err.contains("step `reply`") && failed.err.contains("no more of this"), "{}", failed.err);
    let shown = project.karat(&["runs", "show", "--case", "tent"]).expect(0).out;
    assert!(shown.contains("what ran before `v1` failed: conversation"), "{shown}");
    assert!(shown.contains("1. user: question 1") && shown.contains("2. assistant: answer 1"), "{shown}");
    // What the candidate's own turns took is told though no output came of them.
    let journal = project.of_run("events.jsonl");
    let events = journal.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let answers = events.filter(|event| event["ask"]["step"] == "reply" && event["ask"]["candidate"] == "v1");
    let read: u64 = answers.filter_map(|event| event["reply"]["usage"]["input_tokens"].as_u64()).sum();
    let spent = &project.summary()["cost"]["candidates"]["v1"];
    assert!(read > 0, "{journal}");
    assert_eq!((&spent["replies"], &spent["input_tokens"]), (&json!(0), &json!(read)));
}

#[test]
fn a_program_is_talked_with_too() {
    let server = Server::start(play);
    let project = project().variable("MODEL_URL", &server.url());
    let bot = "import json, sys\nfor line in sys.stdin:\n    case = json.loads(line)\n    \
               print(json.dumps({'id': case['id'], 'output': '%d: %s' % (len(case['messages']), case['input'])}), flush=True)\n";
    project.write("bot.py", bot);
    project.edit("karat.yaml", "{prompt: desk.j2, model: writer}", "{command: [python3, bot.py]}");
    let summary = project.karat(&["run", "--json"]).expect(0).json();
    assert_eq!(summary["candidates"]["v1"]["metrics"]["turns"]["estimate"].as_f64(), Some(2.5));
    let shown = project.karat(&["runs", "show", "--case", "endless"]).expect(0).out;
    assert!(shown.contains("5: question 3"), "it is told all that was said: {shown}");
}

#[test]
fn both_sides_may_be_recorded_and_what_is_missing_is_named() {
    let project = project();
    let rows = [
        json!({"case": "tent", "candidate": "v1", "step": "user", "text": "a tent?"}),
        json!({"case": "tent", "candidate": "v1", "step": "reply", "text": "90 EUR"}),
        json!({"case": "tent", "candidate": "v1", "step": "user", "round": 1, "text": "[end]"}),
        json!({"case": "endless", "candidate": "v1", "step": "user", "text": "Hello"}),
        json!({"case": "endless", "candidate": "v1", "step": "reply", "text": "Hello"}),
    ];
    let written = |rows: &[Value]| rows.iter().map(|row| format!("{row}\n")).collect::<String>();
    project.write("replies.jsonl", &written(&rows));
    for name in ["writer", "shopper"] {
        let suite = project.read("karat.yaml");
        let line = suite.lines().find(|line| line.trim_start().starts_with(&format!("{name}:"))).unwrap().to_string();
        project.edit("karat.yaml", &line, &format!("  {name}: {{provider: recorded, replies: replies.jsonl}}"));
    }
    project.edit("karat.yaml", "  done:  {rubric: done.yaml, judge: grader}\n", "");
    project.edit("karat.yaml", "base_url: \"${MODEL_URL}\"", "base_url: \"http://127.0.0.1:9\"");
    let said = project.karat(&["run"]).expect(2).err;
    assert!(said.contains("no recorded reply for candidate `v1`, case `endless`, step `user`, round 1"), "{said}");
    project.edit("karat.yaml", "turns: 3", "turns: 1");
    let summary = project.karat(&["run", "--json"]).expect(0).json();
    assert_eq!(summary["candidates"]["v1"]["metrics"]["turns"]["estimate"].as_f64(), Some(1.0));
}

#[test]
fn a_person_who_cannot_be_is_told_before_anything_is_asked() {
    let project = project().variable("MODEL_URL", "http://127.0.0.1:9");
    let wrong = |from: &str, to: &str| {
        project.write("karat.yaml", &SUITE.replace(from, to));
        project.karat(&["check"]).expect(2).err
    };
    let user = "{model: shopper, persona: \"Somebody in a hurry.\", goal: \"{{ wish }}\", turns: 3}";
    let told = [
        wrong(user, "{persona: x}"),
        wrong("user: {model: shopper", "user: {model: shoper"),
        wrong("{{ wish }}", "{{ reference }}"),
        wrong("{{ wish }}", "{{ dream }}"),
        wrong("turns: 3", "turns: 0"),
        wrong("turns: 3", "prompt: desk.j2"),
        wrong("{prompt: desk.j2, model: writer}", "{steps: [{name: a, prompt: desk.j2, model: writer}]}"),
        wrong("{prompt: desk.j2, model: writer}", "{prompt: desk.j2, model: writer, user: {model: shopper}}"),
    ];
    let wanted = [
        "model: shopper",
        "did you mean `shopper`?",
        "a prompt may not see the gold: `reference`",
        "dream",
        "turns",
        "`prompt` stands in its place",
        "no person talks with steps",
        "it stands in the suite",
    ];
    for (told, wanted) in told.iter().zip(wanted) {
        assert!(told.contains(wanted), "{wanted}: {told}");
    }
}

#[test]
fn a_conversation_that_was_interrupted_goes_on_where_it_was() {
    let server = Server::start(play);
    let project = project().variable("MODEL_URL", &server.url());
    let summary = project.karat(&["run", "--json", "--no-cache"]).expect(0).json();
    let (whole, id) = (project.of_run("events.jsonl"), project.runs().pop().unwrap());
    // Without the outputs, what was judged, and all but the first words of each side.
    let is_kept = |line: &&str| {
        !["\"asks\":\"output\"", "\"asks\":\"score\"", "\"round\":", "\"finished\""]
            .iter()
            .any(|gone| line.contains(gone))
    };
    let kept: String = whole.lines().filter(is_kept).map(|line| format!("{line}\n")).collect();
    assert_eq!(kept.matches("\"asks\":\"step\"").count(), 4);
    project.write(&format!(".karat/runs/{id}/events.jsonl"), &kept);
    std::fs::remove_file(project.path(&format!(".karat/runs/{id}/summary.json"))).unwrap();
    let before = server.count();
    let again = project.karat(&["run", "--json", "--no-cache"]).expect(0);
    assert!(again.err.contains("going on with run"), "{}", again.err);
    assert_eq!(without_meta(again.json()), without_meta(summary));
    let calls = server.calls().split_off(before);
    assert_eq!((of(&calls, "writer").count(), of(&calls, "shopper").count()), (3, 4), "only what was lost is asked");
}

#[test]
fn what_the_person_takes_is_paid_for_and_is_not_the_candidates() {
    let mock = karat::mock::Server::start(karat::mock::Settings::default()).unwrap();
    let project = project().variable("MODEL_URL", &mock.url());
    let plan = project.karat(&["plan", "--json"]).expect(0).json();
    let total = &plan["cost"]["parts"];
    let most = |step: &str| {
        let parts = total.as_array().unwrap();
        let part = parts.iter().find(|part| part["step"] == step).unwrap();
        part["at_most"]["usd"].as_f64().unwrap()
    };
    let summary = project.karat(&["run", "--json"]).expect(0).json();
    let (own, spent) =
        (summary["cost"]["candidates"]["v1"]["usd"].as_f64().unwrap(), summary["meta"]["spent_usd"].as_f64().unwrap());
    assert!(own > 0.0 && spent > 1.5 * own, "{own} of {spent}");
    assert!(own <= most("reply") && spent - own <= most("user"), "{own} of {spent}, planned {total}");
    let again = project.karat(&["run", "--json", "--offline"]).expect(0).json();
    assert_eq!(without_meta(again), without_meta(summary));
}
