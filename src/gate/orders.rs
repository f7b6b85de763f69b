//! Judges that name another winner when the order is turned round → what that makes of a decision that leans on them.

use std::collections::BTreeSet;

use super::words::percent;
use crate::analysis::{Analysis, MemberFindings, PanelFindings, Share};
use crate::suite::{Severity, Suite};

/// A judge that is asked by a metric: what it is called, how often it kept its winner, and its share of the verdict.
struct Asked {
    who: String,
    kept: Share,
    weight: f64,
}

impl Asked {
    /// Whether it kept its winner in less than half of the cases, by all that the interval allows.
    fn contradicts_itself(&self) -> bool {
        self.kept.high.is_some_and(|high| high < 0.5)
    }
}

/// Metrics that the gate leans on whose judge contradicts itself more often than not, or judges with half of the weight of
/// a panel: their ties are no evidence of anything.
pub fn contradictions(suite: &Suite, analysis: &Analysis) -> Vec<String> {
    let contradicts = |metric: &str| {
        let asked = asked(metric, analysis);
        let weight: f64 = asked.iter().filter(|judge| judge.contradicts_itself()).map(|judge| judge.weight).sum();
        (weight > 0.5 - 1e-9).then(|| match asked.as_slice() {
            [_] => {
                format!("the judge of `{metric}` prefers another answer when the order is turned round, in most cases")
            }
            _ => format!(
                "half of the panel of `{metric}` or more prefers another answer when the order is turned round, in most cases"
            ),
        })
    };
    metrics(suite, |severity| severity == Severity::Block).into_iter().filter_map(contradicts).collect()
}

/// Judges that kept their winner in less than half of the cases and leave the decision valid: the interval says that it
/// may be half or more, or the others of the panel outweigh them.
pub fn waverings(suite: &Suite, analysis: &Analysis) -> Vec<String> {
    let told = |judge: Asked| {
        format!(
            "{} kept its winner in only {} of cases when the order was turned round: look at it before you rely on this \
             decision",
            judge.who,
            share(judge.kept)
        )
    };
    let wavers = |metric: &str| {
        let is_panel = analysis.panels.contains_key(metric);
        asked(metric, analysis)
            .into_iter()
            .filter(move |judge| judge.kept.estimate < 0.5 && (is_panel || !judge.contradicts_itself()))
    };
    metrics(suite, |_| true).into_iter().flat_map(wavers).map(told).collect()
}

/// The metrics that rules of some severity are about.
fn metrics(suite: &Suite, wanted: impl Fn(Severity) -> bool) -> BTreeSet<&str> {
    let rules = suite.gate.iter().flat_map(|gate| &gate.rules).filter(|rule| wanted(rule.severity));
    rules.filter_map(|rule| Some(rule.metric()?.as_str())).collect()
}

/// The judges of a metric that judged pairs in both orders.
fn asked(metric: &str, analysis: &Analysis) -> Vec<Asked> {
    if let Some(panel) = analysis.panels.get(metric) {
        return members(metric, panel);
    }
    let kept = analysis.judges.get(metric).and_then(|judge| judge.position_consistency);
    kept.map(|kept| Asked { who: format!("the judge of `{metric}`"), kept, weight: 1.0 }).into_iter().collect()
}

fn members(metric: &str, panel: &PanelFindings) -> Vec<Asked> {
    let alike = 1.0 / panel.judges.len().max(1) as f64;
    let member = |(name, found): (&String, &MemberFindings)| {
        let (who, weight) = (format!("the judge `{name}` of the panel of `{metric}`"), found.weight.unwrap_or(alike));
        found.position_consistency.map(|kept| Asked { who, kept, weight })
    };
    panel.judges.iter().filter_map(member).collect()
}

fn share(share: Share) -> String {
    let estimate = percent(share.estimate);
    match (share.low, share.high) {
        (Some(low), Some(high)) => format!("{estimate} ({} to {})", percent(low), percent(high)),
        _ => estimate,
    }
}
