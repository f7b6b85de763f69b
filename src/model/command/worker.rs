//! One process of a command: a line in, a line out, its last words kept, and an end for all that it started.

use std::io::{self, ErrorKind};
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::net::unix::pipe::{Receiver, Sender};

use super::group;
pub use super::group::end_all;
use super::pool::Program;
use super::watch::{LOOK, Watch};
use crate::model::FailureKind;
use crate::suite::CommandMode;

/// No answer is so long. What comes beyond it is not read, so that memory has a bound.
const LONGEST_ANSWER: usize = 16 << 20;

/// So many bytes are read at a time.
const CHUNK: usize = 1 << 14;

/// Of what it writes to standard error, so many bytes are kept: the last ones.
const LAST_WORDS: usize = 8 << 10;

/// No key has so many bytes.
const LONGEST_KEY: usize = 1 << 12;

/// How long a process may take to end once nothing more is asked.
const GRACE: Duration = Duration::from_millis(500);

/// Why there is no answer, in words.
type Wrong = (FailureKind, String);

/// A process.
#[derive(Debug)]
pub(super) struct Worker {
    child: Child,
    stdin: Option<Arc<Sender>>,
    stdout: Receiver,
    stderr: Option<Receiver>,
    /// What was read and is no whole line yet.
    read: Vec<u8>,
    words: Vec<u8>,
    /// Whether something was before those.
    is_cut: bool,
    /// Where reads go first. It is kept, since to clear so many bytes takes longer than to read a line.
    chunk: Box<[u8]>,
    /// Whether an answer is still owed.
    asked: bool,
    /// Whether it ever gave one.
    answered: bool,
}

impl Worker {
    /// Starts a process at the head of a group of its own, so that all it starts can be ended with it.
    ///
    /// # Errors
    /// The system's.
    pub(super) fn start(program: &Program) -> io::Result<Self> {
        let (name, arguments) = program
            .words
            .split_first()
            .ok_or_else(|| io::Error::new(ErrorKind::InvalidInput, "no program is named"))?;
        let mut child = Command::new(name)
            .args(arguments)
            .env_clear()
            .envs(program.variables.iter().map(|(name, value)| (name, value)))
            .current_dir(&program.folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .spawn()?;
        group::begun(child.id());
        let lacking = || io::Error::other("its pipes cannot be had");
        let stdin: OwnedFd = child.stdin.take().ok_or_else(lacking)?.into();
        let stdout: OwnedFd = child.stdout.take().ok_or_else(lacking)?.into();
        let stderr: OwnedFd = child.stderr.take().ok_or_else(lacking)?.into();
        Ok(Self {
            child,
            stdin: Some(Arc::new(Sender::from_owned_fd(stdin)?)),
            stdout: Receiver::from_owned_fd(stdout)?,
            stderr: Some(Receiver::from_owned_fd(stderr)?),
            read: Vec::new(),
            words: Vec::new(),
            is_cut: false,
            chunk: vec![0; CHUNK].into(),
            asked: false,
            answered: false,
        })
    }

    /// Whether it lives, and has said nothing that nobody asked for.
    pub(super) fn is_ready(&mut self) -> bool {
        self.listen();
        let silent = self.read.is_empty() && self.take().is_err_and(|error| error.kind() == ErrorKind::WouldBlock);
        silent && matches!(self.child.try_wait(), Ok(None))
    }

    /// The number of the process.
    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether it ever gave an answer.
    pub(super) fn has_answered(&self) -> bool {
        self.answered
    }

    /// Whether it came to its end by itself, and nothing was wrong.
    pub(super) fn ended_well(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(Some(status)) if status.success())
    }

    /// The way to it, for whoever asks it something before it has answered another.
    pub(super) fn ahead(&self) -> Option<Ahead> {
        self.stdin.as_ref().map(|stdin| Ahead(Arc::clone(stdin)))
    }

    /// Writes a line; to one that answers once, all that it is asked. Where it is gone, or does not read, its answer shows that.
    pub(super) async fn tell(&mut self, line: &str, mode: CommandMode) {
        self.asked = true;
        self.write(line.as_bytes()).await;
        if mode == CommandMode::Once {
            self.stdin = None;
        }
    }

    /// Waits for the line in answer; once, for all that it writes until it ends.
    pub(super) async fn hear(&mut self, mode: CommandMode) -> Result<Vec<u8>, Wrong> {
        self.asked = true;
        let (mut looked, mut watch) = (0, Watch::new());
        loop {
            if mode == CommandMode::Lines
                && let Some(at) = memchr::memchr(b'\n', &self.read[looked..])
            {
                let rest = self.read.split_off(looked + at + 1);
                let line = std::mem::replace(&mut self.read, rest);
                self.listen();
                (self.asked, self.answered) = (false, true);
                return Ok(line);
            }
            looked = self.read.len();
            if looked > LONGEST_ANSWER {
                return Err((FailureKind::Unreadable, format!("an answer of more than {} MiB", LONGEST_ANSWER >> 20)));
            }
            let ended = match self.take() {
                Ok(0) => true,
                Ok(_) => {
                    // One that answers once is likely to end now.
                    if mode == CommandMode::Once {
                        watch = Watch::closely();
                    }
                    continue;
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => self.wait(&mut watch).await,
                Err(error) => return Err((FailureKind::Crashed, format!("its output cannot be read: {error}"))),
            };
            if ended {
                return self.last_answer(mode).await;
            }
        }
    }

    /// What there is once it has closed its output, or ended.
    async fn last_answer(&mut self, mode: CommandMode) -> Result<Vec<u8>, Wrong> {
        // What it wrote just before its end may still be in the pipe.
        while self.read.len() <= LONGEST_ANSWER && self.take().is_ok_and(|read| read > 0) {}
        let since = Instant::now();
        let status = loop {
            match self.child.try_wait() {
                Ok(Some(status)) => break Some(status),
                Ok(None) if since.elapsed() < GRACE => tokio::time::sleep(Duration::from_millis(2)).await,
                _ => break None,
            }
        };
        self.listen();
        match (mode, status) {
            (CommandMode::Once, Some(status)) if status.success() => Ok(std::mem::take(&mut self.read)),
            (CommandMode::Lines, _) if self.read.contains(&b'\n') => Ok(std::mem::take(&mut self.read)),
            (_, Some(status)) => Err((FailureKind::Crashed, format!("it ended without an answer ({})", words(status)))),
            (_, None) => Err((FailureKind::Crashed, "it closed its output without an answer".to_string())),
        }
    }

    async fn write(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let Some(stdin) = &self.stdin else { break };
            match stdin.try_write(bytes) {
                Ok(written) => bytes = &bytes[written..],
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    tokio::select! {
                        _ = stdin.writable() => {}
                        () = tokio::time::sleep(LOOK) => {}
                    }
                    // One that complains and does not read would wait for us as we wait for it.
                    self.listen();
                }
                // It may have answered all the same.
                Err(_) => break,
            }
        }
    }

    /// Waits until there is something to read; whether the process ended instead.
    async fn wait(&mut self, watch: &mut Watch) -> bool {
        // Before all else: what a child of it goes on to write would keep us from it for good.
        if watch.is_due() {
            return !matches!(self.child.try_wait(), Ok(None));
        }
        let heard = async {
            match &self.stderr {
                Some(stderr) => drop(stderr.readable().await),
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            _ = self.stdout.readable() => {}
            () = heard => self.listen(),
            () = watch.wait() => {}
        }
        false
    }

    /// Reads some of its output.
    fn take(&mut self) -> io::Result<usize> {
        let read = self.stdout.try_read(&mut self.chunk)?;
        self.read.extend_from_slice(&self.chunk[..read]);
        Ok(read)
    }

    /// Takes in what it wrote to standard error.
    pub(super) fn listen(&mut self) {
        // Bounded, for one that never stops.
        for _ in 0..16 {
            let Some(stderr) = &self.stderr else { return };
            match stderr.try_read(&mut self.chunk) {
                Ok(0) => self.stderr = None,
                Ok(read) => {
                    self.words.extend_from_slice(&self.chunk[..read]);
                    let before = self.words.len().saturating_sub(LAST_WORDS);
                    self.words.drain(..before);
                    self.is_cut |= before > 0;
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return,
                Err(_) => self.stderr = None,
            }
        }
    }

    /// What it wrote to standard error since this was last asked.
    pub(super) fn said(&mut self) -> String {
        let mut words = std::mem::take(&mut self.words);
        if std::mem::take(&mut self.is_cut) {
            // Half a word may be half a key, which is not known for one. No key is longer than that.
            let start = words.len().min(LONGEST_KEY);
            let whole = words.iter().take(start).position(u8::is_ascii_whitespace).unwrap_or(start);
            words.drain(..whole);
        }
        String::from_utf8_lossy(&words).into_owned()
    }

    /// Nothing more is asked: it comes to its end by itself.
    pub(super) fn close(&mut self) {
        self.stdin = None;
    }

    /// Ends it at once.
    pub(super) fn end_now(mut self) {
        self.end_group();
    }

    /// Ends it and all that it started and that did not leave its group.
    fn end_group(&mut self) {
        self.close();
        group::end(self.child.id());
        // It was killed, so this does not wait for long.
        let _ = self.child.wait();
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // Without input a program that reads lines comes to its end by itself. One that is broken off at its work is not
        // waited for.
        self.close();
        let since = Instant::now();
        while !self.asked && matches!(self.child.try_wait(), Ok(None)) && since.elapsed() < GRACE {
            std::thread::sleep(Duration::from_millis(2));
        }
        self.end_group();
    }
}

/// The way to a process that is busy.
#[derive(Debug)]
pub(super) struct Ahead(Arc<Sender>);

impl Ahead {
    /// Writes what a pipe takes whole, without waiting; whether it was written.
    pub(super) fn tell(&self, piece: &str) -> bool {
        self.0.try_write(piece.as_bytes()).is_ok()
    }
}

/// How it ended, in words: `exit status: 1`, `signal: 9 (SIGKILL)`.
fn words(status: ExitStatus) -> String {
    status.to_string()
}
