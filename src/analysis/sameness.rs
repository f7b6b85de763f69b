//! Outputs → the candidates that say the same to every case: a null model, which judges have been seen to prefer
//! (arXiv:2410.07137), and which nobody has to be asked about.

use std::collections::BTreeMap;

use super::error::AnalysisError;
use super::findings::Cause;
use super::tables::{Tables, texts};
use crate::store::Status;
use crate::suite::{CandidateName, Suite};

/// Of fewer outputs nothing is said: a few questions may well have one answer.
const LEAST: u64 = 10;

/// What one candidate has said so far.
struct Said {
    text: Option<String>,
    outputs: u64,
    differs: bool,
}

/// Each judged candidate that gave one and the same text to all of its cases. Reads no further than it has to: mostly the
/// first rows.
///
/// # Errors
/// A table that is damaged.
pub(super) fn constant(suite: &Suite, tables: &Tables) -> Result<Vec<Cause>, AnalysisError> {
    if suite.metrics.values().all(|metric| metric.rubric().is_none()) {
        return Ok(Vec::new());
    }
    let mut said: Vec<(&CandidateName, Said)> =
        suite.candidates.keys().map(|name| (name, Said { text: None, outputs: 0, differs: false })).collect();
    for frame in tables.outputs.frames(&["candidate", "text"]) {
        let frame = frame?;
        let column = |name| texts(&frame, name).map_err(|why| tables.outputs.damaged(&why));
        for (name, text) in column("candidate")?.iter().zip(column("text")?.iter()) {
            let (Some(name), Some(text)) = (name, text) else { continue };
            let Some((_, said)) = said.iter_mut().find(|(known, _)| known.as_str() == name) else { continue };
            said.outputs += 1;
            match &said.text {
                None => said.text = Some(text.to_string()),
                Some(first) => said.differs |= first != text,
            }
        }
        if said.iter().all(|(_, said)| said.differs) {
            break;
        }
    }
    // Empty answers are told of already.
    let is_constant = |said: &Said| {
        !said.differs && said.outputs >= LEAST && said.text.as_ref().is_some_and(|text| !text.trim().is_empty())
    };
    let cause = |(name, said): (&CandidateName, Said)| Cause {
        of: "outputs".to_string(),
        status: Status::Ok,
        reason: format!("{name} says the same whatever is asked"),
        count: said.outputs,
        by: BTreeMap::new(),
    };
    Ok(said.into_iter().filter(|(_, said)| is_constant(said)).map(cause).collect())
}
