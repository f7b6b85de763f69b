//! What the terminal shows, at several widths and for each decision.

use super::*;
use crate::analysis::Comparison;
use crate::gate::{Found, Imagined, Place, RuleState, SelfTest, Tested};
use crate::report::sample;

fn shown(report: &Report, columns: usize, colour: bool, deciding: bool) -> String {
    let paths = ["reports/latest/index.html".to_string(), "reports/latest/report.md".to_string()];
    render(report, &View { columns, colour, deciding, paths: &paths })
}

#[test]
fn a_failed_gate() {
    insta::assert_snapshot!(shown(&sample::fixture(), 120, false, true));
}

#[test]
fn the_worst_cases_are_those_of_the_candidate_that_is_decided_about() {
    let worst = |report: &Report| {
        let out = shown(report, 120, false, true);
        out.lines().skip_while(|line| *line != "Worst cases:").skip(1).collect::<Vec<_>>().join("\n")
    };
    let decided = sample::of_three();
    assert!(worst(&decided).contains(" (v2): ") && !worst(&decided).contains("(<v3>)"), "{}", worst(&decided));
    let ungated = Report { decision: None, ..decided };
    assert!(worst(&ungated).contains(" (v2): ") && worst(&ungated).contains(" (<v3>): "), "{}", worst(&ungated));
}

#[test]
fn a_narrow_terminal() {
    let out = shown(&sample::fixture(), 60, false, true);
    insta::assert_snapshot!(out);
    assert!(out.lines().all(|line| text::width(line) <= 60), "{out}");
}

#[test]
fn in_colour() {
    insta::assert_snapshot!(shown(&sample::fixture(), 120, true, true).replace('\x1b', "␛"));
}

#[test]
fn a_run_says_what_the_gate_would() {
    let out = shown(&sample::decided(Verdict::Inconclusive), 100, false, false);
    insta::assert_snapshot!(out.split("\n\n").last().unwrap());
}

#[test]
fn a_run_without_a_gate_says_what_was_measured() {
    insta::assert_snapshot!(shown(&sample::ungated(), 100, false, false));
}

#[test]
fn a_run_without_a_gate_that_measured_nothing_does_not_say_that_it_did() {
    let problems = vec!["118 of 120 outputs ended in an error (98%, at most 2% may)".to_string()];
    let report = Report { problems, ..sample::ungated() };
    let out = shown(&report, 100, false, false);
    assert!(out.starts_with("INVALID") && !out.contains("MEASURED"), "{out}");
    insta::assert_snapshot!(out.split("\n\n").last().unwrap());
}

#[test]
fn one_candidate_has_levels() {
    let mut report = sample::ungated();
    report.analysis.comparisons.clear();
    report.analysis.stories.clear();
    report.analysis.candidates.shift_remove("v2");
    insta::assert_snapshot!(shown(&report, 100, false, false));
}

#[test]
fn nothing_hostile_and_no_nan() {
    for report in [sample::fixture(), sample::unmeasured()] {
        let out = shown(&report, 100, false, true);
        assert!(!out.contains('\x1b') && !out.contains('\u{202e}') && !out.contains('\u{200b}'));
        assert!(!out.contains("NaN") && !out.contains("inf "), "{out}");
        assert!(!out.lines().any(|line| line.trim_start().starts_with("::")));
    }
}

#[test]
fn rankings_lengths_and_repeats() {
    let out = |columns| {
        let all = shown(&sample::boarded(), columns, false, true);
        let from = all.find("Ranking by preference").unwrap();
        all[from..all.find("\nJudge\n").unwrap()].to_string()
    };
    insta::assert_snapshot!(format!("{}\n=== narrow ===\n{}", out(120), out(60)));
    assert!(out(60).lines().all(|line| text::width(line) <= 60));
}

#[test]
fn an_earlier_run_as_baseline_has_a_table_of_its_own_and_no_rule_is_about_the_other_rows() {
    let out = shown(&sample::against_an_earlier_run(), 100, false, true);
    let words: Vec<String> = out.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    let rows: Vec<&String> = words.iter().filter(|line| line.contains("+0.27 (")).collect();
    let [earlier, now] = rows[..] else { panic!("{out}") };
    assert!(earlier.starts_with("quality 3.98 +0.27") && !earlier.contains("3.71"), "{out}");
    assert!(earlier.contains("46/22/85 <0.001 85") && earlier.ends_with(wording::mark(RuleState::Pass)), "{out}");
    assert!(now.starts_with("quality 3.71 3.98") && now.ends_with("46/22/17"), "{out}");
    let headings = ["v2 against v1 of run 7", "v2 against v1"];
    assert!(headings.iter().all(|heading| words.iter().any(|line| line == heading)), "{out}");
    assert!(
        out.contains("v2 got worse on quality in 85 of 85 cases. They are not told here")
            && !out.contains("No case got worse"),
        "{out}"
    );
}

#[test]
fn of_cases_that_are_not_known_nothing_is_said() {
    let mut report = sample::against_an_earlier_run();
    report.analysis.comparisons.remove(0);
    let out = shown(&report, 100, false, true);
    assert!(!out.contains("got worse"), "{out}");
}

#[test]
fn a_slice_that_fell_much_further_than_the_whole_moved_otherwise() {
    let mut report = sample::fixture();
    let [whole, slice] = [0, 5].map(|at| report.analysis.comparisons[at].clone());
    let fell = |c: &Comparison, by: f64| Comparison { low: Some(by - 0.2), high: Some(by + 0.2), ..c.clone() };
    report.analysis.comparisons[0] = fell(&whole, -0.4);
    for (by, is_told) in [(-4.0, true), (-0.5, false)] {
        report.analysis.comparisons[5] = fell(&slice, by);
        let told = wording::moved_slices(&report).contains(&&report.analysis.comparisons[5]);
        assert_eq!(told, is_told, "{by}");
    }
}

#[test]
fn what_a_self_test_found_is_never_cut() {
    let mut report = sample::fixture();
    let world = |found| Imagined { world: Place::Margin, truth: -0.3, holds: None, found };
    let (passes, fails) = ((0.041, 0.033, 0.051), (0.05, 0.04, 0.06));
    let impossible = "every case has the same value, so no world can be drawn where the truth is another".to_string();
    let worlds = vec![world(Found::Shares { passes, fails, too_often: true }), world(Found::Impossible { impossible })];
    let tested = Tested {
        metric: "quality".into(),
        slice: None,
        kind: "not_worse_by".into(),
        margin: 0.3,
        n: 88,
        corrected: false,
        worlds,
    };
    report.self_test = Some(SelfTest { alpha: 0.05, runs: 2000, rules: vec![tested] });
    for columns in [80, 100] {
        let out = shown(&report, columns, false, true);
        let part = out.split("Self-test of the gate").nth(1).unwrap().split("\n\n").next().unwrap();
        let words: Vec<&str> = part.split_whitespace().collect();
        assert!(!part.contains('…') && part.lines().all(|line| text::width(line) <= columns), "{part}");
        for word in ["6%),", "5.1%),", "TOO", "OFTEN", "made:", "another"] {
            assert!(words.contains(&word), "{word}: {part}");
        }
    }
}
