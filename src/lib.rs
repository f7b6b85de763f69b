//! karat measures LLM prompts and pipelines against a gold standard and decides with statistics
//! whether a change may ship.
//!
//! The way of the data, one direction: a module may use what stands above it, never what stands below.

pub mod diagnostic;

pub mod json;

#[cfg(test)]
mod published;

pub mod suite;

pub mod trace;

pub mod dataset;

pub mod retrieve;

pub mod model;

pub mod mock;

pub mod candidate;

pub mod judge;

pub mod check;

pub mod store;

pub mod run;

pub mod stats;

pub mod analysis;

pub mod gate;

pub mod report;

pub mod cli;
