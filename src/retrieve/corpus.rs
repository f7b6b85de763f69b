//! A folder of texts, or a file of rows → documents with their ids.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::dataset::rows;
use crate::diagnostic::{Diagnostic, Diagnostics};

/// Files of a folder that are read.
const TEXTS: [&str; 4] = ["txt", "md", "rst", "adoc"];

/// All documents, in a fixed order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Corpus(pub Vec<Document>);

/// A document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// What it is known by: `id` of a row, or the path within the folder.
    pub id: String,
    /// Its text.
    pub text: String,
}

impl Document {
    /// Whether it holds nothing that could be found.
    pub fn is_empty(&self) -> bool {
        self.text.trim().is_empty()
    }
}

impl Corpus {
    /// Reads a folder (every text file in it, `.txt`, `.md`, `.rst` or `.adoc`) or a file of rows with `id` and `text` in
    /// any format of datasets. `shown_as` is what messages call it.
    ///
    /// # Errors
    /// What cannot be read, rows without an id or text, an id that stands twice, and a corpus without a document that holds
    /// a text.
    pub fn open(path: &Path, shown_as: &str) -> Result<Self, Diagnostics> {
        let documents = if path.is_dir() { folder(path, shown_as)? } else { file(path, shown_as)? };
        if documents.is_empty() {
            let message = format!("there is no document in {shown_as}");
            let hint = format!("a folder holds files that end in {}", TEXTS.map(|end| format!(".{end}")).join(", "));
            return Err(Diagnostic::new(message).hint(hint).into());
        }
        if documents.iter().all(Document::is_empty) {
            let message = format!("every document in {shown_as} is empty, so that no search can find one");
            return Err(Diagnostic::new(message).into());
        }
        Ok(Self(documents))
    }

    /// The texts, in order.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|document| document.text.as_str())
    }

    /// A digest of ids and texts: where it is the same, so is every search.
    pub fn digest(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        for Document { id, text } in &self.0 {
            for part in [id, text] {
                hasher.update(&(part.len() as u64).to_le_bytes()).update(part.as_bytes());
            }
        }
        hasher.finalize().to_hex().to_string()
    }
}

fn folder(path: &Path, shown_as: &str) -> Result<Vec<Document>, Diagnostic> {
    let unreadable = |error: std::io::Error| Diagnostic::new(format!("cannot read {shown_as}: {error}"));
    let mut paths = BTreeSet::new();
    let mut folders = vec![path.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            let kind = entry.file_type().map_err(unreadable)?;
            if kind.is_dir() {
                folders.push(entry.path());
            } else if is_text(&entry.path()) {
                paths.insert(entry.path());
            }
        }
    }
    paths.into_iter().map(|file| document(path, file)).collect()
}

fn is_text(path: &Path) -> bool {
    path.extension().is_some_and(|end| TEXTS.iter().any(|known| end.eq_ignore_ascii_case(known)))
}

fn document(root: &Path, file: PathBuf) -> Result<Document, Diagnostic> {
    let parts = file.strip_prefix(root).unwrap_or(&file).components();
    let id = parts.map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/");
    match std::fs::read(&file).map(String::from_utf8) {
        Ok(Ok(text)) => Ok(Document { id, text }),
        Ok(Err(_)) => Err(Diagnostic::new(format!("{} is not UTF-8", file.display()))),
        Err(error) => Err(Diagnostic::new(format!("cannot read {}: {error}", file.display()))),
    }
}

fn file(path: &Path, shown_as: &str) -> Result<Vec<Document>, Diagnostics> {
    let (mut documents, mut ids, mut wrong) = (Vec::new(), BTreeSet::new(), Diagnostics::default());
    for row in rows(path, shown_as)? {
        let read = row.and_then(|row| {
            let id = match row.fields.get("id") {
                Some(Value::String(id)) if !id.is_empty() => id.clone(),
                Some(Value::Number(id)) => id.to_string(),
                _ => return Err(row.mistake(Some("id"), "a document needs an `id`: a text or a number")),
            };
            let Some(text) = ["text", "content"].iter().find_map(|key| row.fields.get(*key)?.as_str()) else {
                return Err(row.mistake(Some("text"), "a document needs a `text`"));
            };
            if !ids.insert(id.clone()) {
                return Err(row.mistake(Some("id"), format!("two documents are called `{id}`")));
            }
            Ok(Document { id, text: text.to_string() })
        });
        match read {
            Ok(document) => documents.push(document),
            Err(mistake) => wrong.0.push(mistake),
        }
    }
    wrong.into_result(documents)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        folder
    }

    #[test]
    fn a_folder_is_read_with_what_lies_deeper() {
        let folder = made(&[("b.md", "B"), ("a/c.TXT", "C"), ("a/picture.png", "no"), ("z.txt", "Z")]);
        let Corpus(documents) = Corpus::open(folder.path(), "docs").unwrap();
        let ids: Vec<&str> = documents.iter().map(|document| document.id.as_str()).collect();
        assert_eq!(ids, ["a/c.TXT", "b.md", "z.txt"]);
        let wrong = |files: &[(&str, &str)]| Corpus::open(made(files).path(), "docs").unwrap_err().to_string();
        assert!(wrong(&[("a.png", "")]).contains("no document in docs"));
        assert!(wrong(&[("a.md", ""), ("b.md", " \n")]).contains("every document in docs is empty"));
    }

    #[test]
    fn rows_are_read_and_mistakes_told_by_line() {
        let read = |text: &str| {
            let folder = made(&[("docs.jsonl", text)]);
            Corpus::open(&folder.path().join("docs.jsonl"), "docs.jsonl")
        };
        let Corpus(documents) = read("{\"id\": 1, \"text\": \"A\"}\n{\"id\": \"b\", \"content\": \"B\"}\n").unwrap();
        assert_eq!(documents[1], Document { id: "b".into(), text: "B".into() });
        let wrong =
            read("{\"id\": 1, \"text\": \"A\"}\n{\"text\": \"B\"}\n{\"id\": 1, \"text\": \"C\"}\n{\"id\": 2}\n");
        insta::assert_snapshot!(wrong.unwrap_err(), @r#"
        error: a document needs an `id`: a text or a number
         --> docs.jsonl:2:1
          |
        2 | {"text": "B"}
          | ^

        error: two documents are called `1`
         --> docs.jsonl:3:2
          |
        3 | {"id": 1, "text": "C"}
          |  ^^^^

        error: a document needs a `text`
         --> docs.jsonl:4:1
          |
        4 | {"id": 2}
          | ^
        "#);
    }

    #[test]
    fn the_digest_tells_ids_from_texts() {
        let corpus = |id: &str, text: &str| Corpus(vec![Document { id: id.into(), text: text.into() }]).digest();
        assert_ne!(corpus("ab", "c"), corpus("a", "bc"));
        assert_eq!(corpus("a", "b"), corpus("a", "b"));
    }
}
