//! Two lists of words → how many runs of words they share.

use std::collections::HashMap;
use std::hash::Hash;

/// How many runs of `n` words both have, each as often as it stands in the value at most.
pub(super) fn common<T: Eq + Hash>(output: &[T], wanted: &[T], n: usize) -> usize {
    let mut left: HashMap<&[T], usize> = HashMap::new();
    for run in wanted.windows(n) {
        *left.entry(run).or_default() += 1;
    }
    let mut common = 0;
    for run in output.windows(n) {
        if let Some(count) = left.get_mut(run).filter(|count| **count > 0) {
            *count -= 1;
            common += 1;
        }
    }
    common
}
