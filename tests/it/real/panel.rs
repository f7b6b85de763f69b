//! LLMBar: five judges as one panel, held against the best of them.

use serde_json::{Value, json};

use super::llmbar::{BY_LINE, rubric};
use super::source::Source;
use super::suite::Suite;

const STRATEGY: &str = "Vanilla_NoRules";
const RULES: [&str; 4] = ["mean", "majority", "dawid_skene", "weighted"];

/// The pairs of LLMBar itself, with a metric for each way to hear the judges whose replies were published.
fn suite(source: &Source) -> (Suite, Vec<String>) {
    let is_wanted = |row: &Value| row["subset"].as_str().unwrap().starts_with("LLMBar/");
    let pairs: Vec<Value> = source.rows("llmbar/dataset.jsonl.gz").into_iter().filter(is_wanted).collect();
    let replies: Vec<Value> = source
        .rows("llmbar/judgments.jsonl.gz")
        .into_iter()
        .filter(|row| is_wanted(row) && row["strategy"] == STRATEGY && row["completions"].is_array())
        .collect();
    let mut judges: Vec<String> = replies.iter().map(|row| row["judge"].as_str().unwrap().to_string()).collect();
    judges.sort();
    judges.dedup();
    let case = |row: &Value| format!("{} {}", row["subset"].as_str().unwrap(), row["idx"]);
    let models = judges.iter().map(|judge| format!("  {judge}: {{provider: recorded, replies: replies.jsonl}}\n"));
    let metrics = RULES.map(|rule| {
        format!(
            "  {rule}: {{rubric: preference.yaml, judge: [{}], panel: {rule}, missing: wrong}}\n",
            judges.join(", ")
        )
    });
    let yaml = format!(
        "
name: LLMBar, heard together
dataset: pairs.jsonl
models:
{}candidates:
  output_1: {{outputs: output_1.jsonl}}
  output_2: {{outputs: output_2.jsonl}}
metrics:
{}",
        models.collect::<String>(),
        metrics.concat()
    );
    let labels = |row: &Value| -> Value {
        let preferred = format!("output_{}", row["label"]);
        RULES.iter().map(|rule| (rule.to_string(), json!(preferred))).collect::<serde_json::Map<_, _>>().into()
    };
    let verdict = |row: &Value, rule: &str, first: usize| {
        let (last, shown) = (row["completions"].as_array().unwrap().last().unwrap(), ["output_1", "output_2"]);
        json!({
            "metric": rule, "case": case(row), "judge": row["judge"], "text": last[first],
            "first": shown[first], "second": shown[1 - first],
        })
    };
    let all = replies.iter().flat_map(|row| RULES.map(|rule| [verdict(row, rule, 0), verdict(row, rule, 1)])).flatten();
    let mut suite =
        Suite::new(&yaml).write("preference.yaml", &rubric("preference", BY_LINE)).rows("replies.jsonl", all).rows(
            "pairs.jsonl",
            pairs.iter().map(|row| json!({"id": case(row), "input": row["input"], "labels": labels(row)})),
        );
    for output in ["output_1", "output_2"] {
        let texts = pairs.iter().map(|row| json!({"case": case(row), "text": row[output]}));
        suite = suite.rows(&format!("{output}.jsonl"), texts);
    }
    (suite, judges)
}

#[test]
fn a_panel_is_worse_than_its_best_judge_until_it_is_weighed_by_labels() {
    let Some(source) = Source::find() else { return };
    let (suite, judges) = suite(&source);
    let panels = suite.json(&["run", "--json"])["panels"].clone();
    let of = |rule: &str, at: &str| panels[rule].pointer(at).and_then(Value::as_f64).unwrap();
    for judge in &judges {
        println!("{judge} alone: {:.3}", of("majority", &format!("/judges/{judge}/accuracy/estimate")));
    }
    for rule in RULES {
        let (low, high) = (of(rule, "/below_best/low"), of(rule, "/below_best/high"));
        let below = of(rule, "/below_best/estimate");
        println!("{rule}: {:.3}, below the best by {below:.3} ({low:.3} to {high:.3})", of(rule, "/accuracy/estimate"));
        assert_eq!(panels[rule]["best_judge"], "GPT-4");
    }
    println!("alpha {:.3}, differ {:.3}", of("majority", "/alpha/estimate"), of("majority", "/differ/estimate"));
    // Published for GPT-4 over both orders: 0.7649.
    assert!((of("majority", "/judges/GPT-4/accuracy/estimate") - 0.765).abs() < 0.005);
    for rule in ["mean", "majority", "dawid_skene"] {
        assert!(of(rule, "/below_best/low") > 0.05, "{rule} is shown to be worse than GPT-4 alone");
    }
    assert!(
        of("weighted", "/below_best/high") < 0.05,
        "labels tell whom to listen to, on cases that they are not from"
    );
}
