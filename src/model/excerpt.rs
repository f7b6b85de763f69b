//! Text from a server or a program → its first or last characters, fit for one line of a message.

use std::fmt::Write as _;

/// The first `most` characters on one line, with what would steer a terminal made visible.
pub(super) fn excerpt(text: &str, most: usize) -> String {
    let text = text.trim();
    let mut out = visible(text.chars().take(most));
    if text.chars().nth(most).is_some() {
        out.push('…');
    }
    out
}

/// The last `most` characters, in the same way: where a program failed, it says why at the end.
pub(super) fn ending(text: &str, most: usize) -> String {
    let text = text.trim();
    match text.chars().count().saturating_sub(most) {
        0 => visible(text.chars()),
        before => format!("…{}", visible(text.chars().skip(before))),
    }
}

fn visible(text: impl Iterator<Item = char>) -> String {
    let mut out = String::new();
    for c in text {
        if c.is_control() || is_invisible(c) {
            // Writing to a string cannot fail.
            let _ = write!(out, "{}", c.escape_debug());
        } else {
            out.push(c);
        }
    }
    out
}

/// Marks that change how the text around them is shown.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_made_visible() {
        assert_eq!(excerpt("<b>\n\u{1b}[31mno\u{202e}ä", 99), "<b>\\n\\u{1b}[31mno\\u{202e}ä");
        assert_eq!((excerpt("abcdef", 3), excerpt("abc", 3)), ("abc…".to_string(), "abc".to_string()));
        assert_eq!((ending("äb\ncd ", 3), ending("abc", 3)), ("…\\ncd".to_string(), "abc".to_string()));
    }
}
