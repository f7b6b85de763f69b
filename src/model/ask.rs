//! An ask → the words that name it in messages.

use std::borrow::Cow;
use std::fmt;

use super::Ask;
use crate::suite::{CaseId, MetricName, ModelName};

/// Hexadecimal digits that tell one thing that is asked about a case from another.
const MARK: usize = 8;

impl Ask {
    /// The case that it is about.
    pub fn case(&self) -> &CaseId {
        match self {
            Self::Output { case, .. }
            | Self::Step { case, .. }
            | Self::Score { case, .. }
            | Self::Preference { case, .. } => case,
        }
    }

    /// Which of several outputs it is, or is about, from 0.
    pub fn sample(&self) -> u32 {
        match self {
            Self::Output { sample, .. }
            | Self::Step { sample, .. }
            | Self::Score { sample, .. }
            | Self::Preference { sample, .. } => *sample,
        }
    }

    /// What a program's answer has to repeat: the case, and where more than one thing is asked about it, a mark of this one
    /// that names nobody. So a line that comes late is never taken for the answer to what is asked next.
    pub fn line_id(&self) -> Cow<'_, str> {
        match self {
            Self::Output { case, sample: 0, .. } | Self::Step { case, sample: 0, round: 0, .. } => case.as_str().into(),
            other => {
                let mark = blake3::hash(other.to_string().as_bytes()).to_hex();
                format!("{}~{}", self.case(), &mark[..MARK]).into()
            }
        }
    }

    /// The metric that it asks a verdict for.
    pub fn metric(&self) -> Option<&MetricName> {
        match self {
            Self::Output { .. } | Self::Step { .. } => None,
            Self::Score { metric, .. } | Self::Preference { metric, .. } => Some(metric),
        }
    }

    /// The judge that it asks, where several judge.
    pub fn judge(&self) -> Option<&ModelName> {
        match self {
            Self::Output { .. } | Self::Step { .. } => None,
            Self::Score { judge, .. } | Self::Preference { judge, .. } => judge.as_ref(),
        }
    }

    /// The one criterion that it asks about.
    pub fn criterion(&self) -> Option<&str> {
        match self {
            Self::Output { .. } | Self::Step { .. } => None,
            Self::Score { criterion, .. } | Self::Preference { criterion, .. } => criterion.as_deref(),
        }
    }

    /// The same question, of a judge and about a criterion; an output has neither.
    #[must_use]
    pub fn with(mut self, to: Option<&ModelName>, about: Option<&str>) -> Self {
        if let Self::Score { judge, criterion, .. } | Self::Preference { judge, criterion, .. } = &mut self {
            (*judge, *criterion) = (to.cloned(), about.map(ToString::to_string));
        }
        self
    }

    /// The question that asks a judge once more after a reply to this one that could not be read.
    pub fn repaired(&self) -> Option<Self> {
        let mut again = self.clone();
        match &mut again {
            Self::Score { attempt, .. } | Self::Preference { attempt, .. } if *attempt == 0 => *attempt = 1,
            _ => return None,
        }
        Some(again)
    }

    /// The question whose reply could not be read, for one that asks again.
    pub fn original(&self) -> Option<Self> {
        let mut first = self.clone();
        match &mut first {
            Self::Score { attempt, .. } | Self::Preference { attempt, .. } if *attempt > 0 => *attempt = 0,
            _ => return None,
        }
        Some(first)
    }

    /// Whether this asks a judge again after a reply that could not be read.
    pub fn is_repair(&self) -> bool {
        match self {
            Self::Output { .. } | Self::Step { .. } => false,
            Self::Score { attempt, .. } | Self::Preference { attempt, .. } => *attempt > 0,
        }
    }
}

impl fmt::Display for Ask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Output { candidate, case, sample } => {
                write!(f, "candidate `{candidate}`, case `{case}`")?;
                beyond_first(f, &[("sample", *sample)])
            }
            Self::Step { candidate, case, sample, step, round } => {
                write!(f, "candidate `{candidate}`, case `{case}`, step `{step}`")?;
                beyond_first(f, &[("sample", *sample), ("round", *round)])
            }
            Self::Score { metric, case, candidate, sample, verdict_sample, attempt, .. } => {
                write!(f, "metric `{metric}`, case `{case}`, candidate `{candidate}`")?;
                of_several(f, self)?;
                beyond_first(f, &[("sample", *sample), ("verdict_sample", *verdict_sample), ("attempt", *attempt)])
            }
            Self::Preference { metric, case, first, second, sample, verdict_sample, attempt, .. } => {
                write!(f, "metric `{metric}`, case `{case}`, first `{first}`, second `{second}`")?;
                of_several(f, self)?;
                beyond_first(f, &[("sample", *sample), ("verdict_sample", *verdict_sample), ("attempt", *attempt)])
            }
        }
    }
}

/// The judge and the criterion, where they have to be named.
fn of_several(f: &mut fmt::Formatter<'_>, ask: &Ask) -> fmt::Result {
    let parts = [("judge", ask.judge().map(ModelName::as_str)), ("criterion", ask.criterion())];
    parts.iter().filter_map(|(name, of)| Some((name, (*of)?))).try_for_each(|(name, of)| write!(f, ", {name} `{of}`"))
}

/// Zero is what a row without the field means, so only other numbers are worth words.
fn beyond_first(f: &mut fmt::Formatter<'_>, counters: &[(&str, u32)]) -> fmt::Result {
    counters.iter().filter(|(_, n)| *n > 0).try_for_each(|(name, n)| write!(f, ", {name} {n}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_name_the_key_and_leave_zeros_out() {
        let mut ask = Ask::Score {
            metric: "quality".into(),
            case: "ord-001".into(),
            candidate: "v2".into(),
            sample: 0,
            verdict_sample: 0,
            attempt: 0,
            judge: None,
            criterion: None,
        };
        assert_eq!(ask.to_string(), "metric `quality`, case `ord-001`, candidate `v2`");
        assert!(!ask.is_repair());
        if let Ask::Score { attempt, sample, .. } = &mut ask {
            (*attempt, *sample) = (1, 2);
        }
        assert_eq!(ask.to_string(), "metric `quality`, case `ord-001`, candidate `v2`, sample 2, attempt 1");
        assert!(ask.is_repair());
        let output = |sample| Ask::Output { candidate: "v2".into(), case: "ord-001".into(), sample };
        assert_eq!(output(0).line_id(), "ord-001");
        assert!(output(1).line_id().starts_with("ord-001~"));
        assert_ne!(output(1).line_id(), output(2).line_id());
        assert!(!ask.line_id().contains("v2"), "whose output it is stays untold: {}", ask.line_id());
        let told = ask.with(Some(&"grader".into()), Some("tone")).to_string();
        assert_eq!(
            told,
            "metric `quality`, case `ord-001`, candidate `v2`, judge `grader`, criterion `tone`, sample 2, attempt 1"
        );
    }
}
