//! An output → the row of a check's score.

use super::{Answer, Rows};
use crate::check::Subject;
use crate::dataset::Case;
use crate::model::Ask;
use crate::run::work::can_be_judged;
use crate::store::{CallRow, Status, VerdictKind, VerdictRow};
use crate::suite::{CandidateName, MetricName};

impl Rows<'_> {
    pub(super) fn check(
        &self,
        index: u64,
        case: &Case,
        metric: &MetricName,
        candidate: &CandidateName,
        sample: u32,
    ) -> Option<VerdictRow> {
        let checker = self.checkers.get(metric)?;
        let ask = Ask::Output { candidate: candidate.clone(), case: case.id.clone(), sample };
        let reply = match self.answers.0.get(&ask) {
            Some(Answer::Reply(reply)) if can_be_judged(reply) || !checker.reads_text() => Some(reply),
            _ => None,
        };
        let scored = reply.map(|reply| {
            let usd = self.call(self.writer(candidate), reply).usd;
            checker.score(&Subject { reply, case, usd })
        });
        let (status, value, reasoning, error) = match scored {
            Some(Ok(result)) => (Status::Ok, Some(result.value), Some(result.detail), None),
            Some(Err(fault)) => (Status::Error, None, None, Some(fault.to_string())),
            None => (Status::Skipped, None, None, Some("there is no output to check".to_string())),
        };
        Some(VerdictRow {
            index,
            case: case.id.to_string(),
            metric: metric.to_string(),
            kind: VerdictKind::Check,
            candidate: candidate.to_string(),
            second: None,
            sample,
            verdict_sample: 0,
            judge: None,
            decides: true,
            status,
            value,
            method: None,
            mass: None,
            confidence: None,
            criteria: None,
            reasoning,
            failure: None,
            error,
            alarm: None,
            repaired: false,
            call: CallRow::default(),
        })
    }
}
