//! Keys of recorded rows → where each row stands in its file, in 25 bytes a row.
//!
//! The replies stay on disk: a million recorded cases fit into memory this way, and a row is read
//! again when it is asked for.

use std::sync::atomic::{AtomicBool, Ordering};

use super::super::Ask;

/// A key's digest: equal digests are equal keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Digest(u64, u64);

impl Digest {
    /// The digest of what a row answers, for one judge or (`None`) for any.
    pub(super) fn of(ask: &Ask, judge: Option<&str>) -> Self {
        let mut hasher = blake3::Hasher::new();
        // Each text is preceded by its length, so that no two keys run together.
        let mut text = |part: &str| {
            hasher.update(&(part.len() as u64).to_le_bytes());
            hasher.update(part.as_bytes());
        };
        let counters = match ask {
            Ask::Output { candidate, case, sample } => {
                [case.as_str(), "", candidate.as_str(), ""].into_iter().for_each(&mut text);
                [*sample, 0, 0]
            }
            Ask::Score { metric, case, candidate, sample, verdict_sample, attempt } => {
                [case.as_str(), metric.as_str(), candidate.as_str(), ""].into_iter().for_each(&mut text);
                [*sample, *verdict_sample, *attempt]
            }
            Ask::Preference { metric, case, first, second, sample, verdict_sample, attempt } => {
                [case.as_str(), metric.as_str(), first.as_str(), second.as_str()].into_iter().for_each(&mut text);
                [*sample, *verdict_sample, *attempt]
            }
        };
        let kind = match ask {
            Ask::Output { .. } => 0_u8,
            Ask::Score { .. } => 1,
            Ask::Preference { .. } => 2,
        };
        text(judge.unwrap_or(""));
        hasher.update(&[kind, u8::from(judge.is_some())]);
        for counter in counters {
            hasher.update(&counter.to_le_bytes());
        }
        let bytes = *hasher.finalize().as_bytes();
        let word = |at: usize| bytes[at..at + 8].iter().fold(0, |word, byte| word << 8 | u64::from(*byte));
        Self(word(0), word(8))
    }
}

/// Where the row of a key stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Slot {
    pub digest: Digest,
    /// Byte offset of the line in its file.
    pub offset: u64,
}

/// All keys of one file.
#[derive(Debug)]
pub(super) struct Index {
    slots: Box<[Slot]>,
    asked: Box<[AtomicBool]>,
}

impl Index {
    /// The index, and pairs of offsets (earlier, later) of rows that answer the same thing.
    pub(super) fn new(mut slots: Vec<Slot>) -> (Self, Vec<(u64, u64)>) {
        slots.sort_unstable();
        let mut twice = Vec::new();
        slots.dedup_by(|later, first| {
            let same = later.digest == first.digest;
            if same {
                twice.push((first.offset, later.offset));
            }
            same
        });
        twice.sort_unstable_by_key(|(_, later)| *later);
        let asked = slots.iter().map(|_| AtomicBool::new(false)).collect();
        (Self { slots: slots.into(), asked }, twice)
    }

    fn find(&self, digest: Digest) -> Option<usize> {
        self.slots.binary_search_by_key(&digest, |slot| slot.digest).ok()
    }

    pub(super) fn holds(&self, digest: Digest) -> bool {
        self.find(digest).is_some()
    }

    /// Where the row stands, which from now on counts as asked for.
    pub(super) fn ask(&self, digest: Digest) -> Option<u64> {
        let at = self.find(digest)?;
        self.asked[at].store(true, Ordering::Relaxed);
        Some(self.slots[at].offset)
    }

    pub(super) fn asked(&self) -> usize {
        self.asked.iter().filter(|asked| asked.load(Ordering::Relaxed)).count()
    }
}
