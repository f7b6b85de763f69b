//! Report → all that the page's templates need, in the order in which a lead reads it.

use minijinja::Value;
use serde::Serialize;

use crate::analysis::Comparison;
use crate::gate::{RuleState, Ruling, Verdict};
use crate::report::wording::{self, Direction};
use crate::report::{Report, number, text};
use crate::suite::Severity;

use super::{cases, charts, diff, forest, ledger};

/// The page.
#[derive(Serialize)]
pub struct Page {
    style: Value,
    suite: String,
    selection: String,
    recorded: Option<String>,
    baseline: String,
    candidate: String,
    /// Whether more than one candidate is held against the baseline.
    several: bool,
    confidence: String,
    decision: Lead,
    tiles: Vec<Tile>,
    better: Vec<String>,
    worse: Vec<String>,
    rules: Vec<RuleRow>,
    forests: Vec<forest::Forest>,
    notes: Vec<String>,
    bars: Vec<charts::Bar>,
    levels: ledger::Grid,
    histograms: Vec<charts::Histogram>,
    cases: cases::Cases,
    prompts: Vec<diff::Prompt>,
    judges: ledger::Grid,
    counts: ledger::Grid,
    cost: ledger::Grid,
    provenance: Vec<(String, String)>,
}

/// The decision as a lead reads it.
#[derive(Serialize)]
struct Lead {
    class: &'static str,
    word: &'static str,
    title: String,
    reason: String,
    advice: String,
}

/// One key number.
#[derive(Serialize)]
struct Tile {
    label: String,
    number: String,
    note: String,
    class: &'static str,
}

/// One rule.
#[derive(Serialize)]
struct RuleRow {
    class: &'static str,
    mark: &'static str,
    state: &'static str,
    subject: String,
    asked: String,
    measured: String,
    bound: String,
    n: String,
    p: String,
    severity: &'static str,
    words: String,
}

/// Everything on the page.
pub fn page(report: &Report, style: Value) -> Page {
    let (baseline, candidate) = wording::sides(report);
    let moved = |direction| -> Vec<String> {
        let overall = report.analysis.comparisons.iter().filter(|c| c.slice.is_none());
        let ours = overall.chain(wording::moved_slices(report)).filter(|c| text::line(&c.candidate) == candidate);
        let named = ours.filter(|c| Direction::of(c) == direction);
        named.map(|c| {
            let wins = if wording::is_pairwise(report, &c.metric) { "wins " } else { "" };
            format!("{} on {}: {wins}{}", text::line(&c.metric), wording::slice(c.slice.as_ref()), short(report, c))
        }).collect()
    };
    let recorded: Vec<_> = report.suite.recorded.iter().map(|m| text::line(m)).collect();
    Page {
        style,
        suite: text::line(&report.suite.name),
        selection: text::line(&report.suite.selection),
        recorded: (!recorded.is_empty()).then(|| recorded.join(", ")),
        confidence: wording::confidence(report).unwrap_or_default(),
        several: report.analysis.comparisons.iter().any(|c| text::line(&c.candidate) != candidate),
        decision: lead(report, &baseline, &candidate),
        tiles: tiles(report, &candidate),
        better: moved(Direction::Better),
        worse: moved(Direction::Worse),
        baseline,
        candidate: candidate.clone(),
        rules: report.decision.iter().flat_map(|d| &d.rules).map(|r| rule(report, r)).collect(),
        forests: forest::forests(report),
        notes: report.analysis.comparisons.iter().filter(|c| c.slice.is_none()).filter_map(|c| wording::left_out(report, c)).collect(),
        bars: charts::bars(report),
        levels: ledger::levels(report),
        histograms: charts::histograms(report),
        cases: cases::cases(report),
        prompts: report.analysis.prompt_changes.iter().map(diff::prompt).collect(),
        judges: ledger::judges(report),
        counts: ledger::counts(report),
        cost: ledger::cost(report),
        provenance: ledger::provenance(report),
    }
}

fn lead(report: &Report, baseline: &str, candidate: &str) -> Lead {
    let cases = number::counted(report.analysis.counts.cases, "case", "cases");
    let Some(decision) = &report.decision else {
        let title = if baseline.is_empty() { format!("{candidate}, {cases}") } else { format!("{candidate} against {baseline}, {cases}") };
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
    Lead { class, word: wording::verdict(decision.decision), title, reason: capital(&reason), advice: wording::advice(decision.decision, candidate) }
}

/// A sentence begins with a capital, unless its first word is a name with a sign in it.
fn capital(sentence: &str) -> String {
    let mut chars = sentence.chars();
    match chars.next() {
        Some(first) if !sentence.split(' ').next().is_some_and(|word| word.contains('_')) => first.to_uppercase().chain(chars).collect(),
        _ => sentence.to_string(),
    }
}

fn tiles(report: &Report, candidate: &str) -> Vec<Tile> {
    let overall = report.analysis.comparisons.iter().filter(|c| c.slice.is_none() && text::line(&c.candidate) == candidate);
    let mut tiles: Vec<Tile> = overall.take(4).map(|c| {
        let direction = Direction::of(c);
        let pairwise = wording::is_pairwise(report, &c.metric);
        let level = |name: &str| {
            let level = report.analysis.candidates.get(name).and_then(|f| f.metrics.get(&c.metric));
            level.map_or_else(String::new, |l| number::plain(l.estimate, number::decimals(l.low, l.high)))
        };
        let from = if pairwise { "of cases won".to_string() } else { format!("{} → {}", level(&c.baseline), level(&c.candidate)) };
        let note = if direction == Direction::Unmeasured { direction.words().to_string() } else { format!("{from}, {}", direction.words()) };
        Tile { label: text::line(&c.metric), number: short(report, c), note, class: forest::class(direction) }
    }).collect();
    if let Some((metric, found)) = report.analysis.judges.iter().find(|(_, f)| f.agreement.is_some()) {
        let accuracy = found.agreement_kind == "accuracy";
        let best = report.analysis.judges.iter().find(|(_, f)| f.agreement.is_some() && f.agreement_kind == "accuracy");
        let (metric, found, accuracy) = best.map_or((metric, found, accuracy), |(m, f)| (m, f, true));
        let value = found.agreement.map(|s| s.estimate);
        let shown = if accuracy { number::percent(value) } else { number::plain(value, 2) };
        let note = format!("{} with people, {}", if accuracy { "agreement" } else { "rank agreement" }, text::line(metric));
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
fn short(report: &Report, c: &Comparison) -> String {
    if wording::is_pairwise(report, &c.metric) {
        return number::percent(c.win_rate);
    }
    number::signed(c.difference, number::decimals(c.low, c.high))
}

fn rule(report: &Report, rule: &Ruling) -> RuleRow {
    let class = match (rule.state, rule.severity) {
        (RuleState::Pass, _) => "good",
        (RuleState::Fail, Severity::Block) => "bad",
        _ => "unsure",
    };
    RuleRow {
        class,
        mark: wording::mark(rule.state),
        state: wording::state(rule.state),
        subject: wording::subject(rule),
        asked: wording::requirement(report, rule),
        measured: wording::quantity(report, rule, rule.estimate),
        bound: wording::bound(report, rule),
        n: number::count(rule.n),
        p: number::p(rule.p),
        severity: wording::severity(rule.severity),
        words: text::line(&rule.words),
    }
}
