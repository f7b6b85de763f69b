//! The AlpacaEval 2 leaderboard: win rates and standard errors from the recorded preferences.

use serde_json::{Value, json};

use super::figures::Figures;
use super::source::Source;
use super::suite::Suite;

const BASELINE: &str = "gpt4_1106_preview";

const RUBRIC: &str = "
name: preference
mode: pairwise
instructions: Which of the two outputs would people prefer?
reply: json
orders: one
";

/// One model's recorded preferences.
struct Recorded {
    model: String,
    /// Case and how far the judge preferred the model's output, in [0, 1].
    preferred: Vec<(u64, f64)>,
}

fn recorded(row: &Value) -> Recorded {
    let preferences = row["preference"].as_array().unwrap();
    let cases: Vec<u64> = match row["idx"].as_array() {
        Some(indices) => indices.iter().map(|index| index.as_u64().unwrap()).collect(),
        None => (0..preferences.len() as u64).collect(),
    };
    // 1 is the baseline and 2 the model; 0, which the authors wrote for a draw, is in none of these rows.
    let preferred = preferences.iter().map(|preference| preference.as_f64().unwrap() - 1.0);
    Recorded {
        model: row["model"].as_str().unwrap().to_string(),
        preferred: cases.into_iter().zip(preferred).collect(),
    }
}

/// A suite of the baseline and models that were judged on the same cases.
fn suite(models: &[Recorded], instructions: &[Value]) -> Suite {
    let names: Vec<&str> = std::iter::once(BASELINE).chain(models.iter().map(|m| m.model.as_str())).collect();
    let candidates: String = names.iter().map(|name| format!("  {name}: {{outputs: '{name}.jsonl'}}\n")).collect();
    let mut suite = Suite::new(&format!(
        "
name: AlpacaEval 2
dataset: instructions.jsonl
models:
  judge: {{provider: recorded, replies: replies.jsonl}}
candidates:
{candidates}
metrics:
  preference: {{rubric: preference.yaml, judge: judge}}
"
    ));
    let cases: Vec<u64> = models[0].preferred.iter().map(|(case, _)| *case).collect();
    let instruction = |case: u64| &instructions[usize::try_from(case).unwrap()]["instruction"];
    suite = suite.write("preference.yaml", RUBRIC).rows(
        "instructions.jsonl",
        cases.iter().map(|case| json!({"id": case.to_string(), "input": instruction(*case)})),
    );
    for name in &names {
        // The texts are not published with the preferences; a recorded judge does not read them.
        let outputs = cases.iter().map(|case| json!({"case": case.to_string(), "text": "(not kept)"}));
        suite = suite.rows(&format!("{name}.jsonl"), outputs);
    }
    let replies = models.iter().flat_map(|Recorded { model, preferred }| {
        preferred.iter().map(move |(case, preferred)| {
            let text = json!({"preference": preferred}).to_string();
            json!({"metric": "preference", "case": case.to_string(), "first": model, "second": BASELINE, "text": text})
        })
    });
    suite.rows("replies.jsonl", replies)
}

#[test]
fn win_rates_and_standard_errors_are_those_of_the_leaderboard() {
    let Some(source) = Source::find() else { return };
    let instructions = source.rows("alpaca_eval2/instructions.jsonl");
    let leaderboard = source.table("alpaca_eval2/leaderboard_published.csv");
    // Models that were judged on all cases share one suite; one with gaps has its own.
    let (whole, partial): (Vec<Recorded>, Vec<Recorded>) = source
        .rows("alpaca_eval2/preferences.jsonl")
        .iter()
        .map(recorded)
        .partition(|model| model.preferred.len() == instructions.len());
    let suites = std::iter::once(whole).chain(partial.into_iter().map(|model| vec![model]));
    let mut figures = Figures::new("alpaca_eval2", 1e-8);
    for models in suites {
        let found = suite(&models, &instructions).json(&["run", "--json"]);
        for comparison in found["comparisons"].as_array().unwrap() {
            let model = comparison["candidate"].as_str().unwrap();
            let row = leaderboard.iter().find(|row| row["model"] == model);
            let row = row.unwrap_or_else(|| panic!("{model} is not on the leaderboard"));
            let mut figure = |what: &str, ours: &str, unit: f64| {
                let ours = comparison[ours].as_f64().map(|x| x * unit);
                figures.add(format!("{model}, {what}"), row[what].as_f64().unwrap(), ours);
            };
            figure("win_rate", "win_rate", 100.0);
            figure("standard_error", "se", 100.0);
            figure("n_total", "n", 1.0);
            figure("n_wins", "wins", 1.0);
            figure("n_wins_base", "losses", 1.0);
            figure("n_draws", "ties", 1.0);
        }
    }
    figures.settle();
}
