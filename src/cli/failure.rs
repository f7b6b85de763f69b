//! What can end a command early, and the exit code it comes to.

use std::path::Path;

use super::exit::Exit;
use crate::analysis::AnalysisError;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::CacheError;
use crate::report::RenderError;
use crate::run::{LookError, RunError};
use crate::store::StoreError;

/// Why a command could not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// Mistakes in what the user wrote.
    #[error(transparent)]
    Mistakes(#[from] Diagnostics),
    /// A run on disk.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A dataset that is not what it was when the run was planned.
    #[error(transparent)]
    Changed(Diagnostics),
    /// What a run has so far, which nobody could look at.
    #[error("what was judged so far cannot be looked at: {0}")]
    Look(LookError),
    /// The cache, where a command is about it; a run goes on without.
    #[error("the cache {0}")]
    Cache(#[from] CacheError),
    /// The findings.
    #[error(transparent)]
    Analysis(#[from] AnalysisError),
    /// A report.
    #[error(transparent)]
    Render(#[from] RenderError),
    /// The file system.
    #[error("cannot {action} {path}: {source}")]
    Io {
        /// `write`, `create`.
        action: &'static str,
        /// The file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
}

impl From<Diagnostic> for Failure {
    fn from(one: Diagnostic) -> Self {
        Self::Mistakes(one.into())
    }
}

impl From<RunError> for Failure {
    fn from(error: RunError) -> Self {
        match error {
            RunError::Store(error) => Self::Store(error),
            RunError::Cases(changed) => Self::Changed(changed),
            RunError::Look(why) => Self::Look(why),
        }
    }
}

impl Failure {
    /// The exit code. A name that no run has is a mistake in the command; a disk that fails is a failed measurement.
    pub fn exit(&self) -> Exit {
        match self {
            Self::Mistakes(_) | Self::Store(StoreError::NoSuchRun(_) | StoreError::Locked(_)) => Exit::Usage,
            Self::Changed(_)
            | Self::Store(_)
            | Self::Look(_)
            | Self::Cache(_)
            | Self::Analysis(_)
            | Self::Render(_)
            | Self::Io { .. } => Exit::Invalid,
        }
    }

    /// What a person reads.
    pub fn words(&self, colour: bool) -> String {
        match self {
            Self::Mistakes(mistakes) | Self::Changed(mistakes) => mistakes.render(colour),
            Self::Store(damaged @ StoreError::Damaged { .. }) => Diagnostic::new(damaged.to_string())
                .hint("mend the file, or move the run's folder away to begin anew")
                .render(colour),
            Self::Cache(_) => Diagnostic::new(self.to_string())
                .hint("`karat cache clear` removes it; nothing is lost but time and the price of asking again")
                .render(colour),
            Self::Store(table @ StoreError::Unusable { path, .. })
            | Self::Analysis(AnalysisError::Store(table @ StoreError::Unusable { path, .. })) => {
                let run = path.parent().and_then(Path::file_name).unwrap_or_default().to_string_lossy();
                Diagnostic::new(table.to_string())
                    .hint(format!(
                        "the journal beside it has all that was in it: `karat replay {run}` builds the tables again"
                    ))
                    .render(colour)
            }
            other => Diagnostic::new(other.to_string()).render(colour),
        }
    }
}
