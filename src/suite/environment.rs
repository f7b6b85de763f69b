//! `${NAME}` in a text → what the environment says.

use std::fmt;

/// A `${…}` that cannot be filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unexpanded {
    /// As it was written: `${NAME}`.
    pub written: String,
    /// Why not.
    pub kind: UnexpandedKind,
}

/// Why a `${…}` cannot be filled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnexpandedKind {
    /// The variable is not set.
    Unset,
    /// What stands between the braces is not a name, or the brace is never closed.
    NotAName,
}

/// Fills in every `${NAME}`; `$${` is a literal `${`, and any other `$` stands for itself.
///
/// # Errors
/// The first one that cannot be filled in.
pub fn expand(text: &str, lookup: impl Fn(&str) -> Option<String>) -> Result<String, Unexpanded> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(dollar) = rest.find("${") {
        let before = &rest[..dollar];
        let after = &rest[dollar + 2..];
        if let Some(before) = before.strip_suffix('$') {
            out.push_str(before);
            out.push_str("${");
            rest = after;
            continue;
        }
        out.push_str(before);
        let unexpanded = |end: usize, kind| Unexpanded { written: rest[dollar..end].to_string(), kind };
        let Some(close) = after.find('}') else {
            return Err(unexpanded(rest.len(), UnexpandedKind::NotAName));
        };
        let (name, end) = (&after[..close], dollar + 2 + close + 1);
        if !is_variable_name(name) {
            return Err(unexpanded(end, UnexpandedKind::NotAName));
        }
        out.push_str(&lookup(name).ok_or_else(|| unexpanded(end, UnexpandedKind::Unset))?);
        rest = &rest[end..];
    }
    out.push_str(rest);
    Ok(out)
}

/// Whether a text names an environment variable: letters, digits and `_`, no digit first.
pub fn is_variable_name(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

impl Unexpanded {
    /// What would mend it.
    pub fn hint(&self) -> String {
        match self.kind {
            UnexpandedKind::Unset => "set it in the environment, or in a file given by `--env-file`".to_string(),
            UnexpandedKind::NotAName => {
                "a variable is written `${NAME}`, and a literal `${` is written `$${`".to_string()
            }
        }
    }
}

impl fmt::Display for Unexpanded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            UnexpandedKind::Unset => {
                let name = self.written.trim_start_matches("${").trim_end_matches('}');
                write!(f, "the environment variable `{name}` is not set")
            }
            UnexpandedKind::NotAName => write!(f, "`{}` does not name an environment variable", self.written),
        }
    }
}

impl std::error::Error for Unexpanded {}

#[cfg(test)]
mod tests {
    use super::*;

    fn lookup(name: &str) -> Option<String> {
        match name {
            "HOST" => Some("example.com".to_string()),
            "SLY" => Some("${HOST}".to_string()),
            _ => None,
        }
    }

    #[test]
    fn variables_are_filled_in_once() {
        assert_eq!(expand("https://${HOST}/v1", lookup).unwrap(), "https://example.com/v1");
        assert_eq!(expand("${SLY}", lookup).unwrap(), "${HOST}");
        assert_eq!(expand("$${HOST} costs $5", lookup).unwrap(), "${HOST} costs $5");
    }

    #[test]
    fn what_cannot_be_filled_in_says_why() {
        assert_eq!(expand("a ${PORT}", lookup).unwrap_err().to_string(), "the environment variable `PORT` is not set");
        assert_eq!(expand("${a-b}", lookup).unwrap_err().to_string(), "`${a-b}` does not name an environment variable");
        assert_eq!(
            expand("x ${HOST", lookup).unwrap_err().to_string(),
            "`${HOST` does not name an environment variable"
        );
    }

    proptest::proptest! {
        #[test]
        fn text_without_variables_stays(text in "[^$]*") {
            proptest::prop_assert_eq!(expand(&text, lookup).unwrap(), text);
        }

        #[test]
        fn no_text_makes_it_panic(text in "[${}A-Zé ]{0,20}") {
            let _ = expand(&text, lookup);
        }
    }
}
