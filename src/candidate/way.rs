//! A candidate that is asked more than once for an output → the way there, whatever it is made of.

use std::time::Duration;

use super::conversation::Conversation;
use super::walk::{Aim, Next, Walk};
use crate::dataset::Question;
use crate::model::{Failure, Reply};
use crate::suite::{CandidateSource, ModelName, Suite};
use crate::trace::Trace;

/// One case on its way to an output.
#[derive(Debug)]
pub enum Way<'a> {
    /// Through the steps of a pipeline.
    Steps(Walk<'a>),
    /// Turn after turn of a conversation.
    Turns(Conversation<'a>),
}

impl<'a> Way<'a> {
    /// The start; `None` for a candidate that is asked once, or not at all.
    pub fn of(suite: &'a Suite, question: Question<'a>, aim: Aim<'a>) -> Option<Self> {
        match &suite.candidates.get(aim.candidate)?.source {
            CandidateSource::Steps(pipeline) => Some(Self::Steps(Walk::new(pipeline, &suite.models, question, aim))),
            CandidateSource::Talk(talk) => Some(Self::Turns(Conversation::new(talk, &suite.models, question, aim))),
            CandidateSource::Prompt(_) | CandidateSource::Service(_) | CandidateSource::Outputs(_) => None,
        }
    }

    /// Goes on until somebody has to be asked. `seconds` is the time that the case took so far.
    pub fn next(&mut self, seconds: f64) -> Next {
        match self {
            Self::Steps(walk) => walk.next(seconds),
            Self::Turns(conversation) => conversation.next(),
        }
    }

    /// The time that may pass until the answer is there, and what to say where it is not; `None` without a limit.
    pub fn within(&self, seconds: f64) -> Option<(Duration, Failure)> {
        match self {
            Self::Steps(walk) => Some((walk.left(seconds)?, walk.out_of_time())),
            Self::Turns(_) => None,
        }
    }

    /// Takes the answer to what was asked last.
    ///
    /// # Errors
    /// Why there will be no output.
    pub fn answer(&mut self, reply: &Reply, model: &ModelName) -> Result<(), Failure> {
        match self {
            Self::Steps(walk) => walk.answer(reply, model),
            Self::Turns(conversation) => conversation.answer(reply, model),
        }
    }

    /// What has been done so far, within the limits of a trace; `why` is what became of the step that is next, where the way
    /// ends there.
    pub fn so_far(self, why: Option<&str>) -> Trace {
        match self {
            Self::Steps(walk) => walk.so_far(why),
            Self::Turns(conversation) => conversation.so_far(why),
        }
    }
}
