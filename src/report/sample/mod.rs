//! A made-up report with everything in it that a format must cope with, hostile text included. For tests.

use std::collections::BTreeMap;

use indexmap::{IndexMap, indexmap};

use crate::analysis::*;
use crate::gate::{Decision, RuleState, Ruling, Verdict};
use crate::store::Status;
use crate::suite::{OnInconclusive, Severity};

use super::{Meta, Report, SuiteInfo};

pub use boards::boarded;

mod boards;
mod stories;

/// Strings that must never stand in a rendered text as they are here.
pub const HOSTILE: &[&str] = &["<script>", "</textarea>", "\x1b[31m", "\u{202e}", "\u{200b}evil", "onerror=alert"];

fn slice(value: &str) -> Option<Slice> {
    Some(indexmap! { "topic".to_string() => value.to_string() })
}

fn level(estimate: f64, half: f64, n: u64) -> Level {
    let missing = 88 - n;
    let bounds = (missing > 0).then_some(MissingBounds { worst: estimate - 0.05, best: estimate + 0.02 });
    Level {
        estimate: Some(estimate),
        se: Some(half / 1.96),
        low: Some(estimate - half),
        high: Some(estimate + half),
        n,
        missing,
        bounds,
        method: "cluster bootstrap, 79 clusters".into(),
    }
}

fn comparison(
    metric: &str,
    of: Option<Slice>,
    difference: f64,
    half: f64,
    p: f64,
    n: u64,
    wtl: (u64, u64, u64),
) -> Comparison {
    Comparison {
        metric: metric.into(),
        p_adjusted: of.is_some().then_some((p * 2.0).min(1.0)),
        slice: of,
        baseline: "v1".into(),
        candidate: "v2".into(),
        difference: Some(difference),
        se: Some(half / 1.96),
        low: Some(difference - half),
        high: Some(difference + half),
        p: Some(p),
        method: "paired t over 79 clusters".into(),
        n,
        clusters: n.min(79),
        wins: wtl.0,
        ties: wtl.1,
        losses: wtl.2,
        win_rate: (metric == "preference").then_some(difference + 0.5),
        smallest_detectable: Some(half * 1.43),
        bridge: None,
        beside: None,
        missing: 0,
        bounds: None,
    }
}

fn rule(metric: &str, of: Option<Slice>, kind: &str, margin: f64, severity: Severity, state: RuleState) -> Ruling {
    Ruling {
        metric: Some(metric.into()),
        limit: None,
        audit: None,
        drift: false,
        slice: of,
        kind: kind.into(),
        margin,
        win_rate: metric == "preference",
        shares: metric != "quality",
        severity,
        state,
        bound: None,
        interval: None,
        estimate: None,
        method: Some(
            if metric == "has_order" { "Clopper-Pearson" } else { "Gaffke's bounds for bounded scores" }.into(),
        ),
        level: 0.95,
        p: None,
        n: 88,
        correcting: None,
        missing: 0,
        bounds: None,
        cases: Vec::new(),
        words: String::new(),
    }
}

fn rules() -> Vec<Ruling> {
    let block = Severity::Block;
    vec![
        Ruling {
            bound: Some(0.163),
            estimate: Some(0.27),
            p: Some(0.0001),
            words: "quality is not worse by more than 0.15: the difference is +0.27, and at least +0.16 with 95% confidence (88 cases)".into(),
            ..rule("quality", None, "not_worse_by", 0.15, block, RuleState::Pass)
        },
        Ruling {
            bound: Some(0.5172),
            estimate: Some(0.5852),
            p: Some(0.021),
            words: "preference wins more than 50%: the win rate is 58.5%, and at least 51.7% with 95% confidence (88 cases)".into(),
            ..rule("preference", None, "better_than", 0.5, block, RuleState::Pass)
        },
        Ruling {
            bound: Some(-0.21),
            estimate: Some(-0.62),
            p: Some(0.004),
            n: 18,
            words: "quality where topic is safety is worse by more than 0.1: the difference is −0.62, and at most −0.21 with 95% confidence (18 cases)".into(),
            ..rule("quality", slice("safety"), "not_worse_by", 0.1, block, RuleState::Fail)
        },
        Ruling {
            bound: Some(-0.118),
            estimate: Some(0.04),
            p: Some(0.08),
            n: 24,
            words: "quality where topic is orders may be worse by more than 0.1: the difference is +0.04, and at least −0.12 with 95% confidence (24 cases); 24 independent cases are too few to pass on, 30 are wanted".into(),
            ..rule("quality", slice("orders"), "not_worse_by", 0.1, block, RuleState::Inconclusive)
        },
        Ruling {
            bound: Some(0.842),
            estimate: Some(0.909),
            p: Some(0.31),
            words: "has_order is not shown to be at least 90%: it is 90.9%, and at least 84.2% with 95% confidence (88 cases)".into(),
            ..rule("has_order", None, "at_least", 0.9, Severity::Warn, RuleState::Inconclusive)
        },
    ]
}

fn cause(of: &str, status: Status, reason: &str, count: u64) -> Cause {
    Cause { of: of.into(), status, reason: reason.into(), count, by: BTreeMap::new() }
}

fn analysis() -> Analysis {
    let info = |kind: &str, range, judge: Option<&str>| MetricInfo {
        kind: kind.into(),
        yes_no: kind == "check",
        goal: "up".into(),
        range,
        judge: judge.map(Into::into),
    };
    let outputs = |ok, error, refused| StatusCounts { total: 88, ok, error, refused, ..StatusCounts::default() };
    let share = |estimate, low, high, n| Some(Share { estimate, low: Some(low), high: Some(high), n });
    let spent = |replies, input, output, usd| Spending {
        replies,
        input_tokens: Some(input),
        output_tokens: Some(output),
        usd,
        failed_usd: None,
    };
    let bins = |counts: [u64; 8]| {
        (0_u8..8).map(|i| (1.0 + f64::from(i) * 0.5, 1.5 + f64::from(i) * 0.5, counts[usize::from(i)])).collect()
    };
    Analysis {
        alpha: 0.05,
        counts: Counts {
            cases: 88,
            spared: 0,
            outputs: StatusCounts { total: 176, ok: 174, error: 1, refused: 1, ..StatusCounts::default() },
            verdicts: StatusCounts { total: 528, ok: 517, error: 2, unparsed: 5, refused: 0, skipped: 4, fallback: 0 },
            by_metric: indexmap! {},
            silent: Vec::new(),
            more_causes: 0,
            causes: vec![
                cause("quality", Status::Unparsed, "there is no JSON object in the reply", 4),
                cause("quality", Status::Error, "HTTP 503: <b>upstream</b> down (after 6 attempts)", 2),
                cause("outputs", Status::Error, "no answer within 60 s (after 6 attempts)", 1),
                cause("outputs", Status::Refused, "the model declined to answer", 1),
                cause("preference", Status::Unparsed, "two different verdicts: A and B", 1),
            ],
        },
        metrics: indexmap! {
            "quality".into() => info("pointwise", Some((1.0, 5.0)), Some("grader")),
            "preference".into() => info("pairwise", Some((0.0, 1.0)), Some("grader")),
            "has_order".into() => info("check", Some((0.0, 1.0)), None),
        },
        candidates: indexmap! {
            "v1".into() => CandidateFindings { metrics: indexmap! { "quality".into() => level(3.71, 0.19, 88), "has_order".into() => level(0.864, 0.07, 88) }, outputs: outputs(88, 0, 0) },
            "v2".into() => CandidateFindings { metrics: indexmap! { "quality".into() => level(3.98, 0.2, 85), "has_order".into() => level(0.909, 0.06, 86) }, outputs: outputs(86, 1, 1) },
        },
        corrected: boards::corrected(),
        comparisons: vec![
            Comparison { missing: 3, bounds: Some(MissingBounds { worst: 0.19, best: 0.31 }), ..comparison("quality", None, 0.27, 0.127, 0.0001, 85, (46, 22, 17)) },
            Comparison { missing: 2, ..comparison("preference", None, 0.0852, 0.081, 0.041, 86, (44, 13, 29)) },
            comparison("has_order", None, 0.045, 0.062, 0.16, 86, (6, 78, 2)),
            comparison("quality", slice("orders"), 0.04, 0.188, 0.67, 24, (9, 8, 7)),
            comparison("quality", slice("refunds"), 0.81, 0.24, 0.0002, 22, (18, 3, 1)),
            comparison("quality", slice("safety"), -0.62, 0.49, 0.008, 18, (2, 5, 11)),
            comparison("preference", slice("orders"), 0.02, 0.15, 0.78, 24, (10, 5, 9)),
            comparison("preference", slice("refunds"), 0.32, 0.14, 0.001, 22, (18, 2, 2)),
            comparison("preference", slice("safety"), -0.27, 0.19, 0.012, 18, (3, 2, 13)),
            Comparison { difference: None, low: None, high: None, p: None, p_adjusted: None, se: None, smallest_detectable: None, method: "every case has the same value".into(), ..comparison("has_order", slice("safety"), 0.0, 0.0, 1.0, 18, (0, 18, 0)) },
        ],
        judges: indexmap! {
            "quality".into() => JudgeFindings { agreement: share(0.71, 0.58, 0.81, 88), agreement_kind: "spearman".into(), no_agreement: None, position_consistency: None, unparsed_rate: share(0.0114, 0.0, 0.04, 176), card: "b3:5f1c0a9e77d2".into(), served: IndexMap::new(), fingerprints: IndexMap::new(), canaries: None, anchors: None },
            "preference".into() => JudgeFindings { agreement: share(0.852, 0.763, 0.912, 88), agreement_kind: "accuracy".into(), no_agreement: None, position_consistency: share(0.813, 0.72, 0.88, 86), unparsed_rate: share(0.017, 0.004, 0.05, 176), card: "b3:77aa10c4be01".into(), served: IndexMap::new(), fingerprints: IndexMap::new(), canaries: None, anchors: None },
        },
        ranking: Vec::new(),
        tournaments: IndexMap::new(),
        length: Vec::new(),
        variance: Vec::new(),
        panels: IndexMap::new(),
        cascades: IndexMap::new(),
        alarms: Vec::new(),
        unsliced: Vec::new(),
        cost: Cost {
            candidates: indexmap! { "v1".into() => spent(88, 61_203, 9_310, Some(0.0123)), "v2".into() => spent(87, 70_481, 12_002, Some(0.0151)) },
            judges: indexmap! { "quality".into() => spent(176, 201_377, 30_115, Some(0.4412)), "preference".into() => spent(176, 250_912, 28_440, None) },
            controls: Spending::default(),
            list_prices: std::collections::BTreeSet::new(),
            total: spent(527, 583_973, 79_867, None),
            known: Some(0.0123 + 0.0151 + 0.4412),
        },
        distributions: vec![
            Distribution { metric: "quality".into(), candidate: "v1".into(), bins: bins([2, 4, 6, 10, 19, 21, 16, 10]) },
            Distribution { metric: "quality".into(), candidate: "v2".into(), bins: bins([4, 5, 3, 5, 9, 18, 22, 19]) },
        ],
        stories: stories::stories(),
        failed: vec![stories::failed()],
        prompt_changes: vec![PromptChange {
            candidates: vec!["v2".into()],
            from: "prompts/support.j2@main".into(),
            to: "prompts/support.j2".into(),
            before: "You answer customers of a bike shop.\nBe correct and brief.\nIf something is dangerous, tell the customer to stop first.\n\n{{ input }}\n".into(),
            after: "You answer customers of a bike shop.\nBe friendly, correct and helpful.\nSay what happens next.\n\n{{ input }}\n".into(),
        }],
    }
}

/// v2 against v1 on 88 cases: better overall, and shown to be worse on safety.
pub fn fixture() -> Report {
    Report {
        suite: SuiteInfo {
            name: "support-answers (sample)".into(),
            digest: "b3:0d7b6f2a91c4".into(),
            dataset: "datasets/support.jsonl".into(),
            dataset_digest: "b3:93be01c2f8a7".into(),
            selection: String::new(),
            seed: 7,
            recorded: vec!["grader".into(), "writer".into()],
        },
        analysis: analysis(),
        decision: Some(Decision {
            decision: Verdict::Fail,
            reason: "v2 does not hold up: quality where topic is safety is worse by more than 0.1: the difference is −0.62, and at most −0.21 with 95% confidence (18 cases)".into(),
            candidate: "v2".into(),
            baseline: Some("v1".into()),
            alpha: 0.05,
            on_inconclusive: OnInconclusive::Fail,
            method: Default::default(),
            sequential: None,
            warnings: Vec::new(),
            rules: rules(),
        }),
        problems: Vec::new(),
        self_test: None,
        meta: Meta {
            run: "0193e1f2-7c1a-7d30-9a4e-2f6b8f1f0a11".into(),
            planned_at: "2026-05-04T09:30:00Z".into(),
            karat: "0.1.0".into(),
            commit: Some("4e19053".into()),
            outputs_of: None,
            seconds: 12.4,
            calls: 0,
            resumed: 0,
            cached: 0,
            spent_usd: None,
            latency_ms: IndexMap::from([("grader".to_string(), 840), ("writer".to_string(), 1210)]),
            recorded_unasked: 0,
        },
    }
}

/// The same with another decision, for the formats' other branches.
pub fn decided(verdict: Verdict) -> Report {
    let mut report = fixture();
    if let Some(decision) = &mut report.decision {
        decision.decision = verdict;
        decision.reason = match verdict {
            Verdict::Pass => "v2 keeps all 4 rules".into(),
            Verdict::Inconclusive => {
                "the evidence allows neither pass nor fail: quality where topic is orders may be worse by more than 0.1: the difference is +0.04, and at least −0.12 with 95% confidence (24 cases)".into()
            }
            _ => "the measurement is not valid: 14 of 528 verdicts are errors (2.7%), and 2% are allowed".into(),
        };
        for rule in &mut decision.rules {
            rule.state = match (verdict, rule.state) {
                (Verdict::Pass, _) | (Verdict::Inconclusive, RuleState::Fail) => RuleState::Pass,
                (_, state) => state,
            };
        }
    }
    report
}

/// The same with an earlier run as the gate's baseline, of which there are scores and no texts; v2 is held against v1 as well.
pub fn against_an_earlier_run() -> Report {
    let mut report = fixture();
    let earlier = "v1 of run 7".to_string();
    let mut against = report.analysis.comparisons[0].clone();
    (against.baseline, against.losses) = (earlier.clone(), 85);
    report.analysis.comparisons.insert(0, against);
    report.analysis.stories.clear();
    report.decision.iter_mut().for_each(|decision| decision.baseline = Some(earlier.clone()));
    report
}

/// The same with a third candidate that fared as the second did.
pub fn of_three() -> Report {
    let mut report = fixture();
    let second = report.analysis.candidates["v2"].clone();
    report.analysis.candidates.insert("<v3>".to_string(), second);
    let third = || "<v3>".to_string();
    let mut stories = report.analysis.stories.clone();
    stories.iter_mut().for_each(|story| story.candidate.name = third());
    report.analysis.stories.extend(stories);
    let mut comparisons = report.analysis.comparisons.clone();
    comparisons.iter_mut().for_each(|c| c.candidate = third());
    report.analysis.comparisons.extend(comparisons);
    let of_second = report.analysis.distributions.iter().filter(|d| d.candidate == "v2");
    let lie: Vec<_> = of_second.map(|d| Distribution { candidate: third(), ..d.clone() }).collect();
    report.analysis.distributions.extend(lie);
    report
}

/// The same without a gate.
pub fn ungated() -> Report {
    Report { decision: None, ..fixture() }
}

/// A report where every number is missing or not finite.
pub fn unmeasured() -> Report {
    let mut report = fixture();
    for found in report.analysis.candidates.values_mut() {
        for level in found.metrics.values_mut() {
            (level.estimate, level.low, level.high) = (Some(f64::NAN), Some(f64::NEG_INFINITY), None);
        }
    }
    for c in &mut report.analysis.comparisons {
        (c.difference, c.low, c.high, c.p, c.win_rate) =
            (Some(f64::NAN), Some(f64::NAN), Some(f64::INFINITY), Some(f64::NAN), Some(f64::NAN));
    }
    for rule in report.decision.iter_mut().flat_map(|d| &mut d.rules) {
        (rule.bound, rule.estimate, rule.p) = (Some(f64::NAN), None, Some(f64::NAN));
    }
    for story in &mut report.analysis.stories {
        story.change = f64::NAN;
    }
    report.analysis.distributions.clear();
    report.analysis.cost.total.usd = Some(f64::NAN);
    report.meta.seconds = f64::NAN;
    report
}
