//! A command as a candidate: what it is given, what it tells, and whatever else a process may do.

use std::path::Path;

use serde_json::{Value, json};

use super::super::project::{Project, steady};
use super::bots::{BOT, asking, python};

const LINES: &str = "{command: [python3, bot.py], workers: 2, timeout: 10s, env: [ALLOWED]}";

/// What became of the output of each case, in the words of the journal.
fn told(project: &Project) -> Vec<String> {
    let journal = project.of_run("events.jsonl");
    let mut told: Vec<String> = journal
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .filter_map(|event| {
            let case = event["ask"]["case"].as_str()?;
            let what = match &event["reply"]["text"] {
                Value::String(text) => text.clone(),
                _ => {
                    format!("{}: {}", event["failures"][0]["kind"].as_str()?, event["failures"][0]["message"].as_str()?)
                }
            };
            Some(format!("{case} {what}"))
        })
        .collect();
    told.sort();
    told
}

#[test]
fn a_bot_is_given_the_question_alone_and_tells_its_way() {
    if !python() {
        return;
    }
    let project = asking(LINES, &["one", "two", "three"]).variable("ALLOWED", "yes").variable("FORBIDDEN", "no");
    let ran = project.karat(&["run"]).expect(0);
    assert_eq!(told(&project), ["c0 an answer to one", "c1 an answer to two", "c2 an answer to three"]);
    let summary = project.summary();
    assert_eq!(
        (&summary["counts"]["outputs"]["ok"], &summary["cost"]["total"]["usd"]),
        (&3.into(), &0.75.into()),
        "{summary}"
    );
    let shown = project.karat(&["runs", "show", "--case", "c1"]).expect(0).out;
    assert!(shown.contains("context id input messages sample"), "no gold among them: {shown}");
    assert!(!shown.contains("the gold"), "{shown}");
    assert!(shown.contains("ALLOWED") && !shown.contains("FORBIDDEN"), "{shown}");
    assert!(shown.contains("a note"), "what it wrote to standard error: {shown}");
    project.karat(&["replay"]).expect(0);
    drop(ran);
}

#[test]
fn whatever_a_worker_does_is_the_failure_of_its_case_and_of_no_other() {
    if !python() {
        return;
    }
    let bad = ["die", "hang", "garbage", "flood", "refuse", "other", "fork"];
    let inputs: Vec<&str> = bad.into_iter().flat_map(|bad| [bad, "fine"]).collect();
    let project = asking(LINES, &inputs).variable("ALLOWED", "yes");
    project.karat(&["run"]).expect(0);
    insta::assert_snapshot!(steady(&told(&project).join("\n")));
    let forked = project.read("forked");
    let state = std::fs::read_to_string(Path::new("/proc").join(forked.trim()).join("stat")).unwrap_or_default();
    assert!(state.is_empty() || state.contains(") Z "), "what it forked is gone: {state}");
}

/// Answers at once, unless the input says otherwise, and notes how many questions it found at a time at most.
const QUICK: &str = r#"
import json, os, sys, time
rest, most = b"", 0
while True:
    read = os.read(0, 1 << 16)
    if not read:
        break
    *lines, rest = (rest + read).split(b"\n")
    most = max(most, len(lines))
    with open(f"most-{os.getpid()}", "w") as file:
        file.write(str(most))
    for line in lines:
        asked = json.loads(line)
        what = asked["input"]
        if what == "die":
            os._exit(3)
        if what == "slow":
            time.sleep(0.01)
        answer = {"id": asked["id"], "output": "an answer to " + what}
        if what == "refuse":
            answer = {"id": asked["id"], "error": "no such customer"}
        print("Traceback" if what == "garbage" else json.dumps(answer), flush=True)
        if what == "twice":
            print("done", flush=True)
        if what == "bye":
            os._exit(0)
"#;

/// A run of the quick one, and how many questions it found at a time at most.
fn quick(inputs: &[&str]) -> (Project, u32) {
    let project = asking("{command: [python3, quick.py], workers: 2}", inputs);
    project.write("quick.py", QUICK);
    project.karat(&["run"]).expect(0);
    let most = |(name, bytes): (String, Vec<u8>)| {
        name.rsplit('/').next()?.starts_with("most-").then(|| String::from_utf8(bytes).unwrap().parse().unwrap_or(0))
    };
    let most = project.files().into_iter().filter_map(most).max().unwrap();
    (project, most)
}

#[test]
fn a_quick_program_is_asked_ahead_and_each_case_is_told_its_own_end() {
    if !python() {
        return;
    }
    let mut inputs = vec!["fine"; 1200];
    let odd = ["die", "garbage", "twice", "bye", "refuse"];
    odd.iter().enumerate().for_each(|(at, what)| inputs[200 * (at + 1)] = what);
    // On a machine with too much to do no program is quick, and nobody is asked ahead: then it is tried again.
    let (mut project, mut most) = quick(&inputs);
    for _ in 0..8 {
        if most <= 1 {
            (project, most) = quick(&inputs);
        }
    }
    assert!(most > 1, "it never found two questions at a time");
    let (answers, failures): (Vec<_>, Vec<_>) =
        told(&project).into_iter().partition(|line| line.contains(" an answer to "));
    assert_eq!(answers.len(), 1197);
    insta::assert_snapshot!(failures.join("\n"));
}

/// Each of these programs is slow, so that none is asked ahead.
#[test]
fn a_process_that_ends_or_says_too_much_costs_no_other_case() {
    if !python() {
        return;
    }
    let of = |after: &str| {
        let project = asking("{command: [python3, odd.py], workers: 1}", &["fine"; 12]);
        let bot = format!(
            "import json, sys, time\nfor n, line in enumerate(sys.stdin):\n    asked = json.loads(line)\n    time.sleep(0.02)\n    \
             said = json.dumps({{'id': asked['id'], 'output': 'an answer'}})\n    print(said, flush=True)\n    {after}\n"
        );
        project.write("odd.py", &bot);
        project.karat(&["run"]).expect(0);
        told(&project).iter().filter(|line| line.ends_with(" an answer")).count()
    };
    assert_eq!(of("if n == 2: time.sleep(0.005); sys.exit()"), 12, "it ended after three answers, and a little late");
    assert_eq!(of("time.sleep(0.005); print(said, flush=True)"), 12, "it said each answer twice");
    assert_eq!(of("time.sleep(0.005); print('done', flush=True)"), 12, "it said more than its answers");
}

#[test]
fn a_line_that_comes_late_is_not_taken_for_the_next_sample() {
    if !python() {
        return;
    }
    let project = asking("{command: [python3, twice.py], workers: 1}", &["one", "two"]);
    project.edit("karat.yaml", "max_error_rate: 0.9", "max_error_rate: 0.9\nrepeat: 4");
    project.write(
        "twice.py",
        "import json, sys, time\nfor line in sys.stdin:\n    asked = json.loads(line)\n    time.sleep(0.02)\n    \
         for said in ('first', 'second'):\n        time.sleep(0.005)\n        \
         print(json.dumps({'id': asked['id'], 'output': f'the {said} of {asked[\"sample\"]}'}), flush=True)\n",
    );
    project.karat(&["run"]).expect(0);
    let journal = project.of_run("events.jsonl");
    let events = journal.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let replies: Vec<Value> = events.filter(|event| event["event"] == "reply").collect();
    assert_eq!(replies.len(), 8);
    for reply in replies {
        assert_eq!(reply["reply"]["text"], format!("the first of {}", reply["ask"]["sample"]));
    }
}

#[test]
fn a_program_that_takes_its_time_is_asked_one_thing_at_a_time() {
    if !python() {
        return;
    }
    let (project, most) = quick(&["slow"; 150]);
    assert_eq!((most, told(&project).len()), (1, 150));
}

#[test]
fn one_process_a_case_may_write_over_many_lines() {
    if !python() {
        return;
    }
    let project =
        asking("{command: [python3, once.py], mode: once, workers: 2, timeout: 20s}", &["one", "fail", "mute"]);
    project.write(
        "once.py",
        "import json, sys\nasked = json.load(sys.stdin)\nif asked['input'] == 'fail': sys.exit('no key')\n\
         if asked['input'] == 'one': print(json.dumps({'output': 'an answer'}, indent=2))\n",
    );
    project.karat(&["run"]).expect(0);
    insta::assert_snapshot!(told(&project).join("\n"));
}

#[test]
fn a_program_that_never_answers_is_not_started_for_ever() {
    if !python() {
        return;
    }
    let project =
        asking("{command: [python3, -c, \"raise SystemExit('no module named bot')\"], workers: 1}", &["x"; 30]);
    let ran = project.karat(&["run"]).expect(4);
    assert!(ran.err.contains("ended 10 times in a row without an answer"), "{}", ran.err);
    assert!(ran.err.contains("no module named bot"), "{}", ran.err);
    let started = told(&project).iter().filter(|line| line.contains("crashed")).count();
    assert_eq!(started, 10);
}

#[test]
fn what_cannot_be_asked_is_said_before_the_first_call() {
    let project = asking(LINES, &["one"]);
    let ran = project.karat(&["run"]).expect(2);
    assert!(ran.err.contains("the environment variable `ALLOWED` is not set, and `env` names it"), "{}", ran.err);
    let ran = asking("{command: [python3, bot.py]}", &["one"]).karat(&["run", "--offline"]).expect(2);
    assert!(ran.err.contains("no command is run with --offline"), "{}", ran.err);
    let project = asking("{command: [no-such-program-here]}", &["one"]);
    let ran = project.karat(&["run"]).expect(2);
    assert!(ran.err.contains("there is no program `no-such-program-here` on the PATH; install it"), "{}", ran.err);
    let checked = project.karat(&["check"]).expect(0);
    assert!(checked.err.contains("by its path; a run would stop there"), "{}", checked.err);
    assert!(checked.err.contains("but a run would stop on this machine; see below"), "{}", checked.err);
}

#[test]
fn a_key_that_a_program_is_given_reaches_no_file() {
    if !python() {
        return;
    }
    let project =
        asking("{command: [python3, leak.py], env: [BOT_KEY]}", &["one", "two"]).variable("BOT_KEY", "sk-51ab7Qz900");
    project.write(
        "leak.py",
        "import json, os, sys\nfor line in sys.stdin:\n    asked = json.loads(line)\n    key = os.environ['BOT_KEY']\n    \
         print(key, file=sys.stderr, flush=True)\n    \
         print(json.dumps({'id': asked['id'], 'output': 'answer ' + key} if asked['input'] == 'one' else key), flush=True)\n",
    );
    project.karat(&["run"]).expect(0);
    for (name, bytes) in project.files() {
        assert!(!String::from_utf8_lossy(&bytes).contains("sk-51ab7Qz900"), "{name}");
    }
    assert!(told(&project)[0].contains("answer ***"), "{:?}", told(&project));
}

#[test]
fn a_program_that_was_changed_makes_another_plan() {
    if !python() {
        return;
    }
    let project = asking(LINES, &["one"]).variable("ALLOWED", "yes");
    let digest = |project: &Project| {
        project.karat(&["run"]).expect(0);
        serde_json::from_str::<Value>(&project.of_run("manifest.json")).unwrap()["plan"].to_string()
    };
    let first = digest(&project);
    assert_eq!(digest(&project), first);
    project.edit("bot.py", "an answer to ", "another answer to ");
    assert_ne!(digest(&project), first);
}

#[test]
fn a_program_that_says_when_it_is_ready_is_not_slow_for_its_start() {
    if !python() {
        return;
    }
    let slowest = |says: &str| {
        let project = asking("{command: [python3, slow.py], workers: 1}", &["one", "two"]);
        let bot = format!(
            "import json, sys, time\ntime.sleep(1)\n{says}for line in sys.stdin:\n    \
             print(json.dumps({{'id': json.loads(line)['id'], 'output': 'an answer'}}), flush=True)\n"
        );
        project.write("slow.py", &bot);
        project.karat(&["run"]).expect(0);
        assert_eq!(told(&project), ["c0 an answer", "c1 an answer"]);
        let journal = project.of_run("events.jsonl");
        let events = journal.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        events.filter_map(|event| event["reply"]["latency_ms"].as_u64()).max().unwrap()
    };
    assert!(slowest("") >= 1000);
    let slowest = slowest("print('{\"ready\": true}', flush=True)\n");
    assert!(slowest < 900, "{slowest} ms");
}

#[test]
fn what_a_program_wrote_to_standard_error_stands_beside_its_failure() {
    if !python() {
        return;
    }
    let fails = ["die", "hang", "garbage", "refuse"];
    let project = asking("{command: [python3, talks.py], workers: 2, timeout: 1s, env: [BOT_KEY]}", &fails)
        .variable("BOT_KEY", "sk-0123456789abcdef");
    let talks =
        "    print('Traceback', 'x' * 2000, os.environ['BOT_KEY'], 'the end of it', file=sys.stderr, flush=True)\n";
    project.write("talks.py", &BOT.replace("    asked = json", &format!("{talks}    asked = json")));
    project.karat(&["run"]).expect(4);
    let journal = project.of_run("events.jsonl");
    let events = journal.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let failures: Vec<Value> = events.map(|event| event["failures"][0].clone()).filter(Value::is_object).collect();
    assert_eq!(failures.len(), fails.len());
    for failure in &failures {
        let (message, stderr) = (failure["message"].as_str().unwrap(), failure["stderr"].as_str().unwrap());
        assert!(message.contains("; its last words: …xxx") && message.contains("the end of it"), "{message}");
        assert!(stderr.starts_with("Traceback xxx") && stderr.contains("the end of it"), "{stderr}");
        assert!(!failure.to_string().contains("0123456789abcdef"), "{failure}");
    }
    let shown = project.karat(&["runs", "show", "--case", "c1"]).expect(0).out;
    assert!(shown.contains("Traceback xxx"), "all of it, and not only what the message holds: {shown}");
}

#[test]
fn of_one_long_word_on_standard_error_the_end_is_kept_and_no_half_of_a_key() {
    if !python() {
        return;
    }
    let project =
        asking("{command: [python3, talks.py], env: [BOT_KEY]}", &["die"]).variable("BOT_KEY", "sk-0123456789abcdef");
    // Of the key the last five characters are within what is kept.
    let talks = "    sys.stderr.write(os.environ['BOT_KEY'] + 'x' * (8192 - 12) + 'the-end'); sys.stderr.flush()\n";
    project.write("talks.py", &BOT.replace("    asked = json", &format!("{talks}    asked = json")));
    project.karat(&["run"]).expect(4);
    let journal = project.of_run("events.jsonl");
    let failed = journal.lines().find(|line| line.contains("\"failed\"")).unwrap();
    assert!(failed.contains("xxxthe-end") && !failed.contains("bcdef"), "{failed}");
}

#[test]
fn one_that_has_answered_and_ended_is_not_waited_for_though_its_child_goes_on() {
    for child in ["while sleep 0.01; do echo busy >&2; done", "sleep 60"] {
        let project = asking("{command: [sh, once.sh], mode: once, workers: 1, timeout: 60s}", &["one", "two"]);
        project.write("once.sh", &format!("echo '{{\"output\": \"an answer\"}}'\n({child}) &\n"));
        let begun = std::time::Instant::now();
        project.karat(&["run"]).expect(0);
        assert!(begun.elapsed() < std::time::Duration::from_secs(30), "{child}: {:?}", begun.elapsed());
        assert_eq!(told(&project), ["c0 an answer", "c1 an answer"]);
    }
}

/// A program that answers one question and ends; told to `refuse`, it says what that cost; told to `edit`, it changes itself.
const ONCE: &str = r#"read -r line
case "$line" in
  *refuse*) echo '{"error": "no such customer", "cost": 0.5, "usage": {"input_tokens": 3, "output_tokens": 1}}';;
  *edit*) echo '# another version' >> once.sh; echo '{"output": "an answer"}';;
  *) echo '{"output": "an answer", "cost": 0.25, "usage": {"input_tokens": 10, "output_tokens": 2}}';;
esac
"#;

fn once(inputs: &[&str]) -> Project {
    let project = asking("{command: [sh, once.sh], mode: once, workers: 1}", inputs);
    project.write("once.sh", ONCE);
    project
}

#[test]
fn what_a_failed_answer_cost_is_part_of_the_cost() {
    let project = once(&["one", "refuse"]);
    project.karat(&["run"]).expect(0);
    let spent = json!({"replies": 1, "input_tokens": 13, "output_tokens": 3, "usd": 0.75, "failed_usd": 0.5});
    let summary = project.summary();
    assert_eq!(summary["cost"]["candidates"]["bot"], spent);
    assert_eq!(summary["meta"]["spent_usd"], 0.75);
    let replayed = project.karat(&["replay"]).expect(0);
    assert!(replayed.err.contains("byte for byte the same"), "{}", replayed.err);
    // A run that goes on goes on counting from there.
    let project = once(&["refuse", "one", "two"]);
    let stopped = project.karat(&["run", "--budget-usd", "0.4"]).expect(4);
    assert!(stopped.err.contains("$0.5000 is spent"), "{}", stopped.err);
    let stopped = project.karat(&["run", "--budget-usd", "0.45"]).expect(4);
    assert!(stopped.err.contains("$0.5000 is spent"), "{}", stopped.err);
    // What failed is asked again, and was paid twice.
    project.karat(&["run", "--budget-usd", "9"]).expect(0);
    let spent = &project.summary()["cost"]["candidates"]["bot"];
    assert_eq!((&spent["usd"], &spent["failed_usd"]), (&json!(1.5), &json!(1.0)), "{spent}");
    let judged = project.karat(&["judge", "--json"]).expect(0).json();
    assert_eq!(judged["cost"]["candidates"]["bot"], *spent);
}

#[test]
fn an_answer_that_cannot_be_used_cost_what_it_says_all_the_same() {
    let project = once(&["one", "two", "three"]);
    project.edit(
        "once.sh",
        "*) echo '{\"output\": \"an answer\", \"cost\"",
        "*) echo '{\"answer\": \"none\", \"cost\"",
    );
    let stopped = project.karat(&["run", "--budget-usd", "0.3"]).expect(4);
    assert!(stopped.err.contains("$0.5000 is spent"), "{}", stopped.err);
}

#[test]
fn answers_of_two_versions_of_a_program_are_not_taken_for_those_of_one() {
    let project = once(&["edit one", "edit two"]);
    let stopped = project.karat(&["run"]).expect(4);
    assert!(stopped.err.contains("`command:bot`: `once.sh` was changed while the run went on"), "{}", stopped.err);
    assert!(stopped.err.contains("the same command with the file as it was goes on from there"), "{}", stopped.err);
    assert_eq!(told(&project).len(), 1);
    project.write("once.sh", ONCE);
    let ran = project.karat(&["run"]).expect(0);
    assert!(ran.err.contains("going on with run"), "{}", ran.err);
    assert_eq!(told(&project), ["c0 an answer", "c1 an answer"]);
}

#[test]
fn a_file_that_a_program_writes_itself_stops_nothing() {
    let project = asking("{command: [sh, once.sh, seen.log], mode: once, workers: 1}", &["one", "two", "three"]);
    project.write("once.sh", &ONCE.replace("read -r line", "read -r line; echo \"$line\" >> \"$1\""));
    project.write("seen.log", "");
    project.karat(&["run"]).expect(0);
    assert_eq!(project.read("seen.log").lines().count(), 3);
}

#[test]
fn a_program_that_a_variable_names_is_told_apart_by_its_files_too() {
    let project = asking("{command: [sh, \"${BOT}\"], mode: once, workers: 1}", &["one"]).variable("BOT", "once.sh");
    project.write("once.sh", ONCE);
    let plan = |project: &Project| {
        project.karat(&["run"]).expect(0);
        let manifest: Value = serde_json::from_str(&project.of_run("manifest.json")).unwrap();
        assert!(manifest["program_digests"]["command:bot"]["${BOT}"].is_string(), "{manifest}");
        manifest["plan"].to_string()
    };
    let first = plan(&project);
    project.edit("once.sh", "no such customer", "nobody of that name");
    assert_ne!(plan(&project), first);
}
