//! The suites that are run: one candidate and one judge, over a server or from recorded replies.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use karat::judge::{Briefing, Exhibit, brief};
use karat::suite::{MetricName, load};
use serde_json::{Value, json};
use tempfile::TempDir;

const RUBRIC: &str = "
name: quality
mode: pointwise
instructions: |
  You grade one answer of a support agent. Hold it against the gold answer.
  A friendly answer that is wrong is a bad answer.
scale: {min: 1, max: 5}
criteria:
  - {name: correct, weight: 2, description: Nothing is made up., levels: {1: wrong, 3: a slip, 5: right}}
  - {name: complete, description: The customer knows what happens next.}
shows: [reference]
";

const SUITE: &str = "
name: engine benchmark
dataset: cases.jsonl
candidates:
  v1: {system: system.j2, prompt: answer.j2, model: writer}
metrics:
  quality: {rubric: quality.yaml, judge: grader}
";

const SYSTEM: &str = "You answer the customers of a shop. Be kind, be right, be short.";

fn input(case: usize) -> String {
    format!(
        "Hello, my order number {case} was to arrive on Wednesday with express, and it is Friday now. The tracking has \
         not moved since Wednesday morning. We leave for the lakes next Thursday. What can be done?"
    )
}

fn reference(case: usize) -> String {
    format!("The parcel {case} was last scanned on Wednesday, so a trace can be opened now; it takes up to five days.")
}

fn write_suite(folder: &Path, models: &str, cases: usize) {
    let write = |name: &str, text: &str| std::fs::write(folder.join(name), text).unwrap();
    write("karat.yaml", &format!("{SUITE}models:\n{models}"));
    write("quality.yaml", RUBRIC);
    write("system.j2", SYSTEM);
    write("answer.j2", "{{ input }}\n");
    let mut file = BufWriter::new(File::create(folder.join("cases.jsonl")).unwrap());
    for case in 0..cases {
        let row = json!({"id": format!("c{case}"), "input": input(case), "reference": reference(case)});
        writeln!(file, "{row}").unwrap();
    }
    file.flush().unwrap();
}

fn forget(folder: &Path) {
    for name in [".karat", "reports"] {
        let _ = std::fs::remove_dir_all(folder.join(name));
    }
}

/// A suite whose models are behind a server.
pub struct Work {
    folder: TempDir,
    cases: usize,
}

impl Work {
    pub fn new(cases: usize, url: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut models = String::new();
        for name in ["writer", "grader"] {
            let _ = writeln!(
                models,
                "  {name}: {{provider: openai, model: {name}, base_url: \"{url}\", params: {{temperature: 0}}}}"
            );
        }
        write_suite(folder.path(), &models, cases);
        Self { folder, cases }
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Takes away what earlier runs left.
    pub fn forget(&self) {
        forget(self.folder.path());
    }

    /// The bodies of all requests of a run, with a made-up answer before the judge. They differ from karat's own in
    /// that answer and in the marks around texts.
    pub fn bodies(&self) -> Vec<String> {
        let suite = load(&self.folder.path().join("karat.yaml"), &|_| None).unwrap();
        let metric = suite.metrics.get(&MetricName::from("quality")).unwrap();
        let rubric = &metric.rubric().unwrap().rubric;
        let briefing = Briefing::new(rubric.as_ref().clone());
        let said = |messages: Vec<Value>, more: Value| {
            let mut body = json!({"model": "writer", "messages": messages, "temperature": 0});
            body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            body.to_string()
        };
        let answer = "mock reply 0123456789abcdef: this text was drawn by a hash of the request alone, and it is as long \
                      as one that the server gives.";
        (0..self.cases)
            .flat_map(|case| {
                let asked = vec![
                    json!({"role": "system", "content": SYSTEM}),
                    json!({"role": "user", "content": format!("{}\n", input(case))}),
                ];
                let (input, reference) = (Value::from(input(case)), Value::from(reference(case)));
                let exhibit =
                    Exhibit { input: &input, reference: Some(&reference), context: &[], outputs: &[answer.into()] };
                let brief = brief(&briefing, &exhibit, &[7; 32]);
                let judged = brief.messages.iter().map(|m| json!({"role": m.role, "content": m.content})).collect();
                let schema = brief.schema.unwrap();
                let format = json!({"response_format": {"type": "json_schema", "json_schema":
                    {"name": schema.name(), "strict": true, "schema": schema.schema()}}});
                [said(asked, json!({})), said(judged, format)]
            })
            .collect()
    }
}

/// A suite whose replies are all in a file.
pub struct Recorded {
    folder: TempDir,
}

impl Recorded {
    pub fn new(cases: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let models = "  writer: {provider: recorded, replies: replies.jsonl}\n  grader: {provider: recorded, replies: replies.jsonl}\n";
        write_suite(folder.path(), models, cases);
        let mut file = BufWriter::new(File::create(folder.path().join("replies.jsonl")).unwrap());
        for case in 0..cases {
            let id = format!("c{case}");
            let answer =
                format!("Sample answer {case}: a trace is opened today, and you hear from us within five days.");
            writeln!(file, "{}", json!({"case": id, "candidate": "v1", "text": answer})).unwrap();
            let part = |score: usize| json!({"reasoning": "sample", "score": score});
            let (correct, complete) = (1 + case * 7 % 5, 1 + case * 3 % 5);
            let verdict =
                json!({"reasoning": "sample", "score": {"correct": part(correct), "complete": part(complete)}});
            let row = json!({"metric": "quality", "case": id, "candidate": "v1", "text": verdict.to_string()});
            writeln!(file, "{row}").unwrap();
        }
        file.flush().unwrap();
        Self { folder }
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn forget(&self) {
        forget(self.folder.path());
    }
}
