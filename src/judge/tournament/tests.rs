//! Knock-outs: who meets, who goes on, and that the draw favours nobody.

use std::collections::BTreeMap;

use super::*;

fn names(n: usize) -> Vec<CandidateName> {
    (0..n).map(|at| CandidateName::from(format!("v{at}"))).collect()
}

fn draw<'a>(metric: &'a MetricName, case: &'a CaseId) -> Draw<'a> {
    Draw { seed: 7, metric, case, sample: 0 }
}

fn vote(value: Option<f64>) -> Vote {
    Vote { value, confidence: None, is_preference: true }
}

#[test]
fn it_takes_one_match_less_than_there_are_candidates_and_the_best_comes_first() {
    let metric = MetricName::from("best");
    for n in 2..=17 {
        let candidates = names(n);
        for case in 0..20 {
            let case = CaseId::from(format!("c{case}"));
            let mut bracket = Bracket::drawn(draw(&metric, &case), candidates.iter());
            let (mut matches, mut played) = (0, 0);
            while bracket.first().is_none() {
                let pairs = bracket.round();
                assert!(pairs.iter().all(|(a, b)| a < b));
                let strength = |name: &CandidateName| candidates.iter().position(|known| known == name).unwrap();
                let worths: Vec<Option<f64>> =
                    pairs.iter().map(|(a, b)| Some(f64::from(u8::from(strength(a) > strength(b))))).collect();
                let ended = bracket.advance(&worths);
                assert!(ended.iter().all(|ended| ended.round == played + 1 && !ended.by_lot));
                matches += ended.len();
                played += 1;
            }
            assert_eq!(bracket.first(), candidates.last());
            assert_eq!((matches, played), (n - 1, rounds(n)), "{n} candidates");
            assert!(bracket.round().is_empty());
        }
    }
}

#[test]
fn all_meet_first_alike_often_and_a_lot_favours_nobody() {
    const CASES: usize = 20_000;
    let (metric, candidates) = (MetricName::from("best"), names(5));
    let (mut met, mut first) = (BTreeMap::<Pair, usize>::new(), BTreeMap::<CandidateName, usize>::new());
    for case in 0..CASES {
        let case = CaseId::from(format!("c{case}"));
        let mut bracket = Bracket::drawn(draw(&metric, &case), candidates.iter());
        bracket.round().into_iter().for_each(|pair| *met.entry(pair).or_default() += 1);
        while bracket.first().is_none() {
            assert!(bracket.advance(&[Some(0.5), Some(0.5)]).iter().all(|ended| ended.by_lot));
        }
        *first.entry(bracket.first().unwrap().clone()).or_default() += 1;
    }
    // Ten pairs of which two meet first, and five who may come first: four standard errors about 0.2 of the cases.
    let (mean, slack) = (0.2 * CASES as f64, 4.0 * (CASES as f64 * 0.2 * 0.8).sqrt());
    assert_eq!((met.len(), first.len()), (10, 5));
    for count in met.values().chain(first.values()) {
        assert!((*count as f64 - mean).abs() < slack, "{met:?} {first:?}");
    }
}

#[test]
fn a_match_that_nobody_can_read_ends_it_without_a_first() {
    let (metric, case, candidates) = (MetricName::from("best"), CaseId::from("c"), names(4));
    let mut bracket = Bracket::drawn(draw(&metric, &case), candidates.iter());
    let ended = bracket.advance(&[Some(1.0), None]);
    assert_eq!((ended[0].winner.is_some(), ended[1].winner.clone()), (true, None));
    assert!(bracket.round().is_empty() && bracket.first().is_none());
}

#[test]
fn a_draw_of_a_judge_counts_if_every_order_of_it_was_read() {
    let both = |one, other| vec![vote(one), vote(other)];
    assert_eq!(preferred(&[both(Some(1.0), Some(1.0)), both(Some(0.0), None)]), Some(1.0));
    assert_eq!(preferred(&[both(Some(1.0), Some(0.0)), both(Some(1.0), Some(1.0))]), Some(0.75));
    assert_eq!(preferred(&[both(None, Some(1.0))]), None);
    assert_eq!((preferred(&[]), preferred(&[Vec::new()])), (None, None));
}
