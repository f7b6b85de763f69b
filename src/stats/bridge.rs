//! A difference between scores of two judges, less how far the judges differ on what both of them judged.

use super::inference::{Infer, Inference};
use super::mean::ClusterT;

/// A paired difference whose two sides were scored by different judges, bridged by anchors that both scored.
///
/// The model is additive: of outputs like these, the second judge's scores lie above the first one's by a constant in the mean,
/// the *shift*. `within` is the difference of the cases, candidate by the second judge − baseline by the first, and holds the
/// shift; `bridge` is the mean of second − first over the anchors, and is the shift. What is left is within − bridge. The two are
/// of different outputs, and so independent: their variances add up.
///
/// Where both are t, so is this, on the degrees of freedom of Welch (1947, Biometrika 34) and Satterthwaite (1946), rounded
/// down. Else each gives a bound at half of alpha, and their difference is one at alpha, whatever the shape of the scores
/// (Bonferroni).
pub fn bridged(within: Inference, bridge: Inference) -> Inference {
    if let (Inference::Mean(a), Inference::Mean(b)) = (&within, &bridge)
        && let (Some(sa), Some(sb)) = (a.se(), b.se())
    {
        let (va, vb) = (sa * sa, sb * sb);
        let freedom = |n: usize| n.saturating_sub(1).max(1) as f64;
        let df = (va + vb).powi(2) / (va * va / freedom(a.n()) + vb * vb / freedom(b.n()));
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most the sum of two counts")]
        let n = df.max(1.0).floor() as usize + 1;
        let estimate = a.estimate() - b.estimate();
        return Inference::Mean(ClusterT::of(estimate, (va + vb).sqrt(), n, "paired t, bridged by anchors (Welch)"));
    }
    Inference::Bridged(Bridged { within: Box::new(within), bridge: Box::new(bridge) })
}

/// Bounds of a difference and of the shift that it holds, together; see [`bridged`].
#[derive(Debug, Clone)]
pub struct Bridged {
    within: Box<Inference>,
    bridge: Box<Inference>,
}

impl Infer for Bridged {
    fn estimate(&self) -> f64 {
        self.within.estimate() - self.bridge.estimate()
    }
    fn se(&self) -> Option<f64> {
        Some(self.within.se()?.hypot(self.bridge.se()?))
    }
    fn n(&self) -> usize {
        self.within.n()
    }
    fn method(&self) -> &'static str {
        "bounds of cases and anchors together"
    }
    fn lower(&self, alpha: f64) -> f64 {
        self.within.lower(0.5 * alpha) - self.bridge.upper(0.5 * alpha)
    }
    fn upper(&self, alpha: f64) -> f64 {
        self.within.upper(0.5 * alpha) - self.bridge.lower(0.5 * alpha)
    }
}

#[cfg(test)]
mod tests {
    use rand::RngExt;

    use super::super::clusters::singletons;
    use super::super::rng::stream;
    use super::super::{Sample, ScoreKind, default_for};
    use super::*;

    /// A normal number, near enough: the sum of twelve uniform ones less six.
    fn normal(rng: &mut rand_pcg::Pcg64) -> f64 {
        (0..12).map(|_| rng.random::<f64>()).sum::<f64>() - 6.0
    }

    #[test]
    fn the_variance_of_the_bridge_is_in_the_interval() {
        let t = |values: &[f64]| Inference::mean_difference(values, &singletons(values.len())).unwrap();
        let (within, bridge) = (t(&[0.4, 0.6, 0.2, 0.8]), t(&[0.1, 0.3, 0.2]));
        let both = bridged(within.clone(), bridge.clone());
        assert!((both.estimate() - 0.3).abs() < 1e-12);
        // The variances of the two means are 1/60 and 1/300, and so Welch's degrees of freedom are (1/50)² / ((1/60)²/3 +
        // (1/300)²/2) = 4.075…
        assert!((both.se().unwrap() - 0.02_f64.sqrt()).abs() < 1e-12);
        assert_eq!(both.n(), 5);
        let (low, high) = both.interval(0.05);
        assert!((high - low) > 2.0 * 2.776 * 0.02_f64.sqrt() - 1e-3, "{low} {high}");
        assert!((both.p_greater(low) - 0.025).abs() < 1e-9 && (both.p_less(high) - 0.025).abs() < 1e-9);
        // Bounds for scores of any shape agree with their p-values too.
        let bounds = bridged(Inference::bounded_mean(&[0.4, 0.6, 0.2, 0.8], -1.0, 1.0).unwrap(), bridge);
        assert_eq!(bounds.method(), "bounds of cases and anchors together");
        let lower = bounds.lower(0.1);
        assert!((bounds.p_greater(lower) - 0.1).abs() < 1e-6, "{}", bounds.p_greater(lower));
        assert!(bounds.lower(0.05) < lower && bounds.upper(0.05) > bounds.estimate());
    }

    /// A simulation: two judges with noise of their own and a shift between them, forty anchors, sixty cases, a true difference.
    #[test]
    fn bridged_intervals_hold_the_truth_as_often_as_they_say() {
        const RUNS: usize = 10_000;
        let (shift, truth) = (0.35, -0.1);
        let mut rng = stream(7, "bridge");
        let (mut by_t, mut by_bounds) = (0, 0);
        for run in 0..RUNS {
            // A judge sees the output's own worth with noise; the second one adds the shift.
            let mut score = |worth: f64, shift: f64| worth + shift + 0.4 * normal(&mut rng);
            let anchors: Vec<(f64, f64)> = (0..40).map(|_| (score(0.0, 0.0), score(0.0, shift))).collect();
            let cases: Vec<(f64, f64)> = (0..60).map(|_| (score(0.0, 0.0), score(truth, shift))).collect();
            let differences = |pairs: &[(f64, f64)]| pairs.iter().map(|(a, b)| b - a).collect::<Vec<f64>>();
            let t = |pairs: &[(f64, f64)]| {
                Inference::mean_difference(&differences(pairs), &singletons(pairs.len())).unwrap()
            };
            let (low, high) = bridged(t(&cases), t(&anchors)).interval(0.05);
            by_t += usize::from((low..=high).contains(&truth));
            if run % 50 == 0 {
                let bounds = |pairs: &[(f64, f64)]| {
                    let (old, new): (Vec<f64>, Vec<f64>) =
                        pairs.iter().map(|(a, b)| (a.clamp(-4.0, 4.0), b.clamp(-4.0, 4.0))).unzip();
                    let sample = Sample::Paired { candidate: &new, baseline: &old };
                    default_for(ScoreKind::Bounded { min: -4.0, max: 4.0 }, sample, &singletons(pairs.len()), 30)
                        .unwrap()
                };
                let (low, high) = bridged(bounds(&cases), bounds(&anchors)).interval(0.05);
                by_bounds += usize::from((low..=high).contains(&truth));
            }
        }
        let share = by_t as f64 / RUNS as f64;
        assert!((0.94..=0.96).contains(&share), "t: {share}");
        assert!(by_bounds as f64 / (RUNS / 50) as f64 >= 0.94, "bounds: {by_bounds} of {}", RUNS / 50);
    }
}
