//! Judges that look at the place of an answer and not at the answer: no decision rests on them.

use serde_json::json;

use super::project::{Project, Ran};

const CASES: usize = 60;

/// Two candidates that judges compare. `says` is a judge's word on a case, where `v2` is shown first or second.
fn project(judge: &str, rubric: &str, rule: &str, says: impl Fn(&str, usize, bool) -> &'static str) -> Project {
    let models: String = ["a", "b", "c"]
        .iter()
        .map(|name| format!("  {name}: {{provider: recorded, replies: replies.jsonl}}\n"))
        .collect();
    let suite = format!(
        "name: orders\ndataset: cases.jsonl\nmodels:\n{models}candidates:\n  v1: {{outputs: v1.jsonl}}\n  v2: {{outputs: v2.jsonl}}\n\
         metrics:\n  best: {{rubric: best.yaml, {judge}}}\ngate:\n  baseline: v1\n  candidate: v2\n  rules: [{{metric: best, {rule}}}]\n"
    );
    let project = Project::with(&[
        ("karat.yaml", &suite),
        ("best.yaml", &format!("name: best\nmode: pairwise\ninstructions: Which?\nreply: bracketed\n{rubric}")),
    ]);
    let case = |n: usize| format!("{}\n", json!({"id": format!("c{n}"), "input": format!("{n}?")}));
    project.write("cases.jsonl", &(0..CASES).map(case).collect::<String>());
    for name in ["v1", "v2"] {
        let output = |n: usize| format!("{}\n", json!({"case": format!("c{n}"), "text": format!("{n} by {name}")}));
        project.write(&format!("{name}.jsonl"), &(0..CASES).map(output).collect::<String>());
    }
    let mut replies = String::new();
    for n in 0..CASES {
        for name in ["a", "b", "c"] {
            for (first, second) in [("v1", "v2"), ("v2", "v1")] {
                let mut reply = json!({"metric": "best", "case": format!("c{n}"), "first": first, "second": second,
                                       "text": format!("[[{}]]", says(name, n, first == "v2"))});
                if judge.contains('[') {
                    reply["judge"] = json!(name);
                }
                replies.push_str(&format!("{reply}\n"));
            }
        }
    }
    if !judge.contains('[') {
        let mut seen = std::collections::BTreeSet::new();
        replies =
            replies.lines().filter(|line| seen.insert(line.to_string())).map(|line| format!("{line}\n")).collect();
    }
    project.write("replies.jsonl", &replies);
    project
}

fn reason(ran: &Ran) -> String {
    ran.json()["gate"]["reason"].as_str().unwrap().to_string()
}

#[test]
fn a_panel_of_judges_that_look_at_the_place_decides_nothing() {
    for by in ["mean", "majority", "weighted"] {
        let panel = format!("judge: [a, b, c], panel: {by}");
        let ran = project(&panel, "", "not_worse_by: 0.1", |_, _, _| "A").karat(&["gate", "--json"]).expect(4);
        assert!(
            reason(&ran).contains("half of the panel of `best` or more prefers another answer"),
            "{}",
            reason(&ran)
        );
    }
}

#[test]
fn one_such_judge_of_three_is_told_of_and_outweighed() {
    let says = |judge: &str, _, v2_first| if judge == "b" || v2_first { "A" } else { "B" };
    let panel = project("judge: [a, b, c], panel: majority", "", "not_worse_by: 0.1", says);
    let ran = panel.karat(&["gate", "--json"]).expect(0).json();
    let warnings = ran["gate"]["warnings"].to_string();
    assert!(warnings.contains("the judge `b` of the panel of `best` kept its winner in only"), "{warnings}");
}

#[test]
fn a_judge_of_one_order_that_looks_at_the_place_shows_no_winner() {
    for word in ["A", "B"] {
        let judged = project("judge: a", "orders: one\n", "better_than: 0.5", move |_, _, _| word);
        let ran = judged.karat(&["gate", "--json"]).expect(3).json();
        let rate = ran["gate"]["rules"][0]["estimate"].as_f64().unwrap();
        assert!((0.3..0.7).contains(&rate), "{rate}");
    }
}
