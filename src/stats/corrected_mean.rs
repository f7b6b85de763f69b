//! Bounds of a mean of human scores from many judged cases and few labelled ones, for scores of any shape.

use std::collections::BTreeSet;

use super::dist::upper_t;
use super::error::CannotEstimate;
use super::gaffke::GaffkeMean;
use super::inference::{Infer, one_sided};
use super::mean::cluster_mean;
use super::planning::{Scores, Shape};
use super::prediction_powered::{Case, PredictionPowered};

/// The estimate of PPI++ with bounds that hold where labels are few or lopsided.
///
/// With the mean judge m of the cases without a label, PPI++ is the mean of z = human − lambda (judge − m) over those with
/// one (see [`PredictionPowered`]). Humans and judge score within min..=max, so z lies within min − lambda (max − m) and
/// max + lambda (m − min), and Gaffke's bounds hold for its mean whatever its shape. What m itself may be wrong by, lambda times
/// its error, is the mean of many cases, and taken as t: its distance and Gaffke's are added as independent ones are, in
/// squares; where a cluster holds cases of both kinds, plainly. That lambda is fitted to the same labels is not in the bounds;
/// how often they err on real labels is counted in a test.
#[derive(Debug, Clone)]
pub struct CorrectedMean {
    labelled: GaffkeMean,
    /// The standard error of lambda m, and its degrees of freedom; none where the judge is not listened to.
    others: Option<(f64, f64)>,
    apart: bool,
    scores: Option<Scores>,
}

impl CorrectedMean {
    /// From all judged cases, what PPI++ made of them, and the range that humans' and judge's values are known to lie in.
    ///
    /// # Errors
    /// If a value lies outside of the range or is not finite, or no case has a label.
    pub fn new(cases: &[Case], powered: &PredictionPowered, min: f64, max: f64) -> Result<Self, CannotEstimate> {
        let lambda = powered.lambda();
        let (others, theirs): (Vec<f64>, Vec<u32>) =
            cases.iter().filter(|case| case.human.is_none()).map(|case| (case.judge, case.cluster)).unzip();
        let (mean, error, groups) = cluster_mean(&others, &theirs)?;
        // What the judge says lies within the range as well, but for rounding.
        let mean = mean.clamp(min, max);
        let value = |case: &Case| Some((case.human? - lambda * (case.judge.clamp(min, max) - mean), case.cluster));
        let (values, own): (Vec<f64>, Vec<u32>) = cases.iter().filter_map(value).unzip();
        let (low, high) = (min - lambda * (max - mean), max + lambda * (mean - min));
        let labelled = GaffkeMean::new(&values, &own, low, high)?;
        let others = error.map(|error| lambda * error).filter(|error| *error > 0.0);
        let ids: BTreeSet<u32> = own.iter().copied().collect();
        let apart = theirs.iter().all(|cluster| !ids.contains(cluster));
        let scores = Shape::of_run(&values, &own).ok().map(|Shape { sd, skewness }| {
            let sd = sd.hypot(others.unwrap_or(0.0) * (ids.len() as f64).sqrt());
            Scores::Bounded { sd, skewness, min: low, max: high }
        });
        let others = others.map(|error| (error, groups.saturating_sub(1).max(1) as f64));
        Ok(Self { labelled, others, apart, scores })
    }

    /// How one labelled case lies, as planning has to know it; `None` where they do not differ.
    pub fn scores(&self) -> Option<Scores> {
        self.scores
    }

    /// How far the bound lies from the estimate, for the distance of Gaffke's alone.
    fn reach(&self, own: f64, alpha: f64) -> f64 {
        let theirs = self.others.map_or(0.0, |(error, freedom)| error * upper_t(one_sided(alpha), freedom));
        let own = own.max(0.0);
        if self.apart { own.hypot(theirs) } else { own + theirs }
    }
}

impl Infer for CorrectedMean {
    fn estimate(&self) -> f64 {
        self.labelled.estimate()
    }
    fn se(&self) -> Option<f64> {
        let (own, theirs) = (self.labelled.se()?, self.others.map_or(0.0, |(error, _)| error));
        Some(if self.apart { own.hypot(theirs) } else { own + theirs })
    }
    fn n(&self) -> usize {
        self.labelled.n()
    }
    fn method(&self) -> &'static str {
        "PPI++ with Gaffke's bounds"
    }
    fn lower(&self, alpha: f64) -> f64 {
        self.estimate() - self.reach(self.estimate() - self.labelled.lower(alpha), alpha)
    }
    fn upper(&self, alpha: f64) -> f64 {
        self.estimate() + self.reach(self.labelled.upper(alpha) - self.estimate(), alpha)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(judge: f64, human: Option<f64>, cluster: u32) -> Case {
        Case { judge, human, cluster }
    }

    fn bounds(cases: &[Case]) -> (PredictionPowered, CorrectedMean) {
        let powered = PredictionPowered::new(cases).unwrap();
        let found = CorrectedMean::new(cases, &powered, 0.0, 1.0).unwrap();
        (powered, found)
    }

    #[test]
    fn the_estimate_is_that_of_ppi_and_the_bounds_lie_beyond_its_own() {
        let score = |i: u32| f64::from(i * 7 % 11) / 10.0;
        let cases: Vec<Case> =
            (0..400).map(|i| case((score(i) + 0.1).min(1.0), (i % 5 == 0).then(|| score(i)), i)).collect();
        let (powered, found) = bounds(&cases);
        let t = powered.inference();
        assert!((found.estimate() - t.estimate()).abs() < 1e-12, "{} {}", found.estimate(), t.estimate());
        for alpha in [0.2, 0.05, 0.01] {
            assert!(found.lower(alpha) < t.lower(alpha) && t.upper(alpha) < found.upper(alpha), "{alpha}");
            assert!((found.p_greater(found.lower(alpha)) - alpha).abs() < 1e-6, "{alpha}");
        }
        // A judge that knows is worth labels: the bounds are narrower than those of the labels alone.
        let (human, ids): (Vec<f64>, Vec<u32>) = cases.iter().filter_map(|c| Some((c.human?, c.cluster))).unzip();
        let alone = GaffkeMean::new(&human, &ids, 0.0, 1.0).unwrap();
        assert!(found.estimate() - found.lower(0.05) < 0.75 * (alone.estimate() - alone.lower(0.05)));
    }

    #[test]
    fn equal_labels_prove_no_more_than_their_number() {
        let cases: Vec<Case> =
            (0..200_u32).map(|i| case(f64::from(u8::from(i % 40 != 0)), (i % 4 == 1).then_some(1.0), i)).collect();
        // PPI++ has no spread to go by then, so there is no estimate; with a single other label there is one.
        assert!(PredictionPowered::new(&cases).is_err());
        let cases: Vec<Case> =
            cases.iter().map(|c| if c.cluster == 1 { case(1.0, Some(0.9), 1) } else { *c }).collect();
        let (powered, found) = bounds(&cases);
        // Of 50 cases, one in twenty may be wrong that were not seen: 1 − 0.05^(1/50) = 5.8 %.
        assert!(powered.inference().lower(0.05) > 0.99 && found.lower(0.05) < 0.95, "{}", found.lower(0.05));
    }

    #[test]
    fn clusters_with_cases_of_both_kinds_add_up_plainly() {
        let score = |i: u32| f64::from(i * 7 % 11) / 10.0;
        let cases: Vec<Case> = (0..300).map(|i| case(score(i), (i % 3 == 0).then(|| score(i + i % 2)), i)).collect();
        let joined: Vec<Case> = cases.iter().map(|c| Case { cluster: c.cluster / 3, ..*c }).collect();
        let [(_, apart), (_, joined)] = [bounds(&cases), bounds(&joined)];
        assert!(joined.lower(0.05) < apart.lower(0.05) && apart.upper(0.05) < joined.upper(0.05));
    }
}
