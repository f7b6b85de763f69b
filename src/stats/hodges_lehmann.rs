//! The Hodges-Lehmann estimate, a robust centre of paired differences.

use super::error::{CannotEstimate, check_finite};

/// The Hodges-Lehmann estimate that belongs to Wilcoxon's test: the median of all n(n+1)/2 means of two
/// differences, each with itself included. O(n log n) by counting, without listing the means.
///
/// # Errors
/// If there is no difference or one is not finite.
pub fn hodges_lehmann(differences: &[f64]) -> Result<f64, CannotEstimate> {
    check_finite(differences)?;
    // Halving first keeps every sum of two finite.
    let mut halves: Vec<f64> = differences.iter().map(|difference| difference / 2.0).collect();
    halves.sort_by(f64::total_cmp);
    let n = halves.len() as u64;
    if n == 0 {
        return Err(CannotEstimate::TooFew("one case"));
    }
    let pairs = n * (n + 1) / 2;
    let (low, high) = (nth_mean(&halves, pairs.div_ceil(2)), nth_mean(&halves, pairs / 2 + 1));
    Ok(low / 2.0 + high / 2.0)
}

/// The `k`-th smallest sum of two of the sorted `halves`.
fn nth_mean(halves: &[f64], k: u64) -> f64 {
    // A bisection over the floats in their order, so that the result is one of the sums exactly.
    let key = |x: f64| {
        let bits = x.to_bits().cast_signed();
        i128::from(if bits < 0 { i64::MIN.wrapping_sub(bits) } else { bits })
    };
    let float = |key: i128| {
        let bits = key as i64;
        f64::from_bits(if bits < 0 { i64::MIN.wrapping_sub(bits) } else { bits } as u64)
    };
    let last = halves[halves.len() - 1];
    let (mut low, mut high) = (key(halves[0] + halves[0]), key(last + last));
    while low < high {
        let middle = (low + high).div_euclid(2);
        if means_up_to(halves, float(middle)) >= k {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    float(low)
}

/// How many sums of two (each with itself and each later one) are `x` or less.
fn means_up_to(halves: &[f64], x: f64) -> u64 {
    let (mut count, mut partners) = (0, halves.len());
    for (i, &half) in halves.iter().enumerate() {
        while partners > i && half + halves[partners - 1] > x {
            partners -= 1;
        }
        if partners <= i {
            break;
        }
        count += (partners - i) as u64;
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hodges_lehmann_is_the_median_of_all_means() {
        for differences in [vec![0.5], vec![3.0, -1.0], vec![0.1, 0.7, -0.4, 0.7, 2.0, 0.0, -9.0]] {
            let mut means = Vec::new();
            for (i, left) in differences.iter().enumerate() {
                means.extend(differences[i..].iter().map(|right| left / 2.0 + right / 2.0));
            }
            means.sort_by(f64::total_cmp);
            let m = means.len();
            let median = means[(m - 1) / 2] / 2.0 + means[m / 2] / 2.0;
            assert_eq!(hodges_lehmann(&differences), Ok(median));
        }
    }
}
