//! The sign-flip permutation test for the mean of paired differences.

use super::clusters::totals;
use super::error::CannotEstimate;
use super::rng::stream;

use rand::Rng;

/// The p-values of a sign-flip test.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SignFlip {
    /// The p-value of H0: the differences are symmetric around zero.
    pub p_two_sided: f64,
    /// The p-value against a mean above zero.
    pub p_greater: f64,
    /// Whether all sign patterns were counted, or a random part of them.
    pub exact: bool,
}

/// Up to this many clusters all 2^n sign patterns are counted.
const EXACT_UP_TO: usize = 20;

/// Flips the signs of whole clusters of differences: if nothing differs, each sign was a coin
/// toss. Exact, #{|sum| >= |observed|} / 2^n, up to 20 clusters; beyond that (1+#) / (1+B) over
/// `resamples` random patterns of the stream `name` under `seed`.
///
/// # Errors
/// If there is no difference, one is not finite, the columns differ in length, or `resamples` is
/// zero where it is needed.
pub fn sign_flip(
    differences: &[f64],
    clusters: &[u32],
    resamples: usize,
    seed: u64,
    name: &str,
) -> Result<SignFlip, CannotEstimate> {
    let sums: Vec<f64> = totals(differences, clusters)?.iter().map(|total| total.sum).collect();
    let observed: f64 = sums.iter().sum();
    // Sums of the same numbers in another order differ in their last bits and yet are ties.
    let rounding = 1e-9 * sums.iter().map(|sum| sum.abs()).sum::<f64>();
    let mut beyond = (0.0, 0.0);
    let mut count = |flipped: f64| {
        beyond.0 += f64::from(u8::from(flipped.abs() >= observed.abs() - rounding));
        beyond.1 += f64::from(u8::from(flipped >= observed - rounding));
    };
    if sums.len() <= EXACT_UP_TO {
        let mut signed = sums.clone();
        let mut flipped = observed;
        count(flipped);
        let patterns = 1_u32 << sums.len();
        // A Gray code: each pattern differs from the one before by a single sign.
        for pattern in 1..patterns {
            let flip = &mut signed[pattern.trailing_zeros() as usize];
            flipped -= 2.0 * *flip;
            *flip = -*flip;
            count(flipped);
        }
        let all = f64::from(patterns);
        return Ok(SignFlip { p_two_sided: beyond.0 / all, p_greater: beyond.1 / all, exact: true });
    }
    if resamples == 0 {
        return Err(CannotEstimate::TooFew("one resample"));
    }
    let mut rng = stream(seed, name);
    for _ in 0..resamples {
        let mut flipped = 0.0;
        for chunk in sums.chunks(64) {
            let mut coins = rng.next_u64();
            for sum in chunk {
                flipped += if coins & 1 == 0 { *sum } else { -sum };
                coins >>= 1;
            }
        }
        count(flipped);
    }
    let share = |beyond: f64| (1.0 + beyond) / (1 + resamples) as f64;
    Ok(SignFlip { p_two_sided: share(beyond.0), p_greater: share(beyond.1), exact: false })
}

#[cfg(test)]
mod tests {
    use super::super::clusters::singletons;
    use super::*;

    #[test]
    fn zeros_prove_nothing() {
        let test = sign_flip(&[0.0; 30], &singletons(30), 99, 1, "test").unwrap();
        assert_eq!((test.p_two_sided, test.p_greater, test.exact), (1.0, 1.0, false));
    }

    #[test]
    fn random_patterns_come_close_to_all_patterns() {
        let differences: Vec<f64> = (0..20).map(|i| f64::from(i * 7 % 11) - 4.0).collect();
        let exact = sign_flip(&differences, &singletons(20), 0, 1, "test").unwrap();
        assert!(exact.exact);
        // A cluster of zero doubles every pattern and so changes no share.
        let mut more = differences.clone();
        more.push(0.0);
        let random = sign_flip(&more, &singletons(21), 20_000, 1, "test").unwrap();
        assert!(!random.exact && (random.p_two_sided - exact.p_two_sided).abs() < 0.01);
    }

    #[test]
    fn clusters_flip_as_a_whole() {
        let clustered = sign_flip(&[1.0; 12], &[0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3], 0, 1, "test");
        assert_eq!(clustered.unwrap().p_greater, 1.0 / 16.0);
    }
}
