//! Verdicts + human labels → how far a judge can be trusted: agreement, position consistency, and where it disagrees.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use serde::Serialize;

use super::against_humans::{Judge, share};
use super::cases::ids;
use super::confusion::ConfusionTable;
use super::data::Data;
use super::error::AnalysisError;
use super::findings::{JudgeFindings, MissingBounds, Share, Slice, StatusCounts};
use super::gather::Gathered;
use super::next_label::{NextLabel, Said, next_labels};
use super::raters::Ceiling;
use super::tables::{Tables, texts};
use super::tally::Tally;
use super::verdicts::Verdicts;
use crate::stats::Inference;
use crate::stats::proportion::{Proportion, Wilson};
use crate::suite::{MetricName, Missing, Suite};

/// A judge held against the human labels.
#[derive(Debug, Clone, Serialize)]
pub struct Calibration {
    /// By judged metric.
    pub metrics: IndexMap<String, MetricCalibration>,
    /// Where judge and human differ, the widest apart first.
    pub disagreements: Vec<Disagreement>,
    /// What a human should label next, the most telling first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub next: Vec<NextLabel>,
    /// Labels that say nothing for their metric, in words.
    pub unusable: Vec<String>,
    /// Where a sequential gate ended the run early: how many cases were judged of how many.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stopped: Option<StoppedEarly>,
}

/// A run that a sequential gate ended before its last case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct StoppedEarly {
    /// Cases that were judged.
    pub cases: u64,
    /// Of so many.
    pub of: u64,
}

/// What a calibration is to tell beside its measures.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    /// Of how many disagreements the judge's words are read.
    pub told: usize,
    /// How many cases to label next are named.
    pub next: usize,
    /// The wanted half width of the interval of the leading measure.
    pub precision: f64,
}

/// How far the judge agrees with people on one slice.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SliceAgreement {
    /// The cases.
    pub slice: Slice,
    /// Labels on them.
    pub labels: u64,
    /// Absent where it cannot be computed.
    pub agreement: Option<Share>,
}

/// How many labels reach a wanted precision.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Enough {
    /// `accuracy` or `spearman`.
    pub measure: String,
    /// The wanted half width of its interval.
    pub precision: f64,
    /// The half width now.
    pub now: f64,
    /// Labels now.
    pub labels: u64,
    /// Labels in all that reach it, by the square root of their number.
    pub wanted: u64,
}

/// One judged metric held against its labels. Measures that do not fit its kind are absent.
#[derive(Debug, Clone, Default, Serialize)]
pub struct MetricCalibration {
    /// The judge's model key.
    pub judge: String,
    /// Cases with a human label; for scores, labelled outputs.
    pub labelled: u64,
    /// Scores: labels that name none of several candidates, and so are about no output.
    #[serde(skip_serializing_if = "is_zero")]
    pub unnamed: u64,
    /// Labels that cannot be read as verdicts, such as numbers off the scale.
    #[serde(skip_serializing_if = "is_zero")]
    pub unusable: u64,
    /// Pairwise: labels that say tie, which accuracy leaves out.
    pub human_ties: u64,
    /// Verdicts on labelled cases that could not be read, refusals included.
    pub unread: u64,
    /// What stands in for those: `drop`, `worst`, `tie` or `wrong`.
    pub missing: Missing,
    /// The share of verdicts that agree with the human; pairwise: over both orders, a judge's tie as half.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accuracy: Option<Share>,
    /// `accuracy` if every unread verdict were wrong, and if every one were right.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accuracy_bounds: Option<MissingBounds>,
    /// Cohen's κ: agreement beyond chance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kappa: Option<Share>,
    /// The same for ordered labels: near misses count by the square of their distance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weighted_kappa: Option<Share>,
    /// Gwet's AC1, which is steady where nearly all labels are the same and κ is not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ac1: Option<Share>,
    /// Krippendorff's α with the judge as one more rater: nominal for yes or no and preferences, else ordinal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub alpha: Option<Share>,
    /// Yes or no: of what humans pass, the share that the judge passes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sensitivity: Option<Share>,
    /// Yes or no: of what humans fail, the share that the judge fails.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub specificity: Option<Share>,
    /// The share of cases in which the same output wins in both orders, labelled or not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub position_consistency: Option<Share>,
    /// Spearman's ρ between judge and human.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spearman: Option<Share>,
    /// Kendall's τ-b.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kendall: Option<Share>,
    /// Pearson's r.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pearson: Option<Share>,
    /// Who says what where, for labels, whole numbers on a short scale, and preferences.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confusion: Option<ConfusionTable>,
    /// How far humans agree with each other, where outputs have several raters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ceiling: Option<Ceiling>,
    /// `accuracy`, or else `spearman`, on each slice that has labels.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub slices: Vec<SliceAgreement>,
    /// How many labels it takes to know `accuracy` (or `spearman`) to a wanted precision.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enough: Option<Enough>,
    /// Why a measure is absent that would fit, in words.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub absent: Vec<String>,
}

/// One verdict that differs from the human's.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Disagreement {
    /// The metric.
    pub metric: String,
    /// The case.
    pub case: String,
    /// Whose output; pairwise: who was shown first, who second.
    pub about: String,
    /// What the human said.
    pub human: String,
    /// What the judge said.
    pub judge: String,
    /// How far apart they are, in units of the scale: 0 … 1.
    pub distance: f64,
    /// The judge's words.
    pub reasoning: Option<String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde wants it so")]
fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// Holds every judge against the human labels.
///
/// # Errors
/// Tables that are damaged.
pub fn calibrate(
    suite: &Suite,
    Gathered { data, verdicts, repeats, heard, .. }: &Gathered,
    tables: &Tables,
    alpha: f64,
    wanted: Wanted,
) -> Result<Calibration, AnalysisError> {
    let mut apart = Apart { wanted: true, ..Apart::default() };
    let mut metrics = held(suite, data, verdicts, alpha, &mut apart);
    for metric in metrics.values_mut() {
        metric.enough = metric.enough(wanted.precision);
    }
    let next = next_labels(suite, data, Said { verdicts, repeats, heard }, &metrics, wanted.next);
    let Wanted { told, .. } = wanted;
    let Apart { mut disagreements, unusable, .. } = apart;
    disagreements.sort_by(|a, b| b.1.distance.total_cmp(&a.1.distance));
    let cases = disagreements.iter().map(|(place, _)| place.case).chain(unusable.iter().map(|(case, _)| *case));
    let cases = cases.chain(next.iter().map(|(case, _)| *case));
    let ids = ids(tables, cases)?;
    let id = |case: usize| ids.get(&case).cloned().unwrap_or_default();
    let mut rows: Vec<usize> = disagreements.iter().take(told).filter_map(|(place, _)| place.row).collect();
    rows.sort_unstable();
    rows.dedup();
    let mut words = BTreeMap::new();
    tables.verdicts.rows(&["reasoning"], &rows, |row, frame, at| {
        let reasoning = texts(frame, "reasoning").map_err(|why| tables.verdicts.damaged(&why))?;
        words.extend(reasoning.get(at).map(|said| (row, said.to_string())));
        Ok::<_, AnalysisError>(())
    })?;
    let told = |(place, disagreement): (Place, Disagreement)| Disagreement {
        case: id(place.case),
        reasoning: place.row.and_then(|row| words.get(&row).cloned()),
        ..disagreement
    };
    Ok(Calibration {
        metrics,
        disagreements: disagreements.into_iter().map(told).collect(),
        next: next.into_iter().map(|(case, next)| NextLabel { case: id(case), ..next }).collect(),
        unusable: unusable.into_iter().map(|(case, why)| format!("case `{}`, {why}", id(case))).collect(),
        stopped: None,
    })
}

/// The judge's part of a report: agreement, position consistency and how much it left unread.
pub fn judges(
    suite: &Suite,
    data: &Data,
    verdicts: &IndexMap<MetricName, Verdicts>,
    tally: &Tally,
    cards: &BTreeMap<MetricName, String>,
    alpha: f64,
) -> IndexMap<String, JudgeFindings> {
    let finding = |(name, calibrated): (String, MetricCalibration)| {
        let (agreement, kind) = match (calibrated.accuracy, calibrated.spearman) {
            (Some(accuracy), _) => (Some(accuracy), "accuracy"),
            (None, Some(spearman)) => (Some(spearman), "spearman"),
            (None, None) => (None, "none"),
        };
        let no_agreement = (agreement.is_none() && calibrated.labelled > 0).then(|| {
            let why = calibrated.absent.iter().find_map(|why| why.strip_prefix("spearman: "));
            let labels = calibrated.labelled;
            let labels = if labels == 1 { "1 label".to_string() } else { format!("{labels} labels") };
            format!("{labels}, but no rank agreement{}", why.map_or_else(String::new, |why| format!(": {why}")))
        });
        let findings = JudgeFindings {
            agreement,
            agreement_kind: kind.to_string(),
            no_agreement,
            position_consistency: calibrated.position_consistency,
            unparsed_rate: unparsed_rate(tally.of_metric(&name), alpha),
            card: cards.get(name.as_str()).cloned().unwrap_or_default(),
            served: tally.served(&name),
            fingerprints: tally.fingerprints(&name),
            canaries: None,
            anchors: None,
        };
        (name, findings)
    };
    held(suite, data, verdicts, alpha, &mut Apart::default()).into_iter().map(finding).collect()
}

/// Each judged metric held against its labels.
fn held(
    suite: &Suite,
    data: &Data,
    verdicts: &IndexMap<MetricName, Verdicts>,
    alpha: f64,
    apart: &mut Apart,
) -> IndexMap<String, MetricCalibration> {
    let mut metrics = IndexMap::new();
    for (name, spec) in &suite.metrics {
        let Some(verdicts) = verdicts.get(name).filter(|_| spec.rubric().is_some()) else { continue };
        let judge = Judge { suite, data, name, spec, verdicts, alpha, slices: apart.wanted };
        let calibration = if spec.is_pairwise() { judge.preferences(apart) } else { judge.scores(apart) };
        metrics.insert(name.to_string(), calibration);
    }
    metrics
}

/// The share of answered verdicts from which nothing could be read.
fn unparsed_rate(counts: StatusCounts, alpha: f64) -> Option<Share> {
    let whole = |count: u64| usize::try_from(count).ok();
    let (unread, answered) =
        (whole(counts.unparsed + counts.refused)?, whole(counts.unparsed + counts.refused + counts.ok)?);
    let rate = Proportion::new(unread, answered).ok()?;
    share(Some(&Inference::Wilson(Wilson(rate))), answered, alpha)
}

/// Where judge and human differ, and labels that say nothing, before the tables are asked for their words.
#[derive(Default)]
pub(super) struct Apart {
    /// Whether anybody wants to know.
    wanted: bool,
    disagreements: Vec<(Place, Disagreement)>,
    unusable: Vec<(usize, String)>,
}

/// Where a disagreement stands in the tables.
pub(super) struct Place {
    pub case: usize,
    /// The verdict's row.
    pub row: Option<usize>,
}

impl Apart {
    pub fn unusable(&mut self, case: usize, metric: &MetricName, why: &impl std::fmt::Display) {
        if self.wanted {
            self.unusable.push((case, format!("metric `{metric}`: {why}")));
        }
    }

    pub fn disagreement(&mut self, place: Place, disagreement: impl FnOnce() -> Disagreement) {
        if self.wanted {
            self.disagreements.push((place, disagreement()));
        }
    }
}

impl MetricCalibration {
    /// The measure that stands for the others: accuracy where there is one, else Spearman's rho.
    pub(super) fn leading(&self) -> Option<(&'static str, Share)> {
        self.accuracy.map(|share| ("accuracy", share)).or(self.spearman.map(|share| ("spearman", share)))
    }

    /// An interval narrows with the square root of the number of labels.
    fn enough(&self, precision: f64) -> Option<Enough> {
        let (measure, share) = self.leading()?;
        let now = 0.5 * (share.high? - share.low?);
        let labels = self.labelled.saturating_sub(self.human_ties);
        let wanted = (labels as f64 * (now / precision).powi(2)).ceil().max(1.0);
        (wanted.is_finite() && labels > 0).then(|| Enough {
            measure: measure.to_string(),
            precision,
            now,
            labels,
            wanted: wanted as u64,
        })
    }
}
