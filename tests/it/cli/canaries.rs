//! Canaries in each run: a fair judge lets none pass, a gullible one makes the run invalid, and nothing counts them as cases.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use super::audit::{CASES, both, is_right, score, server, suite};
use super::project::{Project, without_meta};
use super::server::Call;

fn fair(call: &Call) -> Value {
    if call.said().contains("<<<Answer B") {
        let preference = match both(call) {
            (true, false) => "A",
            (false, true) => "B",
            _ => "tie",
        };
        return json!({"reasoning": "so", "preference": preference});
    }
    score(if is_right(&call.said(), &call.said()) { 4 } else { 1 })
}

const GATE: &str = "gate:\n  baseline: v1\n  candidate: v2\n  rules:\n    - {metric: quality, not_worse_by: 0.5}\n";

fn with_canaries(rules: &str) -> String {
    format!("{rules}canaries: true\n")
}

fn canaries<'a>(summary: &'a Value, metric: &str) -> &'a Value {
    &summary["judge"][metric]["canaries"]
}

#[test]
fn a_fair_judge_lets_none_pass_and_no_number_counts_them() {
    let server = server(fair);
    let plain = suite(&server, "");
    let without = plain.karat(&["run", "--json"]).expect(0).json();
    let project = suite(&server, &with_canaries(""));
    // Which candidates are compared says nothing of canaries.
    project.edit(
        "karat.yaml",
        "rubric: preference.yaml, judge: grader",
        "rubric: preference.yaml, judge: grader, pairs: all",
    );
    let plan = project.karat(&["plan"]).expect(0);
    // Four kinds on five cases; in pairs an answer against itself too, in both orders.
    assert!(plan.out.contains("70 calls of the judges are on canaries and anchors"), "{}", plan.out);
    let before = server.count();
    let ran = project.karat(&["run", "--json"]).expect(0);
    assert!(ran.err.contains("and 70 verdicts on canaries"), "{}", ran.err);
    let asked = server.calls()[before..].iter().filter(|call| call.is_for_the_judge()).count();
    let cases = 4 * CASES;
    // Of the pairs of the right answer with itself both orders are one request.
    assert!((cases..=cases + 70).contains(&asked), "{asked}");
    let with = ran.json();
    for (metric, n, kinds) in [("quality", 5, 4), ("preference", 5, 5)] {
        let found = canaries(&with, metric);
        assert_eq!((&found["rate"], &found["n"]), (&json!(0.0), &json!(n)), "{found}");
        assert_eq!(found["parts"].as_object().unwrap().len(), kinds, "{found}");
    }
    assert_eq!(with["cost"]["controls"]["replies"], 70);
    for key in ["counts", "candidates", "comparisons"] {
        assert_eq!(with[key], without[key], "{key}");
    }
    let markdown = project.read("reports/latest/report.md");
    assert!(markdown.contains("canaries: 0%") && markdown.contains("answered as from-the-server"), "{markdown}");
    assert!(project.read("reports/latest/report.html").contains("canaries: 0%"));
    // A replay has them from their journals, and can mend their tables.
    let run = project.runs()[0].clone();
    let table = project.path(&format!(".karat/runs/{run}/canaries-pairs/verdicts.parquet"));
    std::fs::write(&table, "broken").unwrap();
    let replayed = project.karat(&["replay"]).expect(0);
    assert!(replayed.err.contains("byte for byte the same"), "{}", replayed.err);
    let shown = project.karat(&["report", "--json"]).expect(0).json();
    assert_eq!(canaries(&shown, "preference"), canaries(&with, "preference"));
    // Outputs that are judged anew are judged with canaries too, and unchanged ones are in the cache.
    let before = server.count();
    let anew = project.karat(&["judge", "--json"]).expect(0).json();
    assert_eq!(canaries(&anew, "quality"), canaries(&with, "quality"));
    assert_eq!(server.count(), before);
}

#[test]
fn a_judge_that_lets_them_pass_makes_the_run_invalid() {
    let server = server(|_| score(5));
    let project = suite(&server, &with_canaries(GATE));
    let ran = project.karat(&["gate", "--metric", "quality"]).expect(4);
    let words = "the judge of `quality` lets pass 100% of what is no answer";
    assert!(ran.closing().contains(words) && ran.closing().contains("10% are allowed"), "{}", ran.closing());
    let summary = project.summary();
    assert_eq!(summary["gate"]["decision"], "invalid");
    assert_eq!(canaries(&summary, "quality")["state"], "fail");
    assert!(project.karat(&["run", "--metric", "quality"]).expect(4).closing().contains(words));
}

#[test]
fn one_kind_that_passes_is_enough_and_one_canary_is_not() {
    let polite = "Thank you for your question";
    let of_kind = server(move |call| if call.said().contains(polite) { score(5) } else { fair(call) });
    let ran = suite(&of_kind, &with_canaries("")).karat(&["run", "--metric", "quality"]).expect(4);
    assert!(ran.closing().contains("(of the kind `constant` 100%)"), "{}", ran.closing());
    // The first of that kind alone.
    let seen = AtomicUsize::new(0);
    let unlucky = server(move |call| {
        let first = call.said().contains(polite) && seen.fetch_add(1, Ordering::SeqCst) == 0;
        if first { score(5) } else { fair(call) }
    });
    let project = suite(&unlucky, &with_canaries(""));
    let ran = project.karat(&["run", "--metric", "quality", "--json"]).expect(0).json();
    let found = canaries(&ran, "quality");
    assert_eq!((&found["state"], &found["parts"]["constant"]["estimate"]), (&json!("inconclusive"), &json!(0.2)));
    // Those that are not wanted are not shown.
    let chosen = "canaries: {kinds: [empty, shuffled], each: 8, metrics: [quality]}\n";
    let found = suite(&of_kind, chosen).karat(&["run", "--json"]).expect(0).json();
    assert_eq!(canaries(&found, "quality")["n"], 8);
    assert_eq!(canaries(&found, "preference"), &Value::Null);
}

#[test]
fn canaries_that_were_interrupted_are_gone_on_with() {
    let server = server(fair);
    let project = suite(&server, &with_canaries(""));
    let whole = project.karat(&["run", "--no-cache"]).expect(0);
    assert!(whole.err.contains("canaries"), "{}", whole.err);
    let summary = without_meta(project.summary());
    let folder = format!(".karat/runs/{}", project.runs()[0]);
    // As a process leaves it that was killed among the canaries.
    std::fs::remove_file(project.path(&format!("{folder}/summary.json"))).unwrap();
    for table in ["cases", "outputs", "verdicts"] {
        std::fs::remove_file(project.path(&format!("{folder}/canaries-pairs/{table}.parquet"))).unwrap();
    }
    let journal = format!("{folder}/canaries-scores/events.jsonl");
    let text = project.read(&journal);
    let lines: Vec<&str> = text.lines().collect();
    let replies = |lines: &[&str]| lines.iter().filter(|l| l.contains("\"score\"") && l.contains("\"reply\"")).count();
    let kept = &lines[..lines.len() / 2];
    let lost = replies(&lines) - replies(kept);
    assert!(lost > 0);
    project.write(&journal, &(kept.join("\n") + "\n"));
    let before = server.count();
    let ran = project.karat(&["run", "--no-cache"]).expect(0);
    assert!(ran.err.contains("going on with run"), "{}", ran.err);
    assert_eq!(server.count() - before, lost, "what was answered is not asked again");
    assert_eq!(without_meta(project.summary()), summary);
    assert_eq!(project.runs().len(), 1);
}

#[test]
fn a_recorded_judge_cannot_be_shown_what_was_not_recorded() {
    let project = Project::shipped();
    project.edit("karat.yaml", "\ncandidates:", "\ncanaries: true\ncandidates:");
    let checked = project.karat(&["check"]).expect(2);
    assert!(checked.err.contains("a recorded one knows only what was recorded"), "{}", checked.err);
    let ran = project.karat(&["run"]).expect(2);
    assert_eq!(ran.err, checked.err);
    assert!(ran.err.contains("leave `canaries` away") && project.runs().is_empty(), "{}", ran.err);
    project.edit("karat.yaml", "canaries: true", "canaries: {each: 1, kind: [empty], metrics: [words]}");
    let wrong = project.karat(&["check"]).expect(2);
    for words in ["a whole number, 2 or more", "unknown key `kind`", "there is no judged metric `words`"] {
        assert!(wrong.err.contains(words), "{words}: {}", wrong.err);
    }
}
