//! The mean of bounded scores while they come in: bounds and p-values that hold however often one looks.
//!
//! A gambler bets against "the mean is at most m" (Waudby-Smith and Ramdas 2024, JRSS B). If that is so, his wealth exceeds
//! 1/alpha at any time with probability alpha at most, so the gate may look after every case and stop when it likes. Where
//! the cases come from a gold set of known size N, the bets know it (the same authors, 2020, arXiv:2006.04347): what has
//! been seen says what the rest can still be, and when all N are seen the bounds meet in the mean.
//!
//! With N given, the bounds are for the mean over this gold set, which a full run would show. Without, they are for the mean
//! over all cases that could have been drawn. The order of the cases has to be random, and fixed before looking; see
//! [`super::rng::shuffle`]. It must not depend on the scores.

use super::betting::check_bounds;
use super::dist::bisect;
use super::error::{CannotEstimate, check_range};
use super::inference::{Infer, one_sided};

/// How the gambler divides his first stake: each part bets the same fraction of itself at every case, and wins or loses
/// as the score lies above or below m. No part has to guess the variance, and the best part carries the others. Half of it
/// bets boldly, which finds large differences soon; the smallest fractions are for the smallest differences.
const PARTS: [(f64, f64); 12] = [
    (0.95, 0.5),
    (0.890_625, 0.05),
    (0.771_875, 0.05),
    (0.653_125, 0.05),
    (0.534_375, 0.05),
    (0.415_625, 0.05),
    (0.296_875, 0.05),
    (0.178_125, 0.05),
    (0.059_375, 0.05),
    (0.03, 0.04),
    (0.01, 0.03),
    (0.003, 0.03),
];

/// A possible mean this much beyond what the seen scores leave room for is excluded; less is rounding.
const ROUNDING: f64 = 1e-10;

/// The gambler against "the mean is at most m", on scores scaled to 0..=1. One score costs the same time whatever came before.
#[derive(Debug, Clone, PartialEq)]
struct Gambler {
    m: f64,
    population: Option<usize>,
    seen: usize,
    /// The sum of weight * (score - m) over what was seen.
    ahead: f64,
    parts: [f64; PARTS.len()],
    /// What the parts were divided by on the way, as a logarithm.
    scale: f64,
    best: f64,
    excluded: bool,
}

impl Gambler {
    fn new(m: f64, population: Option<usize>) -> Self {
        let parts = PARTS.map(|(_, stake)| stake);
        Self { m, population, seen: 0, ahead: 0.0, parts, scale: 0.0, best: 0.0, excluded: m < -ROUNDING }
    }

    fn push(&mut self, (score, weight): (f64, f64)) {
        // The mean of what is left, if the mean of all is m.
        let left = self.population.map(|all| all.saturating_sub(self.seen).max(1) as f64);
        let m = self.m - left.map_or(0.0, |left| self.ahead / left);
        let score = weight * score + (1.0 - weight) * self.m;
        self.seen += 1;
        self.ahead += score - self.m;
        if m > ROUNDING {
            let gain = (score / m - 1.0).max(-1.0);
            for (part, (fraction, _)) in self.parts.iter_mut().zip(PARTS) {
                *part *= 1.0 + fraction * gain;
            }
            let total: f64 = self.parts.iter().sum();
            if !(1e-100..1e100).contains(&total) {
                self.parts.iter_mut().for_each(|part| *part /= total);
                self.scale += total.ln();
            }
            self.best = self.best.max(self.scale + self.parts.iter().sum::<f64>().ln());
        } else if score - m > ROUNDING.sqrt() {
            self.excluded = true;
        }
        // What is left cannot be worse than all zeros.
        if let Some(all) = self.population {
            let left = all.saturating_sub(self.seen) as f64;
            self.excluded |= self.ahead > left * self.m + ROUNDING * all as f64;
        }
    }

    /// The p-value that holds at all times: 1 / the largest wealth.
    fn p_value(&self) -> f64 {
        if self.excluded { 0.0 } else { (-self.best).exp() }
    }
}

/// Which side of a threshold a [`ThresholdTest`] tries to prove the mean to be on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Above,
    Below,
}

/// What is known of the cases before the first is looked at.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Setting {
    /// The least score that can be; for paired differences the range's min - max.
    pub min: f64,
    /// The greatest score that can be.
    pub max: f64,
    /// The number of cases (clusters) of the gold set, if they are drawn from it without replacement.
    pub population: Option<usize>,
}

impl Setting {
    fn check(self) -> Result<Self, CannotEstimate> {
        match self.min < self.max && (self.max - self.min).is_finite() {
            true => Ok(self),
            false => Err(CannotEstimate::Undefined("the range of the score is empty or not finite")),
        }
    }

    /// The score scaled to 0..=1.
    fn scaled(self, score: f64) -> f64 {
        ((score - self.min) / (self.max - self.min)).clamp(0.0, 1.0)
    }

    fn accept(self, seen: usize, score: f64, weight: f64) -> Result<(f64, f64), CannotEstimate> {
        check_range(weight, 0.0, 1.0)?;
        if weight > 0.0 {
            check_bounds(&[score], self.min, self.max)?;
        }
        match self.population.is_some_and(|all| seen >= all) {
            true => Err(CannotEstimate::Undefined("there are more cases than the gold set was said to have")),
            false => Ok((if weight > 0.0 { self.scaled(score) } else { 0.0 }, weight)),
        }
    }
}

/// A test whether a mean lies above (or below) a threshold, fed case by case; each costs the same time. It agrees with the
/// bounds of [`SequentialMean`] on the same cases.
#[derive(Debug, Clone, PartialEq)]
pub struct ThresholdTest {
    setting: Setting,
    side: Side,
    gambler: Gambler,
}

impl ThresholdTest {
    /// # Errors
    /// If the range is empty or a number is not finite.
    pub fn new(side: Side, threshold: f64, setting: Setting) -> Result<Self, CannotEstimate> {
        let setting = setting.check()?;
        super::error::finite(threshold)?;
        let m = (threshold - setting.min) / (setting.max - setting.min);
        let m = if side == Side::Above { m } else { 1.0 - m };
        Ok(Self { setting, side, gambler: Gambler::new(m, setting.population) })
    }

    /// Takes in one case; see [`SequentialMean::push`], also for the errors.
    pub fn push(&mut self, score: f64, weight: f64) -> Result<(), CannotEstimate> {
        let (score, weight) = self.setting.accept(self.gambler.seen, score, weight)?;
        self.gambler.push((if self.side == Side::Above { score } else { 1.0 - score }, weight));
        Ok(())
    }

    /// The p-value of "the mean is not on this side of the threshold": valid at all times, and never grows.
    pub fn p_value(&self) -> f64 {
        self.gambler.p_value()
    }
}

/// The mean of scores in a known range while they come in. All answers of [`Infer`] hold at all times at once: a rule
/// may be held against them after every batch. `lower` never falls and `upper` never rises as cases come in, so what was
/// decided stays decided; the estimate may later leave the bounds (with probability alpha at most for either).
#[derive(Debug, Clone, PartialEq)]
pub struct SequentialMean {
    setting: Setting,
    /// Scaled scores and their weights.
    scores: Vec<(f64, f64)>,
}

impl SequentialMean {
    /// # Errors
    /// If the range is empty or not finite.
    pub fn new(setting: Setting) -> Result<Self, CannotEstimate> {
        Ok(Self { setting: setting.check()?, scores: Vec::new() })
    }

    /// Takes in the next case of the order that was fixed beforehand. A case that stands alone has the weight 1. Where
    /// cases come in clusters the unit is the cluster: its mean, with the weight size / largest size (known beforehand, in
    /// 0..=1), so that what is bounded stays the mean over all observations. A case whose score is missing and is to be left
    /// out has the weight 0: it counts as seen, and the mean is over the others.
    ///
    /// # Errors
    /// If the score lies outside of the range, the weight outside of 0..=1, or all cases of the gold set were seen before.
    pub fn push(&mut self, score: f64, weight: f64) -> Result<(), CannotEstimate> {
        let accepted = self.setting.accept(self.scores.len(), score, weight)?;
        self.scores.push(accepted);
        Ok(())
    }

    /// The number of cases taken in, those with weight 0 included.
    pub fn seen(&self) -> usize {
        self.scores.len()
    }

    fn p(&self, side: Side, m: f64) -> f64 {
        let mut gambler = Gambler::new(if side == Side::Above { m } else { 1.0 - m }, self.setting.population);
        for &(score, weight) in &self.scores {
            gambler.push((if side == Side::Above { score } else { 1.0 - score }, weight));
        }
        gambler.p_value()
    }

    /// Whether m is excluded at alpha.
    fn excludes(&self, side: Side, m: f64, alpha: f64) -> bool {
        self.p(side, m) <= alpha
    }

    fn unscaled(&self, m: f64) -> f64 {
        self.setting.min + (self.setting.max - self.setting.min) * m
    }

    fn weights(&self) -> f64 {
        self.scores.iter().map(|(_, weight)| weight).sum()
    }

    fn scaled_mean(&self) -> f64 {
        let weights = self.weights();
        if weights > 0.0 {
            self.scores.iter().map(|(score, weight)| score * weight).sum::<f64>() / weights
        } else {
            0.5
        }
    }
}

impl Infer for SequentialMean {
    /// The middle of the range before the first score.
    fn estimate(&self) -> f64 {
        self.unscaled(self.scaled_mean())
    }
    /// Shrunk for what was seen of a gold set of known size.
    fn se(&self) -> Option<f64> {
        let (mean, weights) = (self.scaled_mean(), self.weights());
        let groups = self.scores.iter().filter(|(_, weight)| *weight > 0.0).count() as f64;
        let squares: f64 = self.scores.iter().map(|(score, weight)| (weight * (score - mean)).powi(2)).sum();
        let unseen = self.setting.population.map_or(1.0, |all| 1.0 - self.scores.len() as f64 / all as f64);
        let se = (squares * groups / (groups - 1.0) * unseen).sqrt() / weights * (self.setting.max - self.setting.min);
        Some(se).filter(|se| se.is_finite() && *se > 0.0)
    }
    fn n(&self) -> usize {
        self.scores.iter().filter(|(_, weight)| *weight > 0.0).count()
    }
    fn method(&self) -> &'static str {
        match self.setting.population {
            Some(_) => "anytime-valid betting, finite gold set",
            None => "anytime-valid betting",
        }
    }
    fn lower(&self, alpha: f64) -> f64 {
        let alpha = one_sided(alpha);
        let m = if self.excludes(Side::Above, 0.0, alpha) {
            bisect(0.0, 1.0, |m| self.excludes(Side::Above, m, alpha))
        } else {
            0.0
        };
        self.unscaled(m)
    }
    fn upper(&self, alpha: f64) -> f64 {
        let alpha = one_sided(alpha);
        let m = if self.excludes(Side::Below, 1.0, alpha) {
            bisect(0.0, 1.0, |m| !self.excludes(Side::Below, m, alpha))
        } else {
            1.0
        };
        self.unscaled(m)
    }
    /// Asked at once, since to look for the bound takes fifty times as long.
    fn is_above(&self, x: f64, alpha: f64) -> bool {
        self.p_greater(x) <= one_sided(alpha)
    }
    fn is_below(&self, x: f64, alpha: f64) -> bool {
        self.p_less(x) <= one_sided(alpha)
    }
    fn p_greater(&self, x: f64) -> f64 {
        match x {
            x if x < self.setting.min => 0.0,
            x if x > self.setting.max => 1.0,
            x => self.p(Side::Above, self.setting.scaled(x)),
        }
    }
    fn p_less(&self, x: f64) -> f64 {
        match x {
            x if x > self.setting.max => 0.0,
            x if x < self.setting.min => 1.0,
            x => self.p(Side::Below, self.setting.scaled(x)),
        }
    }
}

#[cfg(test)]
mod real;
#[cfg(test)]
mod tests;
