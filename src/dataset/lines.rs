//! Bytes of a text file → its lines, with every mistake of encoding told by line and column.

use std::io::BufRead;
use std::sync::Arc;

use super::place::Stretch;
use crate::diagnostic::Diagnostic;

/// One line of a text file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    /// From 1.
    pub number: usize,
    /// The text without its end, and without a byte order mark.
    pub text: String,
    /// `\n`, `\r\n`, or nothing at the end of the file.
    pub end: &'static str,
}

/// The lines of a text file, one after another.
pub(super) struct Lines<R> {
    reader: R,
    file: Arc<str>,
    number: usize,
    done: bool,
}

impl<R: BufRead> Lines<R> {
    pub fn new(reader: R, file: Arc<str>) -> Self {
        Self { reader, file, number: 0, done: false }
    }
}

impl<R: BufRead> Iterator for Lines<R> {
    type Item = Result<Line, Diagnostic>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.done {
            return None;
        }
        let mut bytes = Vec::new();
        match self.reader.read_until(b'\n', &mut bytes) {
            Ok(0) => {
                self.done = true;
                return None;
            }
            Ok(_) => self.number += 1,
            Err(error) => {
                self.done = true;
                return Some(Err(cannot_read(&self.file, &error)));
            }
        }
        if self.number == 1 {
            if let Some(error) = utf_16(&self.file, &bytes) {
                self.done = true;
                return Some(Err(error));
            }
            if bytes.starts_with(BOM) {
                bytes.drain(..BOM.len());
            }
        }
        let end = if bytes.ends_with(b"\r\n") {
            "\r\n"
        } else if bytes.ends_with(b"\n") {
            "\n"
        } else {
            ""
        };
        bytes.truncate(bytes.len() - end.len());
        Some(text(&self.file, self.number, bytes).map(|text| Line { number: self.number, text, end }))
    }
}

const BOM: &[u8] = b"\xef\xbb\xbf";

/// A file that could not be opened or read.
pub(super) fn cannot_read(file: &str, error: &std::io::Error) -> Diagnostic {
    Diagnostic::new(format!("cannot read {file}: {error}"))
}

/// The mistake of a file that starts with the byte order mark of UTF-16.
fn utf_16(file: &str, bytes: &[u8]) -> Option<Diagnostic> {
    (bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff")).then(|| {
        Diagnostic::new(format!("{file} is written in UTF-16")).hint("save it as UTF-8: `iconv -f UTF-16 -t UTF-8`")
    })
}

/// Bytes that start with the line `number` as text.
fn text(file: &str, number: usize, bytes: Vec<u8>) -> Result<String, Diagnostic> {
    let text = match String::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let at = error.utf8_error().valid_up_to();
            let bytes = error.as_bytes();
            let shown = String::from_utf8_lossy(bytes);
            let stretch = Stretch { file, line: number, text: &shown };
            let in_line = at - bytes[..at].iter().rposition(|b| *b == b'\n').map_or(0, |newline| newline + 1);
            let message = format!("invalid UTF-8: byte {} of the line is 0x{:02x}", in_line + 1, bytes[at]);
            return Err(Diagnostic::new(message)
                .at(stretch.place(at, 1))
                .hint("save the file as UTF-8; Latin-1 and Windows-1252 are not read"));
        }
    };
    if let Some(at) = text.find('\0') {
        let shown = text.replace('\0', "\u{2400}");
        let at = at + 2 * text[..at].matches('\0').count();
        return Err(Diagnostic::new("a NUL byte")
            .at(Stretch { file, line: number, text: &shown }.place(at, 1))
            .hint("a text file holds none: is it UTF-16 without a byte order mark, or binary?"));
    }
    Ok(text)
}

/// A whole file as text, under the same rules as its lines.
pub(super) fn whole(file: &str, mut bytes: Vec<u8>) -> Result<String, Diagnostic> {
    if let Some(error) = utf_16(file, &bytes) {
        return Err(error);
    }
    if bytes.starts_with(BOM) {
        bytes.drain(..BOM.len());
    }
    text(file, 1, bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(bytes: &[u8]) -> Vec<Result<Line, Diagnostic>> {
        Lines::new(bytes, Arc::from("data.jsonl")).collect()
    }

    fn mistake(bytes: &[u8]) -> Diagnostic {
        lines(bytes).into_iter().find_map(Result::err).unwrap()
    }

    #[test]
    fn a_byte_order_mark_and_both_line_ends_are_taken_off() {
        let read: Vec<_> = lines(b"\xef\xbb\xbfa\r\n\nb").into_iter().map(Result::unwrap).collect();
        let read: Vec<_> = read.iter().map(|l| (l.number, l.text.as_str(), l.end)).collect();
        assert_eq!(read, [(1, "a", "\r\n"), (2, "", "\n"), (3, "b", "")]);
    }

    #[test]
    fn mistakes_of_encoding_name_their_byte() {
        insta::assert_snapshot!(mistake(b"ok\n{\"id\": \"caf\xe9\"}\n"), @r#"
        error: invalid UTF-8: byte 12 of the line is 0xe9
         --> data.jsonl:2:12
          |
        2 | {"id": "caf�"}
          |            ^
          |
          = help: save the file as UTF-8; Latin-1 and Windows-1252 are not read
        "#);
        insta::assert_snapshot!(mistake(b"\xff\xfe{\0}\0"), @r"
        error: data.jsonl is written in UTF-16
         |
         = help: save it as UTF-8: `iconv -f UTF-16 -t UTF-8`
        ");
        insta::assert_snapshot!(mistake(b"{\0}\0"), @r"
        error: a NUL byte
         --> data.jsonl:1:2
          |
        1 | {␀}␀
          |  ^
          |
          = help: a text file holds none: is it UTF-16 without a byte order mark, or binary?
        ");
    }
}
