//! Pass rates and agreement.

use super::super::agreement::{LabelTable, Weights};
use super::super::exact::ClopperPearson;
use super::super::paired::PairedTable;
use super::super::proportion::{Proportion, Wilson, newcombe_independent};
use super::super::{Infer, Inference};
use super::*;

#[test]
fn one_proportion() {
    let Some(block) = block("proportion_ci") else {
        return;
    };
    for case in block["cases"].as_array().unwrap() {
        let proportion = Proportion::new(count(&case["k"]), count(&case["n"])).unwrap();
        for (inference, reference) in
            [(&Wilson(proportion) as &dyn Infer, &case["wilson"]), (&ClopperPearson(proportion), &case["beta"])]
        {
            let (low, high) = inference.interval(0.05);
            close(low, &reference[0]);
            close(high, &reference[1]);
        }
    }
}

#[test]
fn two_independent_proportions() {
    let Some(block) = block("newcombe_independent") else {
        return;
    };
    for case in block["cases"].as_array().unwrap() {
        let first = Proportion::new(count(&case["a"]), count(&case["n1"])).unwrap();
        let second = Proportion::new(count(&case["b"]), count(&case["n2"])).unwrap();
        let (estimate, low, high) = newcombe_independent(first, second, 0.05);
        close(estimate, &case["est_lo_hi"][0]);
        close(low, &case["est_lo_hi"][1]);
        close(high, &case["est_lo_hi"][2]);
    }
}

#[test]
fn two_paired_proportions() {
    let Some(block) = block("newcombe_paired_method10") else {
        return;
    };
    for case in block["cases"].as_array().unwrap() {
        let [a, b, c, d] = ["a", "b", "c", "d"].map(|cell| count(&case[cell]));
        let newcombe = Inference::newcombe_paired(a, b, c, d).unwrap();
        close(newcombe.estimate(), &case["est_lo_hi"][0]);
        let (low, high) = newcombe.interval(0.05);
        close(low, &case["est_lo_hi"][1]);
        close(high, &case["est_lo_hi"][2]);
    }
}

#[test]
fn mcnemar() {
    let Some(vectors) = block("mcnemar") else {
        return;
    };
    for case in vectors["cases"].as_array().unwrap() {
        let table = PairedTable { a: 3, b: count(&case["b"]), c: count(&case["c"]), d: 4 };
        close(table.mcnemar_exact(), &case["exact_p"]);
        close(table.mcnemar_mid_p(), &case["mid_p"]);
    }
    let real = block("llmbar_gpt4_MetricsRef_vs_VanillaNoRules_order1").unwrap();
    let [a, b, c, d] = [0, 1, 2, 3].map(|i| count(&real["table_both_candonly_baseonly_neither"][i]));
    let table = PairedTable { a, b, c, d };
    close(table.mcnemar_exact(), &real["exact_p"]);
    close(table.mcnemar_mid_p(), &real["mid_p"]);
    let newcombe = Inference::newcombe_paired(a, b, c, d).unwrap();
    close(newcombe.estimate(), &real["newcombe"][0]);
    close(newcombe.interval(0.05).0, &real["newcombe"][1]);
    close(newcombe.interval(0.05).1, &real["newcombe"][2]);
}

const WEIGHTS: [(&str, Weights); 3] =
    [("None", Weights::Unweighted), ("linear", Weights::Linear), ("quadratic", Weights::Quadratic)];

fn table(block: &Value) -> LabelTable {
    let rows = block["table"].as_array().unwrap();
    LabelTable::from_counts(rows.iter().map(numbers).collect()).unwrap()
}

fn check_kappas(table: &LabelTable, reference: &Value) {
    for (name, weights) in WEIGHTS {
        let kappa = table.cohen_kappa(weights).unwrap();
        close(kappa.kappa, &reference[name]["kappa"]);
        close(kappa.se, &reference[name]["se"]);
        close(kappa.se_null, &reference[name]["se0"]);
    }
}

#[test]
fn kappa_and_ac1() {
    let Some(vectors) = block("kappa_table") else {
        return;
    };
    let labels = table(&vectors);
    check_kappas(&labels, &vectors["cohen"]);
    close(labels.gwet_ac1(), &vectors["gwet_ac1"]);
    close(labels.percent_agreement(), &vectors["percent_agreement"]);
    for pair in ["h1_h2", "h1_h3", "h2_h3"] {
        let vectors = block(&format!("pandalm_kappa_{pair}")).unwrap();
        check_kappas(&table(&vectors), &vectors);
    }
}
