//! What is wrong with a metric and its check.

use serde_json::json;

use super::{Folder, GOOD, changed, replaced};
use crate::suite::{ArgumentsMode, CheckKind, Goal, Range, ToolMode};

#[test]
fn a_metric_is_a_rubric_or_a_check() {
    insta::assert_snapshot!(changed("{check: rouge-l}", "{goal: up}"), @r"
    error: a metric needs a `rubric` with its `judge`, or a `check`
      --> evals/karat.yaml:32:3
       |
    32 |   close: {goal: up}
       |   ^^^^^
       |
       = help: for example `quality: {rubric: rubrics/quality.yaml, judge: grader}`
    ");
    insta::assert_snapshot!(changed("{check: rouge-l}", "{check: rouge-l, rubric: rubrics/quality.yaml}"), @r"
    error: a metric is a `rubric` with its `judge`, or a `check`, not both
      --> evals/karat.yaml:32:3
       |
    32 |   close: {check: rouge-l, rubric: rubrics/quality.yaml}
       |   ^^^^^
    ");
    insta::assert_snapshot!(changed("{check: rouge-l}", "rouge-l"), @r"
    error: a metric must be a map, and here stands the text `rouge-l`
      --> evals/karat.yaml:32:10
       |
    32 |   close: rouge-l
       |          ^^^^^^^
    ");
    insta::assert_snapshot!(changed("judge: grader, missing: worst", "missing: worst"), @r"
    error: a rubric needs a `judge`, the model that scores by it
      --> evals/karat.yaml:25:3
       |
    25 |   quality: {rubric: rubrics/quality.yaml, missing: worst}
       |   ^^^^^^^
       |
       = help: models: `writer`, `grader`, `demo`
    ");
    insta::assert_snapshot!(changed("judge: grader, missing: worst", "judge: garder"), @r"
    error: there is no model `garder`
      --> evals/karat.yaml:25:50
       |
    25 |   quality: {rubric: rubrics/quality.yaml, judge: garder}
       |                                                  ^^^^^^
       |
       = help: did you mean `grader`?
    ");
    insta::assert_snapshot!(changed("missing: worst", "missing: tie"), @r"
    error: `missing: tie` is for pairwise rubrics: a score has no tie
      --> evals/karat.yaml:25:67
       |
    25 |   quality: {rubric: rubrics/quality.yaml, judge: grader, missing: tie}
       |                                                                   ^^^
       |
       = help: `drop`, `worst` or `wrong`
    ");
    insta::assert_snapshot!(changed("missing: worst", "missing: zero"), @r"
    error: `zero` is not a value of `missing`
      --> evals/karat.yaml:25:67
       |
    25 |   quality: {rubric: rubrics/quality.yaml, judge: grader, missing: zero}
       |                                                                   ^^^^
       |
       = help: known: `drop`, `worst`, `tie`, `wrong`
    ");
}

#[test]
fn a_check_must_be_one_of_those_built() {
    insta::assert_snapshot!(changed("check: rouge-l", "check: rogue-l"), @r"
    error: there is no check `rogue-l`
      --> evals/karat.yaml:32:18
       |
    32 |   close: {check: rogue-l}
       |                  ^^^^^^^
       |
       = help: did you mean `rouge-l`?
    ");
    insta::assert_snapshot!(changed("check: rouge-l", "check: not-regexp"), @r"
    error: there is no check `not-regexp`
      --> evals/karat.yaml:32:18
       |
    32 |   close: {check: not-regexp}
       |                  ^^^^^^^^^^
       |
       = help: write `check: regex, not: true`
    ");
    insta::assert_snapshot!(changed("check: rouge-l", "check: not-icontain"), @r"
    error: there is no check `not-icontain`
      --> evals/karat.yaml:32:18
       |
    32 |   close: {check: not-icontain}
       |                  ^^^^^^^^^^^^
       |
       = help: did you mean `not-icontains`?
    ");
    insta::assert_snapshot!(changed("check: rouge-l", "check: llm-rubric"), @r"
    error: `llm-rubric` is not a check here, but a rubric with its judge
      --> evals/karat.yaml:32:18
       |
    32 |   close: {check: llm-rubric}
       |                  ^^^^^^^^^^
       |
       = help: write `{rubric: rubrics/quality.yaml, judge: grader}`
    ");
    insta::assert_snapshot!(changed("check: rouge-l", "check: starts_with, value: x"), @r"
    error: there is no check `starts_with`
      --> evals/karat.yaml:32:18
       |
    32 |   close: {check: starts_with, value: x}
       |                  ^^^^^^^^^^^
       |
       = help: did you mean `starts-with`?
    ");
    insta::assert_snapshot!(changed("check: rouge-l", "check: perplexity"), @r"
    error: the check `perplexity` is not built yet
      --> evals/karat.yaml:32:18
       |
    32 |   close: {check: perplexity}
       |                  ^^^^^^^^^^
       |
       = help: known: `equals`, `contains`, `contains-any`, `contains-all`, `icontains`, `icontains-any`, `icontains-all`, `starts-with`, `regex`, `is-json`, `contains-json`, `number`, `length`, `levenshtein`, `rouge-n`, `rouge-l`, `bleu`, `similar`, `cost`, `latency`, `finish-reason`, `is-refusal`, `recall-at-k`, `precision-at-k`, `mrr`, `ndcg`, `trajectory:tool-used`, `trajectory:tool-args-match`, `trajectory:tool-sequence`, `trajectory:step-count`, `trajectory:repeated-calls`, `exec`
    ");
}

#[test]
fn a_name_may_say_not() {
    let folder = Folder::new();
    let suite = replaced(GOOD, "{check: rouge-l}", "{check: not-icontains-any, value: [a, b]}");
    let suite = folder.write("karat.yaml", &suite).load().unwrap_or_else(|errors| panic!("{errors}"));
    let check = suite.metrics["close"].check().unwrap();
    let any = vec!["a".to_string(), "b".to_string()];
    assert_eq!(check.kind, CheckKind::Contains { any, all: Vec::new(), ignore_case: true });
    assert!(check.negate);
    insta::assert_snapshot!(changed("{check: rouge-l}", "{check: not-icontains, value: a, not: true}"), @r"
    error: `not-icontains` says `not` already
      --> evals/karat.yaml:32:48
       |
    32 |   close: {check: not-icontains, value: a, not: true}
       |                                                ^^^^
    ");
    insta::assert_snapshot!(changed("{check: rouge-l}", "{check: not-bleu}"), @r"
    error: `not` is for checks that say yes or no, and `bleu` gives a number
      --> evals/karat.yaml:32:18
       |
    32 |   close: {check: not-bleu}
       |                  ^^^^^^^^
       |
       = help: a `threshold` makes it one; `goal: down` says that less is better
    ");
}

#[test]
fn a_threshold_is_a_number_that_the_check_can_give() {
    let folder = Folder::new();
    let suite = replaced(GOOD, "{check: rouge-l}", "{check: not-levenshtein, threshold: 0.9}");
    let suite = folder.write("karat.yaml", &suite).load().unwrap_or_else(|errors| panic!("{errors}"));
    assert_eq!(suite.metrics["close"].range(), Range::Binary);
    insta::assert_snapshot!(changed("{check: rouge-l}", "{check: levenshtein, threshold: 5}"), @r"
    error: `threshold` must be a number from 0 to 1, as `levenshtein` gives (the share that is alike, not a count of edits), and here stands the number 5
      --> evals/karat.yaml:32:42
       |
    32 |   close: {check: levenshtein, threshold: 5}
       |                                          ^
    ");
    insta::assert_snapshot!(changed("{check: rouge-l}", "{check: icontains, value: a, threshold: 1}"), @r"
    error: unknown key `threshold` in the check `icontains`
      --> evals/karat.yaml:32:39
       |
    32 |   close: {check: icontains, value: a, threshold: 1}
       |                                       ^^^^^^^^^
       |
       = help: known: `check`, `goal`, `weight`, `not`, `value`
    ");
}

#[test]
fn documents_and_tools_are_read_as_values() {
    // Recorded replies may have the way to an output beside them, which a model's own cannot.
    let good = GOOD.replace("model: writer}", "model: demo}");
    let with = |check: &str| replaced(&good, "{check: rouge-l}", check);
    let kind = |check: &str| {
        let suite = Folder::new().write("karat.yaml", &with(check)).load();
        suite.unwrap_or_else(|errors| panic!("{errors}")).metrics["close"].check().unwrap().kind.clone()
    };
    let relevant = json!("{{ context | map(attribute='id') | list }}");
    assert_eq!(kind("{check: recall-at-k, k: 5}"), CheckKind::RecallAtK { k: 5, relevant });
    assert_eq!(
        kind("{check: ndcg, relevant: {a: 2, b: 1}}"),
        CheckKind::Ndcg { k: None, relevant: json!({"a": 2, "b": 1}) }
    );
    assert_eq!(
        kind("{check: trajectory:tool-args-match, value: [{name: a, arguments: {x: [1, \"{{ input }}\"]}}]}"),
        CheckKind::ToolArguments {
            value: json!([{"name": "a", "arguments": {"x": [1, "{{ input }}"]}}]),
            mode: ArgumentsMode::Partial
        }
    );
    assert_eq!(
        kind("{check: trajectory:tool-args-match, tool: a, schema: schemas/answer.json}"),
        CheckKind::ToolSchema { tool: "a".into(), schema: json!({"type": "object"}) }
    );
    assert_eq!(
        kind("{check: not-trajectory:tool-used, value: delete, mode: any}"),
        CheckKind::ToolUsed { value: json!("delete"), mode: ToolMode::Any }
    );
    let changed = |check: &str| Folder::new().write("karat.yaml", &with(check)).errors();
    let wrong = [
        changed("{check: recall-at-k}"),
        changed("{check: mrr, k: 0}"),
        changed("{check: ndcg, relevant: [a, \"{{ b\"]}"),
        changed("{check: trajectory:tool-args-match}"),
        changed("{check: trajectory:tool-args-match, value: a, tool: a}"),
        changed("{check: trajectory:tool-sequence, value: [a], mode: strict}"),
        changed("{check: trajectory:step-count, min: 3, max: 1}"),
        changed("{check: loops}"),
        changed("{check: precision@k}"),
    ];
    insta::assert_snapshot!(wrong.join("\n"));
    let blind = Folder::new().changed("{check: rouge-l}", "{check: recall-at-k, k: 5}");
    for candidate in ["v1", "v2"] {
        let said = format!("`close` looks at the way to an output, and the candidate `{candidate}` is a prompt");
        assert!(blind.contains(&said), "{blind}");
    }
}

#[test]
fn less_cost_is_better_unless_it_is_a_yes() {
    let goal = |check: &str| {
        let suite = Folder::new().write("karat.yaml", &replaced(GOOD, "{check: rouge-l}", check)).load();
        suite.unwrap_or_else(|errors| panic!("{errors}")).metrics["close"].goal
    };
    assert_eq!(goal("{check: cost}"), Goal::Down);
    assert_eq!(goal("{check: cost, goal: up}"), Goal::Up);
    assert_eq!(goal("{check: latency, threshold: 2000}"), Goal::Up);
    assert_eq!(goal("{check: rouge-n, n: 2}"), Goal::Up);
}

#[test]
fn each_check_has_its_own_keys() {
    insta::assert_snapshot!(changed("check: rouge-l", "check: rouge-l, pattern: x"), @r"
    error: unknown key `pattern` in the check `rouge-l`
      --> evals/karat.yaml:32:27
       |
    32 |   close: {check: rouge-l, pattern: x}
       |                           ^^^^^^^
       |
       = help: known: `check`, `goal`, `weight`, `not`, `value`, `threshold`
    ");
    insta::assert_snapshot!(changed("value: 42, ", ""), @r#"
    error: the check `equals` needs `value`
      --> evals/karat.yaml:29:3
       |
    29 |   answer: {check: equals, ignore_case: true, not: true}
       |   ^^^^^^
       |
       = help: for example `value: "{{ reference }}"`
    "#);
    insta::assert_snapshot!(changed("any: [sorry, yes], all: [\"{{ reference }}\"]", "any: []"), @r"
    error: the check `contains` needs `value`, or a list `any` or `all`
      --> evals/karat.yaml:30:3
       |
    30 |   polite: {check: contains, any: []}
       |   ^^^^^^
       |
       = help: for example `any: [sorry, apologies]`
    ");
    insta::assert_snapshot!(changed("any: [sorry, yes], all: [\"{{ reference }}\"]", "value: x, any: [a]"), @r"
    error: `contains` has a `value`, or the lists `any` and `all`, not both
      --> evals/karat.yaml:30:36
       |
    30 |   polite: {check: contains, value: x, any: [a]}
       |                                    ^
    ");
    insta::assert_snapshot!(changed("any: [sorry, yes], all", "any: sorry, all"), @r#"
    error: `any` must be a list, and here stands the text `sorry`
      --> evals/karat.yaml:30:34
       |
    30 |   polite: {check: contains, any: sorry, all: ["{{ reference }}"]}
       |                                  ^^^^^
    "#);
    insta::assert_snapshot!(changed("any: [sorry, yes]", "any: [sorry, [yes]]"), @r#"
    error: `any` must be text, and here stands a list
      --> evals/karat.yaml:30:42
       |
    30 |   polite: {check: contains, any: [sorry, [yes]], all: ["{{ reference }}"]}
       |                                          ^^^^^
    "#);
}

#[test]
fn a_pattern_may_be_filled_in_for_each_case() {
    let folder = Folder::new();
    let suite = replaced(GOOD, "'order #\\d+'", "'^{{ reference }}'");
    folder.write("karat.yaml", &suite).load().unwrap_or_else(|errors| panic!("{errors}"));
}

#[test]
fn patterns_and_templates_compile() {
    insta::assert_snapshot!(changed("'order #\\d+'", "'order #(\\d+'"), @r"
    error: `order #(\d+` is not a regular expression: unclosed group
      --> evals/karat.yaml:27:46
       |
    27 |   has_order: {check: regex, pattern: 'order #(\d+'}
       |                                              ^
       |
       = help: the syntax is that of Rust's `regex`: no look-around, no back-references
    ");
    insta::assert_snapshot!(changed("'order #\\d+'", "\"order\\\\s(?=x)\""), @r#"
    error: `order\s(?=x)` is not a regular expression: look-around, including look-ahead and look-behind, is not supported
      --> evals/karat.yaml:27:38
       |
    27 |   has_order: {check: regex, pattern: "order\\s(?=x)"}
       |                                      ^^^^^^^^^^^^^^^
       |
       = help: the syntax is that of Rust's `regex`: no look-around, no back-references
    "#);
    insta::assert_snapshot!(changed("\"{{ reference }}\"", "\"{{ reference }\""), @r#"
    error: this template does not read: unexpected `}`, expected end of variable block
      --> evals/karat.yaml:30:68
       |
    30 |   polite: {check: contains, any: [sorry, yes], all: ["{{ reference }"]}
       |                                                                    ^
    "#);
}

#[test]
fn what_other_tools_write_is_told_in_karats_words() {
    let of = |check: &str| changed("{check: rouge-l}", check);
    let said = [
        of("{check: contains-any, value: \"sorry, apologies\"}"),
        of("{check: contains-json, value: {type: object}}"),
        of("{check: similar, provider: embedder}"),
        of("{check: levenshtein, threshold: 5}"),
        of("{check: latency, threshold: 2s}"),
    ];
    insta::assert_snapshot!(said.join("\n\n"), @r#"
    error: `value` must be a list, and here stands the text `sorry, apologies`
      --> evals/karat.yaml:32:39
       |
    32 |   close: {check: contains-any, value: "sorry, apologies"}
       |                                       ^^^^^^^^^^^^^^^^^^
       |
       = help: write `value: [sorry, apologies]`

    error: unknown key `value` in the check `contains-json`
      --> evals/karat.yaml:32:33
       |
    32 |   close: {check: contains-json, value: {type: object}}
       |                                 ^^^^^
       |
       = help: called `schema` here: the file of a JSON Schema, or the schema itself

    error: the check `similar` needs `model`
      --> evals/karat.yaml:32:3
       |
    32 |   close: {check: similar, provider: embedder}
       |   ^^^^^
       |
       = help: for example `model: embedder`

    error: unknown key `provider` in the check `similar`
      --> evals/karat.yaml:32:27
       |
    32 |   close: {check: similar, provider: embedder}
       |                           ^^^^^^^^
       |
       = help: called `model` here: a key under `models`

    error: `threshold` must be a number from 0 to 1, as `levenshtein` gives (the share that is alike, not a count of edits), and here stands the number 5
      --> evals/karat.yaml:32:42
       |
    32 |   close: {check: levenshtein, threshold: 5}
       |                                          ^

    error: `threshold` must be a number of milliseconds, 0 or more, and here stands the text `2s`
      --> evals/karat.yaml:32:38
       |
    32 |   close: {check: latency, threshold: 2s}
       |                                      ^^
    "#);
}

#[test]
fn a_schema_may_stand_in_the_suite() {
    let inline = replaced(GOOD, "{check: rouge-l}", "{check: contains-json, schema: {type: object, required: [a]}}");
    let suite = Folder::new().write("karat.yaml", &inline).load().unwrap();
    assert_eq!(
        suite.metrics["close"].check().unwrap().kind,
        CheckKind::ContainsJson { schema: Some(json!({"type": "object", "required": ["a"]})) }
    );
    insta::assert_snapshot!(changed("{check: rouge-l}", "{check: is-json, schema: {type: objekt}}"), @r#"
    error: `schema` is not a JSON Schema: "objekt" is not valid under any of the schemas listed in the 'anyOf' keyword
      --> evals/karat.yaml:32:35
       |
    32 |   close: {check: is-json, schema: {type: objekt}}
       |                                   ^^^^^^^^^^^^^^
    "#);
}

#[test]
fn schemas_are_read() {
    insta::assert_snapshot!(changed("schemas/answer.json", "schemas/anwser.json"), @r"
    error: cannot read `schemas/anwser.json`: there is no such file
      --> evals/karat.yaml:31:35
       |
    31 |   shape: {check: is-json, schema: schemas/anwser.json}
       |                                   ^^^^^^^^^^^^^^^^^^^
       |
       = help: did you mean `schemas/answer.json`?
    ");
    insta::assert_snapshot!(Folder::new().write("schemas/answer.json", "{\n  \"type\": object}").errors(), @r#"
    error: not valid JSON: expected value
     --> evals/schemas/answer.json:2:11
      |
    2 |   "type": object}
      |           ^
    "#);
    insta::assert_snapshot!(Folder::new().write("schemas/answer.json", r#"{"type": "objekt"}"#).errors(), @r#"
    error: `schemas/answer.json` is not a JSON Schema: "objekt" is not valid under any of the schemas listed in the 'anyOf' keyword
      --> evals/karat.yaml:31:35
       |
    31 |   shape: {check: is-json, schema: schemas/answer.json}
       |                                   ^^^^^^^^^^^^^^^^^^^
    "#);
}

#[test]
fn numbers_make_sense() {
    insta::assert_snapshot!(changed("check: rouge-l", "check: number, value: many"), @r"
    error: `value` must be a number or a template, and here stands `many`
      --> evals/karat.yaml:32:33
       |
    32 |   close: {check: number, value: many}
       |                                 ^^^^
       |
       = help: without `value` the number comes from the case's reference
    ");
    insta::assert_snapshot!(changed("check: rouge-l", "check: number, tolerance: -1"), @r"
    error: `tolerance` must be a number, 0 or more, and here stands the number -1
      --> evals/karat.yaml:32:37
       |
    32 |   close: {check: number, tolerance: -1}
       |                                     ^^
    ");
    insta::assert_snapshot!(changed("unit: words", "unit: words, min: 5, max: 3"), @r"
    error: `min` 5 is above `max` 3: no length is between them
      --> evals/karat.yaml:28:44
       |
    28 |   words: {check: length, unit: words, min: 5, max: 3, goal: down}
       |                                            ^
    ");
    insta::assert_snapshot!(changed("check: rouge-l", "check: rouge-l, not: true"), @r"
    error: `not` is for checks that say yes or no, and `rouge-l` gives a number
      --> evals/karat.yaml:32:32
       |
    32 |   close: {check: rouge-l, not: true}
       |                                ^^^^
       |
       = help: a `threshold` makes it one; `goal: down` says that less is better
    ");
    insta::assert_snapshot!(changed("check: rouge-l", "check: rouge-l, weight: 0"), @r"
    error: `weight` must be a number above 0, and here stands the number 0
      --> evals/karat.yaml:32:35
       |
    32 |   close: {check: rouge-l, weight: 0}
       |                                   ^
    ");
    insta::assert_snapshot!(changed("not: true", "not: yes"), @r"
    error: `not` must be `true` or `false`, and here stands the text `yes`
      --> evals/karat.yaml:29:62
       |
    29 |   answer: {check: equals, value: 42, ignore_case: true, not: yes}
       |                                                              ^^^
    ");
}

#[test]
fn a_check_that_says_nothing_of_any_output_is_refused() {
    let said = |check: &str| changed("{check: rouge-l}", check).lines().next().unwrap_or_default().to_string();
    assert_eq!(said("{check: regex, pattern: ''}"), "error: every output matches the empty pattern");
    for check in ["tool-used'", "tool-used', mode: any", "tool-args-match'", "tool-sequence'"] {
        assert_eq!(said(&format!("{{check: 'trajectory:{check}, value: []}}")), "error: `value` is an empty list");
    }
    for (value, found) in [("{nam: x}", r#"{"nam":"x"}"#), ("[{name: x}, plain]", r#""plain""#), ("3", "3")] {
        let wrong =
            "error: `value`: expected a call, or a list of calls: `{name: book, arguments: {city: Rome}}`; found ";
        assert_eq!(
            said(&format!("{{check: 'trajectory:tool-args-match', value: {value}}}")),
            format!("{wrong}{found}")
        );
    }
    let wrong = "error: `value`: expected the name of a tool, or a list of them: `[search, book]`; found 3";
    assert_eq!(said("{check: 'trajectory:tool-used', value: [a, '{{ input }}', {name: b}, 3]}"), wrong);
    // That no tool is called is worth asking.
    let none = "{check: 'trajectory:tool-sequence', mode: exact, value: []}";
    assert!(!changed("{check: rouge-l}", none).contains("empty list"));
}

#[test]
fn a_number_above_its_most_is_told_the_most() {
    assert!(changed("{check: rouge-l}", "{check: rouge-n, n: 500}").contains("a whole number, 1 to 100"));
}
