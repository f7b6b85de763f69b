//! What a candidate is asked for about one case.

use super::super::requests;
use super::Work;
use crate::candidate;
use crate::dataset::Output;
use crate::model::{Ask, Failed, Failure, FailureKind, Reply};
use crate::store::StoreError;
use crate::suite::CandidateSource;

impl Work {
    /// One output: from its model, from the file of outputs that exist already, or from the stored run.
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
            CandidateSource::Prompt(prompt) => match candidate::messages(prompt, case.question()) {
                Ok(messages) => self.ask(&requests::output(ask.clone(), messages)).await,
                Err(fault) => {
                    let failure = Failure::new(
                        FailureKind::Rejected,
                        format!("the prompt cannot be filled in: {}", fault.message),
                    );
                    self.keep(ask, String::new(), Err(failure.into()))
                }
            },
        }
    }
}

/// An output that exists already, as the reply that it once was.
pub(in crate::run) fn stored(output: &Output) -> Reply {
    Reply { trace: output.trace.clone(), ..Reply::of_text(output.text.as_str()) }
}
