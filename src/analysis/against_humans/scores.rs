//! Scores of single outputs and human scores of the same → how far the judge agrees.

use super::steps::Steps;
use super::{Judge, agrees};
use crate::analysis::calibrate::{Apart, Disagreement, MetricCalibration, Place};
use crate::analysis::confusion::{self, Coded, ConfusionTable, Measure};
use crate::analysis::raters::{Kind, Rated};
use crate::analysis::trust::{self, Paired};
use crate::stats::agreement::Weights;
use crate::suite::{Missing, Scale};

impl Judge<'_> {
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
                    Ok(_) if label.is_nobodys(&candidates) => {
                        found.unnamed += 1;
                        break;
                    }
                    Ok(Some(human)) => human,
                    Ok(None) => continue,
                    Err(why) => {
                        found.unusable += 1;
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
            found.absent.extend(Measure::undefined("weighted kappa", found.weighted_kappa, &coded));
        }
        found.confusion = Some(ConfusionTable::new(steps.names.clone(), &coded));
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
        found.absent.extend(Measure::undefined("kappa", found.kappa, &coded));
    }
}
