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
    /// The number of characters of the model's output for each of these.
    lengths: Vec<usize>,
    /// The published length-controlled win rate.
    controlled: f64,
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
        lengths: row["output_len"].as_array().unwrap().iter().map(|length| length.as_u64().unwrap() as usize).collect(),
        controlled: row["published"]["length_controlled_winrate"].as_f64().unwrap(),
    }
}

/// A suite of the baseline and models that were judged on the same cases.
fn suite(models: &[Recorded], instructions: &[Value], lengths_matter: bool) -> Suite {
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
    let baseline =
        |case: &u64| instructions[usize::try_from(*case).unwrap()]["baseline_len"].as_u64().unwrap() as usize;
    for name in &names {
        let model = models.iter().find(|model| model.model == *name);
        let lengths = model.map_or_else(|| cases.iter().map(baseline).collect(), |model| model.lengths.clone());
        // The texts are not published with the preferences, but their lengths are; a recorded judge does not read them.
        let outputs = cases.iter().zip(lengths).map(|(case, length)| {
            let text = if lengths_matter { "x".repeat(length.max(1)) } else { "(not kept)".to_string() };
            json!({"case": case.to_string(), "text": text})
        });
        suite = suite.rows(&format!("{name}.jsonl"), outputs);
    }
    let replies = models.iter().flat_map(|Recorded { model, preferred, .. }| {
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
        let found = suite(&models, &instructions, false).json(&["run", "--json"]);
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

/// The models of which both longer and shorter outputs were seen often enough. The two-parameter form needs nothing that
/// was published but preferences and lengths; for these four models it says what the leaderboard says, to two points.
/// For a model that is nearly always shorter it says that it cannot be relied on.
#[test]
fn win_rates_at_equal_length_are_near_those_of_the_leaderboard() {
    let Some(source) = Source::find() else { return };
    let instructions = source.rows("alpaca_eval2/instructions.jsonl");
    let rows = source.rows("alpaca_eval2/preferences.jsonl");
    let whole = rows.iter().map(recorded).filter(|model| model.preferred.len() == instructions.len());
    // Who is at least as long as the baseline in a fifth to four fifths of cases, and one more.
    let longer = |model: &Recorded| {
        let length = |case: usize| instructions[case]["baseline_len"].as_u64().unwrap() as usize;
        let longer = model.lengths.iter().enumerate().filter(|(case, own)| **own >= length(*case));
        longer.count() as f64 / instructions.len() as f64
    };
    let (near, beyond): (Vec<Recorded>, Vec<Recorded>) = whole.partition(|model| (0.2..0.8).contains(&longer(model)));
    let models: Vec<Recorded> = near.into_iter().chain(beyond.into_iter().take(1)).collect();
    let found = suite(&models, &instructions, true).json(&["run", "--json"]);
    let effects = found["length"].as_array().unwrap();
    assert_eq!(effects.len(), models.len());
    let mut figures = Figures::new("alpaca_eval2, at equal length (points)", 2.0);
    for (model, effect) in models.iter().zip(effects) {
        assert_eq!(effect["candidate"], model.model.as_str());
        let controlled = &effect["controlled_win_rate"];
        let number = |key: &str| 100.0 * controlled[key].as_f64().unwrap();
        assert!(number("low") < number("estimate") && number("estimate") < number("high"), "{effect}");
        if effect["extrapolates"] == false {
            // A bootstrap of 805 instructions: about 1.4 points of standard error.
            assert!((3.0..9.0).contains(&(number("high") - number("low"))), "{effect}");
            figures.add(&model.model, model.controlled, number("estimate"));
        }
    }
    figures.settle();
    assert_eq!(effects.iter().filter(|effect| effect["extrapolates"] == true).count(), 1);
    let ranking = &found["ranking"][0]["candidates"];
    assert!(ranking.as_array().unwrap().iter().all(|candidate| candidate["at_equal"]["rank"].is_u64()));
}
