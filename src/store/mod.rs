//! Runs on disk: the manifest, the append-only journal, the Parquet tables, and accepted baselines.
//!
//! ```text
//! .karat/runs/<id>/manifest.json     what was planned: suite, digests, seed, versions
//!                  events.jsonl      what happened, one JSON object a line, only ever appended to
//!                  cases.parquet     what was asked, with tags, clusters and labels
//!                  outputs.parquet   one row an output
//!                  verdicts.parquet  one row a verdict or check
//!                  summary.json      what was found
//! ```
//!
//! The journal alone is enough to build everything below it again.

mod anchors;
mod baseline;
mod error;
mod event;
mod event_index;
mod event_line;
mod events;
mod journal;
mod lines;
mod manifest;
mod rows;
mod runs;
mod stored_table;
mod table;

pub use anchors::{AnchorRecord, AnchorScore, Anchors, JudgeVersions, read_reference, write_reference};
pub use baseline::{BASELINE_FORMAT, Baseline, BaselineCase};
pub use error::StoreError;
pub use event::{EVENTS_FORMAT, Event};
pub use event_index::EventIndex;
pub use events::Events;
pub use journal::{Journal, Recovered};
pub use manifest::{MANIFEST_FORMAT, Manifest, Sequence, SourceRun, Versions};
pub use rows::{CUT_ANSWER, CallRow, CaseRow, EMPTY_ANSWER, MatchRow, OutputRow, Status, VerdictKind, VerdictRow};
pub use runs::{Run, RunId, Runs};
pub use stored_table::StoredTable;
pub use table::{Row, TableWriter};
