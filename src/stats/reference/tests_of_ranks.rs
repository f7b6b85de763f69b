//! Rank and permutation tests, corrections for many comparisons, planning.

use super::super::clusters::singletons;
use super::super::multiplicity::{benjamini_hochberg, benjamini_yekutieli, holm};
use super::super::paired::PairedTable;
use super::super::permutation::sign_flip;
use super::super::power::{Plan, mcnemar_cases, paired_cases};
use super::super::t_power::{paired_t_cases, paired_t_power};
use super::super::wilcoxon::{SignedRanks, Zeros};
use super::*;

#[test]
fn wilcoxon() {
    let Some(plain) = block("wilcoxon_no_ties") else {
        return;
    };
    let ranks = SignedRanks::new(&numbers(&plain["d"]), Zeros::Drop).unwrap();
    close(ranks.statistic(), &plain["exact_W"]);
    close(ranks.p_value(), &plain["exact_p"]);
    close(ranks.p_normal(false), &plain["approx_p"]);
    close(ranks.p_normal(true), &plain["approx_p_cc"]);
    let tied = block("wilcoxon_ties_zero").unwrap();
    let ranks = SignedRanks::new(&numbers(&tied["d"]), Zeros::Drop).unwrap();
    close(ranks.statistic(), &tied["exact_W"]);
    // The reference applies the exact distribution without ties to tied ranks; ours refuses.
    assert_eq!(ranks.p_exact(), None);
    close(ranks.p_value(), &tied["approx_p"]);
    close(ranks.p_normal(true), &tied["approx_p_cc"]);
}

#[test]
fn wilcoxon_on_real_judgments() {
    for candidate in ["clone", "parallel_universe_prompt", "unhelpful"] {
        let Some(block) = block(&format!("cje_{candidate}_minus_base")) else {
            return;
        };
        let differences = cje_differences(candidate).unwrap();
        let ranks = SignedRanks::new(&differences, Zeros::Drop).unwrap();
        close(ranks.statistic(), &block["wilcoxon_W"]);
        close(ranks.p_value(), &block["wilcoxon_p"]);
        close(ranks.p_normal(true), &block["wilcoxon_p_cc"]);
        let pratt = SignedRanks::new(&differences, Zeros::Pratt).unwrap();
        close(pratt.statistic(), &block["pratt_W"]);
        close(pratt.p_value(), &block["pratt_p"]);
        // The sign test is McNemar's exact test on the wins and losses.
        let (b, c) = (count(&block["n_pos"]), count(&block["n_neg"]));
        close(PairedTable { a: 0, b, c, d: 0 }.mcnemar_exact(), &block["sign_test_p"]);
    }
}

#[test]
fn sign_flips() {
    let Some(block) = block("sign_flip_permutation_exact") else {
        return;
    };
    let differences = numbers(&block["d"]);
    let test = sign_flip(&differences, &singletons(differences.len()), 0, 0, "").unwrap();
    close(test.p_two_sided, &block["p_two_sided"]);
    close(test.p_greater, &block["p_greater"]);
}

#[test]
fn corrections() {
    let Some(block) = block("multiplicity") else {
        return;
    };
    let p_values = numbers(&block["p"]);
    for (ours, name) in
        [(holm(&p_values), "holm"), (benjamini_hochberg(&p_values), "bh"), (benjamini_yekutieli(&p_values), "by")]
    {
        for (ours, reference) in ours.unwrap().into_iter().zip(block[name].as_array().unwrap()) {
            close(ours, reference);
        }
    }
}

#[test]
fn planning() {
    let Some(block) = block("power") else { return };
    let two_sided = Plan { alpha: 0.025, power: 0.8 };
    let one_sided = Plan { alpha: 0.05, power: 0.8 };
    for case in block["paired_t"].as_array().unwrap() {
        let dz = number(&case["dz"]);
        within(paired_t_power(dz, 100.0, 0.025).unwrap(), number(&case["power_n100"]), 1e-8);
        // The reference finds its root to about this precision.
        within(paired_t_cases(dz, two_sided).unwrap(), number(&case["n_for_80"]), 1e-6);
    }
    for case in block["z_paired"].as_array().unwrap() {
        close(paired_cases(number(&case["sd"]), number(&case["delta"]), two_sided).unwrap(), &case["n"]);
    }
    for case in block["noninferiority"].as_array().unwrap() {
        close(paired_cases(number(&case["sd"]), number(&case["margin"]), one_sided).unwrap(), &case["n"]);
    }
    for case in block["mcnemar_connor"].as_array().unwrap() {
        close(mcnemar_cases(number(&case["p10"]), number(&case["p01"]), two_sided).unwrap(), &case["n"]);
    }
}
