//! One JSON array → rows: one object an element.

use std::io::Read;
use std::sync::Arc;

use serde::de::IgnoredAny;
use serde_json::error::Category;

use super::jsonl::broken;
use super::lines::{cannot_read, whole};
use super::place::Stretch;
use super::rows::{Format, Origin, Row, Spots};
use crate::diagnostic::Diagnostic;
use crate::json::Fields;

/// The rows of a JSON array; the file is read whole, its elements one at a time.
pub(super) fn rows(mut open: impl Read, file: Arc<str>) -> Result<Elements, Diagnostic> {
    let mut bytes = Vec::new();
    open.read_to_end(&mut bytes).map_err(|error| cannot_read(&file, &error))?;
    let text = whole(&file, bytes)?;
    let mut elements = Elements { file, at: 0, line: 1, line_start: 0, number: 0, done: false, text };
    elements.skip_space();
    match elements.peek() {
        None => elements.done = true,
        Some('[') => elements.at += 1,
        Some(_) => {
            let hint = "rows that stand one a line go into a file that ends in `.jsonl`";
            return Err(elements.mistake("expected a JSON array of rows: `[{…}, {…}]`").hint(hint));
        }
    }
    Ok(elements)
}

/// A walk over the elements of an array.
pub(super) struct Elements {
    file: Arc<str>,
    text: String,
    at: usize,
    /// The line of `at` (from 1) and the byte it starts at.
    line: usize,
    line_start: usize,
    number: usize,
    done: bool,
}

impl Elements {
    fn peek(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    fn skip_space(&mut self) {
        let space = self.text[self.at..].len() - self.text[self.at..].trim_start().len();
        self.advance(space);
    }

    fn advance(&mut self, by: usize) {
        let passed = &self.text[self.at..self.at + by];
        self.line += passed.matches('\n').count();
        if let Some(newline) = passed.rfind('\n') {
            self.line_start = self.at + newline + 1;
        }
        self.at += by;
    }

    /// The text from the start of the line at which the walk is.
    fn stretch(&self) -> Stretch<'_> {
        Stretch { file: &self.file, line: self.line, text: &self.text[self.line_start..] }
    }

    fn mistake(&self, message: &str) -> Diagnostic {
        Diagnostic::new(message).at(self.stretch().place(self.at - self.line_start, 1))
    }

    /// The element at which the walk is, which it then has passed.
    fn element(&mut self) -> Result<Row, Diagnostic> {
        self.number += 1;
        let mut parsed = serde_json::Deserializer::from_str(&self.text[self.at..]).into_iter::<Fields>();
        let (line, start) = (self.line, self.at - self.line_start);
        match parsed.next() {
            Some(Ok(Fields(fields))) => {
                let end = self.at + parsed.byte_offset();
                let text = self.text[self.line_start..end].to_string();
                self.advance(end - self.at);
                let origin = Origin {
                    file: self.file.clone(),
                    format: Format::Json,
                    text,
                    columns: Spots::Json(start),
                    unreadable: Arc::default(),
                };
                Ok(Row { number: self.number, line: Some(line), fields, origin })
            }
            Some(Err(error)) => {
                let mistake = broken(&error).at(self.stretch().place_of_json_error(start, &error));
                // JSON of another shape than a row has an end, and the next row can be read; broken JSON has none.
                let mut skipped = serde_json::Deserializer::from_str(&self.text[self.at..]).into_iter::<IgnoredAny>();
                match skipped.next() {
                    Some(Ok(_)) if error.classify() == Category::Data => {
                        let by = skipped.byte_offset();
                        self.advance(by);
                    }
                    _ => self.done = true,
                }
                Err(mistake)
            }
            None => {
                self.done = true;
                Err(self.mistake("the array is never closed"))
            }
        }
    }

    /// What stands between two elements; the walk ends where it is wrong.
    fn separator(&mut self) -> Result<(), Diagnostic> {
        self.skip_space();
        match self.peek() {
            Some(',') => self.at += 1,
            Some(']') => return self.close(),
            found => {
                self.done = true;
                return Err(match found {
                    None => self.mistake("the array is never closed"),
                    Some(_) => self.mistake("broken JSON: expected `,` or `]`"),
                });
            }
        }
        Ok(())
    }

    fn close(&mut self) -> Result<(), Diagnostic> {
        self.done = true;
        self.at += 1;
        self.skip_space();
        match self.peek() {
            None => Ok(()),
            Some(_) => Err(self.mistake("something stands after the end of the array")),
        }
    }
}

impl Iterator for Elements {
    type Item = Result<Row, Diagnostic>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        let wanted = if self.number == 0 {
            self.skip_space();
            if self.peek() == Some(']') { self.close() } else { Ok(()) }
        } else {
            self.separator()
        };
        match wanted {
            Err(mistake) => Some(Err(mistake)),
            Ok(()) if self.done => None,
            Ok(()) => {
                self.skip_space();
                Some(self.element())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<Result<Row, Diagnostic>> {
        match rows(text.as_bytes(), Arc::from("data.json")) {
            Ok(rows) => rows.collect(),
            Err(error) => vec![Err(error)],
        }
    }

    fn mistake(text: &str) -> Diagnostic {
        read(text).into_iter().find_map(Result::err).unwrap()
    }

    #[test]
    fn elements_keep_their_lines() {
        let text = "[\n  {\"id\": 1,\n   \"x\": 3},\n  {\"id\": 2}, {\"id\": 3}\n]\n";
        let rows: Vec<_> = read(text).into_iter().map(Result::unwrap).collect();
        assert_eq!(rows.iter().filter_map(|r| r.line).collect::<Vec<_>>(), [2, 4, 4]);
        insta::assert_snapshot!(rows[0].mistake(Some("x"), "wrong"), @r#"
        error: wrong
         --> data.json:3:4
          |
        3 |    "x": 3}
          |    ^^^
        "#);
        insta::assert_snapshot!(rows[2].mistake(Some("id"), "wrong"), @r#"
        error: wrong
         --> data.json:4:15
          |
        4 |   {"id": 2}, {"id": 3}
          |               ^^^^
        "#);
    }

    #[test]
    fn nothing_and_an_empty_array_hold_no_rows() {
        assert!(read("").is_empty() && read(" [ ] ").is_empty());
    }

    #[test]
    fn an_element_of_another_shape_does_not_hide_the_next() {
        let rows = read("[3, {\"id\": 1}]");
        assert!(rows[0].is_err() && rows[1].is_ok());
    }

    #[test]
    fn broken_arrays_are_told_by_line_and_column() {
        insta::assert_snapshot!(mistake("{\"id\": 1}\n{\"id\": 2}"), @r#"
        error: expected a JSON array of rows: `[{…}, {…}]`
         --> data.json:1:1
          |
        1 | {"id": 1}
          | ^
          |
          = help: rows that stand one a line go into a file that ends in `.jsonl`
        "#);
        insta::assert_snapshot!(mistake("[{\"id\": 1},\n 3]"), @r"
        error: invalid type: integer `3`, expected an object with the columns of one row
         --> data.json:2:2
          |
        2 |  3]
          |  ^
        ");
        insta::assert_snapshot!(mistake("[{\"id\": 1},\n {\"id\" 2}]"), @r#"
        error: broken JSON: expected `:`
         --> data.json:2:8
          |
        2 |  {"id" 2}]
          |        ^
        "#);
        insta::assert_snapshot!(mistake("[{\"id\": 1}\n {\"id\": 2}]"), @r#"
        error: broken JSON: expected `,` or `]`
         --> data.json:2:2
          |
        2 |  {"id": 2}]
          |  ^
        "#);
        insta::assert_snapshot!(mistake("[{\"id\": 1}"), @r#"
        error: the array is never closed
         --> data.json:1:11
          |
        1 | [{"id": 1}
          |           ^
        "#);
        insta::assert_snapshot!(mistake("[{\"id\": 1},"), @r#"
        error: the array is never closed
         --> data.json:1:12
          |
        1 | [{"id": 1},
          |            ^
        "#);
        insta::assert_snapshot!(mistake("[{\"id\": 1}]\nmore"), @r"
        error: something stands after the end of the array
         --> data.json:2:1
          |
        2 | more
          | ^
        ");
    }
}
