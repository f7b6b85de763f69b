//! What humans said of a case → a score or a preference, with what each rater said.

use serde_json::Value;
use thiserror::Error;

use super::Label;
use super::place::kind_of;
use crate::diagnostic::nearest;
use crate::suite::{CandidateName, Scale};

/// A human score of one output.
#[derive(Debug, Clone, PartialEq)]
pub struct HumanScore {
    /// The mean over the raters, on the metric's scale.
    pub value: f64,
    /// What each rater said, in the order it was written; one where nobody is told apart.
    pub ratings: Vec<Rating>,
}

/// What one rater said.
#[derive(Debug, Clone, PartialEq)]
pub struct Rating {
    /// Who, where the label says so.
    pub rater: Option<String>,
    /// The score.
    pub value: f64,
}

/// Which of several outputs humans prefer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HumanPreference {
    /// What more than half of the raters said, else a tie.
    pub choice: Choice,
    /// What each rater said.
    pub votes: Vec<Choice>,
}

/// One answer to which output is better.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Choice {
    /// This candidate's.
    Candidate(CandidateName),
    /// Neither.
    Tie,
}

/// Why a label says nothing for a metric.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LabelError {
    /// A value that the scale does not have.
    #[error("{found} is not on the scale, {scale}")]
    OffScale {
        /// What stands there.
        found: String,
        /// What could.
        scale: String,
    },
    /// A shape that is no score: a list in a list.
    #[error("expected a score, found {0}")]
    NoScore(String),
    /// Some keys are candidates and some are not.
    #[error("`{candidate}` is a candidate and `{other}` is not{}: an object holds scores by candidate, or by rater", meant(near.as_deref()))]
    MixedKeys {
        /// A key that is a candidate.
        candidate: String,
        /// A key that is not.
        other: String,
        /// The candidate it may mean.
        near: Option<String>,
    },
    /// A preference for something that is no candidate.
    #[error("expected a candidate's name or `tie`, found {found}{}", meant(near.as_deref()))]
    NoChoice {
        /// What stands there.
        found: String,
        /// The candidate it may mean.
        near: Option<String>,
    },
}

fn meant(near: Option<&str>) -> String {
    near.map(|near| format!(" (did you mean `{near}`?)")).unwrap_or_default()
}

impl Label {
    /// The human score of a candidate's output; `None` where the label is about other candidates.
    ///
    /// `candidates` are all that the suite has, and tell the two kinds of object apart: with one of them among its keys
    /// an object is candidate → score and must hold candidates only, else it is rater → score. A label that names no
    /// candidate holds for each. `scale` is the rubric's, `None` for a check (a number; yes and true are 1, no and false 0).
    ///
    /// # Errors
    /// A value that is no score on the scale, and an object with keys of both kinds.
    pub fn score_for(
        &self,
        candidate: &CandidateName,
        candidates: &[CandidateName],
        scale: Option<&Scale>,
    ) -> Result<Option<HumanScore>, LabelError> {
        let mut about = &self.0;
        if let Value::Object(entries) = about {
            let is_candidate = |key: &&String| candidates.iter().any(|c| c.as_str() == *key);
            let named = entries.keys().find(is_candidate);
            let other = entries.keys().find(|key| !is_candidate(key));
            match (named, other) {
                (Some(named), Some(other)) => {
                    let (candidate, other) = (named.clone(), other.clone());
                    let near = near(&other, candidates);
                    return Err(LabelError::MixedKeys { candidate, other, near });
                }
                (Some(_), None) => match entries.get(candidate.as_str()) {
                    Some(own) => about = own,
                    None => return Ok(None),
                },
                (None, _) => {}
            }
        }
        let ratings: Vec<Rating> = match about {
            Value::Array(list) => list.iter().map(|one| rating(None, one, scale)).collect::<Result<_, _>>()?,
            Value::Object(raters) => {
                raters.iter().map(|(rater, one)| rating(Some(rater), one, scale)).collect::<Result<_, _>>()?
            }
            one => vec![rating(None, one, scale)?],
        };
        if ratings.is_empty() {
            return Err(LabelError::NoScore(kind_of(about)));
        }
        let value = ratings.iter().map(|r| r.value).sum::<f64>() / ratings.len() as f64;
        Ok(Some(HumanScore { value, ratings }))
    }

    /// Whether it says of which candidate's output it is: an object with a candidate among its keys.
    pub fn names_one(&self, candidates: &[CandidateName]) -> bool {
        self.0.as_object().is_some_and(|entries| candidates.iter().any(|name| entries.contains_key(name.as_str())))
    }

    /// Whether it could be about the output of any of several candidates, and says of none that it is: then it is about none.
    pub fn is_nobodys(&self, candidates: &[CandidateName]) -> bool {
        candidates.len() > 1 && !self.names_one(candidates)
    }

    /// Which candidate humans prefer, for a pairwise metric: a name or `tie`, a list of these, or an object rater → these.
    ///
    /// # Errors
    /// A name that is no candidate's.
    pub fn preference(&self, candidates: &[CandidateName]) -> Result<HumanPreference, LabelError> {
        let votes: Vec<Choice> = match &self.0 {
            Value::Array(list) => list.iter().map(|one| vote(one, candidates)).collect::<Result<_, _>>()?,
            Value::Object(raters) => raters.values().map(|one| vote(one, candidates)).collect::<Result<_, _>>()?,
            one => vec![vote(one, candidates)?],
        };
        if votes.is_empty() {
            return Err(LabelError::NoChoice { found: kind_of(&self.0), near: None });
        }
        let count = |choice: &Choice| votes.iter().filter(|vote| *vote == choice).count();
        let choice = votes.iter().find(|choice| 2 * count(choice) > votes.len()).cloned().unwrap_or(Choice::Tie);
        Ok(HumanPreference { choice, votes })
    }
}

fn vote(value: &Value, candidates: &[CandidateName]) -> Result<Choice, LabelError> {
    let text = value.as_str().map(str::trim);
    match text.and_then(|text| candidates.iter().find(|c| c.as_str() == text)) {
        Some(candidate) => Ok(Choice::Candidate(candidate.clone())),
        None if text.is_some_and(|text| text.eq_ignore_ascii_case("tie")) => Ok(Choice::Tie),
        None => Err(LabelError::NoChoice { found: kind_of(value), near: text.and_then(|text| near(text, candidates)) }),
    }
}

fn near(written: &str, candidates: &[CandidateName]) -> Option<String> {
    nearest(written, candidates.iter().map(CandidateName::as_str)).map(str::to_string)
}

fn rating(rater: Option<&String>, value: &Value, scale: Option<&Scale>) -> Result<Rating, LabelError> {
    let off = || LabelError::OffScale { found: kind_of(value), scale: words(scale) };
    let value = match value {
        Value::Array(_) | Value::Object(_) | Value::Null => return Err(LabelError::NoScore(kind_of(value))),
        Value::Number(number) => number.as_f64().ok_or_else(off)?,
        Value::Bool(yes) => yes_no(if *yes { "true" } else { "false" }, scale).ok_or_else(off)?,
        Value::String(text) => word(text.trim(), scale).ok_or_else(off)?,
    };
    let (min, max) = scale.map_or((f64::NEG_INFINITY, f64::INFINITY), Scale::bounds);
    if value.is_finite() && min <= value && value <= max {
        Ok(Rating { rater: rater.cloned(), value })
    } else {
        Err(off())
    }
}

/// What a word is worth: a label of the scale in any case, yes or no where the scale is that, or a number written as text.
fn word(text: &str, scale: Option<&Scale>) -> Option<f64> {
    if let Some(Scale::Labels { labels, values }) = scale {
        let exact = labels.iter().position(|label| label == text);
        let at = exact.or_else(|| labels.iter().position(|label| label.to_lowercase() == text.to_lowercase()));
        if let Some(value) = at.and_then(|at| values.get(at)) {
            return Some(*value);
        }
    }
    yes_no(text, scale).or_else(|| text.parse().ok())
}

fn yes_no(text: &str, scale: Option<&Scale>) -> Option<f64> {
    if !matches!(scale, None | Some(Scale::YesNo)) {
        return None;
    }
    match text.to_lowercase().as_str() {
        "yes" | "true" => Some(1.0),
        "no" | "false" => Some(0.0),
        _ => None,
    }
}

fn words(scale: Option<&Scale>) -> String {
    match scale {
        None => "a number, yes or no".to_string(),
        Some(Scale::YesNo) => "yes (1) or no (0)".to_string(),
        Some(Scale::Numbers { min, max }) => format!("{min} to {max}"),
        Some(Scale::Labels { labels, values }) => {
            let pairs = labels.iter().zip(values).map(|(label, value)| format!("{label} ({value})"));
            pairs.collect::<Vec<_>>().join(", ")
        }
    }
}

#[cfg(test)]
mod tests;
