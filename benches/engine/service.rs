//! An endpoint as a candidate, against a bare loop of requests with the same bodies to the same endpoint.

use serde_json::json;
use tempfile::TempDir;

use super::bare;
use super::program::{Done, run};
use super::rows::{AT_ONCE, Row, asking, median, rounds};
use super::server::Server;

const CASES: usize = 20_000;

fn suite(url: &str) -> String {
    format!(
        "
name: service
dataset: cases.jsonl
candidates:
  bot:
    http:
      url: \"{url}/chat/completions\"
      body: {{model: bot, messages: [{{role: user, content: \"{{{{ input }}}}\"}}]}}
      output: /choices/0/message/content
metrics:
  answered: {{check: contains, value: mock}}
"
    )
}

fn input(case: usize) -> String {
    format!("Where is order {case}? It was to arrive on Wednesday, and it is Friday now.")
}

/// 20,000 cases that an endpoint answers, against the bare loop, in turns.
pub fn http() -> Vec<Row> {
    let server = Server::start(&[]);
    let folder = TempDir::new().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    let cases: String =
        (0..CASES).map(|n| json!({"id": format!("c{n}"), "input": input(n)}).to_string() + "\n").collect();
    write("karat.yaml", &suite(&server.url()));
    write("cases.jsonl", &cases);
    let body = |n| json!({"model": "bot", "messages": [{"role": "user", "content": input(n)}]}).to_string();
    let bodies: Vec<String> = (0..CASES).map(body).collect();
    let asked = || server.stats()["total"].as_u64().unwrap();
    let (mut ours, mut theirs, mut ratios): (Vec<Done>, Vec<Done>, Vec<f64>) = Default::default();
    bare::run(&server.url(), &bodies, AT_ONCE);
    for round in 0..rounds() {
        let alone = bare::run(&server.url(), &bodies, AT_ONCE);
        for left in [".karat", "reports"] {
            let _ = std::fs::remove_dir_all(folder.path().join(left));
        }
        let before = asked();
        let done = run(folder.path(), &asking());
        assert_eq!(asked() - before, CASES as u64, "every call is made once");
        eprintln!("  round {round}: bare {:.3} s, karat {:.3} s", alone.seconds, done.seconds);
        ratios.push(alone.seconds / done.seconds);
        theirs.push(alone);
        ours.push(done);
    }
    let ratio = median(ratios);
    let seconds = |runs: &[Done]| median(runs.iter().map(|done| done.seconds).collect());
    vec![
        Row::at_least("20,000 cases through an endpoint: calls/s of the bare loop's", 0.5, ratio),
        Row::told("  karat, the bare loop", format!("{:.2} s, {:.2} s", seconds(&ours), seconds(&theirs))),
    ]
}
