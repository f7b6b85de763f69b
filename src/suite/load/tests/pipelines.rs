//! What is wrong with a command, an endpoint or steps.

use super::{Folder, GOOD, changed};
use crate::suite::{Action, CandidateSource, CommandMode, Service};

const OLD: &str = "old: {outputs: datasets/old.jsonl}";

#[test]
fn a_command_is_a_list_with_what_goes_with_it() {
    let told = [
        "old: {command: python bot.py}",
        "old: {command: []}",
        "old: {command: [python, bot.py], env: [\"KEY=abc\"], mode: forever, cwd: nowhere, limits: {calls: 3}}",
        "old: {outputs: datasets/old.jsonl, workers: 2}",
        "old: {command: [python, bot.py], model: writer}",
    ];
    insta::assert_snapshot!(told.map(|line| changed(OLD, line)).join("\n"));
}

#[test]
fn an_endpoint_has_an_address_a_body_and_a_pointer() {
    let told = [
        "old: {http: {url: bot.example, body: {q: x}, output: /a}}",
        "old: {http: {url: https://bot.example, output: answer.text, body: {q: \"{{ reference }}\"}}}",
        "old: {http: {url: https://bot.example, body: {q: \"{{ input\"}}}",
        "old: {http: {url: https://bot.example, method: GET, body: {q: x}, output: /a}}",
        "old: {http: {url: https://bot.example, output: /a, trace: {documents: /d}}}",
        "old: {http: {url: https://bot.example, output: /a, body: {}, headers: {x-api-key: abcdefghijkl}}}",
        "old: {http: {url: https://bot.example, output: /a, body: {}}, timeout: 5s}",
    ];
    insta::assert_snapshot!(told.map(|line| changed(OLD, line)).join("\n"));
}

#[test]
fn steps_name_only_steps_that_are_there() {
    let told = [
        "old: {steps: []}",
        "old: {steps: [{name: a, template: \"{{ steps.b.output }}\"}, {name: b, template: x}]}",
        "old: {steps: [{name: plan, template: x}, {name: b, template: x, when: \"steps.plam.output == 'x'\"}]}",
        "old: {steps: [{name: a-b, template: x}, {name: a-b, prompt: prompts/support.j2, template: x}]}",
        "old: {steps: [{name: a, template: x, when: \"{{ input }}\"}, {name: b, template: x, when: \"input ==\"}]}",
        "old: {steps: [{name: a, template: x, repeat: {until: \"steps.a.output\", max: 1000, from: c}}]}",
        "old: {steps: [{name: a, template: x, route: [{when: \"true\", model: wirter}]}]}",
        "old: {steps: [{name: a, template: x, json: schemas/none.json}], limits: {calls: 0, cost: 3}}",
    ];
    insta::assert_snapshot!(told.map(|line| changed(OLD, line)).join("\n"));
}

#[test]
fn all_of_it_is_read() {
    let folder = Folder::new();
    let steps = r#"
  old: {command: [python, bot.py, 3], workers: 4, mode: once, timeout: 5s, env: [HOST]}
  service: {http: {url: "http://${HOST}/answer", body: {q: "{{ input }}", n: 3}, query: {v: 2, user: "{{ input }}"}, output: "", trace: {contexts: /docs}, stream: sse, headers: {authorization: "Bearer ${TOKEN}"}}}
  chain:
    steps:
      - {name: draft, prompt: prompts/support.j2, model: writer, route: [{when: "round > 1", model: grader}]}
      - {name: review, command: [python, review.py], json: true, repeat: {from: draft, until: steps.review.json.ok, max: 3}}
      - {name: answer, template: "{{ steps.draft.output }}", when: "steps.review.json.ok"}
    limits: {calls: 9, tokens: 1000, usd: 0.5, time: 60s}"#;
    assert!(GOOD.contains(OLD));
    folder.write("karat.yaml", &GOOD.replace(OLD, steps.trim_start()));
    let suite = folder.load().unwrap_or_else(|errors| panic!("{errors}"));
    let CandidateSource::Service(name) = &suite.candidates["old"].source else { panic!("a command") };
    let Some(Service::Command(command)) = suite.models[name].service.as_deref() else { panic!("a command") };
    assert_eq!(
        (command.command.as_slice(), command.mode),
        (["python", "bot.py", "3"].map(String::from).as_slice(), CommandMode::Once)
    );
    assert_eq!((name.as_str(), suite.models[name].max_concurrency), ("command:old", Some(4)));
    let Some(Service::Http(http)) = suite.models["http:service"].service.as_deref() else { panic!("an endpoint") };
    assert_eq!((http.sse, http.query.len(), suite.models["http:service"].query.len()), (true, 1, 1));
    let CandidateSource::Steps(chain) = &suite.candidates["chain"].source else { panic!("steps") };
    assert_eq!(chain.most_rounds(), [3, 3, 1]);
    assert_eq!(chain.limits.calls, Some(9));
    assert!(matches!(&chain.steps[1].action, Action::Service(name) if name.as_str() == "command:chain/review"));
    assert!(suite.asks(&"grader".into()) && suite.asks(&"command:chain/review".into()));
}
