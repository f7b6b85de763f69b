//! A folder with a suite in it, and the program run there.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// A folder that is gone after the test.
pub struct Project {
    folder: TempDir,
    home: TempDir,
    variables: Vec<(String, String)>,
}

/// What a command did.
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
    root: String,
}

impl Project {
    /// An empty folder.
    pub fn empty() -> Self {
        let folder = tempfile::Builder::new().prefix("karat-it-").tempdir().unwrap();
        Self { folder, home: tempfile::tempdir().unwrap(), variables: Vec::new() }
    }

    /// A folder with these files.
    pub fn with(files: &[(&str, &str)]) -> Self {
        let project = Self::empty();
        for (name, text) in files {
            project.write(name, text);
        }
        project
    }

    /// The suite that ships with karat.
    pub fn shipped() -> Self {
        let project = Self::empty();
        let repository = Path::new(env!("CARGO_MANIFEST_DIR"));
        std::fs::copy(repository.join("karat.yaml"), project.path("karat.yaml")).unwrap();
        for folder in ["datasets", "prompts", "rubrics"] {
            copy_all(&repository.join(folder), &project.path(folder));
        }
        project
    }

    /// The same, with an environment variable set for every command.
    pub fn variable(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_string(), value.to_string()));
        self
    }

    pub fn root(&self) -> &Path {
        self.folder.path()
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.root().join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.path(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
    }

    pub fn json(&self, name: &str) -> Value {
        serde_json::from_str(&self.read(name)).unwrap()
    }

    /// Puts `to` in the place of the one `from` in a file.
    pub fn edit(&self, name: &str, from: &str, to: &str) {
        let text = self.read(name);
        assert_eq!(text.matches(from).count(), 1, "{from:?} stands once in {name}");
        self.write(name, &text.replace(from, to));
    }

    /// The program with arguments, in this folder, with nothing of the environment of the tests.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_karat"));
        command.args(arguments).current_dir(self.root()).env_clear();
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default()).env("HOME", self.home.path());
        command.env("NO_PROXY", "*");
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs the program to its end.
    pub fn karat(&self, arguments: &[&str]) -> Ran {
        self.wait(self.start(arguments))
    }

    /// Starts the program and does not wait.
    pub fn start(&self, arguments: &[&str]) -> Child {
        self.command(arguments).spawn().unwrap()
    }

    /// Waits for a program that was started.
    pub fn wait(&self, child: Child) -> Ran {
        let output = child.wait_with_output().unwrap();
        Ran {
            // A program that was killed has no code.
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
            root: self.root().display().to_string(),
        }
    }

    /// The names of the runs, oldest first.
    pub fn runs(&self) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(self.path(".karat/runs")) else { return Vec::new() };
        let mut names: Vec<String> = entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// A file of the newest run.
    pub fn of_run(&self, name: &str) -> String {
        let last = self.runs().pop().expect("there is a run");
        self.read(&format!(".karat/runs/{last}/{name}"))
    }

    /// The summary of the newest run.
    pub fn summary(&self) -> Value {
        serde_json::from_str(&self.of_run("summary.json")).unwrap()
    }

    /// Every file below the folder, by its path within.
    pub fn files(&self) -> Vec<(String, Vec<u8>)> {
        let mut found = Vec::new();
        let mut folders = vec![self.root().to_path_buf()];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let name = path.strip_prefix(self.root()).unwrap().display().to_string();
                    found.push((name, std::fs::read(path).unwrap()));
                }
            }
        }
        found.sort();
        found
    }
}

impl Ran {
    /// Holds the exit code, and shows all that was said where it is another.
    #[track_caller]
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "standard output:\n{}\nstandard error:\n{}", self.out, self.err);
        self
    }

    /// Exit code and output as a person sees them, with what differs from run to run left out.
    pub fn shown(&self) -> String {
        let mut text = format!("exit {}\n", self.code);
        for (title, stream) in [("standard output", &self.out), ("standard error", &self.err)] {
            if !stream.is_empty() {
                text.push_str(&format!("── {title}\n{stream}"));
            }
        }
        steady(&text.replace(&self.root, "[folder]"))
    }

    /// The exit code and the last lines, from the decision on.
    pub fn closing(&self) -> String {
        let decisions = ["\nPASS\n", "\nFAIL\n", "\nINCONCLUSIVE\n", "\nINVALID\n", "\nThe gate would say: "];
        let at = decisions.iter().find_map(|word| self.out.rfind(word)).expect("a decision");
        steady(&format!("exit {}{}", self.code, &self.out[at..]))
    }

    /// Standard output as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|e| panic!("{e}:\n{}\n{}", self.out, self.err))
    }
}

/// A text without run ids, times, digests and ports.
pub fn steady(text: &str) -> String {
    [
        (r"\d{8}-\d{6}-[0-9a-f]{6}", "[run]"),
        (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "[time]"),
        (r"\b[0-9a-f]{64}\b", "[digest]"),
        (r"127\.0\.0\.1:\d+", "[server]"),
        (r"\b\d+ ms\b", "[ms]"),
    ]
    .into_iter()
    .fold(text.to_string(), |text, (pattern, name)| {
        regex::Regex::new(pattern).unwrap().replace_all(&text, name).into_owned()
    })
}

/// A summary as it must be the same in every run of the same thing.
pub fn without_meta(mut summary: Value) -> String {
    let meta = summary.as_object_mut().unwrap().remove("meta");
    assert!(meta.is_some(), "the summary has meta");
    serde_json::to_string_pretty(&summary).unwrap()
}

fn copy_all(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_all(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), to).unwrap();
        }
    }
}
