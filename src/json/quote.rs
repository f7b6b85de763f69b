//! A text → a JSON string, as serde_json writes it and in less time: it is copied a stretch at a time.
//!
//! serde_json looks at each byte of a text by itself. What karat writes is mostly texts, and most of them need no escape.

use std::io::Write;

/// Writes a text as a JSON string.
pub fn quote(out: &mut Vec<u8>, text: &str) {
    let bytes = text.as_bytes();
    out.reserve(bytes.len() + 2);
    out.push(b'"');
    // What is written already, and what was looked at.
    let (mut written, mut at) = (0, 0);
    while let Some(block) = bytes[at..].first_chunk::<BLOCK>() {
        // No early end, so that all bytes of a block are looked at in one step.
        if block.iter().fold(false, |found, byte| found | is_special(*byte)) {
            for (start, half) in (at..).step_by(WORD).zip(block.as_chunks().0) {
                let mut found = specials(u64::from_le_bytes(*half));
                while found != 0 {
                    let place = start + found.trailing_zeros() as usize / WORD;
                    out.extend_from_slice(&bytes[written..place]);
                    escape(out, bytes[place]);
                    written = place + 1;
                    found &= found - 1;
                }
            }
        }
        at += BLOCK;
    }
    if has_special(&bytes[at..]) {
        for (place, byte) in bytes.iter().enumerate().skip(at) {
            if is_special(*byte) {
                out.extend_from_slice(&bytes[written..place]);
                escape(out, *byte);
                written = place + 1;
            }
        }
    }
    out.extend_from_slice(&bytes[written..]);
    out.push(b'"');
}

/// Bytes that are looked at together.
const BLOCK: usize = 16;

/// Bytes of a number, and bits of a byte.
const WORD: usize = 8;

/// Whether a byte cannot stand in a JSON string.
const fn is_special(byte: u8) -> bool {
    (byte < 0x20) | (byte == b'"') | (byte == b'\\')
}

/// Whether a byte of less than a block cannot stand in a JSON string. Most texts are so short: names of fields.
fn has_special(tail: &[u8]) -> bool {
    match (tail.first_chunk::<WORD>(), tail.last_chunk::<WORD>()) {
        // The two overlap in what they share.
        (Some(first), Some(last)) => specials(u64::from_le_bytes(*first)) | specials(u64::from_le_bytes(*last)) != 0,
        _ => {
            let mut word = [b' '; WORD];
            word.iter_mut().zip(tail).for_each(|(to, from)| *to = *from);
            specials(u64::from_le_bytes(word)) != 0
        }
    }
}

/// The highest bit of each byte that cannot stand in a JSON string, of eight at a time and without a branch.
const fn specials(word: u64) -> u64 {
    const ONES: u64 = u64::MAX / 0xff;
    const LOW: u64 = ONES * 0x7f;
    // The highest bit of a byte is set where a byte below 0x80 is zero. No sum carries into the next byte.
    const fn zeros(word: u64) -> u64 {
        !(((word & LOW) + LOW) | word)
    }
    let controls = !((word & LOW) + ONES * 0x60) & !word;
    let found = controls | zeros(word ^ (ONES * b'"' as u64)) | zeros(word ^ (ONES * b'\\' as u64));
    found & (ONES * 0x80)
}

fn escape(out: &mut Vec<u8>, byte: u8) {
    match byte {
        b'"' | b'\\' => out.extend_from_slice(&[b'\\', byte]),
        b'\n' => out.extend_from_slice(b"\\n"),
        b'\r' => out.extend_from_slice(b"\\r"),
        b'\t' => out.extend_from_slice(b"\\t"),
        0x08 => out.extend_from_slice(b"\\b"),
        0x0c => out.extend_from_slice(b"\\f"),
        // Writing to memory does not fail.
        control => _ = write!(out, "\\u{control:04x}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_told_in_every_place() {
        for byte in 0..=u8::MAX {
            for (place, other) in
                (0..WORD).flat_map(|place| [0, b'a', b'"', 0x7f, 0x80, 0xff].map(|other| (place, other)))
            {
                let mut bytes = [other; WORD];
                bytes[place] = byte;
                let expected = bytes.map(|byte| if is_special(byte) { 0x80 } else { 0 });
                assert_eq!(specials(u64::from_le_bytes(bytes)).to_le_bytes(), expected, "{bytes:?}");
            }
        }
    }

    #[test]
    fn a_byte_that_needs_an_escape_is_found_in_short_texts_of_every_length() {
        for length in 1..=2 * BLOCK {
            for (place, special) in (0..length).flat_map(|place| ['"', '\\', '\u{1f}'].map(|special| (place, special)))
            {
                let text: String = (0..length).map(|at| if at == place { special } else { 'x' }).collect();
                let mut out = Vec::new();
                quote(&mut out, &text);
                assert_eq!(String::from_utf8(out).unwrap(), serde_json::to_string(&text).unwrap());
            }
        }
    }
}
