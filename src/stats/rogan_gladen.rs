//! A pass rate, corrected for a judge whose sensitivity and specificity are known from labels.

use super::dist::normal_quantile;
use super::error::{CannotEstimate, check_range};
use super::inference::{Infer, one_sided};

/// How many of the labelled cases of one kind a judge got right.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Hits {
    /// The share that it got right, 0 to 1.
    pub rate: f64,
    /// Labelled cases of that kind.
    pub n: f64,
}

/// The rate of true passes from the rate that a judge reports: theta = (p + Sp - 1) / (Se + Sp - 1) (Rogan and Gladen 1978),
/// with the interval of Lang and Reiczigel (2014), which carries the uncertainty of the rate and of both error rates.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RoganGladen {
    judged: Hits,
    sensitivity: Hits,
    specificity: Hits,
}

/// Judge and human on labelled cases: true positives, false negatives, false positives, true negatives.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Confusion {
    pub true_positives: usize,
    pub false_negatives: usize,
    pub false_positives: usize,
    pub true_negatives: usize,
}

impl Confusion {
    /// Counts one labelled case.
    pub fn add(&mut self, judge: bool, human: bool) {
        *match (judge, human) {
            (true, true) => &mut self.true_positives,
            (false, true) => &mut self.false_negatives,
            (true, false) => &mut self.false_positives,
            (false, false) => &mut self.true_negatives,
        } += 1;
    }

    /// Of the cases that humans pass, how many the judge passes.
    pub fn sensitivity(self) -> Option<Hits> {
        hits(self.true_positives, self.false_negatives)
    }

    /// Of the cases that humans fail, how many the judge fails.
    pub fn specificity(self) -> Option<Hits> {
        hits(self.true_negatives, self.false_positives)
    }
}

fn hits(right: usize, wrong: usize) -> Option<Hits> {
    let n = (right + wrong) as f64;
    (n > 0.0).then(|| Hits { rate: right as f64 / n, n })
}

impl RoganGladen {
    /// From the rate that the judge reports over all independent cases, and its error rates on labelled ones.
    ///
    /// # Errors
    /// A rate outside of 0 to 1, no labelled case of either kind, or a judge that cannot be told from guessing: its
    /// sensitivity and specificity add up to no more than 1 at 95 % confidence, so that dividing by what is left means nothing.
    pub fn new(judged: Hits, sensitivity: Hits, specificity: Hits) -> Result<Self, CannotEstimate> {
        for hits in [judged, sensitivity, specificity] {
            check_range(hits.rate, 0.0, 1.0)?;
            if hits.n.is_nan() || hits.n < 1.0 {
                return Err(CannotEstimate::TooFew("one labelled case that passes and one that fails"));
            }
        }
        let found = Self { judged, sensitivity, specificity };
        // With one success and one failure added on each side, so that a few labels without an error prove nothing.
        let [se, sp] = [sensitivity, specificity].map(|hits| shrunk(hits, 2.0));
        let spread = (variance(se) + variance(sp)).sqrt();
        if se.rate + sp.rate - 1.0 <= -normal_quantile(0.025) * spread {
            return Err(CannotEstimate::Undefined(
                "the judge cannot be told from guessing, so its rate cannot be corrected",
            ));
        }
        Ok(found)
    }

    /// The limits at the normal quantile `z`; they may lie outside of 0 and 1.
    pub(crate) fn limits(&self, z: f64) -> (f64, f64) {
        let judged = shrunk(self.judged, z * z);
        let [se, sp] = [self.sensitivity, self.specificity].map(|hits| shrunk(hits, 2.0));
        let reach = se.rate + sp.rate - 1.0;
        let theta = (judged.rate + sp.rate - 1.0) / reach;
        let centre = theta + 2.0 * z * z * (theta * variance(se) - (1.0 - theta) * variance(sp));
        let spread = variance(judged) + (1.0 - theta).powi(2) * variance(sp) + theta * theta * variance(se);
        let half = z * spread.sqrt() / reach;
        (centre - half, centre + half)
    }
}

/// The same with `more` cases, half of them right.
fn shrunk(Hits { rate, n }: Hits, more: f64) -> Hits {
    Hits { rate: (n * rate + 0.5 * more) / (n + more), n: n + more }
}

fn variance(Hits { rate, n }: Hits) -> f64 {
    rate * (1.0 - rate) / n
}

impl Infer for RoganGladen {
    fn estimate(&self) -> f64 {
        let reach = self.sensitivity.rate + self.specificity.rate - 1.0;
        ((self.judged.rate + self.specificity.rate - 1.0) / reach).clamp(0.0, 1.0)
    }
    /// By the delta method.
    fn se(&self) -> Option<f64> {
        let reach = self.sensitivity.rate + self.specificity.rate - 1.0;
        let theta = self.estimate();
        let spread = variance(self.judged)
            + (1.0 - theta).powi(2) * variance(self.specificity)
            + theta * theta * variance(self.sensitivity);
        Some(spread.sqrt() / reach).filter(|se| *se > 0.0)
    }
    /// Labelled cases: what the correction rests on.
    fn n(&self) -> usize {
        (self.sensitivity.n + self.specificity.n) as usize
    }
    fn method(&self) -> &'static str {
        "Rogan-Gladen with Lang and Reiczigel's interval"
    }
    fn lower(&self, alpha: f64) -> f64 {
        self.limits(-normal_quantile(one_sided(alpha))).0.clamp(0.0, self.estimate())
    }
    fn upper(&self, alpha: f64) -> f64 {
        self.limits(-normal_quantile(one_sided(alpha))).1.clamp(self.estimate(), 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_perfect_judge_needs_no_correction() {
        let right = Hits { rate: 1.0, n: 100.0 };
        let found = RoganGladen::new(Hits { rate: 0.7, n: 400.0 }, right, right).unwrap();
        assert!((found.estimate() - 0.7).abs() < 1e-12);
        let (low, high) = found.interval(0.05);
        assert!(low < 0.66 && 0.74 < high, "{low} {high}");
    }

    #[test]
    fn a_judge_that_guesses_is_refused() {
        let half = Hits { rate: 0.55, n: 60.0 };
        assert!(RoganGladen::new(Hits { rate: 0.5, n: 100.0 }, half, half).is_err());
        // Without an error so far, but on three labels.
        let few = Hits { rate: 1.0, n: 1.0 };
        assert!(RoganGladen::new(Hits { rate: 0.5, n: 100.0 }, few, few).is_err());
        assert!(RoganGladen::new(Hits { rate: 1.5, n: 100.0 }, half, half).is_err());
    }

    #[test]
    fn counts_by_what_humans_say() {
        let mut table = Confusion::default();
        for (judge, human) in [(true, true), (true, true), (false, true), (true, false)] {
            table.add(judge, human);
        }
        assert_eq!(table.sensitivity(), Some(Hits { rate: 2.0 / 3.0, n: 3.0 }));
        assert_eq!(table.specificity(), Some(Hits { rate: 0.0, n: 1.0 }));
        assert_eq!(Confusion::default().sensitivity(), None);
    }
}
