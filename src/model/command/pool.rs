//! The workers of one command: a line → what a free one answers, or a new one in the place of one that is gone.

use std::path::{Path, PathBuf};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use super::answer;
use super::crew::{Crew, Place};
use super::files::NamedFile;
use super::worker::Worker;
use crate::model::allowance::{Allowance, within};
use crate::model::secret::Redactor;
use crate::model::{Failure, FailureKind, Taken};
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
    /// The files among its words.
    pub files: Vec<NamedFile>,
    /// The time that one answer may take.
    pub timeout: Duration,
    /// Whether one process answers many cases.
    pub mode: CommandMode,
}

/// An answer.
#[derive(Debug)]
pub(super) struct Heard<T> {
    /// What it is read as.
    pub read: T,
    /// What the process wrote to standard error meanwhile.
    pub said: String,
    /// The time that the process was busy with it.
    pub took: Duration,
}

/// Why a process gave no answer.
#[derive(Debug)]
pub(super) struct Fault {
    /// What kind of failure.
    pub kind: FailureKind,
    /// In words, without what it said itself.
    pub message: String,
    /// The last that it wrote to standard error.
    pub said: String,
    /// What it took all the same, where it says so.
    pub taken: Option<Box<Taken>>,
    /// Whether it may not be about this question at all: a new process, asked nothing else, can tell.
    pub is_in_doubt: bool,
}

/// Processes of one program, at most so many at a time.
#[derive(Debug)]
pub(super) struct Pool {
    program: Program,
    redactor: Redactor,
    crew: Arc<Crew>,
    /// Processes that ended without an answer since the last answer.
    deaths: AtomicU32,
}

impl Program {
    /// The program as a person would type it.
    pub fn shown(&self) -> String {
        self.words.join(" ")
    }

    /// Waits for a line as long as one may take. Pinned by the caller: each layer that takes a future by value has it twice.
    async fn wait<T>(
        &self,
        allowance: Option<Allowance>,
        line: Pin<&mut impl Future<Output = Result<T, (FailureKind, String)>>>,
    ) -> Result<T, (FailureKind, String)> {
        let waited = within(allowance, tokio::time::timeout(self.timeout, line)).await;
        let Ok(heard) = waited.map_err(|Failure { kind, message, .. }| (kind, message))? else {
            let once = if self.mode == CommandMode::Lines {
                "; a program has to flush its output after each line"
            } else {
                ""
            };
            return Err((FailureKind::Timeout, format!("no answer within {:?}{once}", self.timeout)));
        };
        heard
    }
}

impl Pool {
    /// No process yet, and as many at a time as the suite says. An answer may take `timeout`.
    ///
    /// # Errors
    /// A variable that the suite names and that is not set, in words.
    pub(super) fn open(spec: &CommandSpec, timeout: Duration, root: &Path, lookup: Lookup<'_>) -> Result<Self, String> {
        let (program, redactor) = super::program(spec, timeout, root, lookup)?;
        Ok(Self { program, redactor, crew: Crew::new(spec.workers), deaths: AtomicU32::new(0) })
    }

    /// How long a process lives.
    pub(super) fn mode(&self) -> CommandMode {
        self.program.mode
    }

    /// Waits for a place to ask about a request, which may be written to a process that is still busy with another.
    pub(super) async fn place(&self, request: &str, may_go_ahead: bool) -> Place {
        self.crew.place(&format!("{request}\n"), may_go_ahead && self.mode() == CommandMode::Lines).await
    }

    /// A question that was sent ahead came to nothing: no more are, until the program has been quick for a while.
    pub(super) fn distrust(&self) {
        self.crew.distrust();
    }

    /// A process that nobody asks, or a new one; `anew`, a new one in any case.
    fn worker(&self, anew: bool) -> Result<Box<Worker>, Fault> {
        // One that died while nobody asked is no case's failure.
        while let Some(mut worker) = self.crew.idle() {
            if anew {
                worker.end_now();
                break;
            }
            if worker.is_ready() {
                return Ok(worker);
            }
        }
        let fault = |kind, message: String| {
            let message = self.redactor.words(&message);
            Fault { kind, message, said: String::new(), taken: None, is_in_doubt: false }
        };
        let shown = self.program.shown();
        if let Some(file) = self.program.files.iter().find(|file| file.is_another_program()) {
            let name = self.program.words.get(file.at).unwrap_or(&shown);
            return Err(fault(FailureKind::Stopped, format!("`{name}` was changed while the run went on")));
        }
        let deaths = self.deaths.load(Ordering::Relaxed);
        if deaths >= MOST_DEATHS {
            let words = format!("`{shown}` ended {deaths} times in a row without an answer, and is not started again");
            return Err(fault(FailureKind::ProviderOut, words));
        }
        Worker::start(&self.program).map(Box::new).map_err(|error| {
            self.deaths.fetch_add(1, Ordering::Relaxed);
            fault(FailureKind::Crashed, format!("`{shown}` cannot be started: {error}"))
        })
    }

    /// Asks a process, `anew` one that was asked nothing yet: what its answer is read as, without keys. It takes no longer than
    /// its case has left. A new process that says when it is ready takes its time from there; of any other, the start is part
    /// of its first answer.
    ///
    /// # Errors
    /// Whatever the process did instead. It is gone then, with all that it started, unless its answer is that there is none.
    pub(super) async fn ask<T>(
        &self,
        mut place: Place,
        anew: bool,
        allowance: Option<Allowance>,
        read: impl FnOnce(&[u8]) -> Result<T, (FailureKind, String)>,
    ) -> Result<Heard<T>, Fault> {
        let Self { program, redactor, deaths, .. } = self;
        let was_ahead = place.is_ahead();
        let mut worker = place.worker().map_or_else(|| self.worker(anew), Ok)?;
        let was_new = !worker.has_answered();
        let mut begun = Instant::now();
        let asked = async {
            if let Some(line) = place.line() {
                worker.tell(&line, program.mode).await;
                place.told(&worker);
            }
            worker.hear(program.mode).await
        };
        let mut answered = program.wait(allowance, pin!(asked)).await;
        if was_new && program.mode == CommandMode::Lines && answered.as_ref().is_ok_and(|line| answer::is_ready(line)) {
            begun = Instant::now();
            answered = program.wait(allowance, pin!(worker.hear(program.mode))).await;
        }
        let took = begun.elapsed();
        let read = answered.and_then(|line| match read(&redactor.bytes(line)) {
            // That there is no answer is one.
            Err((FailureKind::Server, why)) => Ok(Err(why)),
            read => read.map(Ok),
        });
        match read {
            Ok(read) => {
                deaths.store(0, Ordering::Relaxed);
                let said = worker.said();
                if program.mode == CommandMode::Lines {
                    place.give_back(worker, took, said.is_empty());
                }
                let said = redactor.words(said.trim_end());
                match read {
                    Ok(read) => Ok(Heard { read, said, took }),
                    Err(message) => {
                        Err(Fault { kind: FailureKind::Server, message, said, taken: None, is_in_doubt: false })
                    }
                }
            }
            Err((kind, message)) => {
                // What it says out of turn is not about this question, and one that ends after so many answers may not have
                // read it.
                let is_stray = kind == FailureKind::Unreadable || (kind == FailureKind::Crashed && worker.ended_well());
                let is_in_doubt = was_ahead || (!was_new && is_stray);
                if kind == FailureKind::Crashed && !is_in_doubt {
                    deaths.fetch_add(1, Ordering::Relaxed);
                }
                worker.listen();
                let said = worker.said();
                worker.end_now();
                let (message, said) = (redactor.words(&message), redactor.words(&said));
                Err(Fault { kind, message, said, taken: None, is_in_doubt })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// One process that says again what it is told, some of it late.
    fn echo() -> Pool {
        processes(1, "\"$line\"")
    }

    /// Processes that say something of each line that they are told, of some late.
    fn processes(workers: usize, says: &str) -> Pool {
        let says = format!("while read -r line; do if [ \"$line\" = late ]; then sleep 0.3; fi; echo {says}; done");
        let spec = json!({"command": ["sh", "-c", says], "workers": workers, "mode": "lines", "env": []});
        let spec = serde_json::from_value(spec).unwrap();
        let path = |name: &str| (name == "PATH").then(|| "/usr/bin:/bin".to_string());
        let pool = Pool::open(&spec, Duration::from_secs(20), Path::new("."), &path).unwrap();
        pool.crew.trust();
        pool
    }

    async fn answer(pool: &Pool, line: &str) -> (bool, String) {
        let place = pool.place(line, true).await;
        let is_ahead = place.is_ahead();
        let read = |line: &[u8]| Ok(String::from_utf8(line.to_vec()).unwrap().trim_end().to_string());
        (is_ahead, pool.ask(place, false, None, read).await.unwrap().read)
    }

    #[tokio::test]
    async fn whoever_is_sent_ahead_gets_his_own_answer() {
        let pool = echo();
        let lines: Vec<String> = std::iter::once("late".to_string()).chain((0..30).map(|n| n.to_string())).collect();
        let answers = futures_util::future::join_all(lines.iter().map(|line| answer(&pool, line))).await;
        let said: Vec<&String> = answers.iter().map(|(_, said)| said).collect();
        assert_eq!(said, lines.iter().collect::<Vec<_>>());
        assert!(answers.iter().filter(|(is_ahead, _)| *is_ahead).count() >= 8, "{answers:?}");
        assert_eq!(pool.crew.idle().map(|_| ()), Some(()), "one process has done it all");
        assert!(pool.crew.idle().is_none());
    }

    #[tokio::test]
    async fn programs_that_are_busy_are_each_sent_a_share_of_what_waits() {
        let pool = processes(2, "$$");
        let lines = ["late"; 2].into_iter().chain(["quick"; 10]);
        let answers = futures_util::future::join_all(lines.map(|line| answer(&pool, line))).await;
        assert_eq!(answers.iter().filter(|(is_ahead, _)| *is_ahead).count(), 10, "{answers:?}");
        // The first may be sent a share before the other one is asked, and not all.
        for (_, process) in answers.iter().take(2) {
            assert!(answers.iter().filter(|(_, of)| of == process).count() >= 4, "{answers:?}");
        }
    }

    #[tokio::test]
    async fn who_leaves_after_his_question_was_sent_leaves_no_answer_to_others() {
        let pool = echo();
        let leaves = tokio::time::timeout(Duration::from_millis(100), answer(&pool, "gone"));
        let (first, left, behind) = tokio::join!(answer(&pool, "late"), leaves, answer(&pool, "behind"));
        assert_eq!(first, (false, "late".to_string()));
        assert!(left.is_err());
        // The process that owed an answer to nobody is gone, and another one was asked, alone.
        assert_eq!(behind, (false, "behind".to_string()));
        assert_eq!(answer(&pool, "last").await, (false, "last".to_string()));
    }
}
