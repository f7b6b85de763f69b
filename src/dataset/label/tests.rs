//! Labels of every shape, read for a metric.

use serde_json::json;

use super::*;

const FIVE: Scale = Scale::Numbers { min: 1.0, max: 5.0 };

fn words_scale() -> Scale {
    Scale::Labels { labels: ["poor", "fair", "good"].map(String::from).to_vec(), values: vec![0.0, 1.0, 3.0] }
}

fn candidates() -> Vec<CandidateName> {
    vec!["v1".into(), "v2".into()]
}

fn score(label: Value, scale: Option<&Scale>) -> Result<Option<HumanScore>, LabelError> {
    Label(label).score_for(&"v2".into(), &candidates(), scale)
}

fn value(label: Value, scale: Option<&Scale>) -> f64 {
    score(label, scale).unwrap().unwrap().value
}

#[test]
fn only_a_candidates_name_says_whose_output_is_meant() {
    let names = |label: serde_json::Value| Label(label).names_one(&candidates());
    assert!(names(serde_json::json!({"v2": 3})));
    assert!(!names(serde_json::json!({"agent": 3, "service": 3})) && !names(serde_json::json!(3)));
}

#[test]
fn one_score_is_read_by_its_scale() {
    assert_eq!(value(json!(4), Some(&FIVE)), 4.0);
    assert_eq!(value(json!("4.5"), Some(&FIVE)), 4.5);
    assert_eq!(value(json!("Good"), Some(&words_scale())), 3.0);
    assert_eq!(value(json!(1.5), Some(&words_scale())), 1.5);
    assert_eq!(value(json!("No"), Some(&Scale::YesNo)), 0.0);
    assert_eq!(value(json!(true), Some(&Scale::YesNo)), 1.0);
    assert_eq!(value(json!(true), None), 1.0);
    assert_eq!(value(json!(-120), None), -120.0);
}

#[test]
fn raters_are_averaged_and_kept() {
    let list = score(json!([1, 2, "5"]), Some(&FIVE)).unwrap().unwrap();
    assert_eq!((list.value, list.ratings.len()), (8.0 / 3.0, 3));
    let named = score(json!({"anna": "poor", "ben": "good"}), Some(&words_scale())).unwrap().unwrap();
    assert_eq!(named.value, 1.5);
    assert_eq!(named.ratings[1], Rating { rater: Some("ben".to_string()), value: 3.0 });
}

#[test]
fn an_object_with_candidates_is_about_each() {
    assert_eq!(value(json!({"v1": 1, "v2": [3, 4]}), Some(&FIVE)), 3.5);
    assert_eq!(value(json!({"v1": 1, "v2": {"anna": 5, "ben": 4}}), Some(&FIVE)), 4.5);
    assert_eq!(score(json!({"v1": 1}), Some(&FIVE)), Ok(None));
}

#[test]
fn a_preference_is_a_name_a_tie_or_what_most_raters_said() {
    let choice = |label| Label(label).preference(&candidates()).unwrap().choice;
    let v2 = || Choice::Candidate("v2".into());
    assert_eq!(choice(json!("v2")), v2());
    assert_eq!(choice(json!("Tie")), Choice::Tie);
    assert_eq!(choice(json!(["v1", "v2", "v2"])), v2());
    assert_eq!(choice(json!({"anna": "v2", "ben": "v2", "cy": "tie"})), v2());
    assert_eq!(choice(json!(["v1", "v2"])), Choice::Tie);
    assert_eq!(choice(json!(["v1", "v2", "tie"])), Choice::Tie);
    assert_eq!(Label(json!(["v1", "tie"])).preference(&candidates()).unwrap().votes.len(), 2);
}

#[test]
fn what_is_no_label_says_why() {
    let scores = [
        (json!(6), Some(FIVE)),
        (json!("good"), Some(FIVE)),
        (json!(true), Some(FIVE)),
        (json!("great"), Some(words_scale())),
        (json!(2), Some(Scale::YesNo)),
        (json!("NaN"), None),
        (json!([]), None),
        (json!([4, null]), Some(FIVE)),
        (json!({"anna": [4]}), Some(FIVE)),
        (json!({"v1": 4, "v22": 5}), Some(FIVE)),
    ];
    let said = scores.map(|(label, scale)| score(label, scale.as_ref()).unwrap_err().to_string());
    insta::assert_snapshot!(said.join("\n"), @r#"
    the number 6 is not on the scale, 1 to 5
    the string "good" is not on the scale, 1 to 5
    true is not on the scale, 1 to 5
    the string "great" is not on the scale, poor (0), fair (1), good (3)
    the number 2 is not on the scale, yes (1) or no (0)
    the string "NaN" is not on the scale, a number, yes or no
    expected a score, found an empty list
    expected a score, found null
    expected a score, found a list
    `v1` is a candidate and `v22` is not (did you mean `v2`?): an object holds scores by candidate, or by rater
    "#);
    let said = [json!("v3"), json!(1), json!([["v1"]]), json!({})]
        .map(|label| Label(label).preference(&candidates()).unwrap_err().to_string());
    insta::assert_snapshot!(said.join("\n"), @r#"
    expected a candidate's name or `tie`, found the string "v3" (did you mean `v1`?)
    expected a candidate's name or `tie`, found the number 1
    expected a candidate's name or `tie`, found a list
    expected a candidate's name or `tie`, found an empty object
    "#);
}
