//! The files that a command names → what they were when the run began: a program that was changed is another one, though
//! its name is the same.

use std::fs::{self, Metadata};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Endings of programs. Any other file that a command names may be one that it writes itself.
const PROGRAMS: [&str; 14] =
    ["py", "js", "mjs", "cjs", "ts", "mts", "rb", "sh", "bash", "pl", "php", "lua", "jl", "jar"];

/// A file among the words of a command.
#[derive(Debug, Clone)]
pub struct NamedFile {
    /// The place of the word; at 0 stands the program itself.
    pub at: usize,
    /// What was in it, as hexadecimal digits.
    pub digest: String,
    path: PathBuf,
    /// Its size and when it was written: where they are the same, it need not be read again.
    seen: Option<(u64, SystemTime)>,
}

/// The files among the words of a command that runs in `folder`. The program itself, which as a rule is an interpreter of the
/// machine, counts where it is named by a path.
pub fn named_files<'a>(words: impl IntoIterator<Item = &'a String>, folder: &Path) -> Vec<NamedFile> {
    let words = words.into_iter().enumerate().filter(|(at, word)| *at > 0 || word.contains('/'));
    let file = |(at, word): (usize, &String)| {
        let path = folder.join(word);
        // Looked at before it is read: what is written meanwhile is found to differ then.
        let seen = seen(&path);
        Some(NamedFile { at, digest: digest(&path)?, seen, path })
    };
    words.filter_map(file).collect()
}

impl NamedFile {
    /// Whether it is a program, and not what it was.
    pub fn is_another_program(&self) -> bool {
        let ending = self.path.extension().and_then(|ending| ending.to_str());
        (self.at == 0 || ending.is_some_and(|ending| PROGRAMS.contains(&ending))) && self.is_changed()
    }

    /// Whether it is not what it was.
    fn is_changed(&self) -> bool {
        let unseen = self.seen.is_none() || seen(&self.path) != self.seen;
        unseen && digest(&self.path).as_ref() != Some(&self.digest)
    }
}

fn seen(path: &Path) -> Option<(u64, SystemTime)> {
    let told = |metadata: Metadata| Some((metadata.len(), metadata.modified().ok()?));
    fs::metadata(path).ok().and_then(told)
}

fn digest(path: &Path) -> Option<String> {
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(fs::File::open(path).ok()?).ok()?;
    Some(hasher.finalize().to_hex().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_changed_where_its_bytes_are() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bot.py");
        fs::write(&path, "one").unwrap();
        let words = ["python3", "bot.py", "-v", "gone.py", ""].map(String::from);
        let found = named_files(&words, folder.path());
        assert_eq!(found.iter().map(|file| file.at).collect::<Vec<_>>(), [1]);
        assert!(!found[0].is_changed());
        let later = SystemTime::now() + std::time::Duration::from_secs(9);
        let write = |text: &str| {
            fs::write(&path, text).unwrap();
            fs::File::options().write(true).open(&path).unwrap().set_modified(later).unwrap();
        };
        write("one");
        assert!(!found[0].is_changed(), "the same bytes, written again");
        write("two");
        assert!(found[0].is_changed());
        fs::remove_file(&path).unwrap();
        assert!(found[0].is_changed());
        let data = named_files(&["sh".to_string(), "log.txt".to_string()], folder.path());
        assert!(data.is_empty());
        fs::write(folder.path().join("log.txt"), "").unwrap();
        let data = named_files(&["sh".to_string(), "log.txt".to_string()], folder.path());
        fs::write(folder.path().join("log.txt"), "written by the program").unwrap();
        assert!(data[0].is_changed() && !data[0].is_another_program());
        assert!(found[0].is_another_program());
        let by_path = named_files(&["./bot".to_string()], folder.path());
        assert!(by_path.is_empty());
        fs::write(folder.path().join("bot"), "").unwrap();
        assert_eq!(named_files(&["./bot".to_string()], folder.path()).len(), 1);
    }
}
