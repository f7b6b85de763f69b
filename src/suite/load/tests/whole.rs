//! What is wrong with karat.yaml as a whole: its syntax, its keys, its types.

use std::fs;

use super::{Folder, GOOD, changed};

#[test]
fn an_unknown_key_names_the_nearest_one() {
    insta::assert_snapshot!(changed("candidates:", "candidats:"), @r"
    error: unknown key `candidats` in a suite
      --> evals/karat.yaml:19:1
       |
    19 | candidats:
       | ^^^^^^^^^
       |
       = help: did you mean `candidates`?
    ");
    insta::assert_snapshot!(changed("    max_attempts: 3\n", "    zzz: 3\n"), @r"
    error: unknown key `zzz` in a model
      --> evals/karat.yaml:17:5
       |
    17 |     zzz: 3
       |     ^^^
       |
       = help: known: `provider`, `model`, `base_url`, `api_key_env`, `headers`, `query`, `params`, `structured`, `max_concurrency`, `requests_per_minute`, `tokens_per_minute`, `timeout`, `max_attempts`, `patience`, `fallback`, `prices`, `replies`
    ");
    insta::assert_snapshot!(changed("seed: 7", "budget: {eur: 5}"), @r"
    error: a budget needs `usd`
      --> evals/karat.yaml:44:1
       |
    44 | budget: {eur: 5}
       | ^^^^^^
       |
       = help: for example `budget: {usd: 5}`

    error: unknown key `eur` in a budget
      --> evals/karat.yaml:44:10
       |
    44 | budget: {eur: 5}
       |          ^^^
       |
       = help: known: `usd`
    ");
    insta::assert_snapshot!(changed("seed: 7", "budget: -5"), @r"
    error: `budget` must be US dollars, 0 or more, and here stands the number -5
      --> evals/karat.yaml:44:9
       |
    44 | budget: -5
       |         ^^
    ");
    insta::assert_snapshot!(changed("seed: 7", "budget: {usd: much}"), @r"
    error: `usd` must be US dollars, 0 or more, and here stands the text `much`
      --> evals/karat.yaml:44:15
       |
    44 | budget: {usd: much}
       |               ^^^^
    ");
}

#[test]
fn a_missing_key_is_said_with_an_example() {
    insta::assert_snapshot!(changed("name: support-answers\n", ""), @r"
    error: a suite needs `name`
     --> evals/karat.yaml:1:1
      |
    1 | description: Answers of the support desk
      | ^
      |
      = help: for example `name: support-answers`
    ");
    insta::assert_snapshot!(changed("name: support-answers\n", "name:\n"), @r"
    error: a suite needs `name`
     --> evals/karat.yaml:1:1
      |
    1 | name:
      | ^^^^
      |
      = help: for example `name: support-answers`
    ");
}

#[test]
fn a_wrong_type_says_what_stands_there() {
    insta::assert_snapshot!(changed("name: support-answers", "name: 2024"), @r#"
    error: `name` must be text, and here stands the number 2024
     --> evals/karat.yaml:1:7
      |
    1 | name: 2024
      |       ^^^^
      |
      = help: put it in quotes: "2024"
    "#);
    insta::assert_snapshot!(changed("name: support-answers", "name: [a]"), @r"
    error: `name` must be text, and here stands a list
     --> evals/karat.yaml:1:7
      |
    1 | name: [a]
      |       ^^^
    ");
    insta::assert_snapshot!(changed("seed: 7", "seed: -1"), @r"
    error: `seed` must be a whole number, 0 or more, and here stands the number -1
      --> evals/karat.yaml:44:7
       |
    44 | seed: -1
       |       ^^
    ");
    insta::assert_snapshot!(changed("repeat: 2", "repeat: 0"), @r"
    error: `repeat` must be a whole number, 1 or more, and here stands the number 0
      --> evals/karat.yaml:45:9
       |
    45 | repeat: 0
       |         ^
    ");
    insta::assert_snapshot!(changed("seed: 7", "models: 3"), @r"
    error: the key `models` is written twice
      --> evals/karat.yaml:44:1
       |
    44 | models: 3
       | ^^^^^^
       |
       = help: it stands in line 4 already
    ");
}

#[test]
fn what_is_not_yaml_has_its_place() {
    insta::assert_snapshot!(Folder::new().write("karat.yaml", "name: x\nmodels: {a: {provider: openai}\ndataset: y\n").errors(), @r"
    error: not valid YAML: while parsing a flow mapping, did not find expected ',' or '}'
     --> evals/karat.yaml:3:1
      |
    3 | dataset: y
      | ^
    ");
    insta::assert_snapshot!(Folder::new().write("karat.yaml", "name: a: b\n").errors(), @r"
    error: not valid YAML: mapping values are not allowed in this context
     --> evals/karat.yaml:1:8
      |
    1 | name: a: b
      |        ^
      |
      = help: text that holds `: ` needs quotes
    ");
    insta::assert_snapshot!(Folder::new().write("karat.yaml", "").errors(), @r"error: evals/karat.yaml is empty");
    insta::assert_snapshot!(Folder::new().write("karat.yaml", "- a\n").errors(), @r"
    error: a suite must be a map, and here stands a list
     --> evals/karat.yaml:1:1
      |
    1 | - a
      | ^
    ");
    let secret = "models: {a: {api_key: sk-proj-1234567890}\nname: x\n";
    insta::assert_snapshot!(Folder::new().write("karat.yaml", secret).errors(), @r"
    error: not valid YAML: while parsing a flow mapping, did not find expected ',' or '}'
     --> evals/karat.yaml:2:1
      |
    2 | name: x
      | ^
    ");
    let secret = "models:\n  a:\n    api_key: @sk-proj-1234567890\n";
    insta::assert_snapshot!(Folder::new().write("karat.yaml", secret).errors(), @r"
    error: not valid YAML: unexpected character: `@'
     --> evals/karat.yaml:3:14
      |
    3 |     api_key: *******************
      |              ^
      |
      = help: put the text in quotes
    ");
    insta::assert_snapshot!(changed("seed: 7", "name: again"), @r"
    error: the key `name` is written twice
      --> evals/karat.yaml:44:1
       |
    44 | name: again
       | ^^^^
       |
       = help: it stands in line 1 already
    ");
}

#[test]
fn a_file_that_is_not_there_or_not_text_is_said() {
    let folder = Folder::new();
    fs::remove_file(folder.path().join("karat.yaml")).unwrap();
    insta::assert_snapshot!(folder.errors(), @r"error: cannot read `evals/karat.yaml`: there is no such file");
    fs::write(folder.path().join("karat.yaml"), b"name: x\n\xff\n").unwrap();
    insta::assert_snapshot!(folder.errors(), @r"error: `evals/karat.yaml` is not UTF-8 in line 2");
}

#[test]
fn every_mistake_is_said_at_once_the_suite_first() {
    let folder = Folder::new();
    folder.write("rubrics/quality.yaml", "name: q\nmod: pointwise\n").write("prompts/support.j2", "{{ input");
    let suite = GOOD.replace("alpha: 0.05", "alpha: 5").replace("judge: grader", "judge: grader2");
    insta::assert_snapshot!(folder.write("karat.yaml", &suite).errors(), @r"
    error: there is no model `grader2`
      --> evals/karat.yaml:25:50
       |
    25 |   quality: {rubric: rubrics/quality.yaml, judge: grader2, missing: worst}
       |                                                  ^^^^^^^
       |
       = help: did you mean `grader`?

    error: there is no model `grader2`
      --> evals/karat.yaml:26:56
       |
    26 |   preference: {rubric: rubrics/preference.yaml, judge: grader2, missing: tie}
       |                                                        ^^^^^^^
       |
       = help: did you mean `grader`?

    error: `alpha` must be a number from 0.000001 to below 0.5, and here stands the number 5
      --> evals/karat.yaml:36:10
       |
    36 |   alpha: 5
       |          ^

    error: this template does not read: unexpected end of input, expected end of variable block
     --> evals/prompts/support.j2:1:4
      |
    1 | {{ input
      |    ^^^^^

    error: a rubric needs `instructions`
     --> evals/rubrics/quality.yaml:1:1
      |
    1 | name: q
      | ^
      |
      = help: for example `instructions: You grade one answer …`

    error: unknown key `mod` in a rubric
     --> evals/rubrics/quality.yaml:2:1
      |
    2 | mod: pointwise
      | ^^^
      |
      = help: did you mean `mode`?
    ");
}

#[test]
fn the_dataset_must_be_there() {
    insta::assert_snapshot!(changed("path: datasets/support.jsonl", "path: datasets/suport.jsonl"), @r"
    error: cannot read `datasets/suport.jsonl`: there is no such file
     --> evals/karat.yaml:3:17
      |
    3 | dataset: {path: datasets/suport.jsonl, fields: {input: question}}
      |                 ^^^^^^^^^^^^^^^^^^^^^
      |
      = help: did you mean `datasets/support.jsonl`?
    ");
    insta::assert_snapshot!(changed("fields: {input: question}", "fields: {inputs: question}"), @r"
    error: `inputs` is not a field of a case
     --> evals/karat.yaml:3:50
      |
    3 | dataset: {path: datasets/support.jsonl, fields: {inputs: question}}
      |                                                  ^^^^^^
      |
      = help: did you mean `input`? An entry reads `input: their_column`
    ");
    insta::assert_snapshot!(changed("path: datasets/support.jsonl", "path: \"data/${YEAR}.jsonl\""), @r#"
    error: the environment variable `YEAR` is not set
     --> evals/karat.yaml:3:23
      |
    3 | dataset: {path: "data/${YEAR}.jsonl", fields: {input: question}}
      |                       ^^^^^^^
      |
      = help: set it in the environment, or in a file given by `--env-file`
    "#);
}
