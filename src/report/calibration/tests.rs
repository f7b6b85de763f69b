//! A made-up calibration in each form, hostile names included.

use indexmap::indexmap;

use super::*;
use crate::analysis::{
    Ceiling, ConfusionTable, Disagreement, Enough, MemberFindings, MissingBounds, NextLabel, SliceAgreement,
    StoppedEarly,
};
use crate::analysis::{MetricCalibration, Share};
use crate::report::text;
use crate::suite::{Missing, PanelRule};

fn share(estimate: f64, half: f64, n: u64) -> Option<Share> {
    Some(Share { estimate, low: Some(estimate - half), high: Some(estimate + half), n })
}

fn slice(topic: &str, labels: u64, agreement: Option<Share>) -> SliceAgreement {
    SliceAgreement { slice: indexmap! { "topic".into() => topic.into() }, labels, agreement }
}

fn calibration() -> Calibration {
    let differs =
        |metric: &str, case: &str, about: &str, (human, judge): (&str, &str), words: Option<&str>| Disagreement {
            metric: metric.into(),
            case: case.into(),
            about: about.into(),
            human: human.into(),
            judge: judge.into(),
            distance: 0.75,
            reasoning: words.map(Into::into),
        };
    Calibration {
        stopped: Some(StoppedEarly { cases: 60, of: 1200 }),
        metrics: indexmap! {
            "quality".into() => MetricCalibration {
                judge: "grader".into(),
                labelled: 126,
                unread: 1,
                weighted_kappa: share(0.72, 0.1, 125),
                alpha: share(0.81, 0.05, 125),
                ceiling: Some(Ceiling {
                    outputs: 40,
                    raters: 3,
                    measure: "spearman".into(),
                    humans: share(0.79, 0.07, 120),
                    judge: share(0.83, 0.06, 120),
                    alpha: share(0.74, 0.08, 40),
                }),
                confusion: Some(ConfusionTable {
                    labels: vec!["poor".into(), "fair \u{202e}".into(), "good".into()],
                    counts: vec![vec![20, 3, 0], vec![4, 31, 6], vec![0, 5, 56]],
                }),
                slices: vec![slice("orders", 80, share(0.91, 0.05, 80)), slice("safety", 2, None)],
                enough: Some(Enough { measure: "spearman".into(), precision: 0.05, now: 0.06, labels: 125, wanted: 180 }),
                spearman: share(0.885, 0.06, 125),
                kendall: share(0.795, 0.07, 125),
                absent: vec!["Pearson: every label is the same".into()],
                ..MetricCalibration::default()
            },
            "preference".into() => MetricCalibration {
                judge: "grader".into(),
                labelled: 63,
                human_ties: 13,
                unread: 4,
                missing: Missing::Wrong,
                accuracy: share(0.85, 0.09, 100),
                accuracy_bounds: Some(MissingBounds { worst: 0.82, best: 0.86 }),
                kappa: share(0.679, 0.18, 100),
                position_consistency: share(0.875, 0.06, 96),
                ..MetricCalibration::default()
            },
            "tone".into() => MetricCalibration { judge: "grader".into(), ..MetricCalibration::default() },
        },
        disagreements: vec![
            differs(
                "preference",
                "ord-002",
                "v1 shown first, v2 second",
                ("v2", "v1"),
                Some(
                    "Answer A gets the customer to the right screen in two short sentences, with the deadline, and is polite about it.",
                ),
            ),
            differs("quality", "saf-001\n::error::x", "v2", ("1", "4"), Some("\x1b[31mfine \u{202e}eno")),
            differs("quality", "saf-003", "v1", ("2", "4"), None),
        ],
        next: vec![NextLabel {
            metric: "preference".into(),
            case: "saf-009 <script>".into(),
            about: "v1 and v2".into(),
            weight: 1.5,
            reasons: vec![
                "the judge contradicts itself when the order is turned round".into(),
                "no label yet where topic is safety".into(),
            ],
        }],
        unusable: vec!["case `a`, metric `quality`: 7 is not on the scale".into()],
    }
}

/// With a panel whose best judge is better than it.
fn panels() -> IndexMap<String, PanelFindings> {
    let judge = |accuracy: Option<Share>, usd| MemberFindings {
        accuracy,
        position_consistency: share(0.81, 0.07, 96),
        weight: None,
        replies: 192,
        usd,
    };
    let found = PanelFindings {
        rule: PanelRule::Majority,
        alpha: share(0.42, 0.1, 96),
        differ: share(0.31, 0.09, 96),
        judges: indexmap! {
            "grader <b>".into() => judge(share(0.91, 0.06, 50), Some(0.42)),
            "small".into() => judge(share(0.72, 0.1, 50), Some(0.01)),
        },
        accuracy: share(0.85, 0.09, 50),
        best_judge: Some("grader <b>".into()),
        below_best: share(0.06, 0.05, 50),
        note: None,
    };
    indexmap! { "preference".to_string() => found }
}

#[test]
fn each_form_tells_it_all() {
    let (found, panels, cascades) = (calibration(), panels(), IndexMap::new());
    let of = Calibrated { suite: "support (sample)", found: &found, alpha: 0.05, panels: &panels, cascades: &cascades };
    let view = |columns| View { columns, colour: false, shown: 2 };
    insta::assert_snapshot!("wide", render(of, &view(120)));
    let narrow = render(of, &view(80));
    insta::assert_snapshot!("narrow", narrow);
    let page = markdown(of, 2);
    insta::assert_snapshot!("markdown", page);
    assert!(!page.contains("<script>") && !page.contains('\u{202e}'));
    assert!(narrow.lines().all(|line| text::width(line) <= 80), "{narrow}");
    assert!(!narrow.contains('\x1b') && !narrow.contains('\u{202e}'));
    assert!(!narrow.lines().any(|line| line.trim_start().starts_with("::")));
    let page = html(of, 2).unwrap();
    let body = &page[page.find("<body>").unwrap()..];
    insta::assert_snapshot!("html", body);
    assert!(page.contains("width=device-width") && !page.contains("<script") && !page.contains("<b>\u{20}"));
    assert!(!page.contains('\x1b') && !page.contains('\u{202e}') && !page.contains("grader <b>"));
}

#[test]
fn a_wanted_precision_keeps_its_digits_and_one_label_tells() {
    let enough = Enough { measure: "spearman".into(), precision: 0.0001, now: 0.25, labels: 1, wanted: 9 };
    let metric = MetricCalibration { enough: Some(enough), ..MetricCalibration::default() };
    let words = super::words::enough(&metric).unwrap();
    assert_eq!(words, "1 label tells Spearman's ρ to within 0.250; to within 0.0001 it takes about 8 more labels");
}

#[test]
fn in_brief_a_judge_is_one_line() {
    let found = calibration();
    let (panels, cascades) = (IndexMap::new(), IndexMap::new());
    let told = Calibrated { suite: "s", found: &found, alpha: 0.05, panels: &panels, cascades: &cascades };
    insta::assert_snapshot!(brief(told));
}
