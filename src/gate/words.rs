//! A ruling → what happened, in words with the numbers; and the decision's one sentence.

use crate::gate::decision::{RuleState, Ruling, Verdict};
use crate::suite::{CandidateName, Rule, RuleKind, Severity};

/// What a rule is about: `quality`, `quality where topic is safety`.
pub(super) fn subject(rule: &Rule) -> String {
    let tags: Vec<String> = rule.slice.iter().map(|(tag, value)| format!("{tag} is {value}")).collect();
    match tags.as_slice() {
        [] => rule.metric.to_string(),
        tags => format!("{} where {}", rule.metric, tags.join(" and ")),
    }
}

/// A rule that nothing was measured for.
pub(super) fn unmeasured(rule: &Rule, baseline: Option<&CandidateName>) -> String {
    match baseline {
        Some(baseline) => format!("{} was not measured against {baseline}", subject(rule)),
        None => format!("{} was not measured, since there is no baseline", subject(rule)),
    }
}

/// A rule whose number cannot be estimated.
pub(super) fn not_estimable(rule: &Rule, why: &str) -> String {
    format!("{} cannot be estimated: {why}", subject(rule))
}

/// A rule and what the data say of it. `state` is what the bounds alone said, `doubts` what kept it from being so.
pub(super) fn ruling(rule: &Rule, ruling: &Ruling, state: RuleState, doubts: &[String]) -> String {
    let (Some(estimate), Some(bound)) = (ruling.estimate, ruling.bound) else { return subject(rule) };
    let relative = !ruling.win_rate && matches!(rule.kind, RuleKind::NotWorseBy(_) | RuleKind::BetterThan(_));
    let show = |x: f64| match (relative, ruling.win_rate) {
        (true, _) => signed(x),
        (_, true) => percent(x),
        _ => plain(x),
    };
    let claim = claim(rule, ruling, state, show);
    let what = if relative {
        "the difference is"
    } else if ruling.win_rate {
        "the win rate is"
    } else {
        "it is"
    };
    // A fail is told by its far bound, anything else by its near one.
    let upward = !matches!(rule.kind, RuleKind::AtMost(_));
    let at = if (state == RuleState::Fail) == upward { "at most" } else { "at least" };
    let (confidence, n) = (100.0 * ruling.level, ruling.n);
    let cases = if n == 1 { "1 case".to_string() } else { format!("{n} cases") };
    let subject = subject(rule);
    let (estimate, bound) = (show(estimate), show(bound));
    let mut words =
        format!("{subject} {claim}: {what} {estimate}, and {at} {bound} with {confidence:.0} % confidence ({cases})");
    for doubt in doubts {
        words.push_str("; ");
        words.push_str(doubt);
    }
    words
}

/// What is claimed: `is worse by more than 0.1`, `may be below 0.9`.
fn claim(rule: &Rule, ruling: &Ruling, state: RuleState, show: impl Fn(f64) -> String) -> String {
    let (holds, broken, unsure) = match (rule.kind, ruling.win_rate) {
        (RuleKind::NotWorseBy(_), _) => {
            ("is not worse by more than", "is worse by more than", "may be worse by more than")
        }
        (RuleKind::BetterThan(_), false) => {
            ("is better by more than", "is not better by more than", "is not shown to be better by more than")
        }
        (RuleKind::BetterThan(_), true) => {
            ("wins more than", "does not win more than", "is not shown to win more than")
        }
        (RuleKind::AtLeast(_), true) => ("wins at least", "wins less than", "is not shown to win at least"),
        (RuleKind::AtMost(_), true) => ("wins at most", "wins more than", "is not shown to win at most"),
        (RuleKind::AtLeast(_), false) => ("is at least", "is below", "is not shown to be at least"),
        (RuleKind::AtMost(_), false) => ("is at most", "is above", "is not shown to be at most"),
    };
    let verb = match state {
        RuleState::Pass => holds,
        RuleState::Fail => broken,
        RuleState::Inconclusive | RuleState::Invalid => unsure,
    };
    let margin = match rule.kind {
        RuleKind::NotWorseBy(x) => plain(x),
        RuleKind::BetterThan(x) if !ruling.win_rate => plain(x),
        RuleKind::BetterThan(x) | RuleKind::AtLeast(x) | RuleKind::AtMost(x) => show(x),
    };
    format!("{verb} {margin}")
}

/// The decision's reason in one sentence.
pub(super) fn reason(decision: Verdict, candidate: &str, rulings: &[Ruling]) -> String {
    let blocking = || rulings.iter().filter(|r| r.severity == Severity::Block);
    let with = |state: RuleState| blocking().filter(move |r| r.state == state).collect::<Vec<_>>();
    let others = |n: usize| match n {
        0 | 1 => String::new(),
        2 => ", and one more rule likewise".to_string(),
        n => format!(", and {} more rules likewise", n - 1),
    };
    let told = |state: RuleState| {
        let found = with(state);
        found.first().map(|first| format!("{}{}", first.words, others(found.len())))
    };
    match decision {
        Verdict::Fail => format!("{candidate} does not hold up: {}", told(RuleState::Fail).unwrap_or_default()),
        Verdict::Inconclusive => {
            format!("the evidence allows neither pass nor fail: {}", told(RuleState::Inconclusive).unwrap_or_default())
        }
        Verdict::Invalid => told(RuleState::Invalid).unwrap_or_default(),
        Verdict::Pass => match blocking().count() {
            0 => format!("no rule blocks {candidate}"),
            1 => format!("{candidate} keeps the rule: {}", told(RuleState::Pass).unwrap_or_default()),
            n => format!("{candidate} keeps all {n} rules; the first: {}", blocking().next().map_or("", |r| &r.words)),
        },
    }
}

/// A difference, with its sign.
fn signed(x: f64) -> String {
    let text = format!("{:+}", rounded(x));
    text.replace('-', "−")
}

/// A level.
fn plain(x: f64) -> String {
    rounded(x).to_string().replace('-', "−")
}

/// A win rate.
fn percent(x: f64) -> String {
    format!("{} %", (1e3 * x).round() / 10.0)
}

/// Rounded to what a reader can use: two decimals, three for small numbers.
fn rounded(x: f64) -> f64 {
    let digits = if x.abs() < 0.1 { 1e3 } else { 1e2 };
    // Adding zero turns −0 into 0.
    (x * digits).round() / digits + 0.0
}
