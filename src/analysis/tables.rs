//! The tables of a run, open for reading; they are read in parts, and never held whole.

use std::path::Path;

use polars::prelude::*;

use super::AnalysisError;
use crate::store::{CaseRow, OutputRow, StoredTable, VerdictRow};

/// The tables of a run.
#[derive(Debug)]
pub struct Tables {
    /// `cases.parquet`: a row a case, in plan order.
    pub cases: StoredTable,
    /// `outputs.parquet`.
    pub outputs: StoredTable,
    /// `verdicts.parquet`.
    pub verdicts: StoredTable,
}

impl Tables {
    /// Opens the tables in a run's folder.
    ///
    /// # Errors
    /// A table that is missing, damaged, cut short, or lacks a column.
    pub fn read(folder: &Path) -> Result<Self, AnalysisError> {
        Ok(Self {
            cases: StoredTable::open::<CaseRow>(folder)?,
            outputs: StoredTable::open::<OutputRow>(folder)?,
            verdicts: StoredTable::open::<VerdictRow>(folder)?,
        })
    }
}

/// A column of texts.
pub(super) fn texts<'a>(frame: &'a DataFrame, column: &str) -> PolarsResult<&'a StringChunked> {
    frame.column(column)?.str()
}

/// A column of whole numbers from 0.
pub(super) fn wholes<'a>(frame: &'a DataFrame, column: &str) -> PolarsResult<&'a UInt64Chunked> {
    frame.column(column)?.u64()
}

/// A column of numbers.
pub(super) fn numbers<'a>(frame: &'a DataFrame, column: &str) -> PolarsResult<&'a Float64Chunked> {
    frame.column(column)?.f64()
}

/// The place of the case that a row is about.
pub(super) fn position(index: u64) -> usize {
    usize::try_from(index).unwrap_or(usize::MAX)
}

/// Hands over the place of the case, the candidate and the text of each row of outputs that has a text.
pub(super) fn each_text(frame: &DataFrame, mut add: impl FnMut(usize, &str, &str)) -> PolarsResult<()> {
    let (index, candidate, text) = (wholes(frame, "index")?, texts(frame, "candidate")?, texts(frame, "text")?);
    for row in 0..frame.height() {
        if let (Some(index), Some(name), Some(text)) = (index.get(row), candidate.get(row), text.get(row)) {
            add(position(index), name, text);
        }
    }
    Ok(())
}
