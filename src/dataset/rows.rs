//! A file of rows → its rows, one at a time, whatever its format.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::lines::{Lines, cannot_read};
use super::place::{Stretch, key_in_object};
use super::{csv, json, jsonl, parquet};
use crate::diagnostic::{Diagnostic, Place, nearest};

/// How the rows of a file are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// One JSON object a line.
    Jsonl,
    /// One JSON array of objects.
    Json,
    /// A header, then cells between commas.
    Csv,
    /// A header, then cells between tabs.
    Tsv,
    /// Apache Parquet.
    Parquet,
}

/// The extensions that are known, and what each means.
const EXTENSIONS: [(&str, Format); 6] = [
    ("jsonl", Format::Jsonl),
    ("ndjson", Format::Jsonl),
    ("json", Format::Json),
    ("csv", Format::Csv),
    ("tsv", Format::Tsv),
    ("parquet", Format::Parquet),
];

impl Format {
    /// The format that a path's extension says, in any case.
    ///
    /// # Errors
    /// An extension that says none of them, or no extension at all.
    pub fn of(path: &Path, shown_as: &str) -> Result<Self, Diagnostic> {
        let extension = path.extension().map(|e| e.to_string_lossy().to_lowercase()).unwrap_or_default();
        if let Some((_, format)) = EXTENSIONS.iter().find(|(known, _)| *known == extension) {
            return Ok(*format);
        }
        let message = match extension.as_str() {
            "" => format!("{shown_as} has no extension that says its format"),
            _ => format!("{shown_as}: the format `.{extension}` is not known"),
        };
        let known = EXTENSIONS.map(|(known, _)| format!(".{known}")).join(", ");
        Err(Diagnostic::new(message).hint(match nearest(&extension, EXTENSIONS.map(|(known, _)| known)) {
            Some(near) if extension.len() > 2 => format!("did you mean `.{near}`? known are {known}"),
            _ => format!("known are {known}"),
        }))
    }
}

/// One row of a file, before it is known what its columns mean.
#[derive(Debug, Clone)]
pub struct Row {
    /// Which row it is, from 1; blank lines are not counted.
    pub number: usize,
    /// The line it starts at, from 1; `None` in Parquet, which has no lines.
    pub line: Option<usize>,
    /// Its columns, in order. Cells of CSV are strings, empty ones too.
    pub fields: Map<String, Value>,
    pub(super) origin: Origin,
}

/// The text that a row was read from, so that a mistake found later can still be shown in it.
#[derive(Debug, Clone)]
pub(super) struct Origin {
    pub file: Arc<str>,
    pub format: Format,
    /// From the start of the row's first line; empty in Parquet.
    pub text: String,
    pub columns: Spots,
    /// Columns that were left out, since their type cannot be read: the name and the type.
    pub unreadable: Arc<[(String, String)]>,
}

/// How the place of a column is found in a row's text.
#[derive(Debug, Clone)]
pub(super) enum Spots {
    /// The row is the JSON object at this byte.
    Json(usize),
    /// The header, and the byte at which each cell starts.
    Cells(Arc<[String]>, Vec<usize>),
    /// There is no text.
    None,
}

/// Where a row stands, in words: `line 3`, or `row 3` in Parquet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spot {
    Line(usize),
    Row(usize),
}

impl std::fmt::Display for Spot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Line(line) => write!(f, "line {line}"),
            Self::Row(row) => write!(f, "row {row}"),
        }
    }
}

impl Row {
    /// Where the row stands, in words.
    pub(super) fn spot(&self) -> Spot {
        self.line.map_or(Spot::Row(self.number), Spot::Line)
    }

    /// A mistake in this row: at the column it is about, where it has one and its place is known.
    pub fn mistake(&self, column: Option<&str>, message: impl Into<String>) -> Diagnostic {
        let message = message.into();
        let Some(line) = self.line else {
            return Diagnostic::new(format!("{}, row {}: {message}", self.origin.file, self.number));
        };
        let stretch = Stretch { file: &self.origin.file, line, text: &self.origin.text };
        Diagnostic::new(message).at(self.place(stretch, column))
    }

    fn place(&self, stretch: Stretch<'_>, column: Option<&str>) -> Place {
        let (start, found) = match &self.origin.columns {
            Spots::Json(start) => {
                let found = column.and_then(|c| key_in_object(&self.origin.text[*start..], c));
                (*start, found.map(|(at, width)| (start + at, width)))
            }
            Spots::Cells(header, starts) => {
                let index = column.and_then(|c| header.iter().position(|h| h == c));
                let width = |c| self.fields.get(c).and_then(Value::as_str).map_or(1, first_line_width);
                (0, index.and_then(|i| starts.get(i)).map(|at| (*at, column.map_or(1, width))))
            }
            Spots::None => (0, None),
        };
        let (at, width) = found.unwrap_or((start, 1));
        stretch.place(at, width)
    }
}

fn first_line_width(cell: &str) -> usize {
    cell.lines().next().unwrap_or("").chars().count().max(1)
}

/// The rows of a file, one at a time.
pub type Rows = Box<dyn Iterator<Item = Result<Row, Diagnostic>> + Send>;

/// Whether the row at a place, from 0, is wanted; asked once for each, in their order.
pub type Wanted = Box<dyn FnMut(usize) -> bool + Send>;

/// Of the rows of a file those that are `wanted`, and what is wrong with others where that is seen. Of a file of JSON
/// lines the others are passed over unread.
///
/// # Errors
/// As [`rows`].
pub fn rows_at(path: &Path, shown_as: &str, mut wanted: Wanted) -> Result<Rows, Diagnostic> {
    if Format::of(path, shown_as)? == Format::Jsonl {
        let (lines, file) = (lines(path, shown_as)?, Arc::from(shown_as));
        return Ok(Box::new(jsonl::rows(lines, file, wanted)));
    }
    let mut places = 0..;
    Ok(Box::new(rows(path, shown_as)?.filter(move |row| places.next().is_some_and(&mut wanted) || row.is_err())))
}

/// The lines of the text file at `path`.
fn lines(path: &Path, shown_as: &str) -> Result<Lines<BufReader<File>>, Diagnostic> {
    let open = File::open(path).map_err(|error| cannot_read(shown_as, &error))?;
    Ok(Lines::new(BufReader::with_capacity(1 << 16, open), Arc::from(shown_as)))
}

/// The rows of the file at `path`, its format by its extension, read as they are asked for (a `.json` array is read whole).
///
/// After a row that is broken the next one is read, where it can be told where that starts.
///
/// # Errors
/// A format that is not known, and a file that cannot be opened.
pub fn rows(path: &Path, shown_as: &str) -> Result<Rows, Diagnostic> {
    let format = Format::of(path, shown_as)?;
    let file: Arc<str> = Arc::from(shown_as);
    let open = || File::open(path).map_err(|error| cannot_read(shown_as, &error));
    let lines = || lines(path, shown_as);
    Ok(match format {
        Format::Jsonl => Box::new(jsonl::rows(lines()?, file, |_| true)),
        Format::Json => Box::new(json::rows(open()?, file)?),
        Format::Csv => Box::new(csv::rows(lines()?, file, ',')),
        Format::Tsv => Box::new(csv::rows(lines()?, file, '\t')),
        Format::Parquet => Box::new(parquet::rows(open()?, file)?),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_format_is_told_with_the_known_ones() {
        let of = |name: &str| Format::of(Path::new(name), name);
        assert_eq!(of("a.NDJSON"), Ok(Format::Jsonl));
        insta::assert_snapshot!(of("cases.jsonk").unwrap_err(), @r"
        error: cases.jsonk: the format `.jsonk` is not known
         |
         = help: did you mean `.jsonl`? known are .jsonl, .ndjson, .json, .csv, .tsv, .parquet
        ");
        insta::assert_snapshot!(of("cases.xlsx").unwrap_err(), @r"
        error: cases.xlsx: the format `.xlsx` is not known
         |
         = help: known are .jsonl, .ndjson, .json, .csv, .tsv, .parquet
        ");
        insta::assert_snapshot!(of("cases").unwrap_err(), @r"
        error: cases has no extension that says its format
         |
         = help: known are .jsonl, .ndjson, .json, .csv, .tsv, .parquet
        ");
        insta::assert_snapshot!(rows(Path::new("/nowhere/a.csv"), "a.csv").err().unwrap(), @r"error: cannot read a.csv: No such file or directory (os error 2)");
    }
}
