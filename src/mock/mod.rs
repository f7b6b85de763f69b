//! A stand-in for a model server, for dry runs and tests: deterministic replies, with the latency and faults it is told.
//!
//! It speaks the formats that karat speaks. Nothing it says is a model's: every text opens with "mock reply", and its
//! models are called `mock-…`.

mod draw;
mod embedding;
mod fault;
mod format;
mod logprobs;
mod serve;
mod server;
mod settings;
mod tally;
mod text;

#[cfg(test)]
mod tests;

pub use fault::Fault;
pub use server::Server;
pub use settings::{FaultShare, Settings};
pub use tally::{Asked, Stats};
