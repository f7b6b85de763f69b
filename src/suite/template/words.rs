//! A template → the words within its tags, with their places: minijinja itself does not say where a name is used.

use std::ops::Range;

/// A name or keyword within a tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word<'a> {
    pub text: &'a str,
    pub range: Range<usize>,
    /// The character before it, spaces aside: `|` before a filter, `.` before an attribute.
    pub after: char,
    /// Whether it is the first word of a `{% … %}`.
    pub opens: bool,
}

/// The words of a template, in order; texts in quotes, comments and raw blocks have none.
pub fn words(text: &str) -> Vec<Word<'_>> {
    let mut words = Vec::new();
    let mut from = 0;
    let mut raw = false;
    while let Some(offset) = text[from..].find('{') {
        let start = from + offset;
        let (close, block) = match text.as_bytes().get(start + 1) {
            Some(b'{') => ("}}", false),
            Some(b'%') => ("%}", true),
            Some(b'#') => ("#}", false),
            _ => {
                from = start + 1;
                continue;
            }
        };
        let body = start + 2;
        let end = if close == "#}" {
            text[body..].find(close).map_or(text.len(), |at| body + at)
        } else {
            tag_end(text, body, close)
        };
        let before = words.len();
        if close != "#}" {
            tag(text, body..end, block, &mut words);
        }
        let opening = words.get(before).filter(|_| block).map(|word: &Word<'_>| word.text);
        match (raw, opening) {
            (false, Some("raw")) => raw = true,
            (true, Some("endraw")) => raw = false,
            (true, _) => words.truncate(before),
            _ => {}
        }
        from = (end + 2).min(text.len());
        // The end may fall inside a character where the tag was never closed.
        while !text.is_char_boundary(from) {
            from += 1;
        }
    }
    words
}

/// Where a tag ends: a closing mark in quotes is none.
fn tag_end(text: &str, from: usize, close: &str) -> usize {
    let mut quote = None;
    let mut escaped = false;
    for (at, c) in text[from..].char_indices() {
        match quote {
            Some(_) if escaped => escaped = false,
            Some(_) if c == '\\' => escaped = true,
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if c == '\'' || c == '"' => quote = Some(c),
            None if text[from + at..].starts_with(close) => return from + at,
            None => {}
        }
    }
    text.len()
}

/// The words of one tag.
fn tag<'a>(text: &'a str, range: Range<usize>, block: bool, words: &mut Vec<Word<'a>>) {
    let before = words.len();
    let (mut quote, mut escaped, mut after) = (None, false, ' ');
    let mut start = None;
    let body = &text[range.clone()];
    for (at, c) in body.char_indices().chain([(body.len(), ' ')]) {
        if let Some(open) = quote {
            match c {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                _ if c == open => (quote, after) = (None, c),
                _ => {}
            }
            continue;
        }
        let part = c.is_alphanumeric() || c == '_';
        match start {
            None if part => start = Some(at),
            Some(begun) if !part => {
                let range = range.start + begun..range.start + at;
                words.push(Word { text: &text[range.clone()], range, after, opens: block && words.len() == before });
                (start, after) = (None, ' ');
            }
            _ => {}
        }
        if c == '\'' || c == '"' {
            quote = Some(c);
        } else if !part && !c.is_whitespace() {
            after = c;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        let words = words(text);
        let shown = words.iter().map(|w| {
            format!(
                "{}{}{}",
                if w.opens { "%" } else { "" },
                if w.after == ' ' { String::new() } else { w.after.to_string() },
                w.text
            )
        });
        shown.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn words_stand_in_tags_only() {
        assert_eq!(shown("a {{ b.c | upper }} d {%- if x is not odd %}"), "b .c |upper %-if x is not odd");
        assert_eq!(shown("{{ 'x }} y' ~ z }}"), "~z");
        assert_eq!(shown("{# a #}{{ b }}{% raw %}{{ c }}{% endraw %}{{ d }}"), "b %raw %endraw d");
        assert_eq!(shown("{ {a} {{ é"), "é");
    }

    proptest::proptest! {
        #[test]
        fn places_are_right_whatever_the_text(text in "[{}%#'\"a-cé |.\\\\-]{0,40}") {
            for word in words(&text) {
                proptest::prop_assert_eq!(&text[word.range.clone()], word.text);
            }
        }
    }
}
