//! Correlations on ties and on real judgments of summaries.

use std::collections::{BTreeMap, HashMap};

use super::super::levels::{between_groups, within_groups};
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

/// The scores of the judge and of the experts by system and document.
type Cell = BTreeMap<(String, usize), (f64, f64)>;

#[test]
fn correlations_of_real_judges_at_all_levels() {
    let Some(cells) = block("summeval_correlations") else {
        return;
    };
    let mut human = HashMap::new();
    for row in records("summeval_llm/human.jsonl").unwrap() {
        for (dimension, experts) in row["experts"].as_object().unwrap() {
            let mean = numbers(experts).iter().sum::<f64>() / 3.0;
            human.insert((dimension.clone(), row["system"].clone(), count(&row["doc"])), mean);
        }
    }
    // The files hold some cases twice; the last one wins, as in the authors' code.
    let mut judged: HashMap<String, Cell> = HashMap::new();
    for row in records("summeval_llm/judgments.jsonl.gz").unwrap() {
        let [judge, method, dimension] = ["judge", "method", "dim"].map(|key| row[key].as_str().unwrap());
        let (doc, score) = (count(&row["doc"]), number(&row["score"]));
        let expert = human[&(dimension.to_owned(), row["system"].clone(), doc)];
        let case = (row["system"].as_str().unwrap().to_owned(), doc);
        let cell = judged.entry(format!("{judge}|{method}|{dimension}")).or_default();
        cell.insert(case, (score, expert));
    }
    assert_eq!(judged.len(), 28);
    for (name, reference) in cells.as_object().unwrap() {
        // Two of the judges are not part of the files.
        let Some(cell) = judged.get(name) else {
            continue;
        };
        let (scores, experts): (Vec<f64>, Vec<f64>) = cell.values().copied().unzip();
        assert_eq!(scores.len(), count(&reference["n"]), "{name}");
        close(pearson(&scores, &experts).unwrap(), &reference["pearson"]);
        close(spearman(&scores, &experts).unwrap(), &reference["spearman"]);
        close(kendall_tau_b(&scores, &experts).unwrap(), &reference["kendall_tau_b"]);

        let documents: Vec<u32> = cell.keys().map(|(_, doc)| *doc as u32).collect();
        let by_document = within_groups(&scores, &experts, &documents, spearman).unwrap();
        assert_eq!(by_document.used, count(&reference["docs_used"]), "{name}");
        close(by_document.mean, &reference["doc_level_spearman"]);
        let by_document = within_groups(&scores, &experts, &documents, kendall_tau_b).unwrap();
        close(by_document.mean, &reference["doc_level_kendall"]);

        let systems: Vec<u32> = cell.keys().map(|(system, _)| system[1..].parse().unwrap()).collect();
        let by_system = |correlation| between_groups(&scores, &experts, &systems, correlation);
        close(by_system(spearman).unwrap(), &reference["system_spearman"]);
        close(by_system(kendall_tau_b).unwrap(), &reference["system_kendall"]);
    }
}
