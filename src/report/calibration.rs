//! A calibration → what a person reads: how far each judge agrees with the humans, and where it does not.

mod markdown;

use super::terminal::paint::{Ink, paint};
use super::terminal::table::{Table, left, right};
use super::{number, text};
use crate::analysis::{Calibration, MetricCalibration, Share};
use crate::suite::Missing;

pub use markdown::markdown;

/// How a calibration is shown.
#[derive(Debug, Clone, Copy)]
pub struct View {
    /// The terminal's width.
    pub columns: usize,
    /// Whether colour is wanted.
    pub colour: bool,
    /// How many disagreements are listed.
    pub shown: usize,
}

/// The measures of each judged metric, then the disagreements, the widest apart first.
pub fn render(suite: &str, found: &Calibration, alpha: f64, view: &View) -> String {
    let mut lines =
        vec![paint(view.colour, Ink::Bold, &text::line(&format!("{suite}: the judges against the human labels")))];
    if found.metrics.is_empty() {
        lines.push("The suite has no judged metric.".to_string());
    }
    for (name, metric) in &found.metrics {
        lines.push(String::new());
        lines.push(paint(view.colour, Ink::Bold, &text::line(&format!("{name}, judged by {}", metric.judge))));
        lines.extend(text::wrap(&basis(metric), view.columns).into_iter().map(|l| paint(view.colour, Ink::Dim, &l)));
        lines.extend(measures(metric, alpha).lines(view.columns, view.colour));
        lines.extend(beside(metric, alpha, view));
        for absent in &metric.absent {
            lines.push(text::line(&format!("  {absent}")));
        }
    }
    if !found.unusable.is_empty() {
        lines.push(String::new());
    }
    for unusable in found.unusable.iter().take(5) {
        lines.push(paint(view.colour, Ink::Unsure, &text::line(&format!("a label cannot be used: {unusable}"))));
    }
    disagreements(found, view, &mut lines);
    next(found, view, &mut lines);
    lines.push(String::new());
    text::inert(&lines.join("\n"))
}

/// What the measures rest on.
fn basis(metric: &MetricCalibration) -> String {
    if metric.labelled == 0 {
        return "no labels in the dataset for this metric; add them under `labels` to see how far the judge can be trusted".to_string();
    }
    let mut parts = vec![number::counted(metric.labelled, "label", "labels")];
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
struct Line {
    name: String,
    share: Share,
    of_cases: bool,
    note: String,
}

impl Line {
    fn shown(&self, x: Option<f64>) -> String {
        if self.of_cases { number::percent(x) } else { number::plain(x, 3) }
    }

    fn interval(&self) -> String {
        number::interval(self.share.low, self.share.high, |x| self.shown(x))
    }
}

/// All measures that there are, in the order in which they are read.
fn lines(metric: &MetricCalibration) -> Vec<Line> {
    let bounds = metric.accuracy_bounds.map_or_else(String::new, |b| {
        format!("{} to {} whatever the unread ones were", number::percent(Some(b.worst)), number::percent(Some(b.best)))
    });
    let ceiling = metric.ceiling.as_ref();
    let (humans, judge) = (ceiling.and_then(|c| c.humans), ceiling.and_then(|c| c.judge));
    let by_accuracy = ceiling.is_some_and(|c| c.measure == "accuracy");
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
        ("people with people", humans, by_accuracy, note("each rater against the others: the ceiling")),
        ("judge with the same", judge, by_accuracy, note("the judge against the same others")),
        ("people's α", ceiling.and_then(|c| c.alpha), false, note("among the raters alone")),
    ];
    all.into_iter()
        .filter_map(|(name, share, of_cases, note)| {
            Some(Line { name: name.to_string(), share: share?, of_cases, note })
        })
        .collect()
}

fn measures(metric: &MetricCalibration, alpha: f64) -> Table {
    let mut table = Table::new(vec![
        left("", 9),
        right("estimate", 9),
        left(format!("{} interval", number::percent(Some(1.0 - alpha))), 9),
        right("n", 5),
        left("", 4),
    ]);
    for line in lines(metric) {
        table.row(vec![
            (line.name.clone(), Ink::Plain),
            (line.shown(Some(line.share.estimate)), Ink::Bold),
            (line.interval(), Ink::Plain),
            (number::count(line.share.n), Ink::Dim),
            (line.note, Ink::Dim),
        ]);
    }
    table
}

/// Who says what where, the slices, and how many labels are enough.
fn beside(metric: &MetricCalibration, alpha: f64, view: &View) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(confusion) = &metric.confusion {
        let mut head = vec![left("people say, judge says →", 9)];
        head.extend(confusion.labels.iter().map(|label| right(text::line(label), 9)));
        let mut table = Table::new(head);
        for (label, row) in confusion.labels.iter().zip(&confusion.counts) {
            let mut cells = vec![(text::line(label), Ink::Plain)];
            cells.extend(row.iter().map(|count| (number::count(*count), Ink::Plain)));
            table.row(cells);
        }
        lines.push(String::new());
        lines.extend(table.lines(view.columns, view.colour));
    }
    if let Some(rows) = slices(metric) {
        let interval = format!("{} interval", number::percent(Some(1.0 - alpha)));
        let mut table =
            Table::new(vec![left("where", 9), right("agreement", 9), left(interval, 8), right("labels", 7)]);
        for [name, agreement, range, labels] in rows {
            table.row(vec![(name, Ink::Plain), (agreement, Ink::Bold), (range, Ink::Plain), (labels, Ink::Dim)]);
        }
        lines.push(String::new());
        lines.extend(table.lines(view.columns, view.colour));
    }
    if let Some(words) = enough(metric) {
        lines.push(String::new());
        lines.extend(text::wrap(&format!("  {words}"), view.columns));
    }
    lines
}

/// Name, agreement, interval and labels of each slice.
fn slices(metric: &MetricCalibration) -> Option<Vec<[String; 4]>> {
    let of_cases = metric.accuracy.is_some();
    let show = |x: Option<f64>| if of_cases { number::percent(x) } else { number::plain(x, 2) };
    let row = |slice: &crate::analysis::SliceAgreement| {
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
fn enough(metric: &MetricCalibration) -> Option<String> {
    let enough = metric.enough.as_ref()?;
    let of_cases = enough.measure == "accuracy";
    let show = |x: f64| {
        if of_cases { format!("{} points", number::plain(Some(100.0 * x), 1)) } else { number::plain(Some(x), 3) }
    };
    let name = if of_cases { "accuracy" } else { "Spearman's ρ" };
    let (now, precision, labels) = (show(enough.now), show(enough.precision), number::count(enough.labels));
    Some(if enough.wanted <= enough.labels {
        format!("{labels} labels tell {name} to within {now}, which is as exact as wanted ({precision})")
    } else {
        let more = number::counted(enough.wanted - enough.labels, "more label", "more labels");
        format!("{labels} labels tell {name} to within {now}; to within {precision} it takes about {more}")
    })
}

/// What a human should label next.
fn next(found: &Calibration, view: &View, lines: &mut Vec<String>) {
    if found.next.is_empty() {
        return;
    }
    lines.push(String::new());
    lines.push(paint(view.colour, Ink::Bold, "What to label next, the most telling first"));
    for one in &found.next {
        let told = format!("  {} {} ({}): {}", one.metric, one.case, one.about, one.reasons.join("; "));
        lines.push(text::cut(&text::line(&told), view.columns));
    }
}

fn disagreements(found: &Calibration, view: &View, lines: &mut Vec<String>) {
    let all = found.disagreements.len();
    if all == 0 || view.shown == 0 {
        return;
    }
    lines.push(String::new());
    let heading = format!("Where judge and human differ ({} of {all}, the widest apart first)", all.min(view.shown));
    lines.push(paint(view.colour, Ink::Bold, &heading));
    for one in found.disagreements.iter().take(view.shown) {
        let told = format!("  {} {} ({}): human {}, judge {}", one.metric, one.case, one.about, one.human, one.judge);
        lines.push(text::cut(&text::line(&told), view.columns));
        if let Some(words) = &one.reasoning {
            let quoted = format!("     “{}”", text::cut(&text::line(words), view.columns.saturating_sub(7)));
            lines.push(paint(view.colour, Ink::Dim, &quoted));
        }
    }
}

#[cfg(test)]
mod tests {
    use indexmap::indexmap;

    use super::*;
    use crate::analysis::{Ceiling, ConfusionTable, Disagreement, Enough, MissingBounds, NextLabel, SliceAgreement};

    fn share(estimate: f64, half: f64, n: u64) -> Option<Share> {
        Some(Share { estimate, low: Some(estimate - half), high: Some(estimate + half), n })
    }

    fn slice(topic: &str, labels: u64, agreement: Option<Share>) -> SliceAgreement {
        SliceAgreement { slice: indexmap! { "topic".into() => topic.into() }, labels, agreement }
    }

    fn calibration() -> Calibration {
        let differs =
            |metric: &str, case: &str, about: &str, (human, judge): (&str, &str), words: Option<&str>| Disagreement {
                metric: metric.into(),
                case: case.into(),
                about: about.into(),
                human: human.into(),
                judge: judge.into(),
                distance: 0.75,
                reasoning: words.map(Into::into),
            };
        Calibration {
            metrics: indexmap! {
                "quality".into() => MetricCalibration {
                    judge: "grader".into(),
                    labelled: 126,
                    unread: 1,
                    weighted_kappa: share(0.72, 0.1, 125),
                    alpha: share(0.81, 0.05, 125),
                    ceiling: Some(Ceiling {
                        outputs: 40,
                        raters: 3,
                        measure: "spearman".into(),
                        humans: share(0.79, 0.07, 120),
                        judge: share(0.83, 0.06, 120),
                        alpha: share(0.74, 0.08, 40),
                    }),
                    confusion: Some(ConfusionTable {
                        labels: vec!["poor".into(), "fair \u{202e}".into(), "good".into()],
                        counts: vec![vec![20, 3, 0], vec![4, 31, 6], vec![0, 5, 56]],
                    }),
                    slices: vec![slice("orders", 80, share(0.91, 0.05, 80)), slice("safety", 2, None)],
                    enough: Some(Enough { measure: "spearman".into(), precision: 0.05, now: 0.06, labels: 125, wanted: 180 }),
                    spearman: share(0.885, 0.06, 125),
                    kendall: share(0.795, 0.07, 125),
                    absent: vec!["Pearson: every label is the same".into()],
                    ..MetricCalibration::default()
                },
                "preference".into() => MetricCalibration {
                    judge: "grader".into(),
                    labelled: 63,
                    human_ties: 13,
                    unread: 4,
                    missing: Missing::Wrong,
                    accuracy: share(0.85, 0.09, 100),
                    accuracy_bounds: Some(MissingBounds { worst: 0.82, best: 0.86 }),
                    kappa: share(0.679, 0.18, 100),
                    position_consistency: share(0.875, 0.06, 96),
                    ..MetricCalibration::default()
                },
                "tone".into() => MetricCalibration { judge: "grader".into(), ..MetricCalibration::default() },
            },
            disagreements: vec![
                differs(
                    "preference",
                    "ord-002",
                    "v1 shown first, v2 second",
                    ("v2", "v1"),
                    Some(
                        "Answer A gets the customer to the right screen in two short sentences, with the deadline, and is polite about it.",
                    ),
                ),
                differs("quality", "saf-001\n::error::x", "v2", ("1", "4"), Some("\x1b[31mfine \u{202e}eno")),
                differs("quality", "saf-003", "v1", ("2", "4"), None),
            ],
            next: vec![NextLabel {
                metric: "preference".into(),
                case: "saf-009 <script>".into(),
                about: "v1 and v2".into(),
                weight: 1.5,
                reasons: vec![
                    "the judge contradicts itself when the order is turned round".into(),
                    "no label yet where topic is safety".into(),
                ],
            }],
            unusable: vec!["case `a`, metric `quality`: 7 is not on the scale".into()],
        }
    }

    #[test]
    fn measures_and_disagreements() {
        let view = |columns| View { columns, colour: false, shown: 2 };
        insta::assert_snapshot!("wide", render("support (sample)", &calibration(), 0.05, &view(120)));
        let narrow = render("support (sample)", &calibration(), 0.05, &view(80));
        insta::assert_snapshot!("narrow", narrow);
        let page = markdown("support (sample)", &calibration(), 0.05, 2);
        insta::assert_snapshot!("markdown", page);
        assert!(!page.contains("<script>") && !page.contains('\u{202e}'));
        assert!(narrow.lines().all(|line| text::width(line) <= 80), "{narrow}");
        assert!(!narrow.contains('\x1b') && !narrow.contains('\u{202e}'));
        assert!(!narrow.lines().any(|line| line.trim_start().starts_with("::")));
    }
}
