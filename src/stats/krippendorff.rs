//! Agreement of any number of raters, some of whom may be missing: Krippendorff's alpha.

use super::bca::Bca;
use super::bootstrap::Resampling;
use super::clusters::singletons;
use super::error::{CannotEstimate, check_finite};

/// How far apart two ratings are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Distance {
    /// Equal or not, for labels without an order.
    Nominal,
    /// By how many of all ratings lie between them, for ordered labels.
    Ordinal,
    /// The square of their difference, for numbers.
    Interval,
}

/// The ratings of many units (outputs, cases), each by two raters or more.
///
/// alpha = 1 - Do/De (Krippendorff 2011, "Computing Krippendorff's alpha-reliability"): the disagreement within units against
/// that of any two ratings. 1 is full agreement, 0 what chance gives, and below it raters contradict each other. A unit with
/// one rating pairs with nothing and has no part in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Ratings {
    /// The distinct values of all ratings, ascending.
    values: Vec<f64>,
    /// For each unit the values that occur in it, with their number.
    units: Vec<Vec<(usize, f64)>>,
}

impl Ratings {
    /// From the ratings of each unit, in any order. Labels without an order are coded by any numbers.
    ///
    /// # Errors
    /// A rating that is not finite, or no unit with two ratings.
    pub fn new(units: &[Vec<f64>]) -> Result<Self, CannotEstimate> {
        let paired: Vec<&Vec<f64>> = units.iter().filter(|unit| unit.len() > 1).collect();
        if paired.is_empty() {
            return Err(CannotEstimate::TooFew("one case with two ratings"));
        }
        let mut values: Vec<f64> = paired.iter().flat_map(|unit| unit.iter().copied()).collect();
        check_finite(&values)?;
        values.sort_by(f64::total_cmp);
        values.dedup_by(|a, b| a == b);
        let counted = |unit: &&Vec<f64>| {
            let mut counts: Vec<(usize, f64)> = Vec::new();
            for rating in *unit {
                let place = values.partition_point(|value| value < rating);
                match counts.iter_mut().find(|(known, _)| *known == place) {
                    Some((_, count)) => *count += 1.0,
                    None => counts.push((place, 1.0)),
                }
            }
            counts
        };
        Ok(Self { units: paired.iter().map(counted).collect(), values })
    }

    /// How many units have two ratings or more.
    pub fn units(&self) -> usize {
        self.units.len()
    }

    /// Krippendorff's alpha over all units.
    ///
    /// # Errors
    /// All ratings are equal: then nothing tells agreement from a scale that nobody uses.
    pub fn alpha(&self, distance: Distance) -> Result<f64, CannotEstimate> {
        let all: Vec<usize> = (0..self.units.len()).collect();
        self.alpha_of(&all, distance).ok_or(CannotEstimate::Constant("ratings"))
    }

    /// Alpha with its bias-corrected and accelerated bootstrap over units.
    ///
    /// # Errors
    /// As [`Ratings::alpha`], and where resamples of the units do not vary.
    pub fn bootstrap(&self, distance: Distance, how: Resampling) -> Result<Bca, CannotEstimate> {
        Bca::new(&singletons(self.units.len()), |rows| self.alpha_of(rows, distance), how)
    }

    /// Alpha over some units, each as often as it is named.
    fn alpha_of(&self, units: &[usize], distance: Distance) -> Option<f64> {
        let mut totals = vec![0.0; self.values.len()];
        for (value, count) in units.iter().filter_map(|unit| self.units.get(*unit)).flatten() {
            *totals.get_mut(*value)? += count;
        }
        let places = self.places(&totals, distance);
        let apart = |a: usize, b: usize| match (distance, places.get(a), places.get(b)) {
            (Distance::Nominal, ..) => f64::from(u8::from(a != b)),
            (_, Some(a), Some(b)) => (a - b).powi(2),
            _ => 0.0,
        };
        let mut observed = 0.0;
        for unit in units.iter().filter_map(|unit| self.units.get(*unit)) {
            let ratings: f64 = unit.iter().map(|(_, count)| count).sum();
            observed += pairs(unit, apart) / (ratings - 1.0);
        }
        let all: Vec<(usize, f64)> = totals.iter().copied().enumerate().collect();
        let expected = pairs(&all, apart);
        let ratings: f64 = totals.iter().sum();
        (expected > 0.0).then(|| 1.0 - (ratings - 1.0) * observed / expected)
    }

    /// Where each value stands on a line on which squared distance is the disagreement. For ordered labels it is the mean
    /// rank: sum_{g=c..k} n_g - (n_c + n_k)/2 is the difference of those of c and k.
    fn places(&self, totals: &[f64], distance: Distance) -> Vec<f64> {
        let mut below = 0.0;
        let rank = |count: &f64| {
            below += count;
            below - 0.5 * count
        };
        match distance {
            Distance::Nominal | Distance::Interval => self.values.clone(),
            Distance::Ordinal => totals.iter().map(rank).collect(),
        }
    }
}

/// The sum of distances over all ordered pairs of ratings.
fn pairs(counts: &[(usize, f64)], apart: impl Fn(usize, usize) -> f64) -> f64 {
    let mut sum = 0.0;
    for (at, (a, of_a)) in counts.iter().enumerate() {
        for (b, of_b) in counts.iter().skip(at + 1) {
            sum += 2.0 * of_a * of_b * apart(*a, *b);
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::super::Infer;
    use super::*;

    #[test]
    fn full_agreement_is_one_and_contradiction_is_below_zero() {
        let agreed = Ratings::new(&[vec![1.0, 1.0], vec![3.0, 3.0, 3.0], vec![2.0]]).unwrap();
        let torn = Ratings::new(&[vec![1.0, 3.0], vec![3.0, 1.0], vec![1.0, 3.0]]).unwrap();
        for distance in [Distance::Nominal, Distance::Ordinal, Distance::Interval] {
            assert_eq!(agreed.alpha(distance), Ok(1.0));
            assert!(torn.alpha(distance).unwrap() < 0.0);
        }
        assert_eq!(agreed.units(), 2);
    }

    #[test]
    fn one_value_throughout_proves_nothing() {
        let same = Ratings::new(&[vec![4.0, 4.0], vec![4.0, 4.0]]).unwrap();
        assert_eq!(same.alpha(Distance::Ordinal), Err(CannotEstimate::Constant("ratings")));
        assert_eq!(Ratings::new(&[vec![1.0], vec![]]), Err(CannotEstimate::TooFew("one case with two ratings")));
        assert_eq!(Ratings::new(&[vec![1.0, f64::NAN]]), Err(CannotEstimate::NotFinite));
    }

    #[test]
    fn only_the_order_counts_for_ordered_labels() {
        let ratings =
            |top: f64| Ratings::new(&[vec![1.0, 2.0], vec![2.0, top], vec![1.0, 1.0], vec![top, top]]).unwrap();
        let [near, far] = [3.0, 300.0].map(|top| ratings(top).alpha(Distance::Ordinal).unwrap());
        assert_eq!(near, far);
        assert_ne!(ratings(3.0).alpha(Distance::Interval), ratings(300.0).alpha(Distance::Interval));
    }

    #[test]
    fn the_interval_holds_the_estimate() {
        let units: Vec<Vec<f64>> = (0..40).map(|i| vec![f64::from(i % 4), f64::from((i + i / 7) % 4)]).collect();
        let ratings = Ratings::new(&units).unwrap();
        let bca = ratings.bootstrap(Distance::Ordinal, Resampling { resamples: 400, ..Resampling::default() }).unwrap();
        let (low, high) = bca.interval(0.05);
        assert_eq!(bca.estimate(), ratings.alpha(Distance::Ordinal).unwrap());
        assert!(low < bca.estimate() && bca.estimate() < high);
    }
}
