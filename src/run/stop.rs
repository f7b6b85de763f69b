//! The wish to stop, shared between the terminal and the engine.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Once asked to stop, the engine starts no new call, waits for those in flight and journals them.
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Asks the engine to stop.
    pub fn ask(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether it was asked.
    pub fn asked(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
