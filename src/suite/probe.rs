//! What an audit of a judge looks for.

use serde::{Deserialize, Serialize};

/// One weakness that judges are known for, and how much of it is borne.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Probe {
    /// It says something else of the same output when it is asked again.
    TestRetest,
    /// It prefers another output when the order is turned round.
    Position,
    /// It prefers what is longer, though nothing is said that was not said before.
    Length,
    /// It prefers headings and bullets on the same words.
    Formatting,
    /// It prefers what cites a source that has nothing to do with it.
    Authority,
    /// It prefers what tells it to.
    Injection,
    /// It lets pass what is no answer: nothing, the same words for every case, another case's answer, a magic word.
    Canaries,
    /// It scores the same outputs otherwise than it did when they were first judged.
    Drift,
    /// It is kinder to outputs of its own family of models than people are.
    SelfPreference,
}

impl Probe {
    /// All of them, with their names, in the order in which they are told.
    pub const ALL: [(&'static str, Self); 9] = [
        ("test_retest", Self::TestRetest),
        ("position", Self::Position),
        ("length", Self::Length),
        ("formatting", Self::Formatting),
        ("authority", Self::Authority),
        ("injection", Self::Injection),
        ("canaries", Self::Canaries),
        ("drift", Self::Drift),
        ("self_preference", Self::SelfPreference),
    ];

    /// Its name in a suite.
    pub fn as_str(self) -> &'static str {
        Self::ALL.iter().find(|(_, probe)| *probe == self).map_or("", |(name, _)| name)
    }

    /// Whether it needs the run that was audited beside the audit itself, so that a rule of a gate cannot rest on it.
    pub fn is_of_both_runs(self) -> bool {
        matches!(self, Self::Drift | Self::SelfPreference)
    }

    /// The rate that an audit bears where no rule says another. Thirty cases without a fault show a rate below 0.1.
    pub fn limit(self) -> f64 {
        match self {
            Self::TestRetest | Self::Position => 0.2,
            Self::Length
            | Self::Formatting
            | Self::Authority
            | Self::Injection
            | Self::Canaries
            | Self::Drift
            | Self::SelfPreference => 0.1,
        }
    }
}
