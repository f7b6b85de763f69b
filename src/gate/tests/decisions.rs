//! Every kind of rule comes to every state; the decision is that of the worst blocking rule.

use super::*;
use crate::analysis::made::{ONE_TO_FIVE, cases, known};
use crate::gate::Verdict;
use crate::suite::Range;
use RuleKind::{AtLeast, AtMost, BetterThan, NotWorseBy};
use RuleState::{Fail, Inconclusive, Invalid, Pass};

/// Forty cases: `quality` falls by 0.5 ± 0.5, `right` has 32 yes before and 38 after, `preference` is won 28 to 4.
fn forty() -> Data {
    let worths: Vec<f64> = (0..40)
        .map(|i| {
            if i < 28 {
                1.0
            } else if i < 36 {
                0.5
            } else {
                0.0
            }
        })
        .collect();
    cases(40)
        .pair("quality", ONE_TO_FIVE, &known(&[4.0; 40]), &around(40, 3.5))
        .pair("right", Range::Binary, &ones(32, 40), &ones(38, 40))
        .preferred("preference", &known(&worths))
}

#[test]
fn every_kind_of_rule_comes_to_every_state() {
    let data = forty();
    for (metric, kind, expected) in [
        ("quality", NotWorseBy(0.8), Pass),
        ("quality", NotWorseBy(0.5), Inconclusive),
        ("quality", NotWorseBy(0.1), Fail),
        ("quality", BetterThan(0.0), Fail),
        ("quality", AtLeast(3.0), Pass),
        ("quality", AtLeast(3.5), Inconclusive),
        ("quality", AtLeast(4.0), Fail),
        ("quality", AtMost(4.0), Pass),
        ("quality", AtMost(3.5), Inconclusive),
        ("quality", AtMost(3.0), Fail),
        ("right", NotWorseBy(0.02), Pass),
        ("right", BetterThan(0.0), Pass),
        ("right", BetterThan(0.15), Inconclusive),
        ("right", BetterThan(0.4), Fail),
        ("right", AtLeast(0.85), Pass),
        ("right", AtLeast(0.9), Inconclusive),
        ("right", AtMost(0.8), Fail),
        ("preference", BetterThan(0.5), Pass),
        ("preference", BetterThan(0.8), Inconclusive),
        ("preference", BetterThan(0.95), Fail),
        ("preference", NotWorseBy(0.1), Pass),
        ("preference", AtLeast(0.6), Pass),
        ("preference", AtLeast(0.8), Inconclusive),
        ("preference", AtLeast(0.95), Fail),
        ("preference", AtMost(0.95), Pass),
        ("preference", AtMost(0.8), Inconclusive),
        ("preference", AtMost(0.6), Fail),
        ("unheard-of", NotWorseBy(0.1), Invalid),
    ] {
        let ruling = ruled(&data, rule(metric, kind));
        assert_eq!(ruling.state, expected, "{metric} {kind:?}: {}", ruling.words);
        assert_eq!(ruling.bound.is_some(), expected != Invalid);
        assert_eq!(ruling.n, if expected == Invalid { 0 } else { 40 });
    }
}

#[test]
fn a_win_rate_is_shown_as_one() {
    let ruling = ruled(&forty(), rule("preference", BetterThan(0.5)));
    assert!(ruling.win_rate && (ruling.estimate.unwrap() - 0.8).abs() < 1e-12);
    assert!(ruling.bound.unwrap() > 0.5 && ruling.bound.unwrap() < 0.8, "{ruling:?}");
    // A margin on a pairwise metric is a margin on the win rate less a half.
    let ruling = ruled(&forty(), rule("preference", NotWorseBy(0.1)));
    assert!(!ruling.win_rate && (ruling.estimate.unwrap() - 0.3).abs() < 1e-12);
}

#[test]
fn the_worst_blocking_rule_decides() {
    let data = forty();
    let of = |state: RuleState| match state {
        Pass => rule("quality", NotWorseBy(0.8)),
        Inconclusive => rule("quality", NotWorseBy(0.5)),
        Fail => rule("quality", BetterThan(0.5)),
        Invalid => rule("unheard-of", NotWorseBy(0.1)),
    };
    let order = [
        (Pass, Verdict::Pass),
        (Inconclusive, Verdict::Inconclusive),
        (Fail, Verdict::Fail),
        (Invalid, Verdict::Invalid),
    ];
    for (i, (one, _)) in order.iter().enumerate() {
        for (j, (other, _)) in order.iter().enumerate() {
            let decision = decided(&data, vec![of(*one), of(*other)]).decision;
            assert_eq!(decision, order[i.max(j)].1, "{one:?} and {other:?}");
            for severity in [Severity::Warn, Severity::Info] {
                let decision = decided(&data, vec![of(*one), only(severity, of(*other))]).decision;
                assert_eq!(decision, order[i].1, "{one:?} blocks, {other:?} only {severity:?}s");
            }
        }
    }
    assert_eq!(decided(&data, vec![]).decision, Verdict::Invalid, "what measures nothing is not green");
}

#[test]
fn problems_come_before_everything() {
    let (data, v1) = (forty(), CandidateName::from("v1"));
    let problems = ["the budget is spent".to_string(), "two cases are missing".to_string()];
    for kind in [NotWorseBy(0.8), NotWorseBy(0.5), NotWorseBy(0.2)] {
        let gate = gate(vec![rule("quality", kind)]);
        let decision = decide(&gate, Contest { data: &data, baseline: Some(&v1), problems: &problems });
        assert_eq!(decision.decision, Verdict::Invalid);
        assert!(decision.reason.contains("budget") && decision.reason.contains("missing"), "{}", decision.reason);
    }
}

#[test]
fn a_rule_on_a_slice_sees_its_cases_only() {
    let mut scores = around(80, 4.0);
    scores[40..].clone_from_slice(&around(40, 2.0));
    let data = cases(80)
        .pair("quality", ONE_TO_FIVE, &known(&[4.0; 80]), &scores)
        .tagged("topic", |i| Some(if i < 40 { "orders" } else { "safety" }.to_string()));
    let ruling = |value: &str| ruled(&data, on(rule("quality", NotWorseBy(0.6)), "topic", value));
    assert_eq!((ruling("orders").state, ruling("orders").n), (Pass, 40));
    assert_eq!((ruling("safety").state, ruling("safety").n), (Fail, 40));
    assert_eq!((ruling("shipping").state, ruling("shipping").n), (Invalid, 0));
    assert_eq!(ruling("safety").slice.unwrap()["topic"], "safety");
}

#[test]
fn a_rule_against_nothing_was_not_measured() {
    let data = forty();
    for (kind, expected) in [(NotWorseBy(0.8), Invalid), (BetterThan(0.0), Invalid), (AtLeast(3.0), Pass)] {
        let gate = gate(vec![rule("quality", kind)]);
        let decision = decide(&gate, Contest { data: &data, baseline: None, problems: &[] });
        assert_eq!(decision.rules[0].state, expected, "{kind:?}");
    }
    let gate = gate(vec![rule("preference", AtLeast(0.6))]);
    let decision = decide(&gate, Contest { data: &data, baseline: None, problems: &[] });
    assert_eq!((decision.decision, decision.baseline), (Verdict::Invalid, None));
}

#[test]
fn less_is_better_where_the_goal_is_down() {
    let (few, many) = (known(&[10.0; 40]), around(40, 14.0));
    let range = Range::Bounded { min: 0.0, max: 20.0 };
    for range in [range, Range::Unbounded] {
        let longer = cases(40).pair("words", range, &few, &many).down("words");
        assert_eq!(ruled(&longer, rule("words", NotWorseBy(1.0))).state, Fail);
        let shorter = cases(40).pair("words", range, &many, &few).down("words");
        let ruling = ruled(&shorter, rule("words", BetterThan(1.0)));
        assert_eq!((ruling.state, ruling.estimate), (Pass, Some(4.0)));
        // A level is read in the metric's own units, whichever way is better.
        assert_eq!(state(&longer, "words", AtMost(15.0)), Pass);
        assert_eq!(state(&longer, "words", AtLeast(15.0)), Fail);
    }
    let no_more_faults = cases(40).pair("fault", Range::Binary, &ones(20, 40), &ones(2, 40)).down("fault");
    let ruling = ruled(&no_more_faults, rule("fault", BetterThan(0.2)));
    assert_eq!((ruling.state, ruling.estimate), (Pass, Some(0.45)));
    let turned = cases(40).pair("fault", Range::Binary, &ones(2, 40), &ones(20, 40));
    let same = ruled(&turned, rule("fault", BetterThan(0.2)));
    assert_eq!(same.bound, ruling.bound);
}

#[test]
fn a_gate_that_measured_nothing_is_not_green_though_nothing_blocks() {
    let data = forty();
    let warns = |metric| only(Severity::Warn, rule(metric, NotWorseBy(0.8)));
    let decision = decided(&data, vec![warns("unheard-of")]);
    assert_eq!(decision.decision, Verdict::Invalid);
    assert_eq!(decision.reason, "no rule of this gate measured anything: unheard-of was not measured against v1");
    assert_eq!(decided(&data, vec![warns("unheard-of"), warns("quality")]).decision, Verdict::Pass);
}
