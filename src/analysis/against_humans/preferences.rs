//! Preferences and those of people on the same pairs → how far the judge agrees, and how far with itself in the other order.

use super::Judge;
use crate::analysis::calibrate::{Apart, Disagreement, MetricCalibration, Place};
use crate::analysis::confusion::{Coded, ConfusionTable, Measure};
use crate::analysis::raters::{Kind, Rated};
use crate::analysis::verdicts::{Pair, Verdict};
use crate::dataset::Choice;
use crate::stats::agreement::Weights;
use crate::suite::{Goal, Judges, Missing};

/// What is said of a pair, by its place in the table: its first, its second, neither; and nothing that can be read.
const FIRST: usize = 0;
const SECOND: usize = 1;
const TIE: usize = 2;
const UNREAD: usize = 3;

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

/// How right a judge is that gives the preferred one so much: a tie as half.
fn rightness(worth: f64) -> f64 {
    if worth > 0.5 {
        1.0
    } else if worth < 0.5 {
        0.0
    } else {
        0.5
    }
}

impl Judge<'_> {
    /// Preferences against human preferences, and against themselves in the other order. A panel is held against people by
    /// what it decides, and each of its judges beside it.
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
        let mut names: Vec<Pair> = Vec::new();
        for (case, label) in self.data.cases.labels(self.name) {
            let case = *case as usize;
            let cluster = self.cluster(case);
            let human = match label.preference(&candidates) {
                Ok(human) => human,
                Err(why) => {
                    found.unusable += 1;
                    into.unusable(case, self.name, &why);
                    continue;
                }
            };
            for (pair, verdicts) in self.verdicts.pairs(case) {
                let orders = self.heard(case, &pair, verdicts);
                if orders.is_empty() {
                    continue;
                }
                found.labelled += 1;
                let humans: Vec<f64> = human.votes.iter().filter_map(|vote| code_of(vote, &pair)).collect();
                if !humans.is_empty() {
                    rated.push(Rated { humans, judge: together(&pair, &orders), cluster });
                }
                let said = match &human.choice {
                    Choice::Tie => TIE,
                    Choice::Candidate(name) if *name == pair.0 => FIRST,
                    Choice::Candidate(name) if *name == pair.1 => SECOND,
                    Choice::Candidate(_) => continue,
                };
                if !names.contains(&pair) {
                    names.push(pair.clone());
                }
                for order in &orders {
                    let judged = match order.value.map(|v| if *order.first == pair.0 { v } else { 1.0 - v }) {
                        Some(v) if v > 0.5 => Some(FIRST),
                        Some(v) if v < 0.5 => Some(SECOND),
                        Some(_) => Some(TIE),
                        None => (self.spec.missing != Missing::Drop).then_some(UNREAD),
                    };
                    coded.extend(judged.map(|judged| (judged, said, cluster)));
                }
                let preferred = match said {
                    FIRST => &pair.0,
                    SECOND => &pair.1,
                    _ => {
                        found.human_ties += 1;
                        continue;
                    }
                };
                for order in &orders {
                    let worth = order.value.map(|v| if order.first == preferred { v } else { 1.0 - v });
                    found.unread += u64::from(worth.is_none());
                    places.push(case);
                    right.push((worth.map(rightness), cluster));
                    if let Some(worth) = worth.filter(|w| *w <= 0.5) {
                        let second = order.second.map(ToString::to_string).unwrap_or_default();
                        into.disagreement(Place { case, row: Some(order.row) }, || Disagreement {
                            metric: self.name.to_string(),
                            case: String::new(),
                            about: match self.is_panel() {
                                true => format!("{} against {second}", order.first),
                                false => format!("{} shown first, {second} second", order.first),
                            },
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
        let (alpha, seed) = (self.alpha, self.suite.seed);
        // Accuracy and these leave out what humans call a tie; the table shows it.
        let decided: Vec<Coded> = coded.iter().filter(|(_, human, _)| *human != TIE).copied().collect();
        found.kappa = Measure::Kappa(Weights::Unweighted).of(&decided, 4, alpha, seed);
        found.absent.extend(Measure::undefined("kappa", found.kappa, &decided));
        let read: Vec<Coded> = decided.iter().filter(|(judge, _, _)| *judge != UNREAD).copied().collect();
        found.ac1 = Measure::Ac1.of(&read, 3, alpha, seed);
        if !coded.is_empty() {
            found.confusion = Some(ConfusionTable::new(titles(&names), &coded));
        }
        if found.labelled > 0 {
            self.agreement_of_raters(&mut found, &rated, Kind::Labels);
        }
        let consistent = self.verdicts.consistent(self.spec.missing);
        let consistent = consistent.map(|(case, same)| (Some(same), self.cluster(case))).collect();
        found.position_consistency = self.accuracy(consistent, None).0;
        found
    }

    fn is_panel(&self) -> bool {
        matches!(self.spec.rubric().map(|judged| &judged.judge), Some(Judges::Panel { .. }))
    }

    /// What is held against people: the verdicts in each order; of a panel, what it decided on the pair, in the words of a
    /// judge that says the same.
    fn heard<'b>(&self, case: usize, pair: &Pair, verdicts: Vec<Verdict<'b>>) -> Vec<Verdict<'b>> {
        if !self.is_panel() {
            return verdicts;
        }
        let Some(scores) = self.data.metrics.get(self.name) else { return Vec::new() };
        let of_pair = |(a, b): &Pair| (a, b) == (&pair.0, &pair.1) || (b, a) == (&pair.0, &pair.1);
        let Some(((_, second), worths)) = scores.compared().iter().find(|(known, _)| of_pair(known)) else {
            return Vec::new();
        };
        let value = worths.get(case).map(|worth| {
            let worth = if scores.goal == Goal::Down { 1.0 - worth } else { worth };
            if *second == pair.0 { worth } else { 1.0 - worth }
        });
        // Of a tournament only first matches have a value; who met later is no part of it.
        if value.is_none() && self.spec.is_tournament() {
            return Vec::new();
        }
        let side = |of: &Verdict<'_>| of.value.map(|v| rightness(if *of.first == pair.0 { v } else { 1.0 - v }));
        let same = verdicts.iter().find(|verdict| value.is_some() && side(verdict) == value.map(rightness));
        let Some(words) = same.or(verdicts.first()).copied() else { return Vec::new() };
        let is_turned = *words.first != pair.0;
        vec![Verdict { value: value.map(|value| if is_turned { 1.0 - value } else { value }), ..words }]
    }
}

/// What stands over the columns of the table: the names where there is one pair, else their places by name.
fn titles(pairs: &[Pair]) -> Vec<String> {
    let tie = "tie".to_string();
    match pairs {
        [(first, second)] => vec![first.to_string(), second.to_string(), tie],
        _ => vec!["first by name".to_string(), "second by name".to_string(), tie],
    }
}
