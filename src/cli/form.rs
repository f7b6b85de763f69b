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
    known(path).ok_or_else(|| no_form(path, what, "the endings are .md, .json, .txt"))
}

/// The same of what has an HTML page too, which is no form: `None` is the page.
///
/// # Errors
/// An ending that names neither.
pub fn form_or_page(path: &Path, what: &str) -> Result<Option<Form>, Failure> {
    match (path.extension().and_then(|ending| ending.to_str()), known(path)) {
        (Some("html"), _) => Ok(None),
        (_, Some(form)) => Ok(Some(form)),
        _ => Err(no_form(path, what, "the endings are .html, .md, .json, .txt")),
    }
}

fn known(path: &Path) -> Option<Form> {
    match path.extension()?.to_str()? {
        "json" => Some(Form::Json),
        "md" => Some(Form::Markdown),
        "txt" => Some(Form::Text),
        _ => None,
    }
}

fn no_form(path: &Path, what: &str, hint: &str) -> Failure {
    mistake(format!("the ending of {} names no form of {what}", path.display()), hint)
}
