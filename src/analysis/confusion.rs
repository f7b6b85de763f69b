//! Labels of judge and human on the same outputs → who says what where, and the measures made of that.

use serde::Serialize;

use super::findings::Share;
use super::trust::{FEW, bootstrapped};
use crate::stats::agreement::{LabelTable, Weights};
use crate::stats::{Infer, Sample, ScoreKind, default_for};

/// How often the judge says what where humans say what.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ConfusionTable {
    /// The labels, in the scale's order.
    pub labels: Vec<String>,
    /// Rows: what humans say. Columns: what the judge says.
    pub counts: Vec<Vec<u64>>,
}

/// Codes of judge and human, and the cluster of the case.
pub type Coded = (usize, usize, u32);

impl ConfusionTable {
    /// Of codes that are places among the labels; others are left out.
    pub fn new(labels: Vec<String>, coded: &[Coded]) -> Self {
        let mut counts = vec![vec![0; labels.len()]; labels.len()];
        for (judge, human, _) in coded {
            if let Some(count) = counts.get_mut(*human).and_then(|row: &mut Vec<u64>| row.get_mut(*judge)) {
                *count += 1;
            }
        }
        Self { labels, counts }
    }
}

/// What a statistic of a table of labels is, over any resample of outputs.
#[derive(Debug, Clone, Copy)]
pub enum Measure {
    /// Cohen's κ.
    Kappa(Weights),
    /// Gwet's AC1.
    Ac1,
}

impl Measure {
    fn name(self) -> &'static str {
        match self {
            Self::Kappa(Weights::Unweighted) => "kappa",
            Self::Kappa(Weights::Linear) => "linear kappa",
            Self::Kappa(Weights::Quadratic) => "quadratic kappa",
            Self::Ac1 => "ac1",
        }
    }

    /// Why κ is absent, in words; `None` where it is there, or there is nothing to hold against each other.
    pub fn undefined(name: &str, found: Option<Share>, coded: &[Coded]) -> Option<String> {
        let is_absent = found.is_none() && !coded.is_empty();
        is_absent.then(|| format!("{name}: judge and people give one label throughout, so it is not defined"))
    }

    /// With a bootstrap interval over clusters; `None` where it is not defined.
    pub fn of(self, coded: &[Coded], labels: usize, alpha: f64, seed: u64) -> Option<Share> {
        let statistic = |rows: &[usize]| {
            let mut counts = vec![vec![0.0; labels]; labels];
            for (judge, human, _) in rows.iter().filter_map(|row| coded.get(*row)) {
                *counts.get_mut(*judge)?.get_mut(*human)? += 1.0;
            }
            let table = LabelTable::from_counts(counts).ok()?;
            match self {
                Self::Kappa(weights) => table.cohen_kappa(weights).ok().map(|kappa| kappa.kappa),
                Self::Ac1 => Some(table.gwet_ac1()),
            }
        };
        let all: Vec<usize> = (0..coded.len()).collect();
        let estimate = statistic(&all)?;
        let clusters: Vec<u32> = coded.iter().map(|(_, _, cluster)| *cluster).collect();
        Some(bootstrapped(estimate, coded.len(), &clusters, statistic, self.name(), alpha, seed))
    }
}

/// Of the outputs with this human label, the share that the judge gives it too: sensitivity for yes, specificity for no.
pub fn found(coded: &[Coded], label: usize, alpha: f64) -> Option<Share> {
    let of = coded.iter().filter(|(_, human, _)| *human == label);
    let (right, clusters): (Vec<f64>, Vec<u32>) =
        of.map(|(judge, _, cluster)| (f64::from(u8::from(*judge == label)), *cluster)).unzip();
    let inference = default_for(ScoreKind::Binary, Sample::Level(&right), &clusters, FEW).ok()?;
    let (low, high) = inference.interval(alpha);
    Some(Share { estimate: inference.estimate(), low: Some(low), high: Some(high), n: right.len() as u64 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_humans_and_columns_the_judge() {
        let coded = [(1, 1, 0), (1, 0, 1), (1, 1, 2), (0, 1, 3), (7, 1, 4)];
        let table = ConfusionTable::new(vec!["no".into(), "yes".into()], &coded);
        assert_eq!(table.counts, [[0, 1], [1, 2]]);
        let sensitivity = found(&coded[..4], 1, 0.05).unwrap();
        assert_eq!((sensitivity.estimate, sensitivity.n), (2.0 / 3.0, 3));
        assert_eq!(found(&coded[..4], 0, 0.05).unwrap().estimate, 0.0);
    }

    #[test]
    fn ac1_is_steady_where_kappa_is_not() {
        let coded: Vec<Coded> = (0..60).map(|i| (usize::from(i % 20 != 0), usize::from(i % 20 != 10), i)).collect();
        let of = |measure: Measure| measure.of(&coded, 2, 0.05, 0).unwrap();
        let (kappa, ac1) = (of(Measure::Kappa(Weights::Unweighted)), of(Measure::Ac1));
        assert!(kappa.estimate < 0.0 && ac1.estimate > 0.85, "{kappa:?} {ac1:?}");
        assert!(ac1.low < Some(ac1.estimate) && ac1.high > Some(ac1.estimate));
    }
}
