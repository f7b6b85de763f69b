//! The workers of one command: who asks gets a free one, or a new one in the place of one that is gone.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};

use super::worker::Worker;
use crate::model::FailureKind;
use crate::model::secret::Redactor;
use crate::suite::{CommandMode, CommandSpec, Lookup};

/// So many processes in a row may end without an answer before no more are started.
const MOST_DEATHS: u32 = 10;

/// A program as it is started.
#[derive(Debug, Clone)]
pub(super) struct Program {
    /// The program and its arguments.
    pub words: Vec<String>,
    /// Its whole environment.
    pub variables: Vec<(String, String)>,
    /// The folder that it runs in.
    pub folder: PathBuf,
    /// The time that one answer may take.
    pub timeout: Duration,
    /// Whether one process answers many cases.
    pub mode: CommandMode,
}

/// Why a process gave no answer.
#[derive(Debug)]
pub struct Fault {
    /// What kind of failure.
    pub kind: FailureKind,
    /// In words, without what it said itself.
    pub message: String,
    /// The last that it wrote to standard error.
    pub said: String,
}

/// Processes of one program, at most so many at a time.
#[derive(Debug)]
pub struct Pool {
    program: Program,
    redactor: Redactor,
    places: Semaphore,
    idle: Mutex<Vec<Worker>>,
    /// Processes that ended without an answer since the last answer.
    deaths: AtomicU32,
}

/// The right to one process.
#[derive(Debug)]
pub struct Place<'a> {
    pool: &'a Pool,
    _permit: Option<SemaphorePermit<'a>>,
}

impl Program {
    /// The program as a person would type it.
    pub fn shown(&self) -> String {
        self.words.join(" ")
    }
}

impl Pool {
    /// No process yet, and as many at a time as the suite says. An answer may take `timeout`.
    ///
    /// # Errors
    /// A variable that the suite names and that is not set, in words.
    pub fn open(spec: &CommandSpec, timeout: Duration, root: &Path, lookup: Lookup<'_>) -> Result<Self, String> {
        let (program, redactor) = super::program(spec, timeout, root, lookup)?;
        let places = Semaphore::new(spec.workers.clamp(1, Semaphore::MAX_PERMITS));
        Ok(Self { program, redactor, places, idle: Mutex::default(), deaths: AtomicU32::new(0) })
    }

    /// How long a process lives.
    pub fn mode(&self) -> CommandMode {
        self.program.mode
    }

    /// Waits for a place.
    pub async fn place(&self) -> Place<'_> {
        // The semaphore is never closed.
        Place { pool: self, _permit: self.places.acquire().await.ok() }
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Worker>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn worker(&self) -> Result<Worker, Fault> {
        // One that died while nobody asked is no case's failure.
        while let Some(mut worker) = self.idle().pop() {
            if worker.is_ready() {
                return Ok(worker);
            }
        }
        let deaths = self.deaths.load(Ordering::Relaxed);
        if deaths >= MOST_DEATHS {
            let message = format!(
                "`{}` ended {deaths} times in a row without an answer, and is not started again",
                self.program.shown()
            );
            return Err(Fault { kind: FailureKind::ProviderOut, message, said: String::new() });
        }
        Worker::start(&self.program).map_err(|error| {
            self.deaths.fetch_add(1, Ordering::Relaxed);
            let message = format!("`{}` cannot be started: {error}", self.program.shown());
            Fault { kind: FailureKind::Crashed, message, said: String::new() }
        })
    }
}

impl Place<'_> {
    /// Asks a process by one line: its line in answer, and what it wrote to standard error meanwhile, without keys.
    ///
    /// # Errors
    /// Whatever the process did instead. It is gone then, with all that it started.
    pub async fn ask(&self, request: &str) -> Result<(Vec<u8>, String), Fault> {
        let Pool { program, deaths, .. } = self.pool;
        let mut worker = self.pool.worker()?;
        let asked = tokio::time::timeout(program.timeout, worker.ask(request, program.mode)).await;
        let answered = asked.unwrap_or_else(|_| {
            let once = if program.mode == CommandMode::Lines {
                "; a program has to flush its output after each line"
            } else {
                ""
            };
            Err((FailureKind::Timeout, format!("no answer within {:?}{once}", program.timeout)))
        });
        match answered {
            Ok(line) => {
                deaths.store(0, Ordering::Relaxed);
                let said = worker.said();
                if program.mode == CommandMode::Lines {
                    self.pool.idle().push(worker);
                }
                Ok((self.pool.redactor.bytes(line), self.pool.redactor.words(said.trim_end())))
            }
            Err((kind, message)) => {
                if kind == FailureKind::Crashed {
                    deaths.fetch_add(1, Ordering::Relaxed);
                }
                worker.listen();
                let said = worker.said();
                worker.end_now();
                let redactor = &self.pool.redactor;
                Err(Fault { kind, message: redactor.words(&message), said: redactor.words(&said) })
            }
        }
    }
}
