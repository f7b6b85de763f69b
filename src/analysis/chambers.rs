//! A judged metric whose verdicts are not simply averaged → its ballots, and from them its scores and what was found.

use std::collections::BTreeMap;

use super::ballots::{Ballots, Cast, Shape};
use super::cascade::{CascadeFindings, Reached, Stages};
use super::cases::Cases;
use super::data::{About, MetricScores};
use super::panel::{Labels, Panel, PanelFindings, Spent, Verdict};
use super::scores::{Scores, without_rounding};
use crate::dataset::Choice;
use crate::suite::{
    CandidateName, Goal, Judges, MetricName, MetricSpec, Orders, Pair, PanelRule, RubricMetric, Suite, Votes,
};

/// The ballots of one metric: by candidate, or by pair.
#[derive(Debug)]
pub(super) struct Chambers<'a> {
    judged: &'a RubricMetric,
    levels: Vec<(&'a CandidateName, Ballots)>,
    preferences: Vec<(Pair, Ballots)>,
    /// What each judge of a cascade said, where it is one.
    stages: Option<Stages>,
    /// What each judge took.
    spent: BTreeMap<String, Spent>,
}

/// What was found of several judges.
#[derive(Debug, Clone, Default)]
pub struct Heard {
    /// Of a panel.
    pub panel: Option<PanelFindings>,
    /// Of a cascade.
    pub cascade: Option<CascadeFindings>,
    /// The cases on which the judges of a panel differ, and how far they lie apart, by whom it is about.
    pub apart: BTreeMap<About, Vec<(u32, f64)>>,
}

/// A verdict as it stands in the table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spoken<'a> {
    pub judge: &'a str,
    pub decides: bool,
    /// Whether what it says is counted: of a tournament, only in the first match, which was drawn by chance.
    pub opens: bool,
    pub case: usize,
    pub first: &'a str,
    pub second: Option<&'a str>,
    pub samples: (u32, u32),
    pub value: Option<f64>,
    pub confidence: Option<f64>,
    pub usd: Option<f64>,
    pub answered: bool,
}

impl<'a> Chambers<'a> {
    /// Of a metric with several judges, or whose repeats are not averaged; of any other there is none.
    pub fn of(spec: &'a MetricSpec, suite: &'a Suite, pairs: &[Pair], cases: usize) -> Option<Self> {
        let judged = spec.rubric()?;
        if matches!(judged.judge, Judges::One(_)) && judged.votes == Votes::Mean {
            return None;
        }
        let both_orders = spec.is_pairwise() && judged.rubric.orders == Orders::Both;
        let shape = Shape { votes: judged.votes, both_orders, graded: judged.rubric.graded };
        let samples = suite.repeat.max(1) as usize;
        let ballots = || Ballots::new(judged.judge.all(), cases, samples, shape);
        let stages = judged.judge.cascade().map(|cascade| Stages::new(cascade, judged.votes));
        let mut chambers = Self { judged, levels: Vec::new(), preferences: Vec::new(), stages, spent: BTreeMap::new() };
        if spec.is_pairwise() {
            let all = judged.pairs.among(pairs);
            chambers.preferences = all.iter().map(|pair| (pair.clone(), ballots())).collect();
        } else {
            chambers.levels = suite.candidates.keys().map(|name| (name, ballots())).collect();
        }
        Some(chambers)
    }

    /// Adds a verdict. Gives what it adds to the case, once it is whole.
    pub fn hear(&mut self, spoken: Spoken<'_>) -> Option<f64> {
        let Spoken { judge, case, samples, first, second, .. } = spoken;
        if spoken.answered {
            match self.spent.get_mut(judge) {
                Some(spent) => spent.add(spoken.usd),
                None => self.spent.entry(judge.to_string()).or_default().add(spoken.usd),
            }
        }
        let cast = |second_first, value| Cast { judge, case, samples, second_first, value };
        let (ballots, about, cast) = match second {
            None => {
                let at = self.levels.iter().position(|(name, _)| name.as_str() == first)?;
                (&mut self.levels.get_mut(at)?.1, at, cast(false, spoken.value))
            }
            Some(second) => {
                let same = |(a, b): &Pair| (a.as_str(), b.as_str()) == (first, second);
                let turned = |(a, b): &Pair| (b.as_str(), a.as_str()) == (first, second);
                let at = self.preferences.iter().position(|(pair, _)| same(pair) || turned(pair))?;
                let (pair, ballots) = self.preferences.get_mut(at)?;
                let second_first = turned(pair);
                let worth = spoken.value.map(|value| if second_first { value } else { 1.0 - value });
                (ballots, at, cast(second_first, worth))
            }
        };
        if let Some(stages) = &mut self.stages {
            stages.hear(about, &spoken, cast.value);
        }
        if spoken.decides && spoken.opens { ballots.cast(cast) } else { None }
    }

    /// Puts the scores that follow into those of the metric.
    pub fn finish(
        self,
        (name, spec): (&MetricName, &MetricSpec),
        suite: &Suite,
        cases: &Cases,
        into: &mut MetricScores,
    ) -> Heard {
        let Self { judged, levels, preferences, stages, spent } = self;
        let alpha = suite.gate.as_ref().map_or(0.05, |gate| gate.alpha);
        let labels: Vec<Labels> = match spec.is_pairwise() {
            true => preferences.iter().map(|(pair, _)| preferred(cases, name, suite, pair)).collect(),
            false => levels.iter().map(|(candidate, _)| scored(cases, (name, judged), suite, candidate)).collect(),
        };
        let cascade = stages.map(|stages| {
            stages.finish(&Reached { labels: &labels, clusters: &cases.clusters, pairwise: spec.is_pairwise(), alpha })
        });
        let rule = match &judged.judge {
            Judges::Panel { by, .. } => *by,
            // Of a cascade one judge decides, and one judge alone is its own majority.
            Judges::One(_) | Judges::Cascade(_) => PanelRule::Majority,
        };
        let (levels, preferences): (Vec<_>, Vec<_>) = (
            levels.into_iter().map(|(name, ballots)| (name, ballots.finish())).collect(),
            preferences.into_iter().map(|(pair, ballots)| (pair, ballots.finish())).collect(),
        );
        let is_panel = matches!(judged.judge, Judges::Panel { .. });
        let ballots = levels.iter().map(|(_, all)| all).chain(preferences.iter().map(|(_, all)| all));
        let (said, apart, panel) = if is_panel {
            let panel = Panel {
                rule,
                ballots: ballots.zip(labels).collect(),
                clusters: &cases.clusters,
                spent: &spent,
                pairwise: spec.is_pairwise(),
                alpha,
                seed: suite.seed,
            };
            let Verdict { values, apart, found } = panel.hear();
            (values, apart, Some(found))
        } else {
            (ballots.map(alone).collect(), Vec::new(), None)
        };
        let of_levels = levels.iter().map(|(candidate, _)| ((*candidate).clone(), None));
        let of_pairs = preferences.iter().map(|((first, second), _)| (second.clone(), Some(first.clone())));
        let apart = of_levels.chain(of_pairs).zip(apart).collect();
        let mut said = said.into_iter().map(|values| values.into_iter().collect::<Scores>());
        for (candidate, _) in levels {
            let Some(mut scores) = said.next() else { continue };
            scores.change(|value| without_rounding(value, into.range));
            into.levels.insert(candidate.clone(), scores);
        }
        for (pair, _) in preferences {
            let Some(mut worths) = said.next() else { continue };
            if spec.goal == Goal::Down {
                worths.change(|worth| 1.0 - worth);
            }
            into.preferences.insert(pair, worths);
        }
        Heard { panel, cascade, apart }
    }
}

/// What is said of each case where one judge says it: the mean over its outputs.
fn alone(ballots: &Ballots) -> Vec<Option<f64>> {
    let samples = ballots.samples().max(1);
    let case = |case: usize| {
        let said: Vec<f64> =
            (case * samples..(case + 1) * samples).flat_map(|unit| ballots.of(unit)).map(|(_, v)| v).collect();
        (!said.is_empty()).then(|| said.iter().sum::<f64>() / said.len() as f64)
    };
    (0..ballots.units() / samples).map(case).collect()
}

/// What humans gave a candidate, by the place of the case.
fn scored(
    cases: &Cases,
    (name, judged): (&MetricName, &RubricMetric),
    suite: &Suite,
    candidate: &CandidateName,
) -> Labels {
    let candidates: Vec<CandidateName> = suite.candidates.keys().cloned().collect();
    let mut labels = vec![None; cases.len()];
    for (case, label) in cases.labels(name).iter().filter(|(_, label)| !label.is_nobodys(&candidates)) {
        if let (Some(place), Ok(Some(human))) =
            (labels.get_mut(*case as usize), label.score_for(candidate, &candidates, judged.rubric.scale.as_ref()))
        {
            *place = Some(human.value);
        }
    }
    labels
}

/// What a case is worth to the second of a pair to humans, by the place of the case.
fn preferred(cases: &Cases, name: &MetricName, suite: &Suite, (first, second): &Pair) -> Labels {
    let candidates: Vec<CandidateName> = suite.candidates.keys().cloned().collect();
    let mut labels = vec![None; cases.len()];
    for (case, label) in cases.labels(name) {
        let (Some(place), Ok(human)) = (labels.get_mut(*case as usize), label.preference(&candidates)) else {
            continue;
        };
        *place = match human.choice {
            Choice::Tie => Some(0.5),
            Choice::Candidate(winner) if winner == *second => Some(1.0),
            Choice::Candidate(winner) if winner == *first => Some(0.0),
            // The human prefers one that is not of this pair.
            Choice::Candidate(_) => None,
        };
    }
    labels
}
