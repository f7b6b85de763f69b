//! A made-up ranking, lengths and repeats, hostile names included.

use crate::analysis::{
    AtEqual, Corrected, Effect, Freed, LengthEffect, NextDesign, Ranked, Ranking, Share, TieShare, VarianceSplit,
};
use crate::report::Report;

fn share(estimate: f64, half: f64, n: u64) -> Option<Share> {
    Some(Share { estimate, low: Some(estimate - half), high: Some(estimate + half), n })
}

/// What labels make of a judge's numbers: used, and too few to be used.
pub fn corrected() -> Vec<Corrected> {
    let level = Corrected {
        metric: "quality".into(),
        slice: None,
        baseline: None,
        candidate: "v2".into(),
        judge: Some(3.98),
        estimate: Some(3.71),
        low: Some(3.49),
        high: Some(3.93),
        labelled: 61,
        weight: Some(0.62),
        method: "PPI++".into(),
        problem: None,
    };
    let few = Corrected {
        metric: "preference".into(),
        slice: Some(indexmap::indexmap! { "topic".to_string() => "safety \u{202e}<script>".to_string() }),
        baseline: Some("v1".into()),
        judge: Some(0.085),
        estimate: Some(0.02),
        low: Some(-0.21),
        high: Some(0.25),
        labelled: 9,
        problem: Some("9 labelled cases are too few to correct by, 30 are wanted".into()),
        ..level.clone()
    };
    vec![level, few]
}

fn ranked(candidate: &str, rank: u64, strength: f64, chance: Option<f64>, range: (u64, u64)) -> Ranked {
    let chance = chance.and_then(|chance| share(chance, 0.08, 86));
    let shorter = chance.map(|s| Share { estimate: s.estimate - 0.05, ..s });
    Ranked {
        candidate: candidate.into(),
        strength,
        se: Some(0.17),
        chance,
        rank,
        best_rank: Some(range.0),
        worst_rank: Some(range.1),
        first: Some(if rank == 1 { 0.93 } else { 0.035 }),
        at_equal: Some(AtEqual { strength, se: Some(0.19), chance: shorter, rank }),
    }
}

fn effect(of: &str, log_odds: f64) -> Effect {
    Effect {
        of: of.into(),
        log_odds: Share { estimate: log_odds, low: Some(log_odds - 0.31), high: Some(log_odds + 0.31), n: 172 },
    }
}

fn ranking() -> Vec<Ranking> {
    let found = Ranking {
        metric: "preference".into(),
        baseline: "v1".into(),
        candidates: vec![
            ranked("v2", 1, 0.31, Some(0.5852), (1, 2)),
            ranked("v1", 2, -0.04, None, (1, 3)),
            ranked("<script>v3|\x1b[31m", 3, -0.27, Some(0.441), (2, 3)),
        ],
        n: 172,
        clusters: 86,
        method: "Bradley-Terry, ties as half; t, cluster-robust; ranks by bootstrap over cases".into(),
        ties: None,
        freed: Some(Freed {
            of: "length".into(),
            effects: vec![effect("length", 0.42)],
            left_out: Vec::new(),
            problem: None,
        }),
    };
    let method = "cannot be ranked: in the order v2 > v1, <script>, none ever lost to or tied with one behind it";
    let none = Ranking { metric: "tone".into(), candidates: Vec::new(), method: method.into(), ..found.clone() };
    let marks = ["length", "headers", "list items"].into_iter().zip([0.42, -0.5, 0.1]);
    let style = Ranking {
        metric: "style".into(),
        method:
            "Bradley-Terry, ties by Davidson, a case with several verdicts by its mean; t, cluster-robust; no range of \
                 ranks: needs at least two cases"
                .into(),
        ties: Some(TieShare { parameter: 0.61, between_equals: 0.234 }),
        freed: Some(Freed {
            of: "length and style".into(),
            effects: marks.map(|(of, log_odds)| effect(of, log_odds)).collect(),
            left_out: vec!["bold passages: both outputs of every pair hold as many".into()],
            problem: None,
        }),
        ..found.clone()
    };
    let problem = "one side of nearly all pairs is the longer one";
    let kept = Ranking {
        metric: "kept".into(),
        freed: Some(Freed {
            of: "length".into(),
            effects: Vec::new(),
            left_out: vec![format!("length: {problem}")],
            problem: Some("nothing could be taken out".into()),
        }),
        ..found.clone()
    };
    vec![found, style, kept, none]
}

fn length() -> Vec<LengthEffect> {
    let pairwise = LengthEffect {
        metric: "preference".into(),
        baseline: "v1".into(),
        candidate: "v2".into(),
        longer_by: Some(212.4),
        win_rate: Some(0.5852),
        controlled_win_rate: share(0.531, 0.09, 86),
        coefficient: Some(0.8),
        longer: Some(0.71),
        shorter: Some(0.29),
        extrapolates: Some(false),
        correlation: None,
        n: 86,
        problem: None,
    };
    let beyond = LengthEffect {
        candidate: "v3".into(),
        longer: Some(0.89),
        shorter: Some(0.12),
        extrapolates: Some(true),
        ..pairwise.clone()
    };
    let none = LengthEffect {
        candidate: "<script>".into(),
        controlled_win_rate: None,
        problem: Some(
            "the outputs differ in length by the same in every case, so length cannot be told from quality".into(),
        ),
        ..pairwise.clone()
    };
    let pointwise = LengthEffect {
        metric: "quality".into(),
        win_rate: None,
        controlled_win_rate: None,
        coefficient: None,
        longer: None,
        shorter: None,
        extrapolates: None,
        correlation: share(0.31, 0.19, 85),
        ..pairwise.clone()
    };
    vec![pairwise, beyond, none, pointwise]
}

fn variance() -> Vec<VarianceSplit> {
    let next = NextDesign {
        half_width: 0.127,
        wanted: 0.075,
        wanted_by: "margin",
        cases: 236,
        samples: 1,
        votes: 1,
        calls: 944,
        usd: Some(1.34),
        least_by_repeats: 0.102,
    };
    let split = VarianceSplit {
        metric: "quality".into(),
        baseline: Some("v1".into()),
        candidate: "v2".into(),
        case: Some(0.24),
        output: Some(0.05),
        verdict: Some(0.11),
        below_zero: Vec::new(),
        n: (85, 340, 680),
        next: Some(next),
        problem: None,
    };
    let votes = VarianceSplit {
        metric: "preference".into(),
        output: Some(0.0),
        below_zero: vec!["output"],
        next: Some(NextDesign { wanted_by: "interval", least_by_repeats: 0.01, usd: None, ..next_of(&split) }),
        ..split.clone()
    };
    let none = VarianceSplit {
        metric: "has_order".into(),
        case: None,
        output: None,
        verdict: None,
        n: (0, 0, 0),
        next: None,
        problem: Some("cannot be split: needs at least two cases".into()),
        ..split.clone()
    };
    vec![split, votes, none]
}

fn next_of(split: &VarianceSplit) -> NextDesign {
    split.next.clone().expect("it has one")
}

/// The sample report with a ranking, lengths and repeats.
pub fn boarded() -> Report {
    let mut report = super::fixture();
    (report.analysis.ranking, report.analysis.length, report.analysis.variance) = (ranking(), length(), variance());
    report
}
