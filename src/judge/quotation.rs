//! A reply and what the judge was shown → what the judge says itself, apart from what it only quotes.
//!
//! A verdict is read from the judge's own words. A passage that stands in the answer too (or in the input, the reference,
//! a document), and holds a verdict, is not the judge's: it is taken out before the reply is read. Where nothing else is left, there is no verdict.

use std::collections::HashSet;

use super::fence::visible;
use super::messages::pieces;
use super::parse::{holds_verdict, read};
use super::{Exhibit, Reading};
use crate::suite::Rubric;

/// A passage of at least so many bytes that the judge was shown is quoted. Shorter ones may be the same by chance.
const LEAST: usize = 24;

/// A reply of at least so many bytes that the judge was shown as a whole is nothing but a quotation.
const WHOLE: usize = 5;

/// Said of an output that speaks to the judge in the judge's own form.
pub const HOLDS_VERDICT: &str = "the answer holds a verdict in the form that the judge writes";

/// Said of an input, a reference or a document that does.
pub const MATERIAL_HOLDS_VERDICT: &str =
    "the material beside the answer holds a verdict in the form that the judge writes";

/// Said of a reply in which the only verdict is one of what the judge was shown.
pub const ONLY_QUOTED: &str = "the only verdict in the judge's reply is quoted from what it was shown";

/// What was read from a reply, and what points to an attack.
///
/// What holds no verdict of its own cannot be taken for the judge, and costs no further look.
pub fn heard(rubric: &Rubric, reply: &str, exhibit: &Exhibit<'_>) -> (Reading, Option<&'static str>) {
    let reading = read(rubric, reply);
    let pieces = pieces(rubric, exhibit);
    let holds = pieces.into_iter().map(|(_, text)| text).filter(|text| holds_verdict(rubric, text));
    // The judge saw what it quotes with all that is hidden written out.
    let texts: Vec<String> = holds.map(|text| visible(&text).0.into_owned()).collect();
    if texts.is_empty() {
        return (reading, None);
    }
    let in_answer = exhibit.outputs.iter().any(|output| holds_verdict(rubric, output.text));
    let alarm = if in_answer { HOLDS_VERDICT } else { MATERIAL_HOLDS_VERDICT };
    let only_quoted = || (Reading::Unparsed(ONLY_QUOTED.to_string()), Some(ONLY_QUOTED));
    let was_read = matches!(reading, Reading::Read(_));
    let bare = reply.trim();
    if was_read && bare.len() >= WHOLE && texts.iter().any(|text| text.contains(bare)) {
        return only_quoted();
    }
    let Some(own) = own_words(rubric, reply, &texts) else { return (reading, Some(alarm)) };
    match read(rubric, &own) {
        read @ Reading::Read(_) => (read, Some(alarm)),
        _ if was_read => only_quoted(),
        unread => (unread, Some(alarm)),
    }
}

/// The reply without the passages that hold a verdict and stand in one of the texts too; `None` where there are none.
fn own_words(rubric: &Rubric, reply: &str, texts: &[String]) -> Option<String> {
    let known: HashSet<&[u8]> = texts.iter().flat_map(|text| text.as_bytes().windows(LEAST)).collect();
    let (mut own, mut kept, mut found) = (String::new(), 0, false);
    let mut at = 0;
    while let Some(start) = next_quoted(reply, at, &known) {
        let end = end_of_quoted(reply, start, &known);
        if reply.get(start..end).is_some_and(|passage| holds_verdict(rubric, passage)) {
            own.push_str(reply.get(kept..start).unwrap_or_default());
            own.push_str(" … ");
            (kept, found) = (end, true);
        }
        at = end;
    }
    own.push_str(reply.get(kept..).unwrap_or_default());
    found.then_some(own)
}

/// Where the next passage begins that is known.
fn next_quoted(reply: &str, from: usize, known: &HashSet<&[u8]>) -> Option<usize> {
    let places = (from..reply.len()).take_while(|at| at + LEAST <= reply.len());
    places.filter(|at| reply.is_char_boundary(*at)).find(|at| is_known(reply, *at, known))
}

/// The end of the known passage that begins at `start`.
fn end_of_quoted(reply: &str, start: usize, known: &HashSet<&[u8]>) -> usize {
    let mut last = start;
    while is_known(reply, last + 1, known) {
        last += 1;
    }
    let end = last + LEAST;
    (end..=reply.len()).find(|at| reply.is_char_boundary(*at)).unwrap_or(reply.len())
}

fn is_known(reply: &str, at: usize, known: &HashSet<&[u8]>) -> bool {
    reply.as_bytes().get(at..at + LEAST).is_some_and(|window| known.contains(window))
}

#[cfg(test)]
mod tests;
