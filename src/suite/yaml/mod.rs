//! YAML text → a tree of nodes with their places; what is not YAML, and keys written twice, become diagnostics.
//!
//! The events come from serde-saphyr's own parser. An anchor is copied where its alias stands, `<<` merges maps,
//! and both stop at a budget, so that a small file cannot grow into a large tree.

use serde_saphyr::granit_parser::Parser;

use self::build::Builder;
use super::node::{At, Node};

mod build;
#[cfg(test)]
mod tests;

/// What is wrong, and where in the text; the reader adds the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub at: At,
    pub message: String,
    pub hint: Option<String>,
}

impl Fault {
    fn new(at: At, message: impl Into<String>) -> Self {
        Self { at, message: message.into(), hint: None }
    }

    fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }
}

/// Reads one document. What was found wrong comes with the tree where there still is one.
pub fn parse(text: &str) -> (Option<Node>, Vec<Fault>) {
    let mut builder = Builder::default();
    for event in Parser::new_from_str(text) {
        let step = match event {
            Ok((event, span)) => builder.event(event, &span),
            Err(error) => {
                let marker = error.marker();
                let at = At { line: marker.line(), column: marker.col() + 1, width: 1 };
                Err(syntax(at, &error.kind().to_string()))
            }
        };
        if let Err(fault) = step {
            builder.faults.push(fault);
            return (None, builder.faults);
        }
    }
    (builder.root, builder.faults)
}

/// What the parser said, with the remedies of the most common slips.
fn syntax(at: At, said: &str) -> Fault {
    let fault = Fault::new(at, format!("not valid YAML: {said}"));
    match said {
        s if s.contains("tab") => fault.hint("indent with spaces"),
        s if s.contains("unexpected character") => fault.hint("put the text in quotes"),
        s if s.contains("mapping values are not allowed") => fault.hint("text that holds `: ` needs quotes"),
        s if s.contains("unknown anchor") => fault.hint("text that starts with `*` needs quotes"),
        _ => fault,
    }
}
