//! Expectations from probabilities as each server writes them, and the replies that give none.

use serde_json::json;

use super::*;
use crate::suite::Scale;
use crate::suite::made::rubric;

fn five(reply: ReplyForm) -> Rubric {
    rubric(Some(Scale::Numbers { min: 1.0, max: 5.0 }), reply)
}

/// The tokens of a reply as Chat Completions has them; those of the last but `after` have alternatives.
fn chat(before: &[&str], top: &[(&str, f64)], after: &[&str]) -> Value {
    let plain = |text: &&str| json!({"token": text, "logprob": -0.01, "top_logprobs": []});
    let others: Vec<Value> = top.iter().map(|(token, logprob)| json!({"token": token, "logprob": logprob})).collect();
    let place = json!({"token": top[0].0, "logprob": top[0].1, "top_logprobs": others});
    let all: Vec<Value> = before.iter().map(plain).chain([place]).chain(after.iter().map(plain)).collect();
    json!({"content": all})
}

#[track_caller]
fn near(expected: f64, found: f64) {
    assert!((expected - found).abs() < 1e-9, "{expected} {found}");
}

#[test]
fn the_reference_block_comes_out_in_each_form() {
    // scipy's numbers: stat_vectors, `geval_logprob`.
    let top = [("4", -0.5), ("1", -4.2), ("2", -3.0), ("3", -1.2), ("5", -2.9), ("The", -6.0)];
    let rated = expectation(&five(ReplyForm::Rating), Some(&chat(&["Rating", ":", " "], &top, &[])), 4.0).unwrap();
    near(3.619_737_059_892_401_5, rated.value);
    near(1.027_530_736_869_584_3, rated.mass);
    near((-0.5_f64).exp() / rated.mass, rated.confidence);
    let object = chat(&["{\"", "reasoning", "\":\"a 4 it is, or a ", "4", "\",\"", "score", "\":"], &top, &["}"]);
    assert_eq!(expectation(&five(ReplyForm::Json), Some(&object), 4.0).unwrap(), rated);
    let brackets = chat(&["[["], &top, &["]]"]);
    assert_eq!(expectation(&five(ReplyForm::Bracketed), Some(&brackets), 4.0).unwrap(), rated);
}

#[test]
fn one_word_in_several_spellings_is_one_word() {
    let top = [(" 4", 0.5_f64.ln()), ("4", 0.25_f64.ln()), (" 2", 0.125_f64.ln()), (" 4.", 0.0625_f64.ln())];
    let found = expectation(&five(ReplyForm::Rating), Some(&chat(&["Score:"], &top, &[])), 4.0).unwrap();
    near(0.9375, found.mass);
    near((4.0 * 0.8125 + 2.0 * 0.125) / 0.9375, found.value);
}

#[test]
fn each_servers_way_to_write_them() {
    let brackets = rubric(None, ReplyForm::Bracketed);
    let chat = chat(&["[["], &[("A", 0.6_f64.ln()), ("B", 0.2_f64.ln()), ("C", 0.1_f64.ln())], &["]]"]);
    let responses = chat["content"].clone();
    let top = |pairs: &[(&str, f64)]| {
        let all: Vec<Value> = pairs.iter().map(|(t, p)| json!({"token": t, "logProbability": p.ln()})).collect();
        json!({"candidates": all})
    };
    let gemini = json!({
        "chosenCandidates": [
            {"token": "[[", "logProbability": 0.0}, {"token": "A", "logProbability": 0.6_f64.ln()}, {"token": "]]"},
        ],
        "topCandidates": [top(&[("[[", 1.0)]), top(&[("A", 0.6), ("B", 0.2), ("C", 0.1)]), top(&[("]]", 1.0)])],
    });
    for written in [chat, responses, gemini] {
        let found = expectation(&brackets, Some(&written), 1.0).unwrap();
        near(0.65 / 0.9, found.value);
        near(0.9, found.mass);
    }
}

#[test]
fn what_gives_no_expectation_says_why() {
    let five = five(ReplyForm::Rating);
    let why = |logprobs: Option<&Value>, written| expectation(&five, logprobs, written).unwrap_err();
    let cases = [
        why(None, 4.0),
        why(Some(&json!({"tokens": []})), 4.0),
        why(Some(&chat(&["Rating:"], &[(" 3", -0.1)], &[])), 4.0),
        why(Some(&chat(&["Rating: ", "4"], &[(".", -0.1), ("0", -0.2)], &["5"])), 4.5),
        why(Some(&json!([{"token": "Rating: ", "logprob": 0.0}, {"token": "4", "logprob": -0.1}])), 4.0),
        why(Some(&chat(&["Rating:"], &[(" 4", -1.0), (" high", -0.5)], &[])), 4.0),
    ];
    insta::assert_snapshot!(cases.join("\n"), @r"
    the reply came without the probabilities of its tokens
    the reply came without the probabilities of its tokens
    the tokens whose probabilities came do not spell the verdict
    the verdict is not one token of the reply
    the server told of no alternatives: its `params` need the number of them
    only 37% of the probability in its place is known and lies on the scale
    ");
}

#[test]
fn real_preferences_are_those_that_alpaca_eval_computed() {
    let Some(replies) = crate::published::rows("alpaca_eval2/judge_logprobs.jsonl.gz") else { return };
    let values = [("m", "A"), ("M", "B")].map(|(a, b)| (a.to_string(), b.to_string()));
    let pattern = ReplyForm::Pattern { pattern: "^(m|M)$".into(), values: values.into_iter().collect() };
    let rubric = rubric(None, pattern);
    let (mut rows, mut same, mut unread) = (0, 0, 0);
    for row in replies {
        rows += 1;
        let top = row["top_logprobs"].as_array().unwrap();
        let others: Vec<Value> = top.iter().map(|pair| json!({"token": pair[0], "logprob": pair[1]})).collect();
        let content = row["content"].as_str().unwrap();
        let token = json!([{"token": content, "logprob": top[0][1], "top_logprobs": others}]);
        let Some(written) = value(&rubric, content) else {
            unread += 1;
            continue;
        };
        let found = expectation(&rubric, Some(&token), written).unwrap();
        // They count from 1, and swap what was shown swapped: the same up to its mirror image.
        let theirs = row["preference"].as_f64().unwrap() - 1.0;
        same += usize::from([1.0 - found.value, found.value].iter().any(|ours| (ours - theirs).abs() < 1e-6));
    }
    assert_eq!((rows, same, unread), (3212, 3209, 3));
}
