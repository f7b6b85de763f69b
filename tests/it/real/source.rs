//! The folder of published judgments → rows.

use std::fs::File;
use std::io::Read;
use std::path::PathBuf;

use serde_json::Value;

/// The folder of published judgments.
pub struct Source(PathBuf);

impl Source {
    /// The folder that REAL_JUDGMENTS names. Without one there is nothing to compare with, and the test says so.
    pub fn find() -> Option<Self> {
        let folder = std::env::var_os("REAL_JUDGMENTS").filter(|folder| !folder.is_empty());
        if folder.is_none() {
            eprintln!("skipped: REAL_JUDGMENTS is not set");
        }
        folder.map(|folder| Self(folder.into()))
    }

    /// A file, unpacked where it is packed.
    pub fn text(&self, file: &str) -> String {
        let path = self.0.join(file);
        let mut open = File::open(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let mut text = String::new();
        if file.ends_with(".gz") {
            flate2::read::GzDecoder::new(open).read_to_string(&mut text).unwrap();
        } else {
            open.read_to_string(&mut text).unwrap();
        }
        text
    }

    /// The rows of a JSONL file.
    pub fn rows(&self, file: &str) -> Vec<Value> {
        self.text(file).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// The rows of a CSV file, numbers as numbers.
    pub fn table(&self, file: &str) -> Vec<Value> {
        let text = self.text(file);
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let names = reader.headers().unwrap().clone();
        let cell = |cell: &str| cell.parse::<f64>().map_or_else(|_| Value::from(cell), Value::from);
        let row =
            |row: csv::StringRecord| names.iter().zip(&row).map(|(name, text)| (name.into(), cell(text))).collect();
        reader.records().map(|record| Value::Object(row(record.unwrap()))).collect()
    }

    /// A block of reference numbers from other statistics packages.
    pub fn vector(&self, block: &str) -> Value {
        // The file holds bare NaN where a package gave no number.
        let text = self.text("stat_vectors/vectors.json").replace("NaN", "null");
        let all: Value = serde_json::from_str(&text).unwrap();
        all[block].clone()
    }
}
