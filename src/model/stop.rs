//! The wish to stop, shared between the terminal, the engine and the models.

use std::sync::Arc;

use tokio::sync::watch;

/// Once asked to stop, no new call starts, no retry is waited for, and calls in flight come to their end.
#[derive(Debug, Clone)]
pub struct Stop(Arc<watch::Sender<bool>>);

impl Default for Stop {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }
}

impl Stop {
    /// Asks everybody to stop.
    pub fn ask(&self) {
        self.0.send_replace(true);
    }

    /// Whether it was asked.
    pub fn asked(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until it is asked.
    pub async fn wait(&self) {
        let mut asked = self.0.subscribe();
        // The sender lives as long as this value, so waiting cannot fail.
        let _ = asked.wait_for(|asked| *asked).await;
    }
}
