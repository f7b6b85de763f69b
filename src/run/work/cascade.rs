//! What one judge after another is asked about an output or a pair, until one is sure.

use futures_util::future::join_all;

use super::Work;
use crate::judge::cascade::{Then, Vote, confidence, first, then};
use crate::judge::{self, Reading, Shown, Verdict};
use crate::model::Ask;
use crate::run::escalation::{has_label, vote};
use crate::store::StoreError;
use crate::suite::Cascade;

/// A call, and the verdict that it came to, where it was answered.
pub(super) type Said<'a> = (&'a Ask, Option<Verdict>);

impl Work {
    /// Asks each judge of a cascade for all its verdicts on one output or pair; the next one only where it is not sure.
    /// Gives what the one said that decides.
    pub(super) async fn cascade<'b>(
        &self,
        cascade: &Cascade,
        asks: Vec<(&'b Ask, Vec<Shown<'_>>)>,
    ) -> Result<Vec<Said<'b>>, StoreError> {
        let is_labelled = asks.first().is_some_and(|(ask, _)| has_label(&self.case, ask));
        for (at, judge) in cascade.cascade.iter().enumerate().skip(first(cascade, is_labelled)) {
            let own: Vec<_> = asks.iter().filter(|(ask, _)| ask.judge() == Some(judge)).collect();
            let answers = join_all(own.iter().map(|(ask, shown)| self.verdict(ask, shown.clone()))).await;
            let mut said = Vec::new();
            for ((ask, _), verdict) in own.into_iter().zip(answers) {
                said.push((*ask, verdict?));
            }
            if then(cascade, at, confidence(cascade, &self.votes(&said))) == Then::Decides {
                return Ok(said);
            }
        }
        Ok(Vec::new())
    }

    /// What the verdicts vote for, those on the criteria of one verdict together.
    pub(super) fn votes(&self, said: &[Said<'_>]) -> Vec<Vote> {
        let briefings = &self.engine.plan.briefings;
        let one = |calls: &[Said<'_>]| {
            let ask = calls.first()?.0;
            let names = match ask {
                Ask::Output { .. } | Ask::Step { .. } => return None,
                Ask::Score { candidate, .. } => (candidate.as_str(), None),
                Ask::Preference { first, second, .. } => (first.as_str(), Some(second.as_str())),
            };
            let rubric = &self.engine.plan.suite.metrics.get(ask.metric()?)?.rubric()?.rubric;
            let parts: Option<Vec<(&str, Verdict)>> = calls
                .iter()
                .map(|(ask, verdict)| Some((ask.criterion().unwrap_or_default(), verdict.clone()?)))
                .collect();
            let verdict = match parts {
                Some(mut parts) if !rubric.is_judged_apart() => parts.pop().map(|(_, verdict)| verdict),
                Some(parts) => Some(judge::together(rubric, &parts)),
                None => None,
            };
            let value = verdict.as_ref().and_then(|verdict| match &verdict.reading {
                Reading::Read(finding) => Some(finding.value),
                Reading::Unparsed(_) | Reading::Refused => None,
            });
            Some(vote(names, value, verdict.and_then(|verdict| verdict.confidence)))
        };
        said.chunk_by(|_, next| !briefings.begins(next.0)).filter_map(one).collect()
    }
}
