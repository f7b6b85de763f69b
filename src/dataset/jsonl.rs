//! Lines of JSON → rows: one object a line.

use std::io::BufRead;
use std::sync::Arc;

use serde_json::error::Category;

use super::lines::Lines;
use super::place::{Stretch, json_reason};
use super::rows::{Format, Origin, Row, Spots};
use crate::diagnostic::Diagnostic;
use crate::json::Fields;

/// The rows of a file of JSON lines at the places, from 0, that are `wanted`; blank lines are skipped.
pub(super) fn rows<R: BufRead>(
    lines: Lines<R>,
    file: Arc<str>,
    mut wanted: impl FnMut(usize) -> bool,
) -> impl Iterator<Item = Result<Row, Diagnostic>> {
    let mut number = 0;
    lines.filter_map(move |line| {
        let line = match line {
            Ok(line) if line.text.trim().is_empty() => return None,
            Ok(line) => line,
            Err(error) => return Some(Err(error)),
        };
        number += 1;
        if !wanted(number - 1) {
            return None;
        }
        Some(match serde_json::from_str::<Fields>(&line.text) {
            Ok(Fields(fields)) => {
                let start = line.text.find('{').unwrap_or(0);
                let columns = Spots::Json(start);
                let origin = Origin {
                    file: file.clone(),
                    format: Format::Jsonl,
                    text: line.text,
                    columns,
                    unreadable: Arc::default(),
                };
                Ok(Row { number, line: Some(line.number), fields, origin })
            }
            Err(error) => {
                let stretch = Stretch { file: &file, line: line.number, text: &line.text };
                let place = stretch.place_of_json_error(0, &error);
                let diagnostic = broken(&error).at(place);
                Err(if line.text.trim_start().starts_with('[') {
                    diagnostic.hint("an array of rows goes into a file that ends in `.json`")
                } else if diagnostic.hint.is_none() && error.classify() != Category::Data {
                    diagnostic.hint("a `.jsonl` file holds one whole object on each line")
                } else {
                    diagnostic
                })
            }
        })
    })
}

/// What is wrong with JSON that could not be read as a row, with no place yet.
pub(super) fn broken(error: &serde_json::Error) -> Diagnostic {
    let reason = json_reason(error);
    match error.classify() {
        Category::Data => Diagnostic::new(reason),
        Category::Eof => {
            Diagnostic::new(format!("broken JSON: {}", reason.replace("EOF while parsing", "it ends within")))
        }
        _ => Diagnostic::new(format!("broken JSON: {reason}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<Result<Row, Diagnostic>> {
        let file: Arc<str> = Arc::from("data.jsonl");
        rows(Lines::new(text.as_bytes(), file.clone()), file, |_| true).collect()
    }

    fn mistake(text: &str) -> Diagnostic {
        read(text).into_iter().find_map(Result::err).unwrap()
    }

    #[test]
    fn rows_keep_their_lines_and_the_order_of_their_keys() {
        let rows: Vec<_> = read("\n{\"b\": 1, \"a\": null}\r\n\n{}").into_iter().map(Result::unwrap).collect();
        assert_eq!(rows.iter().map(|r| (r.number, r.line)).collect::<Vec<_>>(), [(1, Some(2)), (2, Some(4))]);
        assert_eq!(rows[0].fields.keys().collect::<Vec<_>>(), ["b", "a"]);
    }

    #[test]
    fn a_broken_line_does_not_hide_the_next() {
        assert!(read("{\n{\"id\": 1}").pop().unwrap().is_ok());
    }

    #[test]
    fn broken_lines_are_told_by_line_and_column() {
        insta::assert_snapshot!(mistake("{}\n{\"id\": \"ä\" \"input\": 1}"), @r#"
        error: broken JSON: expected `,` or `}`
         --> data.jsonl:2:12
          |
        2 | {"id": "ä" "input": 1}
          |            ^
          |
          = help: a `.jsonl` file holds one whole object on each line
        "#);
        insta::assert_snapshot!(mistake("{\n  \"id\": 1\n}"), @r"
        error: broken JSON: it ends within an object
         --> data.jsonl:1:1
          |
        1 | {
          | ^
          |
          = help: a `.jsonl` file holds one whole object on each line
        ");
        insta::assert_snapshot!(mistake("[{\"id\": 1}]"), @r#"
        error: invalid type: sequence, expected an object with the columns of one row
         --> data.jsonl:1:1
          |
        1 | [{"id": 1}]
          | ^
          |
          = help: an array of rows goes into a file that ends in `.json`
        "#);
        insta::assert_snapshot!(mistake("\"text\""), @r#"
        error: invalid type: string "text", expected an object with the columns of one row
         --> data.jsonl:1:6
          |
        1 | "text"
          |      ^
        "#);
        insta::assert_snapshot!(mistake("{\"id\": 1, \"id\": 2}"), @r#"
        error: the key `id` stands here twice
         --> data.jsonl:1:14
          |
        1 | {"id": 1, "id": 2}
          |              ^
        "#);
        insta::assert_snapshot!(mistake("{\"id\": 1}{\"id\": 2}"), @r#"
        error: broken JSON: trailing characters
         --> data.jsonl:1:10
          |
        1 | {"id": 1}{"id": 2}
          |          ^
          |
          = help: a `.jsonl` file holds one whole object on each line
        "#);
        insta::assert_snapshot!(mistake(&format!("{{\"input\": \"{}\", \"id\": }}", "long ".repeat(100))), @r#"
        error: broken JSON: expected value
         --> data.jsonl:1:521
          |
        1 | ...long long long long long long long long long long long ", "id": }
          |                                                                    ^
          |
          = help: a `.jsonl` file holds one whole object on each line
        "#);
    }
}
