//! `pattern:` of a check or a reply → a regular expression that compiles.

use regex::Regex;

use crate::diagnostic::Diagnostic;
use crate::suite::fields::Fields;
use crate::suite::node::{At, Node};

/// A regular expression that compiles.
pub fn read(fields: &Fields<'_>, key: &str) -> Option<String> {
    let node = fields.required(key, "pattern: 'order #\\d+'")?;
    let pattern = fields.reader.scalar(node, key)?;
    match Regex::new(&pattern) {
        Ok(_) => Some(pattern),
        Err(error) => {
            let (message, at) = regex_fault(node, &pattern, &error);
            fields.reader.say(
                at,
                Diagnostic::new(message)
                    .hint("the syntax is that of Rust's `regex`: no look-around, no back-references"),
            );
            None
        }
    }
}

/// What is wrong with a pattern, and where: the crate says both in a text with a caret below the pattern.
fn regex_fault(node: &Node, pattern: &str, error: &regex::Error) -> (String, At) {
    let said = error.to_string();
    let reason = said.lines().find_map(|line| line.strip_prefix("error: ")).unwrap_or("it is too large");
    let caret =
        said.lines().find(|line| line.trim_start().starts_with('^')).map(|line| line.len() - line.trim_start().len());
    let message = format!("`{pattern}` is not a regular expression: {reason}");
    // The crate indents both by four. In YAML's double quotes a pattern is longer than what it says.
    let plain = node.at.width == pattern.chars().count() || node.at.width == pattern.chars().count() + 2;
    match caret {
        Some(column) if plain && !pattern.contains('\n') => {
            let quote = usize::from(node.at.width > pattern.chars().count());
            (message, At { column: node.at.column + quote + column.saturating_sub(4), width: 1, ..node.at })
        }
        _ => (message, node.at),
    }
}
