//! The files of the repository → their texts, and the source's lines with what is known of where they stand.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// A text file of the repository.
pub struct File {
    /// Its path within the repository, with `/`.
    pub name: String,
    pub text: String,
}

/// One line of the source.
pub struct Line {
    pub file: String,
    pub number: usize,
    /// The line without a comment that it is, or that ends it.
    pub code: String,
    /// The folder below `src`, or the file there: `suite`, `lib`.
    pub module: String,
    /// How many modules the line is in: one in `src/suite/mod.rs`.
    pub depth: usize,
    /// Whether it is compiled for tests only.
    pub is_test: bool,
}

/// What git ignores, and what is git's own.
const NOT_OURS: [&str; 4] = ["target", ".git", ".karat", "reports"];

/// All text files below a folder whose names have an ending; "" for any.
pub fn all(folder: &str, ending: &str) -> Vec<File> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    let mut folders = vec![root.join(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(root).unwrap().components().map(|part| part.as_os_str().to_string_lossy());
            let name = name.collect::<Vec<_>>().join("/");
            if path.is_dir() {
                if !NOT_OURS.contains(&name.as_str()) {
                    folders.push(path);
                }
            } else if ending.is_empty() || name.ends_with(&format!(".{ending}")) {
                // What is not text has nothing to say.
                found.extend(std::fs::read_to_string(&path).ok().map(|text| File { name, text }));
            }
        }
    }
    assert!(!found.is_empty(), "there are files below {folder:?}");
    found.sort_by(|a, b| a.name.cmp(&b.name));
    found
}

/// Every line of the source.
pub fn lines() -> Vec<Line> {
    let files = all("src", "rs");
    let tests: BTreeSet<PathBuf> = files.iter().flat_map(test_modules).collect();
    files.iter().flat_map(|file| lines_of(file, &tests)).collect()
}

fn lines_of(file: &File, tests: &BTreeSet<PathBuf>) -> Vec<Line> {
    let place = place_of(&file.name);
    let is_test = place.ancestors().any(|part| tests.contains(part));
    let module = place.components().next().map_or_else(String::new, |p| p.as_os_str().to_string_lossy().into_owned());
    let inside = inside_of_tests(&file.text).into_iter().zip(inside_of_modules(&file.text));
    let line = |(at, (text, (for_tests, within))): (usize, (&str, (bool, bool)))| Line {
        file: file.name.clone(),
        number: at + 1,
        code: code(text).to_string(),
        module: module.clone(),
        depth: place.components().count() + usize::from(within),
        is_test: is_test || for_tests,
    };
    file.text.lines().zip(inside).enumerate().map(line).collect()
}

/// `src/judge/parse/real.rs` → `judge/parse/real`; `src/judge/mod.rs` → `judge`.
fn place_of(name: &str) -> PathBuf {
    let name = name.trim_start_matches("src/").trim_end_matches(".rs");
    PathBuf::from(name.strip_suffix("/mod").unwrap_or(name))
}

/// The modules in files of their own that a file declares for tests only.
fn test_modules(file: &File) -> Vec<PathBuf> {
    let place = place_of(&file.name);
    let place = if file.name == "src/lib.rs" { PathBuf::new() } else { place };
    let pairs = file.text.lines().zip(file.text.lines().skip(1));
    let declared = pairs.filter(|(attribute, _)| attribute.trim() == "#[cfg(test)]").filter_map(|(_, item)| {
        let item = item.trim();
        let name = item.rsplit_once("mod ")?.1.strip_suffix(';')?;
        Some(place.join(name))
    });
    declared.collect()
}

/// For each line, whether it belongs to an item that is compiled for tests only. An item ends, as rustfmt writes it,
/// with a brace as deep as it began, or in its first line.
fn inside_of_tests(text: &str) -> Vec<bool> {
    let (mut inside, mut found) = (None, Vec::new());
    let mut announced = false;
    for line in text.lines() {
        let indent = line.len() - line.trim_start().len();
        if announced && inside.is_none() && !line.trim_start().starts_with(['#', '/']) {
            inside = (!line.ends_with(';') && !line.ends_with(',')).then_some(indent);
            announced = false;
            found.push(true);
            continue;
        }
        announced |= inside.is_none() && line.trim() == "#[cfg(test)]";
        found.push(inside.is_some());
        if inside == Some(indent) && line.trim_start().starts_with('}') {
            inside = None;
        }
    }
    found
}

/// For each line, whether it is in a module that has its braces in this file.
fn inside_of_modules(text: &str) -> Vec<bool> {
    let mut inside = false;
    let within = |line: &str| {
        let before = inside;
        match line {
            "}" => inside = false,
            _ if line.ends_with(" {") && line.split(' ').any(|word| word == "mod") => inside = true,
            _ => {}
        }
        before
    };
    text.lines().map(within).collect()
}

/// A line without its comment. What only looks like one, in a text with `//`, is cut off too, and missed by the rules.
fn code(line: &str) -> &str {
    let trimmed = line.trim_start();
    // A link in a document names a module as much as code does.
    if trimmed.starts_with("///") || trimmed.starts_with("//!") {
        return if trimmed.contains("](crate::") || trimmed.contains("[`crate::") { line } else { "" };
    }
    line.split(" // ").next().filter(|_| !trimmed.starts_with("//")).unwrap_or_default()
}

#[test]
fn test_code_is_told_from_the_rest() {
    let text =
        "fn a() {\n}\n#[cfg(test)]\nmod b;\nfn c() {}\n#[cfg(test)]\nmod tests {\n    fn d() {\n    }\n}\nfn e() {}";
    let expected = [false, false, false, true, false, false, true, true, true, true, false];
    assert_eq!(inside_of_tests(text), expected);
    assert_eq!(inside_of_modules(text).iter().filter(|within| **within).count(), 3);
    let file = File { name: "src/judge/parse.rs".into(), text: text.into() };
    assert_eq!(test_modules(&file), [PathBuf::from("judge/parse/b")]);
    assert_eq!(code("    let x = 1; // crate::cli"), "    let x = 1;");
}
