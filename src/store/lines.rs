//! Bytes of a file → the lines that start there, read in blocks that are kept for a while.
//!
//! Made for offsets that are nearly in order: the events of a case lie close together, and close to those of the next.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

/// Bytes of a block.
const BLOCK: u64 = 1 << 15;

/// So many blocks are kept, each in the seat that its number gives.
const SEATS: usize = 32;

/// The lines of a file, by the byte at which they start.
#[derive(Debug)]
pub(super) struct LinesAt {
    file: File,
    seats: Vec<Option<Block>>,
    line: Vec<u8>,
}

#[derive(Debug)]
struct Block {
    number: u64,
    bytes: Vec<u8>,
}

impl LinesAt {
    pub fn open(path: &Path) -> io::Result<Self> {
        Ok(Self { file: File::open(path)?, seats: (0..SEATS).map(|_| None).collect(), line: Vec::new() })
    }

    /// The line that starts at a byte, without its end; what is left of the file where it has none.
    pub fn at(&mut self, start: u64) -> io::Result<&[u8]> {
        let mut line = std::mem::take(&mut self.line);
        line.clear();
        let mut at = start;
        loop {
            let block = self.block(at / BLOCK)?;
            let rest = usize::try_from(at % BLOCK).ok().and_then(|from| block.get(from..)).unwrap_or_default();
            if let Some(end) = memchr::memchr(b'\n', rest) {
                line.extend_from_slice(rest.get(..end).unwrap_or(rest));
                break;
            }
            line.extend_from_slice(rest);
            if rest.is_empty() || (block.len() as u64) < BLOCK {
                break;
            }
            at = (at / BLOCK + 1) * BLOCK;
        }
        self.line = line;
        Ok(&self.line)
    }

    /// Which line, from 1, starts at a byte. Reads all that stands before it.
    pub fn number(&mut self, start: u64) -> io::Result<usize> {
        self.file.seek(SeekFrom::Start(0))?;
        let (mut number, mut left) = (1, (&self.file).take(start));
        let mut bytes = vec![0; 1 << 16];
        loop {
            match left.read(&mut bytes)? {
                0 => return Ok(number),
                read => number += bytes.iter().take(read).filter(|byte| **byte == b'\n').count(),
            }
        }
    }

    fn block(&mut self, number: u64) -> io::Result<&[u8]> {
        let seat = usize::try_from(number % SEATS as u64).unwrap_or_default();
        let Some(seat) = self.seats.get_mut(seat) else { return Ok(&[]) };
        if seat.as_ref().is_none_or(|block| block.number != number) {
            let mut bytes = seat.take().map(|block| block.bytes).unwrap_or_default();
            bytes.clear();
            self.file.seek(SeekFrom::Start(number * BLOCK))?;
            (&self.file).take(BLOCK).read_to_end(&mut bytes)?;
            *seat = Some(Block { number, bytes });
        }
        Ok(seat.as_ref().map_or(&[], |block| &block.bytes))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        #[test]
        fn every_line_is_found_in_any_order(lengths in prop::collection::vec(0_usize..80_000, 1..50), seed: u64) {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("lines");
            // Some are longer than a block, and all together more than are kept.
            let lines: Vec<String> = lengths.iter().enumerate().map(|(at, n)| at.to_string().repeat(1 + n)).collect();
            std::fs::write(&path, lines.iter().map(|line| format!("{line}\n")).collect::<String>()).unwrap();
            let start = |at: usize| lines[..at].iter().map(|line| line.len() as u64 + 1).sum::<u64>();
            let mut found = LinesAt::open(&path).unwrap();
            for step in 0..lines.len() as u64 * 2 {
                let at = (seed.wrapping_mul(step + 1) >> 7) as usize % lines.len();
                prop_assert_eq!(found.at(start(at)).unwrap(), lines[at].as_bytes());
            }
            prop_assert_eq!(found.number(start(lines.len() / 2)).unwrap(), lines.len() / 2 + 1);
        }
    }
}
