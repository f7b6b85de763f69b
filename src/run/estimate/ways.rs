//! What an output takes that is made on a way of several calls: the steps of a pipeline, the turns of a conversation.

use super::counter::{Counter, Outlook, limit};
use super::routes::{larger, specs};
use super::{Asker, add};
use crate::candidate;
use crate::dataset::Case;
use crate::model::{Ask, EXPECTED_OUTPUT, Message, Request, Tokens, Usage, most_output};
use crate::run::ahead::{Known, at_most};
use crate::run::turns::conversation;
use crate::suite::{
    CandidateName, CandidateSource, MessageTemplate, ModelName, ModelSpec, Role, Service, StepSpec, Suite, Talk,
};

impl Counter<'_> {
    /// A conversation that a judge will be shown whole, with its last words once more.
    pub(super) fn conversation_ahead(&self, candidate: &CandidateName, talk: &Talk) -> Outlook {
        let side = |step: &str, model: &ModelName| {
            let asker = Asker::Step(candidate.clone(), step.to_string());
            let at = self.parts.iter().position(|part| part.asker == asker);
            let written = at.and_then(|at| self.written.get(at).copied()).unwrap_or(EXPECTED_OUTPUT);
            (written, self.plan.suite.models.get(model).and_then(limit))
        };
        let (user, reply) = (side(Talk::USER, &talk.user.model), side(Talk::REPLY, talk.model()));
        let turns = u64::from(talk.user.turns);
        let whole = |user: u64, reply: u64| turns * (user + reply) + reply;
        Outlook::Ahead(whole(user.0, reply.0), user.1.zip(reply.1).map(|(user, reply)| whole(user, reply)))
    }

    /// Counts all the turns that a conversation may have, since nobody knows when it ends. Each reads what was said before it.
    pub(super) fn count_turns(&mut self, case: &Case, ask: &Ask) {
        let Ask::Output { candidate, .. } = ask else { return };
        let plan = self.plan;
        let Some(CandidateSource::Talk(talk)) = plan.suite.candidates.get(candidate).map(|spec| &spec.source) else {
            return;
        };
        let at = |step: &str| {
            let asker = Asker::Step(candidate.clone(), step.to_string());
            self.parts.iter().position(|part| part.asker == asker)
        };
        let (Some(user), Some(reply)) = (at(Talk::USER), at(Talk::REPLY)) else { return };
        let length = |at: usize| {
            let spec = self.parts.get(at).and_then(|part| plan.suite.models.get(&part.model));
            (self.written.get(at).copied().unwrap_or_default(), spec.and_then(limit))
        };
        let said = conversation(talk, case, length(user), length(reply), |name, messages| {
            let spec = plan.suite.models.get(name)?;
            Some(Tokens::of(&Request::new(ask.clone(), messages, None), &spec.params, most_output(spec.provider)))
        });
        for (at, (expected, most)) in [user, reply].into_iter().zip(said) {
            let Some(part) = self.parts.get_mut(at) else { continue };
            part.calls += u64::from(talk.user.turns);
            if !part.recorded && !part.is_own {
                part.expected = add(part.expected, expected);
                part.most = part.most.zip(most).map(|(sum, most)| add(sum, most));
            }
        }
    }

    /// Counts each step of an output once, but for those that the case itself leaves out. What is sent to one that looks at earlier steps is not known: what came of them
    /// is taken to be as long as one reply is expected to be, and at most as long as it may be.
    pub(super) fn count_steps(&mut self, case: &Case, ask: &Ask) {
        let Ask::Output { candidate, .. } = ask else { return };
        let plan = self.plan;
        let Some(CandidateSource::Steps(pipeline)) = plan.suite.candidates.get(candidate).map(|spec| &spec.source)
        else {
            return;
        };
        let is_left_out =
            |step: &&StepSpec| step.when.as_ref().is_some_and(|when| candidate::is_left_out(when, case.question()));
        for step in pipeline.steps.iter().filter(|step| !is_left_out(step)) {
            let asker = Asker::Step(candidate.clone(), step.name.clone());
            let Some(at) = self.parts.iter().position(|part| part.asker == asker) else { continue };
            let written = self.written.get(at).copied().unwrap_or_default();
            let Some(part) = self.parts.get_mut(at) else { continue };
            part.calls += 1;
            if part.recorded || part.is_own {
                continue;
            }
            let Some(spec) = plan.suite.models.get(&part.model) else { continue };
            let tokens = |messages: Vec<Message>| {
                let request = Request::new(ask.clone(), messages, None);
                let of = |spec: &ModelSpec| Tokens::of(&request, &spec.params, most_output(spec.provider));
                let Tokens { expected, most } = of(spec);
                let most = specs(&plan.suite, step).fold(most, |most, (_, other)| larger(most, of(other).most));
                Tokens { expected, most }
            };
            // A prompt that looks at no earlier step can be filled in as it will be.
            let templates = templates(step, &plan.suite);
            let (read, most) = match candidate::filled(&templates, case.question()) {
                Ok(messages) => {
                    let Tokens { expected, most } = tokens(messages);
                    (expected.input_tokens, most)
                }
                Err(_) => {
                    let as_written =
                        |message: &MessageTemplate| Message { role: message.role, content: message.content.clone() };
                    let mut messages: Vec<Message> = templates.iter().map(as_written).collect();
                    messages.push(Message { role: Role::User, content: case.input.to_string() });
                    let known = Known { models: &plan.suite.models, corpora: &plan.corpora, limit: &limit };
                    let most = at_most(pipeline, step, &templates, case, &known).and_then(|(messages, ahead)| {
                        let most = tokens(messages).most?;
                        Some(Usage { input_tokens: most.input_tokens + ahead, ..most })
                    });
                    (tokens(messages).expected.input_tokens + written, most)
                }
            };
            part.expected =
                add(part.expected, Usage { input_tokens: read, output_tokens: written, ..Usage::default() });
            part.most = part.most.zip(most).map(|(sum, most)| (0..part.rounds).fold(sum, |sum, _| add(sum, most)));
        }
    }
}

/// What a step says to its model: its messages, or what it looks for.
fn templates(step: &StepSpec, suite: &Suite) -> Vec<MessageTemplate> {
    if let Some(prompt) = step.prompt() {
        return prompt.messages.clone();
    }
    let searched = step.models().next().and_then(|name| suite.models.get(name)?.service.as_deref());
    let query = match searched {
        Some(Service::Retrieve(retrieve)) => Some(retrieve.query.clone()),
        _ => None,
    };
    let message = |content| MessageTemplate { role: Role::User, content, file: String::new(), line: 1 };
    query.map(message).into_iter().collect()
}
