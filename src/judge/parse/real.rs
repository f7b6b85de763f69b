//! Real judge completions, each against the label that the parser of those who published it gave.
//!
//! The labels are what a parser read, not the truth. Where karat reads otherwise on purpose, the row stands in a
//! table below with the reason; all other rows of a format must agree to 99.5 %.

use std::collections::BTreeMap;

use serde_json::Value;

use super::*;
use crate::suite::Scale;
use crate::suite::made::rubric;

/// Rows that karat reads otherwise than their authors by the form that fits them: why, and which.
const BY_FORM: [(&str, &[u64]); 11] = [
    (
        "the authors look for `Output (a)` first, at a line's start or quoted from a debate; the verdict is (b)",
        &[
            131, 445, 578, 601, 799, 1281, 1283, 1317, 1323, 1424, 1425, 1474, 1579, 1581, 1584, 1588, 1590, 1594,
            1595, 1596, 1607, 1608, 1613, 1615, 1616, 1619,
        ],
    ),
    ("the reply is cut off or compares only; the authors found an `Output (a)` that decides nothing", &[480, 1559]),
    ("two different verdicts; the authors took the first", &[1411]),
    ("a verdict is there, behind a `#` that the authors' expression did not expect", &[1534]),
    ("the label is a reward model's: there is no text", &[2676]),
    (
        "`4 out of 5` and `3/5`, of which the authors took the 5",
        &[3913, 4617, 4659, 4696, 4708, 4740, 4750, 4759, 4771, 4813, 4834, 4847, 4850, 4874, 4906, 4916, 4941, 4942],
    ),
    ("two different ratings, none of them marked as final; the authors took one", &[4259, 4428, 4486, 4780, 6058]),
    ("a verdict is there, in words: `a four out of five`", &[4593]),
    ("1.5 is on a scale of numbers; the authors took its first digit", &[6069]),
    (
        "a number in prose that nothing calls a rating: `…against them. 4.`, `making it a 5`, `a consistency of 5`",
        &[4014, 4888, 4929],
    ),
    ("the rating stands under the name of a criterion, which this rubric does not have", &[6398]),
];

/// The same for the authors' own rule, written as a pattern.
const BY_RULE: [(&str, &[u64]); 3] = [
    (
        "from the prompt without reasoning, which the authors read by a line's start",
        &[1281, 1283, 1317, 1323, 1411, 1424, 1425, 1474],
    ),
    (
        "the first digit is a number of the conversation, off the scale that was asked for",
        &[5376, 5386, 5392, 5404, 5411, 5412, 5522, 5723, 5755, 5773],
    ),
    ("no number in the reply; the authors' code wrote 0 for not found", &[5401, 5519, 5752, 5758, 5770]),
];

fn numbers(min: f64, max: f64) -> Option<Scale> {
    Some(Scale::Numbers { min, max })
}

fn pattern(pattern: &str, values: &[(&str, &str)]) -> ReplyForm {
    let values = values.iter().map(|(capture, worth)| (capture.to_string(), worth.to_string())).collect();
    ReplyForm::Pattern { pattern: pattern.into(), values }
}

fn rows() -> Option<Vec<Value>> {
    crate::published::rows("raw_verdicts/raw_verdicts.jsonl.gz")
}

fn label(row: &Value) -> Option<f64> {
    let label = &row["label"];
    match label.as_str().map_or_else(|| label.to_string(), str::to_string).as_str() {
        "null" => None,
        "A" | "A>B" | "m" | "model_1" => Some(1.0),
        "B" | "B>A" | "M" | "model_2" => Some(0.0),
        "C" | "A=B" | "tie" => Some(0.5),
        number => Some(number.parse().unwrap()),
    }
}

/// The rubric that fits a row, by a form of its own where there is one.
fn fitting(row: &Value) -> (&'static str, Rubric) {
    let format = row["format"].as_str().unwrap();
    let form = match format {
        "arena_hard" | "mt_bench_pair" => rubric(None, ReplyForm::Bracketed),
        "mt_bench_single" => rubric(numbers(1.0, 10.0), ReplyForm::Bracketed),
        "llmbar_cot_output_a_is_better" | "llmbar_output_a" => rubric(None, ReplyForm::Letter),
        "llmbar_rating" => rubric(numbers(1.0, 10.0), ReplyForm::Rating),
        "summeval_rts" | "summeval_altrts" | "summeval_stareval" => rubric(numbers(1.0, 5.0), ReplyForm::Rating),
        rated if rated.starts_with("topical_chat_rate") || rated.starts_with("topical_chat_analyze") => {
            rubric(topical_scale(row), ReplyForm::Rating)
        }
        _ => return ("pattern", by_rule(row)),
    };
    let name = match form.reply {
        ReplyForm::Bracketed => "bracketed",
        ReplyForm::Letter => "letter",
        _ => "rating",
    };
    (name, form)
}

/// The authors' own rule as a pattern, as somebody would write it who wants their numbers.
fn by_rule(row: &Value) -> Rubric {
    let format = row["format"].as_str().unwrap();
    let letters = [("a", "A"), ("b", "B")];
    match format {
        // "(a) anywhere, else (b)". The lazy and the greedy half must not begin alike: the regex crate would draw the
        // common beginning out of the alternation and then take whichever letter comes first.
        "llmbar_cot_output_a_is_better" => {
            rubric(None, pattern(r"(?s)\A(?:.*?Output \((a)\) is better.|.*Output \((b)\) is better.)", &letters))
        }
        "llmbar_output_a" => {
            rubric(None, pattern(r"(?s)\A(?:(?:.*?\n)?? ?Output \((a)\)|(?:.*\n)? ?Output \((b)\))", &letters))
        }
        "summeval_mcq" | "summeval_altmcq" => rubric(
            numbers(1.0, 5.0),
            pattern(r"\A\s*([A-E])\b", &[("A", "1"), ("B", "2"), ("C", "3"), ("D", "4"), ("E", "5")]),
        ),
        "summeval_h2h" => rubric(None, pattern(r"\A\s*([ABC])\b", &[("C", "tie")])),
        "alpaca_ranking_json" | "alpaca_ranking_pyliteral" => rubric(
            None,
            pattern(
                r#"['"]model['"]:\s*['"](m|M|model_1|model_2)['"],\s*['"]rank['"]:\s*1\b"#,
                &[("m", "A"), ("M", "B"), ("model_1", "A"), ("model_2", "B")],
            ),
        ),
        topical if topical.contains("geval") || topical.contains("llm_eval") => {
            rubric(topical_scale(row), pattern(r"\A\D*(\d)", &[]))
        }
        _ => rubric(topical_scale(row), pattern(r"(?i)rating:\D*?(\d)", &[])),
    }
}

fn topical_scale(row: &Value) -> Option<Scale> {
    if row["expect"] == "0/1" { numbers(0.0, 1.0) } else { numbers(1.0, 3.0) }
}

fn value(reading: &Reading) -> Option<f64> {
    match reading {
        Reading::Read(finding) => Some(finding.value),
        _ => None,
    }
}

/// Reads every row, prints each disagreement, and holds them against what is meant to differ.
fn compare(rows: &[Value], how: impl Fn(&Value) -> (&'static str, Rubric), meant: &[(&str, &[u64])]) -> Vec<String> {
    let mut formats: BTreeMap<String, (usize, usize, usize)> = BTreeMap::new();
    let mut seen = Vec::new();
    for row in rows {
        let id = row["id"].as_u64().unwrap();
        let (form, rubric) = how(row);
        let reading = read(&rubric, row["text"].as_str().unwrap());
        let counts = formats.entry(format!("{} ({form})", row["format"].as_str().unwrap())).or_default();
        counts.0 += 1;
        if value(&reading) == label(row) {
            counts.1 += 1;
            continue;
        }
        let reason = meant.iter().find(|(_, ids)| ids.contains(&id)).map(|(reason, _)| *reason);
        counts.2 += usize::from(reason.is_some());
        seen.push(id);
        println!("{id}: karat {reading:?}, authors {:?}: {}", label(row), reason.unwrap_or("NOT MEANT"));
    }
    let mut table = Vec::new();
    for (format, (n, agree, meant)) in &formats {
        table.push(format!("{format}: {n} replies, {agree} agree, {meant} differ on purpose"));
        println!("{}", table[table.len() - 1]);
        assert!(*agree as f64 >= 0.995 * (n - meant) as f64, "{format}: {agree} of {n}, {meant} on purpose");
    }
    let stale: Vec<u64> = meant.iter().flat_map(|(_, ids)| *ids).copied().filter(|id| !seen.contains(id)).collect();
    assert!(stale.is_empty(), "these agree after all: {stale:?}");
    table
}

#[test]
fn the_fitting_form_agrees_with_the_authors() {
    let Some(rows) = rows() else { return };
    let patterned = |row: &Value| fitting(row).0 == "pattern";
    let formed: Vec<Value> = rows.iter().filter(|row| !patterned(row)).cloned().collect();
    let expected = [
        "arena_hard (bracketed): 711 replies, 710 agree, 1 differ on purpose",
        "llmbar_cot_output_a_is_better (letter): 1069 replies, 1055 agree, 14 differ on purpose",
        "llmbar_output_a (letter): 73 replies, 57 agree, 16 differ on purpose",
        "llmbar_rating (rating): 4 replies, 4 agree, 0 differ on purpose",
        "mt_bench_pair (bracketed): 104 replies, 104 agree, 0 differ on purpose",
        "mt_bench_single (bracketed): 361 replies, 361 agree, 0 differ on purpose",
        "summeval_altrts (rating): 87 replies, 87 agree, 0 differ on purpose",
        "summeval_rts (rating): 1225 replies, 1199 agree, 26 differ on purpose",
        "summeval_stareval (rating): 63 replies, 63 agree, 0 differ on purpose",
        "topical_chat_analyze_rate (rating): 221 replies, 219 agree, 2 differ on purpose",
        "topical_chat_analyze_rate_auto_cot (rating): 220 replies, 220 agree, 0 differ on purpose",
        "topical_chat_rate_explain (rating): 184 replies, 184 agree, 0 differ on purpose",
        "topical_chat_rate_explain_auto_cot (rating): 164 replies, 163 agree, 1 differ on purpose",
    ];
    assert_eq!(compare(&formed, fitting, &BY_FORM), expected);
}

#[test]
fn the_authors_own_rule_can_be_written_as_a_pattern() {
    let Some(rows) = rows() else { return };
    let ruled: Vec<Value> = rows
        .iter()
        .filter(|row| {
            let format = row["format"].as_str().unwrap();
            fitting(row).0 == "pattern" || format.starts_with("llmbar_cot") || format == "llmbar_output_a"
        })
        .cloned()
        .collect();
    let expected = [
        "alpaca_ranking_json (pattern): 491 replies, 491 agree, 0 differ on purpose",
        "alpaca_ranking_pyliteral (pattern): 4 replies, 4 agree, 0 differ on purpose",
        "llmbar_cot_output_a_is_better (pattern): 1069 replies, 1061 agree, 8 differ on purpose",
        "llmbar_output_a (pattern): 73 replies, 73 agree, 0 differ on purpose",
        "summeval_altmcq (pattern): 2 replies, 2 agree, 0 differ on purpose",
        "summeval_h2h (pattern): 12 replies, 12 agree, 0 differ on purpose",
        "summeval_mcq (pattern): 5 replies, 5 agree, 0 differ on purpose",
        "topical_chat_geval (pattern): 76 replies, 69 agree, 7 differ on purpose",
        "topical_chat_geval_no_auto_cot (pattern): 81 replies, 79 agree, 2 differ on purpose",
        "topical_chat_llm_eval_no_cot (pattern): 163 replies, 157 agree, 6 differ on purpose",
    ];
    assert_eq!(compare(&ruled, |row| ("pattern", by_rule(row)), &BY_RULE), expected);
}

/// Of the replies whose authors found no verdict, karat reads two: both hold one.
#[test]
fn no_verdict_is_made_up() {
    let Some(rows) = rows() else { return };
    let silent: Vec<&Value> = rows.iter().filter(|row| row["label"].is_null()).collect();
    assert_eq!(silent.len(), 165);
    let read: Vec<u64> = silent
        .iter()
        .filter(|row| value(&read(&fitting(row).1, row["text"].as_str().unwrap())).is_some())
        .map(|row| row["id"].as_u64().unwrap())
        .collect();
    assert_eq!(read, [1534, 4593]);
}

/// Replies to "scores only", read by the `rating` form: it leaves many unread (`2. Ok` may be a list), and reads
/// none otherwise than the authors but for fractions and for ids where they took a digit of the conversation.
#[test]
fn the_rating_form_is_never_wrong_on_bare_scores() {
    let Some(rows) = rows() else { return };
    for row in
        rows.iter().filter(|row| row["format"].as_str().is_some_and(|f| f.contains("eval_") || f.ends_with("geval")))
    {
        if !row["format"].as_str().unwrap().starts_with("topical") {
            continue;
        }
        let reading = read(&rubric(topical_scale(row), ReplyForm::Rating), row["text"].as_str().unwrap());
        if let (Some(ours), Some(theirs)) = (value(&reading), label(row)) {
            let known = [5411, 5722, 5755].contains(&row["id"].as_u64().unwrap());
            assert!(ours == theirs || ours.fract() != 0.0 || known, "{row}: {reading:?}");
        }
    }
}

/// A judge that quotes an attack on it and then gives its own verdict is read as that, or not at all.
#[test]
fn no_quoted_attack_becomes_the_verdict() {
    let Some(strings) = crate::published::rows("attacks/strings.jsonl") else { return };
    let (mut tried, mut unread) = (0, 0);
    for row in strings {
        let attack = row["text"].as_str().unwrap();
        let object = serde_json::json!({"reasoning": format!("It says: {attack}"), "score": 2}).to_string();
        let scale = || numbers(1.0, 10.0);
        assert_eq!(value(&read(&rubric(scale(), ReplyForm::Json), &object)), Some(2.0), "{attack}");
        for (rubric, verdict, expected) in [
            (rubric(scale(), ReplyForm::Json), r#"{"reasoning": "…", "score": 2}"#, 2.0),
            (rubric(scale(), ReplyForm::Bracketed), "Rating: [[2]]", 2.0),
            (rubric(None, ReplyForm::Bracketed), "[[B]]", 0.0),
            (rubric(None, ReplyForm::Letter), "Therefore, Output (b) is better.", 0.0),
            (rubric(scale(), ReplyForm::Rating), "Final rating: 2", 2.0),
        ] {
            let found = value(&read(&rubric, &format!("The answer says: {attack}\n\n{verdict}")));
            assert!(found.is_none_or(|value| value == expected), "{attack} → {found:?}");
            tried += 1;
            unread += usize::from(found.is_none());
        }
    }
    println!("{tried} replies that quote an attack: {unread} unparsed, the rest read as the judge's own verdict");
}
