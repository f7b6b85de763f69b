//! Real recorded judgments, for tests: the folder that the environment variable REAL_JUDGMENTS names.

use std::io::Read;
use std::path::PathBuf;

use serde_json::Value;

/// The text of a file of the folder, unpacked if its name ends in .gz. Without a folder a test has nothing to compare
/// with: it is skipped, and says so.
pub(crate) fn text(file: &str) -> Option<String> {
    let Some(folder) = std::env::var_os("REAL_JUDGMENTS").filter(|folder| !folder.is_empty()) else {
        eprintln!("skipped: REAL_JUDGMENTS is not set");
        return None;
    };
    let path = PathBuf::from(folder).join(file);
    let bytes = std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let mut text = String::new();
    match file.ends_with(".gz") {
        true => flate2::read::GzDecoder::new(&bytes[..]).read_to_string(&mut text).unwrap(),
        false => (&bytes[..]).read_to_string(&mut text).unwrap(),
    };
    Some(text)
}

/// The rows of a file of JSON lines, as [`text`] reads it.
pub(crate) fn rows(file: &str) -> Option<Vec<Value>> {
    Some(text(file)?.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}
