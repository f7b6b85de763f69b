//! Every decision and the exit code that it comes to.

use super::project::Project;

/// Two candidates whose outputs exist, on `cases` cases; the second one's says `good` in `good` of them, the first
/// one's in half.
fn suite(cases: usize, good: usize, gate: &str) -> Project {
    let project = Project::empty();
    let rows = |text: &dyn Fn(usize) -> String| (0..cases).map(text).collect::<String>();
    project.write("cases.jsonl", &rows(&|n| format!("{{\"id\": \"c{n}\", \"input\": \"{n}?\"}}\n")));
    let outputs = |good: usize| {
        rows(&|n| format!("{{\"case\": \"c{n}\", \"text\": \"{}\"}}\n", if n < good { "good" } else { "bad" }))
    };
    project.write("old.jsonl", &outputs(cases / 2));
    project.write("new.jsonl", &outputs(good));
    project.write("karat.yaml", &yaml(gate));
    project
}

fn yaml(gate: &str) -> String {
    format!(
        "name: outputs that exist\ndataset: cases.jsonl\ncandidates:\n  old: {{outputs: old.jsonl}}\n  \
         new: {{outputs: new.jsonl}}\nmetrics:\n  good: {{check: equals, value: good}}\n{gate}"
    )
}

const GATE: &str = "gate:\n  baseline: old\n  candidate: new\n  rules:\n    - {metric: good, not_worse_by: 0.1}\n";

#[test]
fn a_gate_that_passes_exits_with_0() {
    let project = suite(60, 60, GATE);
    project.karat(&["run"]).expect(0);
    let ran = project.karat(&["gate"]).expect(0);
    insta::assert_snapshot!("pass", ran.closing());
}

#[test]
fn a_gate_that_fails_exits_with_1_and_a_run_does_not() {
    let project = suite(60, 3, GATE);
    project.karat(&["run"]).expect(0);
    let ran = project.karat(&["gate"]).expect(1);
    insta::assert_snapshot!("fail", ran.closing());
}

#[test]
fn a_gate_without_enough_evidence_exits_with_3_unless_a_warning_is_wanted() {
    let project = suite(60, 27, GATE);
    project.karat(&["run"]).expect(0);
    let ran = project.karat(&["gate"]).expect(3);
    insta::assert_snapshot!("inconclusive", ran.closing());

    project.write("karat.yaml", &yaml(&GATE.replace("  rules", "  on_inconclusive: warn\n  rules")));
    let ran = project.karat(&["gate", "--json"]).expect(0);
    assert_eq!(ran.json()["gate"]["decision"], "inconclusive", "the decision is still what it is");
}

#[test]
fn too_few_cases_prove_nothing() {
    let project = suite(8, 8, GATE);
    let ran = project.karat(&["gate"]).expect(3);
    insta::assert_snapshot!("too_few_cases", ran.closing());
}

#[test]
fn outputs_that_are_missing_make_a_run_invalid() {
    let project = suite(60, 60, GATE);
    let new = project.read("new.jsonl");
    project.write("new.jsonl", &new.lines().take(50).map(|l| format!("{l}\n")).collect::<String>());
    project.karat(&["run"]).expect(4);
    let ran = project.karat(&["gate"]).expect(4);
    insta::assert_snapshot!("invalid", ran.closing());
    let id = project.runs().pop().unwrap();
    project.karat(&["gate", &id]).expect(4);
}

#[test]
fn a_side_that_says_nothing_at_all_makes_a_run_invalid() {
    for side in ["old", "new"] {
        let project = suite(60, 60, &GATE.replace("not_worse_by: 0.1", "at_least: 0.5"));
        project.karat(&["gate"]).expect(0);
        let file = format!("{side}.jsonl");
        project.write(&file, &project.read(&file).replace("good", "").replace("bad", " "));
        let ran = project.karat(&["gate", "--json"]).expect(4).json();
        assert_eq!(ran["gate"]["reason"], format!("the measurement is not valid: every answer of {side} is empty"));
    }
}

#[test]
fn a_stored_run_is_decided_as_it_was() {
    let project = suite(60, 3, GATE);
    let first = project.karat(&["run", "--json"]).expect(0);
    let again = project.karat(&["gate", "latest", "--json"]).expect(1);
    assert_eq!(again.json()["gate"], first.json()["gate"]);
    assert_eq!(project.runs().len(), 1, "no run was made");
}

#[test]
fn of_several_suites_the_worst_exit_code_counts() {
    let passing = suite(60, 60, GATE);
    for (name, good) in [("failing", 3), ("unsure", 27)] {
        for (file, bytes) in suite(60, good, GATE).files() {
            passing.write(&format!("{name}/{file}"), &String::from_utf8(bytes).unwrap());
        }
    }
    passing.write("broken/karat.yaml", "name: broken\n");
    let gate = |suites: &[&str]| {
        let mut arguments = vec!["gate", "--quiet"];
        arguments.extend(suites.iter().flat_map(|suite| ["-c", suite]));
        passing.karat(&arguments).code
    };
    assert_eq!(gate(&["karat.yaml"]), 0);
    assert_eq!(gate(&["karat.yaml", "unsure/karat.yaml"]), 3);
    assert_eq!(gate(&["failing/karat.yaml", "unsure/karat.yaml", "karat.yaml"]), 1);
    let runs = || passing.runs().len();
    let before = runs();
    // A mistake in any of them is found before the first one is run.
    assert_eq!(gate(&["karat.yaml", "failing/karat.yaml", "broken/karat.yaml"]), 2);
    assert_eq!(runs(), before);
}

#[test]
fn a_suite_without_a_gate_measures_and_cannot_decide() {
    let project = suite(60, 60, "");
    let ran = project.karat(&["run", "--json"]).expect(0);
    assert_eq!(ran.json()["gate"], serde_json::Value::Null);
    let ran = project.karat(&["gate"]).expect(2);
    insta::assert_snapshot!("no_gate", ran.shown());
    assert_eq!(project.runs().len(), 1, "nothing was run");
}

#[test]
fn a_selection_that_leaves_the_gate_nothing_to_decide_is_refused_before_anything_runs() {
    let project = suite(60, 60, GATE);
    let ran = project.karat(&["gate", "--candidate", "new"]).expect(2);
    insta::assert_snapshot!("no_gate_left", ran.shown());
    assert_eq!(project.runs().len(), 0, "nothing was run");
}

#[test]
fn a_suite_may_ask_for_the_t_and_every_report_says_so() {
    let project = Project::shipped();
    // Its rule would else rest on labels.
    project.edit("karat.yaml", "  candidate: v2\n", "  candidate: v2\n  corrected: off\n");
    let rule = |project: &Project| project.summary()["gate"]["rules"][0].clone();
    project.karat(&["gate", "-q"]).expect(1);
    let bounds = rule(&project);
    project.edit("karat.yaml", "  corrected: off\n", "  corrected: off\n  method: t\n");
    project.karat(&["gate", "-q"]).expect(1);
    let t = rule(&project);
    assert_ne!(t["method"], bounds["method"]);
    assert!(t["method"].as_str().unwrap().contains('t'), "{t}");
    assert!(t["bound"].as_f64() > bounds["bound"].as_f64(), "narrower: {t} {bounds}");
    // What decides is what is shown, and what it is worth is said wherever it decides.
    let summary = project.summary();
    let shown = summary["comparisons"].as_array().unwrap().iter().find(|c| c["metric"] == "quality").unwrap();
    assert_eq!((&shown["method"], &summary["gate"]["method"]), (&t["method"], &serde_json::json!("t")));
    for file in ["report.html", "report.md", "junit.xml"] {
        let text = project.read(&format!("reports/latest/{file}"));
        assert!(text.contains("(method: t)") && text.contains("do not hold for scores of any shape"), "{file}");
    }
    assert!(project.karat(&["gate", "latest"]).expect(1).out.contains("(method: t)"));
    let planned = project.karat(&["plan", "--json"]).expect(0).json();
    let needed = |plan: &serde_json::Value| plan["gate"]["rules"][0]["cases_needed"].as_u64().unwrap();
    let by_t = needed(&planned);
    project.edit("karat.yaml", "  method: t\n", "");
    assert!(needed(&project.karat(&["plan", "--json"]).expect(0).json()) > by_t, "t takes fewer");
}

/// Thirty pairs of which the judge keeps its winner in `kept` when the order is turned round; else it takes the first shown.
fn wavering(kept: usize) -> Project {
    let gate = GATE.replace("good, not_worse_by: 0.1", "preference, not_worse_by: 0.4");
    let project = suite(30, 20, &gate);
    let judged = "metrics:\n  preference: {rubric: preference.yaml, judge: grader}\nmodels:\n  grader: {provider: recorded, replies: replies.jsonl}\n";
    project.edit("karat.yaml", "metrics:\n  good: {check: equals, value: good}\n", judged);
    project.write("preference.yaml", "name: preference\nmode: pairwise\ninstructions: Which?\nreply: bracketed\n");
    let said = |n: usize, first: &str, second: &str| {
        let winner = if n >= kept || first == "new" { "A" } else { "B" };
        format!(
            "{{\"metric\": \"preference\", \"case\": \"c{n}\", \"first\": \"{first}\", \"second\": \"{second}\", \"text\": \"so [[{winner}]]\"}}\n"
        )
    };
    let both = (0..30).map(|n| said(n, "old", "new") + &said(n, "new", "old"));
    project.write("replies.jsonl", &both.collect::<String>());
    project
}

#[test]
fn a_judge_that_mostly_keeps_to_the_order_is_warned_of_or_decides_nothing() {
    let project = wavering(13);
    let ran = project.karat(&["gate", "--json"]);
    let gate = &ran.json()["gate"];
    assert_ne!(gate["decision"], "invalid");
    let [warning] = gate["warnings"].as_array().unwrap().as_slice() else { panic!("{gate}") };
    let warning = warning.as_str().unwrap();
    assert!(warning.contains("kept its winner in only 43.3%"), "{warning}");
    for report in ["report.md", "report.html"] {
        assert!(project.read(&format!("reports/latest/{report}")).contains("kept its winner in only"), "{report}");
    }
    assert!(project.karat(&["gate", "latest"]).out.contains("kept its winner in only"));
    // Most cases are kept, so there is nothing to warn of; hardly one is, so nothing is decided.
    assert!(wavering(16).karat(&["gate", "--json"]).json()["gate"].get("warnings").is_none());
    wavering(2).karat(&["gate"]).expect(4);
}
