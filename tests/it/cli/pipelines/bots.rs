//! Programs in Python that answer, or do what programs do instead; its standard library is all they need.

use std::process::{Command, Stdio};

use super::super::project::Project;

/// Whether there is a Python to run them; says aloud where there is none.
pub fn python() -> bool {
    let there = Command::new("python3").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    let there = there.is_ok_and(|status| status.success());
    if !there {
        println!("skipped: there is no `python3` here");
    }
    there
}

/// Does what the input says.
pub const BOT: &str = r#"
import json, os, sys, time
for line in sys.stdin:
    asked = json.loads(line)
    what = asked["input"]
    if what == "die":
        print("about to die", file=sys.stderr, flush=True)
        os._exit(3)
    elif what == "hang":
        time.sleep(600)
    elif what == "fork":
        child = os.fork()
        if child == 0:
            time.sleep(600)
        with open("forked", "w") as file:
            file.write(str(child))
        os._exit(0)
    elif what == "garbage":
        print("Traceback (most recent call last):", flush=True)
    elif what == "flood":
        sys.stdout.write("x" * 100_000_000 + "\n")
        sys.stdout.flush()
    elif what == "refuse":
        print(json.dumps({"id": asked["id"], "error": "no such customer"}), flush=True)
    elif what == "other":
        print(json.dumps({"id": "another", "output": "x"}), flush=True)
    else:
        print("a note", file=sys.stderr, flush=True)
        print(json.dumps({
            "id": asked["id"],
            "output": "an answer to " + what,
            "contexts": [{"id": "doc-1", "text": " ".join(sorted(asked))}],
            "tool_calls": [{"name": "environment", "arguments": {}, "result": " ".join(sorted(os.environ))}],
            "usage": {"input_tokens": 10, "output_tokens": 2},
            "cost": 0.25,
        }), flush=True)
"#;

/// A suite with one candidate that asks the bot, and a case for each input.
pub fn asking(candidate: &str, inputs: &[&str]) -> Project {
    let suite = format!(
        "name: bots\ndataset: cases.jsonl\nmax_error_rate: 0.9\ncandidates:\n  bot: {candidate}\n\
         metrics:\n  answered: {{check: contains, value: answer}}\n"
    );
    let case = |(at, input): (usize, &&str)| {
        format!(
            "{{\"id\": \"c{at}\", \"input\": \"{input}\", \"reference\": \"the gold\", \"labels\": {{\"answered\": 1}}}}\n"
        )
    };
    let cases: String = inputs.iter().enumerate().map(case).collect();
    Project::with(&[("karat.yaml", &suite), ("cases.jsonl", &cases), ("bot.py", BOT)])
}
