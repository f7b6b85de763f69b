//! Panels of judges and their position bias on LLMBar, where the panel is worse than its best judge.

use std::collections::BTreeMap;

use super::super::dawid_skene::{DawidSkene, Vote};
use super::super::position::{PositionBias, Won};
use super::super::rng::shuffle;
use super::super::weighted_vote::{Record, VoteWeights};
use super::*;

/// The winners in both orders.
type Winners = [Option<usize>; 2];
/// Gold and winners of each case.
type Cell = Vec<(usize, Winners)>;
/// What each rater says of each case.
type Said = Vec<Vec<Option<usize>>>;

/// By judge and strategy: the gold label and the winners in both orders, as places of the content, in order of the cases.
fn cells() -> Option<BTreeMap<String, Cell>> {
    let mut cells: BTreeMap<String, Vec<(String, usize, Winners)>> = BTreeMap::new();
    for row in records("llmbar/judgments.jsonl.gz")? {
        let subset = row["subset"].as_str().unwrap();
        if subset.starts_with("LLMBar") {
            let key = format!("{}|{}", row["judge"].as_str().unwrap(), row["strategy"].as_str().unwrap());
            let winner = |at: usize| row["winner"][at].as_str().map(|won| won.parse::<usize>().unwrap() - 1);
            let case = format!("{subset}/{:05}", count(&row["idx"]));
            cells.entry(key).or_default().push((case, count(&row["gold"]) - 1, [winner(0), winner(1)]));
        }
    }
    let sorted = |mut rows: Vec<(String, usize, Winners)>| {
        rows.sort();
        rows.into_iter().map(|(_, gold, winners)| (gold, winners)).collect()
    };
    Some(cells.into_iter().map(|(key, rows)| (key, sorted(rows))).collect())
}

#[test]
fn position_bias_of_fifty_cells() {
    let (Some(cells), Some(block)) = (cells(), block("position_bias_llmbar")) else { return };
    let mut seen = 0;
    for (key, rows) in &cells {
        let Some(expected) = block.get(key) else { continue };
        let mut bias = PositionBias::default();
        for (_, [one, other]) in rows {
            // The first content is shown first in the first order, and second in the other.
            let won = |winner: &Option<usize>, first| winner.map(|w| if w == first { Won::First } else { Won::Second });
            bias.add(won(one, 0), won(other, 1));
        }
        assert_eq!(bias.pairs, count(&expected["n"]), "{key}");
        assert_eq!(bias.primacy, count(&expected["inconsistent_primacy"]), "{key}");
        assert_eq!(bias.recency, count(&expected["inconsistent_recency"]), "{key}");
        assert_eq!(bias.unread, count(&expected["unparsed_pairs"]), "{key}");
        close(bias.consistency().unwrap(), &expected["position_consistency"]);
        close(bias.first_rate().unwrap(), &expected["first_position_rate"]);
        seen += 1;
    }
    assert_eq!(seen, 50);
}

/// Five judges in two orders, each a rater.
fn raters() -> Option<(Vec<usize>, Said)> {
    let cells = cells()?;
    let judges: Vec<&Cell> =
        cells.iter().filter(|(key, _)| key.ends_with("|Vanilla_NoRules")).map(|(_, cell)| cell).collect();
    let gold = judges[0].iter().map(|(gold, _)| *gold).collect();
    let of = |order: usize| judges.iter().map(move |cell| cell.iter().map(|(_, winners)| winners[order]).collect());
    Some((gold, of(0).chain(of(1)).collect()))
}

fn accuracy(gold: &[usize], said: impl Fn(usize) -> Option<usize>) -> f64 {
    gold.iter().enumerate().filter(|(at, gold)| said(*at) == Some(**gold)).count() as f64 / gold.len() as f64
}

fn majority(raters: &[Vec<Option<usize>>], item: usize) -> Option<usize> {
    let votes = |label: usize| raters.iter().filter(|votes| votes[item] == Some(label)).count();
    (votes(0) != votes(1)).then(|| usize::from(votes(1) > votes(0)))
}

#[test]
fn a_panel_that_is_worse_than_its_best_judge_shows_as_such_and_gold_mends_it() {
    let Some((gold, raters)) = raters() else { return };
    let best = raters.iter().map(|votes| accuracy(&gold, |at| votes[at])).fold(0.0, f64::max);
    let voted = accuracy(&gold, |at| majority(&raters, at));
    let votes: Vec<Vote> = raters
        .iter()
        .enumerate()
        .flat_map(|(rater, said)| {
            let vote = move |(item, label): (usize, &Option<usize>)| Some(Vote { item, rater, label: (*label)? });
            said.iter().enumerate().filter_map(vote)
        })
        .collect();
    let model = DawidSkene::fit(&votes, (gold.len(), raters.len(), 2), 500, 1e-9).unwrap();
    let skene = accuracy(&gold, |at| model.label(at));
    // Weights from four fifths of the cases, told on the last fifth.
    let mut order: Vec<usize> = (0..gold.len()).collect();
    shuffle(&mut order, 0, "folds");
    let mut right = 0;
    for fold in 0..5 {
        let (out, kept): (Vec<usize>, Vec<usize>) = order.iter().partition(|at| **at % 5 == fold);
        let record = |votes: &Vec<Option<usize>>| Record {
            right: kept.iter().filter(|at| votes[**at] == Some(gold[**at])).count(),
            cases: kept.iter().filter(|at| votes[**at].is_some()).count(),
        };
        let weights = VoteWeights::new(&raters.iter().map(record).collect::<Vec<_>>(), 2).unwrap();
        let winner = |at: usize| weights.winner(raters.iter().enumerate().filter_map(|(r, v)| Some((r, v[at]?))));
        right += out.iter().filter(|at| winner(**at) == Some(gold[**at])).count();
    }
    let weighted = right as f64 / gold.len() as f64;
    eprintln!("best {best:.4}, majority {voted:.4}, Dawid-Skene {skene:.4}, by gold (held out) {weighted:.4}");
    assert!(voted < best - 0.15 && skene < best - 0.15, "{best} {voted} {skene}");
    assert!(weighted > best - 0.03 && weighted > voted + 0.15, "{weighted}");
    let Some(block) = block("dawid_skene_llmbar_vanilla_norules") else { return };
    let own: Vec<f64> = raters
        .iter()
        .map(|votes| {
            let answered = votes.iter().flatten().count() as f64;
            accuracy(&gold, |at| votes[at]) * gold.len() as f64 / answered
        })
        .collect();
    for (at, judge) in ["ChatGPT", "ChatGPT-0301", "Falcon", "GPT-4", "LLaMA2"].iter().enumerate() {
        for order in 0..2 {
            let key = format!("{judge}/o{}", order + 1);
            let ours = own.iter().skip(5 * order).take(5).copied().collect::<Vec<_>>();
            let reference = number(&block["worker_accuracy"][&key]);
            assert!(ours.iter().any(|ours| (ours - reference).abs() < 1e-9), "{at} {key} {reference} {ours:?}");
        }
    }
}

/// Against crowd-kit on random votes; made by tests/reference/panels.py.
#[test]
fn dawid_skene_is_that_of_crowd_kit() {
    let all: Value = serde_json::from_str(include_str!("../../../tests/reference/panels.json")).unwrap();
    let blocks = all["dawid_skene"].as_array().unwrap();
    assert!(blocks.len() >= 4);
    for block in blocks {
        let rows: Vec<Vec<f64>> = block["votes"].as_array().unwrap().iter().map(numbers).collect();
        let vote = |row: &Vec<f64>| Vote { item: row[0] as usize, rater: row[1] as usize, label: row[2] as usize };
        let votes: Vec<Vote> = rows.iter().map(vote).collect();
        let [items, raters, labels] = ["items", "raters", "labels"].map(|key| count(&block[key]));
        let found = DawidSkene::fit(&votes, (items, raters, labels), count(&block["rounds"]), 0.0).unwrap();
        for (item, expected) in block["chances"].as_array().unwrap().iter().enumerate() {
            for (ours, reference) in found.chances(item).unwrap().iter().zip(numbers(expected)) {
                assert!((ours - reference).abs() < 1e-9, "{ours} {reference}");
            }
        }
        for (ours, reference) in found.prior().iter().zip(numbers(&block["prior"])) {
            assert!((ours - reference).abs() < 1e-9);
        }
        let diagonal = numbers(&block["diagonal"]);
        for rater in 0..raters {
            for label in 0..labels {
                let ours = found.rate(rater, label, label).unwrap();
                assert!((ours - diagonal[rater * labels + label]).abs() < 1e-9);
            }
        }
    }
}
