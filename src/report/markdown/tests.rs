//! What a pull request shows, and that nothing untrusted acts in it.

use super::*;
use crate::report::sample;

#[test]
fn a_failed_gate() {
    insta::assert_snapshot!(render(&sample::fixture(), Some("reports/latest/index.html")));
}

#[test]
fn cases_of_several_candidates_can_be_told_apart() {
    let out = render(&sample::of_three(), None);
    let of = |name: &str| out.matches(&format!("</b> ({name}")).count();
    assert!(of("v2") > 0 && of("v2") == of("&lt;v3&gt;"), "{out}");
}

#[test]
fn a_run_without_a_gate() {
    let mut report = sample::ungated();
    report.analysis.comparisons.clear();
    report.analysis.stories.clear();
    insta::assert_snapshot!(render(&report, None));
}

#[test]
fn nothing_hostile_and_no_nan() {
    let out = render(&sample::fixture(), None);
    for hostile in sample::HOSTILE
        .iter()
        .chain(&["```", "@octocat", "https://", "<img", "fixes #12"])
        .filter(|h| **h != "onerror=alert")
    {
        assert!(!out.contains(hostile), "{hostile:?} in {out}");
    }
    assert_eq!(out.matches("<details>").count(), out.matches("</details>").count());
    let out = render(&sample::unmeasured(), None);
    assert!(!out.contains("NaN") && !out.contains("inf"), "{out}");
}

#[test]
fn every_table_row_has_as_many_cells_as_its_head() {
    let mut report = sample::fixture();
    for c in &mut report.analysis.comparisons {
        c.metric = "a|b\\|c\nd".into();
    }
    let out = render(&report, None);
    let cells = |line: &str| line.replace("\\\\", "").replace("\\|", "").matches('|').count();
    let mut head = 0;
    for line in out.lines() {
        head = if !line.starts_with('|') {
            0
        } else if head == 0 {
            cells(line)
        } else {
            head
        };
        assert!(!line.starts_with('|') || cells(line) == head, "{line}");
    }
}

#[test]
fn slices_name_whom_they_compare_where_there_are_several_pairs() {
    let mut report = sample::against_an_earlier_run();
    report.analysis.comparisons[0].missing = 3;
    let out = render(&report, None);
    assert!(out.contains("quality of v2 against v1 of run 7: 3 cases left out"), "{out}");
    assert!(out.contains("| Slice | Compared | Metric |") && out.contains(" | v2 against v1 | quality | "), "{out}");
    assert!(!render(&sample::fixture(), None).contains("Compared"));
}

#[test]
fn a_huge_report_is_cut_and_says_so() {
    let mut report = sample::fixture();
    let story = report.analysis.stories[1].clone();
    for at in 0..200 {
        let words = "<&@`|".repeat(2000);
        report.analysis.stories.push(crate::analysis::Story {
            case: format!("case-{at}"),
            input: words,
            ..story.clone()
        });
        let comparison = report.analysis.comparisons[5].clone();
        report.analysis.comparisons.push(comparison);
    }
    let out = render(&report, Some(&"long".repeat(1000)));
    assert!(out.chars().count() <= LIMIT, "{}", out.chars().count());
    assert!(out.contains("left out here for want of room"));
    assert!(out.contains("more are in the full report"));
}

#[test]
fn rankings_lengths_and_repeats() {
    let out = findings::boards(&sample::boarded());
    insta::assert_snapshot!(out);
    for table in out.split("### ").filter(|part| part.contains("---|")) {
        let cells = |line: &str| line.replace("\\|", "").matches('|').count();
        let rows: Vec<usize> = table.lines().filter(|line| line.starts_with('|')).map(cells).collect();
        assert!(rows.windows(2).all(|pair| pair[0] == pair[1]), "{table}");
    }
    assert!(!out.contains("<script>"));
}
