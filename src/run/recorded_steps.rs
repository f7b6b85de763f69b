//! The steps and turns of a candidate and recorded replies → the first step whose reply is not there.

use super::Plan;
use crate::candidate::{Aim, Next, Way};
use crate::dataset::Case;
use crate::model::{Ask, Models};

/// Goes the way of one output as far as recorded replies lead: the step that has none, and the file that lacks it.
/// `None` where none is missing, or where somebody else has to be asked first.
pub(super) fn missing(plan: &Plan, models: &Models, case: &Case, output: &Ask) -> Option<(Ask, String)> {
    let Ask::Output { candidate, sample, .. } = output else { return None };
    let aim = Aim { candidate, case: &case.id, sample: *sample };
    let mut way = Way::of(&plan.suite, case.question(), aim)?;
    while let Next::Ask(request, model) = way.advance() {
        let asked = models.get(&model)?;
        if let Some(reply) = asked.at_hand(&request) {
            way.answer(&reply, &model).ok()?;
            continue;
        }
        let recorded = asked.recorded()?;
        // Looking marks the row as asked for, as it does for every other reply.
        if !recorded.has(&request.ask) {
            return Some((request.ask, recorded.file().to_string()));
        }
        way.answer(&recorded.reply(&request.ask).ok()?, &model).ok()?;
    }
    None
}
