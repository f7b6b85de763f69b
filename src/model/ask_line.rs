//! The fields of an ask as they are written, in any order → what is asked.
//!
//! serde reads a tagged enum by holding every field until the tag is known, and a journal has an ask in nearly each line.
//! Here each field is read as what it is, and put together at the end.

use serde::Deserialize;

use super::Ask;
use crate::suite::{CandidateName, CaseId, MetricName, ModelName};

/// The fields of all asks.
#[derive(Deserialize)]
pub(super) struct AskLine {
    asks: Kind,
    candidate: Option<CandidateName>,
    case: Option<CaseId>,
    sample: Option<u32>,
    step: Option<String>,
    round: Option<u32>,
    metric: Option<MetricName>,
    first: Option<CandidateName>,
    second: Option<CandidateName>,
    verdict_sample: Option<u32>,
    attempt: Option<u32>,
    judge: Option<ModelName>,
    criterion: Option<String>,
}

/// What kind of ask it is.
#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum Kind {
    Output,
    Step,
    Score,
    Preference,
}

impl TryFrom<AskLine> for Ask {
    type Error = String;

    fn try_from(line: AskLine) -> Result<Self, String> {
        let (case, sample) = (there(line.case, "case")?, there(line.sample, "sample")?);
        let (judge, criterion) = (line.judge, line.criterion);
        Ok(match line.asks {
            Kind::Output => Self::Output { candidate: there(line.candidate, "candidate")?, case, sample },
            Kind::Step => Self::Step {
                candidate: there(line.candidate, "candidate")?,
                case,
                sample,
                step: there(line.step, "step")?,
                round: line.round.unwrap_or_default(),
            },
            Kind::Score => Self::Score {
                metric: there(line.metric, "metric")?,
                case,
                candidate: there(line.candidate, "candidate")?,
                sample,
                verdict_sample: there(line.verdict_sample, "verdict_sample")?,
                attempt: there(line.attempt, "attempt")?,
                judge,
                criterion,
            },
            Kind::Preference => Self::Preference {
                metric: there(line.metric, "metric")?,
                case,
                first: there(line.first, "first")?,
                second: there(line.second, "second")?,
                sample,
                verdict_sample: there(line.verdict_sample, "verdict_sample")?,
                attempt: there(line.attempt, "attempt")?,
                judge,
                criterion,
            },
        })
    }
}

/// A field that the ask cannot do without.
fn there<T>(field: Option<T>, name: &str) -> Result<T, String> {
    field.ok_or_else(|| format!("missing field `{name}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_ask_is_read_as_it_was_written_whatever_the_order_of_its_fields() {
        let (candidate, case, metric) = (CandidateName::from("v1"), CaseId::from("a"), MetricName::from("m"));
        let output = Ask::Output { candidate: candidate.clone(), case: case.clone(), sample: 2 };
        let step = |round| Ask::Step {
            candidate: candidate.clone(),
            case: case.clone(),
            sample: 0,
            step: "s".to_string(),
            round,
        };
        let score = Ask::Score {
            metric: metric.clone(),
            case: case.clone(),
            candidate: candidate.clone(),
            sample: 1,
            verdict_sample: 3,
            attempt: 1,
            judge: None,
            criterion: None,
        };
        let preference = Ask::Preference {
            metric,
            case: case.clone(),
            first: candidate.clone(),
            second: "v2".into(),
            sample: 0,
            verdict_sample: 0,
            attempt: 0,
            judge: Some("j".into()),
            criterion: Some("c".to_string()),
        };
        let optional = ["round", "judge", "criterion"];
        for ask in [output, step(0), step(4), score, preference] {
            let written = serde_json::to_value(&ask).unwrap();
            let turned: serde_json::Map<_, _> = written.as_object().unwrap().clone().into_iter().rev().collect();
            assert_eq!(serde_json::from_str::<Ask>(&serde_json::to_string(&turned).unwrap()).unwrap(), ask);
            for name in turned.keys().filter(|name| !optional.contains(&name.as_str())) {
                let mut cut = turned.clone();
                cut.remove(name);
                let error = serde_json::from_str::<Ask>(&serde_json::to_string(&cut).unwrap()).unwrap_err();
                assert!(error.to_string().contains(&format!("missing field `{name}`")), "{error}");
            }
        }
        assert!(serde_json::from_str::<Ask>(r#"{"asks":"riddle","case":"a","sample":0}"#).is_err());
    }
}
