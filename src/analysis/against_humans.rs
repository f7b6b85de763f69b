//! One judged metric and its labels → the measures of how far its judge agrees with people.

use std::collections::BTreeSet;

use super::calibrate::{Apart, Disagreement, MetricCalibration, Place, SliceAgreement};
use super::confusion::{self, Coded, ConfusionTable, Measure};
use super::data::Data;
use super::findings::{MissingBounds, Share, Slice};
use super::raters::{self, Kind, Rated};
use super::trust::{self, Paired};
use super::verdicts::{Pair, Verdict, Verdicts};
use crate::dataset::Choice;
use crate::stats::agreement::Weights;
use crate::stats::{Infer, Sample, ScoreKind, default_for};
use crate::suite::{CandidateName, MetricName, MetricSpec, Missing, Scale, Suite};

/// One judged metric, to be held against its labels.
pub(super) struct Judge<'a> {
    pub suite: &'a Suite,
    pub data: &'a Data,
    pub name: &'a MetricName,
    pub spec: &'a MetricSpec,
    pub verdicts: &'a Verdicts,
    pub alpha: f64,
    /// Whether slices are wanted too.
    pub slices: bool,
}

/// The values that a scale of few steps has, with their names.
struct Steps {
    values: Vec<f64>,
    names: Vec<String>,
}

/// A scale with more whole numbers than this is no short one.
const MOST_STEPS: f64 = 11.0;

impl Steps {
    fn of(scale: &Scale) -> Option<Self> {
        match scale {
            Scale::YesNo => Some(Self { values: vec![0.0, 1.0], names: vec!["no".to_string(), "yes".to_string()] }),
            Scale::Labels { labels, values } => Some(Self { values: values.clone(), names: labels.clone() }),
            Scale::Numbers { min, max } => {
                if min.fract() != 0.0 || max.fract() != 0.0 || max - min + 1.0 > MOST_STEPS {
                    return None;
                }
                let values: Vec<f64> = (0..=(max - min) as u32).map(|step| min + f64::from(step)).collect();
                Some(Self { names: values.iter().map(ToString::to_string).collect(), values })
            }
        }
    }

    fn code(&self, value: f64) -> Option<usize> {
        self.values.iter().position(|step| (step - value).abs() < 1e-9)
    }
}

/// Whether judge and human say the same; `None` where the judge's could not be read.
fn agrees(judge: Option<f64>, human: f64) -> Option<f64> {
    judge.map(|judge| f64::from(u8::from((judge - human).abs() < 1e-9)))
}

/// A vote as what it is worth to a pair's second; `None` where it is about others.
fn code_of(vote: &Choice, (first, second): &Pair) -> Option<f64> {
    match vote {
        Choice::Tie => Some(0.5),
        Choice::Candidate(name) if name == second => Some(1.0),
        Choice::Candidate(name) if name == first => Some(0.0),
        Choice::Candidate(_) => None,
    }
}

/// What the verdicts on a pair say together: what they agree on, else a tie.
fn together((_, second): &Pair, orders: &[Verdict<'_>]) -> Option<f64> {
    let worth = |order: &Verdict<'_>| order.value.map(|value| if order.first == second { value } else { 1.0 - value });
    let worths: Vec<f64> = orders.iter().filter_map(worth).collect();
    let all = |which: fn(f64) -> bool| !worths.is_empty() && worths.iter().all(|worth| which(*worth));
    if all(|worth| worth > 0.5) {
        Some(1.0)
    } else if all(|worth| worth < 0.5) {
        Some(0.0)
    } else {
        (!worths.is_empty()).then_some(0.5)
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
    pub fn scores(&self, into: &mut Apart) -> MetricCalibration {
        let mut found = self.blank();
        let candidates = self.candidates();
        let rubric = self.spec.rubric().map(|r| &r.rubric);
        let scale = rubric.and_then(|r| r.scale.as_ref());
        let scores = self.data.metrics.get(self.name);
        let levels = scores.map(|scores| &scores.levels);
        let mut pairs = Paired::default();
        let (mut rated, mut places) = (Vec::new(), Vec::new());
        for (case, label) in self.data.cases.labels(self.name) {
            let case = *case as usize;
            let cluster = self.cluster(case);
            for candidate in &candidates {
                let human = match label.score_for(candidate, &candidates, scale) {
                    Ok(Some(human)) => human,
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
                let humans = human.ratings.iter().map(|rating| rating.value).collect();
                let human = human.value;
                pairs.push(judged, human, cluster);
                rated.push(Rated { humans, judge: judged, cluster });
                places.push(case);
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
        let single = rubric.is_some_and(|r| r.criteria.len() < 2);
        if let Some(steps) = scale.filter(|_| single).and_then(Steps::of) {
            self.agreement_on_steps(&mut found, &pairs, &steps, matches!(scale, Some(Scale::YesNo)));
        }
        let kind = if matches!(scale, Some(Scale::YesNo)) { Kind::Labels } else { Kind::Scores };
        self.agreement_of_raters(&mut found, &rated, kind);
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
        let by_accuracy = found.accuracy.is_some();
        found.slices = self.by_slice(&places, |rows| {
            let some = pairs.at(rows);
            if by_accuracy {
                let agreed = some.rows().map(|(judge, human, cluster)| (agrees(judge, human), cluster)).collect();
                self.accuracy(agreed, self.wrong()).0
            } else {
                some.complete(self.fill(scale))
                    .correlation(trust::Correlation::Spearman, self.alpha, self.suite.seed)
                    .ok()
            }
        });
        found
    }

    /// What an unread verdict counts as where it is right or wrong to agree.
    fn wrong(&self) -> Option<f64> {
        matches!(self.spec.missing, Missing::Wrong | Missing::Worst).then_some(0.0)
    }

    /// Krippendorff's alpha with the judge as one more rater, and what humans agree on among themselves.
    fn agreement_of_raters(&self, found: &mut MetricCalibration, rated: &[Rated], kind: Kind) {
        match raters::alpha_with_judge(rated, kind, self.alpha, self.suite.seed) {
            Ok(share) => found.alpha = Some(share),
            Err(why) => found.absent.push(format!("alpha: {why}")),
        }
        found.ceiling = raters::ceiling(rated, kind, self.alpha, self.suite.seed);
    }

    /// The measures of who says what where.
    fn agreement_on_steps(&self, found: &mut MetricCalibration, pairs: &Paired, steps: &Steps, yes_no: bool) {
        let read = || pairs.rows().filter_map(|(judge, human, cluster)| Some((judge?, human, cluster)));
        let coded: Vec<Coded> =
            read().filter_map(|(judge, human, c)| Some((steps.code(judge)?, steps.code(human)?, c))).collect();
        let between = read().count() - coded.len();
        if between > 0 {
            found
                .absent
                .push(format!("{between} of the labels lie between the steps of the scale and are not in the table"));
        }
        if coded.is_empty() {
            return;
        }
        let (labels, alpha, seed) = (steps.names.len(), self.alpha, self.suite.seed);
        found.ac1 = Measure::Ac1.of(&coded, labels, alpha, seed);
        if yes_no {
            found.specificity = confusion::found(&coded, 0, alpha);
            found.sensitivity = confusion::found(&coded, 1, alpha);
        } else {
            found.weighted_kappa = Measure::Kappa(Weights::Quadratic).of(&coded, labels, alpha, seed);
        }
        found.confusion = Some(ConfusionTable::new(steps.names.clone(), &coded));
    }

    /// A measure on each slice that has labels; `places` are the cases of its rows.
    fn by_slice(&self, places: &[usize], of: impl Fn(&[usize]) -> Option<Share>) -> Vec<SliceAgreement> {
        if !self.slices {
            return Vec::new();
        }
        let slice = |slice: Slice| {
            let within: BTreeSet<usize> = self.data.cases.within(&slice).iter().collect();
            let rows: Vec<usize> = (0..places.len()).filter(|row| within.contains(&places[*row])).collect();
            let agreement = if rows.is_empty() { None } else { of(&rows) };
            SliceAgreement { slice, labels: rows.len() as u64, agreement }
        };
        self.data.cases.slices().into_iter().map(slice).collect()
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
        let values = pairs.rows().map(|(judge, human, cluster)| (agrees(judge, human), cluster)).collect();
        (found.accuracy, found.accuracy_bounds) = self.accuracy(values, self.wrong());
        let codes = match scale {
            Some(Scale::Labels { values, .. }) => values.clone(),
            _ => vec![0.0, 1.0],
        };
        let code = |x: f64| codes.iter().position(|c| (c - x).abs() < 1e-9);
        let coded: Vec<Coded> =
            pairs.rows().filter_map(|(judge, human, cluster)| Some((code(judge?)?, code(human)?, cluster))).collect();
        found.kappa = Measure::Kappa(Weights::Unweighted).of(&coded, codes.len(), self.alpha, self.suite.seed);
    }

    /// Preferences against human preferences, and against themselves in the other order.
    pub fn preferences(&self, into: &mut Apart) -> MetricCalibration {
        let mut found = self.blank();
        let candidates = self.candidates();
        // What a verdict without a reading counts as: the share of being right, under the metric's policy.
        let fill = match self.spec.missing {
            Missing::Drop => None,
            Missing::Worst | Missing::Wrong => Some(0.0),
            Missing::Tie => Some(0.5),
        };
        let (mut right, mut coded): (Vec<(Option<f64>, u32)>, Vec<Coded>) = (Vec::new(), Vec::new());
        let (mut places, mut rated) = (Vec::new(), Vec::new());
        for (case, label) in self.data.cases.labels(self.name) {
            let case = *case as usize;
            let cluster = self.cluster(case);
            let human = match label.preference(&candidates) {
                Ok(human) => human,
                Err(why) => {
                    into.unusable(case, self.name, &why);
                    continue;
                }
            };
            for (pair, orders) in self.verdicts.pairs(case) {
                found.labelled += 1;
                let humans: Vec<f64> = human.votes.iter().filter_map(|vote| code_of(vote, &pair)).collect();
                if !humans.is_empty() {
                    rated.push(Rated { humans, judge: together(&pair, &orders), cluster });
                }
                let preferred = match &human.choice {
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
                    places.push(case);
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
        found.slices = self.by_slice(&places, |rows| {
            self.accuracy(rows.iter().filter_map(|row| right.get(*row).copied()).collect(), fill).0
        });
        (found.accuracy, found.accuracy_bounds) = self.accuracy(right, fill);
        found.kappa = Measure::Kappa(Weights::Unweighted).of(&coded, 4, self.alpha, self.suite.seed);
        let read: Vec<Coded> = coded.iter().filter(|(judge, _, _)| *judge < 3).copied().collect();
        found.ac1 = Measure::Ac1.of(&read, 3, self.alpha, self.suite.seed);
        if found.labelled > 0 {
            self.agreement_of_raters(&mut found, &rated, Kind::Labels);
        }
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
pub(super) fn share(inference: Option<&crate::stats::Inference>, n: usize, alpha: f64) -> Option<Share> {
    let inference = inference?;
    let (low, high) = inference.interval(alpha);
    Some(Share { estimate: inference.estimate(), low: Some(low), high: Some(high), n: n as u64 })
}
