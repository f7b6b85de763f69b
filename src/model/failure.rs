//! What a call leaves behind when every attempt of it failed.

use std::fmt;

use super::{Failure, FailureKind, Money};

/// A call that failed for good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failed {
    /// Every attempt, in order; never empty, and the last one decides.
    pub failures: Vec<Failure>,
}

impl Failed {
    /// The failure that decided.
    pub fn last(&self) -> Option<&Failure> {
        self.failures.last()
    }
}

impl From<Failure> for Failed {
    fn from(failure: Failure) -> Self {
        Self { failures: vec![failure] }
    }
}

impl Failure {
    /// A failure in words.
    pub fn new(kind: FailureKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), beside: false, stderr: None, taken: None }
    }

    /// The same, which counts as no attempt.
    #[must_use]
    pub fn beside(self) -> Self {
        Self { beside: true, ..self }
    }

    /// What it cost all the same, where that is known.
    pub fn usd(&self) -> Option<Money> {
        self.taken.as_ref()?.usd
    }

    /// How many attempts these are: what was not sent is none.
    pub fn attempts(failures: &[Self]) -> usize {
        let is_one = |failure: &&Self| {
            !failure.beside && !matches!(failure.kind, FailureKind::ProviderOut | FailureKind::Stopped)
        };
        failures.iter().filter(is_one).count()
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(last) = self.failures.last() else { return f.write_str("no attempt was made") };
        write!(f, "{last}")?;
        match Failure::attempts(&self.failures) {
            0 | 1 => Ok(()),
            attempts => write!(f, " ({attempts} attempts)"),
        }
    }
}

impl std::error::Error for Failed {}
