//! A candidate, a person whom a model plays, and what was said so far → who is asked next, or the output.
//!
//! As a walk, a conversation asks nobody itself: whoever has the answers, from models, from a file or from the journal, leads
//! it the same way. The person knows the case's input and never its gold. The candidate knows what is said, and the case's
//! context; of the input it learns what the person tells.

use indexmap::IndexMap;
use serde_json::Value;

use super::service;
use super::spent::{Spent, traced};
use super::walk::{Aim, Next};
use crate::dataset::{CaseMessage, Question};
use crate::diagnostic::Diagnostic;
use crate::model::{Ask, Failure, FailureKind, Finish, Message, Reply, Request};
use crate::suite::{ModelName, ModelSpec, Prompt, Role, Speaker, Talk, template};
use crate::trace::{Trace, TracedStep, Turn};

/// What the model that plays the person is told where nothing was said yet: some providers want a first word of the other side.
const BEGIN: &str = "(You are connected with the assistant. Write your first message.)";

/// One case on its way through a conversation.
#[derive(Debug)]
pub struct Conversation<'a> {
    talk: &'a Talk,
    models: &'a IndexMap<ModelName, ModelSpec>,
    question: Question<'a>,
    aim: Aim<'a>,
    said: Vec<CaseMessage>,
    /// How often each side has spoken.
    asked: u32,
    answered: u32,
    /// Whose turn it is; `None` once the conversation is over.
    turn: Option<Side>,
    /// What the candidate's side took.
    spent: Spent,
    trace: Trace,
    last: Option<(String, Finish)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    User,
    Candidate,
}

impl<'a> Conversation<'a> {
    /// The start: what the case brings along has been said. `models` are the suite's.
    pub fn new(
        talk: &'a Talk,
        models: &'a IndexMap<ModelName, ModelSpec>,
        question: Question<'a>,
        aim: Aim<'a>,
    ) -> Self {
        let said = question.messages.to_vec();
        let turn = match said.last() {
            Some(last) if last.role == Role::User => Side::Candidate,
            _ => Side::User,
        };
        let (spent, trace) = (Spent::nothing(), Trace { only_steps: true, ..Trace::default() });
        Self { talk, models, question, aim, said, asked: 0, answered: 0, turn: Some(turn), spent, trace, last: None }
    }

    /// Who is asked next, or the output: the candidate's last words, with the whole conversation.
    pub fn advance(&mut self) -> Next {
        let Some(side) = self.turn else { return self.output() };
        let (request, model) = match side {
            Side::User => (self.to_user(), &self.talk.user.model),
            Side::Candidate => (self.to_candidate(), self.talk.model()),
        };
        match request {
            Ok(request) => Next::Ask(Box::new(request), model.clone()),
            Err(fault) => {
                let words = format!("step `{}`: {}", side.step(), fault.message);
                Next::Failed(Failure::new(FailureKind::Rejected, words))
            }
        }
    }

    /// Takes what was said.
    ///
    /// # Errors
    /// A person who says nothing, or ends what has not begun.
    pub fn answer(&mut self, reply: &Reply, model: &ModelName) -> Result<(), Failure> {
        match self.turn {
            Some(Side::User) => self.hear_user(reply, model),
            Some(Side::Candidate) => self.hear_candidate(reply, model),
            None => {}
        }
        match self.last {
            None if self.turn.is_none() => {
                let (user, stop) = (&self.talk.user, &self.talk.user.stop);
                let why = if reply.text.contains(stop.as_str()) {
                    format!(
                        "ended the conversation with `{stop}` before the candidate was asked; look at what its goal says for this case"
                    )
                } else {
                    "wrote nothing, so the candidate was not asked".to_string()
                };
                let words = format!("step `{}`: the person that `{}` plays {why}", Talk::USER, user.model);
                Err(Failure::new(FailureKind::Step, words))
            }
            _ => Ok(()),
        }
    }

    fn hear_user(&mut self, reply: &Reply, model: &ModelName) {
        let (words, ends) = match reply.text.split_once(&self.talk.user.stop) {
            Some((before, _)) => (before.trim(), true),
            None => (reply.text.trim(), false),
        };
        self.note(Side::User, self.asked, reply, model);
        self.asked += 1;
        if !words.is_empty() {
            self.said.push(CaseMessage { role: Role::User, content: words.to_string() });
        }
        self.turn = if ends || words.is_empty() { None } else { Some(Side::Candidate) };
    }

    fn hear_candidate(&mut self, reply: &Reply, model: &ModelName) {
        self.note(Side::Candidate, self.answered, reply, model);
        self.answered += 1;
        self.spent.add(reply);
        if let Some(trace) = &reply.trace {
            self.trace.only_steps &= trace.only_steps;
            self.trace.contexts.extend(trace.contexts.iter().cloned());
            self.trace.tool_calls.extend(trace.tool_calls.iter().cloned());
            self.trace.cut.extend(trace.cut.iter().cloned());
        }
        self.said.push(CaseMessage { role: Role::Assistant, content: reply.text.clone() });
        self.last = Some((reply.text.clone(), reply.finish));
        // Who does not answer has no more to say.
        let silent = reply.text.trim().is_empty();
        let is_last = self.answered >= self.talk.user.turns;
        self.turn = if silent || is_last { None } else { Some(Side::User) };
        if is_last && !silent {
            let turns = if self.answered == 1 { "turn" } else { "turns" };
            self.trace.ended = Some(format!("ended at its limit of {} {turns}, not by the person", self.answered));
        }
    }

    fn note(&mut self, side: Side, round: u32, reply: &Reply, model: &ModelName) {
        let kind = match (side, &self.talk.with) {
            (Side::User, _) => "user",
            (Side::Candidate, Speaker::Prompt(_)) => "prompt",
            (Side::Candidate, Speaker::Service(name)) => name.as_str().split(':').next().unwrap_or("service"),
        };
        let step = traced(side.step(), kind, round, reply, Some(model));
        self.trace.steps.push(step);
    }

    fn ask(&self, side: Side) -> Ask {
        let Aim { candidate, case, sample } = self.aim;
        let round = if side == Side::User { self.asked } else { self.answered };
        let (candidate, case, step) = (candidate.clone(), case.clone(), side.step().to_string());
        Ask::Step { candidate, case, sample, step, round }
    }

    /// The person's own words are the model's, and the candidate's are said to it. What was said to neither is left out.
    fn to_user(&self) -> Result<Request, Diagnostic> {
        let mut variables = template::prompt_variables(self.question.input, &[], &self.said);
        variables.insert("stop".to_string(), Value::String(self.talk.user.stop.clone()));
        variables.insert("turn".to_string(), (self.asked + 1).into());
        let role = template::render(std::slice::from_ref(&self.talk.user.role), &variables)?;
        let mut messages: Vec<Message> = role.into_iter().map(|(role, content)| Message { role, content }).collect();
        let turned = self.said.iter().filter_map(|said| {
            let role = match said.role {
                Role::User => Role::Assistant,
                Role::Assistant => Role::User,
                Role::System => return None,
            };
            // Some providers refuse a message without text.
            (!said.content.trim().is_empty()).then(|| Message { role, content: said.content.clone() })
        });
        let turned: Vec<Message> = turned.collect();
        if turned.first().is_none_or(|first| first.role == Role::Assistant) {
            messages.push(Message { role: Role::User, content: BEGIN.to_string() });
        }
        messages.extend(turned);
        Ok(Request::new(self.ask(Side::User), messages, None))
    }

    fn to_candidate(&self) -> Result<Request, Diagnostic> {
        let ask = self.ask(Side::Candidate);
        let words = self.said.iter().rev().find(|said| said.role == Role::User);
        let input = Value::String(words.map(|said| said.content.clone()).unwrap_or_default());
        let question = Question { input: &input, context: self.question.context, messages: &self.said };
        let mut variables = template::prompt_variables(question.input, question.context, &question.messages);
        variables.insert("turn".to_string(), (self.answered + 1).into());
        match &self.talk.with {
            Speaker::Prompt(prompt) => {
                let filled = template::render(&prompt.messages, &variables)?;
                let mut messages: Vec<Message> =
                    filled.into_iter().map(|(role, content)| Message { role, content }).collect();
                if !tells_itself(prompt) {
                    if let [only] = messages.as_mut_slice() {
                        only.role = Role::System;
                    }
                    messages.extend(
                        self.said.iter().map(|said| Message { role: said.role, content: said.content.clone() }),
                    );
                }
                Ok(Request::new(ask, messages, None))
            }
            Speaker::Service(model) => {
                let service = self.models.get(model).and_then(|spec| spec.service.as_deref());
                let Some(service) = service else { return Ok(Request::of_payload(ask, &Value::Null)) };
                let payload = service::payload(service, question, &ask, &variables)?;
                Ok(Request::of_payload(ask.clone(), &payload))
            }
        }
    }

    fn output(&mut self) -> Next {
        let Some((text, finish)) = self.last.take() else {
            return Next::Failed(Failure::new(FailureKind::Step, "nothing was said"));
        };
        let trace = self.told();
        let Spent { usage, usd, latency_ms, .. } = self.spent;
        let reply = Reply { finish, usage, usd, latency_ms, trace: Some(Box::new(trace)), ..Reply::of_text(text) };
        Next::Output(Box::new(reply))
    }

    fn told(&mut self) -> Trace {
        let mut trace = std::mem::take(&mut self.trace);
        let turn = |said: &CaseMessage| Turn { role: said.role.as_str().to_string(), content: said.content.clone() };
        trace.messages = self.said.iter().map(turn).collect();
        trace.within_limits()
    }

    /// What was said so far.
    pub fn so_far(mut self, why: Option<&str>) -> Trace {
        if let (Some(side), Some(why)) = (self.turn, why) {
            let round = if side == Side::User { self.asked } else { self.answered };
            let name = side.step().to_string();
            self.trace.steps.push(TracedStep { name, round, error: Some(why.to_string()), ..TracedStep::default() });
        }
        self.told()
    }
}

impl Side {
    fn step(self) -> &'static str {
        match self {
            Self::User => Talk::USER,
            Self::Candidate => Talk::REPLY,
        }
    }
}

/// Whether a prompt writes the conversation itself; else it is told beside it, turn for turn.
pub fn tells_itself(prompt: &Prompt) -> bool {
    let names = ["input", "messages"];
    prompt.messages.iter().any(|message| {
        let used = template::variables(&message.content);
        names.iter().any(|name| used.contains(*name))
    })
}

#[cfg(test)]
mod tests;
