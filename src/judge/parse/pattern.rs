//! The last match of a regular expression → one verdict.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use indexmap::IndexMap;
use regex::Regex;

use super::Unread;
use super::worth::{short, worth};
use crate::suite::Rubric;

/// Expressions compiled so far: a run reads thousands of replies by the same few. They are shared, since each clone of
/// a [`Regex`] would build its working memory anew.
static COMPILED: LazyLock<Mutex<HashMap<String, Arc<Regex>>>> = LazyLock::new(Mutex::default);

/// Reads the last match: its first group that took part (the whole match where there is no group), looked up in
/// `values`, or else read as it stands.
pub fn read(rubric: &Rubric, pattern: &str, values: &IndexMap<String, String>, reply: &str) -> Result<f64, Unread> {
    let expression = compiled(pattern).map_err(Unread::Unclear)?;
    let Some(last) = expression.captures_iter(reply).last() else {
        return Err(Unread::Absent(format!("no match for the pattern `{pattern}`")));
    };
    let group = last.iter().skip(1).flatten().next();
    let capture = group.or_else(|| last.get(0)).map_or("", |m| m.as_str());
    let words = values.get(capture).or_else(|| values.get(capture.trim())).map_or(capture, String::as_str);
    worth(rubric, words).map_err(|reason| Unread::Unclear(format!("the pattern found `{}`: {reason}", short(capture))))
}

fn compiled(pattern: &str) -> Result<Arc<Regex>, String> {
    let mut known = COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(expression) = known.get(pattern) {
        return Ok(Arc::clone(expression));
    }
    let expression = Arc::new(Regex::new(pattern).map_err(|error| {
        // The message draws the expression over several lines and ends in what is wrong.
        let drawn = error.to_string();
        let wrong = drawn.lines().last().unwrap_or_default().trim_start_matches("error: ");
        format!("the pattern cannot be used: {wrong}")
    })?);
    known.insert(pattern.to_string(), Arc::clone(&expression));
    Ok(expression)
}
