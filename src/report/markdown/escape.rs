//! Untrusted text → Markdown that says the same and does nothing: no markup, no table break, no mention, no link.

use crate::report::text;

/// One line for running text and table cells. Everything Markdown or HTML could read as markup is escaped;
/// mentions, references and addresses are broken by a zero-width space, since GitHub looks for them after rendering.
pub fn inline(untrusted: &str) -> String {
    let line = text::line(untrusted);
    let chars: Vec<char> = line.chars().collect();
    let mut out = String::with_capacity(line.len());
    for (at, c) in chars.iter().enumerate() {
        let within =
            |step: isize| at.checked_add_signed(step).and_then(|i| chars.get(i)).is_some_and(|c| c.is_alphanumeric());
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '_' if within(-1) && within(1) => out.push('_'),
            '@' | '#' => out.extend(["\\", &c.to_string(), "&#8203;"]),
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '!' | '|' | '~' | '$' => out.extend(['\\', *c]),
            _ => out.push(*c),
        }
    }
    unlinked(&out)
}

/// Many lines inside an HTML block: entities only, so that no Markdown is read in it, and no blank line can end the block.
pub fn block(untrusted: &str) -> String {
    let mut out = String::with_capacity(untrusted.len());
    for c in text::visible(untrusted).trim_end().chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push_str("<br>"),
            '`' | '|' | '*' | '_' | '[' | ']' | '\\' | '~' | '$' | '!' => out.push_str(&format!("&#{};", u32::from(c))),
            '@' | '#' => out.extend([&c.to_string(), "&#8203;"]),
            _ => out.push(c),
        }
    }
    unlinked(&out)
}

/// Addresses that would become links of themselves.
fn unlinked(text: &str) -> String {
    text.replace("://", ":&#8203;//").replace("www.", "www&#8203;.").replace("WWW.", "WWW&#8203;.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_holds_no_markup() {
        assert_eq!(inline("has_order | `x` <b> *y*\n[a](b)"), "has_order \\| \\`x\\` &lt;b&gt; \\*y\\* \\[a\\](b)");
        assert_eq!(inline("@octocat #12 https://a.b"), "\\@&#8203;octocat \\#&#8203;12 https:&#8203;//a.b");
    }

    #[test]
    fn a_block_holds_no_markup_and_no_line_end() {
        assert_eq!(block("```\n\n</details> @me\n"), "&#96;&#96;&#96;<br><br>&lt;/details&gt; @&#8203;me");
    }
}
