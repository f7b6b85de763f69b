//! Every check on outputs that pass, fail and cannot be scored.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::model::Usage;

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
    Checker::new(&CheckSpec { kind, negate: false, weight: 1.0 }).unwrap()
}

fn refused(kind: CheckKind, negate: bool) -> Diagnostic {
    Checker::new(&CheckSpec { kind, negate, weight: 1.0 }).unwrap_err()
}

/// The value and detail of a check on an output, one line.
fn said(kind: CheckKind, output: &str) -> String {
    let result = checker(kind).score(&Reply::of_text(output), &case()).unwrap();
    format!("{} {}", result.value, result.detail)
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
    "#);
}

#[test]
fn tokens_are_counted_as_the_model_counted_them() {
    let checker = checker(length(LengthUnit::Tokens, None, None));
    assert_eq!(
        checker
            .score(
                &Reply { usage: Some(Usage { output_tokens: 7, ..Usage::default() }), ..Reply::of_text("abcdefgh") },
                &case()
            )
            .unwrap()
            .value,
        7.0
    );
}

#[test]
fn not_turns_yes_into_no() {
    let checker = Checker::new(&CheckSpec { kind: regex("sorry"), negate: true, weight: 1.0 }).unwrap();
    assert_eq!(checker.score(&Reply::of_text("so sorry"), &case()).unwrap().value, 0.0);
    assert_eq!(checker.score(&Reply::of_text("glad"), &case()).unwrap().value, 1.0);
}

#[test]
fn a_case_that_lacks_what_a_check_needs_is_an_error_and_no_score() {
    let empty: Case = serde_json::from_value(json!({"id": "1", "input": "hi", "reference": ""})).unwrap();
    let long = "x".repeat(20_000);
    let errors = [
        checker(equals("{{ reference }}")).score(&Reply::of_text("x"), &bare()),
        checker(contains(&["{{ input.order }} {{ tags.topic }} {{ id }}"], &[])).score(&Reply::of_text("x"), &bare()),
        checker(equals("{{ input.missing.deep }}")).score(&Reply::of_text("x"), &case()),
        checker(equals("{{ reference + 1 }}")).score(&Reply::of_text("x"), &case()),
        checker(contains(&["{{ reference }}"], &[])).score(&Reply::of_text("x"), &empty),
        checker(number("{{ tags.topic }}", 0.0)).score(&Reply::of_text("5"), &case()),
        checker(CheckKind::RougeL { value: "日本語".into() }).score(&Reply::of_text("x"), &case()),
        checker(CheckKind::Levenshtein { value: long.clone() }).score(&Reply::of_text(&long[1..]), &case()),
        checker(equals("{% for i in range(100000) %}{% for j in range(1000) %}x{% endfor %}{% endfor %}"))
            .score(&Reply::of_text("x"), &case()),
    ];
    insta::assert_snapshot!(errors.map(|e| e.unwrap_err().to_string()).join("\n"), @r"
    `{{ reference }}` needs `reference`, which the case does not have
    `{{ input.order }} {{ tags.topic }} {{ id }}` needs `input.order`, `tags.topic`, which the case does not have
    `{{ input.missing.deep }}` needs `input.missing.deep`, which the case does not have
    `{{ reference + 1 }}` cannot be filled in: tried to use + operator on unsupported types string and number
    `{{ reference }}` is empty for this case
    there is no number in the value `refunds`
    there is no word in the value `日本語`: ROUGE-L counts runs of a–z and 0–9 only
    too long to compare: 19999 and 20000 characters, where the product may be 200000000
    `{% for i in range(100000) %}{% for j in range(1000) %}x{% endfor %}{% endfor %}` cannot be filled in: engine ran out of fuel
    ");
    assert!(
        checker(equals("{{ reference }}")).score(&Reply::of_text(""), &empty).is_ok(),
        "an empty reference can be met"
    );
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
            if let Ok(result) = checker(kind).score(&Reply::of_text(&output), &case()) {
                prop_assert!((0.0..=1.0).contains(&result.value));
                prop_assert!(result.detail.chars().count() <= 200);
            }
        }
    }

    #[test]
    fn equal_texts_are_alike(text in "\\PC{0,40}") {
        prop_assert_eq!(distance::similarity(&text, &text).unwrap().0, 1.0);
        if let Ok((value, _)) = rouge::f_measure(&text, &text) {
            prop_assert_eq!(value, 1.0);
        }
    }

    #[test]
    fn a_number_that_was_written_is_read_back(number in -1e9..1e9_f64) {
        prop_assert_eq!(number::last_number(&format!("it is {number}.")), Some(number));
    }
}
