//! What is wrong with a rubric.

use super::{Folder, GOOD, PREFERENCE, QUALITY, changed, replaced};
use crate::suite::Scale;

#[test]
fn a_rubric_says_what_it_is() {
    insta::assert_snapshot!(quality("mode: pointwise\n", ""), @r"
    error: a rubric needs `mode`
     --> evals/rubrics/quality.yaml:1:1
      |
    1 | name: support-quality
      | ^
      |
      = help: for example `mode: pointwise`
    ");
    insta::assert_snapshot!(quality("mode: pointwise", "mode: single"), @r"
    error: `single` is not a value of `mode`
     --> evals/rubrics/quality.yaml:2:7
      |
    2 | mode: single
      |       ^^^^^^
      |
      = help: known: `pointwise`, `pairwise`
    ");
    insta::assert_snapshot!(quality("instructions: |\n  You grade one answer.\n", ""), @r"
    error: a rubric needs `instructions`
     --> evals/rubrics/quality.yaml:1:1
      |
    1 | name: support-quality
      | ^
      |
      = help: for example `instructions: You grade one answer …`
    ");
    insta::assert_snapshot!(quality("shows: [reference, context]", "shows: [referense, gold]"), @r"
    error: a judge cannot be shown `referense`
     --> evals/rubrics/quality.yaml:9:9
      |
    9 | shows: [referense, gold]
      |         ^^^^^^^^^
      |
      = help: did you mean `reference`?

    error: a judge cannot be shown `gold`
     --> evals/rubrics/quality.yaml:9:20
      |
    9 | shows: [referense, gold]
      |                    ^^^^
      |
      = help: known: `reference`, `context`, `contexts`, `tool_calls`, `steps`, `messages`
    ");
    insta::assert_snapshot!(quality("[wrong_policy, invented_fact]", "[a, b, a]"), @r"
    error: `a` stands twice in `failure_categories`
      --> evals/rubrics/quality.yaml:10:28
       |
    10 | failure_categories: [a, b, a]
       |                            ^
    ");
    insta::assert_snapshot!(changed("rubric: rubrics/quality.yaml", "rubric: rubrics/qualty.yaml"), @r"
    error: cannot read `rubrics/qualty.yaml`: there is no such file
      --> evals/karat.yaml:25:21
       |
    25 |   quality: {rubric: rubrics/qualty.yaml, judge: grader, missing: worst}
       |                     ^^^^^^^^^^^^^^^^^^^
       |
       = help: did you mean `rubrics/quality.yaml`?
    ");
}

#[test]
fn a_scale_is_needed_to_score_only() {
    insta::assert_snapshot!(quality("scale: {min: 1, max: 5}\n", ""), @r"
    error: a pointwise rubric needs a `scale`
     --> evals/rubrics/quality.yaml:1:1
      |
    1 | name: support-quality
      | ^
      |
      = help: for example `scale: {min: 1, max: 5}`, `scale: {labels: [poor, fair, good]}` or `scale: yes_no`
    ");
    insta::assert_snapshot!(preference("orders: one", "scale: yes_no"), @r"
    error: a pairwise rubric has no `scale`: a preference is A, B or a tie
     --> evals/rubrics/preference.yaml:4:8
      |
    4 | scale: yes_no
      |        ^^^^^^
    ");
    insta::assert_snapshot!(quality("{min: 1, max: 5}", "{min: 5, max: 1}"), @r"
    error: `max` 1 must be above `min` 5
     --> evals/rubrics/quality.yaml:5:22
      |
    5 | scale: {min: 5, max: 1}
      |                      ^
    ");
    insta::assert_snapshot!(quality("{min: 1, max: 5}", "{min: 1}"), @r"
    error: a scale needs `max`
     --> evals/rubrics/quality.yaml:5:1
      |
    5 | scale: {min: 1}
      | ^^^^^
      |
      = help: for example `scale: {min: 1, max: 5}`
    ");
    insta::assert_snapshot!(quality("{min: 1, max: 5}", "5"), @r"
    error: `scale` must be a map or `yes_no`, and here stands the number 5
     --> evals/rubrics/quality.yaml:5:8
      |
    5 | scale: 5
      |        ^
      |
      = help: `scale: {min: 1, max: 5}`, `scale: {labels: [poor, fair, good]}` or `scale: yes_no`
    ");
    insta::assert_snapshot!(quality("{min: 1, max: 5}", "{min: 1, labels: [a, b]}"), @r"
    error: a scale has numbers (`min`, `max`) or `labels`, not both
     --> evals/rubrics/quality.yaml:5:8
      |
    5 | scale: {min: 1, labels: [a, b]}
      |        ^^^^^^^^^^^^^^^^^^^^^^^^
    ");
    insta::assert_snapshot!(quality("{min: 1, max: 5}", "{labels: [1, 5], values: [1]}"), @r"
    error: 2 labels want 2 values, and here are 1
     --> evals/rubrics/quality.yaml:5:33
      |
    5 | scale: {labels: [1, 5], values: [1]}
      |                                 ^^^
    ");
    insta::assert_snapshot!(quality("{min: 1, max: 5}", "{labels: [yes, YES]}"), @r"
    error: the label `YES` stands there twice
     --> evals/rubrics/quality.yaml:5:23
      |
    5 | scale: {labels: [yes, YES]}
      |                       ^^^
    ");
    insta::assert_snapshot!(quality("{min: 1, max: 5}", "{labels: [1]}"), @r"
    error: a scale needs two labels or more, from worst to best
     --> evals/rubrics/quality.yaml:5:17
      |
    5 | scale: {labels: [1]}
      |                 ^^^
    ");
}

#[test]
fn criteria_are_held_against_the_scale() {
    insta::assert_snapshot!(quality("1: wrong", "0: wrong"), @r"
    error: `0` is not on the scale
     --> evals/rubrics/quality.yaml:7:72
      |
    7 |   - {name: correct, weight: 2, description: Says what is so., levels: {0: wrong, 5: right}}
      |                                                                        ^
      |
      = help: the scale goes from 1 to 5
    ");
    insta::assert_snapshot!(quality("{min: 1, max: 5}", "yes_no"), @r"
    error: `1` is not on the scale
     --> evals/rubrics/quality.yaml:7:72
      |
    7 |   - {name: correct, weight: 2, description: Says what is so., levels: {1: wrong, 5: right}}
      |                                                                        ^
      |
      = help: the scale has `yes` and `no`

    error: `5` is not on the scale
     --> evals/rubrics/quality.yaml:7:82
      |
    7 |   - {name: correct, weight: 2, description: Says what is so., levels: {1: wrong, 5: right}}
      |                                                                                  ^
      |
      = help: the scale has `yes` and `no`
    ");
    insta::assert_snapshot!(quality("name: kind", "name: correct"), @r"
    error: two criteria are called `correct`
     --> evals/rubrics/quality.yaml:8:12
      |
    8 |   - {name: correct}
      |            ^^^^^^^
    ");
    insta::assert_snapshot!(quality("weight: 2", "weight: 0"), @r"
    error: `weight` must be a number above 0, and here stands the number 0
     --> evals/rubrics/quality.yaml:7:29
      |
    7 |   - {name: correct, weight: 0, description: Says what is so., levels: {1: wrong, 5: right}}
      |                             ^
    ");
    insta::assert_snapshot!(quality("name: kind", "weight: 1"), @r"
    error: a criterion needs `name`
     --> evals/rubrics/quality.yaml:8:5
      |
    8 |   - {weight: 1}
      |     ^^^^^^^^^^^
      |
      = help: for example `name: correct`
    ");
    insta::assert_snapshot!(preference("orders: one", "criteria: [{name: a, levels: {1: x}}]"), @r"
    error: a pairwise rubric has no `levels`: two outputs are compared, not scored
     --> evals/rubrics/preference.yaml:4:30
      |
    4 | criteria: [{name: a, levels: {1: x}}]
      |                              ^^^^^^
    ");
}

#[test]
fn the_form_of_the_reply_fits() {
    insta::assert_snapshot!(preference("reply: {pattern: 'winner: (\\w+)', values: {first: A, second: B, none: tie, most: 0.75}}", "reply: rating"), @r"
    error: `reply: rating` is a score, and this rubric compares two outputs
     --> evals/rubrics/preference.yaml:5:8
      |
    5 | reply: rating
      |        ^^^^^^
    ");
    insta::assert_snapshot!(quality("shows:", "reply: letter\nshows:"), @r"
    error: `reply: letter` names one of two outputs, and this rubric scores one
     --> evals/rubrics/quality.yaml:9:8
      |
    9 | reply: letter
      |        ^^^^^^

    error: this form of reply holds one verdict, and the rubric has 2 criteria
     --> evals/rubrics/quality.yaml:9:8
      |
    9 | reply: letter
      |        ^^^^^^
      |
      = help: use `reply: json`, or `calls: each`, or describe them in the instructions
    ");
    insta::assert_snapshot!(quality("shows:", "reply: jsn\nshows:"), @r"
    error: `jsn` is not a value of `reply`
     --> evals/rubrics/quality.yaml:9:8
      |
    9 | reply: jsn
      |        ^^^
      |
      = help: did you mean `json`? Or a `{pattern: …, values: {…}}`
    ");
    insta::assert_snapshot!(preference("second: B", "second: C"), @r"
    error: `second` cannot be worth `C`
     --> evals/rubrics/preference.yaml:5:62
      |
    5 | reply: {pattern: 'winner: (\w+)', values: {first: A, second: C, none: tie, most: 0.75}}
      |                                                              ^
      |
      = help: `A`, `B`, `tie`, or how far A is preferred, from 0 to 1
    ");
    insta::assert_snapshot!(quality("shows:", "reply: {pattern: '(\\d)', values: {one: 9}}\nshows:"), @r"
    error: this form of reply holds one verdict, and the rubric has 2 criteria
     --> evals/rubrics/quality.yaml:9:8
      |
    9 | reply: {pattern: '(\d)', values: {one: 9}}
      |        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
      |
      = help: use `reply: json`, or `calls: each`, or describe them in the instructions

    error: `one` cannot be worth `9`
     --> evals/rubrics/quality.yaml:9:40
      |
    9 | reply: {pattern: '(\d)', values: {one: 9}}
      |                                        ^
      |
      = help: the scale goes from 1 to 5
    ");
    insta::assert_snapshot!(preference("(\\w+)", "(\\w+"), @r"
    error: `winner: (\w+` is not a regular expression: unclosed group
     --> evals/rubrics/preference.yaml:5:27
      |
    5 | reply: {pattern: 'winner: (\w+', values: {first: A, second: B, none: tie, most: 0.75}}
      |                           ^
      |
      = help: the syntax is that of Rust's `regex`: no look-around, no back-references
    ");
    insta::assert_snapshot!(quality("shows:", "orders: both\nshows:"), @r"
    error: `orders` is for pairwise rubrics: one output has no order
     --> evals/rubrics/quality.yaml:9:9
      |
    9 | orders: both
      |         ^^^^
    ");
}

fn quality(from: &str, to: &str) -> String {
    Folder::new().write("rubrics/quality.yaml", &replaced(QUALITY, from, to)).errors()
}

fn preference(from: &str, to: &str) -> String {
    Folder::new().write("rubrics/preference.yaml", &replaced(PREFERENCE, from, to)).errors()
}

#[test]
fn labels_are_text_whatever_they_look_like() {
    let folder = Folder::new();
    let quality = replaced(QUALITY, "{min: 1, max: 5}", "{labels: [no, 1, 5], values: [-1, 0.5, 2]}");
    let suite = folder.write("rubrics/quality.yaml", &quality).load().unwrap_or_else(|errors| panic!("{errors}"));
    let rubric = &suite.metrics["quality"].rubric().unwrap().rubric;
    let labels = ["no", "1", "5"].map(String::from).to_vec();
    assert_eq!(rubric.scale, Some(Scale::Labels { labels, values: vec![-1.0, 0.5, 2.0] }));
}

#[test]
fn the_rubrics_that_ship_are_read() {
    for rubric in crate::suite::builtin::ALL {
        let folder = Folder::new();
        let name = format!("\"builtin:{}\"", rubric.name);
        let suite =
            replaced(GOOD, "rubrics/quality.yaml, judge: grader, missing: worst", &format!("{name}, judge: grader"));
        let suite = folder.write("karat.yaml", &suite).load().unwrap_or_else(|errors| panic!("{errors}"));
        assert_eq!(suite.metrics["quality"].rubric().unwrap().rubric.name, rubric.name);
        assert!(!rubric.about.is_empty());
    }
    insta::assert_snapshot!(changed("{rubric: rubrics/quality.yaml", "{rubric: \"builtin:faithfullness\""), @r#"
    error: there is no built-in rubric `faithfullness`
      --> evals/karat.yaml:25:21
       |
    25 |   quality: {rubric: "builtin:faithfullness", judge: grader, missing: worst}
       |                     ^^^^^^^^^^^^^^^^^^^^^^^
       |
       = help: did you mean `faithfulness`?
    "#);
}

#[test]
fn claims_have_verdicts_of_different_worth_and_no_scale() {
    let rubric = |rest: &str| {
        let text = format!("name: faithful\nmode: pointwise\ninstructions: Take the claims.\n{rest}\n");
        Folder::new().write("rubrics/quality.yaml", &text).errors()
    };
    let wrong = [
        rubric("reply: {claims: {yes: 1}}"),
        rubric("reply: {claims: {yes: 1, no: nothing}}"),
        rubric("reply: {claims: {yes: 1, no: 0}, pattern: x}"),
        rubric("scale: yes_no\nreply: {claims: {yes: 1, no: 0}}"),
        rubric("criteria: [{name: a}]\nreply: {claims: {yes: 1, no: 0}}"),
    ];
    insta::assert_snapshot!(wrong.join("\n"));
    let pairwise = "name: a\nmode: pairwise\ninstructions: Take the claims.\nreply: {claims: {yes: 1, no: 0}}\n";
    insta::assert_snapshot!(Folder::new().write("rubrics/preference.yaml", pairwise).errors(), @r"
    error: `reply: {claims: …}` is a score, and this rubric compares two outputs
     --> evals/rubrics/preference.yaml:4:8
      |
    4 | reply: {claims: {yes: 1, no: 0}}
      |        ^^^^^^^^^^^^^^^^^^^^^^^^^
    ");
}
