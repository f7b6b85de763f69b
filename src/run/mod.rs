//! Plan → execute → events into the store; and from the events, the tables.
//!
//! [`Plan`] says what will be asked, in which order. [`execute`] asks it and writes the journal.
//! [`Deriver`] reads a case's events and computes every output and verdict row from them; nothing else does,
//! so a live run and a replay cannot differ. [`tabulate()`] does so for all cases of a journal.
//!
//! Cases go by one at a time, in each of these steps: none of them holds what grows with their number but a few bytes.

mod ahead;
mod audit;
mod briefings;
mod cases;
mod controls;
mod corpora;
mod derive;
mod engine;
mod escalation;
mod estimate;
mod feed;
mod foresight;
mod gather;
mod gold;
mod lending;
mod lookups;
mod offline;
mod plan;
mod planned;
mod priced;
mod programs;
mod recorded_steps;
mod rejudge;
mod requests;
mod sequence;
mod spent;
mod stored_outputs;
mod tabulate;
#[cfg(test)]
mod tests;
mod turns;
mod work;

pub use audit::{AuditOptions, RIVAL, Variant, audit_file, audit_suite};
pub use cases::{PlacedCases, PlannedCases};
pub use controls::{
    ANCHOR, ANCHOR_PAIR, Control, ControlKind, Controlled, control_folders, execute_with_controls, tabulate_controls,
};
pub use corpora::Volume;
pub use derive::{Derived, Deriver};
pub use engine::{Decider, Ended, Execution, LookError, Progress, RunError, execute};
pub use estimate::{Asker, Detour, Earlier, Estimate, Part};
pub use offline::{calls_spared, check_offline};
pub use plan::{Plan, PlanError, PlanOptions, baseline, commit_of, pairs};
pub use planned::{Planned, asks_a_case};
pub use requests::{Exchange, requests_of};
pub use spent::spent_so_far;
pub use stored_outputs::StoredOutputs;
pub use tabulate::tabulate;
