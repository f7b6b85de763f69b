//! What is asked → the request that asks it.

use serde_json::json;

use super::briefings::Briefings;
use crate::candidate::{self, Aim, Next, Way};
use crate::check::compared;
use crate::dataset::Case;
use crate::judge::{self, Briefing, Exhibit, Reading, Shown};
use crate::model::{Ask, Failure, Message, Reply, Request};
use crate::store::Event;
use crate::suite::{CandidateName, CheckKind, ModelName, Role, Suite};

/// The request for a verdict on one output, or on two in the order they are shown: to a judge, or to the program of a
/// check, which is shown the whole case and never whose output it is.
///
/// `None` where the suite has no such metric that asks.
pub fn verdict(suite: &Suite, briefings: &Briefings, case: &Case, ask: &Ask, outputs: &[Shown<'_>]) -> Option<Request> {
    if let Some(check) = suite.metrics.get(ask.metric()?)?.check() {
        let [Shown { text, trace }] = outputs else { return None };
        if let CheckKind::Similar { .. } = check.kind {
            let said = compared(&check.kind, text, case)?.map(|content| Message { role: Role::User, content });
            return Some(Request::new(ask.clone(), said.into(), None));
        }
        let line = json!({"id": ask.line_id(), "output": text, "case": case, "trace": trace});
        return Some(Request::of_payload(ask.clone(), &line));
    }
    let briefing = briefings.about(ask)?;
    let brief = judge::brief(briefing, &exhibit(case, outputs), briefings.fence_key());
    Some(Request::opened(ask.clone(), &brief.opening, brief.messages, brief.schema))
}

/// What a judge may be shown of a case and its outputs.
pub fn exhibit<'a>(case: &'a Case, outputs: &'a [Shown<'a>]) -> Exhibit<'a> {
    Exhibit { input: &case.input, reference: case.reference.as_ref(), context: &case.context, outputs }
}

/// The request that asks once more after a reply that could not be read.
pub fn repair(briefing: &Briefing, first: &Request, unreadable: &str, why: &str) -> Option<Request> {
    let ask = first.ask.repaired()?;
    let messages = judge::repair(&briefing.rubric, first.messages(), unreadable, why);
    Some(Request::new(ask, messages, first.schema().cloned()))
}

/// The digest of a request: what is said, to which model of the suite. How that model is set up is part of the plan's
/// digest.
pub fn digest(model: &ModelName, request: &Request) -> String {
    let mut hasher = blake3::Hasher::new_keyed(request.content());
    hasher.update(model.as_str().as_bytes()).finalize().to_hex().to_string()
}

/// The request of a step, found on the way that the journal tells of.
fn step(suite: &Suite, case: &Case, events: &[Event], wanted: &Ask) -> Option<Request> {
    let Ask::Step { candidate, sample, .. } = wanted else { return None };
    let aim = Aim { candidate, case: &case.id, sample: *sample };
    let mut way = Way::of(suite, case.question(), aim)?;
    while let Next::Ask(request, model) = way.advance() {
        if request.ask == *wanted {
            return Some(*request);
        }
        let reply = events.iter().rev().find_map(|event| match event {
            Event::Reply { ask, reply, .. } if *ask == request.ask => Some(reply),
            _ => None,
        })?;
        way.answer(reply, &model).ok()?;
    }
    None
}

/// What a request says, as messages; what a system of the user's own is sent, as one.
fn said(request: &Request) -> Vec<Message> {
    match request.payload() {
        Some(payload) => vec![Message { role: Role::User, content: payload.to_string() }],
        None => request.messages().to_vec(),
    }
}

/// One question as it was asked, with what came back.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// The question.
    pub ask: Ask,
    /// The messages, rebuilt from the case and the outputs; `None` for outputs that existed already.
    pub messages: Option<Vec<Message>>,
    /// What came back.
    pub answer: Result<Reply, Vec<Failure>>,
}

/// The exchanges of one case's events, in the order they ended.
pub fn requests_of(suite: &Suite, events: &[Event]) -> Vec<Exchange> {
    let case = events.iter().find_map(|event| match event {
        Event::Case { case, .. } => Some(case),
        _ => None,
    });
    let output_of = |candidate: &CandidateName, sample: u32| {
        events.iter().rev().find_map(|event| match event {
            Event::Reply { ask: Ask::Output { candidate: of, sample: n, .. }, reply, .. }
                if of == candidate && *n == sample =>
            {
                Some(Shown::from(reply.as_ref()))
            }
            _ => None,
        })
    };
    let briefings = Briefings::new(suite);
    let shown = |ask: &Ask| match ask {
        Ask::Output { .. } | Ask::Step { .. } => None,
        Ask::Score { candidate, sample, .. } => Some(vec![output_of(candidate, *sample)?]),
        Ask::Preference { first, second, sample, .. } => {
            Some(vec![output_of(first, *sample)?, output_of(second, *sample)?])
        }
    };
    let first = |ask: &Ask| {
        let case = case?;
        match ask {
            Ask::Output { candidate, .. } => {
                let spec = suite.candidates.get(candidate)?;
                candidate::request(spec, &suite.models, case.question(), ask).ok()?
            }
            Ask::Step { .. } => step(suite, case, events, ask),
            Ask::Score { .. } | Ask::Preference { .. } => verdict(suite, &briefings, case, ask, &shown(ask)?),
        }
    };
    let request = |ask: &Ask| {
        let Some(original) = ask.original() else { return first(ask) };
        let reply = events.iter().find_map(|event| match event {
            Event::Reply { ask, reply, .. } if *ask == original => Some(reply),
            _ => None,
        })?;
        let briefing = briefings.about(ask)?;
        let why = match judge::verdict(&briefing.rubric, reply, &exhibit(case?, &shown(ask)?)).reading {
            Reading::Unparsed(why) => why,
            _ => String::new(),
        };
        repair(briefing, &first(&original)?, &reply.text, &why)
    };
    let exchange = |event: &Event| {
        let (ask, answer) = match event {
            Event::Reply { ask, reply, .. } => (ask, Ok(reply.as_ref().clone())),
            Event::Failed { ask, failures, .. } => (ask, Err(failures.clone())),
            _ => return None,
        };
        Some(Exchange { ask: ask.clone(), messages: request(ask).map(|request| said(&request)), answer })
    };
    events.iter().filter_map(exchange).collect()
}
