//! A gate that looks while scores come in: how often it is wrong, and how soon it is decided.

use super::*;
use crate::analysis::Turns;
use crate::analysis::made::{ONE_TO_FIVE, cases, known};
use crate::stats::reference::cje_differences;
use crate::stats::rng::{below, shuffle, stream};
use crate::stats::sequential::{Setting, Side, ThresholdTest};
use crate::suite::Range;
use RuleKind::{AtLeast, BetterThan, EquivalentWithin, NotWorseBy};

/// The data with the first so many cases judged.
fn judged(mut data: Data, n: usize, population: Option<usize>) -> Data {
    data.turns = Some(Turns::first(n, population));
    data
}

/// Changes whose mean is −0.4 of a scale from 1 to 5, lopsided, as regressions are.
fn on_the_margin(run: u64, n: usize) -> Data {
    let mut rng = stream(run, "changes");
    let change = |draw| match draw {
        0..10 => -2.0,
        10..40 => -1.0,
        40..90 => 0.0,
        _ => 1.0,
    };
    let v2: Vec<f64> = (0..n).map(|_| 3.0 + change(below(&mut rng, 100))).collect();
    cases(n).pair("m", ONE_TO_FIVE, &known(&vec![3.0; n]), &known(&v2))
}

/// What was decided after any look stays so, so the last look of a run shows whether any look was wrong.
#[test]
fn looking_often_is_wrong_no_more_often_than_looking_once() {
    const RUNS: u64 = 300;
    let (mut passed, mut failed) = (0, 0);
    for run in 0..RUNS {
        let state = ruled(&judged(on_the_margin(run, 150), 150, None), rule("m", NotWorseBy(0.4))).state;
        passed += u64::from(state == RuleState::Pass);
        failed += u64::from(state == RuleState::Fail);
    }
    let most = RUNS as f64 * (0.05 + 3.0 * (0.05_f64 * 0.95 / RUNS as f64).sqrt());
    assert!((passed as f64) < most && (failed as f64) < most, "{passed} and {failed} of {RUNS}");
}

#[test]
fn what_is_decided_stays_decided() {
    let rules = [NotWorseBy(1.2), NotWorseBy(0.1), EquivalentWithin(1.5), BetterThan(0.3)];
    for run in 0..6 {
        let data = on_the_margin(run, 120);
        for kind in rules {
            let mut before = RuleState::Inconclusive;
            for n in (30..=120).step_by(15) {
                let state = ruled(&judged(data.clone(), n, None), rule("m", kind)).state;
                assert!(
                    before == RuleState::Inconclusive || state == before,
                    "{run} {kind:?} {n}: {before:?} {state:?}"
                );
                before = state;
            }
        }
    }
}

/// Rules of every form are decided by bounds that hold whenever one looks; slices and missing values too.
#[test]
fn every_form_of_rule_has_a_sequential_one() {
    let scores = |level: f64| (0..200).map(|i| Some(level + f64::from(i % 3) / 4.0)).collect::<Vec<_>>();
    let data = || judged(cases(200).pair("m", ONE_TO_FIVE, &scores(3.0), &scores(3.0)), 200, None);
    for kind in [NotWorseBy(0.8), EquivalentWithin(0.9), AtLeast(2.5), RuleKind::AtMost(4.2)] {
        let ruling = ruled(&data(), rule("m", kind));
        assert_eq!(ruling.state, RuleState::Pass, "{}", ruling.words);
        assert_eq!(ruling.method.as_deref(), Some("anytime-valid betting"));
    }
    let half = data().tagged("half", |i| (i % 2 == 0).then(|| "yes".to_string()));
    let ruling = ruled(&half, on(rule("m", NotWorseBy(0.8)), "half", "yes"));
    assert_eq!((ruling.n, ruling.state), (100, RuleState::Pass), "{}", ruling.words);
    let worths: Vec<Option<f64>> = (0..200).map(|i| Some(if i % 10 == 0 { 0.0 } else { 1.0 })).collect();
    let data = judged(cases(200).preferred("p", &worths), 200, None);
    assert_eq!(state(&data, "p", BetterThan(0.5)), RuleState::Pass);
    assert_eq!(state(&data, "p", RuleKind::AtMost(0.5)), RuleState::Fail);
    // What is without a range has no such bounds.
    let data = judged(cases(200).pair("m", Range::Unbounded, &scores(3.0), &scores(3.0)), 200, None);
    let ruling = ruled(&data, rule("m", NotWorseBy(0.8)));
    assert_eq!(ruling.state, RuleState::Invalid);
    assert!(ruling.words.contains("without a known range"), "{}", ruling.words);
}

#[test]
fn missing_values_and_few_cases_keep_a_gate_going() {
    let worths = |missing: usize| {
        (0..100).map(|i| if i < missing { None } else { Some(if i % 20 == 0 { 0.0 } else { 1.0 }) }).collect::<Vec<_>>()
    };
    let settled = |missing, n| {
        let data = judged(cases(100).preferred("p", &worths(missing)), n, None);
        decided(&data, vec![rule("p", BetterThan(0.5))]).is_settled()
    };
    assert!(!settled(0, 29) && settled(0, 30), "thirty cases are wanted");
    assert!(settled(5, 60) && !settled(25, 60), "gaps that could change it leave it open");
}

/// In a gold set of known size the mean is known in the end; of all cases like these it never is.
#[test]
fn a_gold_set_is_known_in_the_end() {
    let scores: Vec<f64> = (0..40).map(|i| f64::from(i % 5) / 4.0).collect();
    let data = |population| {
        judged(cases(40).scored("m", Range::Bounded { min: 0.0, max: 1.0 }, "v2", &known(&scores)), 40, population)
    };
    assert_eq!(state(&data(Some(40)), "m", AtLeast(0.499)), RuleState::Pass);
    assert_eq!(state(&data(None), "m", AtLeast(0.499)), RuleState::Inconclusive);
}

/// On real judgments, in seeded orders: the gate is settled by the look by which the test of the threshold is, whose errors
/// and savings over 2,000 orders are in `stats/sequential/real.rs`.
#[test]
fn the_sabotaged_prompt_is_found_before_case_50() {
    for (policy, wanted, most) in [("unhelpful", RuleState::Fail, 50), ("clone", RuleState::Pass, 400)] {
        let Some(differences) = cje_differences(policy) else { return };
        for seed in 0..8 {
            let mut order = differences.clone();
            shuffle(&mut order, seed, "case order");
            let n = order.len();
            // Only the difference counts: half of it on either side keeps both scores in their range.
            let side = |sign: f64| order.iter().map(|d| Some(0.5 + sign * d / 2.0)).collect::<Vec<_>>();
            let range = Range::Bounded { min: 0.0, max: 1.0 };
            let data = cases(n).pair("m", range, &side(-1.0), &side(1.0));
            let test =
                |side| ThresholdTest::new(side, -0.02, Setting { min: -1.0, max: 1.0, population: None }).unwrap();
            let (mut holds, mut broken) = (test(Side::Above), test(Side::Below));
            let mut decided_at = None;
            for (at, difference) in order.iter().enumerate() {
                holds.push(*difference, 1.0).unwrap();
                broken.push(*difference, 1.0).unwrap();
                let is_decided = holds.p_value() <= 0.05 && at >= 29 || broken.p_value() <= 0.05;
                if (at + 1) % 10 == 0 && is_decided {
                    decided_at = Some(at + 1);
                    break;
                }
            }
            let at = decided_at.unwrap_or_else(|| panic!("{policy} {seed} is never decided"));
            assert!(at < most, "{policy} {seed}: {at}");
            let gate = |n: usize| decided(&judged(data.clone(), n, None), vec![rule("m", NotWorseBy(0.02))]);
            assert!(at == 10 || !gate(at - 10).is_settled(), "{policy} {seed}: settled before {at}");
            let then = gate(at);
            assert!(then.is_settled() && then.rules[0].state == wanted, "{policy} {seed}: {}", then.reason);
        }
    }
}
