//! Tables and statistics → findings: what was measured, how sure it is, and on which cases it moved.
//!
//! Everything here is computed from a stored run; no model is called and nothing is printed.

mod compare;
mod data;
mod distribution;
mod error;
mod findings;
mod measure;
mod stories;
mod tally;

pub use compare::{POWER, Precision};
pub use data::{CaseInfo, Data, MetricScores, Tables};
pub use error::AnalysisError;
pub use findings::{
    Analysis, CandidateFindings, Comparison, Cost, Counts, Distribution, JudgeFindings, Level, MetricInfo, MissingBounds,
    Opinion, PromptChange, Share, SideOfStory, Slice, Spending, StatusCounts, Story, StoryMetric,
};
pub use measure::{Measured, Record};
pub use stories::HowMany;

/// What kind of metric a spec describes, in a word.
fn kind_of(spec: &crate::suite::MetricSpec) -> &'static str {
    match spec.rubric() {
        None => "check",
        Some(_) if spec.is_pairwise() => "pairwise",
        Some(_) => "pointwise",
    }
}
