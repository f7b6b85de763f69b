//! Stories → the cases of the page: collapsed to a line, and told in full when opened.

use indexmap::IndexMap;
use minijinja::Value;
use serde::Serialize;

use crate::analysis::{FailedOutput, SideOfStory, Story, StoryMetric};
use crate::report::{Report, number, text, wording};
use crate::trace::Trace;

use super::diff::{self, Run};
use super::safe;

/// More tags than this make a filter that is harder to read than the list.
const FILTERS: usize = 14;

/// All the cases that moved.
#[derive(Serialize)]
pub struct Cases {
    worse: usize,
    better: usize,
    list: Vec<Case>,
    /// Whose cases there are, where they are several candidates'.
    candidates: Vec<String>,
    filters: Vec<String>,
    /// What the filters do, in CSS: the page needs no script.
    filter_style: Value,
}

/// One case.
#[derive(Serialize)]
struct Case {
    id: String,
    class: &'static str,
    mark: &'static str,
    word: &'static str,
    change: String,
    /// Whose case it is, where there are several candidates, and the place of that in `candidates`.
    whose: Option<String>,
    of: Option<usize>,
    tags: String,
    /// The places of its tags in `filters`.
    filters: Vec<usize>,
    told: String,
    words: String,
    input: String,
    reference: Option<String>,
    sides: Vec<Side>,
    /// Where the ways to the two outputs part.
    parting: Option<String>,
    alike: bool,
    metrics: Vec<Metric>,
}

/// One output.
#[derive(Serialize)]
struct Side {
    name: String,
    old: bool,
    status: Option<&'static str>,
    runs: Vec<Run>,
    way: Vec<Part>,
}

/// An output that failed on its way.
#[derive(Serialize)]
pub struct Failed {
    told: String,
    way: Vec<Part>,
}

/// A part of the way to an output.
#[derive(Serialize)]
struct Part {
    title: &'static str,
    text: String,
}

/// One metric's numbers and opinions.
#[derive(Serialize)]
struct Metric {
    name: String,
    before: String,
    after: String,
    difference: String,
    opinions: Vec<Opinion>,
}

/// One verdict's own words.
#[derive(Serialize)]
struct Opinion {
    about: String,
    decided: String,
    failure: Option<String>,
    words: Option<String>,
}

/// The worst regressions first, improvements after.
pub fn cases(report: &Report) -> Cases {
    let worse = wording::regressions(report).count();
    let stories: Vec<&Story> = wording::regressions(report).chain(wording::improvements(report)).collect();
    let mut tags: IndexMap<String, usize> = IndexMap::new();
    for (key, value) in stories.iter().flat_map(|s| &s.tags) {
        *tags.entry(text::line(&format!("{key}: {value}"))).or_default() += 1;
    }
    // A tag that every case has, or only one, does not help to choose.
    tags.retain(|_, count| *count > 1 && *count < stories.len());
    let filters: Vec<String> = if tags.len() <= FILTERS { tags.into_keys().collect() } else { Vec::new() };
    let mut candidates: Vec<String> = Vec::new();
    for name in stories.iter().filter_map(|story| wording::whose(report, story)) {
        if !candidates.contains(&name) {
            candidates.push(name);
        }
    }
    let rule = |of: &str, at: usize| format!(".cases:has(#{of}-{at}:checked) .case:not(.{of}-{at}){{display:none}}");
    let rules = (0..filters.len()).map(|at| rule("tag", at)).chain((0..candidates.len()).map(|at| rule("of", at)));
    Cases {
        worse,
        better: stories.len() - worse,
        list: stories.iter().map(|story| case(report, story, &candidates, &filters)).collect(),
        filter_style: safe(rules.collect()),
        candidates,
        filters,
    }
}

fn case(report: &Report, story: &Story, candidates: &[String], filters: &[String]) -> Case {
    let whose = wording::whose(report, story);
    let worse = story.change < 0.0;
    let tags: Vec<String> = story.tags.iter().map(|(key, value)| text::line(&format!("{key}: {value}"))).collect();
    let (old, new) = (story.baseline.text.as_deref(), story.candidate.text.as_deref());
    let (before, after, alike) = diff::words(old.unwrap_or_default(), new.unwrap_or_default());
    let words = wording::telling(report, story).and_then(|o| o.words.as_deref()).unwrap_or_default();
    Case {
        id: text::line(&story.case),
        class: if worse { "bad" } else { "good" },
        mark: if worse { "▼" } else { "▲" },
        word: if worse { "worse" } else { "better" },
        change: number::signed(Some(story.change), 2),
        of: whose.as_ref().and_then(|name| candidates.iter().position(|of| of == name)),
        whose,
        filters: tags.iter().filter_map(|tag| filters.iter().position(|f| f == tag)).collect(),
        tags: tags.join(", "),
        told: wording::change(report, story),
        words: text::cut(&text::line(words), 240),
        input: text::visible(&story.input),
        reference: story.reference.as_deref().map(text::visible),
        sides: vec![side(&story.baseline, true, before), side(&story.candidate, false, after)],
        parting: story
            .parting()
            .map(|parting| text::line(&wording::parting(&parting, &story.baseline.name, &story.candidate.name))),
        alike: alike && old.is_some() && new.is_some(),
        metrics: story.metrics.iter().map(|m| metric(report, m, story)).collect(),
    }
}

fn side(side: &SideOfStory, old: bool, runs: Vec<Run>) -> Side {
    let way = side.trace.as_ref().map(way).unwrap_or_default();
    Side { name: text::line(&side.name), old, status: side.text.is_none().then(|| side.status.as_str()), runs, way }
}

/// Outputs that failed, with what ran before.
pub fn failed(report: &Report) -> Vec<Failed> {
    let told = |output: &FailedOutput| Failed { told: wording::failed(output), way: way(&output.trace) };
    report.analysis.failed.iter().map(told).collect()
}

fn way(trace: &Trace) -> Vec<Part> {
    wording::parts(trace).into_iter().map(|(title, text)| Part { title, text: text::visible(&text) }).collect()
}

/// What a metric says of a case's change: a signed number, or in words where it says yes or no.
fn difference(report: &Report, metric: &StoryMetric) -> String {
    let change = match metric.difference {
        _ if wording::Unit::of(report, &metric.metric) != wording::Unit::Share => None,
        Some(d) if d > 0.0 => Some("better"),
        Some(d) if d < 0.0 => Some("worse"),
        Some(_) => Some("same"),
        None => None,
    };
    change.map_or_else(|| wording::moved(metric.difference), str::to_string)
}

fn metric(report: &Report, metric: &StoryMetric, story: &Story) -> Metric {
    let pairwise = metric.kind == "pairwise";
    let preferred = match metric.candidate {
        Some(worth) if worth > 0.5 => format!("{} preferred", text::line(&story.candidate.name)),
        Some(worth) if worth < 0.5 => format!("{} preferred", text::line(&story.baseline.name)),
        Some(_) => "tie".to_string(),
        None => number::ABSENT.to_string(),
    };
    Metric {
        name: text::line(&metric.metric),
        before: if pairwise { String::new() } else { wording::score_on(report, &metric.metric, metric.baseline) },
        after: if pairwise { String::new() } else { wording::score_on(report, &metric.metric, metric.candidate) },
        difference: if pairwise { preferred } else { difference(report, metric) },
        opinions: wording::opinions(report, metric)
            .iter()
            .map(|o| Opinion {
                about: text::line(&o.about),
                decided: wording::decided(report, metric, o),
                failure: o.failure.as_deref().map(text::line),
                words: o.words.as_deref().map(text::visible),
            })
            .collect(),
    }
}
