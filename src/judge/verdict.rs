//! The reply to one call → what it says; and what the calls for each criterion say → one verdict.

use indexmap::IndexMap;

use super::logprobs::expectation;
use super::parse::combined;
use super::quotation::heard;
use super::{Exhibit, Finding, Reading};
use crate::model::{Finish, Reply};
use crate::suite::{Rubric, Scoring};

/// What was made of the reply to one call, or of the replies that make one verdict.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// What was read.
    pub reading: Reading,
    /// What the value was made of.
    pub method: Method,
    /// Of the probability at the place of the verdict, the share that the server told of and that lies on the scale.
    pub mass: Option<f64>,
    /// The probability that the judge gave to what it wrote, among what lies on the scale.
    pub confidence: Option<f64>,
    /// What points to an attack on the judge, in words.
    pub alarm: Option<String>,
    /// What is odd about the way the value was got, in words.
    pub odd: Option<String>,
}

/// What the value of a verdict was made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Of the words of the reply.
    Text,
    /// Of the probabilities of all that could have stood in the place of the verdict.
    Logprobs,
}

impl Method {
    /// The word in the tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Logprobs => "logprobs",
        }
    }
}

impl From<Reading> for Verdict {
    fn from(reading: Reading) -> Self {
        Self { reading, method: Method::Text, mass: None, confidence: None, alarm: None, odd: None }
    }
}

/// Reads a judge's reply to one call, in the rubric's form only. A reply that was withheld is a refusal.
///
/// What the judge only quotes from what it was shown is no verdict.
pub fn verdict(rubric: &Rubric, reply: &Reply, exhibit: &Exhibit<'_>) -> Verdict {
    if matches!(reply.finish, Finish::Refusal | Finish::ContentFilter) {
        return Reading::Refused.into();
    }
    let (reading, alarm) = heard(rubric, &reply.text, exhibit);
    let mut verdict = Verdict { alarm: alarm.map(ToString::to_string), ..Verdict::from(reading) };
    if let (Scoring::Logprobs, Reading::Read(finding)) = (rubric.scoring, &mut verdict.reading) {
        match expectation(rubric, reply.logprobs.as_deref(), finding.value) {
            Ok(expected) => {
                finding.value = expected.value;
                verdict.method = Method::Logprobs;
                verdict.mass = Some(expected.mass);
                verdict.confidence = Some(expected.confidence);
            }
            Err(why) => verdict.odd = Some(format!("scored by its text alone: {why}")),
        }
    }
    verdict
}

/// The verdict that follows from those on each criterion of a rubric. One that could not be read leaves all unread.
pub fn together(rubric: &Rubric, parts: &[(&str, Verdict)]) -> Verdict {
    let first = |of: fn(&Verdict) -> Option<&String>| {
        parts.iter().find_map(|(name, part)| Some(format!("the criterion `{name}`: {}", of(part)?)))
    };
    let unread = parts.iter().find_map(|(name, part)| match &part.reading {
        Reading::Unparsed(why) => Some(Reading::Unparsed(format!("the criterion `{name}`: {why}"))),
        _ => None,
    });
    let refused = || parts.iter().any(|(_, part)| part.reading == Reading::Refused).then_some(Reading::Refused);
    let least = |of: fn(&Verdict) -> Option<f64>| {
        parts.iter().map(|(_, part)| of(part)).reduce(|a, b| Some(a?.min(b?))).flatten()
    };
    let all_by_logprobs = parts.iter().all(|(_, part)| part.method == Method::Logprobs);
    Verdict {
        reading: unread.or_else(refused).unwrap_or_else(|| whole(rubric, parts)),
        method: if all_by_logprobs { Method::Logprobs } else { Method::Text },
        mass: least(|part| part.mass),
        confidence: least(|part| part.confidence),
        alarm: first(|part| part.alarm.as_ref()),
        odd: first(|part| part.odd.as_ref()),
    }
}

fn whole(rubric: &Rubric, parts: &[(&str, Verdict)]) -> Reading {
    let found: Vec<(&str, &Finding)> = parts
        .iter()
        .filter_map(|(name, part)| match &part.reading {
            Reading::Read(finding) => Some((*name, finding)),
            Reading::Unparsed(_) | Reading::Refused => None,
        })
        .collect();
    let criteria: IndexMap<String, f64> = found.iter().map(|(name, one)| ((*name).to_string(), one.value)).collect();
    let reasons: Vec<String> =
        found.iter().filter_map(|(name, one)| Some(format!("{name}: {}", one.reasoning.as_ref()?))).collect();
    let failure = found.iter().find_map(|(_, one)| one.failure.clone());
    match combined(&rubric.criteria, &criteria) {
        Ok(value) => {
            let reasoning = (!reasons.is_empty()).then(|| reasons.join("\n"));
            Reading::Read(Finding { value, criteria, reasoning, failure })
        }
        Err(why) => Reading::Unparsed(why),
    }
}
