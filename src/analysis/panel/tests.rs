//! Panels of made-up judges, and real ones.

use super::super::ballots::{Cast, Shape};
use super::*;
use crate::stats::rng::{below, stream};
use crate::stats::{Infer, Inference};
use crate::suite::Votes;

/// By case, what each judge says (NaN for nothing), and what a human said.
fn hear(rule: PanelRule, rows: &[(&[f64], Option<f64>)]) -> (Vec<Option<f64>>, PanelFindings) {
    let names: Vec<ModelName> = ["a", "b", "c"].map(ModelName::from).to_vec();
    let shape = Shape { votes: Votes::Mean, both_orders: false, graded: false };
    let mut ballots = Ballots::new(&names, rows.len(), 1, shape);
    for (case, (said, _)) in rows.iter().enumerate() {
        for (name, value) in names.iter().zip(*said).filter(|(_, value)| !value.is_nan()) {
            let judge = name.as_str();
            ballots.cast(Cast { judge, case, samples: (0, 0), second_first: false, value: Some(*value) });
        }
    }
    let (ballots, clusters) = (ballots.finish(), (0..rows.len() as u32).collect::<Vec<_>>());
    let labels = rows.iter().map(|(_, label)| *label).collect();
    let all = vec![(&ballots, labels)];
    let spent = BTreeMap::new();
    let panel = Panel { rule, ballots: all, clusters: &clusters, spent: &spent, pairwise: false, alpha: 0.05, seed: 1 };
    let Verdict { mut values, apart, found } = panel.hear();
    let differ = |(said, _): &&(&[f64], Option<f64>)| said.windows(2).any(|two| two[0] != two[1] && !two[0].is_nan());
    let whole = rows.iter().filter(|(said, _)| said.iter().all(|value| !value.is_nan()));
    assert!(apart[0].len() >= whole.filter(differ).count(), "those on which judges differ are told");
    (values.remove(0), found)
}

#[test]
fn each_rule_gives_its_own_value() {
    let gap = f64::NAN;
    let rows: [(&[f64], Option<f64>); 4] =
        [(&[1.0, 5.0, 5.0], None), (&[1.0, gap, 5.0], None), (&[gap, gap, 5.0], None), (&[2.0, 2.0, 2.0], None)];
    let of = |rule| hear(rule, &rows).0;
    assert_eq!(
        of(PanelRule::Mean),
        [Some(11.0 / 3.0), None, None, Some(2.0)],
        "a mean without a judge is another mean"
    );
    assert_eq!(of(PanelRule::Majority), [Some(5.0), Some(3.0), None, Some(2.0)], "one of three is not heard");
    let (said, found) = hear(PanelRule::Weighted, &rows);
    assert_eq!(said, of(PanelRule::Majority));
    assert_eq!(found.note.as_deref(), Some("no case has a label to weigh judges by: decided by the majority"));
}

/// One judge that is right on nine of ten labels, and two that are wrong together on most.
fn misled() -> Vec<(Vec<f64>, Option<f64>)> {
    let truth = |case: usize| if case.is_multiple_of(3) { 1.0 } else { 0.0 };
    let row = |case: usize| {
        let (right, wrong) = (truth(case), 1.0 - truth(case));
        let good = if case % 10 == 9 { wrong } else { right };
        let weak = if case % 10 < 6 { wrong } else { right };
        (vec![good, weak, weak], Some(right))
    };
    (0..200).map(row).collect()
}

fn of(rule: PanelRule, rows: &[(Vec<f64>, Option<f64>)]) -> PanelFindings {
    let rows: Vec<(&[f64], Option<f64>)> = rows.iter().map(|(said, label)| (said.as_slice(), *label)).collect();
    hear(rule, &rows).1
}

#[test]
fn a_panel_that_is_worse_than_its_best_judge_says_so_and_labels_mend_it() {
    let rows = misled();
    let found = of(PanelRule::Majority, &rows);
    assert_eq!(found.accuracy.map(|share| share.estimate), Some(0.4));
    assert_eq!(found.best_judge.as_deref(), Some("a"));
    let below = found.below_best.unwrap();
    assert!((below.estimate - 0.5).abs() < 1e-9 && below.low > Some(0.35), "{below:?}");
    assert!(of(PanelRule::DawidSkene, &rows).accuracy.unwrap().estimate < 0.5, "it follows the error that two share");
    let weighted = of(PanelRule::Weighted, &rows);
    assert_eq!(weighted.accuracy.map(|share| share.estimate), Some(0.9));
    assert_eq!(weighted.judges["b"].weight, Some(0.0));
    assert!((found.differ.unwrap().estimate - 0.7).abs() < 1e-9);
    assert!(found.alpha.unwrap().low < Some(found.alpha.unwrap().estimate));
}

#[test]
fn no_labelled_case_helps_to_decide_itself() {
    // Judges who guess: weights that had seen the case itself would lean towards who was right on it.
    let mut rng = crate::stats::rng::stream(7, "guess");
    let mut guess = || crate::stats::rng::below(&mut rng, 2) as f64;
    let rows: Vec<(Vec<f64>, Option<f64>)> =
        (0..4000).map(|_| (vec![guess(), guess(), guess()], Some(guess()))).collect();
    let found = of(PanelRule::Weighted, &rows).accuracy.unwrap();
    assert!((found.estimate - 0.5).abs() < 0.03, "{found:?}");
}

/// A simulation: three judges toss a coin over each of eighty pairs. Of the majority the usual bounds at 5% hold; of what is
/// fitted to the same tosses they do not, which is why nothing may rest on them.
#[test]
fn of_judges_who_guess_a_fitted_model_makes_a_difference() {
    const RUNS: usize = 200;
    let mut rng = stream(3, "coins");
    let (mut fitted, mut counted) = (0, 0);
    for _ in 0..RUNS {
        let tosses: Vec<[f64; 3]> = (0..80).map(|_| [(); 3].map(|()| below(&mut rng, 2) as f64)).collect();
        let rows: Vec<(&[f64], Option<f64>)> = tosses.iter().map(|row| (row.as_slice(), None)).collect();
        let is_claimed = |rule| {
            let said: Vec<f64> = hear(rule, &rows).0.into_iter().flatten().collect();
            let bounds = Inference::bounded_mean(&said, 0.0, 1.0).unwrap();
            bounds.lower(0.05) > 0.5 || bounds.upper(0.05) < 0.5
        };
        fitted += usize::from(is_claimed(PanelRule::DawidSkene));
        counted += usize::from(is_claimed(PanelRule::Majority));
    }
    println!("a difference was claimed in {fitted} of {RUNS} runs by the model, in {counted} by the majority");
    assert!(counted <= RUNS / 10 && fitted > RUNS / 4, "{fitted} and {counted} of {RUNS}");
}
