//! What a rule claims of a number, and what an inference says to it: shown to hold, shown to be broken, or neither.

use super::decision::RuleState;
use crate::stats::equivalence::Equivalence;
use crate::stats::{Infer, Inference, planning};
use crate::suite::RuleKind;

/// On which side of which threshold a rule wants the true value, or between which two.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Claim {
    /// It is to be above this.
    low: Option<f64>,
    /// It is to be below this.
    high: Option<f64>,
    /// Whether the threshold itself will do.
    inclusive: bool,
    /// What is added to the statistics' number to get the one that people read: ½ makes a win rate of a margin.
    pub shift: f64,
}

impl Claim {
    /// Of a kind of rule; `None` for one that claims nothing of a mean.
    pub fn of(kind: RuleKind, pairwise: bool) -> Option<Self> {
        let claim = |low, high| Self { low, high, inclusive: false, shift: 0.0 };
        let level = |claim: Self| {
            let claim = Self { inclusive: true, ..claim };
            if pairwise { claim.of_win_rate() } else { claim }
        };
        Some(match kind {
            RuleKind::NotWorseBy(margin) => claim(Some(-margin), None),
            RuleKind::BetterThan(rate) if pairwise => claim(Some(rate), None).of_win_rate(),
            RuleKind::BetterThan(least) => claim(Some(least), None),
            RuleKind::EquivalentWithin(margin) => claim(Some(-margin), Some(margin)),
            RuleKind::AtLeast(least) => level(claim(Some(least), None)),
            RuleKind::AtMost(most) => level(claim(None, Some(most))),
            RuleKind::EveryCase { .. } => return None,
        })
    }

    fn of_win_rate(self) -> Self {
        let margin = |rate: f64| rate - 0.5;
        Self { low: self.low.map(margin), high: self.high.map(margin), shift: 0.5, ..self }
    }

    /// That a share keeps within a limit.
    pub fn share_at_most(share: f64) -> Self {
        Self { low: None, high: Some(share), inclusive: true, shift: 0.0 }
    }

    /// The margins: the true values at which the claim just does not hold, as the statistics read them.
    pub fn thresholds(self) -> impl Iterator<Item = f64> {
        self.low.into_iter().chain(self.high)
    }

    /// What planning has to know of it.
    pub fn planned(self) -> Option<planning::Claim> {
        Some(match (self.low, self.high) {
            (Some(low), None) => planning::Claim::Above(low),
            (None, Some(high)) => planning::Claim::Below(high),
            (Some(low), Some(high)) => planning::Claim::Within(low, high),
            (None, None) => return None,
        })
    }

    /// Whether it is true; on the margin itself it is neither.
    pub fn holds(self, truth: f64) -> Option<bool> {
        if self.thresholds().any(|threshold| threshold == truth) {
            return None;
        }
        Some(self.low.is_none_or(|low| truth > low) && self.high.is_none_or(|high| truth < high))
    }

    /// What the bounds say.
    pub fn state(self, inference: &Inference, alpha: f64) -> RuleState {
        let above = self
            .low
            .is_none_or(|low| inference.is_above(low, alpha) || self.inclusive && inference.lower(alpha) == low);
        let below = self
            .high
            .is_none_or(|high| inference.is_below(high, alpha) || self.inclusive && inference.upper(alpha) == high);
        // That one of two margins is broken may be shown at either: each gets half of the error rate.
        let alpha = alpha / self.thresholds().count().max(1) as f64;
        if above && below {
            RuleState::Pass
        } else if self.low.is_some_and(|low| inference.is_below(low, alpha))
            || self.high.is_some_and(|high| inference.is_above(high, alpha))
        {
            RuleState::Fail
        } else {
            RuleState::Inconclusive
        }
    }

    /// The one-sided bound that a state rests on: for a failure the one on the wrong side, else the one that a pass needs;
    /// of two, the one that is nearer to its margin.
    pub fn bound(self, inference: &Inference, state: RuleState, alpha: f64) -> f64 {
        let (lower, upper) = (inference.lower(alpha), inference.upper(alpha));
        let near = match (self.low, self.high) {
            (Some(_), None) => lower,
            (None, _) => upper,
            (Some(low), Some(high)) if (lower - low) < (high - upper) => lower,
            (Some(_), Some(_)) => upper,
        };
        match (state, self.low, self.high) {
            (RuleState::Fail, Some(_), None) => upper,
            (RuleState::Fail, None, Some(_)) => lower,
            (RuleState::Fail, Some(low), Some(_)) => {
                if upper < low {
                    upper
                } else {
                    lower
                }
            }
            _ => near,
        }
    }

    /// Both one-sided bounds, for a claim with two margins.
    pub fn interval(self, inference: &Inference, alpha: f64) -> Option<(f64, f64)> {
        Some(self.both(inference, alpha)?.interval)
    }

    /// p of "the claim does not hold": a small one shows that it holds.
    pub fn p_holds(self, inference: &Inference, alpha: f64) -> f64 {
        match (self.low, self.high) {
            (Some(low), None) => inference.p_greater(low),
            (None, Some(high)) => inference.p_less(high),
            _ => self.both(inference, alpha).map_or(1.0, |both| both.p),
        }
    }

    /// p of "the claim holds": a small one shows that it is broken.
    pub fn p_broken(self, inference: &Inference, alpha: f64) -> f64 {
        match (self.low, self.high) {
            (Some(low), None) => inference.p_less(low),
            (None, Some(high)) => inference.p_greater(high),
            _ => self.both(inference, alpha).map_or(1.0, |both| both.p_broken),
        }
    }

    fn both(self, inference: &Inference, alpha: f64) -> Option<Equivalence> {
        Equivalence::new(inference, self.low?, self.high?, alpha).ok()
    }
}
