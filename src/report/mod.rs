//! Findings and decision → what people and machines read. One file a format.

mod summary;

pub use summary::{Meta, Report, Summary, SuiteInfo};
