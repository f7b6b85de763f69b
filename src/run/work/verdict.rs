//! What a judge is asked for about the outputs of one case.

use super::super::{Plan, requests};
use super::Work;
use crate::judge::{self, Reading, Shown};
use crate::model::Ask;
use crate::store::StoreError;

impl Work {
    /// One verdict, with one repair try where the reply cannot be read.
    pub(super) async fn verdict(&self, ask: &Ask, outputs: Vec<Shown<'_>>) -> Result<(), StoreError> {
        let Plan { suite, briefings, .. } = self.engine.plan.as_ref();
        let Some(request) = requests::verdict(suite, briefings, &self.case, ask, &outputs) else { return Ok(()) };
        let Some(reply) = self.ask(&request).await? else { return Ok(()) };
        // A program has no second try: it says what it says.
        let Some(briefing) = briefings.about(ask) else { return Ok(()) };
        if let Reading::Unparsed(why) =
            judge::verdict(&briefing.rubric, &reply, &requests::exhibit(&self.case, &outputs)).reading
            && let Some(repair) = requests::repair(briefing, &request, &reply.text, &why)
            && self.engine.can_answer(&repair.ask)
        {
            self.ask(&repair).await?;
        }
        Ok(())
    }
}
