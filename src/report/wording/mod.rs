//! Findings → the words that every format uses for them, so that a page, a comment and a terminal say the same.

pub mod board;
mod bridge;
mod corrected;
mod cost;
mod decides;
mod length;
mod measure;
mod ranking;
mod rule;
pub mod self_test;
pub mod several;
mod stopping;
mod story;
mod tournament;
mod trust;
mod trusted;
mod variance;
mod way;

use crate::analysis::{Comparison, Slice};
use crate::gate::{Decision, Verdict};
use crate::suite::OnInconclusive;

use super::{Report, number, text};

pub use board::boards;
pub use bridge::bridges;
pub use cost::{failed_cost, known_cost, lacking, list_prices, total};
pub use decides::{Decides, NAME as CORRECTED, number as decides, of_level};
pub use measure::{
    Unit, corrected_mark, difference, findable, found_if, found_in_slices, is_named, left_out, less_is_better, level,
    level_of, moved_slices, p, range, rules_on, short, smallest, told, told_briefly, unsliced,
};
pub use rule::{bound, decided_by, mark, measured, notes, requirement, severity, state, subject};
pub use stopping::stopping;
pub use story::{
    change, decided, improvements, moved, none_worse, opinions, regressions, score, score_on, telling, whose, worst,
};
pub use trust::{agreement, causes, errors, statuses, trust};
pub use trusted::{changed, drifted, facts};
pub use way::{failed, parting, parts};

/// Which way a difference points, as far as the evidence goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// The whole interval is above zero.
    Better,
    /// The whole interval is below zero.
    Worse,
    /// A slice whose interval is above zero, but which is one of so many that this may be chance.
    PerhapsBetter,
    /// The same, below zero.
    PerhapsWorse,
    /// The interval holds zero.
    Unclear,
    /// There are differences, and no interval: they are all equal, or too few.
    Unbounded,
    /// No difference was measured.
    Unmeasured,
}

impl Direction {
    /// Of the interval of the number that decides and, for a slice, of its corrected p.
    pub fn of(report: &Report, comparison: &Comparison) -> Self {
        let chance = comparison.p_adjusted.is_some_and(|p| p >= alpha(report)) && !is_named(report, comparison);
        let finite = |end: Option<f64>| end.filter(|v| v.is_finite());
        let decides = decides::number(report, comparison);
        match (finite(decides.low), finite(decides.high)) {
            (Some(low), Some(_)) if low > 0.0 && chance => Self::PerhapsBetter,
            (Some(_), Some(high)) if high < 0.0 && chance => Self::PerhapsWorse,
            (Some(low), _) if low > 0.0 => Self::Better,
            (_, Some(high)) if high < 0.0 => Self::Worse,
            (Some(_), Some(_)) => Self::Unclear,
            _ if comparison.n > 0 => Self::Unbounded,
            _ => Self::Unmeasured,
        }
    }

    /// `better`, `worse`, `no clear difference`, `no interval`, `not measured`.
    pub fn words(self) -> &'static str {
        match self {
            Self::Better => "better",
            Self::Worse => "worse",
            Self::PerhapsBetter => "perhaps better",
            Self::PerhapsWorse => "perhaps worse",
            Self::Unclear => "no clear difference",
            Self::Unbounded => "no interval",
            Self::Unmeasured => "not measured",
        }
    }
}

/// The error rate of each claim.
pub fn alpha(report: &Report) -> f64 {
    report.analysis.alpha
}

/// `PASS`, `FAIL`, `INCONCLUSIVE`, `INVALID`.
pub fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "PASS",
        Verdict::Fail => "FAIL",
        Verdict::Inconclusive => "INCONCLUSIVE",
        Verdict::Invalid => "INVALID",
    }
}

/// What is wrong with a measurement that no gate speaks about, as one sentence; `None` where nothing is.
pub fn undecided_problem(report: &Report) -> Option<String> {
    (report.decision.is_none() && !report.problems.is_empty()).then(|| text::line(&report.problems.join("; ")))
}

/// What the decision asks of the people who read it.
pub fn advice(decision: &Decision) -> String {
    let candidate = text::line(&decision.candidate);
    match decision.decision {
        Verdict::Inconclusive if only_warns(decision) => {
            format!(
                "Not enough evidence to ship {candidate} or to reject it; in this suite that warns and does not block."
            )
        }
        Verdict::Pass => format!("{candidate} may ship."),
        Verdict::Fail => format!("Hold {candidate}: it is shown to break a rule."),
        Verdict::Inconclusive => format!("Not enough evidence to ship {candidate} or to reject it."),
        Verdict::Invalid => {
            "The measurement cannot be trusted, so nothing is decided. Mend it and run again.".to_string()
        }
    }
}

/// Whether a decision is one that the suite lets pass with a warning.
pub fn only_warns(decision: &Decision) -> bool {
    decision.decision == Verdict::Inconclusive && decision.on_inconclusive == OnInconclusive::Warn
}

/// `topic: safety`, made safe for one line; `all cases` where there is no slice.
pub fn slice(slice: Option<&Slice>) -> String {
    slice.map_or_else(|| "all cases".to_string(), tags)
}

/// `topic: safety, tier: gold`, made safe for one line.
pub fn tags(tags: &Slice) -> String {
    tags.iter().map(|(key, value)| text::line(&format!("{key}: {value}"))).collect::<Vec<_>>().join(", ")
}

/// The baseline and the candidate that the report is about; empty where there is none. Without a decision it is about
/// every candidate.
pub fn sides(report: &Report) -> (String, String) {
    let compared = || report.analysis.comparisons.iter();
    if let Some(decision) = &report.decision {
        let baseline = decision.baseline.as_deref().or(compared().next().map(|c| c.baseline.as_str()));
        return (text::line(baseline.unwrap_or_default()), text::line(&decision.candidate));
    }
    let baseline = compared().next().map_or_else(String::new, |c| text::line(&c.baseline));
    let names = report.analysis.candidates.keys().map(|name| text::line(name));
    let others: Vec<String> = names.filter(|name| *name != baseline).collect();
    (baseline, others.join(", "))
}

/// Whether a comparison is one that the report is about.
pub fn is_of_sides(report: &Report, c: &Comparison) -> bool {
    report.decision.as_ref().is_none_or(|decision| {
        decision.candidate == c.candidate && decision.baseline.as_ref().is_none_or(|name| *name == c.baseline)
    })
}

/// Whose difference it is, where the report is about those of several pairs.
pub fn of_several(report: &Report, c: &Comparison) -> Option<String> {
    (report.decision.is_none() && several_pairs(report)).then(|| pair(report, c))
}

/// Whether all is held against one baseline.
pub fn one_baseline(report: &Report) -> bool {
    let all = &report.analysis.comparisons;
    all.iter().all(|c| c.baseline == all[0].baseline)
}

/// Whether there are differences of more than one pair.
pub fn several_pairs(report: &Report) -> bool {
    let all = &report.analysis.comparisons;
    !one_baseline(report) || all.iter().any(|c| c.candidate != all[0].candidate)
}

/// Whose difference it is, where there are several pairs: `v2`; `v2 against v1` where the baselines differ.
pub fn pair(report: &Report, c: &Comparison) -> String {
    let candidate = text::line(&c.candidate);
    if one_baseline(report) { candidate } else { format!("{candidate} against {}", text::line(&c.baseline)) }
}

/// Whether a metric is judged in pairs.
pub fn is_pairwise(report: &Report, metric: &str) -> bool {
    report.analysis.metrics.get(metric).is_some_and(|m| m.kind == "pairwise")
}

/// `95%`.
pub fn confidence(report: &Report) -> String {
    number::percent(Some(1.0 - alpha(report)))
}

/// What a comparison is about: `quality`, `quality where topic is safety`.
pub fn about(metric: &str, slice: Option<&Slice>) -> String {
    let tags: Vec<String> = slice.into_iter().flatten().map(|(tag, value)| format!("{tag} is {value}")).collect();
    text::line(&if tags.is_empty() { metric.to_string() } else { format!("{metric} where {}", tags.join(" and ")) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::{MetricInfo, Opinion, StoryMetric};
    use crate::report::sample;

    #[test]
    fn one_of_many_slices_is_only_perhaps_worse_unless_a_rule_named_it() {
        let mut report = sample::fixture();
        for at in [5, 8] {
            report.analysis.comparisons[at].p_adjusted = Some(0.09);
        }
        let seen = |at: usize| Direction::of(&report, &report.analysis.comparisons[at]);
        assert_eq!([seen(0), seen(4), seen(5)], [Direction::Better, Direction::Better, Direction::Worse]);
        assert_eq!([seen(8), seen(9)], [Direction::PerhapsWorse, Direction::Unbounded]);
        let moved = moved_slices(&report);
        assert!(moved.contains(&&report.analysis.comparisons[5]) && !moved.contains(&&report.analysis.comparisons[8]));
    }

    #[test]
    fn the_telling_words_are_about_what_moved_most() {
        let report = sample::fixture();
        let told: Vec<_> = report
            .analysis
            .stories
            .iter()
            .filter_map(|story| telling(&report, story))
            .map(|o| o.decided.as_str())
            .collect();
        assert_eq!(told, ["1.5", "2", "3.5", "4.5"]);
        // Two steps more are not more than a right answer lost.
        let mut report = report;
        let mut story = report.analysis.stories[0].clone();
        let check = |metric: &str, difference: f64, words: &str| StoryMetric {
            metric: metric.to_string(),
            kind: "check".to_string(),
            baseline: Some(-difference),
            candidate: Some(0.0),
            difference: Some(difference),
            opinions: vec![Opinion {
                about: story.candidate.name.clone(),
                decided: "0".to_string(),
                words: Some(words.to_string()),
                failure: None,
            }],
        };
        let right = MetricInfo { range: Some((0.0, 1.0)), ..report.analysis.metrics["quality"].clone() };
        report.analysis.metrics.insert("steps".to_string(), MetricInfo { range: None, ..right.clone() });
        report.analysis.metrics.insert("right".to_string(), right);
        story.metrics = vec![check("steps", -2.0, "4 steps"), check("right", -1.0, "not the answer")];
        assert_eq!(telling(&report, &story).unwrap().words.as_deref(), Some("not the answer"));
    }
}
