//! Text from a server → its first characters, fit for one line of a message.

use std::fmt::Write as _;

/// The first `most` characters on one line, with what would steer a terminal made visible.
pub(super) fn excerpt(text: &str, most: usize) -> String {
    let text = text.trim();
    let mut out = String::new();
    for c in text.chars().take(most) {
        if c.is_control() || is_invisible(c) {
            // Writing to a string cannot fail.
            let _ = write!(out, "{}", c.escape_debug());
        } else {
            out.push(c);
        }
    }
    if text.chars().nth(most).is_some() {
        out.push('…');
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
        assert_eq!(excerpt("abcdef", 3), "abc…");
    }
}
