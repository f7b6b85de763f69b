//! Where there are no process groups: no command is started.

use std::io::{Error, ErrorKind, Result as IoResult};

use super::pool::Program;
use crate::model::FailureKind;
use crate::suite::CommandMode;

/// A process that there cannot be.
#[derive(Debug)]
pub(super) enum Worker {}

impl Worker {
    pub(super) fn start(_: &Program) -> IoResult<Self> {
        Err(Error::new(ErrorKind::Unsupported, "commands are run on Unix only"))
    }

    pub(super) fn is_ready(&mut self) -> bool {
        match *self {}
    }

    pub(super) fn id(&self) -> u32 {
        match *self {}
    }

    pub(super) fn has_answered(&self) -> bool {
        match *self {}
    }

    pub(super) fn ended_well(&mut self) -> bool {
        match *self {}
    }

    pub(super) fn ahead(&self) -> Option<Ahead> {
        match *self {}
    }

    pub(super) async fn tell(&mut self, _: &str, _: CommandMode) {
        match *self {}
    }

    pub(super) async fn hear(&mut self, _: CommandMode) -> Result<Vec<u8>, (FailureKind, String)> {
        match *self {}
    }

    pub(super) fn listen(&mut self) {
        match *self {}
    }

    pub(super) fn said(&mut self) -> String {
        match *self {}
    }

    pub(super) fn close(&mut self) {
        match *self {}
    }

    pub(super) fn end_now(self) {
        match self {}
    }
}

/// There is none to end.
pub fn end_all() {}

/// The way to one.
#[derive(Debug)]
pub(super) enum Ahead {}

impl Ahead {
    pub(super) fn tell(&self, _: &str) -> bool {
        match *self {}
    }
}
