//! Keys of recorded rows → where each row stands in its file, in 25 bytes a row.
//!
//! The replies stay on disk: a million recorded cases fit into memory this way, and a row is read
//! again when it is asked for.

use std::cmp::Ordering;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use super::super::Ask;

/// A key's digest: equal digests are equal keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Digest(u64, u64);

impl Digest {
    /// The digest of what a row answers, for one judge or (`None`) for any; the judge that the ask itself names is no
    /// part of it.
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
            Ask::Step { candidate, case, sample, step, round } => {
                [case.as_str(), "", candidate.as_str(), step.as_str()].into_iter().for_each(&mut text);
                [*sample, *round, 0]
            }
            Ask::Score { metric, case, candidate, sample, verdict_sample, attempt, .. } => {
                [case.as_str(), metric.as_str(), candidate.as_str(), ""].into_iter().for_each(&mut text);
                [*sample, *verdict_sample, *attempt]
            }
            Ask::Preference { metric, case, first, second, sample, verdict_sample, attempt, .. } => {
                [case.as_str(), metric.as_str(), first.as_str(), second.as_str()].into_iter().for_each(&mut text);
                [*sample, *verdict_sample, *attempt]
            }
        };
        let kind = match ask {
            Ask::Output { .. } => 0_u8,
            Ask::Score { .. } => 1,
            Ask::Preference { .. } => 2,
            Ask::Step { .. } => 3,
        };
        text(judge.unwrap_or(""));
        ask.criterion().into_iter().for_each(&mut text);
        hasher.update(&[kind, u8::from(judge.is_some()) | u8::from(ask.criterion().is_some()) << 1]);
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

/// So many slots are looked through one after another.
const FEW: usize = 8;

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

    /// Digests are spread evenly, so that one says about where it stands: a few looks find it, however many there are.
    fn find(&self, digest: Digest) -> Option<usize> {
        let (mut from, mut end) = (0, self.slots.len());
        let (mut least, mut most) = (0, u64::MAX);
        while end - from > FEW {
            let share = u128::from(digest.0.checked_sub(least)?) * (end - from) as u128;
            let at = from + usize::try_from(share / (u128::from(most - least) + 1)).ok()?.min(end - from - 1);
            let found = self.slots.get(at)?.digest;
            match found.cmp(&digest) {
                Ordering::Equal => return Some(at),
                Ordering::Less => (from, least) = (at + 1, found.0),
                Ordering::Greater => (end, most) = (at, found.0),
            }
        }
        let few = self.slots.get(from..end)?;
        few.iter().position(|slot| slot.digest == digest).map(|at| from + at)
    }

    pub(super) fn holds(&self, digest: Digest) -> bool {
        self.find(digest).is_some()
    }

    /// Where the row stands, which from now on counts as asked for.
    pub(super) fn ask(&self, digest: Digest) -> Option<u64> {
        let at = self.find(digest)?;
        self.asked[at].store(true, Relaxed);
        Some(self.slots[at].offset)
    }

    pub(super) fn asked(&self) -> usize {
        self.asked.iter().filter(|asked| asked.load(Relaxed)).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_found_and_no_other() {
        let ask = |n: usize| Ask::Output { candidate: "v".into(), case: format!("c{n}").as_str().into(), sample: 0 };
        for count in [0, 1, 7, 8, 9, 100, 5000] {
            let digests: Vec<Digest> = (0..count).map(|n| Digest::of(&ask(n), None)).collect();
            let slots = digests.iter().zip(0..).map(|(digest, offset)| Slot { digest: *digest, offset });
            let (index, twice) = Index::new(slots.collect());
            assert_eq!(twice, []);
            for (digest, offset) in digests.iter().zip(0..) {
                assert_eq!(index.ask(*digest), Some(offset), "{offset} of {count}");
            }
            assert!((count..count + 100).all(|n| !index.holds(Digest::of(&ask(n), None))), "{count}");
            assert_eq!(index.asked(), count);
        }
    }

    #[test]
    fn digests_that_are_not_spread_at_all_are_found_too() {
        let digests: Vec<Digest> = (0..300).map(|n| Digest(if n < 150 { 0 } else { u64::MAX }, n)).collect();
        let (index, _) = Index::new(digests.iter().map(|digest| Slot { digest: *digest, offset: digest.1 }).collect());
        assert!(digests.iter().all(|digest| index.ask(*digest) == Some(digest.1)));
        assert!(![Digest(0, 200), Digest(1, 0), Digest(u64::MAX, 0)].iter().any(|digest| index.holds(*digest)));
    }
}
