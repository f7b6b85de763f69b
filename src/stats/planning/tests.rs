//! Planned power against what simulation gives, and the planning functions against each other.

use super::super::clusters::singletons;
use super::super::inference::{Infer, Inference};
use super::super::paired::PairedTable;
use super::super::rng::{below, stream};
use super::super::self_test::{Outcome, Trials, World, self_test};
use super::super::{Sample, ScoreKind, default_for};
use super::*;
use crate::stats::reference::cje_differences;

const THREE_POINTS: f64 = 0.03;

fn above(scores: Scores, x: f64) -> Rule {
    Rule { scores, claim: Claim::Above(x), alpha: 0.05 }
}

/// Whether the bounds say so; their p-values are faster.
fn passes(rule: &Rule, inference: &Inference) -> bool {
    match rule.claim {
        Claim::Above(x) => inference.p_greater(x) < rule.alpha,
        Claim::Below(x) => inference.p_less(x) < rule.alpha,
        Claim::Within(low, high) => inference.p_greater(low).max(inference.p_less(high)) < rule.alpha,
    }
}

/// How often the default passes a rule on samples that `draw` makes.
fn simulated(rule: &Rule, runs: usize, mut draw: impl FnMut(&mut rand_pcg::Pcg64) -> Inference) -> f64 {
    let mut rng = stream(5, "planning");
    let found = (0..runs).filter(|_| {
        let inference = draw(&mut rng);
        passes(rule, &inference)
    });
    found.count() as f64 / runs as f64
}

#[test]
fn planned_power_is_the_simulated_one_for_scores_in_a_range() {
    // From 1 to 5, some lopsided; 80 % is planned for.
    for (changes, margin) in [([-1.0, 0.0, 0.0, 0.0, 1.0], 0.2), ([-2.0, -1.0, 0.0, 0.0, 1.0], 0.7)] {
        let mean = changes.iter().sum::<f64>() / 5.0;
        let many: Vec<f64> = (0..50_000).map(|i| changes[i % 5]).collect();
        let Shape { sd, skewness } = Shape::of_run(&many, &singletons(many.len())).unwrap();
        for claim in [Claim::Above(-margin), Claim::Below(margin), Claim::Within(-margin, margin)] {
            let rule = Rule { scores: Scores::Bounded { sd, skewness, min: -4.0, max: 4.0 }, claim, alpha: 0.05 };
            let cases = rule.cases(mean, 0.8).unwrap();
            let planned = rule.power(mean, cases as f64).unwrap();
            let found = simulated(&rule, 2000, |rng| {
                let values: Vec<f64> = (0..cases).map(|_| changes[below(rng, 5)]).collect();
                Inference::bounded_mean(&values, -4.0, 4.0).unwrap()
            });
            assert!((planned - found).abs() < THREE_POINTS, "{claim:?} {cases}: {planned} {found}");
        }
    }
}

#[test]
fn planned_power_is_the_simulated_one_for_passes_and_failures() {
    for (claim, truth) in [(Claim::Above(0.8), 0.9), (Claim::Below(0.1), 0.04)] {
        let rule = Rule { scores: Scores::Rate, claim, alpha: 0.05 };
        let cases = rule.cases(truth, 0.8).unwrap();
        let planned = rule.power(truth, cases as f64).unwrap();
        let found = simulated(&rule, 2000, |rng| {
            let values: Vec<f64> =
                (0..cases).map(|_| f64::from(u8::from(below(rng, 100) < (100.0 * truth) as usize))).collect();
            default_for(ScoreKind::Binary, Sample::Level(&values), &singletons(cases), 30).unwrap()
        });
        assert!((planned - found).abs() < THREE_POINTS, "{claim:?} {cases}: {planned} {found}");
    }
    for (x, truth, discordant) in [(-0.05, 0.0, 0.1), (0.0, 0.1, 0.14), (-0.02, 0.0, 0.04)] {
        let rule = above(Scores::Pairs { discordant, neither: 0.1 }, x);
        let cases = rule.cases(truth, 0.8).unwrap();
        let planned = rule.power(truth, cases as f64).unwrap();
        let (only_new, only_old) = (500.0 * (discordant + truth), 500.0 * (discordant - truth));
        let found = simulated(&rule, 2000, |rng| {
            let mut table = PairedTable { a: 0, b: 0, c: 0, d: 0 };
            for _ in 0..cases {
                match below(rng, 1000) as f64 {
                    draw if draw < only_new => table.b += 1,
                    draw if draw < only_new + only_old => table.c += 1,
                    draw if draw < 900.0 => table.a += 1,
                    _ => table.d += 1,
                }
            }
            Inference::newcombe_paired(table.a, table.b, table.c, table.d).unwrap()
        });
        assert!((planned - found).abs() < THREE_POINTS, "{x} {truth} {cases}: {planned} {found}");
    }
}

#[test]
fn planned_power_is_the_simulated_one_on_real_judgments() {
    for (policy, claim) in [
        ("clone", Claim::Above(-0.02)),
        ("clone", Claim::Above(-0.01)),
        ("parallel_universe_prompt", Claim::Above(-0.02)),
        ("parallel_universe_prompt", Claim::Within(-0.03, 0.03)),
        ("unhelpful", Claim::Below(-0.5)),
    ] {
        let Some(differences) = cje_differences(policy) else {
            return;
        };
        let clusters = singletons(differences.len());
        let mean = differences.iter().sum::<f64>() / differences.len() as f64;
        let Shape { sd, skewness } = Shape::of_run(&differences, &clusters).unwrap();
        let rule = Rule { scores: Scores::Bounded { sd, skewness, min: -1.0, max: 1.0 }, claim, alpha: 0.05 };
        let cases = rule.cases(mean, 0.8).unwrap();
        let decide = |values: &[f64], _: &[u32]| {
            let inference = Inference::bounded_mean(values, -1.0, 1.0).unwrap();
            if passes(&rule, &inference) { Outcome::Pass } else { Outcome::Inconclusive }
        };
        let trials = Trials { runs: 2000, seed: 1, cases: Some(cases), threads: 2 };
        let found = self_test(&differences, &clusters, World::Tilted(mean), decide, trials).unwrap().pass_rate().0;
        let planned = rule.power(mean, cases as f64).unwrap();
        println!("{policy} {claim:?}: {cases} cases, planned {planned:.3}, simulated {found:.3}");
        assert!((planned - found).abs() < THREE_POINTS, "{policy} {claim:?} {cases}: {planned} {found}");
    }
}

#[test]
fn what_can_be_detected_and_the_cases_for_it_invert_each_other() {
    for rule in [
        above(Scores::Bounded { sd: 0.6, skewness: 0.0, min: -4.0, max: 4.0 }, -0.15),
        above(Scores::Unbounded { sd: 0.6 }, 0.0),
        above(Scores::Pairs { discordant: 0.2, neither: 0.3 }, -0.05),
        Rule { claim: Claim::Below(0.2), ..above(Scores::Bounded { sd: 0.3, skewness: 0.5, min: 0.0, max: 1.0 }, 0.0) },
    ] {
        let distance = rule.detectable(300.0, 0.8).unwrap().unwrap();
        let truth = match rule.claim {
            Claim::Above(x) => x + distance,
            Claim::Below(x) | Claim::Within(x, _) => x - distance,
        };
        assert!(rule.cases(truth * (1.0 + 1e-9), 0.8).unwrap().abs_diff(300) <= 2, "{rule:?} {distance}");
    }
    let equivalent = Rule { claim: Claim::Within(-0.1, 0.1), ..above(Scores::Unbounded { sd: 0.6 }, 0.0) };
    assert_eq!(equivalent.detectable(100.0, 0.8).unwrap(), None);
    assert!(equivalent.detectable(1000.0, 0.8).unwrap().unwrap() > 0.03);
}

#[test]
fn without_a_range_a_distance_is_found_on_any_scale() {
    for (sd, margin) in [(1e-7, 0.2), (0.6, 0.2), (1e6, 0.2), (0.6, 0.0), (30.0, 1e4)] {
        for cases in [30.0, 96.0, 1000.0, 1e5] {
            let rule = above(Scores::Unbounded { sd }, -margin);
            let distance = rule.detectable(cases, 0.8).unwrap().unwrap_or_else(|| panic!("{sd} {margin} {cases}"));
            // About two and a half standard errors.
            assert!((2.4..2.7).contains(&(distance * cases.sqrt() / sd)), "{sd} {margin} {cases}: {distance}");
            let below = Rule { claim: Claim::Below(margin), ..rule };
            assert!((below.detectable(cases, 0.8).unwrap().unwrap() / distance - 1.0).abs() < 1e-6);
        }
    }
}

#[test]
fn few_cases_cannot_show_a_small_margin_on_a_wide_range() {
    // Even without any spread, three over n of the range is what cannot be excluded.
    let rule = above(Scores::Bounded { sd: 1e-6, skewness: 0.0, min: -1.0, max: 1.0 }, -0.02);
    let cases = rule.cases(0.0, 0.8).unwrap();
    assert!((147..153).contains(&cases), "{cases}");
}

#[test]
fn refuses_what_cannot_be_planned() {
    let rule = above(Scores::Unbounded { sd: 0.5 }, -0.1);
    assert!(rule.cases(-0.1, 0.8).is_err() && rule.cases(-0.2, 0.8).is_err());
    assert!(rule.cases(f64::NAN, 0.8).is_err() && rule.cases(0.0, 1.0).is_err() && rule.power(0.0, 1.0).is_err());
    assert!(above(Scores::Unbounded { sd: 0.0 }, 0.0).power(0.1, 10.0).is_err());
    assert!(above(Scores::Rate, 0.5).power(1.5, 10.0).is_err());
    assert!(above(Scores::Pairs { discordant: 0.1, neither: 0.0 }, 0.0).power(0.2, 10.0).is_err());
    assert!(above(Scores::Bounded { sd: 0.1, skewness: 0.0, min: 1.0, max: 1.0 }, 0.5).power(1.0, 10.0).is_err());
    assert_eq!(above(Scores::Rate, 1.0).power(1.0, 100.0), Ok(0.0));
}

#[test]
fn what_is_detectable_without_a_range_lies_on_either_side_of_a_threshold() {
    let of =
        |claim| Rule { claim, ..above(Scores::Unbounded { sd: 1.8 }, 0.0) }.detectable(60.0, 0.8).unwrap().unwrap();
    let distance = of(Claim::Above(0.0));
    for claim in [Claim::Above(-0.3), Claim::Below(-0.3), Claim::Above(0.3), Claim::Below(1e3)] {
        assert!((of(claim) - distance).abs() < 1e-6 * distance, "{claim:?}");
    }
}
