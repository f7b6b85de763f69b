//! When a process that is waited for is looked after next: a child of it may keep its output open when it is gone.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// At least so often.
pub(super) const LOOK: Duration = Duration::from_millis(50);

/// How soon one is looked after that is likely to end.
const SOON: Duration = Duration::from_millis(1);

/// How a process is looked after.
#[derive(Debug)]
pub(super) struct Watch {
    next: Instant,
    every: Duration,
}

impl Watch {
    /// Now and then.
    pub(super) fn new() -> Self {
        Self { next: Instant::now() + LOOK, every: LOOK }
    }

    /// At once, and less and less often.
    pub(super) fn closely() -> Self {
        Self { next: Instant::now() + SOON, every: SOON }
    }

    /// Whether it is time to look; the next time comes later then.
    pub(super) fn is_due(&mut self) -> bool {
        let now = Instant::now();
        let is_due = now >= self.next;
        if is_due {
            self.every = LOOK.min(2 * self.every);
            self.next = now + self.every;
        }
        is_due
    }

    /// Waits until it is time.
    pub(super) async fn wait(&self) {
        sleep_until(self.next).await;
    }
}
