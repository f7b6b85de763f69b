//! What is measured, and the bar that each figure is held to.

use std::path::Path;
use std::time::Instant;

use karat::stats::Infer;
use karat::stats::bca::Bca;
use karat::stats::bootstrap::Resampling;
use karat::stats::clusters::singletons;

use super::bare;
use super::compare::Stored;
use super::program::{Done, knows, run, run_other};
use super::server::Server;
use super::work::{Recorded, Work};

/// In flight at once, everywhere.
pub const AT_ONCE: usize = 64;

/// One line of the table.
pub struct Row {
    pub work: String,
    pub bar: String,
    pub measured: String,
    /// `None` for what is only told.
    pub holds: Option<bool>,
}

impl Row {
    pub fn at_most(work: &str, bar: f64, measured: Option<f64>, unit: &str) -> Self {
        let shown = measured.map_or("not measured".to_string(), |m| format!("{m:.3} {unit}"));
        let bar_shown = format!("≤ {bar} {unit}");
        Self { work: work.into(), bar: bar_shown, measured: shown, holds: measured.map(|m| m <= bar) }
    }

    pub fn at_least(work: &str, bar: f64, measured: f64) -> Self {
        let (work, shown) = (work.into(), format!("{measured:.3}"));
        Self { work, bar: format!("≥ {bar}"), measured: shown, holds: Some(measured >= bar) }
    }

    pub fn told(work: &str, measured: String) -> Self {
        Self { work: work.into(), bar: "-".into(), measured, holds: None }
    }
}

pub fn rounds() -> usize {
    std::env::var("KARAT_BENCH_ROUNDS").ok().and_then(|n| n.parse().ok()).unwrap_or(5).max(1)
}

pub fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

const MB: f64 = 1e6;

/// The most memory over the runs, in MB; `None` where this machine does not tell.
fn peak(done: &[Done]) -> Option<f64> {
    let peaks: Option<Vec<u64>> = done.iter().map(|one| one.peak).collect();
    peaks?.into_iter().max().map(|bytes| bytes as f64 / MB)
}

/// The arguments of a run that asks everything anew.
pub fn asking() -> Vec<&'static str> {
    let mut arguments = vec!["run", "-j", "64"];
    if knows("--no-cache") {
        arguments.push("--no-cache");
    }
    arguments
}

/// 10,000 cases without latency, against a bare loop of requests, in turns.
pub fn calls() -> Vec<Row> {
    let server = Server::start(&[]);
    let work = Work::new(10_000, &server.url());
    let bodies = work.bodies();
    let calls = bodies.len() as f64;
    let (mut ours, mut theirs, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    // The first turn of each warms up the server and the disk.
    bare::run(&server.url(), &bodies, AT_ONCE);
    for round in 0..rounds() {
        let bare = bare::run(&server.url(), &bodies, AT_ONCE);
        work.forget();
        let before = server.stats()["total"].as_u64();
        let done = run(work.folder(), &asking());
        let asked = server.stats()["total"].as_u64().zip(before).map(|(after, before)| after - before);
        assert_eq!(asked, Some(bodies.len() as u64), "every call is made once");
        eprintln!("  round {round}: bare {:.3} s, karat {:.3} s", bare.seconds, done.seconds);
        ratios.push(bare.seconds / done.seconds);
        theirs.push(bare);
        ours.push(done);
    }
    let ratio = median(ratios);
    let told = |name: &str, runs: &[Done]| {
        let seconds = median(runs.iter().map(|done| done.seconds).collect());
        let spent = median(runs.iter().filter_map(|done| done.spent).collect());
        Row::told(name, format!("{seconds:.2} s, {:.0}/s, {spent:.2} s of processors", calls / seconds))
    };
    vec![
        Row::at_least("10,000 cases, 20,000 calls: calls/s of the bare loop's", 0.5, ratio),
        told("  the bare loop", &theirs),
        told("  karat, with report and journal", &ours),
        Row::at_most("  its peak memory", 100.0, peak(&ours), "MB"),
    ]
}

/// 2,000 cases with log-normal latencies, against what a perfect scheduler would need.
pub fn latency() -> Vec<Row> {
    let ratios = (0..rounds().min(3)).map(|round| {
        let server = Server::start(&["--latency", "200ms", "--latency-sigma", "0.4"]);
        let work = Work::new(2_000, &server.url());
        let done = run(work.folder(), &asking());
        let stats = server.stats();
        let (calls, mean) =
            (stats["latencies"].as_f64().unwrap_or(0.0), stats["mean_latency_ms"].as_f64().unwrap_or(0.0));
        assert_eq!(calls, 4_000.0, "every call is made once");
        let perfect = calls * mean / 1e3 / AT_ONCE as f64;
        eprintln!(
            "  round {round}: {:.2} s, {perfect:.2} s of latency at {mean:.1} ms, most in flight {}",
            done.seconds, stats["most_in_flight"]
        );
        done.seconds / perfect
    });
    let ratio = median(ratios.collect());
    vec![Row::at_most("2,000 cases, latency log-normal, 200 ms, 0.4: time / (latency / 64)", 1.08, Some(ratio), "")]
}

/// 10,000 cases whose calls are all in the cache.
pub fn cached() -> Vec<Row> {
    let name = "10,000 cases, all cached";
    if !knows("--no-cache") {
        return vec![Row::told(name, "SKIPPED: no cache".into())];
    }
    let server = Server::start(&[]);
    let work = Work::new(10_000, &server.url());
    run(work.folder(), &["run", "-j", "64"]);
    let asked = server.stats()["total"].clone();
    let again: Vec<Done> = (0..rounds()).map(|_| run(work.folder(), &["run", "-j", "64"])).collect();
    assert_eq!(server.stats()["total"], asked, "what is cached is not asked");
    let seconds = median(again.iter().map(|done| done.seconds).collect());
    vec![Row::at_most(name, 0.5, Some(seconds), "s"), Row::at_most("  its peak memory", 100.0, peak(&again), "MB")]
}

/// What a person waits for before anything is asked.
pub fn start() -> Vec<Row> {
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR"));
    let seconds = |arguments: &[&str]| {
        run(shipped, arguments);
        median((0..31).map(|_| run(shipped, arguments).seconds).collect())
    };
    vec![
        Row::at_most("karat --version", 10.0, Some(seconds(&["--version"]) * 1e3), "ms"),
        Row::at_most("karat check, on the shipped suite", 50.0, Some(seconds(&["check"]) * 1e3), "ms"),
    ]
}

/// A million recorded cases against a hundred thousand.
pub fn scale() -> Vec<Row> {
    let measure = |cases: usize, rounds: usize| {
        let recorded = Recorded::new(cases);
        let runs: Vec<Done> = (0..rounds)
            .map(|round| {
                recorded.forget();
                let done = run(recorded.folder(), &["run"]);
                let peak = done.peak.map_or("?".to_string(), |peak| format!("{:.0} MB", peak as f64 / MB));
                eprintln!("  {cases} cases, round {round}: {:.1} s, {peak}", done.seconds);
                done
            })
            .collect();
        (median(runs.iter().map(|done| done.seconds).collect()), peak(&runs))
    };
    let (small, small_peak) = measure(100_000, rounds().min(3));
    let (large, large_peak) = measure(1_000_000, 1);
    let bytes = large_peak.zip(small_peak).map(|(large, small)| (large - small) * MB / 900_000.0);
    vec![
        Row::at_most("1,000,000 recorded cases against 100,000: time", 10.5, Some(large / small), "times"),
        Row::told("  the million", format!("{large:.1} s")),
        Row::at_most("  memory for each case more", 200.0, bytes, "bytes"),
    ]
}

/// The word that makes this program group verdicts and nothing else.
pub const GROUP_BY: &str = "group-by-of-polars";

/// A stored run of ten million verdicts, compared, against a bare group-by of polars over the same file, in turns.
pub fn compare() -> Vec<Row> {
    let cases = std::env::var("KARAT_BENCH_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(1_000_000);
    let stored = Stored::new(cases);
    let myself = std::env::current_exe().unwrap();
    let folder = stored.run.to_string_lossy().into_owned();
    let group = || run_other(&myself, stored.folder(), &[GROUP_BY, &folder]);
    let ours = || run(stored.folder(), &["compare", "--json"]);
    // The first turn of each brings the file into memory.
    group();
    ours();
    let turns: Vec<(Done, Done)> = (0..rounds().min(3)).map(|_| (group(), ours())).collect();
    for (round, (theirs, ours)) in turns.iter().enumerate() {
        eprintln!("  round {round}: polars {:.2} s, karat {:.2} s", theirs.seconds, ours.seconds);
    }
    let ratio = median(turns.iter().map(|(theirs, ours)| ours.seconds / theirs.seconds).collect());
    let (theirs, ours): (Vec<Done>, Vec<Done>) = turns.into_iter().unzip();
    let memory = peak(&ours).zip(peak(&theirs));
    let told = |name: &str, runs: &[Done]| {
        let seconds = median(runs.iter().map(|done| done.seconds).collect());
        let spent = median(runs.iter().filter_map(|done| done.spent).collect());
        let held = peak(runs).map_or("?".to_string(), |peak| format!("{peak:.0} MB"));
        Row::told(name, format!("{seconds:.2} s, {spent:.2} s of processors, {held}"))
    };
    let name = format!("{} verdicts, 50 slices: time of a bare group-by's", stored.verdicts);
    vec![
        Row::at_most(&name, 1.5, Some(ratio), "times"),
        Row::at_most("  its peak memory", 1.2, memory.map(|(ours, theirs)| ours / theirs), "times"),
        told("  polars: read, join, mean and count by slice", &theirs),
        told("  karat compare --json", &ours),
    ]
}

/// The numeric core: 10,000 resamples of 10,000 pairs, on one processor.
pub fn numbers() -> Vec<Row> {
    let differences: Vec<f64> = (0..10_000_u32).map(|n| f64::from(n * 7919 % 101) / 50.0 - 1.0).collect();
    let clusters = singletons(differences.len());
    let seconds = (0..rounds()).map(|_| {
        let begun = Instant::now();
        let how = Resampling { resamples: 10_000, ..Resampling::default() };
        let bca = Bca::mean(&differences, &clusters, how).unwrap();
        assert!(bca.lower(0.05) < bca.estimate());
        begun.elapsed().as_secs_f64()
    });
    vec![Row::at_most("10,000 resamples of 10,000 pairs, one processor", 1.0, Some(median(seconds.collect())), "s")]
}
