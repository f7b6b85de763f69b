//! The pairs that may meet in later rounds of a tournament → what those that do will take.
//!
//! Who meets is not known before the verdicts. How many do is: of n candidates n − 1 pairs, and half of n in the first
//! round. Each is expected to take as much as they do on average, and at most as much as the dearest one.

use std::collections::BTreeMap;

use super::{Part, add};
use crate::model::Usage;

/// What one request will take: to be expected, and at most; nothing where the answer is recorded.
type Taken = Option<(Usage, Option<Usage>)>;

/// Calls about pairs that may meet, by the part that they are of.
#[derive(Debug, Default)]
pub(super) struct Later(BTreeMap<usize, Vec<Taken>>);

impl Later {
    pub fn add(&mut self, part: usize, taken: Taken) {
        self.0.entry(part).or_default().push(taken);
    }

    /// Adds what the pairs will take that do meet, of so many candidates.
    pub fn finish(self, candidates: u64, parts: &mut [Part]) {
        let opening = candidates / 2;
        let (met, may_meet) = (
            candidates.saturating_sub(1 + opening),
            (candidates * candidates.saturating_sub(1) / 2).saturating_sub(opening).max(1),
        );
        for (at, taken) in self.0 {
            let Some(part) = parts.get_mut(at) else { continue };
            let calls = taken.len() as u64 * met / may_meet;
            part.calls += calls;
            let known: Vec<_> = taken.into_iter().flatten().collect();
            let sum = known.iter().fold(Usage::default(), |sum, (expected, _)| add(sum, *expected));
            let of = |tokens: u64| tokens * met / may_meet;
            part.expected = add(
                part.expected,
                Usage { input_tokens: of(sum.input_tokens), output_tokens: of(sum.output_tokens), ..Usage::default() },
            );
            if known.is_empty() {
                continue;
            }
            let dearest = known.iter().try_fold(Usage::default(), |most, (_, other)| {
                let other = (*other)?;
                Some(Usage {
                    input_tokens: most.input_tokens.max(other.input_tokens),
                    output_tokens: most.output_tokens.max(other.output_tokens),
                    ..Usage::default()
                })
            });
            let all = |most: Usage| Usage {
                input_tokens: calls * most.input_tokens,
                output_tokens: calls * most.output_tokens,
                ..Usage::default()
            };
            part.most = part.most.zip(dearest).map(|(sum, most)| add(sum, all(most)));
        }
    }
}
