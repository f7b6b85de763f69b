//! The processes of one command and those who wait for them: who asks when, and whom.
//!
//! At most so many processes are asked at a time, and who came first is first. Where a program answers so quickly that the
//! way there and back takes longer than the answer, the next questions are written to it while it is busy with another, some
//! at a time: the program finds them without being woken. Who asks owns the process until he has his answer, and hands it to
//! the one behind him. Nothing that befalls a question that was sent ahead counts: it is asked again, alone.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;

use super::worker::{Ahead, Worker};

/// A program that takes no longer on average is asked ahead.
const QUICK: f64 = 1e-3;

/// What a program is thought to take before anything is known, in seconds: some forty quick answers make it a quick one.
const UNKNOWN: f64 = 1e-2;

/// How much the newest answer weighs in that average.
const WEIGHT: f64 = 1.0 / 16.0;

/// So many questions at most wait behind one that a process is busy with.
pub const MOST_BEHIND: usize = 16;

/// Where no more than so many are left behind one, the next are written.
const FEW_BEHIND: usize = MOST_BEHIND / 2;

/// So many bytes go into a pipe in one piece or not at all (`PIPE_BUF` of POSIX and of Linux).
const WHOLE: usize = if cfg!(target_os = "linux") { 4096 } else { 512 };

/// All that is shared by those who ask.
#[derive(Debug)]
pub(super) struct Crew(Mutex<State>);

#[derive(Debug)]
struct State {
    /// So many processes may be asked at a time.
    most: usize,
    /// So many may still be asked beside those that are.
    free: usize,
    /// Processes that nobody asks.
    #[expect(clippy::vec_box, reason = "they go from hand to hand, and that is a pointer in place of all they hold")]
    idle: Vec<Box<Worker>>,
    waiting: VecDeque<Waiting>,
    /// Processes that are asked and may be asked more.
    busy: Vec<Busy>,
    /// Seconds that an answer takes, on a moving average.
    mean: f64,
}

#[derive(Debug)]
struct Waiting {
    line: String,
    may_go_ahead: bool,
    turn: oneshot::Sender<Place>,
}

#[derive(Debug)]
struct Busy {
    process: u32,
    way: Ahead,
    /// In the order in which they were written to it.
    behind: VecDeque<oneshot::Sender<Place>>,
}

/// The right to ask one process. Dropping it lets the next one go, and ends a process that was not given back.
#[derive(Debug)]
pub(super) struct Place {
    crew: Arc<Crew>,
    /// Where it was not sent ahead: what is to be asked.
    line: Option<String>,
    /// Where it was: who was asked.
    worker: Option<Box<Worker>>,
    /// What others are written to behind this one.
    process: Option<u32>,
    /// Whether it was handed on.
    is_gone: bool,
}

impl Crew {
    /// Nobody yet, and so many processes that may be asked at a time.
    pub(super) fn new(workers: usize) -> Arc<Self> {
        let most = workers.max(1);
        let state =
            State { most, free: most, idle: Vec::new(), waiting: VecDeque::new(), busy: Vec::new(), mean: UNKNOWN };
        Arc::new(Self(Mutex::new(state)))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Each change is one step.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a place to ask by a line.
    pub(super) async fn place(self: &Arc<Self>, line: &str, mut may_go_ahead: bool) -> Place {
        loop {
            let (turn, given) = oneshot::channel();
            let waiting = Waiting { line: line.to_string(), may_go_ahead, turn };
            if self.enter(waiting) {
                // Others have a question at the same moment, and to write takes as long for all as for one.
                tokio::task::yield_now().await;
            }
            self.deal();
            match given.await {
                Ok(place) => return place,
                // The process that it was written to is gone.
                Err(_) => may_go_ahead = false,
            }
        }
    }

    /// A process that nobody asks.
    pub(super) fn idle(&self) -> Option<Box<Worker>> {
        self.state().idle.pop()
    }

    /// A question that was sent ahead came to nothing: the program has to earn it anew.
    pub(super) fn distrust(&self) {
        self.state().mean = UNKNOWN;
    }

    /// As if it had been quick for a while.
    #[cfg(test)]
    pub(super) fn trust(&self) {
        self.state().mean = 0.0;
    }

    /// Somebody more waits; whether all processes are busy.
    fn enter(&self, waiting: Waiting) -> bool {
        let mut state = self.state();
        state.waiting.push_back(waiting);
        state.free == 0
    }

    /// Gives out every place that can be given now.
    fn deal(self: &Arc<Self>) {
        let mut given = Vec::new();
        let mut state = self.state();
        while state.free > 0
            && let Some(first) = next(&mut state.waiting)
        {
            state.free -= 1;
            given.push((first.turn, Place::new(self, first.line)));
        }
        state.send_ahead();
        drop(state);
        for (turn, place) in given {
            // Who left in this very moment gives the place back by dropping it.
            drop(turn.send(place));
        }
    }
}

impl State {
    /// Writes the lines of those who wait to busy processes, where that is good: to each that has few left its share, in one
    /// piece, and first to the one that has least.
    fn send_ahead(&mut self) {
        let Self { most, free, busy, waiting, mean, .. } = self;
        if *mean > QUICK {
            return;
        }
        // One that is about to be busy has a share as well.
        let share = waiting.len().div_ceil((*most - *free).max(1));
        busy.sort_by_key(|busy| busy.behind.len());
        for busy in busy.iter_mut().take_while(|busy| busy.behind.len() <= FEW_BEHIND) {
            let (taken, piece) = one_piece(waiting, share.min(MOST_BEHIND - busy.behind.len()));
            if taken.is_empty() || !busy.way.tell(&piece) {
                taken.into_iter().rev().for_each(|first| waiting.push_front(first));
                return;
            }
            busy.behind.extend(taken.into_iter().map(|told| told.turn));
        }
    }

    /// A place is free again, and nothing more is written to the process that it was for. Gives those who wait behind that.
    fn leave(&mut self, process: Option<u32>) -> Vec<Busy> {
        self.free += 1;
        self.busy.extract_if(.., |busy| Some(busy.process) == process).collect()
    }
}

impl Drop for State {
    fn drop(&mut self) {
        // All at once, so that they end side by side.
        self.idle.iter_mut().for_each(|worker| worker.close());
    }
}

/// The first who still waits.
fn next(waiting: &mut VecDeque<Waiting>) -> Option<Waiting> {
    std::iter::from_fn(|| waiting.pop_front()).find(|first| !first.turn.is_closed())
}

/// The first ones whose lines can be sent ahead, at most so many, and their lines: a piece that a pipe takes whole or not at
/// all.
fn one_piece(waiting: &mut VecDeque<Waiting>, most: usize) -> (Vec<Waiting>, String) {
    let (mut taken, mut piece) = (Vec::with_capacity(most), String::new());
    while taken.len() < most
        && let Some(first) = next(waiting)
    {
        if !first.may_go_ahead || piece.len() + first.line.len() > WHOLE {
            waiting.push_front(first);
            break;
        }
        piece.push_str(&first.line);
        taken.push(first);
    }
    (taken, piece)
}

impl Place {
    fn new(crew: &Arc<Crew>, line: String) -> Self {
        Self { crew: Arc::clone(crew), line: Some(line), worker: None, process: None, is_gone: false }
    }

    /// What is to be asked, where it was not sent ahead. Once only.
    pub(super) fn line(&mut self) -> Option<String> {
        self.line.take()
    }

    /// Who was asked, where the question was sent ahead. Once only.
    pub(super) fn worker(&mut self) -> Option<Box<Worker>> {
        self.worker.take()
    }

    /// Whether the question was sent while the process was busy with another.
    pub(super) fn is_ahead(&self) -> bool {
        self.worker.is_some()
    }

    /// The process was told the whole question: from here on others may be written behind it.
    pub(super) fn told(&mut self, worker: &Worker) {
        let mut state = self.crew.state();
        if state.mean <= QUICK
            && let Some(way) = worker.ahead()
        {
            self.process = Some(worker.id());
            state.busy.push(Busy { process: worker.id(), way, behind: VecDeque::new() });
            drop(state);
            self.crew.deal();
        }
    }

    /// The process gave its answer, and may be asked by others. One that says more than its answers is not asked ahead:
    /// it would not be known what it says that about.
    pub(super) fn give_back(mut self, worker: Box<Worker>, took: Duration, is_silent: bool) {
        let crew = Arc::clone(&self.crew);
        let mut state = crew.state();
        let took = took.as_secs_f64();
        state.mean = if is_silent { state.mean + WEIGHT * (took - state.mean) } else { UNKNOWN };
        let busy = self.process.and_then(|process| state.busy.iter_mut().find(|busy| busy.process == process));
        let next = busy.and_then(|busy| busy.behind.pop_front());
        // The place is another's from here on, or nobody's.
        self.is_gone = true;
        match next {
            // In one step, so that nothing is written to a process that nobody asks.
            None => {
                drop(state.leave(self.process));
                state.idle.push(worker);
                drop(state);
            }
            Some(next) => {
                drop(state);
                let (crew, process) = (Arc::clone(&crew), self.process);
                let place = Self { crew, line: None, worker: Some(worker), process, is_gone: false };
                // Where he left, his answer would be taken for another's: the process goes with the place.
                drop(next.send(place));
            }
        }
        crew.deal();
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if self.is_gone {
            return;
        }
        let left = self.crew.state().leave(self.process);
        // Whoever waits behind this process asks anew.
        drop(left);
        self.crew.deal();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_piece_holds_the_first_lines_that_a_pipe_takes_whole() {
        let long = "x".repeat(WHOLE / 2);
        let mut turns = Vec::new();
        let mut waits = |line: &str, may_go_ahead| {
            let (turn, given) = oneshot::channel();
            turns.push(given);
            Waiting { line: line.to_string(), may_go_ahead, turn }
        };
        let left = {
            let (turn, _) = oneshot::channel();
            Waiting { line: "left\n".to_string(), may_go_ahead: true, turn }
        };
        let mut waiting = VecDeque::from([
            waits("1\n", true),
            left,
            waits("2\n", true),
            waits("3\n", true),
            waits(&long, true),
            waits(&long, true),
            waits("alone\n", false),
            waits("behind\n", true),
        ]);
        let mut piece = |most| {
            let (taken, piece) = one_piece(&mut waiting, most);
            assert_eq!(piece, taken.iter().map(|told| told.line.as_str()).collect::<String>());
            piece
        };
        assert_eq!(piece(2), "1\n2\n");
        assert_eq!(piece(8), format!("3\n{long}"));
        assert_eq!(piece(8), long);
        // Who has to be asked alone is not overtaken.
        assert_eq!(piece(8), "");
        assert_eq!(waiting.iter().map(|first| first.line.as_str()).collect::<Vec<_>>(), ["alone\n", "behind\n"]);
    }
}
