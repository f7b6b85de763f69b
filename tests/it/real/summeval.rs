//! SummEval: scores of GPT-4 and ChatGPT for 1,200 summaries against the mean of three experts.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::figures::Figures;
use super::source::Source;
use super::suite::Suite;
use super::trust;

const DIMENSIONS: [&str; 4] = ["coherence", "consistency", "fluency", "relevance"];

/// What is published for a judge and a method: Spearman, Pearson and Kendall by dimension, to three decimals.
struct Cell {
    name: &'static str,
    judge: &'static str,
    method: &'static str,
    printed: [[f64; 3]; 4],
    /// Replies in which `reply: rating` finds no rating, by dimension.
    unread: [u64; 4],
}

const CELLS: [Cell; 3] = [
    Cell {
        name: "GPT-4 RTS",
        judge: "gpt-4-0314",
        method: "rts",
        printed: [[0.448, 0.428, 0.373], [0.556, 0.618, 0.522], [0.498, 0.600, 0.452], [0.427, 0.461, 0.361]],
        unread: [5, 13, 43, 1],
    },
    Cell {
        name: "ChatGPT RTS",
        judge: "gpt-3.5-turbo-0301",
        method: "rts",
        printed: [[0.444, 0.467, 0.349], [0.423, 0.532, 0.378], [0.285, 0.302, 0.240], [0.448, 0.463, 0.357]],
        unread: [0, 0, 0, 4],
    },
    Cell {
        name: "ChatGPT MCQ",
        judge: "gpt-3.5-turbo-0301",
        method: "mcq",
        printed: [[0.424, 0.416, 0.350], [0.343, 0.487, 0.320], [0.343, 0.431, 0.305], [0.384, 0.395, 0.329]],
        unread: [0; 4],
    },
];

const MEASURES: [&str; 3] = ["spearman", "pearson", "kendall"];

/// How the authors read a score, as one pattern: after `Score:`; else the first number after the word; else the last
/// number there is. Of "4 out of 5" without the word they take the 5.
///
/// The alternatives begin in ways that differ but mean the same: the regex crate draws a common beginning out of an
/// alternation, and would then take what comes first in the text and not what comes first in the list.
const THEIR_RULE: &str = concat!(
    r"(?i)\A(?s:.*?)score:\s*([1-5](?:\.\d)?)",
    r"|\A\n*(?s:.*?)score:\s*(one|two|three|four|five)",
    r"|\A *(?s:.*?)(?:score|scoring)[^.1-5]+([1-5](?:\.[1-5])?)",
    r"|\A\t*(?s:.*?)(?:score|scoring)[^.]*?(one|two|three|four|five)",
    r"|\A\r*(?s:.*?)([1-5]\.[1-5])\s[^1-5]*\z",
    r"|\A(?s:.*)([1-5])",
);

/// The rubrics: the form in which karat reads a rating, the authors' rule, and the letters of the multiple choice.
fn rubrics() -> [(&'static str, String); 3] {
    let rubric = |name: &str, reply: &str| {
        let head = "mode: pointwise\ninstructions: How good is this summary of the article?\nscale: {min: 1, max: 5}";
        format!("name: {name}\n{head}\nreply: {reply}\n")
    };
    let pattern = |pattern: &str, values: &str| format!("{{pattern: '{pattern}', values: {{{values}}}}}");
    [
        ("rating", rubric("rating", "rating")),
        ("rule", rubric("rule", &pattern(THEIR_RULE, "one: 1, two: 2, three: 3, four: 4, five: 5"))),
        ("choice", rubric("choice", &pattern(r"\A\s*([A-E])\s*\z", "A: 1, B: 2, C: 3, D: 4, E: 5"))),
    ]
}

/// A metric: one rubric on one cell and dimension.
struct Metric {
    cell: usize,
    dimension: usize,
    rubric: &'static str,
}

impl Metric {
    fn name(&self) -> String {
        let cell = &CELLS[self.cell];
        format!("{}.{}.{}.{}", cell.judge, cell.method, DIMENSIONS[self.dimension], self.rubric)
    }
}

fn metrics() -> Vec<Metric> {
    let mut metrics = Vec::new();
    for (cell, Cell { method, .. }) in CELLS.iter().enumerate() {
        let forms: &[&str] = if *method == "rts" { &["rating", "rule"] } else { &["choice"] };
        for dimension in 0..DIMENSIONS.len() {
            metrics.extend(forms.iter().map(|rubric| Metric { cell, dimension, rubric }));
        }
    }
    metrics
}

/// A suite whose cases are the summaries, in one cluster for each article.
fn suite(source: &Source, metrics: &[Metric]) -> Suite {
    let id = |row: &Value| format!("{}-{}", row["system"].as_str().unwrap(), row["doc"]);
    let listed = metrics.iter().map(|metric| {
        let (name, judge) = (metric.name(), CELLS[metric.cell].judge);
        format!("  {name}: {{rubric: {}.yaml, judge: {judge}}}\n", metric.rubric)
    });
    let mut suite = Suite::new(&format!(
        "
name: SummEval
dataset: summaries.jsonl
models:
  gpt-4-0314: {{provider: recorded, replies: replies.jsonl}}
  gpt-3.5-turbo-0301: {{provider: recorded, replies: replies.jsonl}}
candidates:
  summary: {{outputs: outputs.jsonl}}
metrics:
{}",
        listed.collect::<String>()
    ));
    for (name, text) in rubrics() {
        suite = suite.write(&format!("{name}.yaml"), &text);
    }
    let labels = |row: &Value| -> Value {
        let expert = |metric: &Metric| (metric.name(), row["experts"][DIMENSIONS[metric.dimension]].clone());
        metrics.iter().map(expert).collect::<serde_json::Map<_, _>>().into()
    };
    let case = |row: &Value| {
        // The articles stay out: a recorded judge does not read them again.
        let input = format!("Summarize article {}.", row["doc"]);
        json!({"id": id(row), "input": input, "cluster": row["doc"].to_string(), "labels": labels(row)})
    };
    let humans = source.rows("summeval_llm/human.jsonl");
    // The summaries stay out too. The authors' rule takes any digit, also one that a reply only quotes from the summary,
    // which karat would not read; what is held here is their reading.
    let text = |row: &Value| json!({"case": id(row), "candidate": "summary", "text": format!("Summary {}.", id(row))});
    suite = suite.rows("summaries.jsonl", humans.iter().map(case)).rows("outputs.jsonl", humans.iter().map(text));
    // Where one summary was judged twice, the last reply counts, as it did for the authors.
    let judged = source.rows("summeval_llm/judgments.jsonl.gz");
    let mut replies: BTreeMap<(String, String), &Value> = BTreeMap::new();
    for row in &judged {
        for metric in metrics {
            let cell = &CELLS[metric.cell];
            let wanted = [cell.judge, cell.method, DIMENSIONS[metric.dimension]];
            if ["judge", "method", "dim"].map(|key| row[key].as_str().unwrap()) == wanted {
                replies.insert((metric.name(), id(row)), &row["resp"]);
            }
        }
    }
    let reply = |((metric, case), text): (&(String, String), &&Value)| json!({"metric": metric, "case": case, "candidate": "summary", "text": text});
    suite.rows("replies.jsonl", replies.iter().map(reply))
}

/// By the authors' rule every figure is theirs. `reply: rating` differs on purpose: it takes the 2 of `2/5` where they
/// took the 5 (13 replies), and finds no rating in a number that a sentence ends on (`…on the sentence level. 5`; 66
/// replies). That moves figures by up to 0.02; where neither occurs, they are the same.
#[test]
fn correlations_with_the_experts_are_those_of_the_authors() {
    let Some(source) = Source::find() else { return };
    let metrics = metrics();
    let suite = suite(&source, &metrics);
    suite.json(&["run", "--json"]);
    let found = suite.json(&["calibrate", "--json"]);
    let computed = source.vector("summeval_correlations");
    let mut printed = Figures::new("summeval, as printed", 1e-9);
    let mut exact = Figures::new("summeval, in full", 1e-9);
    let mut rated = Figures::new("summeval, by `reply: rating`", 0.02);
    for metric in &metrics {
        let (cell, dimension) = (&CELLS[metric.cell], DIMENSIONS[metric.dimension]);
        let measured = &found["metrics"][&metric.name()];
        let vector = &computed[format!("{}|{}|{dimension}", cell.judge, cell.method)];
        let unread = if metric.rubric == "rating" { cell.unread[metric.dimension] } else { 0 };
        assert_eq!(measured["unread"], unread, "{}", metric.name());
        for (measure, published) in MEASURES.iter().zip(cell.printed[metric.dimension]) {
            let ours = measured[measure]["estimate"].as_f64();
            let what = format!("{} {dimension} {measure}", cell.name);
            trust::interval_holds(&what, &measured[measure]);
            let key = if *measure == "kendall" { "kendall_tau_b" } else { measure };
            let in_full = vector[key].as_f64().unwrap();
            if metric.rubric == "rating" {
                rated.add(what.clone(), published, ours);
            } else {
                printed.add(what.clone(), published, ours.map(|r| (r * 1e3).round() / 1e3));
            }
            if unread == 0 {
                exact.add(format!("{what}, {}", metric.rubric), in_full, ours);
            }
        }
    }
    rated.settle();
    printed.settle();
    exact.settle();
}
