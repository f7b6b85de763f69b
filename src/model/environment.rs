//! Text with `${NAME}` → the text with the environment's values in place, and those values.

use std::cell::RefCell;

use crate::suite::Lookup;
use crate::suite::environment::{self, Unexpanded};

/// A text after its variables were read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Expanded {
    /// The text.
    pub text: String,
    /// The values that went in, any of which may be a secret.
    pub values: Vec<String>,
}

/// Expands every `${NAME}`, and remembers the values.
///
/// # Errors
/// The first one that cannot be filled in.
pub(super) fn expand(text: &str, lookup: Lookup<'_>) -> Result<Expanded, Unexpanded> {
    let values = RefCell::new(Vec::new());
    let text = environment::expand(text, |name| {
        let value = lookup(name)?;
        values.borrow_mut().push(value.clone());
        Some(value)
    })?;
    Ok(Expanded { text, values: values.into_inner() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_remembered_and_not_expanded_again() {
        let lookup = |name: &str| (name == "A_1").then(|| "x${B}".to_string());
        let expanded = expand("${A_1}/{{ y }}", &lookup).unwrap();
        assert_eq!((expanded.text.as_str(), expanded.values), ("x${B}/{{ y }}", vec!["x${B}".to_string()]));
        assert_eq!(expand("${no}", &lookup).unwrap_err().to_string(), "the environment variable `no` is not set");
    }
}
