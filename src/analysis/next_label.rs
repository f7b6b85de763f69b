//! Judged cases without a label → which of them a human should label next, and why.

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;
use serde::Serialize;

use super::calibrate::MetricCalibration;
use super::chambers::Heard;
use super::data::{About, Data, MetricScores};
use super::repeats::Repeats;
use super::verdicts::Verdicts;
use crate::suite::{CandidateName, MetricName, Missing, Rule, RuleKind, Suite};

/// A case that a human should label.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NextLabel {
    /// The metric.
    pub metric: String,
    /// The case.
    pub case: String,
    /// Whose output; pairwise: the two candidates.
    pub about: String,
    /// How much there is to learn, the sum of the reasons' weights.
    pub weight: f64,
    /// Why.
    pub reasons: Vec<String>,
}

/// What the judges of each metric said, as far as it tells where they waver.
#[derive(Clone, Copy)]
pub(super) struct Said<'a> {
    pub verdicts: &'a IndexMap<MetricName, Verdicts>,
    pub repeats: &'a IndexMap<MetricName, Repeats>,
    pub heard: &'a IndexMap<MetricName, Heard>,
}

/// The cases to label next, at most `most`, each with its place: those on which the judge contradicts itself, those near the
/// threshold of a rule, and those of slices where the judge is known least.
pub(super) fn next_labels(
    suite: &Suite,
    data: &Data,
    Said { verdicts, repeats, heard }: Said<'_>,
    metrics: &IndexMap<String, MetricCalibration>,
    most: usize,
) -> Vec<(usize, NextLabel)> {
    if most == 0 {
        return Vec::new();
    }
    let mut found: Vec<(usize, NextLabel)> = Vec::new();
    for (name, scores) in data.metrics.iter().filter(|(_, scores)| scores.judged) {
        let labelled: BTreeSet<usize> = data.cases.labels(name).iter().map(|(case, _)| *case as usize).collect();
        let dark = slices_in_the_dark(data, metrics.get(name.as_str()));
        let torn: BTreeSet<usize> = verdicts
            .get(name)
            .into_iter()
            .flat_map(|verdicts| verdicts.consistent(Missing::Drop))
            .filter(|(_, same)| *same == 0.0)
            .map(|(case, _)| case)
            .collect();
        // How far the judges of a panel lie apart on a case, in units of the scale.
        let unit = scores.possible_levels().filter(|_| !scores.is_pairwise()).map_or(1.0, |(min, max)| max - min);
        let apart = |about: &About, case: usize| {
            let all = heard.get(name)?.apart.get(about)?;
            let place = u32::try_from(case).ok().and_then(|case| all.binary_search_by_key(&case, |one| one.0).ok())?;
            Some((all.get(place)?.1 / unit, "the judges differ on it".to_string()))
        };
        let open = |case: &usize| !labelled.contains(case);
        let mut add = |case: usize, about: String, mut reasons: Vec<(f64, String)>| {
            reasons.extend(dark.get(&case).cloned());
            if reasons.is_empty() {
                return;
            }
            let weight = reasons.iter().map(|(weight, _)| weight).sum();
            let reasons = reasons.into_iter().map(|(_, words)| words).collect();
            found.push((case, NextLabel { metric: name.to_string(), case: String::new(), about, weight, reasons }));
        };
        for ((first, second), worths) in &scores.preferences {
            for case in (0..worths.cases()).filter(open).filter(|case| worths.get(*case).is_some()) {
                let words = "the judge contradicts itself when the order is turned round".to_string();
                let differ = apart(&(second.clone(), Some(first.clone())), case);
                let reasons = torn.contains(&case).then_some((1.0, words)).into_iter().chain(differ).collect();
                add(case, format!("{first} and {second}"), reasons);
            }
        }
        let thresholds = thresholds(suite, data, name);
        for (candidate, levels) in &scores.levels {
            let spreads = spreads(repeats.get(name), candidate, scores);
            for case in (0..levels.cases()).filter(open) {
                let Some(score) = levels.get(case) else { continue };
                let mut reasons = Vec::new();
                if let Some(spread) = spreads.get(&case).filter(|spread| **spread > 0.0) {
                    reasons.push((*spread, "the judge's verdicts on it differ".to_string()));
                }
                reasons.extend(apart(&(candidate.clone(), None), case));
                reasons.extend(near((case, score), &thresholds, scores));
                add(case, candidate.to_string(), reasons);
            }
        }
    }
    found.sort_by(|a, b| b.1.weight.total_cmp(&a.1.weight).then(a.0.cmp(&b.0)));
    found.truncate(most);
    found
}

/// The cases of slices without labels, or whose agreement is known worst, with the weight of that.
fn slices_in_the_dark(data: &Data, found: Option<&MetricCalibration>) -> BTreeMap<usize, (f64, String)> {
    let mut dark: BTreeMap<usize, (f64, String)> = BTreeMap::new();
    let Some(found) = found else { return dark };
    let half = |share: &super::Share| Some(0.5 * (share.high? - share.low?));
    let Some(overall) = found.leading().and_then(|(_, share)| half(&share)) else { return dark };
    for slice in &found.slices {
        let named =
            slice.slice.iter().map(|(tag, value)| format!("{tag} is {value}")).collect::<Vec<_>>().join(" and ");
        let (weight, words) = match slice.agreement.as_ref().and_then(half) {
            None if slice.labels == 0 => (1.0, format!("no label yet where {named}")),
            None => (0.8, format!("too few labels to say anything where {named}")),
            Some(own) if own > 1.5 * overall => (
                (own / overall - 1.0).min(2.0) / 4.0,
                format!("agreement is known only to within {own:.2} where {named}"),
            ),
            Some(_) => continue,
        };
        for case in data.cases.within(&slice.slice).iter() {
            let known = dark.entry(case).or_insert((0.0, String::new()));
            if weight > known.0 {
                *known = (weight, words.clone());
            }
        }
    }
    dark
}

/// A level that a rule of the gate holds single scores against, and the cases that it is about; all where absent.
struct Threshold {
    level: f64,
    cases: Option<BTreeSet<usize>>,
}

fn thresholds(suite: &Suite, data: &Data, metric: &MetricName) -> Vec<Threshold> {
    let rules = suite.gate.iter().flat_map(|gate| &gate.rules).enumerate();
    let threshold = |(place, rule): (usize, &Rule)| {
        let level = match rule.kind {
            RuleKind::AtLeast(x) | RuleKind::AtMost(x) | RuleKind::EveryCase { reaches: x, .. } => x,
            RuleKind::NotWorseBy(_) | RuleKind::BetterThan(_) | RuleKind::EquivalentWithin(_) => return None,
        };
        // Rules that name cases say of these alone.
        let cases = match (rule.cases.is_empty(), rule.slice.is_empty()) {
            (true, true) => None,
            (true, false) => Some(data.cases.within(&rule.slice).iter().collect()),
            (false, _) => {
                let named = data.asides.every_case.get(&place).map_or(&[][..], |found| &found.named);
                Some(named.iter().map(|case| *case as usize).collect())
            }
        };
        Some(Threshold { level, cases })
    };
    rules.filter(|(_, rule)| rule.metric() == Some(metric)).filter_map(threshold).collect()
}

/// Within a tenth of the scale's width a score could well lie on the other side of a threshold.
fn near((case, score): (usize, f64), thresholds: &[Threshold], scores: &MetricScores) -> Option<(f64, String)> {
    let (min, max) = scores.possible_levels()?;
    let reach = 0.1 * (max - min);
    let own = thresholds.iter().filter(|one| one.cases.as_ref().is_none_or(|cases| cases.contains(&case)));
    let nearest = own.map(|one| one.level).min_by(|a, b| (a - score).abs().total_cmp(&(b - score).abs()))?;
    let distance = (nearest - score).abs();
    (distance <= reach).then(|| (1.0 - 0.5 * distance / reach, format!("its score lies at the {nearest} of a rule")))
}

/// How far the verdicts on each case lie apart, in units of the scale.
fn spreads(repeats: Option<&Repeats>, candidate: &CandidateName, scores: &MetricScores) -> BTreeMap<usize, f64> {
    let mut ends: BTreeMap<usize, (f64, f64)> = BTreeMap::new();
    let (Some(of), Some((min, max))) =
        (repeats.and_then(|repeats| repeats.on(candidate.as_str(), None)), scores.possible_levels())
    else {
        return BTreeMap::new();
    };
    for (value, case) in of.values.iter().zip(of.cases) {
        let (low, high) = ends.entry(*case as usize).or_insert((*value, *value));
        (*low, *high) = (low.min(*value), high.max(*value));
    }
    ends.into_iter().map(|(case, (low, high))| (case, (high - low) / (max - min))).collect()
}
