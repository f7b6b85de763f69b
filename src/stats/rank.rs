//! Correlations: Pearson, Spearman, and Kendall's tau-b, with ties.

use super::error::{CannotEstimate, check_finite, check_lengths, finite};

/// Rounds to nine decimals, as differences of decimal scores tie only up to the last bits:
/// 0.95 - 0.85 is not 0.85 - 0.75 in floating point.
pub(crate) fn rounded(value: f64) -> f64 {
    let scaled = (value * 1e9).round() / 1e9;
    // Huge values overflow on the way and have no ninth decimal to round.
    if scaled.is_finite() { scaled + 0.0 } else { value }
}

/// The ranks 1 to n of `values`, rounded to nine decimals first; ties share their average rank.
pub fn average_ranks(values: &[f64]) -> Vec<f64> {
    let values: Vec<f64> = values.iter().map(|&value| rounded(value)).collect();
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&left, &right| values[left].total_cmp(&values[right]));
    let mut ranks = vec![0.0; values.len()];
    let mut before = 0;
    for tied in order.chunk_by(|&left, &right| values[left] == values[right]) {
        let rank = before as f64 + (tied.len() + 1) as f64 / 2.0;
        for &position in tied {
            ranks[position] = rank;
        }
        before += tied.len();
    }
    ranks
}

fn check(x: &[f64], y: &[f64]) -> Result<(), CannotEstimate> {
    check_lengths(x.len(), y.len())?;
    check_finite(x)?;
    check_finite(y)?;
    match x.len() {
        0 | 1 => Err(CannotEstimate::TooFew("two cases")),
        _ => Ok(()),
    }
}

/// Pearson's correlation, in -1..=1.
///
/// # Errors
/// If there are fewer than two cases, the columns differ in length, a value is not finite, or a
/// column is constant.
pub fn pearson(x: &[f64], y: &[f64]) -> Result<f64, CannotEstimate> {
    check(x, y)?;
    let n = x.len() as f64;
    let (mean_x, mean_y) = (x.iter().sum::<f64>() / n, y.iter().sum::<f64>() / n);
    let (mut xx, mut yy, mut xy) = (0.0, 0.0, 0.0);
    for (x, y) in x.iter().zip(y) {
        let (dx, dy) = (x - mean_x, y - mean_y);
        xx += dx * dx;
        yy += dy * dy;
        xy += dx * dy;
    }
    // The mean of equal numbers need not equal them to the last bit.
    let constant = |squares: f64, mean: f64| squares.sqrt() <= 1e-13 * n.sqrt() * mean.abs();
    if constant(xx, mean_x) || constant(yy, mean_y) {
        return Err(CannotEstimate::Constant("values of a column"));
    }
    Ok(finite(xy / xx.sqrt() / yy.sqrt())?.clamp(-1.0, 1.0))
}

/// Spearman's rank correlation: Pearson's correlation of the [`average_ranks`].
///
/// # Errors
/// As [`pearson`].
pub fn spearman(x: &[f64], y: &[f64]) -> Result<f64, CannotEstimate> {
    check(x, y)?;
    pearson(&average_ranks(x), &average_ranks(y))
}

/// Kendall's tau-b, (concordant - discordant) / sqrt((pairs - ties in x)(pairs - ties in y)), in
/// O(n log n) by Knight's method (1966): discordant pairs are the exchanges of a merge sort.
///
/// # Errors
/// As [`pearson`].
pub fn kendall_tau_b(x: &[f64], y: &[f64]) -> Result<f64, CannotEstimate> {
    check(x, y)?;
    let mut points: Vec<(f64, f64)> = x.iter().zip(y).map(|(&x, &y)| (rounded(x), rounded(y))).collect();
    points.sort_by(|left, right| left.0.total_cmp(&right.0).then(left.1.total_cmp(&right.1)));
    let ties_x = tied_pairs(&points, |left, right| left.0 == right.0);
    let ties_both = tied_pairs(&points, |left, right| left == right);
    let mut y: Vec<f64> = points.into_iter().map(|(_, y)| y).collect();
    let discordant = sort_counting_exchanges(&mut y);
    let ties_y = tied_pairs(&y, |left, right| left == right);
    let pairs = y.len() as f64 * (y.len() - 1) as f64 / 2.0;
    if ties_x == pairs || ties_y == pairs {
        return Err(CannotEstimate::Constant("values of a column"));
    }
    let difference = pairs - ties_x - ties_y + ties_both - 2.0 * discordant;
    Ok((difference / (pairs - ties_x).sqrt() / (pairs - ties_y).sqrt()).clamp(-1.0, 1.0))
}

fn tied_pairs<T>(sorted: &[T], same: impl Fn(&T, &T) -> bool) -> f64 {
    let runs = sorted.chunk_by(same).map(|run| run.len() as f64);
    runs.map(|length| length * (length - 1.0) / 2.0).sum()
}

/// Sorts `values` and counts how many pairs stood in descending order.
fn sort_counting_exchanges(values: &mut [f64]) -> f64 {
    if values.len() < 2 {
        return 0.0;
    }
    let (left, right) = values.split_at_mut(values.len() / 2);
    let mut exchanges = sort_counting_exchanges(left) + sort_counting_exchanges(right);
    let mut merged = Vec::with_capacity(left.len() + right.len());
    let (mut i, mut j) = (0, 0);
    while i < left.len() && j < right.len() {
        if left[i] <= right[j] {
            merged.push(left[i]);
            i += 1;
        } else {
            merged.push(right[j]);
            j += 1;
            exchanges += (left.len() - i) as f64;
        }
    }
    merged.extend_from_slice(&left[i..]);
    merged.extend_from_slice(&right[j..]);
    values.copy_from_slice(&merged);
    exchanges
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn float_ties_are_ties() {
        assert_eq!(average_ranks(&[0.95 - 0.85, 0.85 - 0.75, 0.0]), [2.5, 2.5, 1.0]);
        assert_eq!(average_ranks(&[0.0, -0.0]), [1.5, 1.5]);
    }

    #[test]
    fn order_decides() {
        let x = [1.0, 2.0, 3.0, 4.0];
        let y = [1.0, 4.0, 9.0, 16.0];
        let z = y.map(|value| -value);
        for correlation in [spearman, kendall_tau_b] {
            assert!((correlation(&x, &y).unwrap() - 1.0).abs() < 1e-15);
            assert!((correlation(&x, &z).unwrap() + 1.0).abs() < 1e-15);
        }
    }

    #[test]
    fn a_constant_column_has_no_correlation() {
        let constant = Err(CannotEstimate::Constant("values of a column"));
        for correlation in [pearson, spearman, kendall_tau_b] {
            assert_eq!(correlation(&[0.1; 3], &[1.0, 2.0, 3.0]), constant);
            assert_eq!(correlation(&[1.0], &[1.0]), Err(CannotEstimate::TooFew("two cases")));
            assert_eq!(correlation(&[1.0, f64::NAN], &[1.0, 2.0]), Err(CannotEstimate::NotFinite));
        }
    }
}
