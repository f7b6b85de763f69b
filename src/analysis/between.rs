//! Two stored runs → the differences between a candidate of one and a candidate of the other, on the cases that both have.

use super::analyse::Study;
use super::cases::Key;
use super::compare::Precision;
use super::controls::anchors;
use super::earlier::{Earlier, JudgedBy, Overlap};
use super::error::AnalysisError;
use super::findings::Comparison;
use super::gather::Gathered;
use super::sequence::Turns;
use crate::suite::CandidateName;

/// Holds one candidate of the run that is studied against that of the earlier one. Metrics whose judge card differs and
/// pairwise ones have no difference; cases that were edited, or that only one run has, are left out. What was left out is
/// said in the overlap.
///
/// # Errors
/// Tables that cannot be read.
pub fn between(
    study: Study<'_>,
    earlier: &Earlier,
    candidate: &CandidateName,
) -> Result<(Vec<Comparison>, Overlap), AnalysisError> {
    let Study { suite, pairs, cards, tables, sequence, controls, .. } = study;
    let Gathered { mut data, tally, .. } = Gathered::read(suite, pairs, tables)?;
    data.turns = sequence.map(|sequence| Turns::of(sequence, suite, tables)).transpose()?;
    let gate = suite.gate.as_ref();
    let precision = Precision { alpha: gate.map_or(0.05, |g| g.alpha), min_cases: gate.map_or(30, |g| g.min_cases) };
    let judged = JudgedBy { cards, versions: tally.judges(suite), anchors: anchors("", cards, controls)? };
    let overlap = data.lay_beside(&Key::read(tables)?, earlier, &judged, (None, precision.min_cases), |_| true);
    let comparisons = data.comparisons(&overlap.name, candidate, &[], precision);
    Ok((comparisons, overlap))
}
