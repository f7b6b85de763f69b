//! What a candidate is asked for about one case.

use super::{Answered, Work};
use crate::candidate::{self, Aim, Next, Way};
use crate::dataset::{Case, Output};
use crate::model::{Ask, Failed, Failure, FailureKind, Finish, Money, Reply, Request};
use crate::run::{Plan, Progress};
use crate::store::StoreError;
use crate::suite::CandidateSource;

/// Where an output comes from.
pub(super) enum Source {
    /// The answer to one request.
    Request(Box<Request>),
    /// The prompt cannot be filled in.
    Fault(String),
    /// The end of a way.
    Way,
    /// It exists already: the failure, where it does not.
    Stored(Box<Result<Reply, Failure>>),
    /// It is among what is known from before, if anywhere.
    Known,
}

impl Source {
    /// That of what is planned for a case.
    pub(super) fn of(plan: &Plan, case: &Case, ask: &Ask) -> Self {
        let Ask::Output { candidate, sample, .. } = ask else { return Self::Known };
        let Some(spec) = plan.suite.candidates.get(candidate).filter(|_| plan.stored.is_none()) else {
            return Self::Known;
        };
        match &spec.source {
            CandidateSource::Outputs(file) => {
                let found = plan.outputs.get(candidate).and_then(|outputs| outputs.get(&(case.id.clone(), *sample)));
                let none = || format!("no output for case `{}` in {file}", case.id);
                let found = found.map(stored).ok_or_else(|| Failure::new(FailureKind::NotRecorded, none()));
                Self::Stored(Box::new(found))
            }
            CandidateSource::Steps(_) | CandidateSource::Talk(_) => Self::Way,
            CandidateSource::Prompt(_) | CandidateSource::Service(_) => {
                match candidate::request(spec, &plan.suite.models, case.question(), ask) {
                    Ok(Some(request)) => Self::Request(Box::new(request)),
                    Ok(None) => Self::Known,
                    Err(fault) => Self::Fault(format!("the prompt cannot be filled in: {}", fault.message)),
                }
            }
        }
    }
}

impl Work {
    /// One output.
    pub(super) async fn output(&self, ask: &Ask, source: &Source) -> Result<Option<Reply>, StoreError> {
        let known = || self.known.get(ask).map(|(_, reply)| reply.clone());
        let made = match source {
            Source::Request(request) => return self.ask(request).await,
            Source::Fault(words) => Err(Failure::new(FailureKind::Rejected, words.as_str())),
            Source::Way => return self.go(ask).await,
            Source::Known => return Ok(known()),
            Source::Stored(_) if self.known.contains_key(ask) => return Ok(known()),
            Source::Stored(found) => found.as_ref().clone(),
        };
        self.keep(ask, String::new(), made.map_err(Failed::from))
    }

    /// The output at the end of a way. Each reply on it is journaled by itself, and the output when it is there.
    async fn go(&self, ask: &Ask) -> Result<Option<Reply>, StoreError> {
        let Ask::Output { candidate, case, sample } = ask else { return Ok(None) };
        let aim = Aim { candidate, case, sample: *sample };
        let Some(mut way) = Way::of(&self.engine.plan.suite, self.case.question(), aim) else { return Ok(None) };
        if let Some((_, reply)) = self.known.get(ask) {
            let of_this = |step: &Ask| matches!(step, Ask::Step { candidate: of, sample: nth, .. } if of == candidate && nth == sample);
            for (step, (_, reply)) in self.known.iter().filter(|(step, _)| of_this(step)) {
                (self.engine.observer)(Progress::Reply { ask: step, reply, resumed: true });
            }
            return Ok(Some(reply.clone()));
        }
        let answer = loop {
            match way.advance() {
                Next::Ask(request, name) => {
                    let Some(model) = self.engine.models.get(&name) else { return Ok(None) };
                    match self.ask_of(model, &request).await? {
                        Answered::Reply(reply) => {
                            if let Err(failure) = way.answer(&reply, &name) {
                                break Err(failure.into());
                            }
                        }
                        Answered::Failed(failed) => {
                            let Ask::Step { step, .. } = &request.ask else { return Ok(None) };
                            let last = failed.last().map_or(FailureKind::Unreadable, |last| last.kind);
                            break Err(Failure::new(last, format!("step `{step}`: {failed}")).into());
                        }
                        Answered::Stopped => return Ok(None),
                    }
                }
                Next::Output(reply) => break Ok(*reply),
                Next::Failed(failure) => break Err(failure.into()),
            }
        };
        self.keep(ask, String::new(), answer)
    }
}

/// An output that exists already, as the reply that it once was.
pub(in crate::run) fn stored(output: &Output) -> Reply {
    Reply {
        trace: output.trace.clone(),
        finish: output.finish.map(Finish::from).unwrap_or_default(),
        latency_ms: output.latency_ms,
        usage: output.usage,
        usd: output.usd.and_then(Money::from_usd),
        ..Reply::of_text(output.text.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suite::StopReason;
    use crate::trace::Usage;

    #[test]
    fn an_output_that_exists_already_keeps_what_its_row_says_of_the_call() {
        let output = Output {
            text: "no".to_string(),
            finish: Some(StopReason::Refusal),
            latency_ms: Some(120),
            usage: Some(Usage { input_tokens: 7, ..Usage::default() }),
            usd: Some(0.5),
            trace: None,
        };
        let reply = stored(&output);
        assert_eq!((reply.finish, reply.latency_ms), (Finish::Refusal, Some(120)));
        assert_eq!(reply.usage.unwrap().input_tokens, 7);
        assert_eq!(reply.usd, Some(Money::from_nanos(500_000_000)));
        assert_eq!(stored(&Output::default()).finish, Finish::Stop);
    }
}
