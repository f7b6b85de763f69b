//! Rows → a Parquet file, a row group at a time.

use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use polars::prelude::*;
use polars_io::parquet::write::{BatchedWriter, ParquetCompression, ParquetWriter};
use polars_utils::compression::ZstdLevel;

use super::{CallRow, CaseRow, OutputRow, StoreError, VerdictRow};

/// Rows that are gathered before a row group is written, and bytes of text: whichever comes first.
const ROWS_A_GROUP: usize = 4096;
const TEXT_A_GROUP: usize = 2 << 20;

/// Of zstd's levels: the usual one takes twice as long.
const ZSTD_LEVEL: i32 = 1;

/// A kind of row that a table can hold.
pub trait Row: Sized {
    /// The table's file name.
    const FILE: &'static str;
    /// About how many bytes of text the row holds.
    fn text(&self) -> usize;
    /// The rows as a frame, the columns in their documented order.
    ///
    /// # Errors
    /// Polars'.
    fn frame(rows: &[Self]) -> PolarsResult<DataFrame>;
}

/// A table that is being written. Memory holds one row group at most.
pub struct TableWriter<R: Row> {
    path: PathBuf,
    pending: Vec<R>,
    /// Bytes of text in what is pending.
    text: usize,
    writer: BatchedWriter<BufWriter<File>>,
}

impl<R: Row> TableWriter<R> {
    /// A new table in a folder, in place of an earlier one.
    ///
    /// # Errors
    /// The file system's.
    pub fn create(folder: &Path) -> Result<Self, StoreError> {
        let path = folder.join(R::FILE);
        let file = File::create(&path).map_err(StoreError::io("create", &path))?;
        let empty = R::frame(&[]).map_err(StoreError::table("write", &path))?;
        let level = ZstdLevel::try_new(ZSTD_LEVEL).map_err(StoreError::table("write", &path))?;
        let writer = ParquetWriter::new(BufWriter::new(file))
            .with_compression(ParquetCompression::Zstd(Some(level)))
            .batched(empty.schema())
            .map_err(StoreError::table("write", &path))?;
        Ok(Self { path, pending: Vec::new(), text: 0, writer })
    }

    /// Adds one row.
    ///
    /// # Errors
    /// The file system's, when a row group is written.
    pub fn push(&mut self, row: R) -> Result<(), StoreError> {
        self.append(vec![row])
    }

    /// Adds some rows: a row is wide, and many are moved at once.
    ///
    /// # Errors
    /// As above.
    pub fn append(&mut self, mut rows: Vec<R>) -> Result<(), StoreError> {
        while !rows.is_empty() {
            let mut fit = 0;
            for row in rows.iter().take(ROWS_A_GROUP - self.pending.len()) {
                fit += 1;
                self.text += row.text();
                if self.text >= TEXT_A_GROUP {
                    break;
                }
            }
            self.pending.extend(rows.drain(..fit));
            if self.pending.len() >= ROWS_A_GROUP || self.text >= TEXT_A_GROUP {
                self.flush()?;
            }
        }
        Ok(())
    }

    /// Writes what is pending and the table's end.
    ///
    /// # Errors
    /// The file system's.
    pub fn finish(mut self) -> Result<(), StoreError> {
        self.flush()?;
        self.writer.finish().map_err(StoreError::table("write", &self.path))?;
        Ok(())
    }

    fn flush(&mut self) -> Result<(), StoreError> {
        if self.pending.is_empty() {
            return Ok(());
        }
        let frame = R::frame(&self.pending).map_err(StoreError::table("write", &self.path))?;
        self.pending.clear();
        self.text = 0;
        self.writer.write_batch(&frame).map_err(StoreError::table("write", &self.path))
    }
}

impl Row for CaseRow {
    const FILE: &'static str = "cases.parquet";

    fn text(&self) -> usize {
        self.body.len()
    }

    fn frame(rows: &[Self]) -> PolarsResult<DataFrame> {
        df![
            "index" => column(rows, |r| r.index),
            "case" => column(rows, |r| r.case.as_str()),
            "digest" => column(rows, |r| r.digest.as_str()),
            "cluster" => column(rows, |r| r.cluster.as_deref()),
            "body" => column(rows, |r| r.body.as_str()),
        ]
    }
}

impl Row for OutputRow {
    const FILE: &'static str = "outputs.parquet";

    fn text(&self) -> usize {
        [&self.text, &self.trace].into_iter().flatten().map(String::len).sum()
    }

    fn frame(rows: &[Self]) -> PolarsResult<DataFrame> {
        let mut frame = df![
            "index" => column(rows, |r| r.index),
            "case" => column(rows, |r| r.case.as_str()),
            "candidate" => column(rows, |r| r.candidate.as_str()),
            "sample" => column(rows, |r| r.sample),
            "status" => column(rows, |r| r.status.as_str()),
            "text" => column(rows, |r| r.text.as_deref()),
            "error" => column(rows, |r| r.error.as_deref()),
            "trace" => column(rows, |r| r.trace.as_deref()),
        ]?;
        with_call(&mut frame, rows, |r| &r.call)?;
        Ok(frame)
    }
}

impl Row for VerdictRow {
    const FILE: &'static str = "verdicts.parquet";

    fn text(&self) -> usize {
        [&self.criteria, &self.reasoning].into_iter().flatten().map(String::len).sum()
    }

    fn frame(rows: &[Self]) -> PolarsResult<DataFrame> {
        let mut frame = df![
            "index" => column(rows, |r| r.index),
            "case" => column(rows, |r| r.case.as_str()),
            "metric" => column(rows, |r| r.metric.as_str()),
            "kind" => column(rows, |r| r.kind.as_str()),
            "candidate" => column(rows, |r| r.candidate.as_str()),
            "second" => column(rows, |r| r.second.as_deref()),
            "sample" => column(rows, |r| r.sample),
            "verdict_sample" => column(rows, |r| r.verdict_sample),
            "judge" => column(rows, |r| r.judge.as_deref()),
            "decides" => column(rows, |r| r.decides),
            "round" => column(rows, |r| r.met.as_ref().map(|met| met.round)),
            "winner" => column(rows, |r| r.met.as_ref().and_then(|met| met.winner.as_deref())),
            "by_lot" => column(rows, |r| r.met.as_ref().map(|met| met.by_lot)),
            "status" => column(rows, |r| r.status.as_str()),
            "value" => column(rows, |r| r.value),
            "method" => column(rows, |r| r.method.as_deref()),
            "mass" => column(rows, |r| r.mass),
            "confidence" => column(rows, |r| r.confidence),
            "criteria" => column(rows, |r| r.criteria.as_deref()),
            "reasoning" => column(rows, |r| r.reasoning.as_deref()),
            "failure" => column(rows, |r| r.failure.as_deref()),
            "error" => column(rows, |r| r.error.as_deref()),
            "alarm" => column(rows, |r| r.alarm.as_deref()),
            "repaired" => column(rows, |r| r.repaired),
        ]?;
        with_call(&mut frame, rows, |r| &r.call)?;
        Ok(frame)
    }
}

/// One field of all rows.
fn column<'a, R, T>(rows: &'a [R], field: impl Fn(&'a R) -> T) -> Vec<T> {
    rows.iter().map(field).collect()
}

/// Adds the columns that say what a call took.
fn with_call<R>(frame: &mut DataFrame, rows: &[R], call: impl Fn(&R) -> &CallRow) -> PolarsResult<()> {
    let calls = df![
        "model" => column(rows, |r| call(r).model.as_deref()),
        "input_tokens" => column(rows, |r| call(r).input_tokens),
        "output_tokens" => column(rows, |r| call(r).output_tokens),
        "usd" => column(rows, |r| call(r).usd),
        "latency_ms" => column(rows, |r| call(r).latency_ms),
        "retried" => column(rows, |r| call(r).retried),
        "fallback" => column(rows, |r| call(r).fallback.as_deref()),
        "fingerprint" => column(rows, |r| call(r).fingerprint.as_deref()),
    ]?;
    frame.hstack_mut(calls.columns())?;
    Ok(())
}
