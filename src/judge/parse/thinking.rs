//! A reply → the reply without its hidden reasoning.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;

use super::fixed;

/// The tags that models put around reasoning which is not part of the answer.
static TAG: LazyLock<Regex> = LazyLock::new(|| fixed(r"(?i)<(/?)\s*(think|thinking|reasoning)\s*>"));

/// Drops `<think>…</think>`, `<thinking>…` and `<reasoning>…`.
///
/// A reply with only the closing tag (its template opened the block) loses what stands before it.
/// One that opens with an object is left alone: a tag in there is a word of one of its strings.
///
/// # Errors
/// Says so where a block is never closed: such a reply did not get to its verdict.
pub fn drop_hidden(reply: &str) -> Result<Cow<'_, str>, String> {
    let start = reply.trim_start_matches('\u{feff}').trim_start();
    if start.starts_with('{') || start.starts_with("```") {
        return Ok(Cow::Borrowed(reply));
    }
    let mut spoken = String::new();
    let mut rest = reply;
    let mut tagged = false;
    while let Some(tag) = TAG.captures(rest) {
        let (Some(whole), Some(name)) = (tag.get(0), tag.get(2)) else {
            break;
        };
        tagged = true;
        let after = &rest[whole.end()..];
        if tag.get(1).is_some_and(|slash| !slash.is_empty()) {
            spoken.clear();
            rest = after;
            continue;
        }
        spoken.push_str(&rest[..whole.start()]);
        let closing = TAG.captures_iter(after).find_map(|other| {
            let closes = other.get(1).is_some_and(|slash| !slash.is_empty())
                && other.get(2).is_some_and(|n| n.as_str().eq_ignore_ascii_case(name.as_str()));
            if closes { other.get(0) } else { None }
        });
        match closing {
            Some(end) => rest = &after[end.end()..],
            None => {
                return Err(format!("the reply ends inside <{}>, before its verdict", name.as_str().to_lowercase()));
            }
        }
    }
    if !tagged {
        return Ok(Cow::Borrowed(reply));
    }
    spoken.push_str(rest);
    Ok(Cow::Owned(spoken))
}
