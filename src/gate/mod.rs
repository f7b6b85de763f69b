//! Findings and policy → a decision, with the reason in one sentence.

mod decision;

pub use decision::{Decision, Ruling, RuleState, Verdict};
