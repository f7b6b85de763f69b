//! How much time and memory it takes to analyse a large run.
//!
//! Not a part of the usual tests, since the tables alone take minutes to write without optimisation:
//!
//! ```sh
//! cargo test --lib large_run -- --ignored --nocapture
//! ```

use std::path::Path;
use std::process::Command;

use super::*;
use crate::analysis::{HowMany, Study, analyse};
use crate::suite::made::Folder;

/// Names the folder of the tables for the process that reads them; without it this process writes them.
const TABLES: &str = "KARAT_TEST_TABLES";

/// Bytes a case beyond what any run takes.
const MOST_BYTES_A_CASE: f64 = 80.0;

#[test]
#[ignore = "takes minutes"]
fn a_large_run_is_read_in_few_bytes_a_case() {
    if let Some(tables) = std::env::var_os(TABLES) {
        return measure(Path::new(&tables));
    }
    let mut found = Vec::new();
    for cases in [30_000, 100_000, 300_000] {
        let folder = tempfile::tempdir().unwrap();
        large_run(folder.path(), cases);
        let mut measured = Command::new(std::env::current_exe().unwrap());
        measured.args(["--exact", "analysis::tests::scale::a_large_run_is_read_in_few_bytes_a_case"]);
        measured.args(["--ignored", "--nocapture"]).env(TABLES, folder.path()).env("POLARS_MAX_THREADS", "2");
        let told = String::from_utf8(measured.output().unwrap().stdout).unwrap();
        let number = |name: &str| -> f64 {
            let line = told.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_else(|| panic!("{told}"));
            line.trim().parse().unwrap()
        };
        let (bytes, seconds, plain) = (number("peak bytes"), number("seconds"), number("plain seconds"));
        eprintln!("{cases} cases: {seconds:.2} s, {:.1} MB at most; a bare group-by {plain:.2} s", bytes / 1e6);
        found.push((cases as f64, bytes, seconds));
    }
    let [_, few, many] = found[..] else { panic!("three sizes") };
    let bytes_a_case = (many.1 - few.1) / (many.0 - few.0);
    eprintln!("{bytes_a_case:.0} bytes a case; {:.2} times the time for three times the cases", many.2 / few.2);
    assert!(bytes_a_case <= MOST_BYTES_A_CASE);
    assert!(many.2 / few.2 <= 3.15 * 1.1);
}

/// One candidate, judged by one metric, as in a run of that many cases.
fn large_run(folder: &Path, cases: usize) {
    let call = |index: u64| CallRow {
        model: Some("gpt-4.1-mini-2026-04-14".to_string()),
        input_tokens: Some(400 + index % 97),
        output_tokens: Some(80 + index % 41),
        usd: Some(0.000_12),
        latency_ms: Some(200 + index * 7919 % 1500),
        retried: 0,
        fallback: None,
        fingerprint: Some("fp_44709d6fcb".to_string()),
    };
    let range = || 0..cases as u64;
    write(
        folder,
        range().map(|index| {
            let mut case = case(&format!("case-{index:07}"));
            case.tags.insert("topic".to_string(), format!("topic {}", index % 12));
            case.input = format!("question {index}: {}", "where is my order? ".repeat(8)).into();
            let body = serde_json::to_string(&case).unwrap();
            CaseRow { index, case: case.id.clone(), digest: case.digest().to_string(), cluster: None, body }
        }),
    );
    write(
        folder,
        range().map(|index| OutputRow {
            index,
            case: format!("case-{index:07}").into(),
            candidate: "v2".into(),
            sample: 0,
            status: Status::Ok,
            text: Some(format!("answer {index}: {}", "it is on its way ".repeat(10))),
            error: None,
            trace: None,
            call: call(index),
        }),
    );
    write(
        folder,
        range().map(|index| {
            let mut rows = Rows::default();
            let failed = index % 100 == 0;
            let row = rows.score(0, "v2", (!failed).then_some(1.0 + (index * 31 % 5) as f64));
            (row.index, row.case, row.call) = (index, format!("case-{index:07}").into(), call(index));
            row.reasoning = Some(format!("because {index}: {}", "it answers what was asked ".repeat(6)));
            row.error = failed.then(|| "no verdict in the reply".to_string());
            row.clone()
        }),
    );
}

/// Prints what it takes to read the tables in a folder.
fn measure(folder: &Path) {
    let mut suite = Folder::new().suite();
    suite.gate = None;
    suite.candidates.retain(|name, _| name.as_str() == "v2");
    suite.metrics.retain(|name, _| name.as_str() == "quality");
    let begun = seconds();
    let tables = Tables::read(folder).unwrap();
    let told = HowMany { worst: 20, best: 10 };
    let study = Study {
        suite: &suite,
        pairs: &[],
        cards: &BTreeMap::new(),
        tables: &tables,
        sequence: None,
        earlier: None,
        controls: &[],
        reference: &Default::default(),
        run: "r",
        told,
    };
    let analysed = analyse(study).unwrap();
    let taken = seconds() - begun;
    assert_eq!(analysed.analysis.counts.cases, tables.cases.len() as u64);
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    let kilobytes: u64 = peak.trim().trim_end_matches(" kB").parse().unwrap();
    println!("peak bytes {}", kilobytes * 1024);
    println!("seconds {taken}");
    println!("plain seconds {}", bare_group_by(folder));
}

/// The least that anything could do with the table of verdicts: the mean by metric and candidate.
fn bare_group_by(folder: &Path) -> f64 {
    use polars::prelude::*;
    use polars_io::SerReader;
    use polars_io::parquet::read::ParquetReader;
    let begun = seconds();
    let columns = ["metric", "candidate", "index", "value"].map(str::to_string).to_vec();
    let file = std::fs::File::open(folder.join(VerdictRow::FILE)).unwrap();
    let frame = ParquetReader::new(file).with_columns(Some(columns)).finish().unwrap();
    let means = frame.lazy().group_by([col("metric"), col("candidate")]).agg([col("value").mean()]).collect().unwrap();
    assert_eq!(means.height(), 1);
    seconds() - begun
}

/// Seconds that all threads of this process have worked, which other processes on the machine do not change.
fn seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let ticks = stat.rsplit(')').next().unwrap().split_whitespace().skip(11).take(2);
    ticks.map(|ticks| ticks.parse::<f64>().unwrap()).sum::<f64>() / 100.0
}
