//! The forms that findings beside a report are written in, by the ending of the file.

use std::path::Path;

use super::failure::Failure;
use super::session::mistake;

/// A form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// `.json`: all of it.
    Json,
    /// `.md`
    Markdown,
    /// `.txt`: as on the terminal.
    Text,
}

/// The form that a path asks for. `what` is written there, as in `a calibration`.
///
/// # Errors
/// An ending that names none.
pub fn form_of(path: &Path, what: &str) -> Result<Form, Failure> {
    match path.extension().and_then(|ending| ending.to_str()) {
        Some("json") => Ok(Form::Json),
        Some("md") => Ok(Form::Markdown),
        Some("txt") => Ok(Form::Text),
        _ => Err(mistake(
            format!("the ending of {} names no form of {what}", path.display()),
            "the endings are .md, .json, .txt",
        )),
    }
}
