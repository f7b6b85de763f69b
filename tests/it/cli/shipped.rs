//! The suite that ships, and the one that `init` writes: what a newcomer sees first.

use quick_junit::Report;

use super::project::{Project, without_meta};

#[test]
fn the_shipped_suite_is_checked_run_and_decided() {
    let project = Project::shipped();
    insta::assert_snapshot!("check", project.karat(&["check"]).expect(0).shown());
    assert_eq!(project.runs().len(), 0, "check writes nothing");

    let ran = project.karat(&["run"]).expect(0);
    insta::assert_snapshot!("the_last_lines_of_run", ran.closing());
    for file in ["report.html", "report.md", "summary.json", "junit.xml"] {
        let id = project.runs().pop().unwrap();
        assert!(!project.read(&format!("reports/latest/{file}")).is_empty());
        assert_eq!(project.read(&format!("reports/latest/{file}")), project.read(&format!("reports/{id}/{file}")));
    }
    let first = project.summary();
    assert_eq!(project.json("reports/latest/summary.json"), first);

    let gated = project.karat(&["gate"]).expect(1);
    assert!(gated.out.contains("\nFAIL\nv2 does not hold up"), "{}", gated.out);
    assert_eq!(without_meta(project.summary()), without_meta(first.clone()), "the same run gives the same bytes");
    assert_eq!(project.runs().len(), 2, "a finished run is not gone on with");

    let ran = project.karat(&["run", "--json"]).expect(0);
    assert_eq!(ran.out, project.of_run("summary.json"), "--json is summary.json and nothing else");
    let ran = project.karat(&["gate", "--json"]).expect(1);
    assert_eq!(ran.json()["gate"]["decision"], "fail");
    assert_eq!(ran.out, project.of_run("summary.json"));
    assert_eq!(without_meta(ran.json()), without_meta(first));
}

#[test]
fn the_shipped_suites_numbers_add_up() {
    let project = Project::shipped();
    let summary = project.karat(&["run", "--json"]).expect(0).json();
    let counts = &summary["counts"];
    assert_eq!(counts["cases"], 96);
    for what in ["outputs", "verdicts"] {
        let number = |status: &str| counts[what][status].as_u64().unwrap();
        let sum: u64 = ["ok", "error", "unparsed", "refused", "skipped"].map(number).iter().sum();
        assert_eq!(sum, number("total"), "{what}");
    }
    // Two candidates; of quality, closed and words one verdict each, of preference both orders.
    assert_eq!((counts["outputs"]["total"].as_u64(), counts["verdicts"]["total"].as_u64()), (Some(192), Some(768)));
    for comparison in summary["comparisons"].as_array().unwrap() {
        let number = |field: &str| comparison[field].as_u64().unwrap();
        assert_eq!(number("wins") + number("ties") + number("losses"), number("n"), "{comparison}");
    }
    let cost = &summary["cost"];
    let parts = cost["candidates"].as_object().unwrap().values().chain(cost["judges"].as_object().unwrap().values());
    let sum: f64 = parts.map(|part| part["usd"].as_f64().unwrap()).sum();
    assert!((sum - cost["total"]["usd"].as_f64().unwrap()).abs() < 1e-9, "{cost}");

    let junit = Report::deserialize_from_str(&project.read("reports/latest/junit.xml")).unwrap();
    let cases = junit.test_suites.iter().map(|suite| suite.test_cases.len()).sum::<usize>();
    assert_eq!((junit.tests, junit.failures), (cases, 5), "the decision and four rules");
}

#[test]
fn a_selection_is_named_and_narrows_the_run() {
    let project = Project::shipped();
    let ran = project.karat(&["run", "--json", "--filter", "topic=safety", "--limit", "5", "--metric", "closed"]);
    let summary = ran.expect(0).json();
    assert_eq!(summary["counts"]["cases"], 5);
    assert_eq!(summary["suite"]["selection"], "--filter topic=safety --limit 5");
    assert_eq!(summary["counts"]["verdicts"]["total"], 10, "one check of two candidates");
    let drawn = |seed: &str| {
        let ran = project.karat(&["run", "--json", "--sample", "7", "--seed", seed, "--metric", "closed"]).expect(0);
        ran.json()["suite"]["dataset_digest"].clone()
    };
    assert_eq!(drawn("1"), drawn("1"));
    assert_ne!(drawn("1"), drawn("2"));
}

#[test]
fn init_writes_a_suite_that_runs_at_once() {
    let project = Project::empty();
    insta::assert_snapshot!("init", project.karat(&["init"]).expect(0).shown());
    project.karat(&["check"]).expect(0);
    project.karat(&["run"]).expect(0);
    let decided = project.karat(&["gate", "--json"]);
    let decision = decided.json()["gate"]["decision"].as_str().unwrap().to_string();
    let code = match decision.as_str() {
        "pass" => 0,
        "fail" => 1,
        "inconclusive" => 3,
        other => panic!("a sample suite whose gate says {other}"),
    };
    decided.expect(code);

    project.write("prompts/answer-v1.j2", "mine {{ input }}");
    let before = project.files();
    insta::assert_snapshot!("init_over_a_suite", project.karat(&["init"]).expect(2).shown());
    assert_eq!(project.files(), before, "a second init writes nothing");
}

#[test]
fn init_keeps_the_lines_of_a_gitignore() {
    let project = Project::with(&[("fresh/.gitignore", "/target\n/reports")]);
    project.karat(&["init", "fresh"]).expect(0);
    assert_eq!(project.read("fresh/.gitignore"), "/target\n/reports\n/.karat\n");
    project.karat(&["run", "-c", "fresh/karat.yaml"]).expect(0);
}
