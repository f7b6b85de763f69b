//! A stored run of ten million verdicts, compared: `karat compare` against a bare group-by of polars over the same file.

use std::path::Path;

use karat::run::{Plan, PlanOptions};
use karat::store::{CallRow, CaseRow, OutputRow, Runs, Status, TableWriter, VerdictKind, VerdictRow};
use karat::suite::load;
use serde_json::{Map, Value, json};
use tempfile::TempDir;

/// Every case is judged by so many metrics, for two candidates.
const METRICS: usize = 5;

/// Each tag has as many values: together fifty slices.
pub const TAGS: [&str; 5] = ["topic", "region", "tier", "channel", "language"];
const VALUES: u64 = 10;

const RUBRIC: &str = "
name: quality
mode: pointwise
instructions: Grade the answer.
scale: {min: 1, max: 5}
shows: [reference]
";

/// What a group-by needs beside the verdicts, as a table: of each case its place and its tags.
pub const SLICES: &str = "slices.parquet";

/// A finished run of a suite, with tables that the program's own writer wrote.
pub struct Stored {
    folder: TempDir,
    /// The run's folder.
    pub run: std::path::PathBuf,
    pub verdicts: usize,
}

impl Stored {
    pub fn new(cases: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        let write = |name: &str, text: &str| std::fs::write(root.join(name), text).unwrap();
        let metrics: String =
            (0..METRICS).map(|n| format!("  {}: {{rubric: quality.yaml, judge: grader}}\n", metric(n))).collect();
        write("quality.yaml", RUBRIC);
        write("prompt.j2", "{{ input }}\n");
        // One stands for all: the tables are written apart.
        write("cases.jsonl", "{\"id\": \"c0\", \"input\": \"Where is it?\", \"reference\": \"On its way.\"}\n");
        write(
            "karat.yaml",
            &format!(
                "name: comparison benchmark\ndataset: cases.jsonl\nmodels:\n  writer: {{provider: openai, model: w}}\n  \
                 grader: {{provider: openai, model: g}}\ncandidates:\n  v1: {{prompt: prompt.j2, model: writer}}\n  \
                 v2: {{prompt: prompt.j2, model: writer}}\nmetrics:\n{metrics}"
            ),
        );
        let suite = load(&root.join("karat.yaml"), &|_| None).unwrap();
        let plan = Plan::new(suite, &PlanOptions::default(), &|_| None).unwrap();
        let held = Runs::of(root).create().unwrap();
        plan.manifest(&held.id, None).write(&held.folder).unwrap();
        write_tables(&held.folder, cases);
        std::fs::write(held.folder.join("summary.json"), "{}").unwrap();
        Self { run: held.folder.clone(), folder, verdicts: cases as usize * METRICS * 2 }
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }
}

fn metric(n: usize) -> String {
    format!("quality_{}", n + 1)
}

/// A number that looks drawn, the same each time (SplitMix64).
fn drawn(of: u64, salt: u64) -> u64 {
    let mut x = (of ^ salt << 32).wrapping_add(0x9e37_79b9_7f4a_7c15);
    x = (x ^ x >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ x >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ x >> 31
}

pub fn tags(case: u64) -> [String; 5] {
    let value = |(salt, tag): (u64, &str)| format!("{tag} {}", drawn(case, 100 + salt) % VALUES);
    let mut salted = (0..).zip(TAGS).map(value);
    std::array::from_fn(|_| salted.next().unwrap())
}

fn write_tables(folder: &Path, cases: u64) {
    let mut table = (
        TableWriter::<CaseRow>::create(folder).unwrap(),
        TableWriter::<OutputRow>::create(folder).unwrap(),
        TableWriter::<VerdictRow>::create(folder).unwrap(),
    );
    let call = |model: &str, of: u64| CallRow {
        model: Some(model.to_string()),
        input_tokens: Some(200 + of % 100),
        output_tokens: Some(20 + of % 50),
        usd: None,
        latency_ms: Some(300 + of % 700),
        ..CallRow::default()
    };
    for index in 0..cases {
        let id = format!("c{index}");
        let tagged: Map<String, Value> =
            TAGS.iter().zip(tags(index)).map(|(tag, of)| (tag.to_string(), of.into())).collect();
        let body = json!({"id": id, "input": format!("Where is my order {index}, and when does it come?"),
            "reference": "It is on its way and comes on Friday.", "tags": tagged});
        let digest = blake3::hash(id.as_bytes()).to_hex().to_string();
        table
            .0
            .push(CaseRow { index, case: id.clone().into(), digest, cluster: None, body: body.to_string() })
            .unwrap();
        for candidate in ["v1", "v2"] {
            let text = Some(format!("Your order {index} comes on Friday, says {candidate}."));
            let row = OutputRow {
                index,
                case: id.clone().into(),
                candidate: candidate.into(),
                sample: 0,
                status: Status::Ok,
                text,
                error: None,
                trace: None,
                call: call("w", drawn(index, 1)),
            };
            table.1.push(row).unwrap();
        }
        for n in 0..METRICS {
            for (salt, candidate) in [(0, "v1"), (1, "v2")] {
                let of = drawn(index, 10 + 2 * n as u64 + salt);
                let row = VerdictRow {
                    index,
                    case: id.clone().into(),
                    metric: metric(n).into(),
                    kind: VerdictKind::Pointwise,
                    candidate: candidate.into(),
                    second: None,
                    sample: 0,
                    verdict_sample: 0,
                    judge: None,
                    decides: true,
                    met: None,
                    status: Status::Ok,
                    value: Some((1 + of % 5) as f64),
                    method: None,
                    mass: None,
                    confidence: None,
                    criteria: None,
                    reasoning: Some(format!("reason {}", of % 1000)),
                    failure: None,
                    error: None,
                    alarm: None,
                    repaired: false,
                    call: call("g", of),
                };
                table.2.push(row).unwrap();
            }
        }
    }
    table.0.finish().unwrap();
    table.1.finish().unwrap();
    table.2.finish().unwrap();
    super::group_by::write_slices(&folder.join(SLICES), cases);
}
