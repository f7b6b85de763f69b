//! Properties that hold for every gate, checked on random scores.

use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::*;

use super::*;
use crate::analysis::made::{ONE_TO_FIVE, cases};
use crate::gate::Verdict;
use crate::suite::Range;

/// A score from 1 to 5 that is missing now and then.
fn score() -> impl Strategy<Value = Option<f64>> {
    weighted(0.95, (2_u8..=10).prop_map(|halves| f64::from(halves) / 2.0))
}

/// A yes or a no.
fn yes() -> impl Strategy<Value = Option<f64>> {
    weighted(0.95, any::<bool>().prop_map(|yes| f64::from(u8::from(yes))))
}

/// The scores of both sides on up to 80 cases, and how many share a cluster.
fn sides<S: Strategy<Value = Option<f64>>>(
    score: impl Fn() -> S,
) -> impl Strategy<Value = (Vec<Option<f64>>, Vec<Option<f64>>, usize)> {
    (vec((score(), score()), 0..80), 1..4_usize).prop_map(|(pairs, size)| {
        let (v1, v2) = pairs.into_iter().unzip();
        (v1, v2, size)
    })
}

fn kind() -> impl Strategy<Value = RuleKind> {
    (0..4, 0.0..1.0_f64).prop_map(|(which, x)| match which {
        0 => RuleKind::NotWorseBy(x),
        1 => RuleKind::BetterThan(x),
        2 => RuleKind::AtLeast(1.0 + 4.0 * x),
        _ => RuleKind::AtMost(1.0 + 4.0 * x),
    })
}

fn contest(range: Range, (v1, v2, size): &(Vec<Option<f64>>, Vec<Option<f64>>, usize)) -> Data {
    cases(v1.len()).pair("m", range, v1, v2).clustered(*size)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn a_ruling_holds_finite_numbers_only(
        scores in sides(score),
        worths in vec(weighted(0.9, (0_u8..=4).prop_map(|q| f64::from(q) / 4.0)), 0..60),
        kind in kind(),
        range in prop_oneof![Just(ONE_TO_FIVE), Just(Range::Unbounded)],
    ) {
        for (data, metric) in [(contest(range, &scores), "m"), (cases(worths.len()).preferred("p", &worths), "p")] {
            let ruling = ruled(&data, rule(metric, kind));
            let numbers = [ruling.bound, ruling.estimate, ruling.p];
            prop_assert!(numbers.iter().flatten().all(|x| x.is_finite()), "{ruling:?}");
            prop_assert!(ruling.p.is_none_or(|p| (0.0..=1.0).contains(&p)));
            prop_assert!(!ruling.words.contains("NaN") && !ruling.words.contains("inf"), "{}", ruling.words);
            prop_assert_eq!(ruling.bound.is_some(), ruling.estimate.is_some());
            if ruling.state == RuleState::Fail {
                prop_assert!(ruling.p.unwrap() < 0.05);
            }
        }
    }

    #[test]
    fn nothing_fails_against_itself(scores in prop_oneof![sides(score), sides(score)], margin in 0.0..1.0_f64) {
        let (v1, _, size) = scores;
        for range in [ONE_TO_FIVE, Range::Unbounded] {
            let data = contest(range, &(v1.clone(), v1.clone(), size));
            let decision = decided(&data, vec![rule("m", RuleKind::NotWorseBy(margin))]).decision;
            prop_assert!(decision != Verdict::Fail);
        }
        let even = vec![Some(0.5); v1.len()];
        let data = cases(v1.len()).preferred("p", &even);
        prop_assert!(decided(&data, vec![rule("p", RuleKind::NotWorseBy(margin))]).decision != Verdict::Fail);
    }

    #[test]
    fn a_case_without_a_difference_makes_no_failure(scores in sides(score), margin in 0.01..1.0_f64, equal in 1.0..5.0_f64) {
        let before = decided(&contest(ONE_TO_FIVE, &scores), vec![rule("m", RuleKind::NotWorseBy(margin))]);
        let (mut v1, mut v2, size) = scores;
        v1.push(Some(equal));
        v2.push(Some(equal));
        let after = decided(&contest(ONE_TO_FIVE, &(v1, v2, size)), vec![rule("m", RuleKind::NotWorseBy(margin))]);
        if before.decision == Verdict::Pass {
            prop_assert!(after.decision != Verdict::Fail, "{} {}", before.reason, after.reason);
        }
    }

    #[test]
    fn a_rule_and_its_mirror_are_never_both_broken(scores in sides(yes), level in 0.0..1.0_f64) {
        let data = contest(Range::Binary, &scores);
        let states = [RuleKind::AtLeast(level), RuleKind::AtMost(level)].map(|kind| state(&data, "m", kind));
        prop_assert!(states != [RuleState::Fail; 2]);
        let passes = states.iter().filter(|s| **s == RuleState::Pass).count();
        prop_assert!(passes < 2 || level == 0.0 || level == 1.0);
    }

    #[test]
    fn a_stricter_rule_is_never_easier(scores in sides(score), margins in (0.0..1.0_f64, 0.0..1.0_f64)) {
        let data = contest(ONE_TO_FIVE, &scores);
        let (strict, loose) = (margins.0.min(margins.1), margins.0.max(margins.1));
        let rank = |margin| match state(&data, "m", RuleKind::NotWorseBy(margin)) {
            RuleState::Pass => 2,
            RuleState::Inconclusive => 1,
            RuleState::Fail => 0,
            RuleState::Invalid => 3,
        };
        prop_assert!(rank(strict) <= rank(loose));
    }

    #[test]
    fn more_rules_never_turn_a_decision_into_a_failure_that_no_rule_shows(scores in sides(score), kinds in vec(kind(), 1..6)) {
        let data = contest(ONE_TO_FIVE, &scores);
        let decision = decided(&data, kinds.iter().map(|kind| rule("m", *kind)).collect());
        for (kind, together) in kinds.iter().zip(&decision.rules) {
            let alone = ruled(&data, rule("m", *kind));
            // Holm may take a failure back; nothing else changes with the company a rule is in.
            let taken_back = alone.state == RuleState::Fail && together.state == RuleState::Inconclusive;
            prop_assert!(taken_back || alone.state == together.state);
        }
        let any = |state| decision.rules.iter().any(|r| r.state == state);
        prop_assert_eq!(decision.decision == Verdict::Fail, any(RuleState::Fail) && !any(RuleState::Invalid));
    }
}
