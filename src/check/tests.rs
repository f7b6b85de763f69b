//! Every check on outputs that pass, fail and cannot be scored.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::dataset::Case;
use crate::model::{Finish, Reply, Usage};
use crate::suite::{CheckKind, LengthUnit, StopReason};

mod trajectory;

fn case() -> Case {
    serde_json::from_value(json!({
        "id": "1", "input": {"order": "#44 (11)", "n": 3}, "reference": "Refund in 5 days", "tags": {"topic": "refunds"}
    }))
    .unwrap()
}

fn bare() -> Case {
    serde_json::from_value(json!({"id": "1", "input": "hi"})).unwrap()
}

fn checker(kind: CheckKind) -> Checker {
    Checker::new(&CheckSpec { kind, negate: false, weight: 1.0, threshold: None }).unwrap()
}

fn refused(kind: CheckKind, negate: bool) -> Diagnostic {
    Checker::new(&CheckSpec { kind, negate, weight: 1.0, threshold: None }).err().unwrap()
}

/// The value and detail of a check on an output, one line.
fn said(kind: CheckKind, output: &str) -> String {
    let result = score(&checker(kind), output, &case()).unwrap();
    format!("{} {}", result.value, result.detail)
}

fn score(checker: &Checker, output: &str, case: &Case) -> Result<CheckResult, CheckError> {
    checker.score(&Subject { reply: &Reply::of_text(output), case, usd: None, told: None })
}

/// The value and detail of a check on a call, one line.
fn called(kind: CheckKind, threshold: Option<f64>, reply: &Reply, usd: Option<f64>) -> String {
    let checker = Checker::new(&CheckSpec { kind, negate: false, weight: 1.0, threshold }).unwrap();
    match checker.score(&Subject { reply, case: &bare(), usd, told: None }) {
        Ok(result) => format!("{} {}", result.value, result.detail),
        Err(error) => format!("error: {error}"),
    }
}

fn equals(value: &str) -> CheckKind {
    CheckKind::Equals { value: value.into(), ignore_case: true }
}

fn contains(any: &[&str], all: &[&str]) -> CheckKind {
    let texts = |list: &[&str]| list.iter().map(|text| text.to_string()).collect();
    CheckKind::Contains { any: texts(any), all: texts(all), ignore_case: false }
}

fn regex(pattern: &str) -> CheckKind {
    CheckKind::Regex { pattern: pattern.into() }
}

fn number(value: &str, tolerance: f64) -> CheckKind {
    CheckKind::Number { value: value.into(), tolerance }
}

fn length(unit: LengthUnit, min: Option<f64>, max: Option<f64>) -> CheckKind {
    CheckKind::Length { unit, min, max }
}

fn schema() -> Option<Value> {
    Some(json!({"type": "object", "required": ["a"], "properties": {"a": {"type": "integer", "maximum": 5}}}))
}

#[test]
fn a_result_says_what_was_found() {
    let starts = |value: &str| CheckKind::StartsWith { value: value.into(), ignore_case: false };
    let lines = [
        said(equals("{{ reference }}"), " refund in 5 DAYS\n"),
        said(equals("yes"), "no"),
        said(contains(&["a", "b"], &["c", "d"]), "c d b"),
        said(contains(&["a", "b"], &[]), "c"),
        said(contains(&[], &["{{ tags.topic }}", "x"]), "refunds"),
        said(starts("Dear"), "  Dear customer"),
        said(starts("Dear"), "Hello there, dear customer, how are you?"),
        said(regex(r"order #\d+"), "your order #4411\nis"),
        said(regex(r"order #\d+"), "none"),
        said(regex(r"^order {{ order }}$"), "order #44 (11)"),
        said(CheckKind::IsJson { schema: schema() }, "{\"a\": 5}\n"),
        said(CheckKind::IsJson { schema: schema() }, "{\"a\": 7}"),
        said(CheckKind::IsJson { schema: schema() }, "{}"),
        said(CheckKind::IsJson { schema: None }, "Sure: {\"a\": 1}"),
        said(CheckKind::IsJson { schema: None }, ""),
        said(CheckKind::ContainsJson { schema: schema() }, "[see] {no} ```json\n{\"a\": 1}\n``` done"),
        said(CheckKind::ContainsJson { schema: schema() }, "{\"a\": \"x\"}"),
        said(CheckKind::ContainsJson { schema: None }, "[ { ["),
        said(number("{{ reference }}", 0.0), "In 4 or 5."),
        said(number("5", 0.5), "6"),
        said(number("5", 0.5), "six"),
        said(length(LengthUnit::Words, None, None), "one  two\nthree"),
        said(length(LengthUnit::Chars, Some(2.0), Some(3.0)), "äöü"),
        said(length(LengthUnit::Chars, None, Some(2.0)), "äöü"),
        said(length(LengthUnit::Tokens, Some(3.0), None), "12345"),
        said(CheckKind::Levenshtein { value: "kitten".into() }, "sitting"),
        said(CheckKind::RougeL { value: "{{ reference }}".into() }, "a refund takes 5 days"),
        said(CheckKind::RougeN { n: 2, value: "{{ reference }}".into() }, "a refund in 5 weeks"),
        said(CheckKind::Bleu { value: "{{ reference }}".into() }, "Refund in 5 days"),
        said(CheckKind::IsRefusal, "I'm sorry, I can't help with that."),
        said(CheckKind::IsRefusal, "In 5 days."),
    ];
    insta::assert_snapshot!(lines.join("\n"), @r#"
    1 is `Refund in 5 days`
    0 `no` is not `yes`
    1 contains `c`, `d`, `b`
    0 contains none of `a`, `b`
    0 does not contain `x`
    1 starts with `Dear`
    0 starts with `Hello there, dear c…`, not `Dear`
    1 found `order #4411`
    0 no match
    1 found `order #44 (11)`
    1 a JSON object
    0 does not meet the schema at /a: value is greater than the maximum of 5
    0 does not meet the schema at the value: "a" is a required property
    0 not JSON: expected value at line 1 column 1
    0 the output is empty
    1 found `{"a":1}`
    0 does not meet the schema at /a: value is not of type "integer"
    0 no JSON object or array
    1 found 5
    0 found 6, where 5 is wanted
    0 no number, where 5 is wanted
    3 3 words
    1 3 characters
    0 3 characters, more than 2
    0 2 tokens, by a quarter of its characters, fewer than 3
    0.5714285714285714 distance 3 of 7
    0.6666666666666665 3 words in common, of 5 in the output and 4 in the value
    0.5714285714285715 2 runs of 2 words in common, of 4 in the output and 3 in the value
    1 4 words, where the value has 4
    1 says `I can't help`
    0 no words of a refusal
    "#);
}

#[test]
fn tokens_are_counted_as_the_model_counted_them() {
    let usage = Some(Usage { output_tokens: 7, ..Usage::default() });
    let reply = Reply { usage, ..Reply::of_text("abcdefgh") };
    assert_eq!(called(length(LengthUnit::Tokens, None, None), None, &reply, None), "7 7 tokens");
}

#[test]
fn what_is_known_of_a_call_is_checked() {
    let slow = &Reply { latency_ms: Some(1500), finish: Finish::Length, ..Reply::of_text("yes") };
    let withheld = &Reply { finish: Finish::ContentFilter, ..Reply::of_text("") };
    let reason = CheckKind::FinishReason { value: StopReason::Stop };
    let lines = [
        called(CheckKind::Cost, None, slow, Some(0.002)),
        called(CheckKind::Cost, Some(0.002), slow, Some(0.002)),
        called(CheckKind::Cost, Some(0.001), slow, Some(0.002)),
        called(CheckKind::Latency, None, slow, None),
        called(CheckKind::Latency, Some(1000.0), slow, None),
        called(CheckKind::Cost, None, withheld, None),
        called(CheckKind::Latency, Some(1.0), withheld, None),
        called(reason.clone(), None, &Reply::of_text("yes"), None),
        called(reason, None, slow, None),
        called(CheckKind::IsRefusal, None, withheld, None),
    ];
    insta::assert_snapshot!(lines.join("\n"), @r"
    0.002 $0.002
    1 $0.002, of at most 0.002
    0 $0.002, of at most 0.001
    1500 1500 ms
    0 1500 ms, of at most 1000
    error: the cost of this output is not known: the model has no price, or did not count tokens
    error: the latency of this output is not known: it was not measured
    1 it was done
    0 it ran into the token limit
    1 the provider's content filter held it back
    ");
}

#[test]
fn a_threshold_makes_a_yes_or_a_no_of_a_number() {
    let kind = CheckKind::Levenshtein { value: "kitten".into() };
    let spec = |threshold, negate| CheckSpec { kind: kind.clone(), negate, weight: 1.0, threshold: Some(threshold) };
    let said = |spec: &CheckSpec| score(&Checker::new(spec).unwrap(), "sitting", &bare()).unwrap();
    assert_eq!(spec(0.5, false).range(), Range::Binary);
    assert_eq!(said(&spec(0.5, false)).value, 1.0);
    assert_eq!(said(&spec(0.6, false)).value, 0.0);
    assert_eq!(said(&spec(0.6, true)).value, 1.0);
    assert_eq!(said(&spec(0.6, false)).detail, "0.5714, of at least 0.6: distance 3 of 7");
}

#[test]
fn a_number_beside_its_threshold_is_short_and_never_on_the_wrong_side() {
    assert_eq!(brief(0.594_603_557, 0.5), "0.5946");
    assert_eq!(brief(0.799_99, 0.8), "0.79999", "rounded it would read as enough");
    let like = CheckKind::Similar { model: "m".into(), value: "x".into() };
    let checker = Checker::new(&CheckSpec { kind: like, negate: false, weight: 1.0, threshold: Some(1.0) }).unwrap();
    let of = |told: &str| {
        let subject = Subject { reply: &Reply::of_text("x"), case: &bare(), usd: None, told: Some(told) };
        checker.score(&subject).unwrap()
    };
    let same = of(r#"{"score": 0.9999999999999998, "reason": "cosine 1.0000"}"#);
    assert_eq!((same.value, same.detail.as_str()), (1.0, "1, of at least 1: cosine 1.0000"));
    assert_eq!(of(r#"{"score": 0.9999}"#).value, 0.0);
}

#[test]
fn the_numbers_are_those_that_others_measure() {
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Row {
        value: String,
        output: String,
        rouge1: f64,
        rouge2: f64,
        rouge_l: f64,
        bleu: f64,
        levenshtein: f64,
    }
    let fixture: Value = serde_json::from_str(include_str!("../../tests/reference/checks.json")).unwrap();
    let rows: Vec<Row> = serde_json::from_value(fixture["texts"].clone()).unwrap();
    assert!(rows.len() >= 60);
    for Row { value, output, rouge1, rouge2, rouge_l, bleu, levenshtein } in rows {
        let of = |kind| score(&checker(kind), &output, &bare()).map(|result| result.value);
        let found = [
            (CheckKind::RougeN { n: 1, value: value.clone() }, rouge1),
            (CheckKind::RougeN { n: 2, value: value.clone() }, rouge2),
            (CheckKind::RougeL { value: value.clone() }, rouge_l),
            (CheckKind::Bleu { value: value.clone() }, bleu),
            (CheckKind::Levenshtein { value: value.clone() }, levenshtein),
        ];
        for (kind, expected) in found {
            match of(kind.clone()) {
                Ok(found) => assert!((found - expected).abs() < 1e-12, "{kind:?} of {output}: {found} for {expected}"),
                // Too few words to compare: the others say 0 there.
                Err(CheckError::NoWords { .. } | CheckError::FewWords { .. }) => assert_eq!(expected, 0.0, "{kind:?}"),
                Err(error) => panic!("{kind:?} of {output}: {error}"),
            }
        }
    }
}

#[test]
fn not_turns_yes_into_no() {
    let checker =
        Checker::new(&CheckSpec { kind: regex("sorry"), negate: true, weight: 1.0, threshold: None }).unwrap();
    assert_eq!(score(&checker, "so sorry", &case()).unwrap().value, 0.0);
    assert_eq!(score(&checker, "glad", &case()).unwrap().value, 1.0);
}

#[test]
fn a_case_that_lacks_what_a_check_needs_is_an_error_and_no_score() {
    let empty: Case = serde_json::from_value(json!({"id": "1", "input": "hi", "reference": ""})).unwrap();
    let long = "x".repeat(20_000);
    let errors = [
        score(&checker(equals("{{ reference }}")), "x", &bare()),
        score(&checker(contains(&["{{ input.order }} {{ tags.topic }} {{ id }}"], &[])), "x", &bare()),
        score(&checker(equals("{{ input.missing.deep }}")), "x", &case()),
        score(&checker(equals("{{ reference + 1 }}")), "x", &case()),
        score(&checker(contains(&["{{ reference }}"], &[])), "x", &empty),
        score(&checker(number("{{ tags.topic }}", 0.0)), "5", &case()),
        score(&checker(CheckKind::RougeL { value: "日本語".into() }), "x", &case()),
        score(&checker(CheckKind::Levenshtein { value: long.clone() }), &long[1..], &case()),
        score(
            &checker(equals("{% for i in range(100000) %}{% for j in range(1000) %}x{% endfor %}{% endfor %}")),
            "x",
            &case(),
        ),
        score(&checker(CheckKind::Bleu { value: " ".into() }), "x", &case()),
    ];
    insta::assert_snapshot!(errors.map(|e| e.unwrap_err().to_string()).join("\n"), @r"
    `{{ reference }}` needs `reference`, which the case does not have
    `{{ input.order }} {{ tags.topic }} {{ id }}` needs `input.order`, `tags.topic`, which the case does not have
    `{{ input.missing.deep }}` needs `input.missing.deep`, which the case does not have
    `{{ reference + 1 }}` cannot be filled in: tried to use + operator on unsupported types string and number
    `{{ reference }}` is empty for this case
    there is no number in the value `refunds`
    there is no word in the value `日本語`: ROUGE counts runs of a–z and 0–9 only
    too long to compare: 19999 and 20000 characters, where the product may be 200000000
    `{% for i in range(100000) %}{% for j in range(1000) %}x{% endfor %}{% endfor %}` cannot be filled in: engine ran out of fuel
    there is no word in the value ` `: BLEU counts runs between white space
    ");
    assert!(score(&checker(equals("{{ reference }}")), "", &empty).is_ok(), "an empty reference can be met");
}

#[test]
fn a_check_that_cannot_be_compiled_says_why() {
    insta::assert_snapshot!(refused(regex(r"order (\d+"), false), @r"error: `order (\d+` is not a regular expression: unclosed group");
    insta::assert_snapshot!(refused(regex(r"(?=x)"), false), @r"
    error: `(?=x)` is not a regular expression: look-around, including look-ahead and look-behind, is not supported
     |
     = help: the time of these has no bound, so they are not there
    ");
    insta::assert_snapshot!(refused(equals("{{ reference"), false), @r"error: `{{ reference` is not a template: unexpected end of input, expected end of variable block");
    insta::assert_snapshot!(refused(CheckKind::IsJson { schema: Some(json!({"type": "objekt"})) }, false), @r#"
    error: the JSON Schema is not valid: "objekt" is not valid under any of the schemas listed in the 'anyOf' keyword
     |
     = help: it is about `/type` in the schema
    "#);
    insta::assert_snapshot!(refused(CheckKind::IsJson { schema: Some(json!({"$ref": "https://example.com/a.json"})) }, false), @r"error: the JSON Schema is not valid: Resource 'https://example.com/a.json' is not present in a registry and retrieving it failed: `resolve-http` feature or a custom resolver is required to resolve…");
    insta::assert_snapshot!(refused(CheckKind::RougeL { value: "x".into() }, true), @r"
    error: `not` turns a yes into a no, and this check gives a number
     |
     = help: where less is better, write `goal: down`
    ");
}

#[test]
fn the_variables_of_a_check_are_known_before_it_runs() {
    let check = checker(contains(
        &["{{ input.order }}", "{{ reference|upper }}"],
        &["{% if tags %}{{ n }}{% endif %}", "plain"],
    ));
    assert_eq!(check.variables(), ["input.order", "n", "reference", "tags"]);
}

proptest! {
    #[test]
    fn every_check_scores_every_output(output in "\\PC{0,60}|([\\[\\]{}\",:0-9a .$-]|\n){0,60}", value in "\\PC{0,20}") {
        let value = value.replace("{{", "").replace("{%", "");
        let kinds = [
            equals(&value),
            contains(&[&value], &["a"]),
            CheckKind::StartsWith { value: value.clone(), ignore_case: true },
            regex(&regex::escape(&value)),
            CheckKind::IsJson { schema: schema() },
            CheckKind::ContainsJson { schema: schema() },
            number(&value, 1.0),
            length(LengthUnit::Tokens, None, Some(5.0)),
            CheckKind::Levenshtein { value: value.clone() },
            CheckKind::RougeL { value },
        ];
        for kind in kinds {
            if let Ok(result) = score(&checker(kind), &output, &case()) {
                prop_assert!((0.0..=1.0).contains(&result.value));
                prop_assert!(result.detail.chars().count() <= 200);
            }
        }
    }

    #[test]
    fn equal_texts_are_alike(text in "\\PC{0,40}") {
        prop_assert_eq!(distance::similarity(&text, &text).unwrap().0, 1.0);
        if let Ok((value, _)) = rouge::subsequence(&text, &text) {
            prop_assert_eq!(value, 1.0);
        }
    }

    #[test]
    fn a_number_that_was_written_is_read_back(number in -1e9..1e9_f64) {
        prop_assert_eq!(number::last_number(&format!("it is {number}.")), Some(number));
    }
}
