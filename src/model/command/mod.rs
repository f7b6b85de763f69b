//! A request → a command of the user's own, asked by a line of JSON → a reply, or a failure with its cause.
//!
//! `pool` asks, `crew` says whose turn it is with which process, `worker` is one process, `group` all that it started,
//! `watch` says when it is looked after, `answer` reads what it wrote, `files` what it is made of.
//! Whatever a process does, that is the failure of the case it was asked about, unless it is in doubt whether it was about
//! that case; it is ended with all that it started, and another one takes its place.

mod answer;
mod crew;
mod files;
#[cfg(unix)]
mod group;
mod pool;
#[cfg(unix)]
mod watch;
#[cfg(unix)]
mod worker;
#[cfg(not(unix))]
#[path = "nowhere.rs"]
mod worker;

pub(super) use answer::{reply, taken_by};
pub use crew::MOST_BEHIND;
use crew::Place;
pub use files::named_files;
use pool::{Fault, Heard, Pool, Program};
pub use worker::end_all as end_all_programs;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::budget::USED_UP;
use super::endpoint::looks_like_a_key;
use super::excerpt::ending;
use super::secret::{Redactor, Secret, Secrets};
use super::{Ask, Budget, Failed, Failure, FailureKind, Reply, Request, Stop, Why, environment};
use crate::suite::{CommandMode, CommandSpec, Lookup, ModelName, names_a_secret};

/// Variables that a program gets whatever the suite says: without them few would start.
const GIVEN: [&str; 8] = ["PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "TZ", "USER", "VIRTUAL_ENV"];

/// Of what a process said, so many characters are shown in a failure: reports show no more of one, and the end counts. All of
/// it stands beside.
const SHOWN: usize = 140;

/// A command, ready to be asked.
#[derive(Debug)]
pub(super) struct Command {
    name: ModelName,
    pool: Pool,
    budget: Option<Arc<Budget>>,
    stop: Stop,
}

impl Command {
    /// Looks up what the suite names; starts nothing yet.
    ///
    /// # Errors
    /// A variable that is not set, a program that is not there.
    pub(super) fn new(
        name: &ModelName,
        (spec, timeout): (&CommandSpec, Duration),
        root: &Path,
        lookup: Lookup<'_>,
        (budget, stop): (Option<Arc<Budget>>, Stop),
    ) -> Result<Self, Failure> {
        let pool = Pool::open(spec, timeout, root, lookup)
            .map_err(|why| Failure::new(FailureKind::Rejected, format!("`{name}`: {why}")))?;
        Ok(Self { name: name.clone(), pool, budget, stop })
    }

    /// Asks a process, once one is free.
    ///
    /// # Errors
    /// One failure: a command is asked again only where what it did may not have been about this question, and then once, as
    /// a new process.
    pub(super) async fn call(&self, request: &Request) -> Result<Reply, Failed> {
        let mut anew = false;
        loop {
            let stopped = || Failure::new(FailureKind::Stopped, "not asked, since the run was stopped");
            // What a program spends is known only afterwards: under a cap it is asked one thing at a time.
            let may_go_ahead = !anew && self.budget.is_none();
            let place = tokio::select! {
                biased;
                () = self.stop.wait() => return Err(stopped().into()),
                place = self.pool.place(request.payload().unwrap_or("{}"), may_go_ahead) => place,
            };
            // The calls in flight can pass the cap, and no further one begins.
            if self.budget.as_ref().is_some_and(|budget| !budget.has_room()) {
                return Err(Failure::new(FailureKind::Stopped, USED_UP).into());
            }
            match self.ask(request, place, anew).await {
                Err(Fault { is_in_doubt: true, .. }) if !anew => {
                    self.pool.distrust();
                    anew = true;
                }
                // Answers of one program and of another must not be taken for those of one.
                Err(Fault { kind: FailureKind::Stopped, message, .. }) => {
                    let words = format!("`{}`: {message}", self.name);
                    self.stop.ask(Why::ProgramChanged(words.clone()));
                    return Err(Failure::new(FailureKind::Stopped, words).into());
                }
                answered => return answered.map_err(|fault| self.failure(fault).into()),
            }
        }
    }

    async fn ask(&self, request: &Request, place: Place, anew: bool) -> Result<Reply, Fault> {
        let wanted = (self.pool.mode() == CommandMode::Lines).then(|| request.ask.line_id());
        let wanted = wanted.as_deref();
        let mut taken = None;
        let read = |line: &[u8]| {
            let read = match request.ask {
                Ask::Score { .. } => answer::verdict(line, wanted),
                _ => answer::read(line, wanted),
            };
            // It costs what it costs, whether there is an output or not. It is counted before anybody else may ask.
            let usd = match &read {
                Ok(reply) => reply.usd,
                Err(_) => {
                    taken = answer::taken(line);
                    taken.as_ref().and_then(|taken| taken.usd)
                }
            };
            if let (Some(budget), Some(usd)) = (&self.budget, usd) {
                budget.count(usd);
            }
            read
        };
        let heard = self.pool.ask(place, anew, request.allowance(), read).await;
        let Heard { read, said, took } = match heard {
            Ok(heard) => heard,
            Err(fault) => return Err(Fault { taken, ..fault }),
        };
        Ok(Reply {
            latency_ms: u64::try_from(took.as_millis()).ok(),
            stderr: (!said.is_empty()).then_some(said),
            ..read
        })
    }

    fn failure(&self, Fault { kind, message, said, taken, .. }: Fault) -> Failure {
        let said = said.trim_end();
        let words = if said.is_empty() { String::new() } else { format!("; its last words: {}", ending(said, SHOWN)) };
        let failure = Failure::new(kind, format!("`{}`: {message}{words}", self.name));
        Failure { stderr: (!said.is_empty()).then(|| said.to_string()), taken, ..failure }
    }
}

/// A command as it is started, and what takes its secrets out of texts. The environment is an allow-list.
///
/// # Errors
/// A variable that is named and not set, a program that is not there, in words.
fn program(
    spec: &CommandSpec,
    timeout: Duration,
    root: &Path,
    lookup: Lookup<'_>,
) -> Result<(Program, Redactor), String> {
    let mut secrets = Secrets::default();
    let expand = |text: &str| environment::expand(text, lookup).map_err(|unset| format!("{unset}; {}", unset.hint()));
    let mut words = Vec::new();
    for word in &spec.command {
        let expanded = expand(word)?;
        secrets.values.extend(expanded.values.into_iter().filter(|value| looks_like_a_key(value)).map(Secret::new));
        words.push(expanded.text);
    }
    let mut variables: Vec<(String, String)> =
        GIVEN.into_iter().filter_map(|name| Some((name.to_string(), lookup(name)?))).collect();
    for name in &spec.env {
        let value = lookup(name).ok_or_else(|| {
            format!("the environment variable `{name}` is not set, and `env` names it; set it, or leave it off")
        })?;
        if names_a_secret(name) || looks_like_a_key(&value) {
            secrets.keys.push((Secret::new(value.trim()), ""));
        }
        variables.push((name.clone(), value));
    }
    let root = if root.as_os_str().is_empty() { Path::new(".") } else { root };
    let folder =
        spec.cwd.as_deref().map(expand).transpose()?.map_or_else(|| root.to_path_buf(), |cwd| root.join(cwd.text));
    find(&words, &folder, &variables)?;
    let files = named_files(&words, &folder);
    let program = Program { words, variables, folder, files, timeout, mode: spec.mode };
    Ok((program, Redactor::new(secrets)))
}

/// Programs whose first word is a script, unless it is an option.
const INTERPRETERS: [&str; 6] = ["python", "python3", "sh", "bash", "node", "ruby"];

/// Sees to it that the program is there, and the script where it interprets one, before anything is spent.
fn find(words: &[String], folder: &Path, variables: &[(String, String)]) -> Result<(), String> {
    let Some(name) = words.first() else { return Ok(()) };
    if name.contains('/') {
        let is_there = folder.join(name).exists();
        return if is_there { Ok(()) } else { Err(format!("there is no program `{name}` in {}", folder.display())) };
    }
    let path = variables.iter().find(|(variable, _)| variable == "PATH").map_or("", |(_, path)| path.as_str());
    let is_there = path.split(':').any(|place| Path::new(place).join(name).is_file());
    if !is_there {
        return Err(format!("there is no program `{name}` on the PATH; install it, or name it by its path"));
    }
    let script = words.get(1).filter(|script| INTERPRETERS.contains(&name.as_str()) && !script.starts_with('-'));
    match script.filter(|script| !folder.join(script).exists()) {
        Some(script) => Err(format!("there is no `{script}` in {} for `{name}` to run", folder.display())),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_that_is_not_there_is_found_before_it_is_run() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.sh"), "").unwrap();
        let path = [("PATH".to_string(), "/usr/bin:/bin".to_string())];
        let found =
            |words: &[&str]| find(&words.iter().map(ToString::to_string).collect::<Vec<_>>(), folder.path(), &path);
        assert_eq!(found(&["sh", "a.sh", "b.sh"]), Ok(()));
        assert_eq!(found(&["sh", "-c", "b.sh"]), Ok(()));
        assert!(found(&["sh", "b.sh"]).unwrap_err().starts_with("there is no `b.sh` in "));
    }
}
