//! A seed → a random order of cases that no score, no file and no other case has a part in.

use super::Case;

/// Gives each case its place in the order. Cases of one cluster share it, so that they stand together.
#[derive(Debug)]
pub struct Order {
    key: [u8; 32],
}

impl Order {
    /// The order of a seed.
    pub fn new(seed: u64) -> Self {
        Self { key: blake3::derive_key("karat gate/order of cases", &seed.to_le_bytes()) }
    }

    /// Where a case stands: a hash of its cluster, else of its id, keyed by the seed.
    pub fn rank(&self, case: &Case) -> u64 {
        self.rank_of(case.id.as_str(), case.cluster.as_deref())
    }

    /// The same of what a table holds of a case.
    pub fn rank_of(&self, id: &str, cluster: Option<&str>) -> u64 {
        let (kind, name) = cluster.map_or((b"case", id), |cluster| (b"many", cluster));
        let mut hasher = blake3::Hasher::new_keyed(&self.key);
        let hash = *hasher.update(kind).update(name.as_bytes()).finalize().as_bytes();
        hash.iter().take(8).fold(0, |word, byte| word << 8 | u64::from(*byte))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clusters_stand_together_and_another_seed_is_another_order() {
        let order = Order::new(1);
        assert_eq!(order.rank_of("a", Some("x")), order.rank_of("b", Some("x")));
        assert_ne!(order.rank_of("x", None), order.rank_of("a", Some("x")));
        let ranked = |seed: u64| {
            let order = Order::new(seed);
            let mut ids: Vec<usize> = (0..1000).collect();
            ids.sort_by_key(|id| order.rank_of(&id.to_string(), None));
            ids
        };
        assert_ne!(ranked(1), ranked(2));
        assert_eq!(ranked(1), ranked(1));
        // The first hundred are a fair draw of a thousand: their mean is 499.5, give or take 27.4.
        for seed in 0..20 {
            let mean = ranked(seed)[..100].iter().sum::<usize>() as f64 / 100.0;
            assert!((mean - 499.5).abs() < 4.0 * 27.4, "{seed}: {mean}");
        }
    }
}
