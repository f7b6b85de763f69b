//! A rubric: what the judge is told, what it is shown, and the scale and form of its verdict.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::Range;

/// One file under `rubrics/`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rubric {
    /// What the reports call it.
    pub name: String,
    /// One output scored, or two compared.
    pub mode: Mode,
    /// What the judge is told.
    pub instructions: String,
    /// What a score may be. Pairwise rubrics have none: a preference is in [0, 1].
    pub scale: Option<Scale>,
    /// What is looked at; empty means the instructions say it all.
    pub criteria: Vec<Criterion>,
    /// What the judge sees beside the input and the output: of the gold, and of the way to the output.
    pub shows: Shows,
    /// Kinds of failure the judge may name.
    pub failure_categories: Vec<String>,
    /// What the judge is asked to write, and the only form that is read.
    pub reply: ReplyForm,
    /// Which orders two outputs are shown in.
    pub orders: Orders,
    /// Whether all criteria are asked about at once.
    #[serde(default, skip_serializing_if = "is_default")]
    pub calls: Calls,
    /// What the value of a verdict is made of.
    #[serde(default, skip_serializing_if = "is_default")]
    pub scoring: Scoring,
    /// Pairwise: whether a judge says how far an output is better.
    #[serde(default, skip_serializing_if = "is_default")]
    pub graded: bool,
}

/// A rubric that says nothing of something is digested as it was before that could be said.
fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// Whether all criteria are asked about at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Calls {
    /// One call for all criteria.
    #[default]
    One,
    /// A call for each criterion.
    Each,
}

/// What the value of a verdict is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scoring {
    /// Of what the judge wrote.
    #[default]
    Text,
    /// Of the probabilities of all that it could have written in that place.
    Logprobs,
}

/// One output scored, or two compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// One output is scored on its own.
    Pointwise,
    /// Two outputs are compared.
    Pairwise,
}

/// What a score may be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scale {
    /// Any number from `min` to `max`.
    Numbers { min: f64, max: f64 },
    /// Labels in order from worst to best, and what each is worth (1…K unless said).
    Labels { labels: Vec<String>, values: Vec<f64> },
    /// Yes (1) or no (0).
    YesNo,
}

/// One thing the judge looks at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Criterion {
    /// Its name, a key of the judge's reply.
    pub name: String,
    /// Its share in the score, relative to the others.
    pub weight: f64,
    /// What it means.
    pub description: String,
    /// What some scores mean, by score or label as written.
    #[serde(default)]
    pub levels: IndexMap<String, String>,
    /// Whether all is worth nothing where this is not met. Only in a checklist.
    #[serde(default, skip_serializing_if = "is_default")]
    pub critical: bool,
}

/// What of the gold the judge sees.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Shows {
    /// The reference answer.
    pub reference: bool,
    /// The context documents.
    pub context: bool,
    /// The documents that the candidate found.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub contexts: bool,
    /// The tools that it called.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub tool_calls: bool,
    /// The steps that it took.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub steps: bool,
    /// The conversation that it had.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub messages: bool,
}

impl Shows {
    /// The words for all of them, each with its flag.
    pub fn words(&mut self) -> [(&'static str, &mut bool); 6] {
        [
            ("reference", &mut self.reference),
            ("context", &mut self.context),
            ("contexts", &mut self.contexts),
            ("tool_calls", &mut self.tool_calls),
            ("steps", &mut self.steps),
            ("messages", &mut self.messages),
        ]
    }
}

/// What the judge is asked to write, and the only form that is read.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ReplyForm {
    /// A JSON object: `reasoning` first, then `score`, `label` or `preference`.
    #[default]
    Json,
    /// `[[7]]`, `[[A]]`, `[[A>>B]]`.
    Bracketed,
    /// `Output (a)`, `Output (b)`.
    Letter,
    /// `Rating: 4`, `Score: 4/5`.
    Rating,
    /// The last match of a regular expression.
    Pattern {
        /// The expression; its first group that took part is what is looked up.
        pattern: String,
        /// What each capture is worth: a number, a label, `A`, `B` or `tie`. A capture that is not named is read as it stands.
        values: IndexMap<String, String>,
    },
    /// A JSON object with a list of claims, each with a verdict; the score is the mean of what the verdicts are worth.
    Claims {
        /// The verdicts that a claim may have, and what each is worth.
        verdicts: IndexMap<String, f64>,
    },
}

/// Which orders two outputs are shown in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Orders {
    /// Each pair twice, once in each order.
    #[default]
    Both,
    /// Each pair once: in the order that was recorded, else in one drawn by the seed and the case.
    One,
}

impl Rubric {
    /// Whether each criterion is judged in a call of its own.
    pub fn is_judged_apart(&self) -> bool {
        self.calls == Calls::Each && self.criteria.len() > 1
    }

    /// What one criterion is judged by, where each is judged on its own.
    #[must_use]
    pub fn of_criterion(&self, criterion: &Criterion) -> Self {
        Self { criteria: vec![criterion.clone()], calls: Calls::One, ..self.clone() }
    }

    /// The values that one score may take; a preference is worth 0 to 1.
    pub fn range(&self) -> Range {
        if let ReplyForm::Claims { verdicts } = &self.reply {
            let (min, max) = ends(verdicts.values().copied());
            return Range::Bounded { min, max };
        }
        match (&self.mode, &self.scale) {
            (Mode::Pairwise, _) => Range::Bounded { min: 0.0, max: 1.0 },
            (Mode::Pointwise, Some(Scale::YesNo)) if self.criteria.len() < 2 && self.scoring == Scoring::Text => {
                Range::Binary
            }
            (Mode::Pointwise, Some(scale)) => {
                let (min, max) = scale.bounds();
                Range::Bounded { min, max }
            }
            (Mode::Pointwise, None) => Range::Unbounded,
        }
    }
}

impl Scale {
    /// The least and the greatest value.
    pub fn bounds(&self) -> (f64, f64) {
        match self {
            Self::Numbers { min, max } => (*min, *max),
            Self::Labels { values, .. } => ends(values.iter().copied()),
            Self::YesNo => (0.0, 1.0),
        }
    }
}

fn ends(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)))
}
