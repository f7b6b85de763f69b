//! Decision and key numbers → what a lead reads first.

use serde::Serialize;

use crate::analysis::Comparison;
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
}

/// One key number.
#[derive(Serialize)]
pub struct Tile {
    label: String,
    number: String,
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
        let reason = "The suite has no gate, so nothing is decided.".to_string();
        return Lead { class: "plain", word: "MEASURED", title, reason, advice: String::new() };
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
        reason: capital(&reason),
        advice: wording::advice(decision.decision, candidate),
    }
}

/// A sentence begins with a capital, unless its first word is a name with a sign in it.
fn capital(sentence: &str) -> String {
    let mut chars = sentence.chars();
    match chars.next() {
        Some(first) if !sentence.split(' ').next().is_some_and(|word| word.contains('_')) => {
            first.to_uppercase().chain(chars).collect()
        }
        _ => sentence.to_string(),
    }
}

/// The key numbers: the differences over all cases, the judge, the cost.
pub fn tiles(report: &Report, candidate: &str) -> Vec<Tile> {
    let overall =
        report.analysis.comparisons.iter().filter(|c| c.slice.is_none() && text::line(&c.candidate) == candidate);
    let mut tiles: Vec<Tile> = overall
        .take(4)
        .map(|c| {
            let direction = Direction::of(report, c);
            let pairwise = wording::is_pairwise(report, &c.metric);
            let level = |name: &str| {
                let level = report.analysis.candidates.get(name).and_then(|f| f.metrics.get(&c.metric));
                level.map_or_else(String::new, |l| number::plain(l.estimate, number::decimals(l.low, l.high)))
            };
            let from = if pairwise {
                "of cases won".to_string()
            } else {
                format!("{} → {}", level(&c.baseline), level(&c.candidate))
            };
            let note = if direction == Direction::Unmeasured {
                direction.words().to_string()
            } else {
                format!("{from}, {}", direction.words())
            };
            Tile { label: text::line(&c.metric), number: short(report, c), note, class: forest::class(direction) }
        })
        .collect();
    if let Some((metric, found)) = report.analysis.judges.iter().find(|(_, f)| f.agreement.is_some()) {
        let accuracy = found.agreement_kind == "accuracy";
        let best = report.analysis.judges.iter().find(|(_, f)| f.agreement.is_some() && f.agreement_kind == "accuracy");
        let (metric, found, accuracy) = best.map_or((metric, found, accuracy), |(m, f)| (m, f, true));
        let value = found.agreement.map(|s| s.estimate);
        let shown = if accuracy { number::percent(value) } else { number::plain(value, 2) };
        let note =
            format!("{} with people, {}", if accuracy { "agreement" } else { "rank agreement" }, text::line(metric));
        tiles.push(Tile { label: "Judge".into(), number: shown, note, class: "plain" });
    }
    let (known, whole) = wording::known_cost(&report.analysis.cost);
    let note = match (known, whole) {
        (_, true) => "all calls",
        (Some(_), false) => "at least; a model has no price",
        (None, false) => "no model has a price",
    };
    tiles.push(Tile { label: "Cost".into(), number: number::money(known), note: note.into(), class: "plain" });
    tiles
}

/// A difference without its interval; pairwise: the share of cases won.
pub fn short(report: &Report, c: &Comparison) -> String {
    if wording::is_pairwise(report, &c.metric) {
        return number::percent(c.win_rate);
    }
    number::signed(c.difference, number::decimals(c.low, c.high))
}
