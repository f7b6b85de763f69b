//! How verdicts are made: several judges, votes, checklists, calls, probabilities and grades, right and wrong.

use super::{Folder, GOOD, PREFERENCE, QUALITY, changed, replaced};
use crate::suite::*;

const MANY: &str = "criteria:\n  - {name: correct, weight: 2, description: Says what is so., levels: {1: wrong, 5: right}}\n  - {name: kind}\n";

/// A rubric of one verdict.
fn plain() -> String {
    replaced(QUALITY, MANY, "")
}

fn judged(suite: &Suite) -> &RubricMetric {
    suite.metrics["quality"].rubric().unwrap()
}

/// The suite with another judge of `quality`, and with another rubric.
fn read(judge: &str, rubric: &str) -> Suite {
    let folder = Folder::new();
    folder.write("karat.yaml", &replaced(GOOD, "judge: grader, missing: worst", judge));
    folder.write("rubrics/quality.yaml", rubric);
    folder.load().unwrap_or_else(|errors| panic!("{errors}"))
}

fn errors(judge: &str, rubric: &str) -> String {
    let folder = Folder::new();
    folder.write("karat.yaml", &replaced(GOOD, "judge: grader, missing: worst", judge));
    folder.write("rubrics/quality.yaml", rubric).errors()
}

#[test]
fn a_panel_and_a_cascade_are_read() {
    let suite = read("judge: [grader, demo], panel: majority, repeat: 3, votes: median", &plain());
    let panel = Judges::Panel { panel: vec!["grader".into(), "demo".into()], by: PanelRule::Majority };
    assert_eq!((&judged(&suite).judge, judged(&suite).votes), (&panel, Votes::Median));
    assert!(suite.asks(&"demo".into()));
    let suite = read("judge: {cascade: [demo, grader], max_disagreement: 0.1, thresholds: 0.8}", &plain());
    let cascade = judged(&suite).judge.cascade().unwrap();
    assert_eq!((cascade.samples, cascade.risk, cascade.thresholds.as_slice()), (5, 0.1, &[0.8][..]));
    let stored = serde_json::to_string(&suite).unwrap();
    assert_eq!(judged(&serde_json::from_str(&stored).unwrap()), judged(&suite));
}

#[test]
fn what_is_wrong_with_several_judges_is_said() {
    let panels =
        ["judge: [grader]", "judge: [grader, grader]", "judge: [grader, garder]", "judge: grader, panel: mean"];
    let cascades = [
        "judge: {cascade: [demo, grader]}",
        "judge: {cascade: [demo], max_disagreement: 0.1}",
        "judge: {cascade: [demo, grader], max_disagreement: 10}",
        "judge: {cascade: [demo, grader], max_disagreement: 0.1, samples: 1}",
        "judge: {cascade: [demo, grader], max_disagreement: 0.1, thresholds: [0.8, 0.7]}",
        "judge: {cascade: [demo, grader], max_disagreement: 0.1, thresholds: [2]}",
        "judge: {cascade: [demo, grader], max_disagreement: 0.1, threshold: 0.8}",
        "judge: {cascade: [demo, grader], max_disagreement: 0.1, confidence: logprobs}",
    ];
    let told: Vec<String> = panels.iter().chain(&cascades).map(|judge| errors(judge, &plain())).collect();
    insta::assert_snapshot!(told.join("\n"));
    // Means over criteria are hardly ever the same.
    insta::assert_snapshot!(errors("judge: [grader, demo], panel: majority", QUALITY));
    insta::assert_snapshot!(changed("judge: grader, missing: worst", "judge: grader, votes: majority"));
}

#[test]
fn a_checklist_is_a_scale_of_its_own() {
    let list =
        "checklist:\n  - {name: facts, question: Is nothing made up?, critical: true}\n  - {name: kind, weight: 2}\n";
    let rubric = replaced(&replaced(QUALITY, MANY, list), "scale: {min: 1, max: 5}\n", "");
    let suite = read("judge: grader", &rubric);
    let read = &judged(&suite).rubric;
    assert_eq!((&read.scale, read.range()), (&Some(Scale::YesNo), Range::Bounded { min: 0.0, max: 1.0 }));
    assert_eq!(
        read.criteria.iter().map(|item| (item.critical, item.weight)).collect::<Vec<_>>(),
        [(true, 1.0), (false, 2.0)]
    );
    let wrong = [
        replaced(QUALITY, MANY, list),
        replaced(&rubric, "checklist:", "criteria: [{name: a, critical: true}]\nchecklist:"),
        replaced(&rubric, "{name: kind, weight: 2}", "{name: facts, weight: 0, text: x}"),
    ];
    insta::assert_snapshot!(wrong.map(|rubric| errors("judge: grader", &rubric)).join("\n"));
}

#[test]
fn calls_scoring_and_grades_fit_the_rubric() {
    let each = replaced(QUALITY, "shows:", "calls: each\nreply: rating\nshows:");
    assert!(judged(&read("judge: grader", &each)).rubric.is_judged_apart());
    let by_logprobs = format!("{}scoring: logprobs\n", plain());
    let wrong = [
        errors("judge: grader", &format!("{}calls: each\n", plain())),
        errors("judge: grader", &format!("{QUALITY}scoring: logprobs\n")),
        errors("judge: grader", &by_logprobs),
        errors("judge: grader", &format!("{}graded: true\n", plain())),
    ];
    insta::assert_snapshot!(wrong.join("\n"));
    let folder = Folder::new();
    let with = "judge: grader, missing: worst";
    folder.write(
        "karat.yaml",
        &replaced(
            &replaced(GOOD, "structured: schema", "params: {logprobs: true, top_logprobs: 5}"),
            with,
            "judge: [grader, demo]",
        ),
    );
    folder.write("rubrics/quality.yaml", &by_logprobs);
    assert_eq!(judged(&folder.load().unwrap()).rubric.scoring, Scoring::Logprobs);
    folder.write("rubrics/preference.yaml", &format!("{PREFERENCE}graded: true\n"));
    insta::assert_snapshot!(folder.errors());
}
