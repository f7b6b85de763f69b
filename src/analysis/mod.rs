//! Tables and statistics → findings: what was measured, how sure it is, and on which cases it moved.
//!
//! Everything here is computed from a stored run; no model is called and nothing is printed.

mod data;
mod error;
mod findings;
mod measure;

pub use data::{CaseInfo, Data, MetricScores, Tables};
pub use error::AnalysisError;
pub use findings::{
    Analysis, CandidateFindings, Comparison, Cost, Counts, Distribution, JudgeFindings, Level, MissingBounds, MetricInfo, Opinion,
    PromptChange, Share, SideOfStory, Slice, Spending, StatusCounts, Story, StoryMetric,
};
pub use measure::{Measured, Record};
