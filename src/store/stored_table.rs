//! A Parquet table of a run → the columns that are asked for, some rows at a time.
//!
//! Nothing is held but the table's footer, so that a run of any size is read in little memory.

use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use polars::prelude::*;
use polars_io::SerReader;
use polars_io::parquet::read::{FileMetadata, ParallelStrategy, ParquetReader};

use super::{Row, StoreError};

/// Row groups are read side by side up to so many rows.
const ROWS_AT_ONCE: usize = 1 << 15;

/// A table of a run, open for reading.
#[derive(Debug)]
pub struct StoredTable {
    path: PathBuf,
    file: File,
    metadata: Arc<FileMetadata>,
    /// The names of its columns, as they stand in the file.
    columns: Vec<String>,
}

impl StoredTable {
    /// Opens a table and sees to it that it has the columns that its rows need.
    ///
    /// # Errors
    /// No such file; one that is damaged or cut short; a column that is lacking or of another type.
    pub fn open<R: Row>(folder: &Path) -> Result<Self, StoreError> {
        let path = folder.join(R::FILE);
        let file = match File::open(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Err(unusable(&path, "it is not there".to_string()));
            }
            opened => opened.map_err(StoreError::io("read", &path))?,
        };
        let length = file.metadata().map_err(StoreError::io("read", &path))?.len();
        let mut reader = ParquetReader::new(file.try_clone().map_err(StoreError::io("read", &path))?);
        let unreadable = |error: PolarsError| unusable(&path, reason(&error));
        let metadata = reader.get_metadata().map_err(unreadable)?.clone();
        let schema = reader.schema().map_err(unreadable)?;
        // polars maps the file, and would fall over a column that lies beyond its end.
        if metadata.row_groups.iter().flat_map(|group| group.byte_ranges_iter()).any(|range| range.end > length) {
            return Err(unusable(&path, "it was cut short".to_string()));
        }
        for (name, dtype) in R::frame(&[]).map_err(StoreError::table("read", &path))?.schema().iter() {
            match schema.get(name) {
                None => return Err(unusable(&path, format!("it has no column `{name}`"))),
                Some(field) if field.dtype != dtype.to_arrow(CompatLevel::newest()) => {
                    return Err(unusable(&path, format!("its column `{name}` is of another type")));
                }
                Some(_) => {}
            }
        }
        let columns = schema.iter_names().map(ToString::to_string).collect();
        Ok(Self { path, file, metadata, columns })
    }

    /// How many rows it has.
    pub fn len(&self) -> usize {
        self.metadata.num_rows
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Some columns of all rows, a frame a row group.
    ///
    /// # Errors
    /// Each frame: a table that is damaged.
    pub fn frames<'a>(
        &'a self,
        columns: &'a [&'a str],
    ) -> impl Iterator<Item = Result<DataFrame, StoreError>> + use<'a> {
        let mut spans = self.spans().peekable();
        let at_once = std::iter::from_fn(move || {
            let (start, mut end) = spans.next()?;
            while let Some((_, next)) = spans.next_if(|(_, next)| next - start <= ROWS_AT_ONCE) {
                end = next;
            }
            Some((start, end))
        });
        at_once.flat_map(move |(start, end)| match self.part(columns, start, end) {
            Ok(mut frame) => frame.split_chunks().map(Ok).collect(),
            Err(error) => vec![Err(error)],
        })
    }

    /// Hands some columns of the rows at `rows`, ascending places from 0, to `see`: a frame, and the place in it.
    ///
    /// # Errors
    /// A table that is damaged; what `see` fails with.
    pub fn rows<E: From<StoreError>>(
        &self,
        columns: &[&str],
        rows: &[usize],
        mut see: impl FnMut(usize, &DataFrame, usize) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut rest = rows;
        for (_, end) in self.spans() {
            let (here, later) = rest.split_at(rest.partition_point(|row| *row < end));
            rest = later;
            let (Some(first), Some(last)) = (here.first(), here.last()) else { continue };
            let frame = self.part(columns, *first, last + 1)?;
            here.iter().try_for_each(|row| see(*row, &frame, row - first))?;
        }
        Ok(())
    }

    /// What is wrong with the table, where its values are not what they should be.
    pub fn damaged(&self, why: &PolarsError) -> StoreError {
        unusable(&self.path, reason(why))
    }

    /// The first row of each row group, and that after its last.
    fn spans(&self) -> impl Iterator<Item = (usize, usize)> + '_ {
        self.metadata.row_groups.iter().scan(0, |end, group| {
            let start = *end;
            *end += group.num_rows();
            Some((start, *end))
        })
    }

    /// Some columns of the rows from `start` up to `end`.
    ///
    /// # Errors
    /// A table that is damaged.
    pub fn part(&self, columns: &[&str], start: usize, end: usize) -> Result<DataFrame, StoreError> {
        let place = |wanted: &&str| self.columns.iter().position(|name| name == wanted);
        let mut reader = ParquetReader::new(self.file.try_clone().map_err(StoreError::io("read", &self.path))?);
        reader.set_metadata(Arc::clone(&self.metadata));
        reader
            .with_projection(Some(columns.iter().filter_map(place).collect()))
            .with_slice(Some((start, end - start)))
            // Any other strategy goes through all row groups before the ones that are wanted.
            .read_parallel(ParallelStrategy::RowGroups)
            .finish()
            .map_err(|error| self.damaged(&error))
    }
}

fn unusable(path: &Path, message: String) -> StoreError {
    StoreError::Unusable { path: path.to_path_buf(), message }
}

/// What polars says is wrong, without the names that it has for kinds of errors.
fn reason(error: &PolarsError) -> String {
    let words = error.to_string();
    let words = words.lines().next().unwrap_or_default();
    words.rsplit("out of specification: ").next().unwrap_or_default().to_string()
}

#[cfg(test)]
mod tests {
    use super::super::{CallRow, CaseRow, OutputRow, Status, TableWriter};
    use super::*;

    fn row(index: u64) -> OutputRow {
        OutputRow {
            index,
            case: format!("c{index}").into(),
            candidate: "v1".into(),
            sample: 0,
            status: Status::Ok,
            text: Some(format!("a text of its own, {index}")),
            error: None,
            trace: None,
            call: CallRow::default(),
        }
    }

    fn write(folder: &Path, rows: u64) {
        let mut table = TableWriter::create(folder).unwrap();
        (0..rows).for_each(|index| table.push(row(index)).unwrap());
        table.finish().unwrap();
    }

    fn text(frame: &DataFrame, at: usize) -> String {
        frame.column("text").unwrap().str().unwrap().get(at).unwrap().to_string()
    }

    /// A table with a row group every `group` rows.
    fn in_groups(folder: &Path, groups: &[u64]) -> StoredTable {
        use polars_io::parquet::write::ParquetWriter;
        let file = File::create(folder.join(OutputRow::FILE)).unwrap();
        let schema = OutputRow::frame(&[]).unwrap();
        let mut writer = ParquetWriter::new(file).batched(schema.schema()).unwrap();
        let mut next = 0;
        for rows in groups {
            let rows: Vec<OutputRow> = (next..next + rows).map(row).collect();
            writer.write_batch(&OutputRow::frame(&rows).unwrap()).unwrap();
            next += rows.len() as u64;
        }
        writer.finish().unwrap();
        StoredTable::open::<OutputRow>(folder).unwrap()
    }

    #[test]
    fn every_row_is_read_once_and_in_order_whatever_the_row_groups() {
        let dir = tempfile::tempdir().unwrap();
        for groups in [&[][..], &[1], &[3, 1, 4, 1, 5], &[20_000, 20_000, 7, 40_000]] {
            let table = in_groups(dir.path(), groups);
            let total: u64 = groups.iter().sum();
            assert_eq!((table.len() as u64, table.is_empty()), (total, total == 0));
            let mut next = 0;
            for frame in table.frames(&["text", "index"]) {
                let frame = frame.unwrap();
                assert_eq!(frame.width(), 2);
                for index in frame.column("index").unwrap().u64().unwrap().iter() {
                    assert_eq!(index, Some(next));
                    next += 1;
                }
            }
            assert_eq!(next, total);
            // Some rows, from several groups and from none.
            let rows: Vec<usize> = (0..table.len()).filter(|row| row % 7 == 3 || *row < 2).collect();
            let mut seen = Vec::new();
            let see = |row, frame: &DataFrame, at| {
                assert_eq!(text(frame, at), format!("a text of its own, {row}"));
                seen.push(row);
                Ok::<_, StoreError>(())
            };
            table.rows(&["text"], &rows, see).unwrap();
            assert_eq!(seen, rows);
        }
    }

    #[test]
    fn a_row_group_ends_where_it_has_its_rows_or_its_bytes_however_the_rows_come() {
        let dir = tempfile::tempdir().unwrap();
        let groups = |chunks: Vec<Vec<OutputRow>>| {
            let mut table = TableWriter::create(dir.path()).unwrap();
            chunks.into_iter().for_each(|rows| table.append(rows).unwrap());
            table.finish().unwrap();
            let table = StoredTable::open::<OutputRow>(dir.path()).unwrap();
            table.spans().map(|(start, end)| end - start).collect::<Vec<_>>()
        };
        let rows = |n: u64| (0..n).map(row).collect::<Vec<_>>();
        assert_eq!(groups(vec![rows(3000), rows(0), rows(3000), rows(10_000)]), [4096, 4096, 4096, 3712]);
        let long = |n| (0..n).map(|n| OutputRow { text: Some("x".repeat(1 << 20)), ..row(n) }).collect::<Vec<_>>();
        assert_eq!(groups(vec![long(5), rows(7), long(2)]), [2, 2, 9, 1]);
    }

    #[test]
    fn a_table_that_was_cut_short_anywhere_is_an_error_that_names_it() {
        let dir = tempfile::tempdir().unwrap();
        write(dir.path(), 3000);
        let path = dir.path().join(OutputRow::FILE);
        let whole = std::fs::read(&path).unwrap();
        let lengths = [0, 1, 4, 7, 8, 11, 12, 13, 100, whole.len() / 3, whole.len() / 2, whole.len() - 400];
        let at_the_end = (1..30).map(|cut| whole.len() - cut);
        for length in lengths.into_iter().chain(at_the_end) {
            std::fs::write(&path, &whole[..length]).unwrap();
            let error = StoredTable::open::<OutputRow>(dir.path()).unwrap_err();
            assert!(matches!(error, StoreError::Unusable { .. }), "{length}: {error}");
            assert!(error.to_string().contains("outputs.parquet cannot be read"), "{length}: {error}");
        }
        // What is lost from the middle leaves an end that speaks of bytes that are not there.
        let lost = [&whole[..50], &whole[whole.len() / 2..]].concat();
        std::fs::write(&path, lost).unwrap();
        assert!(StoredTable::open::<OutputRow>(dir.path()).unwrap_err().to_string().contains("cut short"));
    }

    #[test]
    fn a_table_of_another_form_is_an_error_that_says_what_differs() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(OutputRow::FILE);
        let error = || StoredTable::open::<OutputRow>(dir.path()).unwrap_err().to_string();
        assert!(error().contains("it is not there"), "{}", error());
        std::fs::write(&path, "{\"not\": \"a table, but a text that is long enough to have been one\"}").unwrap();
        assert!(error().contains("cannot be read as a table"), "{}", error());
        let mut cases = TableWriter::<CaseRow>::create(dir.path()).unwrap();
        let (case, digest, body) = ("c".into(), "d".to_string(), "{}".to_string());
        cases.push(CaseRow { index: 0, case, digest, cluster: None, body }).unwrap();
        cases.finish().unwrap();
        std::fs::rename(dir.path().join(CaseRow::FILE), &path).unwrap();
        assert!(error().contains("it has no column `candidate`"), "{}", error());
        let mut frame = OutputRow::frame(&[row(1)]).unwrap();
        frame.with_column(Column::new("sample".into(), ["one"])).unwrap();
        polars_io::parquet::write::ParquetWriter::new(File::create(&path).unwrap()).finish(&mut frame).unwrap();
        assert!(error().contains("its column `sample` is of another type"), "{}", error());
    }
}
