//! The methods for a sample, by the kind of its scores and the number of its cases: what decides, and what is shown.

use std::collections::BTreeSet;

use super::clusters::{all_single, totals};
use super::error::{CannotEstimate, check_lengths, check_range, pass};
use super::exact::ClopperPearson;
use super::gaffke::GaffkeMean;
use super::inference::Inference;
use super::paired::{NewcombePaired, PairedTable};

/// What the score of one case can be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ScoreKind {
    /// 0 or 1.
    Binary,
    /// Any number within `min..=max`.
    Bounded { min: f64, max: f64 },
    /// Any number.
    Unbounded,
}

/// The scores to draw a conclusion from, one per observation.
#[derive(Debug, Clone, Copy)]
pub enum Sample<'a> {
    /// The scores of one side: its mean is estimated.
    Level(&'a [f64]),
    /// The scores of two sides on the same observations: candidate - baseline is estimated.
    Paired { candidate: &'a [f64], baseline: &'a [f64] },
}

/// The method that decides about a sample, for the rules of a gate:
///
/// | scores | method |
/// |---|---|
/// | binary, independent | Clopper-Pearson; paired: Newcombe (below `min_cases` pairs: Gaffke) |
/// | any other with a range | Gaffke's bounds |
/// | any other without | cluster-robust t |
///
/// A binary score that is clustered counts as bounded by 0 and 1. Paired scores in `min..=max`
/// have differences in `min - max..=max - min`. The study in `study/` shows why it is not t
/// where there is a range: on lopsided scores, real ones too, t passes what it should not up to
/// three times as often as it says, and Wilson's one-sided bounds up to half as often again.
///
/// # Errors
/// If the columns differ in length, hold values that are not finite or not of the kind declared,
/// are empty, or (unbounded scores) have no spread or a single cluster.
pub fn default_for(
    kind: ScoreKind,
    sample: Sample,
    clusters: &[u32],
    min_cases: usize,
) -> Result<Inference, CannotEstimate> {
    let columns: &[&[f64]] = match &sample {
        Sample::Level(values) => &[values],
        Sample::Paired { candidate, baseline } => &[candidate, baseline],
    };
    for column in columns {
        check_lengths(column.len(), clusters.len())?;
        for &value in *column {
            match kind {
                ScoreKind::Binary => pass(value).map(drop)?,
                ScoreKind::Bounded { min, max } => check_range(value, min, max)?,
                ScoreKind::Unbounded => {}
            }
        }
    }
    let few_pairs = matches!(sample, Sample::Paired { .. }) && clusters.len() < min_cases;
    if kind == ScoreKind::Binary && all_single(clusters) && !few_pairs {
        return independent_binary(sample);
    }
    let range = match kind {
        ScoreKind::Binary => Some((0.0, 1.0)),
        ScoreKind::Bounded { min, max } => Some((min, max)),
        ScoreKind::Unbounded => None,
    };
    let differences: Vec<f64>;
    let (values, range, paired) = match sample {
        Sample::Level(values) => (values, range, false),
        Sample::Paired { candidate, baseline } => {
            differences = candidate.iter().zip(baseline).map(|(new, old)| new - old).collect();
            (&differences[..], range.map(|(min, max)| (min - max, max - min)), true)
        }
    };
    match range {
        Some((min, max)) => GaffkeMean::new(values, clusters, min, max).map(Inference::Gaffke),
        None if paired => Inference::mean_difference(values, clusters),
        None => Inference::mean(values, clusters),
    }
}

/// At least so many cases have to differ from what most of them show before a t interval is shown.
const MOVED: usize = 10;

/// The method whose interval and p-value a report shows: that of [`default_for`], but for paired scores the cluster-robust t,
/// where there are `min_cases` clusters and ten of them differ from the commonest difference.
///
/// This is the interval that people know and other tools give. On real paired judgments it covers the truth in 94 to
/// 96 % of samples of 100 and more. Its one-sided bounds do not hold as well (up to 7 % at 5 %), so no rule rests on them.
///
/// # Errors
/// As [`default_for`].
pub fn shown_for(
    kind: ScoreKind,
    sample: Sample,
    clusters: &[u32],
    min_cases: usize,
) -> Result<Inference, CannotEstimate> {
    let decides = default_for(kind, sample, clusters, min_cases)?;
    Ok(shown_beside(&decides, sample, clusters, min_cases).unwrap_or(decides))
}

/// What [`shown_for`] shows beside the inference that decides about the same sample; `None` where that is shown itself.
pub fn shown_beside(decides: &Inference, sample: Sample, clusters: &[u32], min_cases: usize) -> Option<Inference> {
    let (Inference::Gaffke(_), Sample::Paired { candidate, baseline }) = (decides, sample) else { return None };
    let differences: Vec<f64> = candidate.iter().zip(baseline).map(|(new, old)| new - old).collect();
    if !t_is_fit_to_show(&differences, clusters, min_cases) {
        return None;
    }
    Inference::mean_difference(&differences, clusters).ok()
}

/// Whether there are enough clusters, and enough of them that differ, for a t interval that nothing is decided by.
pub fn t_is_fit_to_show(values: &[f64], clusters: &[u32], min_cases: usize) -> bool {
    let ids: BTreeSet<u32> = clusters.iter().copied().collect();
    ids.len() >= min_cases && moved(values, clusters).is_ok_and(|moved| moved >= MOVED)
}

/// How many clusters have another mean than the commonest one.
fn moved(values: &[f64], clusters: &[u32]) -> Result<usize, CannotEstimate> {
    let mut means: Vec<f64> = totals(values, clusters)?.iter().map(|total| total.sum / total.count).collect();
    means.sort_by(f64::total_cmp);
    let rounding = 1e-9 * means.iter().fold(0.0, |largest: f64, mean| largest.max(mean.abs()));
    let commonest = means.chunk_by(|left, right| right - left <= rounding).map(<[f64]>::len).max();
    Ok(means.len() - commonest.unwrap_or_default())
}

fn independent_binary(sample: Sample) -> Result<Inference, CannotEstimate> {
    match sample {
        Sample::Level(values) => ClopperPearson::from_values(values).map(Inference::ClopperPearson),
        Sample::Paired { candidate, baseline } => {
            let table = PairedTable::from_values(candidate, baseline)?;
            NewcombePaired::new(table).map(Inference::NewcombePaired)
        }
    }
}
