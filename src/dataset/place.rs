//! A byte of a row's text → the line, column and source line that a mistake is shown with.

use serde_json::Value;

use crate::diagnostic::Place;

/// So many characters of a line are kept after the place itself; the renderer trims the rest of a long line.
const KEPT_AFTER: usize = 120;

/// A stretch of a file, and where it stands there.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stretch<'a> {
    /// The file as the user would type it.
    pub file: &'a str,
    /// The line (from 1) that `text` starts with; it starts at that line's first character.
    pub line: usize,
    /// Whole lines, or the start of one.
    pub text: &'a str,
}

impl Stretch<'_> {
    /// The place of `width` characters from the byte `at` of the text.
    pub fn place(&self, at: usize, width: usize) -> Place {
        let at = floor_char_boundary(self.text, at);
        let start = self.text[..at].rfind('\n').map_or(0, |newline| newline + 1);
        let column = self.text[start..at].chars().count() + 1;
        let line = self.text[start..].split('\n').next().unwrap_or("");
        let source = line.trim_end_matches('\r').chars().take(column + width + KEPT_AFTER).collect();
        Place {
            file: self.file.to_string(),
            line: self.line + self.text[..start].matches('\n').count(),
            column,
            width: width.max(1),
            source,
        }
    }

    /// The place that serde_json names: a line and a column in bytes, both from 1, counted from the byte `from`.
    pub fn place_of_json_error(&self, from: usize, error: &serde_json::Error) -> Place {
        let text = &self.text[from..];
        let before: usize = text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
        self.place(from + before + error.column().saturating_sub(1), 1)
    }
}

/// What serde_json found wrong, without the line and column that the place says already.
pub(super) fn json_reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rfind(" at line ") {
        Some(end) => text[..end].to_string(),
        None => text,
    }
}

/// Where the key stands in the JSON object that `text` starts with: its byte and its width in characters.
pub(super) fn key_in_object(text: &str, key: &str) -> Option<(usize, usize)> {
    let bytes = text.as_bytes();
    let (mut depth, mut at, mut key_next) = (0_usize, 0, false);
    while at < bytes.len() {
        match bytes[at] {
            b'"' => {
                let end = end_of_string(bytes, at)?;
                let quoted = &text[at..end];
                if depth == 1 && key_next && serde_json::from_str::<String>(quoted).is_ok_and(|k| k == key) {
                    return Some((at, quoted.chars().count()));
                }
                key_next = false;
                at = end;
                continue;
            }
            b'{' | b'[' => {
                depth += 1;
                key_next = depth == 1;
            }
            b'}' | b']' => depth = depth.checked_sub(1).filter(|d| *d > 0)?,
            b',' => key_next = true,
            _ => {}
        }
        at += 1;
    }
    None
}

/// The byte after the closing quote of the JSON string that opens at `open`.
fn end_of_string(bytes: &[u8], open: usize) -> Option<usize> {
    let mut at = open + 1;
    loop {
        match bytes.get(at)? {
            b'\\' => at += 2,
            b'"' => return Some(at + 1),
            _ => at += 1,
        }
    }
}

/// What a JSON value is, for "expected an object, found a number (3)".
pub(super) fn kind_of(value: &Value) -> String {
    match value {
        Value::Null => "null".to_string(),
        Value::Bool(b) => format!("{b}"),
        Value::Number(n) => format!("the number {n}"),
        Value::String(s) if s.is_empty() => "an empty string".to_string(),
        Value::String(s) if s.chars().count() <= 30 => format!("the string {s:?}"),
        Value::String(_) => "a string".to_string(),
        Value::Array(list) if list.is_empty() => "an empty list".to_string(),
        Value::Array(_) => "a list".to_string(),
        Value::Object(map) if map.is_empty() => "an empty object".to_string(),
        Value::Object(_) => "an object".to_string(),
    }
}

fn floor_char_boundary(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|b| text.is_char_boundary(*b)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_found_at_the_top_level_only() {
        let text = r#"{"a": {"id": 1, "b": ["id"]}, "x": "id", "id": 7}"#;
        assert_eq!(key_in_object(text, "id"), Some((text.rfind("\"id\"").unwrap(), 4)));
        assert_eq!(key_in_object(text, "b"), None);
        assert_eq!(key_in_object(r#"{"\u0069d": 1}"#, "id"), Some((1, 9)));
        assert_eq!(key_in_object(r#"{"a"#, "a"), None);
    }

    #[test]
    fn a_place_counts_characters_and_keeps_the_start_of_a_long_line() {
        let text = format!("ä\"b\nüü{}", "x".repeat(1000));
        let stretch = Stretch { file: "f", line: 7, text: &text };
        let place = stretch.place(text.find('x').unwrap(), 1);
        assert_eq!((place.line, place.column, place.source.chars().count()), (8, 3, 124));
        assert_eq!(stretch.place(1, 1).column, 1, "within a character");
    }
}
