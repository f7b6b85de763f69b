//! A sequential gate beside what else ends, gates or judges a run: money, Ctrl-C, panels, cascades, commands, audits.

use std::time::Duration;

use serde_json::{Value, json};

use super::project::{Project, without_meta};
use super::resume::interrupt;
use super::sequential::{cases_of, over_the_network, worse};

const CASES: usize = 300;

#[test]
fn at_its_budget_it_stops_undecided_and_then_decides_as_it_would_have() {
    let server = worse(Duration::from_millis(3));
    let limited = || {
        let project = over_the_network(&server, 60);
        project.edit("karat.yaml", "params: {temperature: 0}", "params: {temperature: 0, max_tokens: 50}");
        project.edit("karat.yaml", "model: judge-1,", "model: judge-1, params: {max_tokens: 50},");
        project
    };
    let whole = limited();
    whole.karat(&["gate"]).expect(1);
    let undisturbed = whole.summary();
    assert!(cases_of(&undisturbed).1 > 0, "it stops early");
    let usd = undisturbed["cost"]["total"]["usd"].as_f64().unwrap();

    let project = limited();
    let ran = project.karat(&["gate", "--budget-usd", &format!("{:.6}", 0.6 * usd)]).expect(4);
    assert!(ran.err.contains("is used up"), "{}", ran.err);
    let report = project.read("reports/latest/report.md");
    assert!(report.contains("INVALID") && report.contains("Not at its end"), "{report}");
    assert!(!report.contains("topped after"), "money ended it, and not its gate: {report}");
    project.karat(&["gate", "--budget-usd", "50"]).expect(1);
    assert_eq!(project.runs().len(), 1);
    assert_eq!(without_meta(project.summary()), without_meta(undisturbed));
    project.karat(&["replay"]).expect(0);
}

#[test]
fn ctrl_c_between_its_looks_changes_nothing() {
    let server = worse(Duration::from_millis(40));
    let whole = over_the_network(&server, 60);
    whole.karat(&["gate"]).expect(1);
    let project = over_the_network(&server, 60);
    let before = server.count();
    let child = project.start(&["gate"]);
    server.wait_for(before + 12);
    interrupt(&child);
    project.wait(child).expect(130);
    project.karat(&["gate"]).expect(1);
    assert_eq!((project.runs().len(), without_meta(project.summary())), (1, without_meta(whole.summary())));
    // How far it came is told wherever runs are.
    let (judged, spared) = cases_of(&project.summary());
    let told = format!("{judged} of {}", judged + spared);
    let listed = project.karat(&["runs", "list"]).expect(0).out;
    assert!(listed.contains("stopped") && listed.contains(&told) && !listed.contains("finished"), "{listed}");
    let shown = project.karat(&["runs", "show"]).expect(0).out;
    assert!(shown.contains("stopped early, since its gate was decided") && shown.contains(&told), "{shown}");
    // And an audit looks at what was judged.
    let audited = project.karat(&["audit", "--sample", "5"]).expect(0);
    assert!(audited.out.contains("test retest"), "{}", audited.out);
}

/// Outputs of two candidates, of which people and three judges think; `dear` is right, the others err in turns.
fn judged(judge: &str, right: usize) -> Project {
    let project = Project::with(&[
        (
            "karat.yaml",
            &format!(
                "name: judged\ndataset: cases.jsonl\nmodels:\n  cheap: {{provider: recorded, replies: replies.jsonl}}\n  \
                 dear: {{provider: recorded, replies: replies.jsonl}}\n  third: {{provider: recorded, replies: replies.jsonl}}\n\
                 candidates:\n  old: {{outputs: old.jsonl}}\n  new: {{outputs: new.jsonl}}\nmetrics:\n  \
                 quality: {{rubric: quality.yaml, {judge}}}\ngate:\n  baseline: old\n  candidate: new\n  sequential: true\n  \
                 corrected: off\n  rules:\n    - {{metric: quality, not_worse_by: 0.1}}\n"
            ),
        ),
        ("quality.yaml", "name: q\nmode: pointwise\ninstructions: Grade.\nscale: yes_no\nreply: bracketed\n"),
    ]);
    let (mut cases, mut replies) = (String::new(), String::new());
    let mut outputs = [String::new(), String::new()];
    for n in 0..CASES {
        let good = |share: usize| n * 37 % 100 < share;
        let truth = [good(90), good(right)];
        let word = |yes: bool| if yes { "yes" } else { "no" };
        let labels = match n % 2 {
            0 => json!({"quality": {"old": word(truth[0]), "new": word(truth[1])}}),
            _ => json!({}),
        };
        cases.push_str(&format!("{}\n", json!({"id": format!("c{n}"), "input": "?", "labels": labels})));
        for (at, name) in ["old", "new"].into_iter().enumerate() {
            outputs[at]
                .push_str(&format!("{}\n", json!({"case": format!("c{n}"), "text": format!("answer {n} of {name}")})));
            for (judge, errs) in [("cheap", n.is_multiple_of(7)), ("dear", false), ("third", n.is_multiple_of(5))] {
                for sample in 0..3 {
                    let said = format!("[[{}]]", word(truth[at] != (errs && (judge != "cheap" || sample < 2))));
                    let reply = json!({"metric": "quality", "case": format!("c{n}"), "candidate": name, "judge": judge,
                                       "verdict_sample": sample, "text": said});
                    replies.push_str(&format!("{reply}\n"));
                }
            }
        }
    }
    project.write("cases.jsonl", &cases);
    project.write("replies.jsonl", &replies);
    project.write("old.jsonl", &outputs[0]);
    project.write("new.jsonl", &outputs[1]);
    project
}

/// What it decided comes out of its journal again, and out of its tables.
fn comes_out_the_same(project: &Project, code: i32) -> Value {
    project.karat(&["gate"]).expect(code);
    let summary = project.summary();
    let replayed = project.karat(&["replay"]).expect(0);
    assert!(replayed.err.contains("byte for byte the same"), "{}", replayed.err);
    let again = project.karat(&["gate", "latest", "--json"]).expect(code).json();
    assert_eq!(without_meta(again), without_meta(summary.clone()));
    summary
}

#[test]
fn panels_and_cascades_are_looked_at_as_they_will_be_in_the_end() {
    for judge in [
        "judge: [cheap, dear, third], panel: majority",
        "judge: [cheap, dear, third], panel: weighted",
        "judge: {cascade: [cheap, dear], max_disagreement: 0.2, samples: 3}",
        "judge: {cascade: [cheap, dear], max_disagreement: 0.2, samples: 3, thresholds: [0.9]}",
    ] {
        let worse = comes_out_the_same(&judged(judge, 40), 1);
        assert!(cases_of(&worse).0 < 100 && worse["gate"]["sequential"]["stopped"] == true, "{judge}: {worse}");
        let equal = comes_out_the_same(&judged(judge, 90), 0);
        assert!(cases_of(&equal).1 > 0, "{judge}");
    }
}

#[test]
fn a_calibration_says_that_the_run_was_ended_early() {
    let project = judged("judge: dear", 40);
    project.karat(&["gate"]).expect(1);
    let (judged, spared) = cases_of(&project.summary());
    let words = format!("stopped after {judged} of {} cases, since its gate was decided", judged + spared);
    let said = project.karat(&["calibrate", "-o", "c.md"]).expect(0).out;
    assert!(said.replace('\n', " ").contains(&words), "{said}");
    assert!(project.read("c.md").contains(&words));
    let found = project.karat(&["calibrate", "--json"]).expect(0).json();
    assert_eq!(found["stopped"], json!({"cases": judged, "of": judged + spared}));
}

#[test]
fn a_label_that_names_no_candidate_is_about_no_output() {
    let project = judged("judge: [cheap, dear, third], panel: weighted", 40);
    project.karat(&["gate"]).expect(1);
    let named = project.karat(&["calibrate", "--json"]).expect(0).json();
    assert!(named["metrics"]["quality"]["labelled"].as_u64().unwrap() > 0);
    assert!(named["metrics"]["quality"]["unnamed"].is_null());
    let plain = project.read("cases.jsonl").lines().fold(String::new(), |all, line| {
        let mut case: Value = serde_json::from_str(line).unwrap();
        if let Some(label) = case["labels"]["quality"]["old"].as_str().map(str::to_string) {
            case["labels"]["quality"] = json!(label);
        }
        all + &format!("{case}\n")
    });
    project.write("cases.jsonl", &plain);
    project.karat(&["gate"]).expect(1);
    let found = project.karat(&["calibrate", "--json"]).expect(0).json();
    let quality = &found["metrics"]["quality"];
    assert_eq!(quality["labelled"], 0, "{quality}");
    assert!(quality["unnamed"].as_u64().unwrap() > 0);
    let said = project.karat(&["calibrate"]).expect(0).out.replace('\n', " ");
    assert!(said.contains("none of the candidates and so judge no output"), "{said}");
    assert!(project.summary()["panels"]["quality"]["accuracy"].is_null(), "{}", project.summary()["panels"]);
}

#[test]
fn a_command_is_asked_for_no_more_cases_than_the_gate_needs() {
    let project = Project::empty();
    let cases: String = (0..CASES).map(|n| format!("{{\"id\": \"c{n}\", \"input\": \"{n}\"}}\n")).collect();
    project.write("cases.jsonl", &cases);
    project.write(
        "bot.py",
        "import json, sys\nfor line in sys.stdin:\n    row = json.loads(line)\n    good = int(row['input']) * 37 % 100 < int(sys.argv[1])\n    \
         open('asked.txt', 'a').write(row['id'] + '\\n')\n    print(json.dumps({'id': row['id'], 'output': 'good' if good else 'bad'}), flush=True)\n",
    );
    project.write(
        "karat.yaml",
        "name: commands\ndataset: cases.jsonl\ncandidates:\n  old: {command: [python3, bot.py, '90']}\n  new: {command: [python3, bot.py, '40'], \
         workers: 2}\nmetrics:\n  good: {check: equals, value: good}\ngate:\n  baseline: old\n  candidate: new\n  sequential: true\n  rules:\n    \
         - {metric: good, not_worse_by: 0.1}\n",
    );
    let summary = comes_out_the_same(&project, 1);
    let (judged, spared) = cases_of(&summary);
    assert!(spared > 0);
    assert_eq!(project.read("asked.txt").lines().count() as u64, 2 * judged);
}

#[test]
fn a_gate_about_its_gold_set_is_not_tested_on_other_cases() {
    let project = judged("judge: dear", 90);
    project.edit("karat.yaml", "sequential: true", "sequential: {about: gold_set}");
    let refused = project.karat(&["gate", "--self-test"]).expect(2);
    assert!(refused.err.contains("a gate about its gold set cannot be tested"), "{}", refused.err);
    assert!(project.runs().is_empty(), "before anything is asked");
    project.karat(&["gate"]).expect(0);
    project.karat(&["gate", "latest", "--self-test"]).expect(2);
    project.karat(&["report", "--self-test"]).expect(2);
}
