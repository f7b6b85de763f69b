//! Decision and key numbers → what a lead reads first.

use serde::Serialize;

use crate::analysis::Level;
use crate::gate::Verdict;
use crate::report::wording::{self, Direction};
use crate::report::{Report, number, text};

use super::forest;

/// The decision as a lead reads it.
#[derive(Serialize)]
pub struct Lead {
    class: &'static str,
    word: &'static str,
    title: String,
    reason: String,
    advice: String,
    /// What went wrong most often, where that decided, and what speaks against relying on it.
    causes: Vec<String>,
}

/// One key number.
#[derive(Serialize)]
pub struct Tile {
    label: String,
    number: String,
    unit: &'static str,
    note: String,
    class: &'static str,
}

/// The decision, or what was measured instead.
pub fn lead(report: &Report, baseline: &str, candidate: &str) -> Lead {
    let cases = number::counted(report.analysis.counts.cases, "case", "cases");
    let Some(decision) = &report.decision else {
        let title = if baseline.is_empty() {
            format!("{candidate}, {cases}")
        } else {
            format!("{candidate} against {baseline}, {cases}")
        };
        if let Some(problem) = wording::undecided_problem(report) {
            let (word, causes) = (wording::verdict(Verdict::Invalid), wording::errors(&report.analysis.counts));
            return Lead { class: "bad", word, title, reason: sentence(&problem, &[]), advice: String::new(), causes };
        }
        let reason = "No gate is decided: the suite has none, or the run left out what its rules need.".to_string();
        return Lead { class: "plain", word: "MEASURED", title, reason, advice: String::new(), causes: Vec::new() };
    };
    let class = match decision.decision {
        Verdict::Pass => "good",
        Verdict::Fail | Verdict::Invalid => "bad",
        Verdict::Inconclusive => "unsure",
    };
    let against = if baseline.is_empty() { String::new() } else { format!(" against {baseline}") };
    let title = format!("{candidate}{against}, {cases}");
    let reason = text::line(&decision.reason);
    Lead {
        class,
        word: wording::verdict(decision.decision),
        title,
        reason: sentence(&reason, &[baseline, candidate]),
        advice: wording::advice(decision),
        causes: if decision.decision == Verdict::Invalid {
            wording::errors(&report.analysis.counts)
        } else {
            Vec::new()
        }
        .into_iter()
        .chain(decision.warnings.iter().map(|warning| format!("Warning: {}.", text::line(warning))))
        .collect(),
    }
}

/// Words as a sentence: with a stop at its end, and a capital at its start unless that is a name.
pub fn sentence(words: &str, names: &[&str]) -> String {
    let first = words.split([' ', ':']).next().unwrap_or_default();
    let stop = if words.ends_with(['.', '!', '?']) { "" } else { "." };
    let mut chars = words.chars();
    match chars.next() {
        Some(letter) if !names.contains(&first) && !first.contains('_') => {
            letter.to_uppercase().chain(chars).chain(stop.chars()).collect()
        }
        _ => format!("{words}{stop}"),
    }
}

/// So many differences are key numbers.
const MOST: usize = 8;

/// How many differences over all cases are told below alone.
pub fn untold(report: &Report) -> usize {
    let overall = report.analysis.comparisons.iter().filter(|c| c.slice.is_none() && wording::is_of_sides(report, c));
    overall.count().saturating_sub(MOST)
}

/// The key numbers: the differences over all cases, the judge, the cost.
pub fn tiles(report: &Report) -> Vec<Tile> {
    let overall = report.analysis.comparisons.iter().filter(|c| c.slice.is_none() && wording::is_of_sides(report, c));
    let mut tiles: Vec<Tile> = overall
        .take(MOST)
        .map(|c| {
            let direction = Direction::of(report, c);
            let pairwise = wording::is_pairwise(report, &c.metric);
            let level = |name: &str| wording::level_of(report, c, name);
            let less = if wording::less_is_better(report, &c.metric) { " (less is better)" } else { "" };
            let (before, after) = (level(&c.baseline), level(&c.candidate));
            let from = match before.as_str() {
                _ if pairwise => "of cases won".to_string(),
                // The levels of an earlier run are not known here.
                "" => format!("to {after}{less}"),
                before => format!("{before} → {after}{less}"),
            };
            let note = match (direction, wording::findable(report, c)) {
                (Direction::Unmeasured, _) => direction.words().to_string(),
                (_, Some(findable)) => format!("{from}, {}; {findable}", direction.words()),
                _ => format!("{from}, {}", direction.words()),
            };
            let unit = wording::Unit::of(report, &c.metric);
            let decides = wording::decides(report, c);
            let note = match wording::of_level(report, &c.metric, &c.candidate) {
                _ if decides.corrected => {
                    format!(
                        "{}: {note}; the judge alone {}{}",
                        wording::CORRECTED,
                        unit.difference(c.difference),
                        unit.name()
                    )
                }
                Some(corrected) => format!("{note}; level {corrected}"),
                None => note,
            };
            Tile {
                label: match wording::of_several(report, c) {
                    Some(pair) => format!("{} of {}", label(&c.metric), label(&pair)),
                    None => label(&c.metric),
                },
                number: unit.difference(decides.estimate),
                unit: unit.name(),
                note,
                class: forest::class(direction),
            }
        })
        .collect();
    if tiles.is_empty() {
        tiles = levels(report);
    }
    if let Some((metric, found)) = report.analysis.judges.iter().find(|(_, f)| f.agreement.is_some()) {
        let accuracy = found.agreement_kind == "accuracy";
        let best = report.analysis.judges.iter().find(|(_, f)| f.agreement.is_some() && f.agreement_kind == "accuracy");
        let (metric, found, accuracy) = best.map_or((metric, found, accuracy), |(m, f)| (m, f, true));
        let value = found.agreement.map(|s| s.estimate);
        let show = |v| if accuracy { number::percent(v) } else { number::plain(v, 2) };
        let shown = show(value);
        let range = found.agreement.map_or_else(String::new, |s| number::interval(s.low, s.high, show));
        let range = if range.is_empty() { range } else { format!(" ({range})") };
        let note =
            format!("{} with people{range}, {}", if accuracy { "agreement" } else { "rank agreement" }, label(metric));
        tiles.push(Tile { label: "Judge".into(), number: shown, unit: "", note, class: "plain" });
    }
    let (known, whole) = wording::known_cost(&report.analysis.cost);
    let lists = wording::list_prices(&report.analysis.cost);
    let lacking = wording::lacking(&report.analysis.cost);
    let note = match (known, whole) {
        (_, true) if !lists.is_empty() => lists,
        (_, true) => "outputs and verdicts".to_string(),
        (Some(_), false) => format!("at least; {lacking}"),
        (None, false) => lacking.to_string(),
    };
    tiles.push(Tile { label: "Cost".into(), number: number::money(known), unit: "", note, class: "plain" });
    tiles
}

/// The same numbers without the colours of good and bad, for a measurement that cannot be trusted.
pub fn toneless(tiles: Vec<Tile>) -> Vec<Tile> {
    tiles.into_iter().map(|tile| Tile { class: "plain", ..tile }).collect()
}

/// The levels, where there is nothing to compare them with.
fn levels(report: &Report) -> Vec<Tile> {
    let candidates = &report.analysis.candidates;
    let all = candidates.iter().flat_map(|(name, found)| found.metrics.iter().map(move |(m, l)| (name, m, l)));
    let tile = |(name, metric, level): (&String, &String, &Level)| {
        let unit = wording::Unit::of(report, metric);
        let less = if wording::less_is_better(report, metric) { ", less is better" } else { "" };
        let of = if candidates.len() > 1 { format!("{}, ", label(name)) } else { String::new() };
        let cases = number::counted(level.n, "case", "cases");
        let corrected = wording::of_level(report, metric, name).map_or_else(String::new, |of| format!("; {of}"));
        Tile {
            label: label(metric),
            number: unit.level(level.estimate),
            unit: "",
            note: format!("{of}{}, {cases}{less}{corrected}", wording::range(report, metric, level)),
            class: "plain",
        }
    };
    all.take(4).map(tile).collect()
}

/// A name that fits a tile.
fn label(name: &str) -> String {
    text::middle(&text::line(name), 36)
}
