//! One judged metric of a calibration → the words and numbers that every form shows.

use crate::analysis::{Calibration, MetricCalibration, Share, SliceAgreement, StoppedEarly};
use crate::report::{number, text};
use crate::suite::Missing;

/// What a run that a sequential gate ended early says of its judges.
pub(super) fn early(found: &Calibration) -> Option<String> {
    let StoppedEarly { cases, of } = found.stopped?;
    let (cases, of) = (number::count(cases), number::count(of));
    Some(format!(
        "The run stopped after {cases} of {of} cases, since its gate was decided: what follows is about the judged cases \
         alone, and its intervals do not allow for the early end"
    ))
}

/// What the measures rest on.
pub(super) fn basis(metric: &MetricCalibration) -> String {
    let unnamed = (metric.unnamed > 0).then(|| {
        let labels = number::counted(metric.unnamed, "label names", "labels name");
        format!("{labels} none of the candidates and so judge no output; write them as `{{v1: 4, v2: 5}}`")
    });
    if metric.labelled == 0 {
        if let Some(unnamed) = unnamed {
            return unnamed;
        }
        if metric.unusable > 0 {
            let labels = number::counted(metric.unusable, "label is", "labels are");
            return format!("none of its {labels} usable: what is wrong with them stands below");
        }
        return "no labels in the dataset for this metric; add them under `labels` to see how far the judge can be trusted".to_string();
    }
    let mut parts = vec![number::counted(metric.labelled, "label", "labels")];
    parts.extend(unnamed);
    if metric.unusable > 0 {
        parts.push(number::counted(metric.unusable, "more cannot be used", "more cannot be used"));
    }
    if metric.human_ties > 0 {
        parts.push(format!("{} of them ties, which accuracy leaves out", number::count(metric.human_ties)));
    }
    if metric.unread > 0 {
        let policy = match metric.missing {
            Missing::Drop => "left out",
            Missing::Worst => "counted as the worst",
            Missing::Tie => "counted as ties",
            Missing::Wrong => "counted as wrong",
        };
        let (is, verdicts) =
            (if metric.unread == 1 { "is" } else { "are" }, number::counted(metric.unread, "verdict", "verdicts"));
        parts.push(format!("{verdicts} could not be read and {is} {policy}"));
    }
    parts.join("; ")
}

/// One measure: its name, whether it is a share of cases, and a remark.
pub(super) struct Line {
    pub name: String,
    pub share: Share,
    of_cases: bool,
    pub note: String,
}

impl Line {
    pub fn shown(&self, x: Option<f64>) -> String {
        if self.of_cases { number::percent(x) } else { number::plain(x, 3) }
    }

    pub fn interval(&self) -> String {
        number::interval(self.share.low, self.share.high, |x| self.shown(x))
    }
}

/// All measures that there are, in the order in which they are read.
pub(super) fn lines(metric: &MetricCalibration) -> Vec<Line> {
    let bounds = metric.accuracy_bounds.map_or_else(String::new, |b| {
        format!("{} to {} whatever the unread ones were", number::percent(Some(b.worst)), number::percent(Some(b.best)))
    });
    let ceiling = metric.ceiling.as_ref();
    let (humans, judge) = (ceiling.and_then(|c| c.humans), ceiling.and_then(|c| c.judge));
    let by_accuracy = ceiling.is_some_and(|c| c.measure == "accuracy");
    let measure = if by_accuracy { "" } else { "Spearman's ρ, " };
    let note = |words: &str| words.to_string();
    let all = [
        ("accuracy", metric.accuracy, true, bounds),
        ("sensitivity", metric.sensitivity, true, note("of what people pass, the judge passes")),
        ("specificity", metric.specificity, true, note("of what people fail, the judge fails")),
        ("Cohen's κ", metric.kappa, false, note("agreement beyond chance")),
        ("weighted κ", metric.weighted_kappa, false, note("the same, where near misses count")),
        ("Gwet's AC1", metric.ac1, false, note("the same, steady where labels are lopsided")),
        ("Krippendorff's α", metric.alpha, false, note("with the judge as one more rater")),
        ("position consistency", metric.position_consistency, true, note("the same answer wins in both orders")),
        ("Spearman's ρ", metric.spearman, false, String::new()),
        ("Kendall's τ-b", metric.kendall, false, String::new()),
        ("Pearson's r", metric.pearson, false, String::new()),
        ("people with people", humans, by_accuracy, format!("{measure}each rater against the others: the ceiling")),
        ("judge with the same", judge, by_accuracy, format!("{measure}the judge against the same others")),
        ("people's α", ceiling.and_then(|c| c.alpha), false, note("among the raters alone")),
    ];
    all.into_iter()
        .filter_map(|(name, share, of_cases, note)| {
            Some(Line { name: name.to_string(), share: share?, of_cases, note })
        })
        .collect()
}

/// What a judge comes to in one line: `quality, judged by grader: accuracy 86% (80% to 91%) on 120 labels`.
pub(super) fn verdict(name: &str, metric: &MetricCalibration) -> String {
    let lines = lines(metric);
    let of = |name: &str| lines.iter().find(|line| line.name == name);
    let told = match of("accuracy").or_else(|| of("Spearman's ρ")).or(lines.first()) {
        Some(line) if metric.labelled > 0 => {
            let interval = match line.interval() {
                interval if interval.is_empty() => interval,
                interval => format!(" ({interval})"),
            };
            let labels = number::counted(metric.labelled, "label", "labels");
            format!("{} {}{interval} on {labels}", line.name, line.shown(Some(line.share.estimate)))
        }
        _ => basis(metric),
    };
    text::line(&format!("{name}, judged by {}: {told}", metric.judge))
}

/// Name, agreement, interval and labels of each slice.
pub(super) fn slices(metric: &MetricCalibration) -> Option<Vec<[String; 4]>> {
    let of_cases = metric.accuracy.is_some();
    let show = |x: Option<f64>| if of_cases { number::percent(x) } else { number::plain(x, 2) };
    let row = |slice: &SliceAgreement| {
        let tags: Vec<String> = slice.slice.iter().map(|(tag, value)| format!("{tag} is {value}")).collect();
        let (estimate, range) = slice.agreement.map_or((number::ABSENT.to_string(), String::new()), |share| {
            (show(Some(share.estimate)), number::interval(share.low, share.high, show))
        });
        [text::line(&tags.join(" and ")), estimate, range, number::count(slice.labels)]
    };
    let labelled = metric.slices.iter().any(|slice| slice.labels > 0);
    labelled.then(|| metric.slices.iter().map(row).collect())
}

/// How many labels reach the wanted precision.
pub(super) fn enough(metric: &MetricCalibration) -> Option<String> {
    let enough = metric.enough.as_ref()?;
    let of_cases = enough.measure == "accuracy";
    let show = |x: f64| {
        if of_cases { format!("{} points", number::plain(Some(100.0 * x), 1)) } else { number::plain(Some(x), 3) }
    };
    let name = if of_cases { "accuracy" } else { "Spearman's ρ" };
    let wanted = |x: f64| {
        if of_cases { format!("{} points", number::shortest(100.0 * x)) } else { number::shortest(x) }
    };
    let (now, precision) = (show(enough.now), wanted(enough.precision));
    let labels = number::counted(enough.labels, "label tells", "labels tell");
    Some(if enough.wanted <= enough.labels {
        format!("{labels} {name} to within {now}, which is as exact as wanted ({precision})")
    } else {
        let more = number::counted(enough.wanted - enough.labels, "more label", "more labels");
        format!("{labels} {name} to within {now}; to within {precision} it takes about {more}")
    })
}
