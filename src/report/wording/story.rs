//! Stories → which cases moved, what changed on them, and the words that tell most about it.

use crate::analysis::{Opinion, Story, StoryMetric};
use crate::report::{Report, number, text};

use super::{Unit, is_of_sides, of_several, sides};

/// Stories of cases that got worse, the worst first.
pub fn regressions(report: &Report) -> impl Iterator<Item = &Story> {
    report.analysis.stories.iter().filter(|s| s.change < 0.0)
}

/// What is to be said where no story is told of a case that got worse; nothing where that is not known. An earlier run has
/// no texts to tell, but what was counted against it is known.
pub fn none_worse(report: &Report) -> Option<String> {
    let mut compared = report.analysis.comparisons.iter().filter(|c| c.slice.is_none() && c.n > 0).peekable();
    compared.peek()?;
    let (baseline, candidate) = sides(report);
    let none = match report.analysis.candidates.len() {
        0..=2 => "No case got worse.".to_string(),
        _ if report.decision.is_none() => "No case got worse.".to_string(),
        _ => format!("No case got worse from {baseline} to {candidate}."),
    };
    let ours: Vec<_> = compared.filter(|c| is_of_sides(report, c)).collect();
    let worse = ours.iter().filter(|c| c.losses > 0);
    let worse: Vec<String> = worse
        .map(|c| {
            let of = of_several(report, c).map_or_else(String::new, |pair| format!(" of {pair}"));
            let cases = number::counted(c.n, "case", "cases");
            format!("{}{of} in {} of {cases}", text::line(&c.metric), number::count(c.losses))
        })
        .collect();
    if report.analysis.candidates.keys().any(|name| text::line(name) == baseline) {
        // What has no range is no part of how far a case moved, and one metric's gain may outweigh another's loss.
        return Some(match worse.is_empty() {
            true => none,
            false => format!("{} on the whole. Worse is {}.", none.trim_end_matches('.'), worse.join(", ")),
        });
    }
    if ours.is_empty() || ours.iter().any(|c| c.bridge.is_some()) {
        return None;
    }
    Some(if worse.is_empty() {
        none
    } else {
        format!(
            "{candidate} got worse on {}. They are not told here: the texts of {baseline} are not in this run.",
            worse.join(", ")
        )
    })
}

/// The worst regressions of the candidate that is decided about; without a decision, of all.
pub fn worst(report: &Report, most: usize) -> Vec<&Story> {
    let decided = report.decision.as_ref().map(|decision| &decision.candidate);
    let mut worst: Vec<&Story> =
        regressions(report).filter(|story| decided.is_none_or(|name| story.candidate.name == *name)).collect();
    worst.sort_by(|a, b| a.change.total_cmp(&b.change));
    worst.truncate(most);
    worst
}

/// Whose story it is, where there are several whose it may be.
pub fn whose(report: &Report, story: &Story) -> Option<String> {
    (report.analysis.candidates.len() > 2).then(|| text::line(&story.candidate.name))
}

/// Stories of cases that got better.
pub fn improvements(report: &Report) -> impl Iterator<Item = &Story> {
    report.analysis.stories.iter().filter(|s| s.change > 0.0)
}

/// The opinion that tells most about why a case moved: on the metric that moved most in the story's own direction,
/// and there the one about the candidate or for the side that won.
pub fn telling<'a>(report: &Report, story: &'a Story) -> Option<&'a Opinion> {
    let worse = story.change < 0.0;
    let winner = if worse { &story.baseline.name } else { &story.candidate.name };
    let toward = |difference: Option<f64>| difference.unwrap_or(0.0) * if worse { -1.0 } else { 1.0 };
    let mut metrics: Vec<_> = story.metrics.iter().filter(|m| m.opinions.iter().any(spoken)).collect();
    // A metric that moved with the case tells more than one that was not measured on it.
    if metrics.iter().any(|m| toward(m.difference) > 0.0) {
        metrics.retain(|m| toward(m.difference) > 0.0);
    }
    // What a check found is a number in words; a judge says why.
    if metrics.iter().any(|m| m.kind != "check") {
        metrics.retain(|m| m.kind != "check");
    }
    // In units of their ranges, since a step more is no more than a right answer lost; what has no range comes last. Words about
    // one answer tell more than those about two.
    let far = |metric: &StoryMetric| {
        let range = report.analysis.metrics.get(&metric.metric).and_then(|info| info.range);
        let rank = (range.is_some(), metric.kind != "pairwise");
        (rank, toward(metric.difference) / range.map_or(1.0, |(low, high)| high - low))
    };
    metrics.sort_by(|a, b| {
        let (a, b) = (far(a), far(b));
        b.0.cmp(&a.0).then(b.1.total_cmp(&a.1))
    });
    let opinions = &metrics.first()?.opinions;
    let about = |o: &&Opinion| spoken(o) && (o.about == story.candidate.name || &o.decided == winner);
    opinions.iter().find(about).or_else(|| opinions.iter().find(|o| spoken(o)))
}

fn spoken(opinion: &Opinion) -> bool {
    opinion.words.as_ref().is_some_and(|words| !words.trim().is_empty())
}

/// What changed on a case, metric by metric: `quality 4.5 → 1.5, preference prefers v1`.
pub fn change(report: &Report, story: &Story) -> String {
    let parts: Vec<String> = story
        .metrics
        .iter()
        .filter_map(|m| {
            let name = text::middle(&text::line(&m.metric), 32);
            match (m.kind.as_str(), m.baseline, m.candidate) {
                ("pairwise", _, Some(worth)) if worth > 0.5 => {
                    Some(format!("{name}: {} preferred", text::line(&story.candidate.name)))
                }
                ("pairwise", _, Some(worth)) if worth < 0.5 => {
                    Some(format!("{name}: {} preferred", text::line(&story.baseline.name)))
                }
                ("pairwise", _, Some(_)) | (_, None, None) => None,
                (_, Some(before), Some(after)) if before == after => None,
                (_, before, after) => {
                    let shown = |value| score_on(report, &m.metric, value);
                    Some(format!("{name} {} → {}", shown(before), shown(after)))
                }
            }
        })
        .collect();
    if parts.is_empty() { "no metric changed".to_string() } else { parts.join(", ") }
}

/// The opinions that are worth their room: a judge's all, a check's only where it changed its mind.
pub fn opinions<'a>(report: &Report, metric: &'a StoryMetric) -> &'a [Opinion] {
    let changed = metric.difference.is_some_and(|d| d != 0.0) && Unit::of(report, &metric.metric) == Unit::Share;
    let silent = metric.kind == "check" && !changed && metric.baseline.is_some() && metric.candidate.is_some();
    if silent { &[] } else { &metric.opinions }
}

/// What an opinion decided, with `yes` and `no` for a metric that says that.
pub fn decided(report: &Report, metric: &StoryMetric, opinion: &Opinion) -> String {
    match (Unit::of(report, &metric.metric), opinion.decided.as_str()) {
        (Unit::Share, "1") => "yes".to_string(),
        (Unit::Share, "0") => "no".to_string(),
        (_, other) => text::line(other),
    }
}

/// One case's score on a metric; `yes` or `no` where the metric says that.
pub fn score_on(report: &Report, metric: &str, value: Option<f64>) -> String {
    match (Unit::of(report, metric), value) {
        (Unit::Share, Some(1.0)) => "yes".to_string(),
        (Unit::Share, Some(0.0)) => "no".to_string(),
        (Unit::Share, value) => number::percent(value),
        _ => score(value),
    }
}

/// How one case's score moved, with its sign.
pub fn moved(difference: Option<f64>) -> String {
    match difference {
        Some(by) if is_small(by) => format!("{}{}", if by > 0.0 { "+" } else { "" }, number::shortest(by)),
        by => number::signed(by, 2),
    }
}

/// Whether two digits behind the point do not tell of it.
fn is_small(value: f64) -> bool {
    value != 0.0 && value.abs() < 0.1
}

/// One case's score: as many digits as it needs, at most two behind the point unless it is small.
pub fn score(value: Option<f64>) -> String {
    if let Some(small) = value.filter(|value| is_small(*value)) {
        return number::shortest(small);
    }
    let shown = number::plain(value, 2);
    if shown.contains('.') { shown.trim_end_matches('0').trim_end_matches('.').to_string() } else { shown }
}
