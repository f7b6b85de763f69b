//! What a candidate is asked for about one case.

use std::time::Instant;

use super::{Answered, Work};
use crate::candidate::{self, Aim, Next, Way};
use crate::dataset::Output;
use crate::model::{Ask, Failed, Failure, FailureKind, Finish, Money, Reply};
use crate::store::StoreError;
use crate::suite::CandidateSource;

impl Work {
    /// One output: from whoever writes it, from the file of outputs that exist already, or from the stored run.
    pub(super) async fn output(&self, ask: &Ask) -> Result<Option<Reply>, StoreError> {
        let Ask::Output { candidate, sample, .. } = ask else { return Ok(None) };
        let (plan, case) = (&self.engine.plan, &self.case);
        if plan.stored.is_some() {
            return Ok(self.known.get(ask).map(|(_, reply)| reply.clone()));
        }
        let Some(spec) = plan.suite.candidates.get(candidate) else { return Ok(None) };
        match &spec.source {
            CandidateSource::Outputs(file) => {
                if let Some((_, reply)) = self.known.get(ask) {
                    return Ok(Some(reply.clone()));
                }
                let found = plan.outputs.get(candidate).and_then(|outputs| outputs.get(&(case.id.clone(), *sample)));
                let answer = found.map(stored).ok_or_else(|| {
                    Failed::from(Failure::new(
                        FailureKind::NotRecorded,
                        format!("no output for case `{}` in {file}", case.id),
                    ))
                });
                self.keep(ask, String::new(), answer)
            }
            CandidateSource::Steps(_) | CandidateSource::Talk(_) => {
                let aim = Aim { candidate, case: &case.id, sample: *sample };
                match Way::of(&plan.suite, case.question(), aim) {
                    Some(way) => self.go(ask, way).await,
                    None => Ok(None),
                }
            }
            CandidateSource::Prompt(_) | CandidateSource::Service(_) => {
                match candidate::request(spec, &plan.suite.models, case.question(), ask) {
                    Ok(Some(request)) => self.ask(&request).await,
                    Ok(None) => Ok(None),
                    Err(fault) => {
                        let failure = Failure::new(
                            FailureKind::Rejected,
                            format!("the prompt cannot be filled in: {}", fault.message),
                        );
                        self.keep(ask, String::new(), Err(failure.into()))
                    }
                }
            }
        }
    }

    /// The output at the end of a way. Each reply on it is journaled by itself, and the output when it is there.
    async fn go(&self, ask: &Ask, mut way: Way<'_>) -> Result<Option<Reply>, StoreError> {
        if let Some((_, reply)) = self.known.get(ask) {
            return Ok(Some(reply.clone()));
        }
        let begun = Instant::now();
        let answer = loop {
            match way.next(begun.elapsed().as_secs_f64()) {
                Next::Ask(request, name) => {
                    let Some(model) = self.engine.models.get(&name) else { return Ok(None) };
                    match self.ask_of(model, &request, way.within(begun.elapsed().as_secs_f64())).await? {
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
        usd: output.usd.and_then(Money::from_usd),
        ..Reply::of_text(output.text.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suite::StopReason;

    #[test]
    fn an_output_that_exists_already_keeps_what_its_row_says_of_the_call() {
        let output = Output {
            text: "no".to_string(),
            finish: Some(StopReason::Refusal),
            latency_ms: Some(120),
            usd: Some(0.5),
            trace: None,
        };
        let reply = stored(&output);
        assert_eq!((reply.finish, reply.latency_ms), (Finish::Refusal, Some(120)));
        assert_eq!(reply.usd, Some(Money::from_nanos(500_000_000)));
        assert_eq!(stored(&Output::default()).finish, Finish::Stop);
    }
}
