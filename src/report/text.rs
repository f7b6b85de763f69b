//! Untrusted text → text that is safe to show: nothing in it can steer a terminal, hide, or reorder what stands beside it.

/// `text` with everything that is not seen, or that changes how its neighbours are seen, written out as `\x1b` or `\u{202e}`.
/// Line ends (`\n`, `\r\n`) and tabs stay. Joiners stay inside scripts and emoji that need them.
pub fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut before = ' ';
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\r' if chars.peek() == Some(&'\n') => continue,
            '\n' | '\t' => shown.push(c),
            // Joining two emoji, or shaping Persian and Indic letters, is what they are for.
            '\u{200c}' | '\u{200d}' if !before.is_ascii() => shown.push(c),
            _ if c.is_control() && c.is_ascii() => shown.push_str(&format!("\\x{:02x}", u32::from(c))),
            _ if c.is_control() || is_hidden(c) => shown.push_str(&format!("\\u{{{:x}}}", u32::from(c))),
            _ => shown.push(c),
        }
        before = c;
    }
    shown
}

/// Characters without a shape of their own: directions, zero-width, tags, fillers, line separators, noncharacters.
fn is_hidden(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{feff}' | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{fffe}' | '\u{ffff}'
        | '\u{e0000}'..='\u{e0fff}')
}

/// `text` made visible on one line: every run of white space becomes one space.
pub fn line(text: &str) -> String {
    let mut out = String::new();
    for word in visible(text).split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

/// How many columns of a terminal `text` takes, near enough for tables: 2 for East Asian and emoji, 0 for combining marks.
pub fn width(text: &str) -> usize {
    text.chars().map(char_width).sum()
}

fn char_width(c: char) -> usize {
    match u32::from(c) {
        0..=0x2ff => 1,
        0x300..=0x36f
        | 0x483..=0x489
        | 0x591..=0x5bd
        | 0x610..=0x61a
        | 0x64b..=0x65f
        | 0x200c..=0x200d
        | 0x20d0..=0x20ff
        | 0xfe00..=0xfe0f => 0,
        0x1100..=0x115f
        | 0x2e80..=0x303e
        | 0x3041..=0xa4cf
        | 0xac00..=0xd7a3
        | 0xf900..=0xfaff
        | 0xfe30..=0xfe6f
        | 0xff00..=0xff60
        | 0xffe0..=0xffe6
        | 0x1f300..=0x1f64f
        | 0x1f680..=0x1f6ff
        | 0x1f900..=0x1f9ff
        | 0x20000..=0x3fffd => 2,
        _ => 1,
    }
}

/// `text` cut to at most so many columns, with `…` where something was cut off.
pub fn cut(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_string();
    }
    let mut room = columns.saturating_sub(1);
    let mut end = 0;
    for (at, c) in text.char_indices() {
        let takes = char_width(c);
        if takes > room {
            break;
        }
        room -= takes;
        end = at + c.len_utf8();
    }
    if columns == 0 { String::new() } else { format!("{}…", text[..end].trim_end()) }
}

/// `text` cut to at most so many columns with `…` in its middle, for names whose ends tell them apart.
pub fn middle(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_string();
    }
    let head = columns / 2 + columns % 2;
    let mut room = columns.saturating_sub(head);
    let mut from = text.len();
    for (at, c) in text.char_indices().rev() {
        if char_width(c) > room {
            break;
        }
        room -= char_width(c);
        from = at;
    }
    // A joiner or an accent belongs to the letter that was cut off.
    let tail = text[from..].trim_start_matches(|c| char_width(c) == 0);
    cut(text, head) + tail
}

/// `text` cut to at most so many columns around the place where it differs from another, for names that [`middle`] would make
/// the same.
pub fn apart(text: &str, other: &str, columns: usize) -> String {
    let same = text.chars().zip(other.chars()).take_while(|(one, another)| one == another).count();
    // Some of what they have in common stands before it, so that people find the place, and more where there is room.
    let fits = text.chars().count().saturating_sub(columns.saturating_sub(1));
    let start = same.saturating_sub(columns / 3).min(fits);
    if start == 0 {
        return cut(text, columns);
    }
    let rest: String = text.chars().skip(start).skip_while(|c| char_width(*c) == 0).collect();
    cut(&format!("…{rest}"), columns)
}

/// `text` cut to at most so many characters, and how many were left out.
pub fn cut_chars(text: &str, limit: usize) -> (&str, usize) {
    match text.char_indices().nth(limit) {
        None => (text, 0),
        Some((end, _)) => (&text[..end], text[end..].chars().count()),
    }
}

/// One line of text as lines of at most so many columns, broken at spaces; a longer word stands alone and is cut.
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut used = 0;
    for word in text.split_whitespace() {
        let takes = width(word);
        if used > 0 && used + 1 + takes > columns {
            lines.push(String::new());
            used = 0;
        }
        if let Some(last) = lines.last_mut() {
            if used > 0 {
                last.push(' ');
                used += 1;
            }
            last.push_str(&cut(word, columns));
            used += takes.min(columns);
        }
    }
    lines
}

/// Lines that a CI runner would take for a workflow command (`::add-mask::`, `##[group]`), with the command broken.
pub fn inert(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for part in text.replace("##[", "## [").split_inclusive('\n') {
        let start = part.len() - part.trim_start().len();
        match part[start..].strip_prefix("::") {
            Some(rest) => out.extend([&part[..start], ": :", rest]),
            None => out.push_str(part),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_or_hides_is_written_out() {
        assert_eq!(visible("a\x1b[31mb\u{7}\r\nc\rd\te"), "a\\x1b[31mb\\x07\nc\\x0dd\te");
        assert_eq!(
            visible("\u{202e}evil\u{200b}\u{feff}\u{e0041}\u{9b}"),
            "\\u{202e}evil\\u{200b}\\u{feff}\\u{e0041}\\u{9b}"
        );
        assert_eq!(visible("a\u{200d}b"), "a\\u{200d}b");
        assert_eq!(visible("👩\u{200d}💻 می\u{200c}روم שלום"), "👩\u{200d}💻 می\u{200c}روم שלום");
    }

    #[test]
    fn cutting_keeps_whole_characters_and_columns() {
        assert_eq!(cut("häuser", 4), "häu…");
        assert_eq!(cut("日本語の返品", 6), "日本…");
        assert_eq!(cut("short", 5), "short");
        assert_eq!(cut("x", 0), "");
        assert_eq!(middle("follows_the_refund_policy", 12), "follo…policy");
        assert_eq!(middle("日本語の返品の手続き", 9), "日本…続き");
        assert_eq!(middle("short", 5), "short");
        let (one, other) = ("answers-the-question-A-as-people-want", "answers-the-question-B-as-people-want");
        assert_eq!(middle(one, 20), middle(other, 20));
        assert_eq!(apart(one, other, 20), "…stion-A-as-people-…");
        assert_eq!(apart(other, one, 20), "…stion-B-as-people-…");
        assert_eq!(apart("a-long-one-and-x-more", "an-other", 8), "a-long-…");
        assert_eq!(apart("the-long-one", "the-long-one-and-more", 8), "…ong-one");
        assert_eq!(cut_chars("äöü", 2), ("äö", 1));
    }

    #[test]
    fn lines_break_at_spaces() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("incomprehensible", 5), ["inco…"]);
        assert_eq!(line(" a\n\n b\t"), "a b");
    }

    #[test]
    fn no_line_is_a_workflow_command() {
        assert_eq!(
            inert("  ::add-mask::x\nok ::error::\n##[group]a\n"),
            "  : :add-mask::x\nok ::error::\n## [group]a\n"
        );
    }
}
