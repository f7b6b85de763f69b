//! Levels and differences → words, each with its interval.

use crate::analysis::{Comparison, Level, MOST_VALUES_OF_A_TAG, POWER};
use crate::gate::Ruling;
use crate::report::wording::decides;
use crate::report::{Report, number, text};

use super::{Direction, alpha, is_pairwise, pair, several_pairs};

/// How the numbers of one metric are shown. All of a metric's numbers have the same decimals, so that they line up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Differences are win rates less a half, shown as win rates.
    WinRate,
    /// Levels are shares of cases, differences percentage points.
    Share,
    /// Numbers, with so many decimals.
    Number(usize),
}

impl Unit {
    /// Of a metric. The decimals are those that its narrowest overall interval gives a meaning to.
    pub fn of(report: &Report, metric: &str) -> Self {
        match report.analysis.metrics.get(metric) {
            Some(info) if info.kind == "pairwise" => Self::WinRate,
            Some(info) if info.yes_no => Self::Share,
            _ => {
                let whole = report.analysis.comparisons.iter().filter(|c| c.metric == metric && c.slice.is_none());
                let levels = report.analysis.candidates.values().filter_map(|f| f.metrics.get(metric));
                let of_levels = levels.filter(|l| l.low.is_some()).map(|l| number::decimals(l.low, l.high)).max();
                let of_whole = whole.filter(|c| c.low.is_some()).map(|c| number::decimals(c.low, c.high)).max();
                // On a short scale, tenths are too coarse for a margin.
                let short =
                    report.analysis.metrics.get(metric).and_then(|m| m.range).is_some_and(|(a, b)| b - a <= 10.0);
                // Where there is no interval, as many as tell the smallest of the levels from nothing.
                let least = report.analysis.candidates.values().filter_map(|f| f.metrics.get(metric)?.estimate);
                let least = least.map(f64::abs).filter(|v| *v > 0.0).min_by(f64::total_cmp);
                let of_size = || least.map_or(2, |v| number::decimals(Some(0.0), Some(v))).max(2);
                Self::Number(of_whole.or(of_levels).unwrap_or_else(of_size).max(if short { 2 } else { 0 }))
            }
        }
    }

    /// A level: `3.71`, `92.7%`.
    pub fn level(self, value: Option<f64>) -> String {
        match self {
            Self::Number(decimals) => number::plain(value, decimals),
            Self::WinRate | Self::Share => number::percent(value),
        }
    }

    /// A difference without the name of its unit: `−0.95`, `59.9%`, `−6.3`.
    pub fn difference(self, value: Option<f64>) -> String {
        match self {
            Self::Number(decimals) => number::signed(value, decimals),
            Self::WinRate => number::percent(value.map(|v| v + 0.5)),
            Self::Share => number::signed(value.map(|v| 100.0 * v), 1),
        }
    }

    /// What stands behind a difference: ` points` for percentage points.
    pub fn name(self) -> &'static str {
        if self == Self::Share { " points" } else { "" }
    }

    /// How far apart two things are: `0.43`, `14.8 points`.
    pub fn distance(self, value: Option<f64>) -> String {
        match self {
            Self::Number(decimals) => number::plain(value, decimals),
            Self::WinRate | Self::Share => format!("{} points", number::plain(value.map(|v| 100.0 * v), 1)),
        }
    }
}

/// A comparison's difference without its interval; pairwise: the win rate. Where a rule rests on the one that labels correct, that one.
pub fn short(report: &Report, c: &Comparison) -> String {
    let unit = Unit::of(report, &c.metric);
    let shown = unit.difference(decides::number(report, c).estimate);
    if shown == number::ABSENT { shown } else { shown + unit.name() }
}

/// A comparison's difference with its interval; pairwise: the win rate with its own.
pub fn difference(report: &Report, c: &Comparison) -> String {
    let shown = interval(report, c);
    if decides::number(report, c).corrected { format!("{shown}, {}", decides::NAME) } else { shown }
}

fn interval(report: &Report, c: &Comparison) -> String {
    let unit = Unit::of(report, &c.metric);
    let most = most(report, &c.metric);
    // An interval by way of the normal distribution may reach beyond what is possible.
    let within = |end: Option<f64>| end.map(|v| most.map_or(v, |m| v.clamp(-m, m)));
    let decides = decides::number(report, c);
    let range = number::interval(within(decides.low), within(decides.high), |v| unit.difference(v));
    let shown = short(report, c);
    if range.is_empty() || shown == number::ABSENT { shown } else { format!("{shown} ({range})") }
}

/// A difference, named a win rate where it is one: `wins 59.9% (51.1% to 68.7%)`.
pub fn told(report: &Report, c: &Comparison) -> String {
    won(report, c, difference(report, c))
}

/// The same for a table with little room: `wins 59.9% (51.1% to 68.7%) †`, where [`corrected_mark`] says what that is.
pub fn told_briefly(report: &Report, c: &Comparison) -> String {
    let mark = if decides::number(report, c).corrected { " †" } else { "" };
    won(report, c, interval(report, c)) + mark
}

/// What the mark at a corrected number says; nothing where none is.
pub fn corrected_mark<'a>(report: &Report, mut of: impl Iterator<Item = &'a Comparison>) -> Option<String> {
    of.any(|c| decides::number(report, c).corrected).then(|| format!("† {}", decides::NAME))
}

fn won(report: &Report, c: &Comparison, shown: String) -> String {
    if is_pairwise(report, &c.metric) && shown != number::ABSENT { format!("wins {shown}") } else { shown }
}

/// How large a difference between two cases of a metric can be, where that is known.
fn most(report: &Report, metric: &str) -> Option<f64> {
    let info = report.analysis.metrics.get(metric)?;
    if info.kind == "pairwise" { Some(0.5) } else { info.range.map(|(min, max)| max - min) }
}

/// The smallest true difference that would have been found, where that is known: `0.43`, `14.8 points`, `none`.
pub fn smallest(report: &Report, c: &Comparison) -> Option<String> {
    if decides::number(report, c).corrected {
        // What was computed is about the judge's number.
        return None;
    }
    if !c.varies() {
        return None;
    }
    let Some(value) = c.smallest_detectable.filter(|v| v.is_finite()) else {
        let measured = !matches!(Direction::of(report, c), Direction::Unbounded | Direction::Unmeasured);
        return measured.then(|| "none".to_string());
    };
    let possible = most(report, &c.metric).is_none_or(|most| value <= most);
    Some(if possible { Unit::of(report, &c.metric).distance(Some(value)) } else { "none".to_string() })
}

/// What would have been found on a comparison without a clear difference: `0.43 would have been found`.
pub fn findable(report: &Report, c: &Comparison) -> Option<String> {
    let unclear = matches!(Direction::of(report, c), Direction::Unclear);
    Some(match smallest(report, c).filter(|_| unclear)?.as_str() {
        "none" => "too few cases to find any".to_string(),
        shown => format!("{shown} would have been found"),
    })
}

/// For the overall differences that are not clear, the smallest ones that would have been found, in one line.
pub fn found_if<'a>(report: &Report, of: impl Iterator<Item = &'a Comparison>) -> Option<String> {
    let unclear: Vec<&Comparison> = of.filter(|c| Direction::of(report, c) == Direction::Unclear).collect();
    let several = several_pairs(report);
    let parts: Vec<String> = unclear
        .iter()
        .filter_map(|c| {
            let of = if several { format!(" of {}", pair(report, c)) } else { String::new() };
            let least = match smallest(report, c)?.as_str() {
                "none" => "too few cases to find any".to_string(),
                shown => shown.to_string(),
            };
            Some(format!("{}{of} {least}", text::line(&c.metric)))
        })
        .collect();
    (!parts.is_empty())
        .then(|| format!("Smallest difference that this run would have found ({}): {}", power(), parts.join(", ")))
}

/// The smallest differences that the slices would have shown, from the best to the worst of them, by metric.
pub fn found_in_slices(report: &Report) -> Option<String> {
    let parts: Vec<String> = report
        .analysis
        .metrics
        .keys()
        .filter_map(|metric| {
            let slices = report.analysis.comparisons.iter().filter(|c| c.slice.is_some() && &c.metric == metric);
            let mut found: Vec<&Comparison> = slices.filter(|c| smallest(report, c).is_some()).collect();
            let value = |c: &Comparison| c.smallest_detectable.unwrap_or(f64::INFINITY);
            found.sort_by(|a, b| value(a).total_cmp(&value(b)));
            let (least, most) = (smallest(report, found.first()?)?, smallest(report, found.last()?)?);
            let shown = match (least == most, least.strip_suffix(" points")) {
                (true, _) if least == "none" => "too few cases to find any".to_string(),
                (true, _) => least,
                _ if most == "none" => format!("{least} and more"),
                (false, Some(least)) if most.ends_with(" points") => format!("{least} to {most}"),
                (false, _) => format!("{least} to {most}"),
            };
            Some(format!("{} {shown}", text::line(metric)))
        })
        .collect();
    (!parts.is_empty())
        .then(|| format!("Smallest difference that a slice would have shown ({}): {}", power(), parts.join(", ")))
}

fn power() -> String {
    format!("{} power", number::percent(Some(POWER)))
}

/// The rules that read this difference, or this metric's level. What the candidate is held against beside the gate's own
/// baseline is no rule's business.
pub fn rules_on<'a>(report: &'a Report, c: &'a Comparison) -> impl Iterator<Item = &'a Ruling> {
    let decision = report
        .decision
        .as_ref()
        .filter(|d| d.candidate == c.candidate && d.baseline.as_ref().is_none_or(|baseline| *baseline == c.baseline));
    decision.into_iter().flat_map(|d| &d.rules).filter(|r| {
        r.metric.as_deref() == Some(&c.metric) && r.slice == c.slice && (r.kind != "every_case" || r.slice.is_some())
    })
}

/// Why a comparison has no interval, or else what it leaves out and where its difference could lie with it.
pub fn left_out(report: &Report, c: &Comparison) -> Option<String> {
    let metric = text::line(&c.metric);
    let of = if several_pairs(report) { format!("{metric} of {}", pair(report, c)) } else { metric };
    match Direction::of(report, c) {
        Direction::Unbounded => return Some(format!("{of}: {}", text::line(&c.method))),
        Direction::Unmeasured => return Some(format!("{of}: not measured: {}", text::line(&c.method))),
        _ => {}
    }
    if c.missing == 0 {
        return None;
    }
    let cases = number::counted(c.missing, "case", "cases");
    let unit = Unit::of(report, &c.metric);
    // Of a corrected difference its rule tells them.
    let bounds = c
        .bounds
        .filter(|_| !decides::number(report, c).corrected)
        .map(|b| {
            let shown = |v: f64| unit.difference(Some(v)) + unit.name();
            format!("; at their worst or best it would be {} or {}", shown(b.worst), shown(b.best))
        })
        .unwrap_or_default();
    // Of another run: it may have had other cases.
    let why = match report.analysis.candidates.contains_key(&c.baseline) {
        true => " for want of a value",
        false => ": edited, new, or without a value in one of the runs",
    };
    Some(format!("{of}: {cases} left out{why}{bounds}"))
}

/// A metric's level with its interval: `3.71 (3.50 to 3.92)`.
pub fn level(report: &Report, metric: &str, level: &Level) -> String {
    let (shown, range) = (Unit::of(report, metric).level(level.estimate), range(report, metric, level));
    if range.is_empty() || shown == number::ABSENT { shown } else { format!("{shown} ({range})") }
}

/// The interval of a metric's level, as far as the metric's values reach.
pub fn range(report: &Report, metric: &str, level: &Level) -> String {
    let unit = Unit::of(report, metric);
    let ends = report.analysis.metrics.get(metric).and_then(|m| m.range);
    let within = |end: Option<f64>| end.map(|v| ends.map_or(v, |(min, max)| v.clamp(min, max)));
    number::interval(within(level.low), within(level.high), |v| unit.level(v))
}

/// The level of one side of a comparison over all cases, without its interval; empty where it has none. Corrected where
/// the difference is, so that the one is what the others leave.
pub fn level_of(report: &Report, c: &Comparison, candidate: &str) -> String {
    let unit = Unit::of(report, &c.metric);
    if decides::number(report, c).corrected
        && let Some(level) = decides::level(report, &c.metric, candidate)
    {
        return unit.level(level.estimate);
    }
    let level = report.analysis.candidates.get(candidate).and_then(|f| f.metrics.get(&c.metric));
    level.map_or_else(String::new, |l| unit.level(l.estimate))
}

/// Whether less of a metric is better.
pub fn less_is_better(report: &Report, metric: &str) -> bool {
    report.analysis.metrics.get(metric).is_some_and(|m| m.goal == "down")
}

/// Whether a rule of the gate named this slice beforehand, so that its finding is not one of many that were looked for.
pub fn is_named(report: &Report, c: &Comparison) -> bool {
    rules_on(report, c).next().is_some()
}

/// The p of a comparison (of the judge's number, so none where labels correct that); of a slice that nobody named beforehand, the one corrected for their number.
pub fn p(report: &Report, c: &Comparison) -> Option<f64> {
    if decides::number(report, c).corrected {
        return None;
    }
    if is_named(report, c) { c.p } else { c.p_adjusted.or(c.p) }
}

/// The slices whose difference is beyond chance, after the correction for many slices where there is one, and that
/// moved otherwise than the metric as a whole: what goes the same way everywhere, and no further there, is told once, not
/// slice by slice.
pub fn moved_slices(report: &Report) -> Vec<&Comparison> {
    let alpha = alpha(report);
    let all = &report.analysis.comparisons;
    let as_a_whole = |c: &Comparison| {
        let whole = all.iter().find(|w| {
            w.slice.is_none() && (&w.metric, &w.baseline, &w.candidate) == (&c.metric, &c.baseline, &c.candidate)
        });
        whole.is_some_and(|w| Direction::of(report, w) == Direction::of(report, c) && !apart(report, w, c))
    };
    let slices = all.iter().filter(|c| c.slice.is_some());
    let beyond = |c: &Comparison| match decides::number(report, c).corrected {
        true => matches!(Direction::of(report, c), Direction::Better | Direction::Worse),
        false => p(report, c).is_some_and(|p| p < alpha),
    };
    slices.filter(|c| beyond(c) && !as_a_whole(c)).collect()
}

/// Whether the intervals of two differences have nothing in common.
fn apart(report: &Report, one: &Comparison, other: &Comparison) -> bool {
    let (one, other) = (decides::number(report, one), decides::number(report, other));
    let below = |high: Option<f64>, low: Option<f64>| high.zip(low).is_some_and(|(high, low)| high < low);
    below(one.high, other.low) || below(other.high, one.low)
}

/// Which tags are too varied for their slices to be looked at; nothing where none is.
pub fn unsliced(report: &Report) -> Option<String> {
    let tags: Vec<String> = report.analysis.unsliced.iter().map(|tag| text::line(tag)).collect();
    let (has, them) = if tags.len() == 1 { ("has", "it is") } else { ("have", "they are") };
    (!tags.is_empty()).then(|| {
        let most = MOST_VALUES_OF_A_TAG;
        let tags = tags.join(", ");
        format!("{tags} {has} more than {most} values, so {them} not looked at by slice but where a rule names one")
    })
}
