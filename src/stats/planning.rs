//! What a rule needs: cases for a wanted power, and the smallest difference that a number of cases can show.
//!
//! It asks of the very method that the gate will use (see [`super::default_for`]): which estimate is just enough for the
//! rule, and how likely is that estimate or a better one? Scores of 0 and 1 are counted out; the mean of others is taken as normal around
//! the truth.

use super::clusters::totals;
use super::dist::{beta_cdf, bisect, normal_cdf, normal_quantile, root};
use super::error::{CannotEstimate, check_range};
use super::gaffke::share_of_model;
use super::mean::cluster_mean;
use super::paired::newcombe_limits;
use super::power::positive;
use super::t_power::paired_t_power_one_sided;

use statrs::function::gamma::ln_gamma;

/// The scores, as far as planning has to know them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Scores {
    /// Means of scores, paired differences or win rates within a range: the standard deviation and the skewness of a case
    /// (zero where it is not known; see [`Shape`]), and the least and greatest value. The range of a paired difference is
    /// min - max to max - min.
    Bounded { sd: f64, skewness: f64, min: f64, max: f64 },
    /// The same without a range: t.
    Unbounded { sd: f64 },
    /// 0/1 scores of one side.
    Rate,
    /// 0/1 scores of two sides: the share of cases that exactly one of them passes, and the share that neither does.
    Pairs { discordant: f64, neither: f64 },
}

/// What a rule claims of the true value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Claim {
    /// `not_worse_by: m` is above -m; `better_than`, `at_least`.
    Above(f64),
    /// `at_most`.
    Below(f64),
    /// Equivalence: strictly between the two.
    Within(f64, f64),
}

/// A rule to be planned for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rule {
    pub scores: Scores,
    pub claim: Claim,
    /// The one-sided error rate.
    pub alpha: f64,
}

/// More cases than this are not planned.
const MOST: f64 = 1e9;

/// Up to so many discordant pairs are counted out; beyond, their difference is taken as normal.
const MOST_COUNTED: f64 = 300.0;

impl Rule {
    /// The probability that the rule passes on `cases` cases if the true value is `truth`.
    ///
    /// # Errors
    /// If a number lies outside of its range or is not finite.
    pub fn power(&self, truth: f64, cases: f64) -> Result<f64, CannotEstimate> {
        check_range(self.alpha, 1e-9, 0.5)?;
        check_range(cases, 2.0, MOST)?;
        check_range(truth, -1e300, 1e300)?;
        self.check(truth)?;
        let power = match self.claim {
            Claim::Above(x) => self.power_above(truth, x, cases)?,
            Claim::Below(x) => self.mirrored().power_above(self.mirror(truth), self.mirror(x), cases)?,
            Claim::Within(low, high) => {
                let above = self.power_above(truth, low, cases)?;
                let below = self.mirrored().power_above(self.mirror(truth), self.mirror(high), cases)?;
                above + below - 1.0
            }
        };
        Ok(super::error::finite(power)?.clamp(0.0, 1.0))
    }

    /// The cases with which the rule passes with probability `power` if the true value is `truth`.
    ///
    /// # Errors
    /// As [`Rule::power`], or if the truth does not fulfil the claim, or a billion cases are not enough.
    pub fn cases(&self, truth: f64, power: f64) -> Result<usize, CannotEstimate> {
        check_range(power, self.alpha, 1.0 - 1e-9)?;
        if self.distance(truth) <= 0.0 {
            return Err(CannotEstimate::Undefined("what is expected to be true does not fulfil the rule"));
        }
        let mut high = 2.0;
        while self.power(truth, high)? < power {
            high *= 2.0;
            if high > MOST {
                return Err(CannotEstimate::Undefined("more than a billion cases are needed"));
            }
        }
        let (mut low, mut high) = (0.5 * high, high);
        while high - low > 1.0 {
            let middle = (0.5 * (low + high)).round();
            if self.power(truth, middle)? < power { low = middle } else { high = middle }
        }
        Ok(high.round() as usize)
    }

    /// The smallest distance of the true value from the threshold with which the rule passes with probability `power`; for
    /// equivalence, how far from the middle of its margins the truth may lie. `None` if there is none within the range.
    ///
    /// # Errors
    /// As [`Rule::power`].
    pub fn detectable(&self, cases: f64, power: f64) -> Result<Option<f64>, CannotEstimate> {
        check_range(power, self.alpha, 1.0 - 1e-9)?;
        let (least, most) = self.range();
        let (start, direction, reach) = match self.claim {
            Claim::Above(x) => (x, 1.0, most - x),
            Claim::Below(x) => (x, -1.0, x - least),
            Claim::Within(low, high) => (0.5 * (low + high), 1.0, 0.5 * (high - low)),
        };
        check_range(start, least, most)?;
        let reached = |distance: f64| self.power(start + direction * distance, cases).is_ok_and(|p| p >= power);
        self.power(start, cases)?;
        if matches!(self.claim, Claim::Within(..)) {
            return Ok(reached(0.0).then(|| bisect(0.0, reach, reached)));
        }
        let reach = match self.scores {
            // Nothing ends the search but a distance that is reached, and far beyond it a noncentral t has no digits left.
            Scores::Unbounded { sd } => {
                let step = sd / cases.sqrt();
                (0..64).map(|doubled| step * f64::from(doubled).exp2()).find(|distance| reached(*distance))
            }
            // The end of the range itself has no spread left; just before it.
            _ => Some(reach * (1.0 - 1e-9)).filter(|reach| reached(*reach)),
        };
        let missing = |distance: f64| self.power(start + direction * distance, cases).map_or(-1.0, |p| p - power);
        Ok(reach.map(|reach| root(0.0, reach, missing)))
    }

    /// How far the truth lies on the right side.
    fn distance(&self, truth: f64) -> f64 {
        match self.claim {
            Claim::Above(x) => truth - x,
            Claim::Below(x) => x - truth,
            Claim::Within(low, high) => (truth - low).min(high - truth),
        }
    }

    /// The least and the greatest truth.
    fn range(&self) -> (f64, f64) {
        match self.scores {
            Scores::Bounded { min, max, .. } => (min, max),
            Scores::Unbounded { .. } => (-1e300, 1e300),
            Scores::Rate => (0.0, 1.0),
            Scores::Pairs { discordant, .. } => (-discordant, discordant),
        }
    }

    fn check(&self, truth: f64) -> Result<(), CannotEstimate> {
        match self.scores {
            Scores::Bounded { sd, skewness, min, max } => {
                positive(sd)?;
                positive(max - min)?;
                check_range(skewness, -MOST, MOST)?;
                check_range(truth, min, max)
            }
            Scores::Unbounded { sd } => positive(sd).map(drop),
            Scores::Rate => check_range(truth, 0.0, 1.0),
            Scores::Pairs { discordant, neither } => {
                check_range(discordant, f64::MIN_POSITIVE, 1.0)?;
                check_range(neither, 0.0, 1.0 - discordant)?;
                check_range(truth, -discordant, discordant)
            }
        }
    }

    /// The same with all values turned round, so that below is above.
    fn mirrored(&self) -> Self {
        match self.scores {
            Scores::Bounded { sd, skewness, min, max } => {
                Self { scores: Scores::Bounded { sd, skewness: -skewness, min: -max, max: -min }, ..*self }
            }
            _ => *self,
        }
    }

    fn mirror(&self, value: f64) -> f64 {
        if self.scores == Scores::Rate { 1.0 - value } else { -value }
    }

    /// P(lower bound > x) where the true value is `truth`.
    fn power_above(&self, truth: f64, x: f64, cases: f64) -> Result<f64, CannotEstimate> {
        let alpha = self.alpha;
        match self.scores {
            Scores::Unbounded { sd } => paired_t_power_one_sided((truth - x) / sd, cases, alpha),
            Scores::Bounded { min, .. } if x < min => Ok(1.0),
            Scores::Bounded { sd, skewness, min, max } => {
                // Lopsided scores vary more in the samples whose mean lies on their long side.
                let spread = |mean: f64| (sd * sd + skewness * sd * (mean - truth)).max(0.01 * sd * sd).sqrt();
                let enough = |mean: f64| share_of_model(mean, spread(mean), skewness, cases, min, x) < alpha;
                if x >= max || !enough(max) {
                    return Ok(0.0);
                }
                let critical = bisect(x, max, |mean| !enough(mean));
                Ok(normal_cdf((truth - critical) * cases.sqrt() / sd))
            }
            Scores::Rate => {
                let n = cases.round();
                let enough = |passes: f64| x < 0.0 || passes > 0.0 && beta_cdf(x, passes, n - passes + 1.0) < alpha;
                if !enough(n) {
                    return Ok(0.0);
                }
                if enough(0.0) {
                    return Ok(1.0);
                }
                let last = bisect(0.0, n, |passes| !enough(passes.floor())).round();
                let critical = if enough(last) { last } else { last + 1.0 };
                Ok(beta_cdf(truth, critical, n - critical + 1.0))
            }
            Scores::Pairs { discordant, neither } => Ok(self.power_of_pairs(truth, x, cases, [discordant, neither])),
        }
    }

    /// P(Newcombe's lower bound > x), where candidate alone and baseline alone pass on such shares of the cases that their
    /// difference is `truth`. Cases that both pass and that neither does are as many as expected.
    fn power_of_pairs(&self, truth: f64, x: f64, n: f64, [discordant, neither]: [f64; 2]) -> f64 {
        let z = -normal_quantile(self.alpha);
        let failing = if discordant < 1.0 { neither / (1.0 - discordant) } else { 0.0 };
        let enough = |new: f64, old: f64| {
            let alike = (1.0 - new - old).max(0.0);
            newcombe_limits([alike * (1.0 - failing), new, old, alike * failing], n, z).0 > x
        };
        let shares = [0.5 * (discordant + truth), 0.5 * (discordant - truth)].map(|share| share.max(0.0));
        if discordant * n > MOST_COUNTED {
            let split = |difference: f64| enough(0.5 * (discordant + difference), 0.5 * (discordant - difference));
            let sd = (discordant - truth * truth).max(f64::MIN_POSITIVE).sqrt();
            let critical = bisect(-discordant, discordant, |difference| !split(difference));
            return normal_cdf((truth - critical) * n.sqrt() / sd);
        }
        // Few discordant cases: all their numbers that can be, with the chance of each.
        let n = n.round();
        let window = |share: f64| {
            let (middle, reach) = (share * n, 8.0 * (share * n).sqrt() + 8.0);
            ((middle - reach).max(0.0) as usize, (middle + reach).min(n) as usize)
        };
        let times = |count: f64, share: f64| if count > 0.0 { count * share.max(f64::MIN_POSITIVE).ln() } else { 0.0 };
        let mut power = 0.0;
        for new in window(shares[0]).0..=window(shares[0]).1 {
            for old in window(shares[1]).0..=window(shares[1]).1 {
                let (new, old) = (new as f64, old as f64);
                let alike = n - new - old;
                if alike >= 0.0 && enough(new / n, old / n) {
                    let ways = ln_gamma(n + 1.0) - ln_gamma(new + 1.0) - ln_gamma(old + 1.0) - ln_gamma(alike + 1.0);
                    let chance = times(new, shares[0]) + times(old, shares[1]) + times(alike, 1.0 - discordant);
                    power += (ways + chance).exp();
                }
            }
        }
        power.min(1.0)
    }
}

/// What planning takes from an earlier run: the standard deviation and the skewness of a case, of its difference or of one
/// side's score. With clusters they are those of a cluster, in units of the mean over observations, and the cases that are
/// planned are clusters.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shape {
    pub sd: f64,
    pub skewness: f64,
}

impl Shape {
    /// # Errors
    /// If there are fewer than two clusters, they do not differ, or the columns differ in length.
    pub fn of_run(values: &[f64], clusters: &[u32]) -> Result<Self, CannotEstimate> {
        let (mean, se, groups) = cluster_mean(values, clusters)?;
        let groups = groups as f64;
        let se = se.ok_or(CannotEstimate::NoSpread("values"))?;
        let each = groups / values.len() as f64;
        let beyond = totals(values, clusters)?.into_iter().map(|total| (total.sum - total.count * mean) * each);
        let (mut squares, mut cubes) = (0.0, 0.0);
        for value in beyond {
            squares += value * value;
            cubes += value * value * value;
        }
        let skewness = super::error::finite(cubes / groups / (squares / groups).powf(1.5))?;
        Ok(Self { sd: se * groups.sqrt(), skewness })
    }
}

#[cfg(test)]
mod tests;
