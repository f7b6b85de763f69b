//! A suite written to a folder of its own, and the program driven on it as a user would.

use std::fmt::Write;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

/// A folder with a suite.
pub struct Suite {
    folder: TempDir,
}

/// What a command said.
pub struct Said {
    /// The exit code.
    pub code: i32,
    /// Standard output, read as JSON; null where it was empty.
    pub json: Value,
    /// Standard error.
    pub stderr: String,
}

impl Suite {
    /// A folder with a `karat.yaml`.
    pub fn new(yaml: &str) -> Self {
        let suite = Self { folder: tempfile::tempdir().unwrap() };
        suite.write("karat.yaml", yaml)
    }

    /// One file more.
    pub fn write(self, name: &str, text: &str) -> Self {
        std::fs::write(self.folder.path().join(name), text).unwrap();
        self
    }

    /// One JSONL file more.
    pub fn rows(self, name: &str, rows: impl IntoIterator<Item = Value>) -> Self {
        let mut text = String::new();
        for row in rows {
            writeln!(text, "{row}").unwrap();
        }
        self.write(name, &text)
    }

    /// Runs `karat` in the folder.
    pub fn karat(&self, arguments: &[&str]) -> Said {
        let output = Command::new(env!("CARGO_BIN_EXE_karat"))
            .args(arguments)
            .current_dir(self.folder.path())
            .env_clear()
            .output()
            .unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        let json = match output.stdout.as_slice() {
            [] => Value::Null,
            text => serde_json::from_slice(text).unwrap_or_else(|e| panic!("{arguments:?}: {e}\n{stderr}")),
        };
        Said { code: output.status.code().expect("no signal ended it"), json, stderr }
    }

    /// What a command printed that must exit 0.
    pub fn json(&self, arguments: &[&str]) -> Value {
        let said = self.karat(arguments);
        assert_eq!(said.code, 0, "{arguments:?}: {}", said.stderr);
        said.json
    }
}
