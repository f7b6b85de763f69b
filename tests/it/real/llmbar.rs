//! LLMBar: accuracy and positional agreement of five judges under ten strategies, from their replies in both orders.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::figures::Figures;
use super::source::Source;
use super::suite::Suite;
use super::trust;

/// The rules by which the authors read a reply, as patterns: `Output (a)` first, else `Output (b)`.
///
/// The two halves must not begin alike: the regex crate would draw the common beginning out of the alternation, and
/// then take whichever letter comes first.
const BY_SENTENCE: &str = r"\A(?s:.*?)Output \((a)\) is better.|\A(?s:.*)Output \((b)\) is better.";
pub const BY_LINE: &str = r"(?s)\A(?:(?:.*?\n)?? ?Output \((a)\)|(?:.*\n)? ?Output \((b)\))";

/// `Swap` asks again where the two orders disagree, and its second round answers with the letter alone.
const BY_ROUND: &str = r"\AOutput \(([ab])\)\z|\A(?s:.*?)Output \((a)\) is better.|\A(?s:.*)Output \((b)\) is better.";

/// The published replies and the authors' rules.
struct Published {
    pairs: Vec<Value>,
    replies: Vec<Value>,
    parsers: Value,
}

impl Published {
    fn read(source: &Source) -> Self {
        // Ratings and case studies are published without their replies.
        let replies = source.rows("llmbar/judgments.jsonl.gz").into_iter().filter(|r| r["completions"].is_array());
        Self {
            pairs: source.rows("llmbar/dataset.jsonl.gz"),
            replies: replies.collect(),
            parsers: serde_json::from_str(&source.text("llmbar/parsers.json")).unwrap(),
        }
    }

    /// The rule for the last round of a judge under a strategy.
    fn rule(&self, judge: &str, strategy: &str) -> &'static str {
        let rounds = self.parsers[format!("{judge}/{strategy}")].as_array().unwrap();
        let read: Vec<&str> = rounds.iter().filter_map(|round| round["parsing"]["1"].as_str()).collect();
        const SENTENCE: &str = r"Output \(a\) is better.";
        const LINE: &str = r"(?:^|\n) ?Output \(a\)";
        match read.as_slice() {
            [SENTENCE] | [SENTENCE, SENTENCE] => "by-sentence",
            [LINE] => "by-line",
            [SENTENCE, LINE] => "by-round",
            other => panic!("{judge}/{strategy}: an unknown rule {other:?}"),
        }
    }

    /// A suite of the pairs of some subsets, with one metric for each judge and strategy.
    fn suite(&self, subset: impl Fn(&str) -> bool, metric: impl Fn(&str) -> bool) -> Suite {
        let text = |row: &Value, key: &str| row[key].as_str().unwrap().to_string();
        let case = |row: &Value| format!("{} {}", text(row, "subset"), row["idx"]);
        let wanted = |row: &&Value| subset(row["subset"].as_str().unwrap()) && metric(&name(row));
        let replies: Vec<&Value> = self.replies.iter().filter(wanted).collect();
        let pairs: Vec<&Value> = self.pairs.iter().filter(|row| subset(row["subset"].as_str().unwrap())).collect();
        let metrics: BTreeMap<String, (String, &str)> = replies
            .iter()
            .map(|row| {
                let judge = text(row, "judge");
                let rule = self.rule(&judge, row["strategy"].as_str().unwrap());
                (name(row), (judge, rule))
            })
            .collect();
        let judges: BTreeSet<&String> = metrics.values().map(|(judge, _)| judge).collect();
        let models = judges.iter().map(|judge| format!("  {judge}: {{provider: recorded, replies: {judge}.jsonl}}\n"));
        let listed = metrics.iter().map(|(name, (judge, rule))| {
            format!("  {name}: {{rubric: {rule}.yaml, judge: {judge}, missing: wrong}}\n")
        });
        let mut suite = Suite::new(&format!(
            "
name: LLMBar
dataset: pairs.jsonl
models:
{}candidates:
  output_1: {{outputs: output_1.jsonl}}
  output_2: {{outputs: output_2.jsonl}}
metrics:
{}",
            models.collect::<String>(),
            listed.collect::<String>()
        ));
        for (rule, pattern) in [("by-sentence", BY_SENTENCE), ("by-line", BY_LINE), ("by-round", BY_ROUND)] {
            suite = suite.write(&format!("{rule}.yaml"), &rubric(rule, pattern));
        }
        let labels = |row: &Value| -> Value {
            let preferred = format!("output_{}", row["label"]);
            metrics.keys().map(|metric| (metric.clone(), json!(preferred))).collect::<serde_json::Map<_, _>>().into()
        };
        suite = suite.rows(
            "pairs.jsonl",
            pairs.iter().map(|row| json!({"id": case(row), "input": row["input"], "labels": labels(row)})),
        );
        for output in ["output_1", "output_2"] {
            let texts = pairs.iter().map(|row| json!({"case": case(row), "text": row[output]}));
            suite = suite.rows(&format!("{output}.jsonl"), texts);
        }
        for judge in judges {
            let verdict = |row: &Value, first: usize| {
                let last = row["completions"].as_array().unwrap().last().unwrap();
                let shown = ["output_1", "output_2"];
                json!({
                    "metric": name(row), "case": case(row), "text": last[first],
                    "first": shown[first], "second": shown[1 - first],
                })
            };
            let own = replies.iter().filter(|row| row["judge"] == **judge);
            suite = suite.rows(&format!("{judge}.jsonl"), own.flat_map(|row| [verdict(row, 0), verdict(row, 1)]));
        }
        suite
    }
}

/// The name of the metric that a row belongs to.
fn name(row: &Value) -> String {
    format!("{}.{}", row["judge"].as_str().unwrap(), row["strategy"].as_str().unwrap())
}

pub fn rubric(name: &str, pattern: &str) -> String {
    format!(
        "
name: {name}
mode: pairwise
instructions: Which output follows the instruction better?
reply:
  pattern: '{pattern}'
  values: {{a: A, b: B}}
"
    )
}

#[test]
fn accuracy_and_positional_agreement_are_those_of_the_authors() {
    let Some(source) = Source::find() else { return };
    let published = Published::read(&source);
    let statistics = source.table("llmbar/published_statistics.csv");
    // Published in percent, to four decimals.
    let mut figures = Figures::new("llmbar", 5.1e-5);
    let subsets: BTreeSet<&str> = published.replies.iter().map(|row| row["subset"].as_str().unwrap()).collect();
    let mut rows = 0;
    for subset in subsets {
        let suite = published.suite(|name| name == subset, |_| true);
        suite.json(&["run", "--json"]);
        let found = suite.json(&["calibrate", "--json"]);
        for (metric, measured) in found["metrics"].as_object().unwrap() {
            let (judge, strategy) = metric.rsplit_once('.').unwrap();
            let is_it = |row: &&Value| row["subset"] == subset && row["judge"] == judge && row["strategy"] == strategy;
            let row = statistics.iter().find(is_it).unwrap_or_else(|| panic!("{subset} {metric} is not published"));
            rows += 1;
            let mut figure = |what: &str, ours: Option<f64>| {
                figures.add(format!("{subset} {judge} {strategy}, {what}"), row[what].as_f64().unwrap(), ours);
            };
            figure("acc_average", measured["accuracy"]["estimate"].as_f64().map(|share| 100.0 * share));
            let agreement = measured["position_consistency"]["estimate"].as_f64();
            figure("positional_agreement", agreement.map(|share| 100.0 * share));
            figure("n", measured["labelled"].as_f64());
            for measure in ["accuracy", "position_consistency", "kappa"] {
                trust::interval_holds(&format!("{subset} {metric} {measure}"), &measured[measure]);
            }
        }
    }
    println!("llmbar: {rows} published rows");
    assert_eq!(rows, 268);
    figures.settle();
}

#[test]
fn accuracy_and_position_consistency_over_all_pairs_are_those_of_other_packages() {
    let Some(source) = Source::find() else { return };
    let published = Published::read(&source);
    let expected = source.vector("position_bias_llmbar");
    const CHOSEN: [&str; 6] = [
        "GPT-4.Vanilla_NoRules",
        "GPT-4.Metrics_Reference",
        "ChatGPT.CoT",
        "ChatGPT.Swap",
        "LLaMA2.Swap_CoT",
        "Falcon.Vanilla",
    ];
    let suite = published.suite(|name| name.starts_with("LLMBar/"), |metric| CHOSEN.contains(&metric));
    suite.json(&["run", "--json"]);
    let found = suite.json(&["calibrate", "--json"]);
    let mut figures = Figures::new("llmbar, position bias", 1e-9);
    for metric in CHOSEN {
        let (cell, measured) = (&expected[metric.replace('.', "|")], &found["metrics"][metric]);
        for (what, ours) in [("accuracy_avg", "accuracy"), ("position_consistency", "position_consistency")] {
            figures.add(format!("{metric}, {what}"), cell[what].as_f64().unwrap(), measured[ours]["estimate"].as_f64());
        }
        figures.add(format!("{metric}, n"), cell["n"].as_f64().unwrap(), measured["labelled"].as_f64());
    }
    figures.settle();
}
