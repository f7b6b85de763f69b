//! Cases that are few enough to be held, as a source like any other.

use crate::dataset::{Case, Cases, Source};
use crate::diagnostic::Diagnostics;

/// The cases.
#[derive(Debug)]
pub(super) struct Few(Vec<Case>);

impl Few {
    pub fn new(cases: Vec<Case>) -> Self {
        Self(cases)
    }
}

impl Source for Few {
    fn shown(&self) -> &'static str {
        "what the judges are shown beside the cases"
    }

    fn cases(&self) -> Result<Cases, Diagnostics> {
        Ok(Box::new(self.0.clone().into_iter().map(Ok)))
    }
}
