//! Findings and decision → what people and machines read. One file a format.

pub mod number;
mod summary;
mod text;
mod wording;

pub mod audit;
pub mod calibration;
pub mod comparison;
pub mod difference;
pub mod dossier;
pub mod estimate;
pub mod github;
pub mod html;
pub mod json;
pub mod junit;
pub mod markdown;
pub mod several;
pub mod terminal;

#[cfg(test)]
mod sample;

pub use summary::{Meta, Report, SuiteInfo, Summary};
pub use text::visible;
pub use wording::{changed as changed_judge, drifted as drifted_judge};

/// A report that could not be written in some format: a fault of karat's own, since every report can be.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// The page.
    #[error("the report cannot be written as an HTML page")]
    Html(#[from] minijinja::Error),
    /// `summary.json`.
    #[error("the summary cannot be written as JSON")]
    Json(#[from] serde_json::Error),
    /// `junit.xml`.
    #[error("the report cannot be written as JUnit XML")]
    Junit(#[from] quick_junit::SerializeError),
}
