//! What became of an output → its row.

use super::{Answer, Rows, last_words, stood_in};
use crate::candidate::{Aim, Next, Way};
use crate::dataset::Case;
use crate::model::{Ask, Failure, Finish, Money, Taken};
use crate::store::{CUT_ANSWER, CallRow, EMPTY_ANSWER, OutputRow, Status};
use crate::suite::{CandidateName, CandidateSource, ModelName, Talk};
use crate::trace::Trace;

impl Rows<'_> {
    /// The model that a candidate asks, where it asks one.
    pub(super) fn writer(&self, candidate: &CandidateName) -> Option<&ModelName> {
        self.suite.candidates.get(candidate)?.model()
    }

    pub(super) fn output(&self, index: u64, case: &Case, ask: &Ask) -> Option<OutputRow> {
        let Ask::Output { candidate, sample, .. } = ask else { return None };
        let model = self.writer(candidate);
        let (status, text, error, trace, call) = match self.answers.0.get(ask) {
            Some(Answer::Reply(reply)) => {
                let (status, error) = match reply.finish {
                    Finish::Stop if reply.text.trim().is_empty() => (Status::Ok, Some(EMPTY_ANSWER.to_string())),
                    Finish::Stop => (Status::Ok, None),
                    Finish::Length => (Status::Ok, Some(CUT_ANSWER.to_string())),
                    Finish::Refusal => (Status::Refused, Some("the model declined to answer".to_string())),
                    Finish::ContentFilter => {
                        (Status::Refused, Some("the provider's content filter held it back".to_string()))
                    }
                };
                let ended = reply.trace.as_ref().and_then(|trace| trace.ended.as_ref());
                let ended = ended.map(|how| format!("the conversation was {how}"));
                let told = [error, ended, model.and_then(|asked| stood_in(asked, reply))];
                let error = told.into_iter().flatten().reduce(|first, second| format!("{first}; {second}"));
                let trace = reply.trace.as_ref().and_then(|trace| serde_json::to_string(trace).ok());
                let mut call = self.call(model, reply);
                self.earlier(candidate, *sample).for_each(|failed| call.add(&failed));
                self.retried_steps(candidate, *sample).for_each(|failed| call.add(&failed));
                (status, Some(reply.text.clone()), error, trace, call)
            }
            Some(Answer::Failed(failures)) => {
                let trace = self.way_so_far(case, candidate, *sample);
                let trace = trace.and_then(|trace| serde_json::to_string(&trace).ok());
                (Status::Error, None, Some(last_words(failures)), trace, self.taken(candidate, *sample))
            }
            None => (Status::Skipped, None, Some("not asked".to_string()), None, self.taken(candidate, *sample)),
        };
        Some(OutputRow {
            index,
            case: case.id.clone(),
            candidate: candidate.clone(),
            sample: *sample,
            status,
            text,
            error,
            trace,
            call,
        })
    }

    /// What the answers on the way to an output that did not come took, in sum: as much of it as an output that came holds,
    /// and what failures say that they took. Nobody gave it as a whole, so it names no model.
    fn taken(&self, candidate: &CandidateName, sample: u32) -> CallRow {
        let ours = self.answers.0.iter().filter(|(ask, _)| self.leads_to(ask, candidate, sample));
        let told = ours.flat_map(|(_, answer)| match answer {
            Answer::Reply(reply) => vec![self.call(None, reply)],
            Answer::Failed(failures) => failures.iter().filter_map(taken_by).collect(),
        });
        let sum = told.chain(self.earlier(candidate, sample)).reduce(|mut sum, more| {
            sum.add(&more);
            sum
        });
        let CallRow { input_tokens, output_tokens, usd, .. } = sum.unwrap_or_default();
        CallRow { input_tokens, output_tokens, usd, ..CallRow::default() }
    }

    /// What failed attempts at the steps of an output say that they took: the output repeats what its steps took, and not that.
    fn retried_steps(&self, candidate: &CandidateName, sample: u32) -> impl Iterator<Item = CallRow> {
        let is_step = move |ask: &Ask| matches!(ask, Ask::Step { .. }) && self.leads_to(ask, candidate, sample);
        let steps = self.answers.0.iter().filter(move |(ask, _)| is_step(ask));
        steps.flat_map(|(_, answer)| match answer {
            Answer::Reply(reply) => reply.retried.iter().filter_map(taken_by).collect(),
            Answer::Failed(_) => Vec::new(),
        })
    }

    /// What failures on the way to an output say that they took, where they were asked again.
    fn earlier(&self, candidate: &CandidateName, sample: u32) -> impl Iterator<Item = CallRow> {
        let ours = self.answers.1.iter().filter(move |(ask, _)| self.leads_to(ask, candidate, sample));
        ours.flat_map(|(_, failures)| failures.iter().filter_map(taken_by))
    }

    /// Whether an ask is a part of the way to an output, or the output itself. What plays a person is none.
    fn leads_to(&self, ask: &Ask, candidate: &CandidateName, sample: u32) -> bool {
        match ask {
            Ask::Output { candidate: of, sample: nth, .. } => of == candidate && *nth == sample,
            Ask::Step { candidate: of, sample: nth, step, .. } => {
                let spec = self.suite.candidates.get(candidate);
                let is_talk = spec.is_some_and(|spec| matches!(spec.source, CandidateSource::Talk(_)));
                of == candidate && *nth == sample && (!is_talk || step == Talk::REPLY)
            }
            Ask::Score { .. } | Ask::Preference { .. } => false,
        }
    }

    /// What ran before an output failed, and what became of the step that it failed at; `None` where nothing did.
    fn way_so_far(&self, case: &Case, candidate: &CandidateName, sample: u32) -> Option<Trace> {
        let aim = Aim { candidate, case: &case.id, sample };
        let mut way = Way::of(self.suite, case.question(), aim)?;
        let why = loop {
            let (request, model) = match way.advance() {
                Next::Ask(request, model) => (request, model),
                Next::Failed(failure) => break Some(failure.message),
                // The journal says otherwise: an earlier version counted waits against the limit of time.
                Next::Output(_) => return None,
            };
            match self.answers.0.get(&request.ask) {
                Some(Answer::Reply(reply)) => {
                    if let Err(failure) = way.answer(reply, &model) {
                        break Some(failure.message);
                    }
                }
                Some(Answer::Failed(failures)) => break Some(last_words(failures)),
                None => break None,
            }
        };
        Some(way.so_far(why.as_deref())).filter(|trace| !trace.is_empty())
    }
}

/// What a failure says that it took; `None` where it says nothing. Its time is no part of how long the answer took.
pub(super) fn taken_by(failure: &Failure) -> Option<CallRow> {
    let Taken { usage, usd } = **failure.taken.as_ref()?;
    Some(CallRow {
        input_tokens: usage.map(|usage| usage.input_tokens),
        output_tokens: usage.map(|usage| usage.output_tokens),
        usd: usd.map(Money::usd),
        latency_ms: Some(0),
        ..CallRow::default()
    })
}
