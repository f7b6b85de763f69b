//! One value of a suite → text, a number, a time; or what was expected and what stands there.

use std::time::Duration;

use super::node::{Key, Node, Value};
use super::reader::Reader;
use crate::diagnostic::Diagnostic;

/// What a duration looks like, for messages.
pub const TIME: &str = "a time above zero with its unit, such as `60s`, `500ms` or `2m`";

/// What a size looks like, for messages.
pub const SIZE: &str = "a size with its unit, such as `500MB` or `1GB`";

impl<'a> Reader<'a> {
    pub fn map(self, node: &'a Node, what: &str) -> Option<&'a [(Key, Node)]> {
        match &node.value {
            Value::Map(entries) => Some(entries),
            _ => {
                let message = format!("{what} must be a map, and here stands {}", node.describe());
                self.say(node.at, Diagnostic::new(message));
                None
            }
        }
    }

    pub fn text(self, node: &Node, key: &str) -> Option<String> {
        match &node.value {
            Value::Text(text) if text.trim().is_empty() => self.wrong(node, key, "a text that says something"),
            Value::Text(text) => Some(text.clone()),
            _ => self.wrong(node, key, "text"),
        }
    }

    pub fn scalar(self, node: &Node, key: &str) -> Option<String> {
        node.scalar().map(str::to_string).or_else(|| self.wrong(node, key, "text"))
    }

    /// Says that a value is not what its key wants.
    pub fn wrong<T>(self, node: &Node, key: &str, expected: &str) -> Option<T> {
        let diagnostic = Diagnostic::new(format!("`{key}` must be {expected}, and here stands {}", node.describe()));
        let diagnostic = match (expected, node.scalar()) {
            (TIME, Some(raw)) if node.number().is_some() => diagnostic.hint(format!("in seconds: `{raw}s`")),
            ("text", Some(raw)) => diagnostic.hint(format!("put it in quotes: \"{raw}\"")),
            _ => diagnostic,
        };
        self.say(node.at, diagnostic);
        None
    }
}

impl Node {
    /// The number that stands here, if it is a finite one.
    pub fn number(&self) -> Option<f64> {
        match self.value {
            #[expect(
                clippy::cast_precision_loss,
                reason = "a suite's numbers are small, and a larger one is only compared with bounds"
            )]
            Value::Int(number) => Some(number as f64),
            Value::Float(number) => Some(number).filter(|number| number.is_finite()),
            _ => None,
        }
    }
}

/// `60s`, `500ms`, `2m`, `1h`, `30d`; never nothing.
pub fn duration(text: &str) -> Option<Duration> {
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let (number, unit) = text.split_at(digits);
    let seconds = match unit.trim_start() {
        "ms" => 0.001,
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        "d" => 86_400.0,
        _ => return None,
    };
    let duration = Duration::try_from_secs_f64(number.parse::<f64>().ok()? * seconds).ok()?;
    (!duration.is_zero()).then_some(duration)
}

/// `500MB`, `1.5 GB`, `64MiB`, `100kB`: bytes; never nothing.
pub fn size(text: &str) -> Option<u64> {
    let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
    let (number, unit) = text.split_at(digits);
    let factor = match unit.trim_start().to_ascii_lowercase().as_str() {
        "b" => 1.0,
        "kb" => 1e3,
        "mb" => 1e6,
        "gb" => 1e9,
        "tb" => 1e12,
        "kib" => 1024.0,
        "mib" => 1024.0 * 1024.0,
        "gib" => 1024.0 * 1024.0 * 1024.0,
        _ => return None,
    };
    let bytes = number.parse::<f64>().ok()? * factor;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is held against both bounds")]
    (1.0..9e18).contains(&bytes).then_some(bytes as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_needs_its_unit() {
        assert_eq!(duration("60s"), Some(Duration::from_secs(60)));
        assert_eq!(duration("500ms"), Some(Duration::from_millis(500)));
        assert_eq!(duration("1.5 m"), Some(Duration::from_secs(90)));
        assert_eq!(duration("30d"), Some(Duration::from_secs(30 * 24 * 3600)));
        for wrong in ["60", "s", "-1s", "0s", "1w", "1e3s", "99999999999999999999h", ""] {
            assert_eq!(duration(wrong), None, "{wrong}");
        }
    }
    #[test]
    fn a_size_needs_its_unit() {
        assert_eq!(size("500MB"), Some(500_000_000));
        assert_eq!(size("1.5 gb"), Some(1_500_000_000));
        assert_eq!(size("64MiB"), Some(64 << 20));
        assert_eq!(size("1b"), Some(1));
        for wrong in ["500", "MB", "-1MB", "0MB", "1 MBs", "1e3MB", "99999999TB", ""] {
            assert_eq!(size(wrong), None, "{wrong}");
        }
    }
}
