//! A ruling → what happened, in words with the numbers; and the decision's one sentence.

use crate::analysis::{EveryCase, ProbeState, Probed};
use crate::gate::decision::{Correcting, RuleState, Ruling, Verdict};
use crate::suite::{CandidateName, Fact, Rule, RuleKind, Severity, Subject};

/// What a rule is about: `quality`, `quality where topic is safety`.
pub(super) fn subject(rule: &Rule) -> String {
    let tags: Vec<String> = rule.slice.iter().map(|(tag, value)| format!("{tag} is {value}")).collect();
    let of = match &rule.of {
        Subject::Metric(metric) => metric.as_str(),
        Subject::Limit(fact) => limited(*fact),
        Subject::Audit { probe, metric } => {
            return format!("{} of the judge of {metric}", probe.as_str().replace('_', " "));
        }
        Subject::Drift(metric) => return format!("drift of the judge of {metric}"),
    };
    match tags.as_slice() {
        [] => of.to_string(),
        tags => format!("{of} where {}", tags.join(" and ")),
    }
}

/// What a limit is on, for people.
pub(crate) fn limited(fact: Fact) -> &'static str {
    match fact {
        Fact::Cost => "cost a case",
        Fact::LatencyMean => "mean latency",
        Fact::LatencyP95 => "latency of 95% of the answers",
        Fact::ErrorRate => "error rate",
        Fact::RefusalRate => "refusal rate",
        Fact::UnparsedRate => "rate of unparsed verdicts",
    }
}

/// A limit on what an audit found of a judge.
pub(super) fn audited(rule: &Rule, ruling: &Ruling, found: &Probed) -> String {
    let (subject, limit) = (subject(rule), ruling.threshold());
    let (Some(rate), Some(bound)) = (found.rate, found.bound) else {
        return format!("{subject} was not measured by the audit: {}", found.method);
    };
    let claim = match found.state {
        ProbeState::Pass => "is at most",
        ProbeState::Fail => "is above",
        ProbeState::Inconclusive | ProbeState::Absent => "is not shown to be at most",
    };
    let cases = if found.n == 1 { "1 case".to_string() } else { format!("{} cases", found.n) };
    let (rate, bound, sure) = (percent(rate), percent(bound), confidence(ruling.level));
    let end = if found.state == ProbeState::Fail { "; such a judge cannot decide" } else { "" };
    format!(
        "{subject} {claim} {limit}: it is {rate}, and at most {bound} with {sure} confidence ({cases} of the newest audit){end}"
    )
}

/// How far a judge moved on the anchors.
pub(super) fn drifted(rule: &Rule, ruling: &Ruling, since: &str) -> String {
    let (subject, limit, sure) = (subject(rule), ruling.threshold(), confidence(ruling.level));
    let told = |x: Option<f64>| ruling.quantity(x.unwrap_or_default());
    let (low, high) = ruling.interval.unzip();
    let claim = match ruling.state {
        RuleState::Pass => "is at most",
        RuleState::Inconclusive => "is not shown to be at most",
        RuleState::Fail | RuleState::Invalid => "is above",
    };
    let end = if ruling.state == RuleState::Invalid { "; its numbers are not what they were" } else { "" };
    format!(
        "{subject} {claim} {limit}: its scores of {} anchors moved by {} since run {since}, from {} to {}, each end with {sure} \
         confidence{end}",
        ruling.n,
        told(ruling.estimate),
        told(low),
        told(high)
    )
}

/// A judge of which it is not known how far it moved.
pub(super) fn undrifted(rule: &Rule, why: &str) -> String {
    format!(
        "{} is not known: {why}; `karat runs baseline accept` makes a run one that later ones are held against",
        subject(rule)
    )
}

/// A limit on what is not known.
pub(super) fn unknown(fact: Fact, answers: u64) -> String {
    let what = if fact == Fact::Cost { "price" } else { "latency" };
    let (answers, is) =
        if answers == 1 { ("1 answer".to_string(), "is") } else { (format!("{answers} answers"), "are") };
    match fact {
        Fact::Cost => format!("{} is not known: {answers} {is} without a {what}", limited(fact)),
        _ => format!("{} is not known: {answers} {is} without one", limited(fact)),
    }
}

/// So many cases are named in a sentence.
const NAMED: usize = 5;

/// A rule about every case and what was counted.
pub(super) fn counted(rule: &Rule, state: RuleState, found: &EveryCase) -> String {
    let RuleKind::EveryCase { reaches, repeats } = rule.kind else { return subject(rule) };
    let (subject, reaches) = (subject(rule), reaches.to_string().replace('-', "−"));
    let of = match repeats {
        Some(wanted) => format!(" in {wanted} of {} samples", found.samples.max(wanted)),
        None if found.samples > 1 => " in every sample".to_string(),
        None => String::new(),
    };
    let cases = if found.cases == 1 { "the one case".to_string() } else { format!("{} cases", found.cases) };
    match state {
        RuleState::Pass => {
            format!("{subject} is {reaches} or better{of} on each of {cases}").replace("each of the", "the")
        }
        RuleState::Fail => {
            let broken = found.broken;
            format!("{subject} is not {reaches} or better{of} on {broken} of {cases}: {}", named(found, broken))
        }
        RuleState::Inconclusive if found.open == 0 => {
            let left = found.unjudged;
            format!("{subject} is {reaches} or better{of} on each of {cases}, and {left} were not judged")
                .replace("each of the", "the")
        }
        RuleState::Inconclusive => {
            let open = found.open;
            format!(
                "{subject} is not known to be {reaches} or better{of} on {open} of {cases}, for want of a value: {}",
                named(found, open)
            )
        }
        RuleState::Invalid => {
            let (wanted, samples) = (repeats.unwrap_or_default(), found.samples);
            let samples = if samples == 1 { "one is there".to_string() } else { format!("{samples} are there") };
            format!("{subject} is to be {reaches} or better in {wanted} samples of each case, and only {samples}")
        }
    }
}

/// The first cases by name, with what they came to.
fn named(found: &EveryCase, all: usize) -> String {
    let told = found.told.iter().map(|tried| match (tried.samples, tried.worst) {
        (2.., _) => format!("{} ({} of {})", tried.case, tried.reached, tried.samples),
        (_, Some(worst)) => format!("{} ({})", tried.case, plain(worst, digits(worst))),
        _ => tried.case.clone(),
    });
    let absent = found.absent.iter().filter(|_| found.broken == 0).map(|case| format!("{case} (not in this run)"));
    let mut names: Vec<String> = absent.chain(told).take(NAMED).collect();
    if all > names.len() {
        names.push(format!("{} more", all - names.len()));
    }
    names.join(", ")
}

/// A rule that nothing was measured for.
pub(super) fn unmeasured(rule: &Rule, baseline: Option<&CandidateName>) -> String {
    match baseline {
        _ if rule.metric().is_none() || matches!(rule.kind, RuleKind::EveryCase { .. }) => {
            format!("{} was not measured on any case", subject(rule))
        }
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
    let what = if rule.of == Subject::Limit(Fact::LatencyP95) { "the share that took longer is" } else { what };
    // A fail is told by its far bound, anything else by its near one.
    let upward = !matches!(rule.kind, RuleKind::AtMost(_));
    let at = if (state == RuleState::Fail) == upward { "at most" } else { "at least" };
    let n = ruling.n;
    let cases = if n == 1 { "1 case".to_string() } else { format!("{n} cases") };
    let (subject, claim) = (subject(rule), claim(rule, ruling, state));
    let (estimate, bound, confidence) = (ruling.quantity(estimate), ruling.quantity(bound), confidence(ruling.level));
    let reach = match ruling.interval {
        Some((low, high)) => {
            let (low, high) = (ruling.quantity(low), ruling.quantity(high));
            format!("from {low} to {high}, each end with {confidence} confidence")
        }
        None => format!("{at} {bound} with {confidence} confidence"),
    };
    let mut words = format!("{subject} {claim}: {what} {estimate}, and {reach} ({cases})");
    words.push_str(&corrected(ruling));
    for doubt in doubts {
        words.push_str("; ");
        words.push_str(doubt);
    }
    words
}

/// Whose number it is, where there are labels.
fn corrected(ruling: &Ruling) -> String {
    let Some(Correcting { used, labelled, judge, why_not, .. }) = &ruling.correcting else { return String::new() };
    match (used, judge, why_not) {
        (true, Some(judge), _) => {
            let labels =
                if *labelled == 1 { "1 labelled case".to_string() } else { format!("{labelled} labelled cases") };
            format!("; corrected by {labels}, the judge alone says {}", ruling.quantity(*judge))
        }
        (false, _, Some(why)) => format!("; this is the judge's number: {why}"),
        _ => String::new(),
    }
}

/// A rule that has to be corrected and cannot be.
pub(super) fn uncorrected(rule: &Rule, why: &str) -> String {
    format!("{} has to be corrected by human labels (`corrected: require`), and cannot be: {why}", subject(rule))
}

/// What is claimed: `is worse by more than 0.1`, `is not shown to be at least 90%`.
fn claim(rule: &Rule, ruling: &Ruling, state: RuleState) -> String {
    let (holds, broken, unsure) = match (rule.kind, ruling.win_rate) {
        (RuleKind::NotWorseBy(_), _) => ("is not worse", "is worse", "may be worse"),
        (RuleKind::BetterThan(_), false) => ("is better", "is not better", "is not shown to be better"),
        (RuleKind::BetterThan(_), true) => {
            ("wins more than", "does not win more than", "is not shown to win more than")
        }
        (RuleKind::EquivalentWithin(_), _) => {
            let (holds, broken) = ("differs by less than", "differs by more than");
            let verb = match state {
                RuleState::Pass => holds,
                RuleState::Fail => broken,
                RuleState::Inconclusive | RuleState::Invalid => "is not shown to differ by less than",
            };
            return format!("{verb} {}", ruling.threshold());
        }
        (RuleKind::AtLeast(_), true) => ("wins at least", "wins less than", "is not shown to win at least"),
        (RuleKind::AtMost(_), true) => ("wins at most", "wins more than", "is not shown to win at most"),
        (RuleKind::EveryCase { .. }, _) => return String::new(),
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
        !self.win_rate && matches!(self.kind.as_str(), "not_worse_by" | "better_than" | "equivalent_within")
    }

    /// A number in the rule's own unit: `−0.95`, `−6.3 points`, `52.5%`, `3.71`; `—` where there is none.
    pub fn quantity(&self, x: f64) -> String {
        match (self.is_difference(), self.shares) {
            _ if !x.is_finite() => "—".to_string(),
            _ if self.kind == "every_case" => percent(x),
            _ if self.limit == Some(Fact::Cost) => money(x),
            _ if self.limit == Some(Fact::LatencyMean) => format!("{} ms", plain(x, 0)),
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
            _ if self.limit == Some(Fact::Cost) => format!("${x}"),
            _ if matches!(self.limit, Some(Fact::LatencyMean | Fact::LatencyP95)) => format!("{x} ms"),
            _ if self.kind == "every_case" => exactly(x),
            (true, true) => format!("{} points", plain(100.0 * x, 6)),
            (false, true) => format!("{}%", plain(100.0 * x, 6)),
            (_, false) => exactly(x),
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
    let idle = || rulings.iter().filter(|r| r.severity != Severity::Block && r.state != RuleState::Pass);
    let failed = idle().filter(|r| r.state == RuleState::Fail).count();
    let besides = |count: usize, one: &str, many: &str| match count {
        0 => String::new(),
        1 => format!("; one rule that blocks nothing {one}"),
        n => format!("; {n} rules that block nothing {many}"),
    };
    let besides = besides(failed, "does not hold", "do not hold")
        + &besides(idle().count() - failed, "is not decided", "are not decided");
    match decision {
        Verdict::Fail => format!("{candidate} does not hold up: {}", told(RuleState::Fail).unwrap_or_default()),
        Verdict::Inconclusive => {
            format!("the evidence allows neither pass nor fail: {}", told(RuleState::Inconclusive).unwrap_or_default())
        }
        Verdict::Invalid => told(RuleState::Invalid).unwrap_or_else(|| {
            let first = rulings.first().map_or("it has none", |ruling| &ruling.words);
            format!("no rule of this gate measured anything: {first}")
        }),
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

/// Why a run is as short as it is.
pub(super) fn stopped(cases: u64, of: u64) -> String {
    let decided = "since every blocking rule was decided";
    format!("the run stopped after {cases} of {of} cases, {decided}")
}

/// A difference, with its sign.
fn signed(x: f64, digits: i32) -> String {
    let x = rounded(x, digits);
    if x == 0.0 { "0".to_string() } else { format!("{x:+}").replace('-', "−") }
}

/// A level.
fn plain(x: f64, digits: i32) -> String {
    exactly(if x.abs() < 1e15 { rounded(x, digits) } else { x })
}

/// With all its digits: `0.15`, `1e308`.
fn exactly(x: f64) -> String {
    let shown = if x.abs() < 1e15 { x.to_string() } else { format!("{x:e}") };
    shown.replace('-', "−")
}

/// US dollars, with three digits that say something.
fn money(x: f64) -> String {
    let digits = if x == 0.0 { 2 } else { (2 - x.abs().log10().floor() as i32).clamp(2, 9) };
    format!("${}", plain(x, digits))
}

/// How sure a claim is, with as many digits as its error rate has: `95%`, `99.96%`.
fn confidence(level: f64) -> String {
    format!("{}%", plain(100.0 * level, 4))
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

#[cfg(test)]
mod tests {
    use super::{confidence, plain};

    #[test]
    fn a_confidence_is_never_rounded_up_to_certainty() {
        let told = [0.05, 0.025, 0.0004, 1e-6].map(|alpha| confidence(1.0 - alpha));
        assert_eq!(told, ["95%", "97.5%", "99.96%", "99.9999%"]);
    }

    #[test]
    fn a_huge_number_is_short() {
        assert_eq!([plain(1e308, 2), plain(-2.5e20, 1), plain(12.345, 1)], ["1e308", "−2.5e20", "12.3"]);
    }
}
