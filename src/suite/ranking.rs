//! How more than two candidates are ranked: what a tie is, and what strengths are freed of.

use serde::{Deserialize, Serialize};

/// The `ranking:` of a suite.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RankingSpec {
    /// What a tie is.
    pub ties: TieModel,
    /// What the second strengths are freed of; without anything there are none.
    pub control: Vec<Control>,
}

/// What a tie is to a ranking.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TieModel {
    /// Half a win of each side.
    #[default]
    Half,
    /// Likelier the closer the strengths are, by a factor (Davidson 1970).
    Davidson,
    /// What lies within a threshold of equal (Rao and Kupper 1967).
    RaoKupper,
}

/// What of an output a judge may like beside what it says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Control {
    /// How long it is.
    Length,
    /// How much Markdown it holds: headers, list items, bold passages.
    Style,
}

impl Default for RankingSpec {
    fn default() -> Self {
        Self { ties: TieModel::default(), control: vec![Control::Length] }
    }
}

impl RankingSpec {
    /// Whether it is what a suite does that says nothing of it.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// Whether strengths are freed of this.
    pub fn controls(&self, what: Control) -> bool {
        self.control.contains(&what)
    }
}
