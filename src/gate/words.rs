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
    let what = if ruling.is_difference() {
        "the difference is"
    } else if ruling.win_rate {
        "the win rate is"
    } else {
        "it is"
    };
    // A fail is told by its far bound, anything else by its near one.
    let upward = !matches!(rule.kind, RuleKind::AtMost(_));
    let at = if (state == RuleState::Fail) == upward { "at most" } else { "at least" };
    let n = ruling.n;
    let cases = if n == 1 { "1 case".to_string() } else { format!("{n} cases") };
    let (subject, claim) = (subject(rule), claim(rule, ruling, state));
    let (estimate, bound, confidence) = (ruling.quantity(estimate), ruling.quantity(bound), percent(ruling.level));
    let mut words =
        format!("{subject} {claim}: {what} {estimate}, and {at} {bound} with {confidence} confidence ({cases})");
    for doubt in doubts {
        words.push_str("; ");
        words.push_str(doubt);
    }
    words
}

/// What is claimed: `is worse by more than 0.1`, `is not shown to be at least 90%`.
fn claim(rule: &Rule, ruling: &Ruling, state: RuleState) -> String {
    let (holds, broken, unsure) = match (rule.kind, ruling.win_rate) {
        (RuleKind::NotWorseBy(_), _) => ("is not worse", "is worse", "may be worse"),
        (RuleKind::BetterThan(_), false) => ("is better", "is not better", "is not shown to be better"),
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
    match (ruling.is_difference(), ruling.margin == 0.0) {
        (true, true) => verb.to_string(),
        (true, false) => format!("{verb} by more than {}", ruling.threshold()),
        (false, _) => format!("{verb} {}", ruling.threshold()),
    }
}

impl Ruling {
    /// Whether its numbers are differences, rather than levels or win rates.
    pub fn is_difference(&self) -> bool {
        !self.win_rate && matches!(self.kind.as_str(), "not_worse_by" | "better_than")
    }

    /// A number in the rule's own unit: `−0.95`, `−6.3 points`, `52.5%`, `3.71`; `—` where there is none.
    pub fn quantity(&self, x: f64) -> String {
        match (self.is_difference(), self.shares) {
            _ if !x.is_finite() => "—".to_string(),
            (true, true) => format!("{} points", signed(100.0 * x, 1)),
            (true, false) => signed(x, digits(x)),
            (false, true) => percent(x),
            (false, false) => plain(x, digits(x)),
        }
    }

    /// Its margin or level as the suite says it, in the rule's own unit: `0.1`, `2 points`, `85%`.
    pub fn threshold(&self) -> String {
        let x = self.margin;
        match (self.is_difference(), self.shares) {
            _ if !x.is_finite() => "—".to_string(),
            (true, true) => format!("{} points", plain(100.0 * x, 6)),
            (false, true) => format!("{}%", plain(100.0 * x, 6)),
            (_, false) => x.to_string().replace('-', "−"),
        }
    }
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
    let idle = rulings.iter().filter(|r| r.severity != Severity::Block && r.state != RuleState::Pass).count();
    let besides = match idle {
        0 => String::new(),
        1 => "; one rule that blocks nothing does not hold".to_string(),
        n => format!("; {n} rules that block nothing do not hold"),
    };
    match decision {
        Verdict::Fail => format!("{candidate} does not hold up: {}", told(RuleState::Fail).unwrap_or_default()),
        Verdict::Inconclusive => {
            format!("the evidence allows neither pass nor fail: {}", told(RuleState::Inconclusive).unwrap_or_default())
        }
        Verdict::Invalid => told(RuleState::Invalid).unwrap_or_default(),
        Verdict::Pass => match blocking().count() {
            0 => format!("no rule of this gate can block {candidate}{besides}"),
            1 => format!("{candidate} keeps the rule: {}{besides}", told(RuleState::Pass).unwrap_or_default()),
            n => {
                let first = blocking().next().map_or("", |r| &r.words);
                format!("{candidate} keeps all {n} blocking rules; the first: {first}{besides}")
            }
        },
    }
}

/// A difference, with its sign.
fn signed(x: f64, digits: i32) -> String {
    let x = rounded(x, digits);
    if x == 0.0 { "0".to_string() } else { format!("{x:+}").replace('-', "−") }
}

/// A level.
fn plain(x: f64, digits: i32) -> String {
    rounded(x, digits).to_string().replace('-', "−")
}

/// A share of one.
pub(super) fn percent(x: f64) -> String {
    format!("{}%", plain(100.0 * x, 1))
}

/// So many decimals as a reader can use: more for small numbers, fewer for great ones.
fn digits(x: f64) -> i32 {
    match x.abs() {
        small if small < 0.1 => 3,
        great if great >= 10.0 => 1,
        _ => 2,
    }
}

fn rounded(x: f64, digits: i32) -> f64 {
    let scale = 10_f64.powi(digits);
    // Adding zero turns −0 into 0.
    (x * scale).round() / scale + 0.0
}
