//! A plan and the cache → whether the plan can be met without asking anybody, before anything of it is begun; and how
//! many of its calls the cache spares.
//!
//! The requests to judges are about outputs, so what is missing there is found only where the outputs are known.

use std::cell::Cell;
use std::collections::HashMap;

use super::engine::replies;
use super::escalation::{Need, need};
use super::planned::Planned;
use super::work::{can_be_judged, stored};
use super::{Plan, requests};
use crate::candidate::{self, Aim, Next, Way};
use crate::dataset::Case;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::judge::Shown;
use crate::model::{Ask, Models, Reply, Request};
use crate::store::{EventIndex, Events, Runs, StoreError};
use crate::suite::{CandidateSource, ModelName};

/// So many missing replies are named.
const SHOWN: usize = 5;

/// Looks every planned request up, in the journal of the run that would be gone on with and in the cache. What a
/// judge's unreadable verdict would be asked for once more is not looked for: the run goes on without.
///
/// # Errors
/// The first few requests that have no reply, and how many there are.
pub fn check_offline(plan: &Plan, models: &Models, runs: &Runs) -> Result<(), Diagnostics> {
    if models.iter().all(|model| !model.only_recalls()) {
        return Ok(());
    }
    let unreadable = |why: StoreError| Diagnostics::from(Diagnostic::new(why.to_string()));
    let unfinished = runs.unfinished(&plan.digest).map_err(unreadable)?;
    let journal = unfinished.map(|id| runs.folder_of(&id).join("events.jsonl"));
    let index = journal.as_deref().map_or_else(|| Ok(EventIndex::default()), EventIndex::read).map_err(unreadable)?;
    let mut before = match &journal {
        Some(path) => Some(Events::open(path, &index).map_err(unreadable)?),
        None => None,
    };
    let (mut missing, mut wrong) = (0, Diagnostics::default());
    for case in plan.cases.read()? {
        let (index, case) = case?;
        let mut events =
            before.as_mut().map_or_else(|| Ok(Vec::new()), |events| events.of(index)).map_err(unreadable)?;
        events.extend(plan.stored_outputs(index).map_err(unreadable)?);
        let search = Search { plan, models, journaled: replies(events), recalled: Cell::new(0) };
        for ask in search.missing(&case) {
            missing += 1;
            if missing <= SHOWN {
                let model = plan.model_for(&ask).map(ToString::to_string).unwrap_or_default();
                let message = format!("no cached reply for {ask}");
                wrong.push(Diagnostic::new(message).hint(format!("without --offline, the model `{model}` is asked")));
            }
        }
    }
    if missing > SHOWN {
        wrong.push(Diagnostic::new(format!("and {} more replies are not in the cache", missing - SHOWN)));
    }
    wrong.into_result(())
}

/// How many of a plan's calls the cache has the replies to, as far as that can be known: a judge's request only where the
/// output that it shows is there. `models` are set up with the cache.
///
/// # Errors
/// A dataset that is not what it was, a stored run that cannot be read.
pub fn calls_spared(plan: &Plan, models: &Models) -> Result<u64, Diagnostics> {
    let mut spared = 0;
    for case in plan.cases.read()? {
        let (index, case) = case?;
        let events = plan.stored_outputs(index).map_err(|why| Diagnostic::new(why.to_string()))?;
        let search = Search { plan, models, journaled: replies(events), recalled: Cell::new(0) };
        // What is missing would have to be asked for.
        search.missing(&case);
        spared += search.recalled.get();
    }
    Ok(spared)
}

/// One case, with the replies to it that the unfinished run of this plan has.
struct Search<'a> {
    plan: &'a Plan,
    models: &'a Models,
    journaled: HashMap<Ask, (String, Reply)>,
    /// So many replies were found in the cache.
    recalled: Cell<u64>,
}

impl Search<'_> {
    /// What one case asks for and has no reply.
    fn missing(&self, case: &Case) -> Vec<Ask> {
        let Planned { outputs, verdicts } = self.plan.planned(&case.id, self.models);
        let mut missing = Vec::new();
        let mut replies = HashMap::new();
        for ask in outputs {
            let Ask::Output { candidate, sample, .. } = &ask else { continue };
            match self.output(case, &ask) {
                Some(Some(reply)) if can_be_judged(&reply) => {
                    replies.insert((candidate.clone(), *sample), reply);
                }
                Some(_) => {}
                None => missing.push(ask),
            }
        }
        let output = |candidate: &_, sample| replies.get(&(Clone::clone(candidate), sample)).map(Shown::from);
        for ask in verdicts.into_iter().filter(|ask| need(&self.plan.suite, case, ask) == Need::Surely) {
            let shown = match &ask {
                Ask::Output { .. } | Ask::Step { .. } => None,
                Ask::Score { candidate, sample, .. } => output(candidate, *sample).map(|output| vec![output]),
                Ask::Preference { first, second, sample, .. } => {
                    output(first, *sample).zip(output(second, *sample)).map(|(first, second)| vec![first, second])
                }
            };
            // Without an output there is nothing to judge, and nothing is asked.
            let request =
                shown.and_then(|shown| requests::verdict(&self.plan.suite, &self.plan.briefings, case, &ask, &shown));
            if request.is_some_and(|request| self.reply(&request).is_none()) {
                missing.push(ask);
            }
        }
        missing
    }

    /// An output: `None` where it would have to be asked for, `Some(None)` where there is none to be had.
    fn output(&self, case: &Case, ask: &Ask) -> Option<Option<Reply>> {
        let Ask::Output { candidate, sample, .. } = ask else { return Some(None) };
        if self.plan.stored.is_some() {
            return Some(self.journaled.get(ask).map(|(_, reply)| reply.clone()));
        }
        let Some(spec) = self.plan.suite.candidates.get(candidate) else { return Some(None) };
        match &spec.source {
            CandidateSource::Outputs(_) => {
                let found = self.plan.outputs.get(candidate).and_then(|texts| texts.get(&(case.id.clone(), *sample)));
                Some(found.map(stored))
            }
            CandidateSource::Prompt(_) | CandidateSource::Service(_) => {
                match candidate::request(spec, &self.plan.suite.models, case.question(), ask) {
                    Ok(Some(request)) => self.reply(&request),
                    Ok(None) | Err(_) => Some(None),
                }
            }
            CandidateSource::Steps(_) | CandidateSource::Talk(_) => {
                if let Some((_, reply)) = self.journaled.get(ask) {
                    return Some(Some(reply.clone()));
                }
                let aim = Aim { candidate, case: &case.id, sample: *sample };
                let Some(mut way) = Way::of(&self.plan.suite, case.question(), aim) else { return Some(None) };
                loop {
                    match way.advance() {
                        Next::Ask(request, name) => {
                            let Some(reply) = self.reply_of(&name, &request)? else { return Some(None) };
                            if way.answer(&reply, &name).is_err() {
                                return Some(None);
                            }
                        }
                        Next::Output(reply) => return Some(Some(*reply)),
                        Next::Failed(_) => return Some(None),
                    }
                }
            }
        }
    }

    /// The reply that the run will get: `None` where it would have to be asked for, `Some(None)` where there is none.
    fn reply(&self, request: &Request) -> Option<Option<Reply>> {
        self.plan.model_for(&request.ask).map_or(Some(None), |name| self.reply_of(name, request))
    }

    /// The same of a model that is named.
    fn reply_of(&self, name: &ModelName, request: &Request) -> Option<Option<Reply>> {
        let Some(model) = self.models.get(name) else { return Some(None) };
        let digest = requests::digest(model.name(), request);
        if let Some((_, reply)) = self.journaled.get(&request.ask).filter(|(of, _)| *of == digest) {
            return Some(Some(reply.clone()));
        }
        match model.recorded() {
            // What is not recorded has been said.
            Some(recorded) => Some(recorded.reply(&request.ask).ok()),
            None => {
                if let Some(found) = model.at_hand(request) {
                    self.recalled.set(self.recalled.get() + u64::from(found.cached));
                    return Some(Some(found));
                }
                let found = model.recall(request)?;
                self.recalled.set(self.recalled.get() + 1);
                Some(Some(found))
            }
        }
    }
}
