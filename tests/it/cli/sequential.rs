//! A sequential gate from end to end: it stops when it is decided, and comes out of its journal the same.

use std::time::Duration;

use serde_json::{Value, json};

use super::project::{Project, without_meta};
use super::remote::{journal, project};
use super::server::{Answer, Server, sensible};

const CASES: usize = 300;

/// Cases of which `new` gets so many in a hundred right, and `old` ninety. Every tenth case is about safety, and four cases
/// at a time share a conversation where `clustered`.
fn suite(right: usize, gate: &str, clustered: bool) -> Project {
    let project = Project::empty();
    let mut cases = String::new();
    let mut replies = String::new();
    for n in 0..CASES {
        let cluster = if clustered { format!(", \"cluster\": \"k{}\"", n / 4) } else { String::new() };
        let topic = if n % 10 == 0 { "safety" } else { "other" };
        let case =
            format!("{{\"id\": \"c{n}\", \"input\": \"{n}?\", \"tags\": {{\"topic\": \"{topic}\"}}{cluster}}}\n");
        cases.push_str(&case);
        for (candidate, share) in [("old", 90), ("new", right)] {
            // A fixed shuffle of a hundred remainders.
            let text = if n * 37 % 100 < share { "good" } else { "bad" };
            replies
                .push_str(&format!("{{\"case\": \"c{n}\", \"candidate\": \"{candidate}\", \"text\": \"{text}\"}}\n"));
        }
    }
    project.write("cases.jsonl", &cases);
    project.write("replies.jsonl", &replies);
    project.write("p.j2", "{{ input }}\n");
    project.write(
        "karat.yaml",
        &format!(
            "name: sequential\ndataset: cases.jsonl\nmodels:\n  writer: {{provider: recorded, replies: replies.jsonl}}\n\
             candidates:\n  old: {{prompt: p.j2, model: writer}}\n  new: {{prompt: p.j2, model: writer}}\nmetrics:\n  \
             good: {{check: equals, value: good}}\ngate:\n  baseline: old\n  candidate: new\n{gate}"
        ),
    );
    project
}

const NOT_WORSE: &str = "  sequential: true\n  rules:\n    - {metric: good, not_worse_by: 0.1}\n";

pub fn cases_of(summary: &Value) -> (u64, u64) {
    let counts = &summary["counts"];
    (counts["cases"].as_u64().unwrap(), counts["spared"].as_u64().unwrap_or(0))
}

#[test]
fn it_stops_when_it_is_decided_and_everything_adds_up() {
    for (right, code, most) in [(40, 1, 40), (90, 0, 120)] {
        let project = suite(right, NOT_WORSE, false);
        let ran = project.karat(&["gate"]).expect(code);
        let summary = project.summary();
        let (judged, spared) = cases_of(&summary);
        assert!(judged <= most && judged + spared == CASES as u64, "{judged} {spared}");
        let counts = &summary["counts"];
        assert_eq!(counts["outputs"]["total"].as_u64(), Some(2 * judged));
        assert_eq!(counts["outputs"]["ok"].as_u64(), Some(2 * judged));
        assert_eq!(counts["verdicts"]["total"].as_u64(), Some(2 * judged));
        let sequential = &summary["gate"]["sequential"];
        assert_eq!(sequential["stopped"], true);
        assert_eq!(sequential["calls_saved"].as_u64(), Some(2 * spared));
        let words = format!("stopped after {judged} of {CASES} cases, since every blocking rule was decided");
        let closing = ran.out.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(closing.contains(&words), "{}", ran.out);
        for file in ["report.html", "report.md", "junit.xml", "summary.json"] {
            let text = project.read(&format!("reports/latest/{file}"));
            assert!(text.to_lowercase().contains(&format!("topped after {judged} of {CASES} cases")), "{file}: {text}");
        }
        let shown = &summary["comparisons"][0];
        assert_eq!(shown["method"], "anytime-valid betting", "no interval is sold as one of a fixed sample");
        // Out of the journal alone, and decided again.
        let replayed = project.karat(&["replay"]).expect(0);
        assert!(replayed.err.contains("byte for byte the same"), "{}", replayed.err);
        let again = project.karat(&["gate", "latest", "--json"]).expect(code).json();
        assert_eq!(without_meta(again), without_meta(summary));
    }
}

#[test]
fn where_nothing_is_decided_all_cases_are_judged_and_another_seed_is_another_order() {
    // Ten points worse in truth, on the margin.
    let project = suite(80, NOT_WORSE, false);
    project.karat(&["gate"]).expect(3);
    let summary = project.summary();
    assert_eq!(cases_of(&summary), (CASES as u64, 0));
    assert_eq!(summary["gate"]["sequential"]["stopped"], false);
    // About these cases alone, the mean is known in the end, and it lies on the margin: neither is shown.
    let project = suite(70, &NOT_WORSE.replace("true", "{about: gold_set, batch: 10}"), false);
    project.karat(&["gate"]).expect(1);
    assert!(project.read("reports/latest/report.md").contains("and say nothing of others"));

    let order = |seed: &str| {
        let project = suite(40, NOT_WORSE, false);
        project.karat(&["gate", "--seed", seed]).expect(1);
        let begun = journal(&project).into_iter().filter(|event| event["event"] == "case");
        begun.map(|event| event["case"]["id"].as_str().unwrap().to_string()).collect::<Vec<_>>()
    };
    assert_eq!(order("1"), order("1"));
    assert_ne!(order("1"), order("2"));
    assert_ne!(order("1")[..3], ["c0", "c1", "c2"], "not the order of the file");
}

#[test]
fn a_cluster_is_judged_whole_and_counts_once() {
    let project = suite(40, NOT_WORSE, true);
    project.karat(&["gate"]).expect(1);
    let begun: Vec<usize> = journal(&project)
        .iter()
        .filter(|event| event["event"] == "case")
        .map(|event| event["case"]["cluster"].as_str().unwrap()[1..].parse().unwrap())
        .collect();
    assert!(begun.len() < CASES && begun.len().is_multiple_of(4), "{}", begun.len());
    let clusters = begun.chunk_by(|a, b| a == b).count();
    assert_eq!(clusters * 4, begun.len(), "no cluster is cut or begun twice");
    assert_eq!(project.summary()["comparisons"][0]["clusters"].as_u64(), Some(clusters as u64));
}

#[test]
fn what_must_pass_is_judged_first_and_counts_when_its_turn_comes() {
    let gate = "  sequential: true\n  rules:\n    - {metric: good, slice: {topic: safety}, every_case: 1}\n    \
                - {metric: good, not_worse_by: 0.1}\n";
    // Of every tenth case all are right, of the others too few.
    let project = suite(40, gate, false);
    project.karat(&["gate"]).expect(1);
    let begun: Vec<Value> = journal(&project).into_iter().filter(|event| event["event"] == "case").collect();
    let safety = |event: &Value| event["case"]["tags"]["topic"] == "safety";
    assert!(begun[..30].iter().all(safety) && !begun[30..].iter().any(safety), "thirty cases first");
    let summary = project.summary();
    let sequential = &summary["gate"]["sequential"];
    let (cases, counted) = (sequential["cases"].as_u64().unwrap(), sequential["counted"].as_u64().unwrap());
    assert!(counted < cases && counted >= cases - 30, "{sequential}");
    assert_eq!(summary["comparisons"][0]["n"].as_u64(), Some(counted));
    // A rule about every case whatever is not kept before all are judged.
    let all = suite(95, &gate.replace("slice: {topic: safety}, ", ""), false);
    all.karat(&["gate"]).expect(1);
    let all = suite(100, &gate.replace("slice: {topic: safety}, ", ""), false);
    all.karat(&["gate"]).expect(0);
    assert_eq!(cases_of(&all.summary()), (CASES as u64, 0));
    let told = gate.replace("slice: {topic: safety}, every_case: 1", "every_case: 1, severity: warn");
    let only_told = suite(100, &told, false);
    only_told.karat(&["gate"]).expect(0);
    let rule = &only_told.summary()["gate"]["rules"][0];
    assert_eq!(rule["state"], "inconclusive");
    assert!(rule["words"].as_str().unwrap().ends_with("were not judged"), "{rule}");
}

#[test]
fn a_stopped_run_is_no_baseline_and_is_not_judged_anew() {
    let project = suite(40, NOT_WORSE, false);
    project.karat(&["gate"]).expect(1);
    let judged = cases_of(&project.summary()).0;
    let refused = project.karat(&["runs", "baseline", "accept"]).expect(2);
    assert!(refused.err.contains(&format!("stopped after {judged} of {CASES} cases")), "{}", refused.err);
    let refused = project.karat(&["judge"]).expect(2);
    assert!(refused.err.contains("in the order of a sequential gate"), "{}", refused.err);
    // Held against it, nothing is spent on a comparison that cannot be.
    project.edit("karat.yaml", "baseline: old", "baseline: {run: latest}");
    let refused = project.karat(&["gate"]).expect(2);
    assert!(refused.err.contains("the gate's baseline is not there"), "{}", refused.err);
}

/// A server whose judge thinks little of what `v2` writes, and much of what `v1` does.
pub fn worse(delay: Duration) -> Server {
    Server::start(move |call| {
        let scored = |score: u8| {
            let part = json!({"reasoning": "so", "score": score});
            Answer::text(&json!({"reasoning": call.key, "score": {"correct": part, "clear": part}}).to_string())
        };
        let answer = match call.is_for_the_judge() {
            false if call.said().contains("at length") => Answer::text(&format!("A poor answer, {}.", call.key)),
            true if call.said().contains("<<<Answer B") => sensible(call),
            true => scored(if call.said().contains("poor") { 1 } else { 5 }),
            false => sensible(call),
        };
        answer.after(delay)
    })
}

/// The suite of the remote tests with a sequential gate.
pub fn over_the_network(server: &Server, cases: usize) -> Project {
    let project = project(server, cases);
    let text = project.read("karat.yaml");
    assert_eq!(text.matches("  rules:").count(), 1, "{text}");
    project.write("karat.yaml", &text.replace("  rules:", "  sequential: {batch: 6}\n  min_cases: 5\n  rules:"));
    project
}

#[test]
fn an_interrupted_run_takes_its_looks_where_it_would_have() {
    let server = worse(Duration::from_millis(5));
    let whole = over_the_network(&server, 60);
    whole.karat(&["run"]).expect(0);
    let undisturbed = without_meta(whole.summary());
    let asked = server.count();
    assert!(cases_of(&whole.summary()).1 > 0, "it stops early: {undisturbed}");

    let project = over_the_network(&server, 60);
    for moment in [5, 9, 7] {
        let before = server.count();
        let mut child = project.start(&["run"]);
        server.wait_for(before + moment);
        child.kill().unwrap();
        project.wait(child);
    }
    project.karat(&["run"]).expect(0);
    assert_eq!(project.runs().len(), 1);
    assert_eq!(without_meta(project.summary()), undisturbed);
    project.karat(&["replay"]).expect(0);
    // The same suite again is served by the cache, stops where it did, and asks nobody.
    let before = server.count();
    assert!(before > asked);
    whole.karat(&["run"]).expect(0);
    assert_eq!((server.count(), whole.runs().len()), (before, 2));
    assert_eq!(without_meta(whole.summary()), undisturbed);
}
