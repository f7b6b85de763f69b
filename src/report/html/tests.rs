//! The page's words and parts, that it needs no network, and that nothing untrusted acts in it.

use super::*;
use crate::gate::Verdict;
use crate::report::sample;

#[test]
fn a_failed_gate() {
    let page = with_style(&sample::fixture(), "").unwrap();
    // Drawings change with every pixel; their own tests look at them.
    insta::with_settings!({filters => vec![(r"(?s)<svg class=.(plot|bar|columns).*?</svg>(</svg>)?", "[svg]")]}, {
        insta::assert_snapshot!(page);
    });
}

#[test]
fn no_network_and_no_script() {
    for report in [sample::fixture(), sample::ungated(), sample::decided(Verdict::Pass)] {
        let page = render(&report).unwrap().replace("https://evil.example", "").replace("src=x onerror", "");
        for outside in [
            "http://",
            "https://",
            "//cdn",
            "src=",
            "url(",
            "@import",
            "<link",
            "<script",
            "<iframe",
            "<img",
            "javascript:",
        ] {
            assert!(!page.contains(outside), "{outside}");
        }
        assert!(page.split("href=\"").skip(1).all(|rest| rest.starts_with('#')));
        assert!(page.contains("default-src 'none'"));
    }
}

#[test]
fn nothing_hostile_and_no_nan() {
    let page = render(&sample::fixture()).unwrap();
    for hostile in sample::HOSTILE.iter().filter(|h| **h != "onerror=alert") {
        assert!(!page.contains(hostile), "{hostile:?}");
    }
    assert!(!page.contains("<img"));
    let page = render(&sample::unmeasured()).unwrap();
    assert!(!page.contains("NaN") && !page.contains("inf%") && !page.contains(">inf"));
}

#[test]
fn every_branch_renders() {
    let mut bare = sample::ungated();
    bare.analysis.comparisons.clear();
    bare.analysis.stories.clear();
    bare.analysis.prompt_changes.clear();
    bare.analysis.judges.clear();
    bare.suite.recorded.clear();
    for report in [
        bare,
        sample::ungated(),
        sample::decided(Verdict::Pass),
        sample::decided(Verdict::Invalid),
        sample::decided(Verdict::Inconclusive),
    ] {
        assert!(render(&report).unwrap().ends_with("</html>\n"));
    }
}

#[test]
fn cases_of_several_candidates_can_be_told_apart() {
    let page = render(&sample::of_three()).unwrap();
    let of = |name: &str| page.matches(&format!("</b> <span class=\"tags\">{name}</span>")).count();
    assert!(of("v2") > 0 && of("v2") == of("&lt;v3&gt;"), "{page}");
    assert!(page.contains("id=\"of-1\"> &lt;v3&gt;</label>"));
    assert!(page.contains(".cases:has(#of-1:checked) .case:not(.of-1){display:none}"));
    assert_eq!(page.matches(" of-1").count(), of("v2"));
    assert!(!render(&sample::fixture()).unwrap().contains("name=\"of\""));
}

#[test]
fn without_a_gate_the_page_is_about_every_candidate() {
    let page = |report: &Report| render(report).unwrap();
    let (decided, ungated) = (sample::of_three(), Report { decision: None, ..sample::of_three() });
    assert!(page(&ungated).contains("v2, &lt;v3&gt; against v1"), "{}", page(&ungated));
    let mut many = sample::of_three();
    many.decision = None;
    assert!(!page(&many).contains(" more difference"));
    many.analysis.comparisons.extend(sample::of_three().analysis.comparisons);
    assert!(page(&many).contains(" more differences are below."), "{}", page(&many));
    let drawn = |page: &str, name: &str| page.matches(&format!("<i class=\"cand\"></i>{name}")).count();
    for (report, third) in [(&ungated, drawn(&page(&ungated), "v2")), (&decided, 0)] {
        let page = page(report);
        assert!(drawn(&page, "v2") > 0);
        assert_eq!(drawn(&page, "&lt;v3&gt;"), third);
        // Key numbers and what moved say whose they are.
        let lead = page.split("id=\"differences\"").next().unwrap();
        assert_eq!(lead.contains("quality of &lt;v3&gt;") && lead.contains("quality of v2"), third > 0);
    }
}

#[test]
fn an_invalid_measurement_praises_nothing() {
    let page = render(&sample::decided(Verdict::Invalid)).unwrap();
    assert!(!page.contains("<div class=\"good\"><h2>") && !page.contains("<div class=\"good\"><dt>"));
    assert!(page.contains("1 output failed: no answer within 60 s"));
}

#[test]
fn several_candidates_are_told_apart() {
    let mut report = sample::fixture();
    let others: Vec<_> = report
        .analysis
        .comparisons
        .iter()
        .map(|c| crate::analysis::Comparison { candidate: "v3".into(), ..c.clone() })
        .collect();
    report.analysis.comparisons.extend(others);
    let page = render(&report).unwrap();
    assert!(page.contains("Differences to v1") && page.contains(">v3</th>") && page.contains("v3, topic: safety"));
    assert_eq!(page.matches("<dt>quality</dt>").count(), 1);
}

#[test]
fn several_baselines_are_told_apart() {
    let page = render(&sample::against_an_earlier_run()).unwrap();
    assert!(page.contains("Right of the solid line is better than what a candidate is held against"));
    assert!(page.contains(">v2 against v1</th>") && page.contains(">v2 against v1 of run 7</th>"));
    assert!(page.contains("to 3.98, better") && !page.contains(" → 3.98, better") && !page.contains(">\u{2192} 3.98"));
}

#[test]
fn rankings_lengths_and_repeats_have_parts_of_their_own() {
    let page = with_style(&sample::boarded(), "").unwrap();
    let (from, to) = (page.find("<section class=\"board\""), page.find("<section aria-labelledby=\"scores\">"));
    insta::assert_snapshot!(&page[from.unwrap()..to.unwrap()]);
    assert!(page.contains("<a href=\"#board-1\">Ranking by preference</a>") && !page.contains("<script"));
}

#[test]
#[ignore = "writes pages into the folder $KARAT_PAGES for a person to look at"]
fn pages_to_look_at() {
    let folder = std::path::PathBuf::from(std::env::var("KARAT_PAGES").unwrap());
    let pages = [
        ("fail", sample::fixture()),
        ("pass", sample::decided(Verdict::Pass)),
        ("inconclusive", sample::decided(Verdict::Inconclusive)),
        ("ungated", sample::ungated()),
        ("unmeasured", sample::unmeasured()),
        ("boards", sample::boarded()),
    ];
    for (name, report) in pages {
        std::fs::write(folder.join(format!("{name}.html")), render(&report).unwrap()).unwrap();
    }
}
