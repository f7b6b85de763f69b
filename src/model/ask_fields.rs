//! What is asked as it is written, its fields in any order → an ask. Read field by field, as the journal's lines are.

use serde::Deserialize;

use super::Ask;
use crate::suite::{CandidateName, CaseId, MetricName, ModelName};

/// The fields of all asks.
#[derive(Deserialize)]
pub(super) struct AskFields {
    asks: AskKind,
    metric: Option<MetricName>,
    case: Option<CaseId>,
    candidate: Option<CandidateName>,
    first: Option<CandidateName>,
    second: Option<CandidateName>,
    sample: Option<u32>,
    verdict_sample: Option<u32>,
    attempt: Option<u32>,
    judge: Option<ModelName>,
    criterion: Option<String>,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum AskKind {
    Output,
    Score,
    Preference,
}

impl TryFrom<AskFields> for Ask {
    type Error = String;

    fn try_from(fields: AskFields) -> Result<Self, String> {
        let AskFields {
            asks,
            metric,
            case,
            candidate,
            first,
            second,
            sample,
            verdict_sample,
            attempt,
            judge,
            criterion,
        } = fields;
        let (case, sample) = (there(case, "case")?, there(sample, "sample")?);
        let (of, by) = (|| there(candidate, "candidate"), || there(metric, "metric"));
        let tries = || Ok::<_, String>((there(verdict_sample, "verdict_sample")?, there(attempt, "attempt")?));
        Ok(match asks {
            AskKind::Output => Self::Output { candidate: of()?, case, sample },
            AskKind::Score => {
                let (verdict_sample, attempt) = tries()?;
                Self::Score { metric: by()?, case, candidate: of()?, sample, verdict_sample, attempt, judge, criterion }
            }
            AskKind::Preference => {
                let ((verdict_sample, attempt), first) = (tries()?, there(first, "first")?);
                let second = there(second, "second")?;
                Self::Preference {
                    metric: by()?,
                    case,
                    first,
                    second,
                    sample,
                    verdict_sample,
                    attempt,
                    judge,
                    criterion,
                }
            }
        })
    }
}

/// A field that the ask cannot do without.
fn there<T>(field: Option<T>, name: &str) -> Result<T, String> {
    field.ok_or_else(|| format!("missing field `{name}`"))
}

#[cfg(test)]
mod tests {
    use super::super::Ask;

    #[test]
    fn every_ask_is_read_as_it_was_written_whatever_the_order_of_its_fields() {
        let asks = [
            Ask::Output { candidate: "v".into(), case: "c".into(), sample: 1 },
            Ask::Score {
                metric: "m".into(),
                case: "c".into(),
                candidate: "v".into(),
                sample: 1,
                verdict_sample: 2,
                attempt: 3,
                judge: Some("j".into()),
                criterion: None,
            },
            Ask::Preference {
                metric: "m".into(),
                case: "c".into(),
                first: "v".into(),
                second: "w".into(),
                sample: 1,
                verdict_sample: 2,
                attempt: 3,
                judge: None,
                criterion: Some("clear".into()),
            },
        ];
        for ask in asks {
            let written = serde_json::to_value(&ask).unwrap();
            let turned: serde_json::Map<_, _> = written.as_object().unwrap().clone().into_iter().rev().collect();
            assert_eq!(serde_json::from_str::<Ask>(&serde_json::to_string(&turned).unwrap()).unwrap(), ask);
            for name in turned.keys().filter(|name| !["judge", "criterion"].contains(&name.as_str())) {
                let mut cut = turned.clone();
                cut.remove(name);
                let error = serde_json::from_str::<Ask>(&serde_json::to_string(&cut).unwrap()).unwrap_err();
                assert!(error.to_string().contains(&format!("missing field `{name}`")), "{error}");
            }
        }
    }
}
