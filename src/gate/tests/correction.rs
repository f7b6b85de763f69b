//! Rules on judged metrics whose judge errs: what labels make of them.

use super::*;
use crate::analysis::made::{ONE_TO_FIVE, cases};
use crate::gate::{Found, Place, rehearse};
use crate::suite::{Corrected, Range};

/// 120 cases on which the judge scores the candidate by 0.4 too well; of so many a human has scored both sides.
fn flattered(labels: usize) -> Data {
    let human = |i: usize| 3.0 + [-0.5, 0.0, 0.25, 0.5][i % 4];
    let v1: Vec<Option<f64>> = (0..120).map(|i| Some(human(i))).collect();
    let truth: Vec<Option<f64>> = (0..120).map(|i| Some(human(i) - 0.3 + 0.05 * (i % 3) as f64)).collect();
    let judged: Vec<Option<f64>> = truth.iter().map(|score| score.map(|score| score + 0.4)).collect();
    // Every so many-th, so that the labelled cases are like the others.
    let labelled = |scores: &[Option<f64>]| -> Vec<Option<f64>> {
        let of = |(i, score): (usize, &Option<f64>)| score.filter(|_| (i * 7) % 120 < labels);
        scores.iter().enumerate().map(of).collect()
    };
    cases(120).pair("quality", ONE_TO_FIVE, &v1, &judged).labelled("quality", "v1", &labelled(&v1)).labelled(
        "quality",
        "v2",
        &labelled(&truth),
    )
}

fn ruled_by(data: &Data, corrected: Corrected) -> Ruling {
    let v1 = CandidateName::from("v1");
    let gate = GateSpec { corrected, ..gate(vec![rule("quality", RuleKind::NotWorseBy(0.1))]) };
    decide(&gate, Contest { data, baseline: Some(&v1), problems: &[] }).rules.remove(0)
}

#[test]
fn enough_labels_turn_a_pass_by_a_kind_judge_into_a_failure() {
    // Few labels end the pass, and more show the failure.
    let few = ruled_by(&flattered(60), Corrected::Auto);
    assert_eq!(few.state, RuleState::Inconclusive, "{}", few.words);
    let data = flattered(115);
    let raw = ruled_by(&data, Corrected::Off);
    assert_eq!((raw.state, &raw.correcting), (RuleState::Pass, &None));
    let corrected = ruled_by(&data, Corrected::Auto);
    assert_eq!(corrected.state, RuleState::Fail, "{}", corrected.words);
    let used = corrected.correcting.as_ref().unwrap();
    assert_eq!((used.used, used.labelled, used.why_not.as_deref()), (true, 115, None));
    assert!((corrected.estimate.unwrap() + 0.25).abs() < 0.02 && used.judge.unwrap() > 0.1, "{corrected:?}");
    assert!(
        corrected.words.contains("corrected by 115 labelled cases, the judge alone says +0.15"),
        "{}",
        corrected.words
    );
    assert_eq!(corrected.method.as_deref(), Some("PPI++ with Gaffke's bounds"));
}

#[test]
fn a_few_labels_change_nothing_and_are_said() {
    let data = flattered(10);
    let ruling = ruled_by(&data, Corrected::Auto);
    assert_eq!(ruling.state, RuleState::Pass);
    assert!(
        ruling
            .words
            .ends_with("this is the judge's number: 10 labelled cases are too few to correct by, 30 are wanted")
    );
    let required = ruled_by(&data, Corrected::Require);
    assert_eq!((required.state, required.estimate), (RuleState::Invalid, None));
    assert!(required.words.contains("corrected: require"), "{}", required.words);
    assert_eq!(ruled_by(&flattered(0), Corrected::Require).state, RuleState::Invalid);
    assert_eq!(ruled_by(&flattered(0), Corrected::Auto).correcting, None);
}

#[test]
fn labels_that_were_picked_correct_nothing() {
    // Only what the judge likes best was labelled.
    let scores: Vec<Option<f64>> = (0..120).map(|i| Some(1.0 + 4.0 * i as f64 / 120.0)).collect();
    let picked: Vec<Option<f64>> = (0..120).map(|i| (i >= 80).then_some(5.0 - (i % 5) as f64 / 10.0)).collect();
    let data = cases(120).scored("quality", ONE_TO_FIVE, "v2", &scores).labelled("quality", "v2", &picked);
    let ruling = ruled(&data, rule("quality", RuleKind::AtLeast(2.0)));
    assert!(ruling.words.contains("not drawn by chance"), "{}", ruling.words);
    assert!(!ruling.correcting.unwrap().used);
}

#[test]
fn a_pass_rate_is_corrected_by_the_judges_error_rates() {
    // The judge passes every fourth answer that people fail: 60 % in truth look like 70 %.
    let truth: Vec<bool> = (0..200).map(|i| i % 5 < 3).collect();
    let judge = |i: usize| truth[i] || i % 20 == 3 || i % 20 == 9;
    let judged: Vec<Option<f64>> = (0..200).map(|i| Some(f64::from(u8::from(judge(i))))).collect();
    let human: Vec<Option<f64>> = (0..200).map(|i| (i < 100).then(|| f64::from(u8::from(truth[i])))).collect();
    let data = cases(200).scored("right", Range::Binary, "v2", &judged).labelled("right", "v2", &human);
    let ruling = ruled(&data, rule("right", RuleKind::AtLeast(0.66)));
    assert_eq!(ruling.method.as_deref(), Some("Rogan-Gladen with Lang and Reiczigel's interval"));
    assert!(
        (ruling.estimate.unwrap() - 0.6).abs() < 1e-9 && (ruling.correcting.unwrap().judge.unwrap() - 0.7).abs() < 1e-9
    );
    assert_ne!(ruling.state, RuleState::Pass);
}

#[test]
fn labels_that_name_no_candidate_correct_nothing_and_are_said() {
    let mut data = flattered(0);
    data.metrics["quality"].humans.name_nobody(60);
    let ruling = ruled_by(&data, Corrected::Auto);
    assert_eq!(ruling.state, RuleState::Pass);
    assert!(
        ruling.words.contains("this is the judge's number: 60 labels name none of the candidates"),
        "{}",
        ruling.words
    );
    assert!(!ruling.correcting.unwrap().used);
    let required = ruled_by(&data, Corrected::Require);
    assert_eq!((required.state, required.estimate), (RuleState::Invalid, None));
    assert!(required.words.contains("60 labels name none"), "{}", required.words);
}

#[test]
fn a_check_is_not_corrected() {
    let mut data = flattered(60);
    data.metrics["quality"].judged = false;
    assert_eq!(ruled_by(&data, Corrected::Require).state, RuleState::Pass);
}

/// The judge alone puts the candidate above its baseline in every world, so a rule that read it would pass in each.
#[test]
fn a_self_test_is_of_the_number_that_decides() {
    let (data, v1) = (flattered(60), CandidateName::from("v1"));
    let contest = Contest { data: &data, baseline: Some(&v1), problems: &[] };
    let tested = |corrected: Corrected| {
        let gate = GateSpec { corrected, ..gate(vec![rule("quality", RuleKind::NotWorseBy(0.25))]) };
        rehearse(&gate, contest, 5).rules.remove(0)
    };
    let found = tested(Corrected::Auto);
    assert_eq!((found.corrected, found.n), (true, 60));
    let margin = found.worlds.iter().find(|world| world.world == Place::Margin).unwrap();
    let Found::Shares { passes, fails, .. } = &margin.found else { panic!("{margin:?}") };
    assert!(passes.0 < 0.08 && fails.0 < 0.08 && passes.0 + fails.0 > 0.002, "{margin:?}");
    let alone = tested(Corrected::Off);
    assert_eq!((alone.corrected, alone.n), (false, 120));
}
