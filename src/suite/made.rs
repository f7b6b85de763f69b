//! A small suite in a folder of its own: what the tests of everything that works on a suite stand on.

use std::fs;

use tempfile::TempDir;

use super::{Mode, ReplyForm, Rubric, Scale, Shows, Suite, load};
use crate::diagnostic::Diagnostics;

/// Two prompts, one recorded model, a metric of each kind, and a gate.
pub const SUITE: &str = "\
name: made
dataset: cases.jsonl
models:
  demo: {provider: recorded, replies: replies.jsonl, prices: {input: 1, output: 2}}
candidates:
  v1: {prompt: v1.j2, model: demo}
  v2: {prompt: v2.j2, model: demo}
metrics:
  quality: {rubric: quality.yaml, judge: demo}
  preference: {rubric: preference.yaml, judge: demo}
  right: {check: contains, value: yes}
gate:
  baseline: v1
  candidate: v2
  rules:
    - {metric: quality, not_worse_by: 0.2}
seed: 1
";

const QUALITY: &str = "\
name: quality
mode: pointwise
instructions: How good is it?
scale: {min: 1, max: 5}
reply: bracketed
";

const PREFERENCE: &str = "\
name: preference
mode: pairwise
instructions: Which is better?
reply: bracketed
";

/// A rubric with nothing but its scale and form; one without a scale compares.
pub fn rubric(scale: Option<Scale>, reply: ReplyForm) -> Rubric {
    Rubric {
        name: "made".into(),
        mode: if scale.is_some() { Mode::Pointwise } else { Mode::Pairwise },
        instructions: "Grade.".into(),
        scale,
        criteria: Vec::new(),
        shows: Shows::default(),
        failure_categories: Vec::new(),
        reply,
        orders: Default::default(),
        calls: Default::default(),
        scoring: Default::default(),
        graded: false,
    }
}

/// The suite's folder, gone when it is dropped.
pub struct Folder(TempDir);

impl Folder {
    /// The suite as it stands above, with three cases.
    pub fn new() -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        let cases: String = (0..3).map(|i| format!("{{\"id\": \"c{i}\", \"input\": \"question {i}\"}}\n")).collect();
        for (path, text) in [
            ("karat.yaml", SUITE),
            ("quality.yaml", QUALITY),
            ("preference.yaml", PREFERENCE),
            ("v1.j2", "One: {{ input }}"),
            ("v2.j2", "Two: {{ input }}"),
            ("cases.jsonl", &cases),
            ("replies.jsonl", "{\"case\": \"c0\", \"candidate\": \"v1\", \"text\": \"yes\"}\n"),
        ] {
            folder.write(path, text);
        }
        folder
    }

    /// Puts a text into a file.
    pub fn write(&self, path: &str, text: &str) -> &Self {
        fs::write(self.0.path().join(path), text).unwrap();
        self
    }

    /// Puts one text in the place of another.
    pub fn change(&self, path: &str, from: &str, to: &str) -> &Self {
        let text = fs::read_to_string(self.0.path().join(path)).unwrap();
        assert!(text.contains(from), "{from}");
        self.write(path, &text.replace(from, to))
    }

    /// Reads the suite, mistakes and all.
    pub fn read(&self) -> Result<Suite, Diagnostics> {
        load(&self.0.path().join("karat.yaml"), &|_| None)
    }

    /// The suite.
    pub fn suite(&self) -> Suite {
        self.read().unwrap_or_else(|errors| panic!("{errors}"))
    }
}
