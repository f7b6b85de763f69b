//! The sequential gate on real judgments: how early it decides, and how often wrongly.
//!
//! The long version prints the table over 2,000 orders:
//! `REAL_JUDGMENTS=<folder> cargo test --release --lib stats::sequential -- --ignored --nocapture`

use super::super::reference::cje_differences;
use super::super::rng::shuffle;
use super::super::{Infer, Inference};
use super::*;

const ALPHA: f64 = 0.05;
const MARGIN: f64 = 0.02;

/// What became of one rule over many orders of the same 1,000 cases.
#[derive(Debug, Default)]
struct Fate {
    /// Cases until it was decided, for each order; all of them where it never was.
    cases: Vec<usize>,
    passed: usize,
    failed: usize,
}

impl Fate {
    /// The cases by which a share of the orders was decided.
    fn quantile(&self, share: f64) -> usize {
        let mut cases = self.cases.clone();
        cases.sort_unstable();
        cases[((cases.len() - 1) as f64 * share) as usize]
    }

    fn saved(&self, all: usize) -> f64 {
        1.0 - self.cases.iter().sum::<usize>() as f64 / (self.cases.len() * all) as f64
    }
}

/// Holds `not_worse_by` with this margin against the differences after each batch, in `orders` seeded orders.
fn decide(differences: &[f64], margin: f64, orders: u64, batch: usize, population: Option<usize>) -> Fate {
    let setting = Setting { min: -1.0, max: 1.0, population };
    let mut fate = Fate::default();
    for seed in 0..orders {
        let mut order = differences.to_vec();
        shuffle(&mut order, seed, "case order");
        let mut holds = ThresholdTest::new(Side::Above, -margin, setting).unwrap();
        let mut broken = ThresholdTest::new(Side::Below, -margin, setting).unwrap();
        let mut cases = order.len();
        for (at, difference) in order.iter().enumerate() {
            holds.push(*difference, 1.0).unwrap();
            broken.push(*difference, 1.0).unwrap();
            let look = (at + 1) % batch == 0 || at + 1 == order.len();
            if look && holds.p_value().min(broken.p_value()) <= ALPHA {
                cases = at + 1;
                break;
            }
        }
        fate.cases.push(cases);
        fate.passed += usize::from(holds.p_value() <= ALPHA);
        fate.failed += usize::from(broken.p_value() <= ALPHA);
    }
    fate
}

const POLICIES: [&str; 3] = ["clone", "parallel_universe_prompt", "unhelpful"];

#[test]
fn sabotage_is_found_before_case_50_and_sound_policies_pass_early() {
    for policy in POLICIES {
        let Some(differences) = cje_differences(policy) else {
            return;
        };
        for population in [Some(1000), None] {
            let fate = decide(&differences, MARGIN, 40, 10, population);
            if policy == "unhelpful" {
                assert!(fate.failed == 40 && fate.passed == 0 && fate.quantile(1.0) < 50, "{fate:?}");
            } else {
                assert!(fate.passed == 40 && fate.failed == 0 && fate.quantile(0.5) < 300, "{fate:?}");
            }
        }
    }
}

#[test]
fn the_bounds_agree_with_the_decision_and_with_the_whole_set() {
    let Some(mut differences) = cje_differences("clone") else {
        return;
    };
    shuffle(&mut differences, 1, "case order");
    let mut mean = SequentialMean::new(Setting { min: -1.0, max: 1.0, population: Some(1000) }).unwrap();
    for (at, difference) in differences.iter().enumerate() {
        mean.push(*difference, 1.0).unwrap();
        if [50, 300, 999].contains(&at) {
            let (low, high) = mean.interval(ALPHA);
            assert!(low <= 0.0078 && 0.0078 <= high, "{at}: {low} {high}");
        }
    }
    let all = Inference::Sequential(mean);
    assert!((all.lower(ALPHA) - 0.0078).abs() < 1e-6 && (all.upper(ALPHA) - 0.0078).abs() < 1e-6);
}

#[test]
#[ignore = "takes a while; run it in an optimised build to see the table"]
fn cases_needed_over_2000_orders() {
    const ORDERS: u64 = 2000;
    println!("not_worse_by at alpha 5 %, 1,000 cases, {ORDERS} seeded orders");
    println!(
        "{:28}{:>8}{:>7}{:>11}{:>8}{:>8}  cases at 10, 50, 90, 100 % of the orders    saved",
        "policy", "margin", "batch", "gold set", "pass %", "fail %"
    );
    for policy in POLICIES {
        let differences = cje_differences(policy).unwrap();
        let truth = -differences.iter().sum::<f64>() / 1000.0;
        // On the margin itself every decision but the last, when all is known, is an error.
        for margin in [MARGIN, 0.05, truth + 1e-6, truth - 1e-6] {
            for (batch, population) in [(1, Some(1000)), (10, Some(1000)), (10, None), (20, None)] {
                let fate = decide(&differences, margin, ORDERS, batch, population);
                let share = |count: usize| 100.0 * count as f64 / ORDERS as f64;
                println!(
                    "{policy:28}{margin:>8.4}{batch:>7}{:>11}{:>8.2}{:>8.2}  {:>8}{:>8}{:>8}{:>8}{:>17.1} %",
                    if population.is_some() { "1000" } else { "unbounded" },
                    share(fate.passed),
                    share(fate.failed),
                    fate.quantile(0.1),
                    fate.quantile(0.5),
                    fate.quantile(0.9),
                    fate.quantile(1.0),
                    100.0 * fate.saved(1000)
                );
                let wrong = if margin > truth { fate.failed } else { fate.passed };
                assert!(wrong as f64 <= 0.065 * ORDERS as f64, "{policy} {margin}: {wrong}");
            }
        }
    }
}
