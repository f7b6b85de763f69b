//! The published cascade of three judges, and how often its thresholds keep their promise.

use super::super::Infer;
use super::super::escalation::{Promise, Threshold, calibration_error, threshold};
use super::super::exact::ClopperPearson;
use super::super::proportion::Proportion;
use super::super::rng::{below, shuffle, stream};
use super::*;

const JUDGES: [&str; 3] = ["mistral-7b-instruct", "gpt-3.5-turbo", "gpt-4-turbo"];

/// By judge: confidence, and whether it agrees with the human.
type Judged = Vec<[(f64, bool); 3]>;

fn judged() -> Option<Judged> {
    let case = |row: &Value| {
        JUDGES.map(|judge| {
            let p = numbers(&row["probs"][judge]);
            let said = if p[0] > p[1] { 1 } else { 2 };
            (p[0].max(p[1]), said == count(&row["human"]))
        })
    };
    Some(records("trust_or_escalate/calibration.jsonl")?.iter().map(case).collect())
}

const DELTA: f64 = 0.1;

/// Calibrates each judge on the cases that reach it; where no threshold keeps the promise, `fallback` takes the strictest.
fn calibrate(cases: &[[(f64, bool); 3]], risk: f64, fallback: bool) -> [Option<Threshold>; 3] {
    let mut left: Judged = cases.to_vec();
    [0, 1, 2].map(|judge| {
        let (confidences, agrees): (Vec<f64>, Vec<bool>) = left.iter().map(|case| case[judge]).unzip();
        let found = threshold(&confidences, &agrees, Promise { risk, delta: DELTA, least: 30 }).unwrap();
        let own = found.kept.or(found.strictest.filter(|_| fallback));
        left.retain(|case| own.is_none_or(|own| case[judge].0 < own.confidence));
        own
    })
}

/// Who answers each case, and whether rightly: (answered by judge, right answers).
fn cascade(cases: &[[(f64, bool); 3]], thresholds: &[Option<Threshold>; 3]) -> ([usize; 3], usize) {
    let (mut answered, mut right) = ([0; 3], 0);
    for case in cases {
        let sure = |judge: &usize| thresholds[*judge].is_some_and(|t| case[*judge].0 >= t.confidence);
        if let Some(judge) = (0..3).find(sure) {
            answered[judge] += 1;
            right += usize::from(case[judge].1);
        }
    }
    (answered, right)
}

#[test]
fn the_published_cascade() {
    let (Some(cases), Some(block)) = (judged(), block("trust_or_escalate")) else { return };
    for (key, risk) in [("0.1", 0.1), ("0.15", 0.15), ("0.2", 0.2)] {
        let expected = &block["cascade"][key];
        // Mistral keeps none of the promises; the authors' code lets it answer all the same.
        assert!(calibrate(&cases, risk, false)[0].is_none());
        let thresholds = calibrate(&cases, risk, true);
        let (answered, right) = cascade(&cases, &thresholds);
        for (judge, name) in JUDGES.iter().enumerate() {
            // The reference holds its thresholds in 32 bits.
            within(thresholds[judge].unwrap().confidence, number(&expected["lambda_hat"][name]), 1e-6);
            assert_eq!(answered[judge], count(&expected["n_by_judge"][name]), "{key} {name}");
        }
        let all: usize = answered.iter().sum();
        close(all as f64 / cases.len() as f64, &expected["coverage"]);
        close(right as f64 / all as f64, &expected["selective_agreement_on_calibration"]);
    }
    for (judge, name) in JUDGES.iter().enumerate() {
        let (confidences, agrees): (Vec<f64>, Vec<bool>) = cases.iter().map(|case| case[judge]).unzip();
        close(agrees.iter().filter(|a| **a).count() as f64 / cases.len() as f64, &block["accuracy"][name]);
        let error = calibration_error(&confidences, &agrees, 0.5, 10).unwrap();
        // In 32 bits there.
        within(error, number(&block["ece10"][name]), 1e-6);
    }
}

/// Calibrated on one half and held against the other; and on samples of all cases, whose truth is known, judge by judge.
#[test]
fn thresholds_keep_their_promise() {
    let Some(cases) = judged() else { return };
    let splits: u64 = std::env::var("SPLITS").map_or(200, |splits| splits.parse().unwrap());
    for risk in [0.15, 0.2] {
        let (mut kept, mut broken, mut promised, mut calls, mut answers, mut agreed) = (0, 0, 0, 0, 0, 0);
        let (mut truly, mut samples) = ([0; 3], [0; 3]);
        for seed in 0..splits {
            let mut order = cases.clone();
            shuffle(&mut order, seed, "halves");
            let held_out = order.split_off(order.len() / 2);
            let (answered, right) = cascade(&held_out, &calibrate(&order, risk, false));
            let all: usize = answered.iter().sum();
            if all > 0 {
                promised += 1;
                kept += usize::from((all - right) as f64 <= risk * all as f64);
                let errors = ClopperPearson(Proportion::new(all - right, all).unwrap());
                broken += usize::from(errors.lower(0.05) > risk);
            }
            // The strongest judge is asked where the two before it are unsure.
            calls += held_out.len() - answered[0] - answered[1];
            answers += all;
            agreed += right;
            let mut rng = stream(seed, "samples");
            let sample: Judged = (0..250).map(|_| cases[below(&mut rng, cases.len())]).collect();
            for judge in 0..3 {
                let (confidences, agrees): (Vec<f64>, Vec<bool>) = sample.iter().map(|case| case[judge]).unzip();
                let promise = Promise { risk, delta: DELTA, least: 30 };
                let Some(found) = threshold(&confidences, &agrees, promise).unwrap().kept else { continue };
                let over = cases.iter().filter(|case| case[judge].0 >= found.confidence);
                let (wrong, all) =
                    over.fold((0, 0), |(wrong, all), case| (wrong + usize::from(!case[judge].1), all + 1));
                samples[judge] += 1;
                truly[judge] += usize::from(wrong as f64 <= risk * all as f64);
            }
        }
        let held_out = splits as usize * cases.len() / 2;
        eprintln!(
            "risk {risk}: of {promised} of {splits} splits that answer, {kept} keep it on the held-out half and {broken} break it \
             beyond chance; {:.1} % of cases answered, {:.1} % of answers agree, {:.1} % of the strongest judge's calls saved",
            100.0 * answers as f64 / held_out as f64,
            100.0 * agreed as f64 / answers as f64,
            100.0 * (1.0 - calls as f64 / held_out as f64),
        );
        // A half's own error rate varies by three points: it may lie above the limit where the truth does not.
        assert!(agreed as f64 / answers as f64 >= 1.0 - risk && broken as f64 <= DELTA * splits as f64);
        for (judge, name) in JUDGES.iter().enumerate() {
            let share = 1.0 - (samples[judge] - truly[judge]) as f64 / splits as f64;
            eprintln!(
                "  {name}: {} of {splits} samples have a threshold; {:.1} % keep it",
                samples[judge],
                100.0 * share
            );
            // Promised with probability 0.9; a sample without a threshold promises nothing. Three errors of so many draws.
            let chance = 3.0 * (DELTA * (1.0 - DELTA) / splits as f64).sqrt();
            assert!(share >= 1.0 - DELTA - chance, "{name} {share}");
        }
    }
}
