//! Report → all that the page's templates need, in the order in which a lead reads it.

use minijinja::Value;
use serde::Serialize;

use crate::gate::{RuleState, Ruling, Verdict};
use crate::report::wording::{self, Direction};
use crate::report::{Report, number, text};
use crate::suite::Severity;

use super::{bars, cases, diff, forest, histogram, lead, ledger};

/// The page.
#[derive(Serialize)]
pub struct Page {
    style: Value,
    suite: String,
    selection: String,
    recorded: Option<String>,
    baseline: String,
    candidate: String,
    /// What all candidates are held against; none where that differs.
    against: Option<String>,
    /// Whether there are differences of more than one pair.
    several: bool,
    confidence: String,
    decision: lead::Lead,
    tiles: Vec<lead::Tile>,
    untold: usize,
    better: Vec<String>,
    worse: Vec<String>,
    rules: Vec<RuleRow>,
    /// That what decides is not what is shown.
    decided_by: Option<String>,
    stopping: Option<String>,
    self_test: Option<(String, Vec<wording::self_test::Line>)>,
    forests: Vec<forest::Forest>,
    notes: Vec<String>,
    bars: Vec<bars::Bar>,
    boards: Vec<ledger::Board>,
    levels: ledger::Grid,
    histograms: Vec<histogram::Histogram>,
    cases: cases::Cases,
    prompts: Vec<diff::Prompt>,
    judges: ledger::Grid,
    judged: Vec<String>,
    counts: ledger::Grid,
    causes: Vec<String>,
    failed: Vec<cases::Failed>,
    cost: ledger::Grid,
    failed_cost: Option<String>,
    provenance: Vec<(String, String)>,
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
    notes: Vec<String>,
}

/// Everything on the page.
pub fn page(report: &Report, style: Value) -> Page {
    let (baseline, candidate) = wording::sides(report);
    // What was not measured rightly is neither better nor worse.
    let invalid = report.decision.as_ref().is_some_and(|d| d.decision == Verdict::Invalid);
    let moved = |direction| -> Vec<String> {
        if invalid {
            return Vec::new();
        }
        let overall = report.analysis.comparisons.iter().filter(|c| c.slice.is_none());
        let ours = overall.chain(wording::moved_slices(report)).filter(|c| wording::is_of_sides(report, c));
        let mut named: Vec<_> = ours.filter(|c| Direction::of(report, c) == direction).collect();
        // What a broken rule is about comes first.
        named.sort_by_key(|c| !wording::rules_on(report, c).any(|r| r.state == RuleState::Fail));
        named
            .into_iter()
            .map(|c| {
                let wins = if wording::is_pairwise(report, &c.metric) { "wins " } else { "" };
                let less = if wording::less_is_better(report, &c.metric) { " (less is better)" } else { "" };
                let of = wording::of_several(report, c).map_or_else(String::new, |pair| format!(" of {pair}"));
                let about = wording::about(&c.metric, c.slice.as_ref());
                format!("{about}{of}: {wins}{}{less}", wording::short(report, c))
            })
            .collect()
    };
    let recorded: Vec<_> = report.suite.recorded.iter().map(|m| text::line(m)).collect();
    Page {
        style,
        suite: text::line(&report.suite.name),
        selection: text::line(&report.suite.selection),
        recorded: (!recorded.is_empty()).then(|| recorded.join(", ")),
        confidence: wording::confidence(report),
        several: wording::several_pairs(report),
        against: wording::one_baseline(report).then(|| baseline.clone()),
        decision: lead::lead(report, &baseline, &candidate),
        tiles: if invalid { lead::toneless(lead::tiles(report)) } else { lead::tiles(report) },
        untold: lead::untold(report),
        better: moved(Direction::Better),
        worse: moved(Direction::Worse),
        baseline,
        candidate: candidate.clone(),
        rules: report.decision.iter().flat_map(|d| &d.rules).map(rule).collect(),
        decided_by: wording::decided_by(report),
        stopping: wording::stopping(report),
        self_test: report
            .self_test
            .as_ref()
            .map(|test| (wording::self_test::introduction(test), wording::self_test::lines(report, test))),
        forests: forest::forests(report),
        notes: report
            .analysis
            .comparisons
            .iter()
            .filter(|c| c.slice.is_none())
            .filter_map(|c| wording::left_out(report, c))
            .chain(wording::unsliced(report))
            .collect(),
        bars: bars::bars(report),
        boards: ledger::boards(report),
        levels: ledger::levels(report),
        histograms: histogram::histograms(report),
        cases: cases::cases(report),
        prompts: report.analysis.prompt_changes.iter().map(diff::prompt).collect(),
        judges: ledger::judges(report),
        judged: ledger::judged(report),
        counts: ledger::counts(report),
        causes: wording::causes(&report.analysis.counts),
        failed: cases::failed(report),
        cost: ledger::cost(report),
        failed_cost: wording::failed_cost(&report.analysis.cost).map(|told| lead::sentence(&told, &[])),
        provenance: ledger::provenance(report),
    }
}

fn rule(rule: &Ruling) -> RuleRow {
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
        asked: wording::requirement(rule),
        measured: wording::measured(rule),
        bound: wording::bound(rule),
        n: number::count(rule.n),
        p: number::p(rule.p),
        severity: wording::severity(rule.severity),
        notes: wording::notes(rule),
    }
}
