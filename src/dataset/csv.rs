//! CSV and TSV → rows: a header, then cells between commas or tabs, quoted as RFC 4180 says.
//!
//! The csv crate reads the same cells (a test holds the two against each other) but passes over a quote that is
//! never closed and does not say where a cell stands, and a mistake in a dataset must be shown at its line and column.

use std::io::BufRead;
use std::sync::Arc;

use serde_json::{Map, Value};

use super::lines::Lines;
use super::place::Stretch;
use super::rows::{Format, Origin, Row, Spots};
use crate::diagnostic::Diagnostic;

/// The rows of a file with a header; lines that are blank, or hold empty cells only, are skipped.
pub(super) fn rows<R: BufRead>(
    lines: Lines<R>,
    file: Arc<str>,
    delimiter: char,
) -> impl Iterator<Item = Result<Row, Diagnostic>> {
    let mut records = Records { lines, file: file.clone(), delimiter };
    let mut header: Option<Arc<[String]>> = None;
    let mut failed = false;
    let mut number = 0;
    std::iter::from_fn(move || {
        while !failed {
            let record = match records.next()? {
                Ok(record) => record,
                Err(error) => {
                    // Without a header no row can be read.
                    failed = header.is_none();
                    return Some(Err(error));
                }
            };
            let Some(columns) = &header else {
                match names(&record, &file, delimiter) {
                    Ok(names) => header = Some(names),
                    Err(error) => {
                        failed = true;
                        return Some(Err(error));
                    }
                }
                continue;
            };
            if record.cells.iter().all(|cell| cell.text.is_empty()) {
                continue;
            }
            number += 1;
            return Some(row(record, columns, number, &file, delimiter));
        }
        None
    })
}

/// The columns' names. A column without one (what pandas writes for its index) is named by its position and never read.
fn names(record: &Record, file: &str, delimiter: char) -> Result<Arc<[String]>, Diagnostic> {
    let mut names: Vec<String> = Vec::new();
    for (index, cell) in record.cells.iter().enumerate() {
        let name = cell.text.trim();
        if names.iter().any(|n| n == name) {
            return Err(record.mistake(file, cell.start, &format!("two columns are named `{name}`")));
        }
        names.push(if name.is_empty() { format!("(column {})", index + 1) } else { name.to_string() });
    }
    if let [only] = names.as_slice()
        && let Some(other) = [',', ';', '\t'].into_iter().find(|c| *c != delimiter && only.contains(*c))
    {
        let at = record.text.find(other).unwrap_or(0);
        return Err(record
            .mistake(file, at, &format!("the columns are separated by {other:?}, not by {delimiter:?}"))
            .hint(match other {
                '\t' => "a file of tabs ends in `.tsv`",
                ',' => "a file of commas ends in `.csv`",
                _ => "write the file with commas",
            }));
    }
    Ok(names.into())
}

fn row(
    record: Record,
    columns: &Arc<[String]>,
    number: usize,
    file: &Arc<str>,
    delimiter: char,
) -> Result<Row, Diagnostic> {
    let (found, wanted) = (record.cells.len(), columns.len());
    if found != wanted {
        let at = record.cells.get(wanted).map_or(0, |extra| extra.start);
        let message = format!("the row has {}, the header has {}", count(found, "cell"), count(wanted, "column"));
        return Err(record.mistake(file, at, &message).hint(if found > wanted {
            format!("a cell that holds {delimiter:?} stands in double quotes")
        } else {
            "an empty cell still needs its separator; was a quote opened and never closed?".to_string()
        }));
    }
    let fields: Map<String, Value> =
        columns.iter().cloned().zip(record.cells.iter().map(|cell| Value::String(cell.text.clone()))).collect();
    let starts = record.cells.iter().map(|cell| cell.start + usize::from(cell.quoted)).collect();
    let format = if delimiter == '\t' { Format::Tsv } else { Format::Csv };
    let origin = Origin {
        file: file.clone(),
        format,
        text: record.text,
        columns: Spots::Cells(columns.clone(), starts),
        unreadable: Arc::default(),
    };
    Ok(Row { number, line: Some(record.line), fields, origin })
}

fn count(n: usize, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}

/// One record: a line, or several where a quoted cell goes over their ends.
struct Record {
    line: usize,
    text: String,
    cells: Vec<Cell>,
}

impl Record {
    fn mistake(&self, file: &str, at: usize, message: &str) -> Diagnostic {
        Diagnostic::new(message).at(Stretch { file, line: self.line, text: &self.text }.place(at, 1))
    }
}

struct Cell {
    text: String,
    /// The byte of the record's text at which the cell starts, and whether a quote stands there.
    start: usize,
    quoted: bool,
}

/// The records of a file; blank lines between them are skipped.
struct Records<R> {
    lines: Lines<R>,
    file: Arc<str>,
    delimiter: char,
}

impl<R: BufRead> Iterator for Records<R> {
    type Item = Result<Record, Diagnostic>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut line = loop {
            match self.lines.next()? {
                Ok(line) if line.text.trim_matches(' ').is_empty() => {}
                Ok(line) => break line,
                Err(error) => return Some(Err(error)),
            }
        };
        let mut record = Record { line: line.number, text: String::new(), cells: Vec::new() };
        let mut open = false;
        loop {
            let from = record.text.len();
            record.text.push_str(&line.text);
            match self.split(&mut record, from, open) {
                Ok(false) => return Some(Ok(record)),
                Ok(true) => open = true,
                Err(error) => return Some(Err(error)),
            }
            record.text.push_str(line.end);
            if let Some(cell) = record.cells.last_mut() {
                cell.text.push_str(line.end);
            }
            line = match self.lines.next() {
                Some(Ok(line)) => line,
                Some(Err(error)) => return Some(Err(error)),
                None => {
                    let start = record.cells.last().map_or(0, |cell| cell.start);
                    return Some(Err(record.mistake(&self.file, start, "a quote is opened here and never closed")));
                }
            };
        }
    }
}

impl<R> Records<R> {
    /// Splits the record's text from the byte `from` into cells; says whether the last one is still open.
    fn split(&self, record: &mut Record, from: usize, mut open: bool) -> Result<bool, Diagnostic> {
        let mut at = from;
        loop {
            if !open {
                let quoted = record.text[at..].starts_with('"');
                record.cells.push(Cell { text: String::new(), start: at, quoted });
                at += usize::from(quoted);
                open = quoted;
            }
            let rest = &record.text[at..];
            let Some(cell) = record.cells.last_mut() else { return Ok(false) };
            let end = if open {
                let Some(quote) = rest.find('"') else {
                    cell.text.push_str(rest);
                    return Ok(true);
                };
                cell.text.push_str(&rest[..quote]);
                if rest[quote + 1..].starts_with('"') {
                    cell.text.push('"');
                    at += quote + 2;
                    continue;
                }
                open = false;
                quote + 1
            } else {
                let end = rest.find(self.delimiter).unwrap_or(rest.len());
                cell.text.push_str(&rest[..end]);
                end
            };
            at += end;
            match record.text[at..].chars().next() {
                None => return Ok(false),
                Some(c) if c == self.delimiter => at += 1,
                Some(_) => {
                    let message = "text stands after the closing quote of a cell";
                    return Err(record
                        .mistake(&self.file, at, message)
                        .hint("a quote within a quoted cell is written twice: \"\""));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
