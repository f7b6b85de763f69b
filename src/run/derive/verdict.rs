//! What a judge replied → the row of its verdict.

use super::{Answer, Rows, last_words, stood_in};
use crate::dataset::Case;
use crate::judge::{self, Finding, Reading};
use crate::model::{Ask, Reply};
use crate::run::requests;
use crate::store::{CallRow, Status, VerdictKind, VerdictRow};

impl Rows<'_> {
    pub(super) fn verdict(&self, index: u64, case: &Case, ask: &Ask) -> Option<VerdictRow> {
        let judged = requests::judged(self.suite, ask)?;
        let (kind, candidate, second, sample, verdict_sample) = match ask {
            Ask::Output { .. } => return None,
            Ask::Score { candidate, sample, verdict_sample, .. } => {
                (VerdictKind::Pointwise, candidate, None, *sample, *verdict_sample)
            }
            Ask::Preference { first, second, sample, verdict_sample, .. } => {
                (VerdictKind::Pairwise, first, Some(second.to_string()), *sample, *verdict_sample)
            }
        };
        let mut row = VerdictRow {
            index,
            case: case.id.to_string(),
            metric: requests::metric_of(ask)?.to_string(),
            kind,
            candidate: candidate.to_string(),
            second,
            sample,
            verdict_sample,
            status: Status::Skipped,
            value: None,
            criteria: None,
            reasoning: None,
            failure: None,
            error: Some("not asked, since there is no output to judge".to_string()),
            repaired: false,
            call: CallRow::default(),
        };
        match self.answers.0.get(ask) {
            None => {}
            Some(Answer::Failed(failures)) => {
                row.status = Status::Error;
                row.error = Some(last_words(failures));
            }
            Some(Answer::Reply(reply)) => {
                let first = judge::read_reply(&judged.rubric, reply);
                let mut counts = reply;
                row.call = self.call(Some(&judged.judge), reply);
                let mended = ask.repaired().and_then(|again| match self.answers.0.get(&again) {
                    Some(Answer::Reply(reply)) => Some(reply),
                    _ => None,
                });
                match (first, mended) {
                    (Reading::Unparsed(_), Some(second)) => {
                        row.call.add(&self.call(Some(&judged.judge), second));
                        row.repaired = true;
                        counts = second;
                        fill(&mut row, judge::read_reply(&judged.rubric, second), second);
                    }
                    (reading, _) => fill(&mut row, reading, reply),
                }
                row.error = row.error.or_else(|| stood_in(&judged.judge, counts));
            }
        }
        Some(row)
    }
}

/// Puts what was read into a row.
fn fill(row: &mut VerdictRow, reading: Reading, reply: &Reply) {
    row.error = None;
    match reading {
        Reading::Read(Finding { value, criteria, reasoning, failure }) => {
            row.status = Status::Ok;
            row.value = Some(value);
            row.criteria = if criteria.is_empty() { None } else { serde_json::to_string(&criteria).ok() };
            row.reasoning = reasoning;
            row.failure = failure;
        }
        Reading::Unparsed(why) => {
            row.status = Status::Unparsed;
            row.reasoning = Some(reply.text.clone());
            row.error = Some(why);
        }
        Reading::Refused => {
            row.status = Status::Refused;
            row.reasoning = Some(reply.text.clone());
            row.error = Some("the judge declined to judge".to_string());
        }
    }
}
