//! Work that is ready, from the one who prepares it to the many who do it.
//!
//! Whoever does work takes the next piece himself: to be started anew for each, and to have its end waited for, would wake
//! two others each time. Who prepares it is woken when little is left, and may lend a hand until then.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// A queue that is filled ahead, and closed when nothing more comes.
#[derive(Debug)]
pub(super) struct Feed<T> {
    queue: Mutex<Queue<T>>,
    /// So few are little.
    little: usize,
    /// There is more, or there will be none.
    more: Notify,
    /// Little is left.
    low: Notify,
}

#[derive(Debug)]
struct Queue<T> {
    ready: VecDeque<T>,
    closed: bool,
}

/// What was first, and what was found.
struct Taken<T> {
    next: Option<T>,
    low: bool,
    closed: bool,
}

impl<T> Feed<T> {
    /// Nothing yet. Of what is put in later, `little` is what is left when more is wanted.
    pub(super) fn new(little: usize) -> Self {
        let queue = Mutex::new(Queue { ready: VecDeque::new(), closed: false });
        Self { queue, little, more: Notify::new(), low: Notify::new() }
    }

    fn queue(&self) -> MutexGuard<'_, Queue<T>> {
        // Each change is one step.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts more in, behind what is there.
    pub(super) fn put(&self, more: impl IntoIterator<Item = T>) {
        self.queue().ready.extend(more);
        self.more.notify_waiters();
    }

    /// Nothing more comes.
    pub(super) fn close(&self) {
        self.queue().closed = true;
        self.more.notify_waiters();
    }

    /// Waits until little is left.
    pub(super) async fn low(&self) {
        self.low.notified().await;
    }

    /// The next one, once it is there; `None` where no more comes. Where little is left, whoever prepares more goes first:
    /// the work itself may go on for long without waiting for anything.
    pub(super) async fn next(&self) -> Option<T> {
        loop {
            // Whatever is put in from here on is heard of.
            let more = self.more.notified();
            let Taken { next, low, closed } = self.take();
            if low {
                self.low.notify_one();
            }
            match next {
                None if !closed => more.await,
                Some(_) if low => {
                    tokio::task::yield_now().await;
                    return next;
                }
                _ => return next,
            }
        }
    }

    /// The next one for whoever prepares them, as long as there is more than a little.
    pub(super) fn spare(&self) -> Option<T> {
        let mut queue = self.queue();
        if queue.ready.len() > self.little { queue.ready.pop_front() } else { None }
    }

    fn take(&self) -> Taken<T> {
        let mut queue = self.queue();
        let next = queue.ready.pop_front();
        Taken { next, low: queue.ready.len() <= self.little && !queue.closed, closed: queue.closed }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[tokio::test(flavor = "multi_thread", worker_threads = 3)]
    async fn everything_is_taken_once_and_all_come_to_an_end() {
        for little in [0, 1, 4, 100] {
            let feed = Arc::new(Feed::new(little));
            let hands: Vec<_> = (0..5)
                .map(|_| {
                    let feed = Arc::clone(&feed);
                    tokio::spawn(async move {
                        let mut taken = Vec::new();
                        while let Some(next) = feed.next().await {
                            taken.push(next);
                            tokio::task::yield_now().await;
                        }
                        taken
                    })
                })
                .collect();
            let mut taken = Vec::new();
            for batch in 0..50 {
                feed.put(batch * 3..batch * 3 + 3);
                taken.extend(feed.spare());
                feed.low().await;
            }
            feed.close();
            for hand in hands {
                let own = hand.await.unwrap();
                assert!(own.is_sorted());
                taken.extend(own);
            }
            taken.sort_unstable();
            assert_eq!(taken, (0..150).collect::<Vec<_>>());
            assert_eq!(feed.next().await, None);
        }
    }
}
