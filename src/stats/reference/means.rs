//! Means: paired t, clusters, the bootstrap, betting.

use super::super::bca::{Bca, acceleration};
use super::super::betting::{Bets, Horizon, confidence_sequence};
use super::super::clusters::singletons;
use super::super::{Infer, Inference};
use super::*;

#[test]
fn paired_t_on_real_judgments() {
    for candidate in ["clone", "parallel_universe_prompt", "unhelpful"] {
        let Some(block) = block(&format!("cje_{candidate}_minus_base")) else {
            return;
        };
        let differences = cje_differences(candidate).unwrap();
        let t = Inference::mean_difference(&differences, &singletons(1000)).unwrap();
        close(t.estimate(), &block["mean_diff"]);
        close(t.se().unwrap(), &block["se_paired"]);
        close(t.p_two_sided(0.0), &block["p_t"]);
        let (low, high) = t.interval(0.05);
        close(low, &block["ci95_t"][0]);
        close(high, &block["ci95_t"][1]);
        close(t.p_greater(-0.02), &block["noninferiority_p_margin_0_02"]);
        for (margin, tost) in block["tost"].as_object().unwrap() {
            let margin: f64 = margin.parse().unwrap();
            close(t.p_greater(-margin), &tost["lower_t_p"]);
            close(t.p_less(margin), &tost["upper_t_p"]);
            close(t.p_greater(-margin).max(t.p_less(margin)), &tost["p"]);
        }
    }
}

#[test]
fn clustered_standard_error() {
    let Some(block) = block("clustered_se") else {
        return;
    };
    let scores = numbers(&block["score"]);
    let clusters: Vec<u32> = numbers(&block["cluster"]).iter().map(|&id| id as u32).collect();
    let clustered = Inference::mean(&scores, &clusters).unwrap();
    close(clustered.estimate(), &block["mean"]);
    close(clustered.se().unwrap(), &block["se_clustered_G_over_Gm1"]);
    close(clustered.se().unwrap(), &block["se_clustered_statsmodels_default"]);
    let groups = clustered.n() as f64;
    let uncorrected = clustered.se().unwrap() * ((groups - 1.0) / groups).sqrt();
    close(uncorrected, &block["se_clustered_no_correction"]);
    let naive = Inference::mean(&scores, &singletons(scores.len())).unwrap();
    close(naive.se().unwrap(), &block["se_naive_ddof1"]);
}

#[test]
fn bca_from_fixed_replicates() {
    let Some(block) = block("bca_fixed_replicates") else {
        return;
    };
    let x = numbers(&block["x"]);
    let sum: f64 = x.iter().sum();
    let jackknife: Vec<f64> = x.iter().map(|value| (sum - value) / 11.0).collect();
    let acceleration = acceleration(&jackknife);
    close(acceleration, &block["acceleration"]);
    let replicates = numbers(&block["replicate_means"]);
    let bca = Bca::from_replicates(number(&block["theta"]), replicates, acceleration, 12).unwrap();
    let reference = bca.clone().with_bias(number(&block["z0"]));
    let (low, high) = reference.interval(0.05);
    // The replicates are given to twelve decimals.
    within(low, number(&block["bca95_linear"][0]), 1e-9);
    within(high, number(&block["bca95_linear"][1]), 1e-9);
    close(reference.share(0.025), &block["alphas"][0]);
    close(reference.share(0.975), &block["alphas"][1]);
    // Of the fifteen replicates equal to the estimate, rounding had set some below and some above;
    // ours counts them all as equal and so finds another bias.
    let (own_low, own_high) = bca.interval(0.05);
    assert!((own_low - low).abs() < 0.005 && (own_high - high).abs() < 0.005);
}

#[test]
fn betting_confidence_sequence() {
    let Some(block) = block("betting_cs_cje") else {
        return;
    };
    for (policy, reference) in block.as_object().unwrap() {
        if policy == "note" {
            continue;
        }
        let differences = cje_differences(policy).unwrap();
        let scaled: Vec<(f64, f64)> = differences.iter().map(|difference| ((difference + 1.0) / 2.0, 1.0)).collect();
        let bets = Bets::place(&scaled, Horizon::Anytime);
        let half = std::f64::consts::LN_2;
        let log_wealth: Vec<f64> =
            bets.upward(0.5).zip(bets.downward(0.5)).map(|(up, down)| up.max(down) - half).collect();
        for (i, t) in numbers(&reference["t"]).into_iter().enumerate() {
            let t = t as usize;
            close(bets.size(t), &reference["lambda_eb_at_t"][i]);
            close(log_wealth[t - 1], &reference["log_mart_at_m_half"][i]);
            let (low, high) = confidence_sequence(&differences[..t], -1.0, 1.0, 0.05).unwrap();
            // The reference lies on a grid of this resolution.
            assert!((low - number(&reference["hedged_lower"][i])).abs() <= 0.002, "{policy} {t}");
            assert!((high - number(&reference["hedged_upper"][i])).abs() <= 0.002, "{policy} {t}");
        }
    }
}

#[test]
fn the_interval_is_tighter_than_the_sequence() {
    let Some(differences) = cje_differences("clone") else {
        return;
    };
    let (low, high) = Inference::bounded_mean(&differences, -1.0, 1.0).unwrap().interval(0.05);
    let (sequence_low, sequence_high) = confidence_sequence(&differences, -1.0, 1.0, 0.05).unwrap();
    assert!(high - low < sequence_high - sequence_low);
}
