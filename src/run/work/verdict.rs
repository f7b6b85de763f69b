//! What a judge is asked for about the outputs of one case.

use super::super::{Plan, requests};
use super::Work;
use crate::judge::{self, Reading, Shown, Verdict};
use crate::model::{Ask, Reply};
use crate::store::StoreError;

impl Work {
    /// One call, with one repair try where the reply cannot be read; `None` where there is no answer.
    pub(super) async fn verdict(&self, ask: &Ask, outputs: Vec<Shown<'_>>) -> Result<Option<Verdict>, StoreError> {
        let Plan { suite, briefings, .. } = self.engine.plan.as_ref();
        let Some(request) = requests::verdict(suite, briefings, &self.case, ask, &outputs) else { return Ok(None) };
        let Some(reply) = self.ask(&request).await? else { return Ok(None) };
        // A program has no second try: it says what it says.
        let Some(briefing) = briefings.about(ask) else { return Ok(None) };
        let exhibit = requests::exhibit(&self.case, &outputs);
        let read = |reply: &Reply| judge::verdict(&briefing.rubric, reply, &exhibit);
        let verdict = read(&reply);
        if let Reading::Unparsed(why) = &verdict.reading
            && let Some(repair) = requests::repair(briefing, &request, &reply.text, why)
            && self.engine.can_answer(&repair.ask)
        {
            return Ok(Some(self.ask(&repair).await?.map_or(verdict, |mended| read(&mended))));
        }
        Ok(Some(verdict))
    }
}
