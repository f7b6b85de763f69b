//! `karat audit`: judges that are fair, that believe what they read, and that go by position; and gates that rest on audits.

use serde_json::{Value, json};

use super::project::Project;
use super::server::{Answer, Call, Server};

pub const CASES: usize = 30;

/// The writer answers the item that it is asked for; the judge is the test's.
pub fn server(judge: impl Fn(&Call) -> Value + Send + Sync + 'static) -> Server {
    Server::start(move |call| {
        if call.is_for_the_judge() {
            return Answer::text(&judge(call).to_string());
        }
        let said = call.said();
        Answer::text(&format!("RESULT({}) is what was asked for.", item(&said)))
    })
}

/// The first item that a text names: the case's own.
fn item(said: &str) -> String {
    let from = said.find("item-").unwrap();
    said[from..].chars().take_while(|c| c.is_alphanumeric() || *c == '-').collect()
}

pub fn is_right(said: &str, text: &str) -> bool {
    text.contains(&format!("RESULT({})", item(said)))
}

/// Whether answer A and answer B are right.
pub fn both(call: &Call) -> (bool, bool) {
    let said = call.said();
    let (_, after) = said.split_once("<<<Answer A").unwrap();
    let (a, b) = after.split_once("<<<Answer B").unwrap();
    (is_right(&said, a), is_right(&said, b))
}

pub fn score(score: u8) -> Value {
    json!({"reasoning": "so", "score": score})
}

pub fn suite(server: &Server, rules: &str) -> Project {
    let project = Project::empty();
    let cases: String = (0..CASES).map(|n| format!("{{\"id\": \"c{n}\", \"input\": \"item-{n}\"}}\n")).collect();
    project.write("cases.jsonl", &cases);
    project.write("p.j2", "{{ input }}\n");
    project.write("q.j2", "Please: {{ input }}\n");
    project.write(
        "quality.yaml",
        "name: quality\nmode: pointwise\ninstructions: Grade the answer.\nscale: {min: 1, max: 5}\n",
    );
    project.write("preference.yaml", "name: preference\nmode: pairwise\ninstructions: Which is better?\n");
    let url = server.url();
    project.write(
        "karat.yaml",
        &format!(
            "name: audited\ndataset: cases.jsonl\nmodels:\n  writer: {{provider: openai, model: gpt-4.1-mini, base_url: \"{url}\"}}\n  \
             grader: {{provider: openai, model: judge-1, base_url: \"{url}\", structured: off}}\ncandidates:\n  v1: {{prompt: p.j2, model: \
             writer}}\n  v2: {{prompt: q.j2, model: writer}}\nmetrics:\n  quality: {{rubric: quality.yaml, judge: grader}}\n  \
             preference: {{rubric: preference.yaml, judge: grader}}\n{rules}"
        ),
    );
    project
}

fn gate(rule: &str) -> String {
    format!("gate:\n  candidate: v2\n  rules:\n    - {rule}\n")
}

/// The probe of a metric in what `--json` prints.
fn probe<'a>(found: &'a Value, metric: &str, probe: &str) -> &'a Value {
    let probes = found["metrics"][metric]["probes"].as_array().unwrap();
    probes.iter().find(|one| one["probe"] == probe).unwrap()
}

#[test]
fn a_fair_judge_passes_and_its_gate_rests_on_that() {
    let server = server(|call| score(if is_right(&call.said(), &call.said()) { 4 } else { 1 }));
    let rule = "{audit: injection, metric: quality, at_most: 0.1}";
    let project = suite(&server, &gate(rule));
    project.karat(&["run", "--metric", "quality"]).expect(0);
    // Without an audit nothing is green.
    let before = project.karat(&["gate", "--metric", "quality"]).expect(4);
    assert!(
        before.closing().contains("there is no audit of the judge of `quality`; `karat audit` makes one"),
        "{}",
        before.closing()
    );

    let asked = server.count();
    let found = project.karat(&["audit", "--metric", "quality", "--json"]).expect(0).json();
    let calls = server.calls()[asked..].to_vec();
    assert!(calls.iter().all(Call::is_for_the_judge), "no candidate is asked");
    for name in ["test_retest", "length", "formatting", "authority", "injection", "canaries"] {
        let one = probe(&found, "quality", name);
        assert_eq!(
            (&one["state"], &one["rate"], &one["n"]),
            (&json!("pass"), &json!(0.0), &json!(CASES)),
            "{name}: {one}"
        );
    }
    assert_eq!(probe(&found, "quality", "position")["state"], "absent");
    assert_eq!(probe(&found, "quality", "drift")["state"], "pass");
    let after = project.karat(&["gate", "latest"]).expect(0);
    assert!(
        after.closing().contains("injection of the judge of quality is at most 10%: it is 0%"),
        "{}",
        after.closing()
    );

    // It is a run like any other: replayed from its journal, and nobody's latest.
    let run = found["run"].as_str().unwrap();
    let replayed = project.karat(&["replay", run]).expect(0);
    assert!(replayed.err.contains("byte for byte the same"), "{}", replayed.err);
    let again = project.karat(&["audit", "--metric", "quality", "--json", "--offline"]).expect(0).json();
    assert_eq!(
        (&again["metrics"], again["run"] == run),
        (&found["metrics"], false),
        "the cache answers the same audit"
    );

    // A stricter rubric is another judge: what was audited says nothing of it.
    project.edit("quality.yaml", "Grade the answer.", "Grade the answer strictly.");
    let stale = project.karat(&["gate", "--metric", "quality"]).expect(4);
    assert!(stale.closing().contains("are of another model, rubric or version of karat"), "{}", stale.closing());
}

#[test]
fn a_judge_that_believes_what_it_reads_fails_and_makes_the_gate_invalid() {
    let server = server(|call| {
        let said = call.said();
        let told = ["best grade", "highest score", "Confirm it"].iter().any(|words| said.contains(words));
        let polite = said.contains("Thank you for your question");
        score(if told || polite { 5 } else { u8::from(is_right(&said, &said)) * 2 + 1 })
    });
    let project = suite(&server, &gate("{audit: canaries, metric: quality, at_most: 0.1}"));
    project.karat(&["run", "--metric", "quality"]).expect(0);
    let ran = project.karat(&["audit", "--metric", "quality", "-o", "audit.md", "-o", "audit.json"]).expect(0);
    assert!(ran.out.contains("FAIL") && project.read("audit.md").contains("| injection |"), "{}", ran.out);
    let found = project.json("audit.json");
    let injection = probe(&found, "quality", "injection");
    assert_eq!((&injection["state"], &injection["rate"]), (&json!("fail"), &json!(1.0)), "{injection}");
    let canaries = probe(&found, "quality", "canaries");
    assert_eq!(
        (&canaries["state"], &canaries["parts"]["constant"]["estimate"]),
        (&json!("fail"), &json!(1.0)),
        "{canaries}"
    );
    assert_eq!(canaries["parts"]["shuffled"]["estimate"], 0.0);
    let length = probe(&found, "quality", "length");
    assert_eq!((&length["state"], &length["rate"]), (&json!("pass"), &json!(0.0)));
    let gated = project.karat(&["gate", "latest"]).expect(4);
    assert!(gated.closing().contains("canaries of the judge of quality is above 10%"), "{}", gated.closing());
}

#[test]
fn a_judge_that_goes_by_position_is_found_on_a_real_pair() {
    // What is right wins; of two that are, the one shown first.
    let server = server(|call| {
        let preference = if both(call) == (false, true) { "B" } else { "A" };
        json!({"reasoning": "so", "preference": preference})
    });
    let project = suite(&server, "");
    project.karat(&["run", "--metric", "preference"]).expect(0);
    let found = project.karat(&["audit", "--metric", "preference", "--json"]).expect(0).json();
    let position = probe(&found, "preference", "position");
    assert_eq!((&position["state"], &position["rate"]), (&json!("fail"), &json!(1.0)), "{position}");
    // Both orders together are a tie, so nothing gains and no canary beats the answer.
    for name in ["length", "injection", "canaries", "test_retest"] {
        assert_eq!(probe(&found, "preference", name)["state"], "pass", "{name}: {}", probe(&found, "preference", name));
    }
}

#[test]
fn a_judge_that_changed_under_its_name_is_seen() {
    let (now, stricter) = (std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false)), 1);
    let later = std::sync::Arc::clone(&now);
    let server = server(move |call| {
        let less = u8::from(later.load(std::sync::atomic::Ordering::SeqCst)) * stricter;
        score(if is_right(&call.said(), &call.said()) { 4 - less } else { 1 })
    });
    let project = suite(&server, "");
    project.karat(&["run", "--metric", "quality"]).expect(0);
    now.store(true, std::sync::atomic::Ordering::SeqCst);
    let found = project.karat(&["audit", "--metric", "quality", "--json", "--refresh"]).expect(0).json();
    let drift = probe(&found, "quality", "drift");
    assert_eq!((&drift["state"], &drift["rate"]), (&json!("fail"), &json!(-0.25)), "{drift}");
}

#[test]
fn what_cannot_be_audited_is_told_before_anything_is_asked() {
    let server = server(|_| score(3));
    let project = suite(&server, "");
    project.karat(&["run", "--metric", "quality", "--limit", "1"]).expect(0);
    let asked = server.count();
    for (args, words) in [
        (&["audit"][..], "fewer than two answers"),
        (&["audit", "--metric", "nothing"], "no judged metric is called nothing"),
        (&["audit", "--candidate", "v9"], "has no candidate `v9`"),
        (&["audit", "-o", "audit.xml"], "the endings are .md, .json, .txt"),
    ] {
        let ran = project.karat(args).expect(2);
        assert!(ran.err.contains(words), "{args:?}: {}", ran.err);
    }
    assert_eq!(server.count(), asked);
    project.edit(
        "karat.yaml",
        "metrics:",
        "gate: {candidate: v2, rules: [{audit: flattery, metric: quality, at_most: 0.1}]}\nmetrics:",
    );
    assert!(project.karat(&["check"]).expect(2).err.contains("flattery"));
}
