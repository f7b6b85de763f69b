//! The benchmark of the engine: the whole program, as users run it, against a stand-in server on this machine.
//!
//! ```sh
//! cargo bench --bench engine                       # all rows but `scale` and `compare`, which take long
//! cargo bench --bench engine -- calls start        # some rows
//! cargo bench --bench engine -- scale              # a million recorded cases against a hundred thousand
//! cargo bench --bench engine -- compare            # ten million stored verdicts against a bare group-by of polars
//! ```
//!
//! `KARAT_BENCH_CASES` sets another number of cases for `compare` (1,000,000, each with ten verdicts).
//! `KARAT_BENCH_BINARY` names another program to measure, `KARAT_BENCH_ROUNDS` how often what is compared is measured
//! (5). The server is the built program's `karat mock`, in a process of its own.

mod bare;
mod compare;
mod group_by;
mod pipes;
mod program;
mod rows;
mod search;
mod server;
mod service;
mod work;

use std::process::ExitCode;

use rows::Row;

type Measure = fn() -> Vec<Row>;

/// The rows by the names that the command line knows.
const ROWS: [(&str, Measure); 10] = [
    ("calls", rows::calls),
    ("latency", rows::latency),
    ("cached", rows::cached),
    ("command", pipes::command),
    ("http", service::http),
    ("start", rows::start),
    ("numbers", rows::numbers),
    ("search", search::search),
    ("scale", rows::scale),
    ("compare", rows::compare),
];

/// Rows that take long are measured only where they are named.
const LONG: [&str; 2] = ["scale", "compare"];

fn main() -> ExitCode {
    // Cargo says `--bench` to every benchmark.
    let wanted: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    // What is compared with starts as a process of its own, so that its memory is its own.
    if let [first, run] = wanted.as_slice()
        && first == rows::GROUP_BY
    {
        group_by::group(std::path::Path::new(run));
        return ExitCode::SUCCESS;
    }
    if let Some(unknown) = wanted.iter().find(|name| ROWS.iter().all(|(known, _)| known != name)) {
        let names: Vec<&str> = ROWS.iter().map(|(name, _)| *name).collect();
        eprintln!("there is no row `{unknown}`; there are {}", names.join(", "));
        return ExitCode::from(2);
    }
    let is_wanted =
        |name: &str| if wanted.is_empty() { !LONG.contains(&name) } else { wanted.iter().any(|w| w == name) };
    let mut found = Vec::new();
    for (name, row) in ROWS.into_iter().filter(|(name, _)| is_wanted(name)) {
        eprintln!("measuring {name} …");
        found.extend(row());
    }
    if let Ok(load) = std::fs::read_to_string("/proc/loadavg") {
        println!("load of this machine, its own included: {}", load.split(' ').take(3).collect::<Vec<_>>().join(" "));
    }
    println!("{:<66} {:>10} {:>40}  held", "work", "bar", "measured");
    for Row { work, bar, measured, holds } in &found {
        let held = holds.map_or("-", |holds| if holds { "yes" } else { "NO" });
        println!("{work:<66} {bar:>10} {measured:>40}  {held}");
    }
    ExitCode::from(u8::from(found.iter().any(|row| row.holds == Some(false))))
}
