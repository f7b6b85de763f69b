//! An output → the row of a check's score.

use super::super::planned::score;
use super::{Answer, Rows, last_words};
use crate::check::{CheckError, Subject};
use crate::dataset::Case;
use crate::model::Ask;
use crate::run::work::can_be_judged;
use crate::store::{CallRow, Status, VerdictKind, VerdictRow};
use crate::suite::{CandidateName, MetricName, MetricSpec};

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
            Some(Answer::Reply(reply)) if can_be_judged(reply) || !checker.reads_text() => Some(reply.as_ref()),
            _ => None,
        };
        let program = self.suite.metrics.get(metric).and_then(MetricSpec::program);
        let told = program.map(|_| self.answers.0.get(&score(metric, &case.id, candidate, (sample, 0))));
        let (told, failed) = match told {
            Some(Some(Answer::Reply(told))) => (Some(told), None),
            Some(Some(Answer::Failed(failures))) => (None, Some((Status::Error, last_words(failures)))),
            Some(None) | None => (None, None),
        };
        let scored = reply.map(|reply| match failed {
            Some(failed) => Err(failed),
            None => {
                let usd = self.call(self.writer(candidate), reply).usd;
                let subject = Subject { reply, case, usd, told: told.map(|told| told.text.as_str()) };
                // Whoever had to be asked was not: the run ended before.
                let unasked = program.is_some() && told.is_none();
                checker.score(&subject).map_err(|fault| match fault {
                    CheckError::Told(why) if unasked => (Status::Skipped, why),
                    // A question that no document answers belongs in a gold set, and says nothing of a search.
                    CheckError::NothingRelevant => (Status::Skipped, fault.to_string()),
                    fault => (Status::Error, fault.to_string()),
                })
            }
        });
        let (status, value, reasoning, error) = match scored {
            Some(Ok(result)) => (Status::Ok, Some(result.value), Some(result.detail), None),
            Some(Err((status, why))) => (status, None, None, Some(why)),
            None => (Status::Skipped, None, None, Some("there is no output to check".to_string())),
        };
        Some(VerdictRow {
            index,
            case: case.id.clone(),
            metric: metric.clone(),
            kind: VerdictKind::Check,
            candidate: candidate.clone(),
            second: None,
            sample,
            verdict_sample: 0,
            judge: None,
            decides: true,
            met: None,
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
            call: told.map_or_else(CallRow::default, |told| self.call(program, told)),
        })
    }
}
