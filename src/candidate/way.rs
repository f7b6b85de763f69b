//! A candidate that is asked more than once for an output → the way there, whatever it is made of.

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

    /// Goes on until somebody has to be asked.
    pub fn advance(&mut self) -> Next {
        match self {
            Self::Steps(walk) => walk.advance(),
            Self::Turns(conversation) => conversation.advance(),
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
