//! Named streams of pseudo-random numbers that give the same values on every machine.

use rand::Rng;
use rand_pcg::Pcg64;

/// The stream of random numbers of one purpose: the same `seed` and `name` always give the same
/// values, and different names give independent streams.
///
/// The generator is PCG XSL-RR 128/64; the name enters as its FNV-1a hash, which unlike the
/// standard library's hashes never changes between versions.
pub fn stream(seed: u64, name: &str) -> Pcg64 {
    let hash = name
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    Pcg64::new(u128::from(mix(seed)) << 64 | u128::from(mix(!seed)), u128::from(mix(hash)))
}

/// The finaliser of splitmix64: spreads neighbouring seeds over the whole state.
fn mix(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

/// A number drawn from `0..bound` with equal chances (multiply-shift; the bias is below 2^-40 for
/// any bound that fits into memory here). The multiplication stands here and not in a library, so
/// the values stay the same when the library changes its algorithm.
pub fn below(rng: &mut Pcg64, bound: usize) -> usize {
    ((u128::from(rng.next_u64()) * bound as u128) >> 64) as usize
}

/// Puts `items` in a random order (Fisher-Yates) given by `seed` and the name of the purpose.
pub fn shuffle<T>(items: &mut [T], seed: u64, name: &str) {
    let mut rng = stream(seed, name);
    for last in (1..items.len()).rev() {
        items.swap(last, below(&mut rng, last + 1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn streams_are_value_stable() {
        let draw = |seed, name| stream(seed, name).next_u64();
        assert_eq!(draw(1, "bootstrap"), draw(1, "bootstrap"));
        assert_ne!(draw(1, "bootstrap"), draw(1, "permutation"));
        assert_ne!(draw(1, "bootstrap"), draw(2, "bootstrap"));
    }

    #[test]
    fn a_shuffle_is_a_permutation_and_repeats() {
        let shuffled = |seed| {
            let mut items: Vec<u32> = (0..100).collect();
            shuffle(&mut items, seed, "test");
            items
        };
        assert_eq!(shuffled(7), shuffled(7));
        assert_ne!(shuffled(7), shuffled(8));
        let mut sorted = shuffled(7);
        sorted.sort_unstable();
        assert!(sorted.into_iter().eq(0..100));
    }

    #[test]
    fn draws_cover_the_range_evenly() {
        let mut rng = stream(3, "test");
        let mut counts = [0_u32; 6];
        for _ in 0..60_000 {
            counts[below(&mut rng, 6)] += 1;
        }
        assert!(counts.iter().all(|&count| (9_600..10_400).contains(&count)), "{counts:?}");
    }
}
