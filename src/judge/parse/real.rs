//! Real judge completions, each against the label that the parser of those who published it gave.

use std::io::Read;

use serde_json::Value;

use super::*;
use crate::suite::{Mode, Orders, Scale, Shows};

/// A rubric with nothing but its scale and form.
fn rubric(scale: Option<Scale>, reply: ReplyForm) -> Rubric {
    Rubric {
        name: "real".into(),
        mode: if scale.is_some() { Mode::Pointwise } else { Mode::Pairwise },
        instructions: String::new(),
        scale,
        criteria: Vec::new(),
        shows: Shows::default(),
        failure_categories: Vec::new(),
        reply,
        orders: Orders::default(),
    }
}

fn numbers(min: f64, max: f64) -> Option<Scale> {
    Some(Scale::Numbers { min, max })
}

fn pattern(pattern: &str, values: &[(&str, &str)]) -> ReplyForm {
    ReplyForm::Pattern {
        pattern: pattern.into(),
        values: values.iter().map(|(k, v)| (k.to_string(), v.to_string())).collect(),
    }
}

fn rows() -> Option<Vec<Value>> {
    let folder = std::env::var_os("REAL_JUDGMENTS")?;
    let file = std::fs::File::open(std::path::Path::new(&folder).join("raw_verdicts/raw_verdicts.jsonl.gz")).unwrap();
    let mut text = String::new();
    flate2::read::GzDecoder::new(file).read_to_string(&mut text).unwrap();
    Some(text.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

fn label(row: &Value) -> Option<f64> {
    match row["label"].as_str().map(str::to_string).unwrap_or_else(|| row["label"].to_string()).as_str() {
        "null" => None,
        "A" | "A>B" | "m" | "model_1" => Some(1.0),
        "B" | "B>A" | "M" | "model_2" => Some(0.0),
        "C" | "A=B" | "tie" => Some(0.5),
        number => Some(number.parse().unwrap()),
    }
}

#[test]
fn explore() {
    let Some(rows) = rows() else { return };
    let start = "(?i)(?:^|\n) ?Output \\(([ab])\\)";
    let _ = start;
    let topical = |row: &Value| if row["expect"] == "0/1" { numbers(0.0, 1.0) } else { numbers(1.0, 3.0) };
    let trials: Vec<(&str, &str, Box<dyn Fn(&Value) -> Rubric>)> = vec![
        ("arena_hard", "bracketed", Box::new(|_| rubric(None, ReplyForm::Bracketed))),
        ("mt_bench_pair", "bracketed", Box::new(|_| rubric(None, ReplyForm::Bracketed))),
        ("mt_bench_single", "bracketed", Box::new(|_| rubric(numbers(1.0, 10.0), ReplyForm::Bracketed))),
        ("llmbar_cot_output_a_is_better", "letter", Box::new(|_| rubric(None, ReplyForm::Letter))),
        ("llmbar_output_a", "letter", Box::new(|_| rubric(None, ReplyForm::Letter))),
        ("llmbar_rating", "rating", Box::new(|_| rubric(numbers(1.0, 10.0), ReplyForm::Rating))),
        ("summeval_rts", "rating", Box::new(|_| rubric(numbers(1.0, 5.0), ReplyForm::Rating))),
        ("summeval_altrts", "rating", Box::new(|_| rubric(numbers(1.0, 5.0), ReplyForm::Rating))),
        ("summeval_stareval", "rating", Box::new(|_| rubric(numbers(1.0, 5.0), ReplyForm::Rating))),
        ("topical_chat_geval", "rating", Box::new(move |r| rubric(topical(r), ReplyForm::Rating))),
        ("topical_chat_geval_no_auto_cot", "rating", Box::new(move |r| rubric(topical(r), ReplyForm::Rating))),
        ("topical_chat_llm_eval_no_cot", "rating", Box::new(move |r| rubric(topical(r), ReplyForm::Rating))),
        ("topical_chat_rate_explain", "rating", Box::new(move |r| rubric(topical(r), ReplyForm::Rating))),
        ("topical_chat_analyze_rate", "rating", Box::new(move |r| rubric(topical(r), ReplyForm::Rating))),
        ("topical_chat_rate_explain_auto_cot", "rating", Box::new(move |r| rubric(topical(r), ReplyForm::Rating))),
        ("topical_chat_analyze_rate_auto_cot", "rating", Box::new(move |r| rubric(topical(r), ReplyForm::Rating))),
    ];
    for (format, form, make) in trials {
        let (mut n, mut agree) = (0, 0);
        for row in rows.iter().filter(|r| r["format"] == format) {
            n += 1;
            let reply = row["text"].as_str().unwrap();
            let ours = read(&make(row), reply);
            let value = if let Reading::Read(f) = &ours { Some(f.value) } else { None };
            if value == label(row) {
                agree += 1;
            } else {
                let why = match ours { Reading::Read(_) => String::new(), Reading::Refused => "refused".into(), Reading::Unparsed(w) => w };
                println!("  {format} {} ours {value:?} theirs {:?} {why} | {:?}", row["id"], label(row), reply.chars().take(600).collect::<String>());
            }
        }
        println!("== {format} {form} {agree}/{n}");
    }
}
