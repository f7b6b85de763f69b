//! Asks that hang on earlier verdicts → those on one output or pair, which of them are surely asked, and what their
//! verdicts vote for.

use std::collections::BTreeMap;

use crate::dataset::Case;
use crate::judge::cascade::{Vote, first};
use crate::judge::tournament::{Bracket, Draw};
use crate::model::Ask;
use crate::suite::{CandidateName, Cascade, CaseId, MetricName, MetricSpec, ModelName, Pair, Suite};

/// Whether an ask will be asked, as far as that is known before any verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// It will.
    Surely,
    /// It will, where the judges before are not sure, or where the two meet in a tournament.
    Perhaps,
    /// It will not.
    Never,
}

/// The cascade that an ask is of.
pub fn cascade_of<'a>(suite: &'a Suite, ask: &Ask) -> Option<&'a Cascade> {
    suite.metrics.get(ask.metric()?)?.rubric()?.judge.cascade()
}

/// Whether an ask is about a match of a tournament.
pub fn is_of_tournament(suite: &Suite, ask: &Ask) -> bool {
    ask.metric().and_then(|metric| suite.metrics.get(metric)).is_some_and(MetricSpec::is_tournament)
}

/// The tournament on one output of each candidate about a case, before its first match.
pub fn bracket<'a>(suite: &Suite, metric: &'a MetricName, case: &'a CaseId, sample: u32) -> Bracket<'a> {
    Bracket::drawn(Draw { seed: suite.seed, metric, case, sample }, suite.candidates.keys())
}

/// Whether it hangs on verdicts if the two meet whom an ask is about: they do surely in the first round of a tournament.
pub fn is_of_later_round(suite: &Suite, case: &Case, ask: &Ask) -> bool {
    match ask {
        Ask::Preference { metric, first, second, sample, .. } if is_of_tournament(suite, ask) => {
            let opening = bracket(suite, metric, &case.id, *sample).round();
            !opening.iter().any(|(a, b)| [(a, b), (b, a)].contains(&(first, second)))
        }
        _ => false,
    }
}

/// Whether an ask about a case will be asked.
pub fn need(suite: &Suite, case: &Case, ask: &Ask) -> Need {
    match judged(suite, case, ask) {
        Need::Surely if is_of_later_round(suite, case, ask) => Need::Perhaps,
        need => need,
    }
}

/// Whether a judge will be asked, if the output or the pair is judged at all.
fn judged(suite: &Suite, case: &Case, ask: &Ask) -> Need {
    let Some(cascade) = cascade_of(suite, ask) else { return Need::Surely };
    let Some(at) = cascade.cascade.iter().position(|judge| ask.judge() == Some(judge)) else { return Need::Never };
    let first = first(cascade, has_label(case, ask));
    match at {
        _ if at < first => Need::Never,
        // Before it is calibrated, every judge of a labelled case is asked.
        _ if at == first || cascade.thresholds.is_empty() => Need::Surely,
        _ => Need::Perhaps,
    }
}

/// Whether humans said something of a case for the metric of an ask.
pub fn has_label(case: &Case, ask: &Ask) -> bool {
    ask.metric().is_some_and(|metric| case.labels.contains_key(metric.as_str()))
}

/// Asks about the same output or pair, by whomever and in whichever order, together. They stay in their order.
pub fn by_output<T>(asks: Vec<T>, ask: impl Fn(&T) -> &Ask) -> Vec<Vec<T>> {
    let mut groups: Vec<Vec<T>> = Vec::new();
    for one in asks {
        let key = output_of(ask(&one));
        let known = groups.iter_mut().find(|group| group.first().is_some_and(|first| output_of(ask(first)) == key));
        match known {
            Some(group) => group.push(one),
            None => groups.push(vec![one]),
        }
    }
    groups
}

/// Asks about the matches of tournaments → by metric and output, those of each pair together.
pub fn by_tournament<'a, T>(asks: Vec<T>, ask: impl Fn(&T) -> &'a Ask) -> BTreeMap<(&'a MetricName, u32), Matches<T>> {
    let mut tournaments: BTreeMap<_, Matches<T>> = BTreeMap::new();
    for one in asks {
        let Ask::Preference { metric, first, second, sample, .. } = ask(&one) else { continue };
        let pair = (first.min(second).clone(), first.max(second).clone());
        tournaments.entry((metric, *sample)).or_default().entry(pair).or_default().push(one);
    }
    tournaments
}

/// What is asked on each pair that may meet, in alphabetical order.
pub type Matches<T> = BTreeMap<Pair, Vec<T>>;

/// Which verdict of which judge an ask is a part of, whatever the order in which a pair is shown.
pub fn draw_of(ask: &Ask) -> Option<(Option<&ModelName>, u32)> {
    match ask {
        Ask::Output { .. } | Ask::Step { .. } => None,
        Ask::Score { judge, verdict_sample, .. } | Ask::Preference { judge, verdict_sample, .. } => {
            Some((judge.as_ref(), *verdict_sample))
        }
    }
}

fn output_of(ask: &Ask) -> Option<(&str, &CandidateName, Option<&CandidateName>, u32)> {
    let metric = ask.metric()?.as_str();
    match ask {
        Ask::Output { .. } | Ask::Step { .. } => None,
        Ask::Score { candidate, sample, .. } => Some((metric, candidate, None, *sample)),
        Ask::Preference { first, second, sample, .. } => {
            Some((metric, first.min(second), Some(first.max(second)), *sample))
        }
    }
}

/// What a verdict votes for, whatever the order in which a pair was shown.
pub fn vote((first, second): (&str, Option<&str>), value: Option<f64>, confidence: Option<f64>) -> Vote {
    let turned = second.is_some_and(|second| second < first);
    let value = value.map(|value| if turned { 1.0 - value } else { value });
    Vote { value, confidence, is_preference: second.is_some() }
}
