//! Verdicts + human labels → how far a judge can be trusted: agreement, position consistency, and where it disagrees.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use serde::Serialize;

use super::cases::ids;
use super::data::Data;
use super::error::AnalysisError;
use super::findings::{JudgeFindings, MissingBounds, Share, StatusCounts};
use super::gather::Gathered;
use super::tables::{Tables, texts};
use super::tally::Tally;
use super::trust::{self, Paired};
use super::verdicts::Verdicts;
use crate::dataset::Choice;
use crate::stats::proportion::{Proportion, Wilson};
use crate::stats::{Infer, Inference, Sample, ScoreKind, default_for};
use crate::suite::{CandidateName, MetricName, MetricSpec, Missing, Scale, Suite};

/// A judge held against the human labels.
#[derive(Debug, Clone, Serialize)]
pub struct Calibration {
    /// By judged metric.
    pub metrics: IndexMap<String, MetricCalibration>,
    /// Where judge and human differ, the widest apart first.
    pub disagreements: Vec<Disagreement>,
    /// Labels that say nothing for their metric, in words.
    pub unusable: Vec<String>,
}

/// One judged metric held against its labels. Measures that do not fit its kind are absent.
#[derive(Debug, Clone, Default, Serialize)]
pub struct MetricCalibration {
    /// The judge's model key.
    pub judge: String,
    /// Cases with a human label; for scores, labelled outputs.
    pub labelled: u64,
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

/// Holds every judge against the human labels. `told` says of how many disagreements the judge's words are read.
///
/// # Errors
/// Tables that are damaged.
pub fn calibrate(
    suite: &Suite,
    Gathered { data, verdicts, .. }: &Gathered,
    tables: &Tables,
    alpha: f64,
    told: usize,
) -> Result<Calibration, AnalysisError> {
    let mut apart = Apart { wanted: true, ..Apart::default() };
    let metrics = held(suite, data, verdicts, alpha, &mut apart);
    let Apart { mut disagreements, unusable, .. } = apart;
    disagreements.sort_by(|a, b| b.1.distance.total_cmp(&a.1.distance));
    let cases = disagreements.iter().map(|(place, _)| place.case).chain(unusable.iter().map(|(case, _)| *case));
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
        unusable: unusable.into_iter().map(|(case, why)| format!("case `{}`, {why}", id(case))).collect(),
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
        let findings = JudgeFindings {
            agreement,
            agreement_kind: kind.to_string(),
            position_consistency: calibrated.position_consistency,
            unparsed_rate: unparsed_rate(tally.of_metric(&name), alpha),
            card: cards.get(name.as_str()).cloned().unwrap_or_default(),
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
        let judge = Judge { suite, data, name, spec, verdicts, alpha };
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
struct Apart {
    /// Whether anybody wants to know.
    wanted: bool,
    disagreements: Vec<(Place, Disagreement)>,
    unusable: Vec<(usize, String)>,
}

/// Where a disagreement stands in the tables.
struct Place {
    case: usize,
    /// The verdict's row.
    row: Option<usize>,
}

struct Judge<'a> {
    suite: &'a Suite,
    data: &'a Data,
    name: &'a MetricName,
    spec: &'a MetricSpec,
    verdicts: &'a Verdicts,
    alpha: f64,
}

impl Apart {
    fn unusable(&mut self, case: usize, metric: &MetricName, why: &impl std::fmt::Display) {
        if self.wanted {
            self.unusable.push((case, format!("metric `{metric}`: {why}")));
        }
    }

    fn disagreement(&mut self, place: Place, disagreement: impl FnOnce() -> Disagreement) {
        if self.wanted {
            self.disagreements.push((place, disagreement()));
        }
    }
}

impl Judge<'_> {
    fn blank(&self) -> MetricCalibration {
        let judge = self.spec.rubric().map(|r| r.judge.told()).unwrap_or_default();
        MetricCalibration { judge, missing: self.spec.missing, ..MetricCalibration::default() }
    }

    fn cluster(&self, case: usize) -> u32 {
        self.data.cases.clusters.get(case).copied().unwrap_or_default()
    }

    fn candidates(&self) -> Vec<CandidateName> {
        self.suite.candidates.keys().cloned().collect()
    }

    /// Scores of single outputs against human scores of the same outputs.
    fn scores(&self, into: &mut Apart) -> MetricCalibration {
        let mut found = self.blank();
        let candidates = self.candidates();
        let rubric = self.spec.rubric().map(|r| &r.rubric);
        let scale = rubric.and_then(|r| r.scale.as_ref());
        let scores = self.data.metrics.get(self.name);
        let levels = scores.map(|scores| &scores.levels);
        let mut pairs = Paired::default();
        for (case, label) in self.data.cases.labels(self.name) {
            let case = *case as usize;
            let cluster = self.cluster(case);
            for candidate in &candidates {
                let human = match label.score_for(candidate, &candidates, scale) {
                    Ok(Some(human)) => human.value,
                    Ok(None) => continue,
                    Err(why) => {
                        into.unusable(case, self.name, &why);
                        break;
                    }
                };
                found.labelled += 1;
                let judged = levels.and_then(|l| l.get(candidate)).and_then(|values| values.get(case));
                let unread = || scores.is_some_and(|scores| scores.is_unread(&(candidate.clone(), None), case));
                if judged.is_none() && unread() {
                    found.unread += 1;
                }
                pairs.push(judged, human, cluster);
                if let Some(judged) = judged.filter(|judged| (judged - human).abs() > 1e-9) {
                    let (min, max) = scale.map_or((0.0, 1.0), Scale::bounds);
                    let row = self.verdicts.of(case).find(|verdict| verdict.first == candidate).map(|v| v.row);
                    into.disagreement(Place { case, row }, || Disagreement {
                        metric: self.name.to_string(),
                        case: String::new(),
                        about: candidate.to_string(),
                        human: trust::short(human),
                        judge: trust::short(judged),
                        distance: (judged - human).abs() / (max - min),
                        reasoning: None,
                    });
                }
            }
        }
        if found.labelled == 0 {
            return found;
        }
        let labelled_scale =
            matches!(scale, Some(Scale::Labels { .. } | Scale::YesNo)) && rubric.is_some_and(|r| r.criteria.len() < 2);
        if labelled_scale {
            self.agreement_of_labels(&mut found, &pairs, scale);
        }
        let complete = pairs.complete(self.fill(scale));
        for (kind, slot) in [
            (trust::Correlation::Spearman, &mut found.spearman),
            (trust::Correlation::Kendall, &mut found.kendall),
            (trust::Correlation::Pearson, &mut found.pearson),
        ] {
            match complete.correlation(kind, self.alpha, self.suite.seed) {
                Ok(share) => *slot = Some(share),
                Err(why) => found.absent.push(format!("{}: {why}", kind.name())),
            }
        }
        found
    }

    /// What the policy puts in place of a score that could not be read.
    fn fill(&self, scale: Option<&Scale>) -> Option<f64> {
        match self.spec.missing {
            Missing::Worst => scale.map(|s| s.bounds().0),
            Missing::Drop | Missing::Tie | Missing::Wrong => None,
        }
    }

    /// Accuracy and κ for scores that are labels.
    fn agreement_of_labels(&self, found: &mut MetricCalibration, pairs: &Paired, scale: Option<&Scale>) {
        let right = |judge: Option<f64>, human: f64| judge.map(|j| f64::from(u8::from((j - human).abs() < 1e-9)));
        let values = pairs.rows().map(|(judge, human, cluster)| (right(judge, human), cluster)).collect();
        let wrong = matches!(self.spec.missing, Missing::Wrong | Missing::Worst).then_some(0.0);
        (found.accuracy, found.accuracy_bounds) = self.accuracy(values, wrong);
        let codes = match scale {
            Some(Scale::Labels { values, .. }) => values.clone(),
            _ => vec![0.0, 1.0],
        };
        let code = |x: f64| codes.iter().position(|c| (c - x).abs() < 1e-9);
        let coded =
            pairs.rows().filter_map(|(judge, human, cluster)| Some((code(judge?)?, code(human)?, cluster))).collect();
        found.kappa = trust::kappa(coded, codes.len(), self.alpha, self.suite.seed);
    }

    /// Preferences against human preferences, and against themselves in the other order.
    fn preferences(&self, into: &mut Apart) -> MetricCalibration {
        let mut found = self.blank();
        let candidates = self.candidates();
        // What a verdict without a reading counts as: the share of being right, under the metric's policy.
        let fill = match self.spec.missing {
            Missing::Drop => None,
            Missing::Worst | Missing::Wrong => Some(0.0),
            Missing::Tie => Some(0.5),
        };
        let (mut right, mut coded) = (Vec::new(), Vec::new());
        for (case, label) in self.data.cases.labels(self.name) {
            let case = *case as usize;
            let cluster = self.cluster(case);
            let human = match label.preference(&candidates) {
                Ok(human) => human.choice,
                Err(why) => {
                    into.unusable(case, self.name, &why);
                    continue;
                }
            };
            for (pair, orders) in self.verdicts.pairs(case) {
                found.labelled += 1;
                let preferred = match &human {
                    Choice::Tie => {
                        found.human_ties += 1;
                        continue;
                    }
                    Choice::Candidate(name) => name,
                };
                if *preferred != pair.0 && *preferred != pair.1 {
                    continue;
                }
                for order in &orders {
                    let worth = order.value.map(|v| if order.first == preferred { v } else { 1.0 - v });
                    found.unread += u64::from(worth.is_none());
                    right.push((
                        worth.map(|w| {
                            if w > 0.5 {
                                1.0
                            } else if w < 0.5 {
                                0.0
                            } else {
                                0.5
                            }
                        }),
                        cluster,
                    ));
                    let human_code = usize::from(*preferred == pair.1);
                    let judge_code = match order.value.map(|v| if *order.first == pair.0 { 1.0 - v } else { v }) {
                        Some(v) if v < 0.5 => Some(0),
                        Some(v) if v > 0.5 => Some(1),
                        Some(_) => Some(2),
                        None => (self.spec.missing != Missing::Drop).then_some(3),
                    };
                    coded.extend(judge_code.map(|code| (code, human_code, cluster)));
                    if let Some(worth) = worth.filter(|w| *w <= 0.5) {
                        let second = order.second.map(ToString::to_string).unwrap_or_default();
                        into.disagreement(Place { case, row: Some(order.row) }, || Disagreement {
                            metric: self.name.to_string(),
                            case: String::new(),
                            about: format!("{} shown first, {second} second", order.first),
                            human: preferred.to_string(),
                            judge: order.decided(),
                            distance: 1.0 - worth,
                            reasoning: None,
                        });
                    }
                }
            }
        }
        (found.accuracy, found.accuracy_bounds) = self.accuracy(right, fill);
        found.kappa = trust::kappa(coded, 4, self.alpha, self.suite.seed);
        let consistent = self.verdicts.consistent(self.spec.missing);
        let consistent = consistent.map(|(case, same)| (Some(same), self.cluster(case))).collect();
        found.position_consistency = self.accuracy(consistent, None).0;
        found
    }

    /// The mean of rights and wrongs with its interval, clustered by case; and its bounds, where some could not be read.
    fn accuracy(&self, values: Vec<(Option<f64>, u32)>, fill: Option<f64>) -> (Option<Share>, Option<MissingBounds>) {
        let mean = |fill: Option<f64>| {
            let (kept, clusters): (Vec<f64>, Vec<u32>) =
                values.iter().filter_map(|(v, c)| Some((v.or(fill)?, *c))).unzip();
            let binary = kept.iter().all(|v| *v == 0.0 || *v == 1.0);
            let kind = if binary { ScoreKind::Binary } else { ScoreKind::Bounded { min: 0.0, max: 1.0 } };
            share(default_for(kind, Sample::Level(&kept), &clusters, trust::FEW).ok().as_ref(), kept.len(), self.alpha)
        };
        let gaps = values.iter().any(|(v, _)| v.is_none());
        let bounds = || Some(MissingBounds { worst: mean(Some(0.0))?.estimate, best: mean(Some(1.0))?.estimate });
        (mean(fill), if gaps { bounds() } else { None })
    }
}

/// An inference in the words of a report.
fn share(inference: Option<&crate::stats::Inference>, n: usize, alpha: f64) -> Option<Share> {
    let inference = inference?;
    let (low, high) = inference.interval(alpha);
    Some(Share { estimate: inference.estimate(), low: Some(low), high: Some(high), n: n as u64 })
}
