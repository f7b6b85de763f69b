//! A Parquet file → rows, a batch of them in memory at a time.

use std::fs::File;
use std::sync::Arc;

use polars::prelude::{AnyValue, ArrowDataType, DataFrame, PolarsError};
use polars_io::prelude::{FileMetadata, ParallelStrategy, ParquetReader, SerReader};
use serde_json::{Map, Number, Value};

use super::lines::cannot_read;
use super::rows::{Format, Origin, Row, Spots};
use crate::diagnostic::Diagnostic;

/// So many rows are in memory at a time.
const BATCH: usize = 4096;

/// The rows of a Parquet file. Columns of a type that cannot be read are left out, and each row says so.
pub(super) fn rows(open: File, file: Arc<str>) -> Result<impl Iterator<Item = Result<Row, Diagnostic>>, Diagnostic> {
    let mut reader = ParquetReader::new(open.try_clone().map_err(|error| cannot_read(&file, &error))?);
    let schema = reader.schema().map_err(|error| refused(&file, &error))?;
    let metadata = reader.get_metadata().map_err(|error| refused(&file, &error))?.clone();
    let (mut readable, mut unreadable) = (Vec::new(), Vec::new());
    for (index, (name, field)) in schema.iter().enumerate() {
        match unreadable_type(&field.dtype) {
            None => readable.push(index),
            Some(dtype) => unreadable.push((name.to_string(), dtype)),
        }
    }
    let total = metadata.num_rows;
    let batches = Batches { open, metadata, readable, file: file.clone(), unreadable: unreadable.into() };
    Ok((0..total).step_by(BATCH).flat_map(move |start| batches.read(start, BATCH.min(total - start))))
}

struct Batches {
    open: File,
    metadata: Arc<FileMetadata>,
    readable: Vec<usize>,
    file: Arc<str>,
    unreadable: Arc<[(String, String)]>,
}

impl Batches {
    fn read(&self, start: usize, length: usize) -> Vec<Result<Row, Diagnostic>> {
        match self.frame(start, length) {
            Ok(frame) => (0..length).map(|at| self.row(&frame, start, at)).collect(),
            Err(error) => vec![Err(error)],
        }
    }

    fn frame(&self, start: usize, length: usize) -> Result<DataFrame, Diagnostic> {
        let open = self.open.try_clone().map_err(|error| cannot_read(&self.file, &error))?;
        let mut reader = ParquetReader::new(open);
        reader.set_metadata(self.metadata.clone());
        reader
            .with_slice(Some((start, length)))
            .with_projection(Some(self.readable.clone()))
            .read_parallel(ParallelStrategy::None)
            .finish()
            .map_err(|error| refused(&self.file, &error))
    }

    fn row(&self, frame: &DataFrame, start: usize, at: usize) -> Result<Row, Diagnostic> {
        let mut fields = Map::new();
        for column in frame.columns() {
            let value = column.get(at).map_err(|error| refused(&self.file, &error))?;
            fields.insert(column.name().to_string(), json(&value));
        }
        let origin = Origin {
            file: self.file.clone(),
            format: Format::Parquet,
            text: String::new(),
            columns: Spots::None,
            unreadable: self.unreadable.clone(),
        };
        Ok(Row { number: start + at + 1, line: None, fields, origin })
    }
}

fn refused(file: &str, error: &PolarsError) -> Diagnostic {
    let reason = error.to_string();
    let reason = reason.lines().next().unwrap_or("").trim_start_matches("parquet: File out of specification: ");
    Diagnostic::new(format!("{file} cannot be read as Parquet: {reason}"))
        .hint("was the file cut short, or is it of another format?")
}

/// The type of a column that cannot be read: polars is built without it, and would panic at its first value.
fn unreadable_type(dtype: &ArrowDataType) -> Option<String> {
    use ArrowDataType as A;
    match dtype {
        A::Null
        | A::Boolean
        | A::Int8
        | A::Int16
        | A::Int32
        | A::Int64
        | A::UInt8
        | A::UInt16
        | A::UInt32
        | A::UInt64 => None,
        A::Float32 | A::Float64 | A::Utf8 | A::LargeUtf8 | A::Utf8View | A::Date32 | A::Timestamp(_, None) => None,
        A::List(inner) | A::LargeList(inner) => unreadable_type(&inner.dtype),
        A::Struct(fields) => fields.iter().find_map(|field| unreadable_type(&field.dtype)),
        A::Dictionary(..) => Some("categorical".to_string()),
        A::Decimal(..) | A::Decimal32(..) | A::Decimal64(..) | A::Decimal256(..) => Some("decimal".to_string()),
        A::Binary | A::LargeBinary | A::BinaryView | A::FixedSizeBinary(_) => Some("binary".to_string()),
        A::Timestamp(_, Some(zone)) => Some(format!("timestamp in the zone {zone}")),
        A::FixedSizeList(..) => Some("list of a fixed size".to_string()),
        other => Some(format!("{other:?}").to_lowercase()),
    }
}

/// A value as JSON. NaN is null, as pandas writes it; nulls within a struct are left out, since a struct has every field in every row.
fn json(value: &AnyValue<'_>) -> Value {
    match value {
        AnyValue::Null => Value::Null,
        AnyValue::Boolean(yes) => Value::Bool(*yes),
        AnyValue::String(text) => Value::from(*text),
        AnyValue::StringOwned(text) => Value::from(text.as_str()),
        AnyValue::Int8(n) => Value::from(*n),
        AnyValue::Int16(n) => Value::from(*n),
        AnyValue::Int32(n) => Value::from(*n),
        AnyValue::Int64(n) => Value::from(*n),
        AnyValue::UInt8(n) => Value::from(*n),
        AnyValue::UInt16(n) => Value::from(*n),
        AnyValue::UInt32(n) => Value::from(*n),
        AnyValue::UInt64(n) => Value::from(*n),
        // By way of its digits: 0.1 stays 0.1.
        AnyValue::Float32(n) => float(n.to_string().parse().unwrap_or(f64::from(*n))),
        AnyValue::Float64(n) => float(*n),
        AnyValue::List(series) => series.iter().map(|one| json(&one)).collect(),
        AnyValue::Struct(_, _, fields) => {
            let entries = fields.iter().zip(value._iter_struct_av());
            let entries: Map<String, Value> = entries
                .map(|(field, one)| (field.name().to_string(), json(&one)))
                .filter(|(_, one)| !one.is_null())
                .collect();
            if entries.is_empty() { Value::Null } else { Value::Object(entries) }
        }
        // Dates and times.
        other => Value::from(other.to_string()),
    }
}

fn float(n: f64) -> Value {
    match Number::from_f64(n) {
        Some(number) => Value::Number(number),
        None if n.is_nan() => Value::Null,
        None => Value::from(n.to_string()),
    }
}

#[cfg(test)]
mod tests;
