//! The wish to stop, shared between the terminal, the engine and the models, and why a run ends before its end.

use std::fmt;
use std::sync::Arc;

use tokio::sync::watch;

/// Why not everything that was planned has been asked. The same command goes on from there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Why {
    /// The user asked for it.
    Interrupted,
    /// What the run may cost is spent; in words that name the cap.
    BudgetSpent(String),
    /// A provider did not answer any more, or does not take its key; in words that name it.
    ProviderOut(String),
    /// A file of a command is not what it was when the run began; in words that name it.
    ProgramChanged(String),
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Interrupted => f.write_str("interrupted"),
            Self::BudgetSpent(words) | Self::ProviderOut(words) | Self::ProgramChanged(words) => f.write_str(words),
        }
    }
}

/// Once asked to stop, no new call starts, no retry is waited for, and calls in flight come to their end.
#[derive(Debug, Clone)]
pub struct Stop(Arc<watch::Sender<Option<Why>>>);

impl Default for Stop {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(None)))
    }
}

impl Stop {
    /// Asks everybody to stop. Who asks first says why.
    pub fn ask(&self, why: Why) {
        self.0.send_if_modified(|asked| {
            let first = asked.is_none();
            if first {
                *asked = Some(why);
            }
            first
        });
    }

    /// Whether it was asked.
    pub fn asked(&self) -> bool {
        self.0.borrow().is_some()
    }

    /// Why it was asked.
    pub fn why(&self) -> Option<Why> {
        self.0.borrow().clone()
    }

    /// Waits until it is asked.
    pub async fn wait(&self) {
        let mut asked = self.0.subscribe();
        // The sender lives as long as this value, so waiting cannot fail.
        let _ = asked.wait_for(Option::is_some).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_asks_first_says_why() {
        let stop = Stop::default();
        assert_eq!((stop.asked(), stop.why()), (false, None));
        stop.ask(Why::BudgetSpent("the $5 are spent".to_string()));
        stop.clone().ask(Why::Interrupted);
        assert_eq!(stop.why().unwrap().to_string(), "the $5 are spent");
        assert!(futures_util::FutureExt::now_or_never(stop.wait()).is_some());
    }
}
