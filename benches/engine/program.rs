//! A run of the program: how long it took, and the most memory that it held.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// What a run took.
pub struct Done {
    pub seconds: f64,
    /// Seconds of the processors, where this machine tells. What else the machine does changes them little.
    pub spent: Option<f64>,
    /// Bytes, where this machine tells.
    pub peak: Option<u64>,
}

/// The program that is measured.
pub fn program() -> PathBuf {
    std::env::var_os("KARAT_BENCH_BINARY").map_or_else(|| env!("CARGO_BIN_EXE_karat").into(), PathBuf::from)
}

/// Whether `karat run` has a flag.
pub fn knows(flag: &str) -> bool {
    let help = Command::new(program()).args(["run", "--help"]).output().unwrap();
    String::from_utf8_lossy(&help.stdout).contains(flag)
}

/// Runs the program to its end in a folder; its words go to a file. It must come to its end without an error.
pub fn run(folder: &Path, arguments: &[&str]) -> Done {
    run_other(&program(), folder, arguments)
}

/// The same of another program.
pub fn run_other(program: &Path, folder: &Path, arguments: &[&str]) -> Done {
    let said = tempfile::NamedTempFile::new().unwrap();
    let file = |name: &Path| Stdio::from(File::options().append(true).open(name).unwrap());
    let mut command = Command::new(program);
    command.args(arguments).current_dir(folder).env("NO_PROXY", "*").stdin(Stdio::null());
    command.stdout(file(said.path())).stderr(file(said.path()));
    let (begun, before) = (Instant::now(), spent(Of::Children));
    let mut child = command.spawn().unwrap();
    let (status, peak) = wait(&mut child);
    let seconds = begun.elapsed().as_secs_f64();
    let spent = spent(Of::Children).zip(before).map(|(after, before)| after - before);
    let words = || std::fs::read_to_string(said.path()).unwrap_or_default();
    assert!(status.success(), "{} {arguments:?} ended with {status}:\n{}", program.display(), words());
    Done { seconds, spent, peak }
}

/// Waits, and asks now and then how much memory the program has held at most. What it takes in its very last
/// moments is missed.
fn wait(child: &mut Child) -> (std::process::ExitStatus, Option<u64>) {
    let (id, ended) = (child.id(), AtomicBool::new(false));
    std::thread::scope(|scope| {
        let watcher = scope.spawn(|| {
            let mut most = None;
            while !ended.load(Ordering::Relaxed) {
                most = most.max(held(id));
                std::thread::sleep(Duration::from_millis(2));
            }
            most
        });
        let status = child.wait().unwrap();
        ended.store(true, Ordering::Relaxed);
        (status, watcher.join().unwrap())
    })
}

/// The most memory that a process has held so far, as Linux counts it.
fn held(id: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().strip_suffix(" kB")?.parse::<u64>().ok()? * 1024)
}

/// Whose time of the processors.
pub enum Of {
    Myself,
    /// Programs that were started and have ended.
    Children,
}

/// Seconds of the processors that were spent so far, in the kernel too, as Linux counts them.
pub fn spent(of: Of) -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    // The name may hold spaces. After it, utime, stime, cutime and cstime are the fields 12 to 15, from 1.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let (user, system) = match of {
        Of::Myself => (11, 12),
        Of::Children => (13, 14),
    };
    let ticks = |at: usize| fields.get(at)?.parse::<f64>().ok();
    // A tick has been a hundredth of a second for as long as there has been /proc.
    Some((ticks(user)? + ticks(system)?) / 100.0)
}
