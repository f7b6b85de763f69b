//! A trace of any size → one within the limits, with every cut marked where it was made.

use serde::Serialize;
use serde_json::Value;

use super::Trace;

/// Items of one list that are kept: the first ones.
pub const MOST_ITEMS: usize = 200;

/// Bytes of one text that are kept: its start.
pub const MOST_TEXT: usize = 16 << 10;

/// Bytes of a whole trace as JSON. Where the first two limits do not reach that, texts are cut shorter still.
pub const MOST_WHOLE: usize = 256 << 10;

/// No text is cut shorter than this; lists are then.
const LEAST_TEXT: usize = 256;

/// Names and roles: words, not texts.
const MOST_NAME: usize = 200;

/// The end of a text that was cut.
pub(super) const CUT: &str = " bytes cut]";

impl Trace {
    /// The same trace within the limits.
    #[must_use]
    pub fn within_limits(mut self) -> Self {
        let mut cut = std::mem::take(&mut self.cut);
        let (mut items, mut text) = (MOST_ITEMS, MOST_TEXT);
        loop {
            let gone = self.shorten(items, text);
            cut.extend(gone);
            // Counted rather than written: a trace is cut once, and measured for each case.
            if size(&self) <= MOST_WHOLE || (text == LEAST_TEXT && items == 1) {
                break;
            }
            if text > LEAST_TEXT { text /= 2 } else { items = (items / 2).max(1) }
        }
        cut.dedup();
        self.cut = cut;
        self
    }

    /// Cuts lists to so many items and texts to so many bytes, and says what went.
    fn shorten(&mut self, items: usize, most: usize) -> Vec<String> {
        let mut cut = Vec::new();
        truncate(&mut self.contexts, "contexts", items, &mut cut);
        truncate(&mut self.tool_calls, "tool_calls", items, &mut cut);
        truncate(&mut self.steps, "steps", items, &mut cut);
        truncate(&mut self.messages, "messages", items, &mut cut);
        let mut shortened = 0;
        let mut text = |text: &mut String, most| shortened += usize::from(shorten(text, most));
        for passage in &mut self.contexts {
            text(&mut passage.text, most);
            passage.id.iter_mut().for_each(|id| text(id, MOST_NAME));
        }
        for step in &mut self.steps {
            text(&mut step.name, MOST_NAME);
            [&mut step.kind, &mut step.model].into_iter().flatten().for_each(|word| text(word, MOST_NAME));
            [&mut step.output, &mut step.error].into_iter().flatten().for_each(|long| text(long, most));
        }
        for turn in &mut self.messages {
            text(&mut turn.role, MOST_NAME);
            text(&mut turn.content, most);
        }
        for call in &mut self.tool_calls {
            text(&mut call.name, MOST_NAME);
            [Some(&mut call.arguments), call.result.as_mut()].into_iter().flatten().for_each(|value| {
                // What no longer is JSON stands there as the text that it was.
                if size(value) > most {
                    let mut whole = value.as_str().map_or_else(|| value.to_string(), str::to_string);
                    text(&mut whole, most);
                    *value = Value::String(whole);
                }
            });
        }
        if shortened > 0 {
            cut.push(format!("{shortened} texts cut to {most} bytes"));
        }
        cut
    }
}

fn truncate<T>(list: &mut Vec<T>, name: &str, most: usize, cut: &mut Vec<String>) {
    if list.len() > most {
        cut.push(format!("{name}: the first {most} of {}", list.len()));
        list.truncate(most);
    }
}

/// Cuts a text and marks it; whether it was too long.
fn shorten(text: &mut String, most: usize) -> bool {
    if text.len() <= most {
        return false;
    }
    let end = (0..=most.saturating_sub(64).max(most / 2)).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let mark = format!("… [{}{CUT}", text.len() - end);
    text.truncate(end);
    text.push_str(&mark);
    true
}

/// The bytes of a value as JSON, without the JSON.
fn size(value: &impl Serialize) -> usize {
    struct Count(usize);
    impl std::io::Write for Count {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut count = Count(0);
    match serde_json::to_writer(&mut count, value) {
        Ok(()) => count.0,
        Err(_) => usize::MAX,
    }
}
