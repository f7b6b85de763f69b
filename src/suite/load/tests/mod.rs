//! Whole suites written to a folder, and what the loader makes of them.

use std::fs;
use std::path::Path;

use super::load;
use crate::diagnostic::Diagnostics;
use crate::suite::*;

mod candidates;
mod checks;
mod gate;
mod judging;
mod models;
mod mutations;
mod pairs;
mod pipelines;
mod ranking;
mod revisions;
mod rubrics;
mod whole;

/// A folder with a correct suite, some files of which a test may write anew.
pub struct Folder(tempfile::TempDir);

pub const GOOD: &str = "\
name: support-answers
description: Answers of the support desk
dataset: {path: datasets/support.jsonl, fields: {input: question}}
models:
  writer: {provider: openai, model: gpt-4.1-mini, params: {temperature: 0, max_tokens: 800}, prices: {input: 0.4, output: 1.6}}
  grader:
    provider: openai
    model: qwen3
    base_url: \"http://${HOST}:11434/v1\"
    api_key_env: GRADER_KEY
    headers: {x-team: evals, authorization: \"Bearer ${TOKEN}\"}
    query: {api-version: 2024-10-21}
    structured: schema
    max_concurrency: 32
    requests_per_minute: 500
    timeout: 90s
    max_attempts: 3
  demo: {provider: recorded, replies: datasets/support.replies.jsonl}
candidates:
  v1: {prompt: prompts/support.j2, model: writer}
  v2: {prompt: prompts/support.j2, system: prompts/system.j2, model: writer}
  v3: {messages: prompts/few-shot.yaml, model: demo}
  old: {outputs: datasets/old.jsonl}
metrics:
  quality: {rubric: rubrics/quality.yaml, judge: grader, missing: worst}
  preference: {rubric: rubrics/preference.yaml, judge: grader, missing: tie}
  has_order: {check: regex, pattern: 'order #\\d+'}
  words: {check: length, unit: words, goal: down}
  answer: {check: equals, value: 42, ignore_case: true, not: true}
  polite: {check: contains, any: [sorry, yes], all: [\"{{ reference }}\"]}
  shape: {check: is-json, schema: schemas/answer.json}
  close: {check: rouge-l}
gate:
  baseline: v1
  candidate: v2
  alpha: 0.05
  min_cases: 20
  rules:
    - {metric: quality, not_worse_by: 0.15}
    - {metric: preference, better_than: 0.5}
    - {metric: quality, slice: {topic: safety, tier: 1}, not_worse_by: 0.1, severity: warn}
    - {metric: has_order, at_least: 0.9}
    - {metric: preference, at_least: 0.4}
seed: 7
repeat: 2
cache: {max_age: 30d, max_size: 2GB}
";

pub const QUALITY: &str = "\
name: support-quality
mode: pointwise
instructions: |
  You grade one answer.
scale: {min: 1, max: 5}
criteria:
  - {name: correct, weight: 2, description: Says what is so., levels: {1: wrong, 5: right}}
  - {name: kind}
shows: [reference, context]
failure_categories: [wrong_policy, invented_fact]
";

pub const PREFERENCE: &str = "\
name: support-preference
mode: pairwise
instructions: Which answer is better?
orders: one
reply: {pattern: 'winner: (\\w+)', values: {first: A, second: B, none: tie, most: 0.75}}
";

pub const FEW_SHOT: &str = "\
- role: system
  content: |
    You answer.
    Briefly.
- {role: user, content: \"{{ input.question }}\"}
";

impl Folder {
    pub fn new() -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        let empty = ["datasets/support.jsonl", "datasets/support.replies.jsonl", "datasets/old.jsonl"];
        for path in empty {
            folder.write(path, "");
        }
        folder
            .write("karat.yaml", GOOD)
            .write("rubrics/quality.yaml", QUALITY)
            .write("rubrics/preference.yaml", PREFERENCE)
            .write("prompts/support.j2", "Question: {{ input }}\n{% for d in context %}{{ d }}{% endfor %}\n")
            .write("prompts/system.j2", "You are an agent.\n")
            .write("prompts/few-shot.yaml", FEW_SHOT)
            .write("schemas/answer.json", r#"{"type": "object"}"#);
        folder
    }

    pub fn write(&self, path: &str, text: &str) -> &Self {
        let path = self.0.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    pub fn path(&self) -> &Path {
        self.0.path()
    }

    pub fn load(&self) -> Result<Suite, Diagnostics> {
        load(&self.0.path().join("karat.yaml"), &|name| match name {
            "HOST" => Some("localhost".to_string()),
            "TOKEN" => Some("hush".to_string()),
            "REV" => Some("main".to_string()),
            _ => None,
        })
    }

    /// What the loader says, as if it had been called with `evals/karat.yaml`.
    pub fn errors(&self) -> String {
        let said = self.load().expect_err("mistakes").to_string();
        said.replace(&self.0.path().display().to_string(), "evals")
    }

    /// What the loader says of the suite with one text in place of another.
    pub fn changed(&self, from: &str, to: &str) -> String {
        self.write("karat.yaml", &replaced(GOOD, from, to)).errors()
    }
}

pub fn replaced(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "{from}");
    text.replacen(from, to, 1)
}

/// What the loader says of the good suite with one text in place of another.
pub fn changed(from: &str, to: &str) -> String {
    Folder::new().changed(from, to)
}

#[test]
fn the_suite_of_this_repository_is_correct() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("karat.yaml");
    load(&path, &|_| None).unwrap_or_else(|errors| panic!("{errors}"));
}

#[test]
fn a_correct_suite_is_read_whole() {
    let folder = Folder::new();
    let suite = folder.load().unwrap_or_else(|errors| panic!("{errors}"));
    assert_eq!(suite.file, "karat.yaml");
    assert_eq!(suite.root, folder.path());
    insta::assert_json_snapshot!(suite);
}

#[test]
fn the_ends_of_lines_and_a_byte_order_mark_make_no_difference() {
    let (plain, folder) = (Folder::new(), Folder::new());
    folder.write("karat.yaml", &format!("\u{feff}{}", GOOD.replace('\n', "\r\n")));
    folder.write("rubrics/quality.yaml", &QUALITY.replace('\n', "\r\n"));
    let suite = folder.load().unwrap_or_else(|errors| panic!("{errors}"));
    assert_eq!(Suite { root: plain.path().to_path_buf(), ..suite }, plain.load().unwrap());
}

#[test]
fn a_suite_survives_being_stored() {
    let suite = Folder::new().load().unwrap();
    let stored = serde_json::to_string(&suite).unwrap();
    let read: Suite = serde_json::from_str(&stored).unwrap();
    // How long replies are kept changes no result, so it is not part of what is stored.
    assert_ne!(suite.cache, read.cache);
    assert_eq!(Suite { root: suite.root.clone(), cache: suite.cache, ..read }, suite);
}
