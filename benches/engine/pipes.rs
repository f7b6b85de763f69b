//! A command as a candidate, against a bare loop that writes and reads the same lines through pipes.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use serde_json::json;
use tempfile::TempDir;

use super::program::run;
use super::rows::{Row, median, rounds};

const CASES: usize = 20_000;

/// Workers in both.
const WORKERS: usize = 2;

/// Answers at once: what is measured is the way there and back.
const BOT: &str = "import json, sys\nfor line in sys.stdin:\n    asked = json.loads(line)\n    \
                   print(json.dumps({'id': asked['id'], 'output': 'an answer to ' + asked['input']}), flush=True)\n";

const SUITE: &str = "
name: pipes
dataset: cases.jsonl
candidates:
  bot: {command: [python3, bot.py], workers: 2}
metrics:
  answered: {check: contains, value: answer}
";

/// The same lines, sent by nothing but a loop.
fn bare(folder: &Path, lines: &[String]) -> f64 {
    let begun = Instant::now();
    std::thread::scope(|scope| {
        for part in lines.chunks(lines.len().div_ceil(WORKERS)) {
            scope.spawn(move || {
                let mut child = Command::new("python3")
                    .arg("bot.py")
                    .current_dir(folder)
                    .stdin(Stdio::piped())
                    .stdout(Stdio::piped())
                    .spawn()
                    .unwrap();
                let (mut input, mut output) =
                    (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
                let mut answer = String::new();
                for line in part {
                    input.write_all(line.as_bytes()).unwrap();
                    answer.clear();
                    output.read_line(&mut answer).unwrap();
                    assert!(answer.contains("an answer"));
                }
                drop(input);
                child.wait().unwrap();
            });
        }
    });
    begun.elapsed().as_secs_f64()
}

/// 20,000 cases through two workers, against the bare loop, in turns.
pub fn command() -> Vec<Row> {
    let folder = TempDir::new().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    let input = |case: usize| format!("Where is order {case}? It was to arrive on Wednesday, and it is Friday now.");
    let cases: String =
        (0..CASES).map(|n| json!({"id": format!("c{n}"), "input": input(n)}).to_string() + "\n").collect();
    write("karat.yaml", SUITE);
    write("bot.py", BOT);
    write("cases.jsonl", &cases);
    let asked = |n: usize| {
        let line = json!({"id": format!("c{n}"), "input": input(n), "context": [], "messages": [], "sample": 0});
        line.to_string() + "\n"
    };
    let lines: Vec<String> = (0..CASES).map(asked).collect();
    let (mut ours, mut theirs, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    bare(folder.path(), &lines);
    for round in 0..rounds() {
        let loop_alone = bare(folder.path(), &lines);
        let done = run(folder.path(), &["run"]);
        eprintln!("  round {round}: bare {loop_alone:.3} s, karat {:.3} s", done.seconds);
        ratios.push(done.seconds / loop_alone);
        theirs.push(loop_alone);
        ours.push(done.seconds);
    }
    vec![
        Row::at_most(
            "20,000 cases through a command: time, against a bare loop of pipes",
            2.0,
            Some(median(ratios)),
            "times",
        ),
        Row::told("  karat, the bare loop", format!("{:.2} s, {:.2} s", median(ours), median(theirs))),
    ]
}
