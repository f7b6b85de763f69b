//! SummEval's systems head to head: strengths and their errors as those of other packages, through the whole program.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::figures::Figures;
use super::source::Source;
use super::suite::Suite;

const DIMENSIONS: [&str; 4] = ["coherence", "consistency", "fluency", "relevance"];

/// A tie is a verdict like any other, so each of a pair's two orders counts by itself: two verdicts in one order each.
const RUBRIC: &str = "
name: better
mode: pairwise
instructions: Which of the two summaries is better?
reply: json
orders: one
";

/// A suite whose candidates are the systems and whose cases are the articles.
fn suite(source: &Source) -> Suite {
    let games = source.rows("summeval_llm/head_to_head.jsonl.gz");
    let text = |row: &Value, key: &str| row[key].as_str().unwrap().to_string();
    let pairs: BTreeSet<(String, String)> =
        games.iter().map(|row| (text(row, "system_1"), text(row, "system_2"))).collect();
    let systems: BTreeSet<&String> = pairs.iter().flat_map(|(one, other)| [one, other]).collect();
    let candidates: String = systems.iter().map(|name| format!("  {name}: {{outputs: {name}.jsonl}}\n")).collect();
    let listed: Vec<String> = pairs.iter().map(|(one, other)| format!("[{one}, {other}]")).collect();
    let listed = listed.join(", ");
    let metric =
        |name: &str| format!("  {name}: {{rubric: better.yaml, judge: judge, repeat: 2, pairs: [{listed}]}}\n");
    let metrics: String = DIMENSIONS.into_iter().map(metric).collect();
    let mut suite = Suite::new(&format!(
        "
name: SummEval, head to head
dataset: articles.jsonl
models:
  judge: {{provider: recorded, replies: replies.jsonl}}
candidates:
{candidates}
metrics:
{metrics}"
    ))
    .write("better.yaml", RUBRIC);
    let texts = source.rows("summeval_llm/texts.jsonl.gz");
    let articles: BTreeSet<u64> = games.iter().map(|row| row["doc"].as_u64().unwrap()).collect();
    // The articles stay out: a recorded judge does not read them again.
    let case = |doc: &u64| json!({"id": doc.to_string(), "input": format!("Summarize article {doc}.")});
    suite = suite.rows("articles.jsonl", articles.iter().map(case));
    for system in systems {
        let own = texts.iter().filter(|row| row["system"] == **system);
        let output = |row: &Value| json!({"case": row["doc"].to_string(), "text": row["summary"]});
        suite = suite.rows(&format!("{system}.jsonl"), own.map(output));
    }
    let reply = |row: &Value| {
        let (one, other, toggled) = (&row["system_1"], &row["system_2"], row["toggled"] == true);
        let (first, second) = if toggled { (other, one) } else { (one, other) };
        let preference = match row["winner"].as_u64().unwrap() {
            0 => "tie",
            winner if (winner == 1) != toggled => "A",
            _ => "B",
        };
        json!({
            "metric": row["dim"], "case": row["doc"].to_string(), "first": first, "second": second,
            "verdict_sample": u8::from(toggled), "text": json!({"preference": preference}).to_string(),
        })
    };
    suite.rows("replies.jsonl", games.iter().map(reply))
}

#[test]
fn strengths_and_errors_are_those_of_other_packages() {
    let Some(source) = Source::find() else { return };
    let found = suite(&source).json(&["run", "--json"]);
    // The reference's optimiser stops at 1e-5.
    let mut figures = Figures::new("summeval, head to head", 1e-5);
    let mut first: BTreeMap<&str, String> = BTreeMap::new();
    for ranking in found["ranking"].as_array().unwrap() {
        let dimension = ranking["metric"].as_str().unwrap();
        let block = source.vector(&format!("bt_summeval_h2h_{dimension}"));
        assert_eq!((ranking["clusters"].as_u64(), ranking["n"].as_u64()), (Some(100), Some(1100)));
        let candidates = ranking["candidates"].as_array().unwrap();
        first.insert(dimension, candidates[0]["candidate"].as_str().unwrap().to_string());
        for (at, system) in block["systems"].as_array().unwrap().iter().enumerate() {
            let ours = candidates.iter().find(|candidate| candidate["candidate"] == *system).unwrap();
            let name = format!("{dimension}, {}", system.as_str().unwrap());
            figures.add(&name, block["log_strength_centered"][at].as_f64().unwrap(), ours["strength"].as_f64());
            // Of relevance the reference's errors are those of a matrix that is singular to rounding.
            if dimension != "relevance" {
                let theirs = block["se_sandwich_clustered_by_doc"][at].as_f64().unwrap();
                // The reference applies no correction for the number of clusters.
                let ours = ours["se"].as_f64().map(|se| se * (99.0_f64 / 100.0).sqrt());
                figures.add(format!("{name}, clustered error"), theirs, ours);
            }
            let rank = |key: &str| ours[key].as_u64().unwrap();
            assert!(rank("best_rank") <= rank("rank") && rank("rank") <= rank("worst_rank"), "{ours}");
            assert!(ours["at_equal"]["strength"].as_f64().is_some(), "{ranking}");
        }
    }
    assert_eq!(first.len(), DIMENSIONS.len(), "{first:?}");
    figures.settle();
    // What is repeated is split; only baseline and candidate of a gate are compared otherwise, and there is no gate.
    assert!(found["variance"].as_array().unwrap().iter().all(|split| split["output"].is_null()));
}
