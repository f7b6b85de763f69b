//! The exit codes, each with one meaning.

use std::process::ExitCode;

use crate::gate::Verdict;
use crate::model::Why;
use crate::suite::OnInconclusive;

/// What a command came to. The order is that of gravity: of several suites the worst counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// The gate passed, or the command did what it was asked.
    Done,
    /// The evidence allows neither pass nor fail.
    Inconclusive,
    /// The gate failed: a regression.
    Failed,
    /// The measurement is not valid.
    Invalid,
    /// A mistake in the command, the suite, the dataset or a rubric: nothing was spent.
    Usage,
    /// Interrupted; the same command goes on from there.
    Interrupted,
}

impl Exit {
    /// The documented number.
    pub fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::Inconclusive => 3,
            Self::Invalid => 4,
            Self::Interrupted => 130,
        }
    }

    /// What a run comes to that ended before everything was asked.
    pub fn unfinished(why: &Why) -> Self {
        match why {
            Why::Interrupted => Self::Interrupted,
            Why::BudgetSpent(_) | Why::ProviderOut(_) | Why::ProgramChanged(_) => Self::Invalid,
        }
    }

    /// What `karat gate` makes of a decision.
    pub fn of(verdict: Verdict, on_inconclusive: OnInconclusive) -> Self {
        match verdict {
            Verdict::Pass => Self::Done,
            Verdict::Fail => Self::Failed,
            Verdict::Invalid => Self::Invalid,
            Verdict::Inconclusive if on_inconclusive == OnInconclusive::Warn => Self::Done,
            Verdict::Inconclusive => Self::Inconclusive,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
