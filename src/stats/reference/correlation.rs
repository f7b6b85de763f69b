//! Correlations on ties and on real judgments of summaries.

use super::super::rank::{kendall_tau_b, pearson, spearman};
use super::*;

#[test]
fn correlations_with_ties() {
    let Some(block) = block("rank_corr_ties") else {
        return;
    };
    let (x, y) = (numbers(&block["x"]), numbers(&block["y"]));
    close(pearson(&x, &y).unwrap(), &block["pearson"]);
    close(spearman(&x, &y).unwrap(), &block["spearman"]);
    close(kendall_tau_b(&x, &y).unwrap(), &block["kendall_tau_b"]);
}
